"""Tests of looking at a film: how its pieces stand is noted, and the library finds them by it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from director_dagster.catalog.queries import library
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.tables import Standing
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.board import board
from director_dagster.studio.commission import commission
from director_dagster.studio.design import design
from director_dagster.studio.production import open_production
from director_dagster.studio.staleness import look, standings
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.write import write

KEY = FilmKey(workspace="home", film="a-film")
ROOM, BEACH = "INT. ROOM - NIGHT\n\nANNA looks about.\n", "EXT. BEACH - DAY\n\nANNA runs.\n"
NOTED = """
    SELECT name, state, standings.xmin::text, told_at
    FROM standings JOIN slots ON slots.id = standings.slot_id ORDER BY name
"""


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio with the house in it."""
    opened = open_studio(database_url=database_url, home=tmp_path / "home")
    yield opened
    await opened.aclose()


async def write_page(studio: Studio, *scenes: str) -> None:
    """Have the film be of these scenes."""
    page = of_screenplay("\n".join(["Title: A Film\n", *scenes]), origin="a test", name="a-film")
    settings = FilmSettings.of({"format": "1:1", "language": "ru", "narration": False}, name="film.toml")
    await commission(studio, KEY, page, settings)


async def make(studio: Studio) -> None:
    """Make the film as far as its frames."""
    for name, verb in {"script": write, "characters": design, "storyboard": board}.items():
        async with begin(studio, KEY, name) as step:
            await verb(step)


async def noted(studio: Studio) -> list[tuple[object, ...]]:
    """What is noted of each slot, and by which transaction and when that was written."""
    async with studio.catalog.session() as db:
        return [tuple(row) for row in await db.execute(text(NOTED))]


async def states(studio: Studio) -> dict[object, object]:
    """What is noted of each slot."""
    return {slot: state for slot, state, *_ in await noted(studio)}


async def kinds(studio: Studio, state: Standing) -> list[str]:
    """The kinds of what the library finds so."""
    film = await open_production(studio.catalog, KEY)
    async with studio.catalog.session() as db:
        page = await library.page(db, film.workspace_id, Wanted(states=[state]))
        return sorted(asset.kind for asset in page.assets)


async def test_who_looks_notes_what_is_stale_until_it_is_made_anew(studio: Studio) -> None:
    await write_page(studio, ROOM)
    await make(studio)
    await standings(studio, KEY)
    unseen = await noted(studio)
    await look(studio, KEY)
    fresh = await kinds(studio, "stale")

    await write_page(studio, ROOM.replace("NIGHT", "DAY"))
    await look(studio, KEY)
    edited = await kinds(studio, "stale")
    await make(studio)
    between = await kinds(studio, "stale")
    await look(studio, KEY)

    assert (unseen, fresh, between) == ([], [], [])
    assert {"frame", "script"} <= set(edited)
    assert await kinds(studio, "stale") == []
    assert set(await kinds(studio, "current")) >= {"script", "location", "frame"}


async def test_a_second_look_writes_nothing(studio: Studio) -> None:
    await write_page(studio, ROOM)
    await make(studio)
    await look(studio, KEY)
    first = await noted(studio)

    await look(studio, KEY)

    assert first
    assert await noted(studio) == first


async def test_what_the_page_has_no_place_for_any_more_is_neither(studio: Studio) -> None:
    await write_page(studio, ROOM, BEACH)
    await make(studio)
    await look(studio, KEY)
    before = await states(studio)

    await write_page(studio, ROOM)
    await look(studio, KEY, until="characters")
    part = await states(studio)
    await look(studio, KEY)
    whole = await states(studio)

    assert (before["location:beach"], before["frame:sh020"]) == ("current", "current")
    assert part["frame:sh020"] == "current", "nobody looked so far"
    assert (whole["frame:sh010"], whole["frame:sh020"], whole["location:beach"]) == ("current", "neither", "neither")
