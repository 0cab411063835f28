"""What all tests share: one real Postgres for the whole test run, and a database of its own for each test."""

import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from os import getpid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.session import Catalog, migrate, open_catalog
from director_dagster.postgres import server as postgres

TEMPLATE = "template_catalog"
_NUMBERS = count(1)

# No test is timed, nor how quickly its examples are thought of: a busy machine is no fault of ours.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a test run may be told: `make test ARGS="--films 20 director_dagster_tests/runs/test_under_fire.py"`."""
    parser.addoption("--operations", type=int, default=1_000, help="how often two tenants of the library ask at random")
    parser.addoption("--films", type=int, default=3, help="how many films are made under fire")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests come first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def shared_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a parallel test run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder


@pytest.fixture(scope="session")
def postgres_url(shared_folder: Path) -> Iterator[str]:
    """A real server, shared by all workers; the last one to leave stops and removes it."""
    folder = shared_folder / "postgres"
    with (shared_folder / "postgres-users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield postgres.ensure(folder, durable=False)
        try:
            # Granted only when no other worker holds its share any more.
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        postgres.stop(folder)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str, shared_folder: Path) -> str:
    """The name of a database with all migrations applied, made once in a test run."""
    with alone(shared_folder / "template-lock"), psycopg.connect(postgres_url, autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            server.execute(f"CREATE DATABASE {TEMPLATE}_new")
            migrate(_database(postgres_url, f"{TEMPLATE}_new"))
            server.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database without any table, dropped after the test."""
    yield from fresh_database(postgres_url, "template1")


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """The URL of a database with all migrations applied and no rows but theirs, dropped after the test."""
    yield from fresh_database(postgres_url, migrated_template)


@pytest.fixture
async def catalog(database_url: str) -> AsyncIterator[Catalog]:
    """The test's own catalog, open."""
    async with open_catalog(database_url) as opened:
        yield opened


@pytest.fixture
async def db(catalog: Catalog) -> AsyncIterator[AsyncSession]:
    """A session on the test's own catalog."""
    async with catalog.session() as session:
        yield session


def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """The URL of a copy of the database `template`, dropped when the generator is closed."""
    name = f"test_{getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _database(server_url: str, name: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """While it lasts, no other worker is in a block of that file."""
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
