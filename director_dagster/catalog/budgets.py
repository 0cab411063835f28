"""Budgets: what may be spent, what is held for work under way, and what was charged. All in micro-dollars.

A film's budget lies within its workspace's. Both are always touched in that order, film first, so that two workers
never wait for each other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.money import told
from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Budget, Film, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput, BudgetExceeded

NO_LIMIT_MICROUSD = 2**63 - 1
"""A limit that nothing reaches. It is set like any other: where no budget is set, nothing is spent."""

NO_LIMIT = "no limit"
"""How the audit log has it."""


async def get(db: AsyncSession, *, workspace_id: UUID, film_id: UUID | None) -> Budget | None:
    """The budget of a film, or with `film_id` None of the workspace; None where nobody set one."""
    query = select(Budget).where(Budget.workspace_id == workspace_id, Budget.film_id.is_not_distinct_from(film_id))
    return (await db.scalars(query, execution_options=FRESH)).one_or_none()


async def set_limit(db: AsyncSession, *, workspace_id: UUID, film_id: UUID | None, limit_microusd: int) -> Budget:
    """Set what a film, or the workspace, may spend in all; a second call changes it. The audit log says so.

    Raises BadInput for a film whose workspace has no budget, BudgetExceeded when more is spent and held already.
    """
    mine = (Budget.workspace_id == workspace_id, Budget.film_id.is_not_distinct_from(film_id))
    made = await db.execute(
        insert(Budget)
        .values(
            id=new_id(),
            workspace_id=workspace_id,
            film_id=film_id,
            parent_id=None if film_id is None else await _parent_id(db, workspace_id),
            limit_microusd=limit_microusd,
        )
        .on_conflict_do_nothing(index_elements=[Budget.workspace_id, Budget.film_id])
        .returning(Budget.id)
    )
    before = (await db.scalars(select(Budget.limit_microusd).where(*mine).with_for_update(key_share=True))).one()
    is_new = made.one_or_none() is not None
    query = (
        update(Budget)
        .where(*mine)
        .where(_taken() <= limit_microusd)
        .values(limit_microusd=limit_microusd)
        .returning(Budget)
    )
    budget = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if budget is None:
        raise BudgetExceeded(f"{told(limit_microusd)} is less than what is spent and held already")
    if is_new or before != limit_microusd:
        limits = {"limit_microusd": limit_microusd, "before_microusd": None if is_new else before}
        await events.note(
            db,
            workspace_id=workspace_id,
            what="budget set",
            subject=str(budget.id),
            film_id=film_id,
            details={name: NO_LIMIT if limit == NO_LIMIT_MICROUSD else limit for name, limit in limits.items()},
        )
    return budget


async def of_workspace(db: AsyncSession, workspace_id: UUID) -> Sequence[tuple[Budget, Film | None]]:
    """The workspace's budget, then those of its films, by slug, each with its film."""
    query = (
        select(Budget, Film)
        .outerjoin(Film, (Film.workspace_id == Budget.workspace_id) & (Film.id == Budget.film_id))
        .where(Budget.workspace_id == workspace_id)
        .order_by(Film.slug.nulls_first())
    )
    return [(budget, film) for budget, film in await db.execute(query, execution_options=FRESH)]


RECKON = text("""
-- What each budget has held and been charged, by the generations that were bought with it and with those within it.
UPDATE budgets
SET reserved_microusd = sums.held,
    spent_microusd = sums.spent,
    overrun_microusd = sums.overrun,
    limit_microusd = greatest(budgets.limit_microusd, sums.held + sums.spent)
FROM (
    SELECT budgets.id,
        coalesce(sum(bought.reserved_microusd), 0)::bigint AS held,
        coalesce(sum(least(bought.cost_microusd, bought.price_microusd)), 0)::bigint AS spent,
        coalesce(sum(greatest(bought.cost_microusd - bought.price_microusd, 0)), 0)::bigint AS overrun
    FROM budgets
    JOIN budgets AS own ON own.workspace_id = budgets.workspace_id AND budgets.id IN (own.id, own.parent_id)
    LEFT JOIN generations AS bought ON bought.workspace_id = own.workspace_id AND bought.budget_id = own.id
    GROUP BY budgets.id
) AS sums
WHERE sums.id = budgets.id
""")


async def reckon(db: AsyncSession) -> None:
    """Let all budgets say what their generations come to: what is held and charged can be reckoned from them."""
    await db.execute(RECKON)


def left_microusd(budget: Budget) -> int:
    """What may still be spent of it; less than nothing when providers have charged more than was held."""
    return budget.limit_microusd - budget.spent_microusd - budget.overrun_microusd - budget.reserved_microusd


async def reserve(db: AsyncSession, *, workspace_id: UUID, film_id: UUID | None, price_microusd: int) -> UUID:
    """Hold `price_microusd` against the film's budget and its workspace's; the id of the first.

    Raises BudgetExceeded where there is no budget or no room; the caller then rolls back.
    """
    query = select(Budget.id).where(Budget.workspace_id == workspace_id, Budget.film_id.is_not_distinct_from(film_id))
    budget_id = (await db.scalars(query)).one_or_none()
    if budget_id is None:
        whose = "workspace" if film_id is None else "film"
        raise BudgetExceeded(
            f"no budget is set for the {whose}, so {told(price_microusd)} is not spent: `director budget set AMOUNT"
            f"{await _named(db, workspace_id, film_id)}` gives it one"
        )
    parent_id = await _hold(db, budget_id, price_microusd)
    if parent_id is not None:
        await _hold(db, parent_id, price_microusd)
    return budget_id


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What was held against a budget for one purchase, and what it has cost."""

    budget_id: UUID
    reserved_microusd: int
    cost_microusd: int


async def charge(db: AsyncSession, *, budget_id: UUID, reserved_microusd: int, cost_microusd: int) -> None:
    """As `charge_all`, of one."""
    await charge_all(
        db, [Charge(budget_id=budget_id, reserved_microusd=reserved_microusd, cost_microusd=cost_microusd)]
    )


async def charge_all(db: AsyncSession, charges: Sequence[Charge]) -> None:
    """Let go of what was held and book what was charged; what goes beyond the hold of each is booked as overrun."""
    booked = Counter[tuple[UUID, str]]()
    for charge in charges:
        within = min(charge.cost_microusd, charge.reserved_microusd)
        booked[charge.budget_id, "reserved"] += charge.reserved_microusd
        booked[charge.budget_id, "within"] += within
        booked[charge.budget_id, "over"] += charge.cost_microusd - within
    while booked:
        above = Counter[tuple[UUID, str]]()
        for budget_id in sorted({budget_id for budget_id, _ in booked}):
            sums = {what: booked[budget_id, what] for what in ("reserved", "within", "over")}
            parent_id = await _book(db, budget_id, **sums)
            if parent_id is not None:
                above.update({(parent_id, what): amount for what, amount in sums.items()})
        booked = above


async def correct(db: AsyncSession, *, budget_id: UUID, within: int, over: int) -> None:
    """Book so much more, or less, of what was charged for a purchase, within its highest price and beyond it.

    What has no room any more is an overrun: it was charged, whatever may be spent.
    """
    booked: UUID | None = budget_id
    while booked is not None:
        room = Budget.limit_microusd - Budget.spent_microusd - Budget.reserved_microusd
        fits = func.greatest(func.least(within, room), -Budget.spent_microusd)
        query = (
            update(Budget)
            .where(Budget.id == booked)
            .values(
                spent_microusd=Budget.spent_microusd + fits,
                overrun_microusd=Budget.overrun_microusd + over + within - fits,
            )
            .returning(Budget.parent_id)
        )
        booked = (await db.execute(query)).scalar_one()


async def _book(db: AsyncSession, budget_id: UUID, *, reserved: int, within: int, over: int) -> UUID | None:
    """Book these sums in one budget; the id of its parent."""
    query = (
        update(Budget)
        .where(Budget.id == budget_id)
        .values(
            reserved_microusd=Budget.reserved_microusd - reserved,
            spent_microusd=Budget.spent_microusd + within,
            overrun_microusd=Budget.overrun_microusd + over,
        )
        .returning(Budget.parent_id)
    )
    return (await db.execute(query)).scalar_one()


async def _hold(db: AsyncSession, budget_id: UUID, price_microusd: int) -> UUID | None:
    """Hold the price in one budget, if there is room: one conditional UPDATE, so that no two workers share the room."""
    query = (
        update(Budget)
        .where(Budget.id == budget_id)
        .where(_taken() + price_microusd <= Budget.limit_microusd)
        .values(reserved_microusd=Budget.reserved_microusd + price_microusd)
        .returning(Budget.parent_id)
    )
    held = (await db.execute(query)).one_or_none()
    if held is None:
        full = (await db.scalars(select(Budget).where(Budget.id == budget_id), execution_options=FRESH)).one()
        whose = "workspace" if full.film_id is None else "film"
        named = await _named(db, full.workspace_id, full.film_id)
        raise BudgetExceeded(
            f"the {whose}'s budget has no room for {told(price_microusd)}: {told(left_microusd(full))} is left of "
            f"{told(full.limit_microusd)}; `director budget set AMOUNT{named}` raises it"
        )
    return held[0]


def _taken() -> ColumnElement[int]:
    """What is spent of a budget, within and beyond what was held, and what is held."""
    return Budget.spent_microusd + Budget.overrun_microusd + Budget.reserved_microusd


async def _named(db: AsyncSession, workspace_id: UUID, film_id: UUID | None) -> str:
    """How a command names the film, or the workspace."""
    of = (Film.workspace_id == Workspace.id) & (Film.id == film_id)
    query = select(Workspace.slug, Film.slug).outerjoin(Film, of).where(Workspace.id == workspace_id)
    workspace, film = (await db.execute(query)).one()
    return f" --workspace {workspace}" if film is None else f" --film {workspace}/{film}"


async def _parent_id(db: AsyncSession, workspace_id: UUID) -> UUID:
    parent = await get(db, workspace_id=workspace_id, film_id=None)
    if parent is None:
        raise BadInput("set a budget for the workspace before one for a film of it")
    return parent.id
