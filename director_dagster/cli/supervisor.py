"""The supervisor of `director up`: it starts Postgres and Dagster's servers, keeps them running, and ends them."""

import fcntl
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from director_dagster.cli import keeper
from director_dagster.cli.child import Child, NotServed
from director_dagster.cli.home import say
from director_dagster.errors import BadInput, DatabaseUnavailable
from director_dagster.postgres import server as postgres
from director_dagster.settings import Settings

HOST = "127.0.0.1"
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


@contextmanager
def alone(home: Path, url: str) -> Iterator[IO[str]]:
    """Only one `director up` works in a home: two daemons would launch everything twice.

    One that was killed is waited for: its keeper still ends what it started, and holds the lock until then.
    """
    home.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + TAKEN_S
    with (home / "up").open("a+") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as exc:
                lock.seek(0)
                there = lock.read().strip()
                if answers(there) or time.monotonic() > until:
                    raise BadInput(f"`director up` runs in this home already: {there}") from exc
                time.sleep(LOOK_S)
        lock.truncate(0)
        lock.write(url)
        lock.flush()
        yield lock


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


def is_free(port: int) -> bool:
    """Whether a server can listen on the port of loopback."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True


@dataclass
class Studio:
    """Dagster's servers in a home, kept running; its database is there already."""

    settings: Settings
    url: str
    code: Child
    others: tuple[Child, ...]
    group: int
    report_dead: Callable[[], list[str]]
    _stale: bool = False
    _reported: float = 0.0
    _asked: float = 0.0

    def start(self) -> None:
        """Start the servers and return when the page answers and the graph is loaded. Raises NotServed."""
        until = time.monotonic() + START_S
        for child in (self.code, *self.others):
            child.start()
        while not answers(self.url):
            if time.monotonic() > until:
                raise NotServed(f"Dagster is not ready after {START_S} s: see {self.code.log.parent}")
            self.tend()
            time.sleep(LOOK_S)

    def watch(self) -> None:
        """Keep everything running, until a signal interrupts it. Raises NotServed when something does not stay."""
        while True:
            self.tend()
            time.sleep(LOOK_S)

    def tend(self) -> None:
        """Look once at everything, and mend what is broken."""
        if not self._database():
            return
        for child in (self.code, *self.others):
            child.tend()
        if self._stale and not keeper.runs(self.group):
            self.code.end()
            self.code.start()
            self._stale = False
        self._report()

    def end(self) -> None:
        """End the servers: first those that launch runs, then the runs: what they made is kept."""
        for child in self.others:
            child.end()
        keeper.end(self.group, grace_s=END_S)
        self.code.end()

    def _database(self) -> bool:
        """Whether Postgres is there; the embedded one is started again.

        After an outage the code server is stale: the thread by which it notices killed runs ends at the first failed
        question and never comes back (seen in Dagster 1.13.27). It is renewed when no run needs it.
        """
        try:
            if self.settings.database_url is None:
                self._revive()
            elif time.monotonic() - self._asked > ASK_DATABASE_S:
                self._ask(self.settings.database_url)
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
            postgres.ensure(self.settings.postgres)

    def _ask(self, url: str) -> None:
        from director_dagster.catalog.session import revision

        revision(url)
        self._asked = time.monotonic()

    def _report(self) -> None:
        if time.monotonic() - self._reported < REPORT_S:
            return
        with suppress(DatabaseUnavailable):  # asked again after the next look at the database
            for run in self.report_dead():
                say(f"run {run}: the process that made it is gone; it is reported as failed")
        self._reported = time.monotonic()


@contextmanager
def open_studio(settings: Settings, port: int, lock: IO[str], report_dead: Callable[[], list[str]]) -> Iterator[Studio]:
    """The servers, not started yet; at the end, however it comes, none of them is left."""
    # The keeper holds the lock too, and its pipe ends with this process.
    keeping = [sys.executable, "-m", "director_dagster.cli.keeper"]
    with (
        tempfile.TemporaryDirectory(prefix="director-") as folder,  # short: a socket's path may have some 100 letters
        subprocess.Popen(keeping, stdin=subprocess.PIPE, process_group=0, pass_fds=[lock.fileno()]) as process,
    ):
        studio = _studio(settings, port, Path(folder), process.pid, report_dead)
        try:
            yield studio
        finally:
            studio.end()


def _studio(settings: Settings, port: int, folder: Path, group: int, report_dead: Callable[[], list[str]]) -> Studio:
    # A socket in a folder of our own: nobody else can send it code, and no old server still shares its port.
    endpoint = {"socket": str(folder / "code"), "location_name": LOCATION}
    workspace = folder / "workspace.yaml"
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": endpoint}]}), encoding="utf-8")
    quiet = ["--log-level", "warning"]
    code = ["dagster", "api", "grpc", "-s", endpoint["socket"], "-m", "director_dagster.definitions", *quiet]
    page = ["dagster_webserver", "-w", str(workspace), "-h", HOST, "-p", str(port), "--dagster-log-level", "warning"]
    daemon = ["dagster._daemon", "run", "-w", str(workspace)]

    def child(name: str, arguments: list[str]) -> Child:
        return Child(
            name=name, arguments=["-m", *arguments], log=settings.logs / f"{name.replace(' ', '-')}.log", group=group
        )

    return Studio(
        settings=settings,
        url=f"http://{HOST}:{port}",
        code=child("code server", [*code, "--location-name", LOCATION]),
        others=(child("web server", page), child("daemon", daemon)),
        group=group,
        report_dead=report_dead,
    )
