"""Questions about spending: what was paid, and what reuse saved, by day, film, maker and all else that tells pieces
apart.

What counts are the rows of `assets` that were generated, failed and deleted ones too: what was paid stays paid. So the
groups of any dimension add up to the founding guide's ``SUM(generation_cost)``. An unknown cost is counted, never 0.
Several questions agree with each other when they are asked in one `Catalog.snapshot`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.queries.costs import Cost, figures, generated, in_days
from director_dagster.catalog.tables import Asset, Base, Character, Film, Generation, Slot, Take, Workspace
from director_dagster.catalog.tables.ledger import CLOSED
from director_dagster.errors import BadInput

Time = Literal["day", "month"]
Facet = Literal["type", "kind", "character", "film", "series", "provider", "model", "state"]
Dimension = Literal[Time, Facet]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
SavingDimension = Literal[Time, "film"]

IN_TIME: tuple[Time, ...] = get_args(Time)
TOP = 7
MOST_DAYS = 3_660
"""Ten years: a chart of more days than that is refused."""

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
NO_ID: ColumnElement[Any] = cast(null(), Uuid)


@dataclass(frozen=True, kw_only=True)
class Group(Cost):
    """What the pieces of one group cost; of a saving what they would have cost: `pieces` are its uses.

    `key` is a day (``2026-11-26``) or a month (``2026-11``) in UTC, a word of the row, a series, a film's slug, a
    character's name, a workspace's slug; None for what belongs to none.

    Attributes:
        id: The film, the character or the workspace; it tells namesakes apart.
        label: What people call it: a film's title, else as `key`.
        others: How many groups stand together here, because they are beyond the limit; 0 for a group by itself.
    """

    id: UUID | None
    label: str | None
    others: int = 0


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


@dataclass(frozen=True, kw_only=True)
class _Part:
    """By what pieces are told apart: the columns of a group, and what is joined for them; of a time its first day, of
    which so many `letters` are the key."""

    key: Column
    id: Column = NO_ID
    label: Column | None = None
    joined: tuple[type[Base], ColumnElement[bool]] | None = None
    letters: int | None = None


def _day(column: Column) -> ColumnElement[date]:
    return cast(func.timezone("UTC", column), Date)


def _by_day(column: Column) -> _Part:
    return _Part(key=_day(column), letters=len("2026-11-26"))


def _by_month(column: Column) -> _Part:
    return _Part(key=cast(func.date_trunc("month", func.timezone("UTC", column)), Date), letters=len("2026-11"))


def _by_film(column: Column) -> _Part:
    return _Part(key=Film.slug, id=Film.id, label=Film.title, joined=(Film, Film.id == column))


PARTS: Mapping[Dimension, _Part] = {
    "day": _by_day(Asset.created_at),
    "month": _by_month(Asset.created_at),
    "type": _Part(key=Asset.type),
    "kind": _Part(key=Asset.kind),
    "character": _Part(key=Character.name, id=Character.id, joined=(Character, Character.id == Asset.character_id)),
    "film": _by_film(Asset.film_id),
    "series": _Part(key=Film.series, joined=(Film, Film.id == Asset.film_id)),
    "provider": _Part(key=Asset.provider),
    "model": _Part(key=Asset.model),
    "state": _Part(
        key=func.coalesce(Generation.state, case((Asset.url.is_(None), "failed"))),
        joined=(
            Generation,
            and_(Generation.workspace_id == Asset.workspace_id, Generation.id == Asset.generation_id),
        ),
    ),
}
WORKSPACES = _Part(
    key=Workspace.slug,
    id=Workspace.id,
    label=Workspace.name,
    joined=(Workspace, Workspace.id == Asset.workspace_id),
)
SAVINGS: Mapping[SavingDimension, _Part] = {
    "day": _by_day(Take.created_at),
    "month": _by_month(Take.created_at),
    "film": _by_film(Slot.film_id),
}


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
    none. Indexes: ix_assets_workspace_id_created_at, ix_assets_workspace_id_film_id_id.
    """
    part = PARTS[dimension]
    groups = await _groups(db, part, _pieces(part, workspace_id, since, until, film_id))
    return _limited(groups, limit, in_time=dimension in IN_TIME)


async def by_workspace(
    db: AsyncSession, *, since: date | None = None, until: date | None = None, limit: int | None = None
) -> list[Group]:
    """What each workspace spent, as `by`; for a session that may see all of them."""
    groups = await _groups(db, WORKSPACES, _pieces(WORKSPACES, None, since, until, None))
    return _limited(groups, limit, in_time=False)


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
    last. Raises BadInput for more than `MOST_DAYS`. Index: ix_assets_workspace_id_created_at.
    """
    groups = await by(db, workspace_id, facet, since=since, until=until, film_id=film_id, limit=limit)
    cells = await _cells(db, _pieces(PARTS[facet], workspace_id, since, until, film_id), groups)
    known = [day for _, day in cells]
    days = _days(since or min(known, default=None), until or max(known, default=None))
    return Daily(
        days=days,
        groups=groups,
        microusd=[[cells.get((place, day), (0, 0))[0] for day in days] for place in range(len(groups))],
        unknown=[[cells.get((place, day), (0, 0))[1] for day in days] for place in range(len(groups))],
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
    of `costs.saved`.
    """
    part = SAVINGS[dimension]
    uses = (
        _split(part, Take.saved_microusd, literal(value=False))
        .select_from(Take)
        .join(Slot, and_(Slot.workspace_id == Take.workspace_id, Slot.id == Take.slot_id))
        .where(Take.workspace_id == workspace_id, Take.reused, *in_days(Take.created_at, since, until))
        .where(true() if film_id is None else Slot.film_id == film_id)
    )
    return _limited(await _groups(db, part, _joined(uses, part)), limit, in_time=dimension in IN_TIME)


async def attempts(
    db: AsyncSession,
    workspace_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    film_id: UUID | None = None,
) -> list[Cost]:
    """What the ledger has by the state it is in, by name: what was refused, failed and cancelled, and what may have
    been paid (`unknown`) or is under way and has no asset yet. That has no known cost.

    Indexes: uq_generations_workspace_id_id, ix_generations_workspace_id_film_id_id.
    """
    query = (
        select(Generation.state.label("key"), *figures(Generation.cost_microusd, Generation.state.in_(CLOSED)))
        .where(Generation.workspace_id == workspace_id, *in_days(Generation.created_at, since, until))
        .where(true() if film_id is None else Generation.film_id == film_id)
        .group_by(Generation.state)
        .order_by(Generation.state)
    )
    return [
        Cost(key=row.key, microusd=int(row.microusd), pieces=row.pieces, failed=row.failed, unknown=row.unknown)
        for row in await db.execute(query)
    ]


def _pieces(
    part: _Part, workspace_id: UUID | None, since: date | None, until: date | None, film_id: UUID | None
) -> Select[Any]:
    """The pieces that count, each with its group and its day."""
    pieces = _split(part, Asset.cost_microusd, Asset.url.is_(None)).add_columns(_day(Asset.created_at).label("day"))
    of_days = generated(workspace_id, film_id=film_id, since=since, until=until)
    return _joined(pieces.select_from(Asset), part).where(*of_days)


def _split(part: _Part, microusd: Column, failed: ColumnElement[bool]) -> Select[Any]:
    return select(
        part.key.label("key"),
        part.id.label("id"),
        (part.key if part.label is None else part.label).label("label"),
        microusd.label("microusd"),
        failed.label("failed"),
    )


def _joined(query: Select[Any], part: _Part) -> Select[Any]:
    return query if part.joined is None else query.outerjoin(*part.joined)


async def _groups(db: AsyncSession, part: _Part, pieces: Select[Any]) -> list[Group]:
    # Grouped outside the query that names them: a GROUP BY with parameters of its own is another expression.
    each = pieces.subquery()
    named = [each.c.key, each.c.id, each.c.label]
    rows = await db.execute(select(*named, *figures(each.c.microusd, each.c.failed)).group_by(*named))
    return [
        Group(
            key=_told(part, row.key),
            id=row.id,
            label=_told(part, row.label),
            microusd=int(row.microusd),
            pieces=row.pieces,
            failed=row.failed,
            unknown=row.unknown,
        )
        for row in rows
    ]


def _told(part: _Part, value: object) -> str | None:
    return None if value is None else str(value)[: part.letters]


def _limited(groups: Sequence[Group], limit: int | None, *, in_time: bool) -> list[Group]:
    """In order, and those beyond the limit as one."""
    ranked = sorted(groups, key=lambda group: (group.key or "", str(group.id)), reverse=in_time)
    if not in_time:
        ranked.sort(key=lambda group: group.microusd, reverse=True)
    named, rest = ranked[:limit], ranked[len(ranked[:limit]) :]
    shown = sorted(named, key=(lambda group: group.key or "") if in_time else (lambda group: group.key is None))
    return [*shown, _together(rest)] if rest else shown


def _together(groups: Sequence[Group]) -> Group:
    return Group(
        key=None,
        id=None,
        label=None,
        microusd=sum(group.microusd for group in groups),
        pieces=sum(group.pieces for group in groups),
        failed=sum(group.failed for group in groups),
        unknown=sum(group.unknown for group in groups),
        others=len(groups),
    )


async def _cells(
    db: AsyncSession, pieces: Select[Any], groups: Sequence[Group]
) -> Mapping[tuple[int, date], tuple[int, int]]:
    """By the place of a group and the day: what is known to be spent, and of how many pieces the cost is unknown."""
    if not groups:
        return {}
    each = pieces.subquery()
    placed = select(_place(each, groups).label("place"), each.c.day, each.c.microusd).subquery()
    query = select(
        placed.c.place,
        placed.c.day,
        func.coalesce(func.sum(placed.c.microusd), 0).label("microusd"),
        func.count().filter(placed.c.microusd.is_(None)).label("unknown"),
    ).group_by(placed.c.place, placed.c.day)
    rows = await db.execute(query.where(placed.c.place.is_not(None)))
    return {(row.place, row.day): (int(row.microusd), row.unknown) for row in rows}


def _place(pieces: Subquery, groups: Sequence[Group]) -> ColumnElement[Any]:
    """Which of the groups a piece is in; the others, if there are any, are the last."""
    named = [group for group in groups if not group.others]
    same = [
        and_(pieces.c.key.is_not_distinct_from(group.key), pieces.c.id.is_not_distinct_from(group.id))
        for group in named
    ]
    rest = null() if len(named) == len(groups) else literal(len(named))
    return case(*((condition, literal(place)) for place, condition in enumerate(same)), else_=rest) if same else rest


def _days(first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    if (last - first).days >= MOST_DAYS:
        raise BadInput(f"{first} to {last} are too many days to show one by one: at most {MOST_DAYS} are")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
