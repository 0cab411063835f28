"""Commissioning: what no film can be made of is refused with nothing filed, and no film takes another's place."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from director_dagster.errors import BadInput
from director_dagster.story.brief import Brief, of_idea, of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.production import Production, find_production
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import open_bench

KEY = FilmKey(workspace="home", film="a-film")
PAGE = "Title: A Film\n\nINT. ROOM - DAY\n\nMARA\nHere I am.\n"


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    opened, _ = open_bench(database_url, tmp_path / "home")
    yield opened
    await opened.aclose()


def page(words: str = PAGE, origin: str = "file: /a.fountain") -> Brief:
    return of_screenplay(words, origin=origin, name="a")


async def counts(studio: Studio) -> list[int]:
    tables = ("workspaces", "films", "assets", "blobs")
    async with studio.catalog.session() as db:
        return [(await db.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]  # noqa: S608


UNDRAWABLE = {
    "the title has letters": page(PAGE.replace("A Film", "海辺")),
    "the title has 301 letters": page(PAGE.replace("A Film", "a" * 301)),
    "the character МАРА美 has letters": page(PAGE.replace("MARA", "МАРА美")),
    "the author's name has letters": page(f"Author: שלום\n{PAGE}"),
    "the caption of sh030 has letters": page(f"{PAGE}\nSUPER: 東京\n"),
    "the character QQQ": page(PAGE.replace("MARA", "Q" * 301)),
}


@pytest.mark.parametrize("told", UNDRAWABLE)
async def test_words_that_cannot_be_drawn_are_refused_with_nothing_filed(told: str, studio: Studio) -> None:
    with pytest.raises(BadInput, match=told):
        await commission(studio, KEY, UNDRAWABLE[told], FilmSettings())

    assert await counts(studio) == [0, 0, 0, 0]


async def test_a_crew_that_is_not_installed_is_refused_with_nothing_filed(studio: Studio) -> None:
    with pytest.raises(BadInput, match="the crew's image is 'kling', and no such provider is installed"):
        await commission(studio, KEY, page(), FilmSettings(crew={"image": "kling"}))

    assert await counts(studio) == [0, 0, 0, 0]


async def test_a_film_from_elsewhere_does_not_take_the_place_of_another_by_itself(studio: Studio) -> None:
    first = await commission(studio, KEY, page(), FilmSettings())

    with pytest.raises(BadInput, match="--replace"):
        await commission(studio, KEY, of_idea("a fox finds a key"), FilmSettings())

    assert await find_production(studio.catalog, KEY) == first


async def test_a_film_that_is_replaced_says_what_it_was(studio: Studio) -> None:
    first = await commission(studio, KEY, page(), FilmSettings())
    await commission(studio, KEY, of_idea("a fox finds a key"), FilmSettings(), replace=True)

    third = await commission(studio, KEY, page(origin="file: /b.fountain"), FilmSettings(), replace=True)

    assert third.film_id == first.film_id
    assert [each["origin"] for each in third.replaced] == ["file: /a.fountain", "idea: a fox finds a key"]
    assert third.replaced[0]["brief"] == str(first.brief_id)


async def first_of(studio: Studio, *briefs: Brief) -> list[Production | BaseException]:
    """What becomes of `briefs` that are commissioned under one name at the same moment."""
    each = (commission(studio, KEY, brief, FilmSettings()) for brief in briefs)
    return await asyncio.gather(*each, return_exceptions=True)


async def test_of_ten_films_of_one_name_at_the_same_moment_one_is_made(studio: Studio) -> None:
    told = await first_of(studio, *(of_idea(f"a fox finds {number} keys") for number in range(10)))

    made = [each for each in told if isinstance(each, Production)]
    assert len(made) == 1
    assert [type(each) for each in told if each not in made] == [BadInput] * 9
    assert await find_production(studio.catalog, KEY) == made[0]
    assert (await counts(studio))[:3] == [1, 1, 1]


async def test_the_same_brief_ten_times_at_the_same_moment_is_one_film(studio: Studio) -> None:
    told = await first_of(studio, *[page()] * 10)

    assert {each.film_id for each in told if isinstance(each, Production)} == {told[0].film_id}  # type: ignore[union-attr]
    assert (await counts(studio))[:3] == [1, 1, 1]


async def test_a_row_that_says_what_no_film_can_be_is_told_in_one_line(studio: Studio) -> None:
    await commission(studio, KEY, page(), FilmSettings())
    async with studio.catalog.session() as db:
        await db.execute(text("""UPDATE films SET settings = '{"origin": "x", "film": {"format": "4:3"}}'"""))

    with pytest.raises(BadInput, match="home/a-film, its row's settings: format: Input should be"):
        await find_production(studio.catalog, KEY)
