"""Tests of questions about spending: every figure is the founding guide's own, and the groups come to the whole."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, films, spending, takes, trash
from director_dagster.catalog.queries.spending import DIMENSIONS, TIME, Group, Span
from director_dagster.catalog.tables import Asset, Film, Generation, Workspace
from director_dagster.catalog.tables.ledger import CLOSED
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset

ALL = Span()
DAY = date(2026, 3, 10)
GUIDE = {
    "type": """
        SELECT type, SUM(generation_cost) as total_cost FROM assets
        WHERE source = 'generation' AND workspace_id = :workspace GROUP BY type
    """,
    "character": """
        SELECT c.name, SUM(a.generation_cost) as total_cost FROM assets a JOIN characters c ON a.character_id = c.id
        WHERE a.workspace_id = :workspace AND a.source = 'generation' GROUP BY c.id, c.name
    """,
}
WHOLE = "SELECT SUM(generation_cost) FROM assets WHERE source = 'generation' AND workspace_id = :workspace"
PARTED = """
    SELECT COUNT(*) FILTER (WHERE url IS NOT NULL) as successful, COUNT(*) FILTER (WHERE url IS NULL) as failed,
        SUM(generation_cost) as total_spent
    FROM assets WHERE source = 'generation' AND workspace_id = :workspace
"""


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film whose pieces cost 0.04 + 0.03 (Mara's), 0.28, something unknown, and 0.05 for a failed one; each was made
    a day after the other."""
    film, mara = await a_film(db, acme), await a_character(db, acme)
    film.series = "Lights"
    of_film: dict[str, Any] = {"film_id": film.id}
    made = [
        await an_asset(db, acme, "look", type="image", generation_cost=0.04, character_ids=[mara.id], **of_film),
        await an_asset(db, acme, "frame", type="image", generation_cost=0.03, character_ids=[mara.id], **of_film),
        await an_asset(db, acme, "shot", generation_cost=0.28, provider="runway", **of_film),
        await an_asset(db, acme, "unknown", generation_cost=None, **of_film),
        await an_asset(db, acme, "failed", generation_cost=0.05, url=None, **of_film),
        await an_asset(db, acme, "loose", type="audio", generation_cost=0.001),
    ]
    await an_asset(db, acme, "song", generation_cost=9.99, source="import", **of_film)
    await an_asset(db, await films.workspace(db, "other"), "not ours", generation_cost=7)
    for number, asset in enumerate(made):
        asset.created_at = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(days=number, hours=-1)
    await db.flush()
    return film


async def test_the_total_is_the_guides(db: AsyncSession, film: Film) -> None:
    workspace = {"workspace": film.workspace_id}
    whole = await db.scalar(text(WHOLE), workspace)
    successful, failed, spent = (await db.execute(text(PARTED), workspace)).one()

    total = await spending.total(db, film.workspace_id, ALL)

    assert total == Group(key=None, label="in all", microusd=401_000, pieces=6, failed=1, unknown=1)
    assert total.microusd == whole * 1_000_000 == spent * 1_000_000
    assert (total.pieces - total.failed, total.failed) == (successful, failed)


@pytest.mark.parametrize("dimension", DIMENSIONS)
async def test_the_groups_come_to_the_whole(db: AsyncSession, film: Film, dimension: str) -> None:
    total = await spending.total(db, film.workspace_id, ALL)

    for limit in (1, 2, 50):
        groups = await spending.by(db, film.workspace_id, dimension, ALL, limit=limit)
        for figure in ("microusd", "pieces", "failed", "unknown"):
            assert sum(getattr(group, figure) for group in groups) == getattr(total, figure)
        assert len(groups) <= limit + 1


@pytest.mark.parametrize("dimension", GUIDE)
async def test_the_groups_are_the_guides(db: AsyncSession, film: Film, dimension: str) -> None:
    rows = await db.execute(text(GUIDE[dimension]), {"workspace": film.workspace_id})
    guide = {row[0]: int((row.total_cost or 0) * 1_000_000) for row in rows}

    groups = await spending.by(db, film.workspace_id, dimension, ALL)

    assert {group.label: group.microusd for group in groups if group.key} == guide


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("film", {"The-Lighthouse": 400_000, "none": 1_000}),
        ("series", {"Lights": 400_000, "none": 1_000}),
        ("provider", {"runway": 280_000, "kling": 121_000}),
        ("month", {"2026-03": 401_000}),
    ],
)
async def test_each_group_has_its_sum(
    db: AsyncSession, film: Film, dimension: str, expected: Mapping[str, int]
) -> None:
    groups = await spending.by(db, film.workspace_id, dimension, ALL)

    assert {group.label: group.microusd for group in groups} == expected


async def test_days_are_of_utc_and_only_those_that_are_asked_for(db: AsyncSession, film: Film) -> None:
    span = Span(since=DAY, until=DAY + timedelta(days=1))

    groups = await spending.by(db, film.workspace_id, "day", span)

    assert {group.label: group.microusd for group in groups} == {"2026-03-10": 30_000, "2026-03-11": 280_000}
    assert (await spending.total(db, film.workspace_id, span)).microusd == 310_000


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS.keys() - TIME))
async def test_the_days_of_a_group_come_to_the_group(db: AsyncSession, film: Film, dimension: str) -> None:
    parts = await spending.daily(db, film.workspace_id, dimension, ALL)

    for group in await spending.by(db, film.workspace_id, dimension, ALL):
        assert sum(part.microusd for part in parts if part.key == group.key) == group.microusd
        assert sum(part.unknown for part in parts if part.key == group.key) == group.unknown


async def test_what_was_paid_stays_paid_when_the_piece_is_deleted(db: AsyncSession, film: Film) -> None:
    before = await spending.total(db, film.workspace_id, ALL)

    for asset in await assets.listed(db, film.workspace_id, want=assets.Filter()):
        await trash.delete(db, film.workspace_id, [asset.id])

    assert await spending.total(db, film.workspace_id, ALL) == before


async def test_an_empty_workspace_cost_nothing(db: AsyncSession, acme: Workspace) -> None:
    assert (await spending.total(db, acme.id, ALL)).pieces == 0
    assert await spending.by(db, acme.id, "type", ALL) == []
    assert (await spending.waste(db, acme.id)).a_minute_microusd is None


async def test_savings_are_of_the_film_that_did_not_pay(db: AsyncSession, acme: Workspace, film: Film) -> None:
    second = await a_film(db, acme, "second")
    shot, unknown = await an_asset(db, acme, "one", generation_cost=0.5), await an_asset(db, acme, "two")
    await _take(db, second, "shot:1", shot, saved_microusd=500_000)
    await _take(db, second, "shot:2", unknown, saved_microusd=None)

    [saved] = await spending.saved(db, acme.id, ALL)

    assert saved == Group(key="second", label="Second", microusd=500_000, pieces=2, failed=0, unknown=1)


async def test_attempts_that_came_to_nothing_are_counted_by_how_they_ended(db: AsyncSession, film: Film) -> None:
    for state, cost in (("failed", 50_000), ("failed", None), ("refused", 0), ("unknown", None), ("queued", None)):
        db.add(_generation(film, state, cost))
    await db.flush()

    found = {each.state: each for each in await spending.ended(db, film.workspace_id, ALL)}

    assert found.keys() == {"failed", "refused", "unknown"}
    assert (found["failed"].attempts, found["failed"].microusd, found["failed"].unknown) == (2, 50_000, 1)


async def test_a_forecast_goes_on_as_the_last_four_weeks_have(db: AsyncSession, acme: Workspace) -> None:
    today = date(2026, 3, 20)
    for days, cost in ((0, 1.0), (27, 1.8), (28, 100.0)):
        asset = await an_asset(db, acme, f"{days} days ago", generation_cost=cost)
        asset.created_at = datetime.combine(today - timedelta(days=days), datetime.min.time(), UTC)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=1_000_000)
    budget = await budgets.get(db, workspace_id=acme.id, film_id=None)

    told = await spending.forecast(db, acme.id, today, budget)
    without = await spending.forecast(db, acme.id, today, None)

    assert (told.a_day_microusd, told.month_microusd) == (100_000, 1_000_000 + 11 * 100_000)
    assert (told.used_up, without.used_up) == (today + timedelta(days=10), None)


async def test_waste_is_what_no_slot_has_selected(db: AsyncSession, acme: Workspace, film: Film) -> None:
    second = await a_film(db, acme, "second")
    finished = await an_asset(db, acme, "the film", kind="film", generation_cost=0, duration=90.0)
    old, new = await an_asset(db, acme, "old", generation_cost=0.5), await an_asset(db, acme, "new")
    await _take(db, film, "film", finished)
    await _take(db, film, "shot:1", old)
    await _take(db, film, "shot:1", new)

    wasted = await spending.waste(db, acme.id)
    await _take(db, second, "shot:1", old)
    used = await spending.waste(db, acme.id)

    assert (wasted.microusd, wasted.pieces, wasted.minutes, wasted.a_minute_microusd) == (500_000, 1, 1.5, 333_333)
    assert (used.microusd, used.pieces) == (0, 0)


async def _take(db: AsyncSession, film: Film, slot: str, asset: Asset, *, saved_microusd: int | None = 0) -> None:
    place = await takes.ensure_slot(
        db, workspace_id=film.workspace_id, film_id=film.id, name=slot, kind="film" if slot == "film" else "shot"
    )
    await takes.add(
        db,
        slot=place,
        asset_id=asset.id,
        basis={"of": asset.name},
        basis_version=1,
        reused=saved_microusd != 0,
        saved_microusd=saved_microusd,
        select_by="shoot",
    )


def _generation(film: Film, state: str, cost: int | None) -> Generation:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Generation(
        workspace_id=film.workspace_id,
        film_id=film.id,
        fingerprint=str(new_id()),
        purchase=1,
        provider="kling",
        model="v1",
        operation="shot",
        request={},
        state=state,
        price_microusd=cost,
        cost_microusd=cost,
        client_ref=new_id(),
        submit_at=now,
        lease_epoch=1,
        created_at=now,
        settled_at=now if state in CLOSED else None,
    )
