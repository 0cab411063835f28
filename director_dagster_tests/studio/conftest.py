"""What tests of the studio have in common: for carrying, a world that is made once for a module, copies of it and an
empty place; for steps, a studio with two films."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from director_dagster.media.workers import Workers
from director_dagster.story.brief import of_idea
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import Studio
from director_dagster_tests.conftest import fresh_database
from director_dagster_tests.studio.bench import Bench, open_bench
from director_dagster_tests.studio.notes import FILM, OTHER, SETTINGS
from director_dagster_tests.studio.worlds import PRICE, Made, make_world

Opened = tuple[Studio, Bench]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One process for all tests of a module: each would wait seconds for its own."""
    with Workers(1) as shared:
        yield shared


@pytest.fixture(scope="module")
def world(postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A world with bags of it; nobody changes it."""
    databases = fresh_database(postgres_url, migrated_template)
    yield asyncio.run(make_world(next(databases), tmp_path_factory.mktemp("world")))
    next(databases, None)


@pytest.fixture
async def here(world: Made, postgres_url: str, tmp_path: Path) -> AsyncIterator[Opened]:
    """A studio on a copy of the world."""
    databases = fresh_database(postgres_url, world.database)
    shutil.copytree(world.home, tmp_path / "here")
    studio, bench = open_bench(next(databases), tmp_path / "here")
    bench.price_microusd = PRICE
    yield studio, bench
    await studio.aclose()
    next(databases, None)


@pytest.fixture
async def there(database_url: str, tmp_path: Path) -> AsyncIterator[Opened]:
    """A studio on an empty machine."""
    studio, bench = open_bench(database_url, tmp_path / "there")
    bench.price_microusd = PRICE
    yield studio, bench
    await studio.aclose()


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[Opened]:
    """A studio with a provider on the bench, and the two films of `notes`."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    for key in (FILM, OTHER):
        await commission(studio, key, of_idea(f"{key.film} finds a key"), SETTINGS)
    yield studio, bench
    await studio.aclose()
