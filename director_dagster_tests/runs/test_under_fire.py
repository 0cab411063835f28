"""A backfill of films that are bought, under fire: it ends with all made, without a person, and each charge once."""

import asyncio
import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from director_dagster.catalog import budgets
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import Studio, open_studio
from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.runs.conftest import home_of, runs_of
from director_dagster_tests.runs.page import Page
from director_dagster_tests.serving import Up, eventually, serving
from director_dagster_tests.simulated import Simulated, simulated

pytestmark = pytest.mark.slow

GONE_S = 25.0
KLING = {"video": "kling"}
"""It lists its jobs by our references, so that nothing it was sent is ever for a person to find out."""
BUDGET_MICROUSD = 100_000_000
PAGE = """Title: Door {number}

INT. ROOM - NIGHT

ANNA (30s, red scarf) opens door {number}.
"""
MADE = "SELECT count(DISTINCT film_id) FROM assets WHERE kind = 'film' AND url IS NOT NULL"
BOUGHT = """
SELECT provider_job_id, cost_microusd FROM generations WHERE provider = 'kling' AND settled_at IS NOT NULL
AND state = 'stored'
"""


@dataclass(frozen=True)
class Field:
    """A running studio, and whom it buys from."""

    up: Up
    there: Simulated

    @property
    def home(self) -> Home:
        """The home, as soon as its Postgres is there."""
        return home_of(self.up)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with simulated(tmp_path) as there, serving(tmp_path / "home", more=there.variables) as up:
        yield Field(up, there)


def kill(find: Callable[[], psutil.Process | None]) -> None:
    eventually(find).kill()


def without_postgres(field: Field) -> None:
    """Kill it, and let nobody start it again for a while."""
    folder = field.up.home / "postgres"
    server: int = eventually(field.up.postgres_pid)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        psutil.Process(server).kill()
        time.sleep(GONE_S)


FIRE: Mapping[str, Callable[[Field], None]] = {
    "run worker": lambda field: kill(lambda: next(iter(runs_of(field.up)), None)),
    "daemon": lambda field: kill(lambda: field.up.server("daemon")),
    "code server": lambda field: kill(lambda: field.up.server("code server")),
    "Postgres": without_postgres,
}
"""Who is killed, one after the other, each when some more films are made."""


def test_all_films_are_made_whatever_is_killed_meanwhile(field: Field, request: pytest.FixtureRequest) -> None:
    count: int = request.config.getoption("--films")
    page = Page(field.up)
    keys = asyncio.run(commissioned(field.home, count))
    for key in keys:
        page.add_partition(key)
    backfill = page.backfill(keys)

    for number, strike in enumerate(FIRE.values(), start=1):
        await_charges(field.there, number * count // (len(FIRE) + 1))
        strike(field)

    assert page.backfill_over(backfill) in {"COMPLETED_SUCCESS", "COMPLETED_FAILED"}
    eventually(lambda: field.home.rows(MADE) == [(count,)])
    eventually(lambda: audit(field.home).faults == {})
    sold = Counter((charge["job"], charge["microusd"]) for charge in field.there.charges())
    bought = Counter((job.rpartition("/")[2], cost) for job, cost in field.home.rows(BOUGHT))
    assert set(sold.values()) == {1}
    assert bought == sold


def await_charges(there: Simulated, count: int) -> None:
    """Until so much was sold."""
    eventually(lambda: len(there.charges()) >= count)


async def commissioned(home: Home, count: int) -> list[str]:
    """So many films of one shot each, with money to spend; their keys."""
    studio = open_studio(database_url=home.database_url, home=home.path)
    keys = [FilmKey(workspace="home", film=f"door-{number}") for number in range(1, count + 1)]
    try:
        for number, key in enumerate(keys, start=1):
            brief = of_screenplay(PAGE.format(number=number), origin=str(key), name=key.film)
            film = await commission(studio, key, brief, FilmSettings(format="1:1", crew=KLING))
            if number == 1:
                await fund(studio, film.workspace_id, None)
            await fund(studio, film.workspace_id, film.film_id)
    finally:
        await studio.aclose()
    return [str(key) for key in keys]


async def fund(studio: Studio, workspace_id: UUID, film_id: UUID | None) -> None:
    async with studio.catalog.session() as db:
        await budgets.set_limit(db, workspace_id=workspace_id, film_id=film_id, limit_microusd=BUDGET_MICROUSD)
