"""Questions about what may yet be spent: budgets and what is left of them, and how far that goes at today's pace."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, ledger
from director_dagster.catalog.budgets import NO_LIMIT_MICROUSD, left_microusd
from director_dagster.catalog.queries import amounts, costs
from director_dagster.catalog.queries.amounts import Amounts
from director_dagster.catalog.queries.costs import Cost, generated
from director_dagster.catalog.queries.parts import DAY
from director_dagster.catalog.tables import Asset, Budget, Film

WINDOW_DAYS = 28
"""Four weeks: as many Sundays as any other day."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A budget as it stands: ``limit = spent + overrun + reserved + left``.

    Attributes:
        film: The film's slug; None is the workspace's own, within which those of its films lie.
        film_id: Its row.
        title: Its title.
        limit_microusd: None where nothing limits it.
        spent_microusd: What was charged of what had been reserved.
        overrun_microusd: What providers charged beyond.
        reserved_microusd: What is held for work under way, and for what may have been paid.
        left_microusd: What may still be spent, less than 0 after an overrun; None where nothing limits it.
    """

    film: str | None
    film_id: UUID | None
    title: str | None
    limit_microusd: int | None
    spent_microusd: int
    overrun_microusd: int
    reserved_microusd: int
    left_microusd: int | None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What spending comes to if it goes on as in the last four weeks; see `forecast` for how it is reckoned.

    Attributes:
        days: Of how many days the mean is, at most `WINDOW_DAYS`; 0 when nothing was generated before today.
        per_day_microusd: The mean, rounded down; None without days.
        so_far_microusd: What was spent this month, today included.
        month_microusd: What this month is likely to come to; None without days.
        used_up_on: The day on which the budget will be used up; today where nothing is left of it. None where there is
            no budget or no limit, and where nothing was spent that could use it up.
        unknown: How many pieces of these days have an unknown cost.
    """

    days: int
    per_day_microusd: int | None
    so_far_microusd: int
    month_microusd: int | None
    used_up_on: date | None
    unknown: int

    @property
    def is_least(self) -> bool:
        """Whether it will be at least so much, and used up no later: a cost that nobody knows is not in it."""
        return self.unknown > 0


async def allowances(db: AsyncSession, workspace_id: UUID) -> Sequence[Allowance]:
    """The workspace's budget, then those of its films, by slug."""
    return [_allowance(budget, film) for budget, film in await budgets.of_workspace(db, workspace_id)]


async def allowance(db: AsyncSession, workspace_id: UUID, film: Film | None = None) -> Allowance | None:
    """The film's own budget, without one the workspace's; None where nobody set it, and nothing may be spent."""
    budget = await budgets.get(db, workspace_id=workspace_id, film_id=None if film is None else film.id)
    return None if budget is None else _allowance(budget, film)


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What all that was made for a film has cost, beside how many attempts that may have been paid, in no sum,
    and what its own budget and its workspace's let be spent; None where nobody set it."""

    cost: Cost
    doubtful: int
    own: Allowance | None
    above: Allowance | None


async def purse(db: AsyncSession, film: Film) -> Purse:
    """A film's money as it is now."""
    return Purse(
        cost=await costs.total(db, film.workspace_id, film_id=film.id),
        doubtful=len(await ledger.unresolved(db, film.workspace_id, film.id)),
        own=await allowance(db, film.workspace_id, film),
        above=await allowance(db, film.workspace_id),
    )


def _allowance(budget: Budget, film: Film | None) -> Allowance:
    return Allowance(
        film=None if film is None else film.slug,
        film_id=None if film is None else film.id,
        title=None if film is None else film.title,
        limit_microusd=budget.limit_microusd if _is_limited(budget) else None,
        spent_microusd=budget.spent_microusd,
        overrun_microusd=budget.overrun_microusd,
        reserved_microusd=budget.reserved_microusd,
        left_microusd=left_microusd(budget) if _is_limited(budget) else None,
    )


async def forecast(db: AsyncSession, workspace_id: UUID, *, today: date, film_id: UUID | None = None) -> Forecast:
    """What the workspace, or one film of it, is likely to spend.

    With `days` the whole UTC days before `today`, at most 28, that have passed since something was first generated,
    and `mean` what was spent in them by their number (never rounded on the way):

    - this month = what was spent in it, today included, + mean x the days of it that come after today;
    - used up on = today + ⌈what is left of the budget / mean⌉ days. What is reserved is not left any more.

    A film's forecast is of its own budget; its workspace's may be used up before. Unknown costs are in none of it:
    `unknown` counts them. Indexes: uq_spending_sums, ix_assets_workspace_id_created_at.
    """
    since, month = today - timedelta(days=WINDOW_DAYS), today.replace(day=1)
    each = _each_day(workspace_id, film_id, min(since, month), today).subquery()
    recent = select(
        _sum(each.c.microusd, each.c.day.between(since, today - timedelta(days=1))).label("window"),
        _sum(each.c.microusd, each.c.day >= month).label("month"),
        func.coalesce(func.sum(each.c.unknown), 0).label("unknown"),
    )
    row = (await db.execute(recent)).one()
    spent, so_far = int(row.window), int(row.month)
    days = await _days_before(db, workspace_id, today, film_id)
    budget = await budgets.get(db, workspace_id=workspace_id, film_id=film_id)
    to_come = monthrange(today.year, today.month)[1] - today.day
    return Forecast(
        days=days,
        per_day_microusd=spent // days if days else None,
        so_far_microusd=so_far,
        month_microusd=so_far + _rounded(spent * to_come, days) if days else None,
        used_up_on=None if budget is None or not _is_limited(budget) else _used_up(budget, today, spent, days),
        unknown=int(row.unknown),
    )


async def _days_before(db: AsyncSession, workspace_id: UUID, today: date, film_id: UUID | None) -> int:
    """How many whole days before today have passed since the first generation, that one's included; at most 28."""
    since_ever = generated(workspace_id, film_id=film_id, since=None, until=None)
    first = await db.scalar(select(func.date(func.timezone("UTC", func.min(Asset.created_at)))).where(*since_ever))
    return 0 if first is None else max(0, min(WINDOW_DAYS, (today - first).days))


def _used_up(budget: Budget, today: date, spent: int, days: int) -> date | None:
    if spent == 0:
        return None
    needed = -(-left_microusd(budget) * days // spent)
    return None if needed > (date.max - today).days else today + timedelta(days=max(0, needed))


def _each_day(workspace_id: UUID, film_id: UUID | None, since: date, until: date) -> Amounts:
    if film_id is not None:
        return amounts.counted(DAY, workspace_id, since, until, film_id)
    return amounts.summed(DAY, workspace_id, since, until, daily=True)


def _sum(microusd: ColumnElement[Any], on: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(microusd).filter(on), 0)


def _rounded(amount: int, by: int) -> int:
    """`amount` / `by`, half up."""
    return (2 * amount + by) // (2 * by)


def _is_limited(budget: Budget) -> bool:
    return budget.limit_microusd != NO_LIMIT_MICROUSD
