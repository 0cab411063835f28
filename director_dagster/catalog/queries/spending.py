"""Questions about spending: what was paid, and what reuse saved, by day, film, maker and all else that tells pieces
apart.

What counts are the rows of `assets` that were generated, failed and deleted ones too: what was paid stays paid. So the
groups of any dimension add up to the founding guide's ``SUM(generation_cost)``. An unknown cost is counted, never 0.
Several questions agree with each other when they are asked in one `Catalog.snapshot`.

A whole workspace's are answered from sums (`amounts`), which are what plain SQL says at any moment; a film's from its
pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import amounts, groups
from director_dagster.catalog.queries.amounts import AMOUNTS
from director_dagster.catalog.queries.costs import Cost, figures, in_days
from director_dagster.catalog.queries.groups import Group
from director_dagster.catalog.queries.parts import (
    DIMENSIONS,
    IN_TIME,
    PARTS,
    SAVINGS,
    WORKSPACES,
    Dimension,
    Facet,
    SavingDimension,
    day_of,
)
from director_dagster.catalog.tables import Generation, Slot, Take
from director_dagster.catalog.tables.ledger import CLOSED
from director_dagster.errors import BadInput

__all__ = [
    "DIMENSIONS", "TOP", "Daily", "Dimension", "Facet", "Group", "attempts", "by", "by_day_and", "by_workspace",
    "saved_by",
]  # fmt: skip

TOP = 7
MOST_DAYS = 3_660
"""Ten years: a chart of more days than that is refused."""

OWN = bindparam("workspace_id", type_=Uuid())
STATEMENTS = 256
"""So many are kept: to write one takes longer than Postgres does to answer it."""


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Spending day by day: `microusd[g][d]` and `unknown[g][d]` are those of `groups[g]` on `days[d]`.

    Attributes:
        days: All of them in order, those without spending too.
        groups: With their sums over all these days.
        microusd: What is known.
        unknown: Of how many pieces the cost is not known.
    """

    days: Sequence[date]
    groups: Sequence[Group]
    microusd: Sequence[Sequence[int]]
    unknown: Sequence[Sequence[int]]


async def by(
    db: AsyncSession,
    workspace_id: UUID,
    dimension: Dimension,
    *,
    since: date | None = None,
    until: date | None = None,
    film_id: UUID | None = None,
    limit: int | None = None,
) -> list[Group]:
    """What the workspace, or one film of it, spent from the day `since` to the day `until`, both included, in groups.

    Days and months come in order; of all else the dearest first, what belongs to none last. Beyond `limit` groups the
    rest, of days and months the earlier ones, is one figure at the end. So the groups always add up to the total.

    A film is the one for which a piece was first made. A character counts what is about just this one; what is about
    nobody or several belongs to none. A state is what became of the attempt; a piece that nobody was asked for has
    none. Indexes: uq_spending_sums; of a film ix_assets_workspace_id_film_id_id.
    """
    part, in_time = PARTS[dimension], dimension in IN_TIME
    if film_id is None:
        found = await groups.of(db, part, _summed(dimension, since, until), {OWN.key: workspace_id})
    else:
        pieces = amounts.counted(part, workspace_id, since, until, film_id)
        found = await groups.of(db, part, groups.grouped(part, pieces))
    return groups.limited(found, limit, in_time=in_time)


async def by_workspace(
    db: AsyncSession, *, since: date | None = None, until: date | None = None, limit: int | None = None
) -> list[Group]:
    """What each workspace spent, as `by`; for a session that may see all of them."""
    each = amounts.summed(WORKSPACES, None, since, until)
    found = await groups.of(db, WORKSPACES, groups.grouped(WORKSPACES, each))
    return groups.limited(found, limit, in_time=False)


async def by_day_and(
    db: AsyncSession,
    workspace_id: UUID,
    facet: Facet,
    *,
    since: date | None = None,
    until: date | None = None,
    film_id: UUID | None = None,
    limit: int = TOP,
) -> Daily:
    """What was spent each day in each of the `limit` dearest groups, and in the others together, as `by` has them.

    Without `since` the days begin with the first on which something was generated, without `until` they end with the
    last. Raises BadInput for more than `MOST_DAYS`. Index: uq_spending_sums.
    """
    found = await by(db, workspace_id, facet, since=since, until=until, film_id=film_id, limit=limit)
    if film_id is None:
        each = amounts.summed(PARTS[facet], workspace_id, since, until, daily=True)
    else:
        each = amounts.counted(PARTS[facet], workspace_id, since, until, film_id)
    cells = await _cells(db, groups.named(PARTS[facet], each, daily=True), found)
    known = [day for _, day in cells]
    days = _days(since or min(known, default=None), until or max(known, default=None))
    return Daily(
        days=days,
        groups=found,
        microusd=[[cells.get((place, day), (0, 0))[0] for day in days] for place in range(len(found))],
        unknown=[[cells.get((place, day), (0, 0))[1] for day in days] for place in range(len(found))],
    )


async def saved_by(
    db: AsyncSession,
    workspace_id: UUID,
    dimension: SavingDimension,
    *,
    since: date | None = None,
    until: date | None = None,
    film_id: UUID | None = None,
    limit: int | None = None,
) -> list[Group]:
    """What was not paid because the piece was there before, as `by`; `pieces` are uses, `unknown` those of which
    nobody knows what they saved.

    The day is that of the use, the film the one that uses it; a character's own slots belong to none. The sum is that
    of `costs.saved`. Index: ix_takes_reused.
    """
    uses = (
        select(
            cast(Slot.film_id, Text).label("key"),
            day_of(Take.created_at).label("day"),
            func.coalesce(Take.saved_microusd, 0).label("microusd"),
            literal(1).label("pieces"),
            literal(0).label("failed"),
            cast(Take.saved_microusd.is_(None), Integer).label("unknown"),
        )
        .select_from(Take)
        .join(Slot, and_(Slot.workspace_id == Take.workspace_id, Slot.id == Take.slot_id))
        .where(Take.workspace_id == workspace_id, Take.reused, *in_days(Take.created_at, since, until))
        .where(true() if film_id is None else Slot.film_id == film_id)
    )
    part = SAVINGS[dimension]
    found = await groups.of(db, part, groups.grouped(part, uses))
    return groups.limited(found, limit, in_time=dimension in IN_TIME)


async def attempts(
    db: AsyncSession,
    workspace_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    film_id: UUID | None = None,
) -> list[Cost]:
    """What the ledger has by the state it is in, by name: what was refused, failed and cancelled, and what may have
    been paid (`unknown`) or is under way and has no asset yet. That has no known cost. What was stored is not in it.

    Indexes: ix_generations_not_stored, ix_generations_workspace_id_film_id_id.
    """
    query = (
        select(Generation.state.label("key"), *figures(Generation.cost_microusd, Generation.state.in_(CLOSED)))
        .where(Generation.workspace_id == workspace_id, *in_days(Generation.created_at, since, until))
        .where(Generation.state != amounts.STORED, true() if film_id is None else Generation.film_id == film_id)
        .group_by(Generation.state)
        .order_by(Generation.state)
    )
    return [
        Cost(key=row.key, microusd=int(row.microusd), pieces=row.pieces, failed=row.failed, unknown=row.unknown)
        for row in await db.execute(query)
    ]


@lru_cache(maxsize=STATEMENTS)
def _summed(dimension: Dimension, since: date | None, until: date | None) -> Select[Any]:
    """What a workspace, `OWN`, spent in these days, from the sums that are kept."""
    part = PARTS[dimension]
    return groups.grouped(part, amounts.summed(part, OWN, since, until, daily=dimension in IN_TIME))


async def _cells(db: AsyncSession, each: CTE, found: Sequence[Group]) -> Mapping[tuple[int, date], tuple[int, int]]:
    """By the place of a group and the day: what is known to be spent, and of how many pieces the cost is unknown."""
    if not found:
        return {}
    placed = select(_place(each, found).label("place"), each.c.day, *(each.c[name] for name in AMOUNTS)).subquery()
    query = (
        select(
            placed.c.place,
            placed.c.day,
            func.sum(placed.c.microusd).label("microusd"),
            func.sum(placed.c.unknown).label("unknown"),
        )
        .where(placed.c.place.is_not(None))
        .group_by(placed.c.place, placed.c.day)
        .having(func.sum(placed.c.pieces) > 0)
    )
    return {(row.place, row.day): (int(row.microusd), int(row.unknown)) for row in await db.execute(query)}


def _place(each: CTE, found: Sequence[Group]) -> ColumnElement[Any]:
    """Which of the groups an amount is in; the others, if there are any, are the last."""
    named = [group for group in found if not group.others]
    same = [
        and_(each.c.key.is_not_distinct_from(group.key), each.c.id.is_not_distinct_from(group.id)) for group in named
    ]
    rest = null() if len(named) == len(found) else literal(len(named))
    return case(*((condition, literal(place)) for place, condition in enumerate(same)), else_=rest) if same else rest


def _days(first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    if (last - first).days >= MOST_DAYS:
        raise BadInput(f"{first} to {last} are too many days to show one by one: at most {MOST_DAYS} are")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
