"""Tests of budgets."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Film, Workspace
from director_dagster.errors import BadInput, BudgetExceeded
from director_dagster_tests.catalog.rows import a_film


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film that may spend $1 of its workspace's $2."""
    film = await a_film(db, acme)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=2_000_000)
    await budgets.set_limit(db, workspace_id=acme.id, film_id=film.id, limit_microusd=1_000_000)
    return film


async def test_a_hold_counts_against_the_film_and_its_workspace(db: AsyncSession, film: Film) -> None:
    await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=300_000)

    assert await _state(db, film) == [(300_000, 0, 0), (300_000, 0, 0)]


async def test_a_hold_that_fits_to_the_last_micro_dollar_is_taken_and_one_more_is_not(
    db: AsyncSession, film: Film
) -> None:
    await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=1_000_000)

    with pytest.raises(BudgetExceeded, match=r"the film's budget has no room for \$0\.000001"):
        await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=1)


async def test_what_was_charged_beyond_its_hold_leaves_less_for_the_next(db: AsyncSession, film: Film) -> None:
    held = await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=300_000)
    await budgets.charge(db, budget_id=held, reserved_microusd=300_000, cost_microusd=900_000)

    found = await budgets.get(db, workspace_id=film.workspace_id, film_id=film.id)
    assert found is not None
    assert budgets.left_microusd(found) == 100_000
    with pytest.raises(BudgetExceeded, match=r"no room for \$0\.20: \$0\.10 is left"):
        await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=200_000)


async def test_the_workspaces_budget_bounds_all_its_films(db: AsyncSession, film: Film, acme: Workspace) -> None:
    second = await a_film(db, acme, "second")
    await budgets.set_limit(db, workspace_id=acme.id, film_id=second.id, limit_microusd=5_000_000)
    await budgets.reserve(db, workspace_id=acme.id, film_id=film.id, price_microusd=1_000_000)

    with pytest.raises(BudgetExceeded, match="the workspace's budget has no room"):
        await budgets.reserve(db, workspace_id=acme.id, film_id=second.id, price_microusd=1_000_001)


async def test_without_a_budget_nothing_is_spent(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(BudgetExceeded, match=r"no budget is set for the workspace, so \$0\.50+ is not spent"):
        await budgets.reserve(db, workspace_id=acme.id, film_id=None, price_microusd=500_000)


async def test_a_film_has_no_budget_before_its_workspace_has_one(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)

    with pytest.raises(BadInput, match="set a budget for the workspace before"):
        await budgets.set_limit(db, workspace_id=acme.id, film_id=film.id, limit_microusd=1)


async def test_a_charge_replaces_its_hold(db: AsyncSession, film: Film) -> None:
    budget_id = await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=300_000)

    await budgets.charge(db, budget_id=budget_id, reserved_microusd=300_000, cost_microusd=280_000)

    assert await _state(db, film) == [(0, 280_000, 0), (0, 280_000, 0)]


async def test_what_a_provider_charges_beyond_the_hold_is_booked_as_overrun(db: AsyncSession, film: Film) -> None:
    budget_id = await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=1_000_000)

    await budgets.charge(db, budget_id=budget_id, reserved_microusd=1_000_000, cost_microusd=1_000_007)

    assert await _state(db, film) == [(0, 1_000_000, 7), (0, 1_000_000, 7)]


async def test_a_limit_can_be_changed_but_not_below_what_is_spent_and_held(db: AsyncSession, film: Film) -> None:
    await budgets.reserve(db, workspace_id=film.workspace_id, film_id=film.id, price_microusd=300_000)

    lowered = await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=film.id, limit_microusd=300_000)

    assert lowered.limit_microusd == 300_000
    with pytest.raises(BudgetExceeded, match="less than what is spent and held"):
        await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=film.id, limit_microusd=299_999)


async def test_workers_that_reserve_at_once_never_share_the_room(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        film = await a_film(db, acme)
        for film_id in (None, film.id):
            await budgets.set_limit(db, workspace_id=acme.id, film_id=film_id, limit_microusd=1_000_000)

    async def reserve() -> bool:
        try:
            async with catalog.session() as db:
                await budgets.reserve(db, workspace_id=acme.id, film_id=film.id, price_microusd=150_000)
        except BudgetExceeded:
            return False
        return True

    took = await asyncio.gather(*(reserve() for _ in range(30)))

    async with catalog.session() as db:
        assert sum(took) == 6
        assert await _state(db, film) == [(900_000, 0, 0), (900_000, 0, 0)]


async def _state(db: AsyncSession, film: Film) -> list[tuple[int, int, int]]:
    """Held, spent and overrun of the film's budget and its workspace's."""
    found = [await budgets.get(db, workspace_id=film.workspace_id, film_id=film_id) for film_id in (film.id, None)]
    return [(b.reserved_microusd, b.spent_microusd, b.overrun_microusd) for b in found if b is not None]
