"""A home of its own for each module of tests, with the command to work in it."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from director_dagster.settings import Env
from director_dagster_tests.conftest import alone

LIMIT_S = 1200
SHORT = Path(__file__).with_name("short.fountain")


@dataclass(frozen=True)
class Home:
    """A studio's home on the tests' server."""

    path: Path
    database_url: str
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the command needs in its environment to work here."""
        ours = {Env.HOME.value: str(self.path), Env.DATABASE_URL.value: self.database_url}
        return {**os.environ, **ours, **self.more}  # noqa: TID251 (a child process needs all of it)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """The command, running."""
        command = [sys.executable, "-m", "director_dagster.cli", *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The command, when it is over."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=LIMIT_S)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def answer(self, words: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The command on a terminal of its own, where somebody answers its question with `words`; when it is over."""
        ours, terminal = pty.openpty()
        command = [sys.executable, "-m", "director_dagster.cli", *arguments]
        with subprocess.Popen(
            command, env=self.environment, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            os.close(terminal)
            os.write(ours, f"{words}\n".encode())
            out, err = process.communicate(timeout=LIMIT_S)
        os.close(ours)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def data(self, *arguments: str) -> list[dict[str, Any]]:
        """What the command says as JSON; it must succeed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rows(self, query: LiteralString, *values: object) -> list[Any]:
        """What plain SQL says."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values or None).fetchall()

    def ask(self, statement: str) -> list[Any]:
        """What a statement that was put together from a text says."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture(scope="module")
def home(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """An empty home on a database of its own, for all tests of a module."""
    yield from fresh_home(postgres_url, tmp_path_factory.mktemp("home"))


@dataclass(frozen=True)
class Short:
    """A home in which the film ``home/short`` was made, and nothing else; nobody works in it, only in copies.

    Attributes:
        home: It.
        report: What the making has told.
    """

    home: Home
    report: Mapping[str, Any]


@pytest.fixture(scope="session")
def short(postgres_url: str, shared_folder: Path) -> Short:
    """Made once in a test run, by the worker that comes first; its database ends with the server."""
    folder = shared_folder / "short"
    home, told = Home(path=folder / "home", database_url=_database(postgres_url, "film_short")), folder / "report"
    with alone(shared_folder / "short-lock"):
        if not told.exists():
            _create(postgres_url, "film_short", "template1")
            home.path.mkdir(parents=True)
            told.write_text(json.dumps(home.data("make", str(SHORT))[0]), encoding="utf-8")
    return Short(home=home, report=json.loads(told.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def home_of_short(short: Short, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A copy of `short` for all tests of a module."""
    path = tmp_path_factory.mktemp("short")
    shutil.copytree(short.home.path, path, dirs_exist_ok=True, symlinks=True)
    yield from fresh_home(postgres_url, path, template=short.home.database_url.rpartition("/")[2])


def fresh_home(postgres_url: str, path: Path, *, template: str = "template1") -> Generator[Home]:
    """A home in the folder `path`, empty, or on a copy of a database; its own is dropped when the generator is
    closed."""
    name = f"film_{os.getpid()}_{path.parent.name}_{path.name}".replace("-", "_").lower()
    _create(postgres_url, name, template)
    try:
        yield Home(path=path, database_url=_database(postgres_url, name))
    finally:
        _drop(postgres_url, name)


def _database(postgres_url: str, name: str) -> str:
    return postgres_url.rpartition("/")[0] + f"/{name}"


def _create(postgres_url: str, name: str, template: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def _drop(postgres_url: str, name: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
