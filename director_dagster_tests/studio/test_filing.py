"""Filing: assets fill places, as what was made for them or as what was there before."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films, takes
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.tables import Asset, Take
from director_dagster.errors import BadInput
from director_dagster.studio import filing
from director_dagster_tests.catalog.rows import a_film, an_asset

BASIS = {"picture": "b1"}


@pytest.mark.parametrize(("usd", "saved"), [(0.28, 280_000), (0, 0), (None, None)])
async def test_using_an_asset_makes_a_take_with_its_saving_and_no_row(
    db: AsyncSession, usd: float | None, saved: int | None
) -> None:
    acme = await films.workspace(db, "acme")
    film, asset = await a_film(db, acme), await an_asset(db, acme, generation_cost=usd)

    await filing.reuse(db, places=[Place(name="shot:sh010", kind="shot", film_id=film.id)], asset=asset, basis=BASIS)

    take = (await db.scalars(select(Take))).one()
    assert (take.asset_id, take.reused, take.saved_microusd) == (asset.id, True, saved)
    assert take.selected_by == filing.STUDIO
    assert await db.scalar(select(func.count()).select_from(Asset)) == 1


async def test_an_asset_without_bytes_cannot_be_used(db: AsyncSession) -> None:
    acme = await films.workspace(db, "acme")
    film, failed = await a_film(db, acme), await an_asset(db, acme, url=None)

    with pytest.raises(BadInput, match="has no bytes to use"):
        await filing.reuse(db, places=[Place(name="film", kind="film", film_id=film.id)], asset=failed, basis=BASIS)


async def test_many_places_are_filled_at_once_and_of_two_for_one_place_the_later_is_selected(db: AsyncSession) -> None:
    acme = await films.workspace(db, "acme")
    film = await a_film(db, acme)
    one, two = await an_asset(db, acme, "one"), await an_asset(db, acme, "two")
    first, second = (Place(name=name, kind="shot", film_id=film.id) for name in ("shot:sh010", "shot:sh020"))
    fillings = [*filing.takes_of([first, second], one, BASIS), *filing.takes_of([first], two, BASIS)]

    await takes.fill_all(db, fillings, by=filing.STUDIO)
    await takes.fill_all(db, filing.takes_of([second], two, BASIS), by=filing.STUDIO)

    filled = await takes.selected(db, workspace_id=acme.id, film_id=film.id)
    assert {name: each.asset.id for name, each in filled.items()} == {"shot:sh010": two.id, "shot:sh020": two.id}
    all_takes = {
        name: [
            (each.take.number, each.asset.name)
            for each in await takes.all_of(db, workspace_id=acme.id, film_id=film.id, slot=name)
        ]
        for name in filled
    }
    assert all_takes == {"shot:sh010": [(1, "one"), (2, "two")], "shot:sh020": [(1, "one"), (2, "two")]}
