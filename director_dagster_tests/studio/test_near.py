"""Near: before something is bought, what the workspace owns that is like it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from director_dagster.catalog import budgets
from director_dagster.catalog.tables import Asset
from director_dagster.studio import reuse
from director_dagster.studio.crew import HOUSE
from director_dagster.studio.near import near
from director_dagster.studio.prospect import prospect
from director_dagster.studio.studio import Studio, open_studio
from director_dagster_tests.studio.test_reuse import FRAME, film, there

WHO = "mia"
BY_OPENAI = {"image": "openai"}


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio that knows how OpenAI is asked, and has money."""
    opened = open_studio(database_url=database_url, home=tmp_path / "home", accounts={"openai": {"key": "nobodys-key"}})
    yield opened
    await opened.aclose()


async def fund(studio: Studio, workspace_id: UUID, film_id: UUID) -> None:
    """Let the film, and its workspace, spend some dollars."""
    async with studio.catalog.session() as db:
        for of in (None, film_id):
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=5_000_000)


async def test_a_frame_that_is_drawn_for_the_same_words_is_offered_before_another_is_bought_and_can_be_pinned(
    studio: Studio,
) -> None:
    one = await film(studio, "one")
    await fund(studio, one.workspace_id, one.film_id)
    drawn = (await there(studio, one))[FRAME].asset
    [copy] = await reuse.fork(studio, one.workspace_id, [drawn.id])
    paid = replace(studio, crew=BY_OPENAI, finals=("all",))

    found = await prospect(paid, one.key)
    offers = await near(paid, found)
    free = await near(studio, await prospect(studio, one.key))
    await reuse.pin(studio, one, copy.id, FRAME, who=WHO)
    after = await prospect(paid, one.key)

    mine = [each for each in offers if each.slot == FRAME]
    assert [(each.asset.id, each.words, each.picture) for each in mine] == [(copy.id, 1.0, 1.0)]
    bought = {made.slot: made.paid_microusd or 0 for made in found.bought}
    assert mine[0].saves_microusd == bought[FRAME] > 0
    assert free == []
    assert found.high_microusd - after.high_microusd == bought[FRAME]


async def test_what_is_not_like_it_is_not_offered(studio: Studio) -> None:
    one, two = await film(studio, "one"), await film(studio, "two")
    await fund(studio, one.workspace_id, one.film_id)
    [theirs] = await reuse.fork(studio, two.workspace_id, [(await there(studio, two))[FRAME].asset.id])
    paid = replace(studio, crew=BY_OPENAI, finals=("all",))

    offers = await near(paid, await prospect(paid, one.key))

    assert theirs.id not in {each.asset.id for each in offers if each.slot == FRAME}


async def test_a_draft_of_the_house_is_not_offered_to_who_buys(studio: Studio) -> None:
    one = await film(studio, "one")
    await fund(studio, one.workspace_id, one.film_id)
    [copy] = await reuse.fork(studio, one.workspace_id, [(await there(studio, one))[FRAME].asset.id])
    async with studio.catalog.session() as db:
        (await db.get_one(Asset, copy.id)).provider = HOUSE
    paid = replace(studio, crew=BY_OPENAI, finals=("all",))

    assert [each for each in await near(paid, await prospect(paid, one.key)) if each.slot == FRAME] == []
