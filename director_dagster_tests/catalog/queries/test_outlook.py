"""Tests of questions about budgets and how far they go."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.budgets import NO_LIMIT_MICROUSD
from director_dagster.catalog.queries import outlook
from director_dagster.catalog.queries.outlook import Allowance, Forecast
from director_dagster.catalog.tables import Asset, Film, Workspace
from director_dagster_tests.catalog.rows import a_film, an_asset

TODAY = date(2026, 3, 10)
USD = 1_000_000


async def test_budgets_are_told_with_what_is_held_and_left(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=NO_LIMIT_MICROUSD)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=film.id, limit_microusd=10 * USD)
    held = [
        await budgets.reserve(db, workspace_id=acme.id, film_id=film.id, price_microusd=price * USD) for price in (1, 4)
    ]
    await budgets.charge(db, budget_id=held[0], reserved_microusd=USD, cost_microusd=3 * USD)

    assert await outlook.allowances(db, acme.id) == [
        Allowance(
            film=None,
            film_id=None,
            title=None,
            limit_microusd=None,
            spent_microusd=USD,
            overrun_microusd=2 * USD,
            reserved_microusd=4 * USD,
            left_microusd=None,
        ),
        Allowance(
            film=film.slug,
            film_id=film.id,
            title=film.title,
            limit_microusd=10 * USD,
            spent_microusd=USD,
            overrun_microusd=2 * USD,
            reserved_microusd=4 * USD,
            left_microusd=3 * USD,
        ),
    ]


async def test_a_month_goes_on_as_the_last_four_weeks(db: AsyncSession, acme: Workspace) -> None:
    for ago, usd in [(29, 500), (28, 14), (10, 7), (1, 7), (0, 3)]:
        await _spent(db, acme, ago, usd)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=5 * USD)

    assert await outlook.forecast(db, acme.id, today=TODAY) == Forecast(
        days=28,
        per_day_microusd=USD,
        so_far_microusd=10 * USD,
        month_microusd=31 * USD,
        used_up_on=TODAY + timedelta(days=5),
        unknown=0,
    )


async def test_a_young_workspace_is_reckoned_by_the_days_it_has(db: AsyncSession, acme: Workspace) -> None:
    await _spent(db, acme, 2, 20)

    forecast = await outlook.forecast(db, acme.id, today=TODAY)

    assert (forecast.days, forecast.per_day_microusd) == (2, 10 * USD)
    assert (forecast.month_microusd, forecast.used_up_on) == ((20 + 21 * 10) * USD, None)


async def test_one_day_is_no_base_for_a_forecast(db: AsyncSession, acme: Workspace) -> None:
    await _spent(db, acme, 0, 3)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=5 * USD)

    assert await outlook.forecast(db, acme.id, today=TODAY) == Forecast(
        days=0,
        per_day_microusd=None,
        so_far_microusd=3 * USD,
        month_microusd=None,
        used_up_on=None,
        unknown=0,
    )


async def test_an_unknown_cost_makes_it_a_lower_bound(db: AsyncSession, acme: Workspace) -> None:
    await _spent(db, acme, 1, 1)
    await _spent(db, acme, 1, None)
    await _spent(db, acme, 29, None)

    forecast = await outlook.forecast(db, acme.id, today=TODAY)

    assert (forecast.unknown, forecast.is_least) == (1, True)


async def test_on_the_last_of_a_month_it_is_what_was_spent(db: AsyncSession, acme: Workspace) -> None:
    await _spent(db, acme, 1, 10)
    last = TODAY.replace(day=31)

    forecast = await outlook.forecast(db, acme.id, today=last)

    assert forecast.month_microusd == forecast.so_far_microusd == 10 * USD


@pytest.mark.parametrize(
    ("limit", "used_up"),
    [
        (NO_LIMIT_MICROUSD, None),
        (0, TODAY),
        (1, TODAY + timedelta(days=1)),
        (4 * USD, TODAY + timedelta(days=1)),
        (4 * USD + 1, TODAY + timedelta(days=2)),
        (NO_LIMIT_MICROUSD - 1, None),
    ],
)
async def test_a_film_uses_up_its_own_budget(
    limit: int, used_up: date | None, db: AsyncSession, acme: Workspace
) -> None:
    film = await a_film(db, acme)
    await _spent(db, acme, 1, 4, film=film)
    await _spent(db, acme, 1, 400)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=NO_LIMIT_MICROUSD)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=film.id, limit_microusd=limit)

    assert (await outlook.forecast(db, acme.id, today=TODAY, film_id=film.id)).used_up_on == used_up


async def _spent(
    db: AsyncSession, workspace: Workspace, days_ago: int, usd: int | None, *, film: Film | None = None
) -> None:
    asset = await an_asset(db, workspace, generation_cost=usd, film_id=None if film is None else film.id)
    at = datetime.combine(TODAY - timedelta(days=days_ago), time(12), UTC)
    await db.execute(update(Asset).where(Asset.id == asset.id).values(created_at=at))
