"""A studio at work: `director up`, the loopback provider among its providers, and films that ask for it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.postgres import server as postgres
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import Studio, open_studio
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.loopback.provider import Loopback
from director_dagster_tests.loopback.running import Running, running
from director_dagster_tests.runs.page import Page
from director_dagster_tests.serving import Up, eventually, serving

MEDIA = ("image", "video", "speech", "music")
PAGE = """Title: The Key

INT. {name} - NIGHT

{name} (30s, red scarf) looks at a key.

{name}
I am {name}.

The key is put away.

{name}
{line}
"""
SCENE = """
INT. {name} {number} - NIGHT

{name} looks at door {number}.

{name}
This is door {number} of {name}.

The door closes.
"""


@dataclass(frozen=True)
class Stage:
    """A running studio and its provider."""

    up: Up
    page: Page
    loopback: Running

    @property
    def home(self) -> Home:
        """The home, to ask its catalog, as soon as Postgres is there."""
        return home_of(self.up)

    def rows(self, query: LiteralString, *values: object) -> list[Any]:
        """What plain SQL says."""
        with psycopg.connect(self.home.database_url) as connection:
            return connection.execute(query, values or None).fetchall()

    def film(
        self,
        key: str,
        *,
        model: str = "0s-0",
        line: str = "What is it for?",
        scenes: int = 1,
        budget_usd: float = 0,
    ) -> str:
        """A film of some shots a scene by the loopback provider's `model`, with its partition; its key.

        Its people, places and words bear its name, so that it has nothing in common with another film.
        """
        name = key.replace("/", " ").replace("-", " ").upper()
        more = "".join(SCENE.format(number=number, name=name) for number in range(2, scenes + 1))
        asyncio.run(self._film(key, model, PAGE.format(line=line, name=name) + more, budget_usd))
        self.page.add_partition(key)
        return key

    def charges(self, film: str, operation: str | None = None) -> int:
        """How many of a film's generations the provider has charged."""
        keys = {str(key) for (key,) in self.rows(GENERATIONS, *film.split("/"))}
        return sum(
            charge["key"] in keys and operation in {None, charge["operation"]} for charge in self.loopback.charges()
        )

    def runs(self) -> list[psutil.Process]:
        """The processes that make a run each: what the code server has started."""
        return runs_of(self.up)

    def workers(self) -> list[psutil.Process]:
        """The processes that draw, speak and look at media for runs."""
        return [worker for run in self.runs() for worker in _spawned_by(run)]

    async def _film(self, key: str, model: str, page: str, budget_usd: float) -> None:
        settings = FilmSettings(format="1:1", crew=dict.fromkeys(MEDIA, f"loopback:{model}"))
        brief = of_screenplay(page, origin=key, name=key)
        studio = open_studio(database_url=self.home.database_url, home=self.up.home)
        loopback = Loopback(self.loopback.url)
        studio = replace(studio, providers={**studio.providers, loopback.name: loopback})
        try:
            await commission(studio, parse_film_key(key), brief, settings)
            if budget_usd:
                await _budget(studio, key, round(budget_usd * 1_000_000))
        finally:
            await studio.aclose()


def home_of(up: Up) -> Home:
    """The home that is up, as soon as its Postgres is there."""
    url: str = eventually(lambda: postgres.running_url(up.home / "postgres"))
    return Home(path=up.home, database_url=url)


def runs_of(up: Up) -> list[psutil.Process]:
    """The processes that make a run each: what the code server has started."""
    server = up.server("code server")
    return [] if server is None else _spawned_by(server)


def _spawned_by(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in process.children() if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


GENERATIONS = """
SELECT g.client_ref FROM generations g JOIN films f ON f.id = g.film_id JOIN workspaces w ON w.id = f.workspace_id
WHERE w.slug = %s AND f.slug = %s AND g.client_ref IS NOT NULL
"""


async def _budget(studio: Studio, key: str, microusd: int) -> None:
    workspace, slug = key.split("/")
    async with studio.catalog.session() as db:
        film = await films.find(db, workspace, slug)
        assert film is not None
        if await budgets.get(db, workspace_id=film.workspace_id, film_id=None) is None:
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=None, limit_microusd=1_000_000_000)
        await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=film.id, limit_microusd=microusd)


@contextmanager
def staged(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """A studio in `folder`, with `more` in its environment; all of it is ended with the block."""
    with (
        running(folder / "loopback") as loopback,
        serving(folder / "home", more={**loopback.environment, **(more or {})}) as up,
    ):
        yield Stage(up=up, page=Page(up), loopback=loopback)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One studio for all tests of a module, each with films of its own."""
    with staged(tmp_path_factory.mktemp("stage")) as opened:
        yield opened
