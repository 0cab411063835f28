"""The embedded Postgres: one server per home, found again when it runs, started when it does not."""

import fcntl
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile

from director_dagster.errors import DatabaseUnavailable
from director_dagster.postgres.programs import INSTEAD, Programs, programs_for

_ROLE = _DATABASE = "director"
_HOST = "127.0.0.1"
# Below the range from which systems lend ports to outgoing connections, so a remembered port stays free.
_PORTS = range(25432, 25532)
_LIMIT_S = 60
_RETRY_S = 0.2
_CONNECT_S = 5
_REVIVAL_S = 6
_LOG_LIMIT_BYTES = 8_000_000

_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "cluster_name": _ROLE,
    "max_connections": "200",
    "timezone": "UTC",
    "log_checkpoints": "off",
    # After a crash: one call to the system instead of one for each file, 0.3 s instead of 4 s (2026-11).
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
# Trigrams know a letter by the character type; a system that lacks a UTF-8 one knows only those of English.
_CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "C")
_TELLING = re.compile(r"FATAL|PANIC|error|could not|still in use")
_PASSWORD, _PORT = re.compile(rb"[A-Za-z0-9_-]+"), re.compile(rb"[1-9][0-9]{3,4}")
_LOGGED = re.compile(r"^.*(?:FATAL|PANIC): +")
_DETAIL = re.compile(r".*DETAIL: +(?P<told>.*)")
# What a start can fail with and succeed after: another program was quicker at the port; a killed server's children
# have not noticed yet.
_PASSING = ("could not create any TCP/IP sockets", "is still in use")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server process that lives, ready for clients or still on its way up or down."""

    pid: int
    port: int
    ready: bool


def ensure(folder: Path, *, durable: bool = True) -> str:
    """The URL of the running server whose data lie in `folder`; it is set up and started when it is not running.

    Several processes may ask at once: one does the work, all get the same URL. The server outlives its starter; call
    `stop` to end it. `durable=False` trades the data's safety in a power cut for speed (tests). Raises
    DatabaseUnavailable with the reason from the server's log, and NotInstalled when this system cannot run it.
    """
    with _alone(folder):
        password = _password(folder)
        deadline = time.monotonic() + _CONNECT_S
        while True:
            server = _settled(folder) or _start(folder, programs_for(_data(folder)), durable=durable)
            try:
                return _with_database(server.port, password)
            except DatabaseUnavailable:
                if time.monotonic() > deadline:
                    raise
                # A server that was killed a moment ago still passes for a living one until its children are gone.
                time.sleep(_RETRY_S)


def stop(folder: Path) -> None:
    """End the server in `folder`, cutting off its clients; does nothing when none is running."""
    with _alone(folder):
        server = _settled(folder)
        if server is None:
            return
        os.kill(server.pid, signal.SIGINT)  # Postgres's "fast shutdown"
        deadline = time.monotonic() + _LIMIT_S
        while status(folder) is not None:
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"Postgres is still stopping (log: {log_path(folder)})")
            time.sleep(_RETRY_S / 10)


def status(folder: Path) -> Server | None:
    """The server in `folder`, or None when none is running; starts and changes nothing."""
    try:
        if not _lives(folder):
            return None
        lines = (_data(folder) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return Server(pid=int(lines[0]), port=int(lines[3]), ready=lines[7].strip() == "ready")
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None
    except OSError as exc:
        raise DatabaseUnavailable(f"{folder} cannot be read: {exc.strerror}") from exc


def running_url(folder: Path) -> str | None:
    """The URL of our database on the server in `folder`, or None when none is running; starts and changes nothing.

    A server that is on its way up or down is waited for, and one that was killed for a moment: `director up` starts
    it again.
    """
    deadline = time.monotonic() + _REVIVAL_S
    while (server := _settled(folder)) is None and _was_killed(folder) and time.monotonic() < deadline:
        time.sleep(_RETRY_S)
    return None if server is None else _url(server.port, _known_password(folder), _DATABASE)


def is_used(folder: Path) -> bool:
    """Whether anybody is connected to the server in `folder` just now."""
    import psycopg

    url = running_url(folder)
    if url is None:
        return False
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_S) as db:
            others = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            return db.execute(others).fetchone() is not None
    except psycopg.OperationalError:
        return False


def log_path(folder: Path) -> Path:
    """Where the server in `folder` writes its log."""
    return folder / "server.log"


def _data(folder: Path) -> Path:
    return folder / "data"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time works on `folder`; what the system refuses is told in one line."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        told = f"{folder}, where the embedded Postgres would live, cannot be made: {exc.strerror}"
        raise DatabaseUnavailable(f"{told}; name another home by DIRECTOR_HOME, or {INSTEAD}") from exc
    try:
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except (OSError, subprocess.SubprocessError) as exc:
        raise DatabaseUnavailable(f"the embedded Postgres in {folder} cannot be used: {exc}; or {INSTEAD}") from exc


def _password(folder: Path) -> str:
    file = folder / "password"
    if not file.exists():
        if _data(folder).exists():
            raise DatabaseUnavailable(f"{file} is gone, and the data beside it open with nothing else: bring it back")
        _write(file, secrets.token_urlsafe(24), mode=0o600)
    return _known_password(folder)


def _known_password(folder: Path) -> str:
    file = folder / "password"
    try:
        password = file.read_bytes()
    except OSError as exc:
        raise DatabaseUnavailable(f"{file} cannot be read: {exc.strerror}") from exc
    if not _PASSWORD.fullmatch(password):
        raise DatabaseUnavailable(f"{file} is damaged, and the data beside it open with nothing else: bring it back")
    return password.decode("ascii")


def _url(port: int, password: str, database: str) -> str:
    return f"postgresql://{_ROLE}:{password}@{_HOST}:{port}/{database}"


def _write(file: Path, text: str, *, mode: int) -> None:
    """Write a small file, whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode)
    with new.open("w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def _lives(folder: Path) -> bool:
    """Whether a server works on the data in `folder`: it inherits a lock, and all its children hold it while they live.

    Process numbers would not tell: a zombie keeps its own, another program may have it since, and containers that
    share a home count differently.
    """
    try:
        with (folder / "running").open() as running:
            fcntl.flock(running, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _was_killed(folder: Path) -> bool:
    return (_data(folder) / "postmaster.pid").exists()


def _settled(folder: Path) -> Server | None:
    """The server once it is ready or gone: it may be on its way up or down, recover from a crash."""
    deadline = time.monotonic() + _LIMIT_S
    while (server := status(folder)) is not None and not server.ready:
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(f"Postgres in {folder} is still not ready (log: {log_path(folder)})")
        time.sleep(_RETRY_S)
    return server


def _start(folder: Path, programs: Programs, *, durable: bool) -> Server:
    if not _data(folder).exists():
        _initialise(folder, programs, durable=durable)
    deadline = time.monotonic() + _LIMIT_S
    while True:
        said = _attempt(folder, programs, durable=durable)
        server = status(folder)
        if server is not None and server.ready:
            return server
        lasting = said and not any(passing in said for passing in _PASSING)
        if lasting or time.monotonic() > deadline:
            raise DatabaseUnavailable(f"Postgres did not start: {_reason(said)} (log: {log_path(folder)})")
        time.sleep(_RETRY_S)


def _attempt(folder: Path, programs: Programs, *, durable: bool) -> str:
    """Start a server once; returns what was said when it failed, else nothing."""
    with (folder / "running").open("a") as running:
        try:
            fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return f"{folder} {_PASSING[1]} by a server that ends or runs elsewhere"
        (_data(folder) / "postmaster.pid").unlink(missing_ok=True)
        port = _free_port(folder)
        said = _start_at(port, folder, programs, durable=durable, lock=running.fileno())
    if not said:
        _write(folder / "port", str(port), mode=0o644)
    return said


def _start_at(port: int, folder: Path, programs: Programs, *, durable: bool, lock: int) -> str:
    settings = {"port": str(port)} | _SETTINGS | ({} if durable else _NOT_DURABLE)
    options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    log = log_path(folder)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    with log.open("a+b", buffering=0) as stream:
        before = stream.seek(0, os.SEEK_END)
        arguments = ("start", "-w", "-t", str(_LIMIT_S), "-o", options)
        done = programs.run("pg_ctl", *arguments, data=_data(folder), output=stream, keep=lock)
        stream.seek(before)
        return stream.read().decode(errors="replace") if done.returncode else ""


def _initialise(folder: Path, programs: Programs, *, durable: bool) -> None:
    """Make the data folder, whole or not at all: it gets its name when it is complete."""
    new = folder / "data.new"
    said = ""
    for character_type in _CHARACTER_TYPES:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        programs.own(new)
        arguments = [f"--lc-ctype={character_type}", *([] if durable else ["--no-sync"])]
        said = _initdb(folder, new, programs, arguments)
        if not said:
            new.rename(_data(folder))
            return
    raise DatabaseUnavailable(f"Postgres cannot be set up in {folder}: {_reason(said)}")


def _initdb(folder: Path, new: Path, programs: Programs, more: list[str]) -> str:
    """Run initdb on the empty folder `new`; returns what it said when it failed, else nothing."""
    arguments = (
        f"--username={_ROLE}", "--pwfile=/dev/stdin", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *more,
    )  # fmt: skip
    with TemporaryFile() as password:
        password.write((folder / "password").read_bytes())
        password.seek(0)
        programs.own(password.fileno())
        done = programs.run("initdb", *arguments, data=new, output=subprocess.PIPE, stdin=password)
    return done.stdout.decode(errors="replace") if done.returncode else ""


def _free_port(folder: Path) -> int:
    """The port of last time when it is free, else the first free one of ours."""
    remembered = folder / "port"
    said = remembered.read_bytes() if remembered.exists() else b""
    wanted = [int(said)] if _PORT.fullmatch(said) else []
    for port in chain(wanted, _PORTS):
        if _is_free(port):
            return port
    raise DatabaseUnavailable(f"all ports from {_PORTS[0]} to {_PORTS[-1]} are taken: free one, or {INSTEAD}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Postgres does: a port whose last connections are only fading away counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _reason(said: str) -> str:
    """The line of a log that says why, and the detail that follows it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no reason given"]
    at = next((number for number, line in enumerate(lines) if _TELLING.search(line)), len(lines) - 1)
    detail = _DETAIL.fullmatch(lines[at + 1]) if at + 1 < len(lines) else None
    return _LOGGED.sub("", lines[at]) + (f": {detail['told']}" if detail else "")


def _with_database(port: int, password: str) -> str:
    """The URL of our database on the server at `port`, made when it is not there."""
    import psycopg  # only here: 0.15 s that `status` and `--help` need not wait for

    try:
        with psycopg.connect(_url(port, password, "postgres"), autocommit=True, connect_timeout=10) as db:
            found = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
            if found is None:
                db.execute(f"CREATE DATABASE {_DATABASE}")
    except psycopg.OperationalError as exc:
        raise DatabaseUnavailable(f"Postgres on {_HOST}:{port} does not let us in: {str(exc).splitlines()[0]}") from exc
    return _url(port, password, _DATABASE)
