"""Tests of questions about money."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, costs, films, takes, trash
from director_dagster.catalog.queries.costs import Cost, Saving
from director_dagster.catalog.tables import Film, Generation, Workspace
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film whose pieces cost 0.04 + 0.03 (Mara's), 0.28, something unknown, and 0.05 for a failed one."""
    film, mara = await a_film(db, acme), await a_character(db, acme)
    of_film = {"film_id": film.id}
    await an_asset(db, acme, "look", type="image", generation_cost=0.04, character_ids=[mara.id], **of_film)
    await an_asset(db, acme, "frame", type="image", generation_cost=0.03, character_ids=[mara.id], **of_film)
    await an_asset(db, acme, "shot", generation_cost=0.28, **of_film)
    await an_asset(db, acme, "unknown", generation_cost=None, **of_film)
    await an_asset(db, acme, "failed", generation_cost=0.05, url=None, **of_film)
    await an_asset(db, acme, "song", generation_cost=9.99, source="import", **of_film)
    await an_asset(db, acme, "loose", type="audio", generation_cost=0.001)
    await an_asset(db, await films.workspace(db, "other"), "not ours", generation_cost=7)
    return film


async def test_the_total_sums_the_known_and_counts_the_unknown(db: AsyncSession, film: Film) -> None:
    of_workspace = await costs.total(db, film.workspace_id)
    of_film = await costs.total(db, film.workspace_id, film_id=film.id)

    assert of_workspace == Cost(key=None, microusd=401_000, pieces=6, failed=1, unknown=1)
    assert of_film == Cost(key=None, microusd=400_000, pieces=5, failed=1, unknown=1)


async def test_an_empty_workspace_cost_nothing(db: AsyncSession, acme: Workspace) -> None:
    assert await costs.total(db, acme.id) == Cost(key=None, microusd=0, pieces=0, failed=0, unknown=0)


async def test_what_was_paid_stays_paid_when_the_piece_is_deleted(db: AsyncSession, film: Film) -> None:
    before = await costs.total(db, film.workspace_id)

    for asset in await assets.listed(db, film.workspace_id, want=assets.Filter()):
        await trash.delete(db, film.workspace_id, [asset.id])

    assert await costs.total(db, film.workspace_id) == before


async def test_savings_sum_the_known_and_count_the_unknown(db: AsyncSession, acme: Workspace, film: Film) -> None:
    second = await a_film(db, acme, "second")
    for number, asset in enumerate(await assets.listed(db, acme.id, want=assets.Filter(type="video"))):
        slot = await takes.ensure_slot(db, workspace_id=acme.id, film_id=second.id, name=f"shot:{number}", kind="shot")
        await takes.add(
            db,
            slot=slot,
            asset_id=asset.id,
            basis={},
            basis_version=1,
            reused=True,
            saved_microusd=asset.cost_microusd,
            select_by="shoot",
        )

    assert await costs.saved(db, acme.id, film_id=second.id) == Saving(microusd=10_270_000, uses=3, unknown=1)
    assert await costs.saved(db, acme.id, film_id=film.id) == Saving(microusd=0, uses=0, unknown=0)
    assert (await costs.saved(db, acme.id)).uses == 3


async def test_charges_of_a_time_by_maker_without_what_is_free(db: AsyncSession, acme: Workspace) -> None:
    film, other = await a_film(db, acme), await a_film(db, acme, "other")
    hours = [datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in range(4)]
    await _bought(db, film, "kling", hours[0], price=100_000, cost=90_000)
    await _bought(db, film, "kling", hours[1], price=100_000, cost=80_000)
    await _bought(db, film, "kling", hours[1], price=100_000, cost=None)
    await _bought(db, film, "elevenlabs", hours[2], price=None, cost=5)
    await _bought(db, film, "animatic", hours[1], price=0, cost=0)
    await _bought(db, other, "kling", hours[1], price=100_000, cost=70_000)

    first = await costs.charged(db, acme.id, film.id, since=hours[0], until=hours[1])
    later = await costs.charged(db, acme.id, film.id, since=hours[1], until=None)

    assert first == [Cost(key="kling:v1", microusd=90_000, pieces=1, failed=1, unknown=0)]
    assert later == [
        Cost(key="elevenlabs:v1", microusd=5, pieces=1, failed=1, unknown=0),
        Cost(key="kling:v1", microusd=80_000, pieces=2, failed=2, unknown=1),
    ]


async def _bought(
    db: AsyncSession, film: Film, provider: str, at: datetime, *, price: int | None, cost: int | None
) -> None:
    row = Generation(
        workspace_id=film.workspace_id,
        film_id=film.id,
        fingerprint=str(new_id()),
        purchase=1,
        provider=provider,
        model="v1",
        operation="shot",
        request={},
        state="failed",
        price_microusd=price,
        cost_microusd=cost,
        lease_epoch=1,
        created_at=at,
        settled_at=at,
    )
    db.add(row)
    await db.flush()
