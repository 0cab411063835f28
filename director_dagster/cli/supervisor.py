"""The supervisor of `director up`: it starts Postgres, Dagster's servers and the library, keeps them running, and ends
them."""

import fcntl
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import IO

from director_dagster.cli import keeper
from director_dagster.cli.child import Child, NotServed
from director_dagster.cli.home import say
from director_dagster.errors import BadInput, DatabaseUnavailable
from director_dagster.postgres import server as postgres
from director_dagster.settings import LOOPBACK, Env, Settings

LOOK_S = 0.5
START_S = 180
END_S = 30
TAKEN_S = 20
REPORT_S = 15
ASK_DATABASE_S = 5
LOCATION = "director_dagster"
# The page answers long before the graph is there, so readiness is what the graph's entry says.
QUESTION = """{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError {
  __typename ... on PythonError { message } } } } } }"""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """On which ports of loopback the pages are."""

    dagster: int
    library: int

    @property
    def url(self) -> str:
        """Of Dagster's page."""
        return f"http://{LOOPBACK}:{self.dagster}"

    @property
    def library_url(self) -> str:
        """Of the library."""
        return f"http://{LOOPBACK}:{self.library}"


@contextmanager
def alone(settings: Settings, ports: Ports) -> Iterator[IO[str]]:
    """Only one `director up` works in a home: two daemons would launch everything twice.

    One that was killed is waited for: its keeper still ends what it started, and holds the lock until then.
    """
    with _opened(settings.served) as lock:
        until = time.monotonic() + TAKEN_S
        while not _locked(lock):
            lock.seek(0)
            there = lock.readline().strip()
            if answers(there) or time.monotonic() > until:
                raise BadInput(f"`director up` runs in this home already: {there}")
            time.sleep(LOOK_S)
        lock.truncate(0)
        lock.write(f"{ports.url}\n{ports.library_url}\n")
        lock.flush()
        yield lock


def _opened(file: Path) -> IO[str]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a+", encoding="utf-8")
    except OSError as exc:
        raise BadInput(f"{file.parent} cannot be written ({exc.strerror}): name another folder by {Env.HOME}") from exc


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def answers(url: str) -> bool:
    """Whether Dagster's page at `url` has the graph loaded."""
    import httpx

    try:
        said = httpx.post(f"{url}/graphql", json={"query": QUESTION}, timeout=10, trust_env=False).json()
        entries = said["data"]["workspaceOrError"]["locationEntries"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return False
    loaded = [entry["locationOrLoadError"] for entry in entries if entry["loadStatus"] == "LOADED"]
    return bool(loaded) and all(found and found["__typename"] == "RepositoryLocation" for found in loaded)


def is_open(url: str) -> bool:
    """Whether the library at `url` answers, and its database too."""
    import httpx

    try:
        return httpx.get(f"{url}/healthz", timeout=10, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def is_free(port: int) -> bool:
    """Whether a server can listen on the port of loopback."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


@dataclass
class Studio:
    """Dagster's servers and the library of a home, kept running; its database is there already."""

    settings: Settings
    database_url: str
    url: str
    library_url: str
    code: Child
    page: Child
    daemon: Child
    library: Child
    lock: IO[str]
    keeper: "subprocess.Popen[bytes]"
    group: int
    report_dead: Callable[[datetime], list[str]]
    stop: Event
    _stale: bool = False
    _reported: float = 0.0
    _asked: float = 0.0
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _told: set[str] = field(default_factory=set)

    def start(self) -> bool:
        """Start the servers; True when both pages answer and the graph is loaded, False when `stop` was set before.

        The daemon comes last: it gives up a run that it should try again when it finds no graph. Raises NotServed.
        """
        until = time.monotonic() + START_S
        while not (is_open(self.library_url) and answers(self.url)):
            if time.monotonic() > until:
                raise NotServed(f"Dagster is not ready after {START_S} s: see {self.code.log.parent}")
            self._tend(self.code, self.page, self.library)
            if self.stop.wait(LOOK_S):
                return False
        self._tend(*self._all)
        return True

    @property
    def _all(self) -> tuple[Child, ...]:
        return (self.code, self.page, self.library, self.daemon)

    def watch(self) -> None:
        """Keep everything running until `stop` is set. Raises NotServed when something does not stay."""
        while not self.stop.wait(LOOK_S):
            if self._tend(*self._all):
                self._report()

    def _tend(self, *children: Child) -> bool:
        """Look once at everything, and mend what is broken; False while there is no database to work on."""
        if self.keeper.poll() is not None:
            self.keeper = keeper.start(self.lock.fileno(), self.group)
        if not self._database():
            return False
        if self._stale and not keeper.runs(self.group):
            self.code.end()
            self._stale = False
        for child in children:
            child.tend()
        return True

    def end(self) -> None:
        """End the servers: first those that launch runs, then the runs: what they made is kept."""
        self.daemon.end()
        self.library.end()
        self.page.end()
        keeper.end(self.group, grace_s=END_S)
        self.code.end()
        if self.keeper.stdin is not None:
            self.keeper.stdin.close()
        self.keeper.wait()

    def _database(self) -> bool:
        """Whether Postgres is there; the embedded one is started again.

        After an outage the code server is stale: the thread by which it notices killed runs ends at the first failed
        question and never comes back (seen in Dagster 1.13.27). It is renewed when no run needs it.
        """
        try:
            if self.settings.database_url is None:
                self._revive()
            elif time.monotonic() - self._asked > ASK_DATABASE_S:
                self._ask()
        except DatabaseUnavailable as exc:
            if not self._stale:
                say(f"{exc}; waiting for it")
            self._stale = True
            return False
        return True

    def _revive(self) -> None:
        if postgres.status(self.settings.postgres) is None:
            say("Postgres ended and is started again")
            self._stale = True
            self._move(postgres.ensure(self.settings.postgres))

    def _move(self, url: str) -> None:
        """Renew the other servers too when Postgres had to take another port: they know the old one only."""
        if url != self.database_url:
            self.database_url = url
            self.daemon.end()
            self.library.end()
            self.page.end()

    def _ask(self) -> None:
        from director_dagster.catalog.session import revision

        revision(self.database_url)
        self._asked = time.monotonic()

    def _report(self) -> None:
        if time.monotonic() - self._reported < REPORT_S:
            return
        with suppress(DatabaseUnavailable):  # asked again after the next look at the database
            for run in self.report_dead(self._started):
                if run not in self._told:
                    say(f"run {run}: the process that made it is gone; it is reported as failed")
                self._told.add(run)
        self._reported = time.monotonic()


@contextmanager
def open_studio(
    settings: Settings,
    database_url: str,
    ports: Ports,
    lock: IO[str],
    report_dead: Callable[[datetime], list[str]],
    stop: Event,
) -> Iterator[Studio]:
    """The servers, not started yet; at the end, however it comes, none of them is left."""
    # A folder of our own, so that nobody else can send code to its socket; a socket's path may have some 100 letters.
    with tempfile.TemporaryDirectory(prefix="director-") as folder:
        keeping = keeper.start(lock.fileno())
        code, page, daemon, library = _children(settings, Path(folder), ports, keeping.pid)
        studio = Studio(
            settings=settings,
            database_url=database_url,
            url=ports.url,
            library_url=ports.library_url,
            code=code,
            page=page,
            daemon=daemon,
            library=library,
            lock=lock,
            keeper=keeping,
            group=keeping.pid,
            report_dead=report_dead,
            stop=stop,
        )
        try:
            yield studio
        finally:
            studio.end()


def _children(settings: Settings, folder: Path, ports: Ports, group: int) -> list[Child]:
    endpoint = {"socket": str(folder / "code"), "location_name": LOCATION}
    workspace = folder / "workspace.yaml"
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": endpoint}]}), encoding="utf-8")
    code = ["dagster", "api", "grpc", "-s", endpoint["socket"], "-m", f"{LOCATION}.definitions"]
    page = ["director_dagster.dagster_server", "-w", str(workspace), "-h", LOOPBACK, "-p", str(ports.dagster)]
    library = ["director_dagster.library", "--host", LOOPBACK, "--port", str(ports.library), "--dagster", ports.url]
    commands = {
        "code server": [*code, "--location-name", LOCATION, "--log-level", "warning"],
        "web server": [*page, "--dagster-log-level", "warning"],
        "daemon": ["dagster._daemon", "run", "-w", str(workspace)],
        "library": library,
    }
    return [
        Child(
            name=name,
            arguments=["-m", *arguments],
            log=settings.logs / f"{name.replace(' ', '-')}.log",
            group=group,
        )
        for name, arguments in commands.items()
    ]
