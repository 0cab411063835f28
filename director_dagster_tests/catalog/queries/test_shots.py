"""Tests of questions about the shots that a film plans."""

from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import shots
from director_dagster.catalog.tables import Film, Shot, Workspace
from director_dagster_tests.catalog.rows import a_film


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film without shots."""
    return await a_film(db, acme)


async def test_a_plan_becomes_the_films_shots_in_its_order(db: AsyncSession, film: Film) -> None:
    made = await _sync(db, film, "sh010", "sh020")

    assert [(shot.code, shot.position, shot.plan) for shot in made] == [
        ("sh010", 1, {"of": "sh010"}),
        ("sh020", 2, {"of": "sh020"}),
    ]


async def test_an_inserted_shot_leaves_the_others_their_rows(db: AsyncSession, film: Film) -> None:
    before = {shot.code: shot.id for shot in await _sync(db, film, "sh010", "sh020")}

    after = await _sync(db, film, "sh010", "sh015", "sh020")

    assert [shot.code for shot in after] == ["sh010", "sh015", "sh020"]
    assert {shot.code: shot.id for shot in after if shot.code != "sh015"} == before


async def test_a_shot_that_is_left_out_is_marked_and_comes_back_as_itself(db: AsyncSession, film: Film) -> None:
    first = {shot.code: shot.id for shot in await _sync(db, film, "sh010", "sh020")}

    without = await _sync(db, film, "sh020")
    back = await _sync(db, film, "sh020", "sh010")

    assert [(shot.code, shot.position) for shot in without] == [("sh020", 1)]
    assert [(shot.code, shot.id, shot.removed_at) for shot in back] == [
        ("sh020", first["sh020"], None),
        ("sh010", first["sh010"], None),
    ]


async def test_an_empty_plan_removes_all(db: AsyncSession, film: Film) -> None:
    await _sync(db, film, "sh010")

    assert await _sync(db, film) == []


async def test_one_films_plan_does_not_touch_anothers(db: AsyncSession, acme: Workspace, film: Film) -> None:
    other = await a_film(db, acme, "other")
    await _sync(db, other, "sh010")

    await _sync(db, film, "sh020")

    assert [shot.code for shot in await shots.listed(db, acme.id, other.id)] == ["sh010"]


async def _sync(db: AsyncSession, film: Film, *codes: str) -> Sequence[Shot]:
    plan = [shots.Planned(code=code, scene=1, plan={"of": code}) for code in codes]
    return list(await shots.sync(db, workspace_id=film.workspace_id, film_id=film.id, plan=plan))


async def test_a_film_may_have_more_shots_than_a_statement_has_values_and_codes_of_any_length(
    db: AsyncSession, film: Film
) -> None:
    codes = [f"sh{number:08d}" for number in range(1, 12_001)]
    await _sync(db, film, "sh010", *codes)

    made = await _sync(db, film, *codes)

    assert [shot.code for shot in made] == codes
