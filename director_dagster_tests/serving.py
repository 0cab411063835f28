"""`director up` as a real process, on a free port in a home of its own: for tests that kill parts of it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from director_dagster.postgres import server as postgres
from director_dagster.settings import Env
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.studio.brief_files import read_brief
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import open_studio

REPOSITORY = {"repositoryLocationName": "director_dagster", "repositoryName": "__repository__"}
ADD = """mutation Add($film: String!, $repository: RepositorySelector!) {
  addDynamicPartition(partitionsDefName: "films", partitionKey: $film, repositorySelector: $repository) {
    __typename } }"""
LAUNCH = """mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } } }"""
RUN = "query Run($run: ID!) { runOrError(runId: $run) { ... on Run { status tags { key value } } } }"
LIMIT_S = 300
LOOK_S = 0.2
# What tells a server's process from the others.
SERVERS = {
    "code server": "dagster api grpc",
    "web server": "director_dagster.dagster_server",
    "daemon": "dagster._daemon",
    "library": "director_dagster.library --",
    "keeper": "cli.keeper",
}
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
  __typename } } } } }"""


@dataclass(frozen=True, kw_only=True)
class Up:
    """A running `director up`.

    Attributes:
        home: Its DIRECTOR_HOME.
        database_url: The database that was named to it; empty for the embedded one.
        url: Of Dagster's page.
        library: Of the library.
        process: The supervisor; what it says on stderr goes to the file `said`.
        more: What its environment holds besides.
    """

    home: Path
    database_url: str
    url: str
    library: str
    process: "subprocess.Popen[str]"
    more: Mapping[str, str]

    @property
    def said(self) -> str:
        """What it said until now."""
        return (self.home / "said").read_text(encoding="utf-8")

    def server(self, name: str) -> psutil.Process | None:
        """The living process of one of `SERVERS`, if there is one."""
        for process in psutil.Process(self.process.pid).children():
            if SERVERS[name] in _words(process) and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def postgres_pid(self) -> int | None:
        """The number of the embedded server's process while it is ready."""
        server = postgres.status(self.home / "postgres")
        return server.pid if server is not None and server.ready else None

    def ask(self, query: str, **variables: object) -> Any:
        """The data of the answer to a GraphQL query; asked again while the page does not answer as it should."""

        def asked() -> Any:
            try:
                body = {"query": query, "variables": variables}
                answer = httpx.post(f"{self.url}/graphql", json=body, timeout=30, trust_env=False).json()
            except (httpx.HTTPError, ValueError):
                return None
            return answer["data"] if "errors" not in answer else None

        return eventually(asked)

    def is_loaded(self) -> bool:
        """Whether the page has the graph loaded."""
        entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        return [entry["locationOrLoadError"]["__typename"] for entry in entries if entry["locationOrLoadError"]] == [
            "RepositoryLocation"
        ]

    def commission(self, script: Path) -> str:
        """Commission a film of a screenplay, and add its partition, without making anything of it; gives its key."""
        url = self.database_url or postgres.running_url(self.home / "postgres")
        key, studio = parse_film_key(f"home/{script.stem}"), open_studio(database_url=url or "", home=self.home)

        async def commissioned() -> None:
            await commission(studio, key, read_brief(script, None), FilmSettings(), replace=False)
            await studio.aclose()

        asyncio.run(commissioned())
        self.ask(ADD, film=str(key), repository=REPOSITORY)
        return str(key)

    def launch(self, film: str) -> str:
        """Launch the job `make_film` for a film as the page does; gives the run's id.

        Tried again while there is no code server: the page knows the graph by heart, but cannot launch without it.
        """
        tags = [{"key": "dagster/partition", "value": film}]
        selector = {**REPOSITORY, "jobName": "make_film"}
        params = {"selector": selector, "runConfigData": {}, "executionMetadata": {"tags": tags}}
        launched = eventually(lambda: self.ask(LAUNCH, params=params)["launchRun"].get("run"))
        return str(launched["runId"])

    def status(self, run: str) -> str:
        """A run's status."""
        return str(self.ask(RUN, run=run)["runOrError"]["status"])

    def maker(self, run: str) -> psutil.Process | None:
        """The living process that makes a run, as soon as the run says which one that is."""
        tags = {tag["key"]: tag["value"] for tag in self.ask(RUN, run=run)["runOrError"]["tags"]}
        if tags.get("director/run") != run or not psutil.pid_exists(int(tags["director/pid"])):
            return None
        return psutil.Process(int(tags["director/pid"]))

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command in the same home, when it is over."""
        return subprocess.run(
            [sys.executable, "-m", "director_dagster.cli", *arguments],
            env={**environment(self.home, self.database_url), **self.more},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """A Python program in the same home, running."""
        ours = {**environment(self.home, self.database_url), **self.more}
        return subprocess.Popen([sys.executable, "-c", program, *arguments], env=ours, stderr=subprocess.DEVNULL)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal, and give its exit code when it is over."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def left(self) -> list[str]:
        """The command lines of all that works in this home, runs and their helpers too, but for Postgres."""
        return [_words(process) for process in psutil.process_iter() if _home(process) == str(self.home)]


@contextmanager
def serving(home: Path, *, database_url: str = "", more: Mapping[str, str] | None = None) -> Iterator[Up]:
    """A ready `director up` in `home`; with no `database_url`, on the embedded Postgres. All of it is ended after.

    `more` is put into its environment.
    """
    more = more or {}
    home.mkdir(parents=True, exist_ok=True)
    port, other = free_port(), free_port()
    ports = ["--port", str(port), "--library-port", str(other)]
    command = [sys.executable, "-m", "director_dagster.cli", "up", *ports, "--no-open", "--json"]
    with (home / "said").open("a") as said:
        process = subprocess.Popen(
            command, env={**environment(home, database_url), **more}, stdout=subprocess.PIPE, stderr=said, text=True
        )
    url, library = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{other}"
    up = Up(home=home, database_url=database_url, url=url, library=library, process=process, more=more)
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, up.said
        assert (json.loads(told)["url"], json.loads(told)["library"]) == (up.url, up.library)
        yield up
    finally:
        if process.poll() is None:
            up.end()
        if process.stdout is not None:
            process.stdout.close()
        eventually(lambda: up.left() == [])
        postgres.stop(home / "postgres")


def eventually(true: Callable[[], Any], *, limit_s: float = LIMIT_S) -> Any:
    """What `true` gives as soon as it is something; fails when it never is."""
    until = time.monotonic() + limit_s
    while not (found := true()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(LOOK_S)
    return found


def environment(home: Path, database_url: str = "") -> dict[str, str]:
    """What a process needs in its environment to work in `home`; Dagster's own variables are not among it."""
    ours = {Env.HOME.value: str(home), Env.DATABASE_URL.value: database_url}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER")}  # noqa: TID251 (a child process needs the rest)
    return {**inherited, **ours}


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(Env.HOME.value)
    except (psutil.Error, OSError):
        return None
