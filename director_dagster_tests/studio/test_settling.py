"""Two films that bring in the same people at the same moment have one look of each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.design import design
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.write import write

PAGE = """Title: {film}

INT. ROOM - NIGHT

ANNA (30), a {coat} coat, and BELA (50), a {coat} hat, are at the {thing}.

ANNA
Who is there?
"""
FILMS = {"one": {"coat": "red", "thing": "door"}, "two": {"coat": "green", "thing": "window"}}
SHARED = ("look:anna", "look:bela", "voice-en:anna")


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    opened = open_studio(database_url=database_url, home=tmp_path / "home")
    yield opened
    await opened.aclose()


async def settled(studio: Studio, film: str) -> Report:
    async with begin(studio, FilmKey(workspace="home", film=film), "characters") as step:
        return await design(step)


async def test_who_is_new_to_two_films_at_once_looks_and_sounds_the_same_in_both_and_stays(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="director_dagster")
    for film, words in FILMS.items():
        key = FilmKey(workspace="home", film=film)
        page = of_screenplay(PAGE.format(film=film, **words), origin=f"file: /{film}", name=film)
        await commission(studio, key, page, FilmSettings())
        async with begin(studio, key, "script") as step:
            await write(step)

    at_once = await asyncio.gather(*(settled(studio, film) for film in FILMS))
    again = [await settled(studio, film) for film in FILMS]

    one, two = ({piece.slot: piece for piece in report.pieces} for report in at_once)
    assert [one[slot].asset_id for slot in SHARED] == [two[slot].asset_id for slot in SHARED]
    made = [{piece.outcome for piece in (one[slot], two[slot])} for slot in SHARED]
    assert made == [{Outcome.GENERATED, Outcome.REUSED}] * len(SHARED)
    assert {piece.outcome for report in again for piece in report.pieces} == {Outcome.KEPT}
    assert sum("waits for a film that brings in the same people" in line for line in caplog.messages) == 1
