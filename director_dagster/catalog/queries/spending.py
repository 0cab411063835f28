"""Questions about spending: by whatever one may group it, over time, beside its budgets, and what of it was in vain.

The truth are the rows of `assets` with the source generation, deleted and failed ones too: what was paid stays paid. So
every figure equals the founding guide's SQL. Costs that nobody knows are counted, and are in no sum.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, func, literal, outerjoin, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Asset, Budget, Character, Film, Generation, Slot, Take
from director_dagster.catalog.tables.ledger import CLOSED

LOOKED_BACK_DAYS = 28
GROUPS = 50
FAILED = (*CLOSED, "unknown")


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days in UTC, both ends among them; None is open."""

    since: date | None = None
    until: date | None = None

    def within(self, moment: Any) -> Iterator[ColumnElement[bool]]:  # noqa: ANN401 (a column)
        """What must hold of a moment in it."""
        if self.since is not None:
            yield moment >= datetime.combine(self.since, time(), UTC)
        if self.until is not None:
            yield moment < datetime.combine(self.until + timedelta(days=1), time(), UTC)


@dataclass(frozen=True, kw_only=True)
class Group:
    """What a group of pieces cost.

    Attributes:
        key: How the library's address names the group; None for the pieces that belong to none.
        label: What it is called.
        microusd: The sum of what is known.
        pieces: How many were tried; `failed` of them came to nothing, of `unknown` nobody knows the cost.
    """

    key: str | None
    label: str
    microusd: int
    pieces: int
    failed: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """What was spent on a day on one group."""

    day: date
    key: str | None
    label: str
    microusd: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Ended:
    """Attempts that came to nothing, or may have: how many ended so, and what they cost."""

    state: str
    attempts: int
    microusd: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What is to come if it goes on as in the last 28 days.

    Attributes:
        a_day_microusd: Their known costs by 28; at least so much where `unknown` is not 0.
        month_microusd: This month's known costs until now, and `a_day_microusd` for each day of it that is left.
        used_up: The day on which nothing is left of the workspace's budget; None without a budget, or at no cost.
    """

    a_day_microusd: int
    month_microusd: int
    used_up: date | None
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Waste:
    """What was made for films and is in none: assets that were takes of a slot and are selected in no slot.

    Attributes:
        minutes: How long the finished films are, in minutes: the selected takes of their slot ``film``.
    """

    microusd: int
    pieces: int
    unknown: int
    minutes: float

    @property
    def a_minute_microusd(self) -> int | None:
        """The waste by finished minute; None where no film is finished."""
        return round(self.microusd / self.minutes) if self.minutes else None


async def by(
    db: AsyncSession, workspace_id: UUID, dimension: str, span: Span, *, limit: int = GROUPS
) -> Sequence[Group]:
    """A figure for each group, the dearest first, of time the latest; beyond `limit` groups all others are one, without
    a key and named "others". The sums come to what was spent in all."""
    key, label, joined = DIMENSIONS[dimension]()
    query = (
        select(key.label("key"), label.label("label"), *_figures())
        .select_from(joined)
        .where(*_generated(workspace_id, span))
        .group_by(key, label)
    )
    found = [
        Group(
            key=None if row.key is None else str(row.key),
            label=NONE if row.label is None else str(row.label),
            microusd=int(row.microusd),
            pieces=row.pieces,
            failed=row.failed,
            unknown=row.unknown,
        )
        for row in await db.execute(query)
    ]
    if dimension in TIME:
        found.sort(key=lambda group: group.label, reverse=True)
    else:
        found.sort(key=lambda group: (-group.microusd, -group.pieces, group.label))
    return [*found[:limit], *_others(found[limit:])]


def _others(groups: Sequence[Group]) -> Iterator[Group]:
    if groups:
        yield Group(
            key=None,
            label=f"{len(groups)} others",
            microusd=sum(group.microusd for group in groups),
            pieces=sum(group.pieces for group in groups),
            failed=sum(group.failed for group in groups),
            unknown=sum(group.unknown for group in groups),
        )


async def daily(db: AsyncSession, workspace_id: UUID, dimension: str, span: Span) -> Sequence[Part]:
    """What was spent on each day on each group, by day; a day without spending is not among them.

    Index: ix_assets_workspace_id_created_at.
    """
    key, label, joined = DIMENSIONS[dimension]()
    day = _day()
    query = (
        select(day.label("day"), key.label("key"), label.label("label"), *_figures())
        .select_from(joined)
        .where(*_generated(workspace_id, span))
        .group_by(day, key, label)
        .order_by(day, key)
    )
    return [
        Part(
            day=row.day,
            key=None if row.key is None else str(row.key),
            label=NONE if row.label is None else str(row.label),
            microusd=int(row.microusd),
            unknown=row.unknown,
        )
        for row in await db.execute(query)
    ]


async def total(db: AsyncSession, workspace_id: UUID, span: Span) -> Group:
    """All of it."""
    row = (await db.execute(select(*_figures()).where(*_generated(workspace_id, span)))).one()
    return Group(
        key=None,
        label="in all",
        microusd=int(row.microusd),
        pieces=row.pieces,
        failed=row.failed,
        unknown=row.unknown,
    )


async def saved(db: AsyncSession, workspace_id: UUID, span: Span) -> Sequence[Group]:
    """What reuse has saved, by the film that did not pay, the most first: `pieces` were used again, and of `unknown`
    nobody knows what that saved."""
    query = (
        select(
            Film.slug.label("key"),
            Film.title.label("label"),
            func.coalesce(func.sum(Take.saved_microusd), 0).label("microusd"),
            func.count().label("pieces"),
            func.count().filter(Take.saved_microusd.is_(None)).label("unknown"),
        )
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .outerjoin(Film, (Film.workspace_id == Slot.workspace_id) & (Film.id == Slot.film_id))
        .where(Take.workspace_id == workspace_id, Take.reused, *span.within(Take.created_at))
        .group_by(Film.slug, Film.title)
    )
    found = [
        Group(
            key=row.key,
            label=row.label or NONE,
            microusd=int(row.microusd),
            pieces=row.pieces,
            failed=0,
            unknown=row.unknown,
        )
        for row in await db.execute(query)
    ]
    return sorted(found, key=lambda group: (-group.microusd, group.label))


async def ended(db: AsyncSession, workspace_id: UUID, span: Span) -> Sequence[Ended]:
    """The purchases that came to nothing (failed, refused, cancelled …) or of which nobody knows, by how they ended."""
    query = (
        select(
            Generation.state,
            func.count().label("attempts"),
            func.coalesce(func.sum(Generation.cost_microusd), 0).label("microusd"),
            func.count().filter(Generation.cost_microusd.is_(None)).label("unknown"),
        )
        .where(Generation.workspace_id == workspace_id, Generation.state.in_(FAILED))
        .where(*span.within(Generation.created_at))
        .group_by(Generation.state)
        .order_by(Generation.state)
    )
    return [
        Ended(state=row.state, attempts=row.attempts, microusd=int(row.microusd), unknown=row.unknown)
        for row in await db.execute(query)
    ]


async def forecast(db: AsyncSession, workspace_id: UUID, today: date, budget: Budget | None) -> Forecast:
    """What is to come, reckoned on a day; the budget is the workspace's own."""
    past = await total(db, workspace_id, Span(since=today - timedelta(days=LOOKED_BACK_DAYS - 1), until=today))
    this_month = await total(db, workspace_id, Span(since=today.replace(day=1), until=today))
    a_day = past.microusd / LOOKED_BACK_DAYS
    days_left = ((today.replace(day=28) + timedelta(days=4)).replace(day=1) - today).days - 1
    return Forecast(
        a_day_microusd=round(a_day),
        month_microusd=this_month.microusd + round(a_day * days_left),
        used_up=_used_up(today, a_day, budget),
        unknown=past.unknown,
    )


def _used_up(today: date, a_day: float, budget: Budget | None) -> date | None:
    if budget is None or not a_day:
        return None
    days = int((budget.limit_microusd - budget.spent_microusd - budget.reserved_microusd) / a_day)
    return today + timedelta(days=days) if days < (date.max - today).days else None


async def waste(db: AsyncSession, workspace_id: UUID) -> Waste:
    """What was made and is in no film, by all that is selected now. Index: ix_takes_workspace_id_asset_id."""
    mine = (Take.workspace_id == Asset.workspace_id, Take.asset_id == Asset.id)
    in_vain = select(*_figures()).where(
        *_generated(workspace_id, Span()),
        exists().where(*mine),
        ~exists().where(*mine, Take.selected_at.is_not(None)),
    )
    finished = (
        select(func.coalesce(func.sum(Asset.duration_s), 0.0))
        .join(Take, (Take.workspace_id == Asset.workspace_id) & (Take.asset_id == Asset.id))
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .where(Asset.workspace_id == workspace_id, Slot.name == "film", Take.selected_at.is_not(None))
    )
    row = (await db.execute(in_vain)).one()
    seconds = await db.scalar(finished)
    return Waste(microusd=int(row.microusd), pieces=row.pieces, unknown=row.unknown, minutes=float(seconds or 0) / 60)


def _figures() -> tuple[ColumnElement[Any], ...]:
    return (
        func.coalesce(func.sum(Asset.cost_microusd), 0).label("microusd"),
        func.count(Asset.id).label("pieces"),
        func.count(Asset.id).filter(Asset.url.is_(None)).label("failed"),
        func.count(Asset.id).filter(Asset.cost_microusd.is_(None)).label("unknown"),
    )


def _generated(workspace_id: UUID, span: Span) -> Iterator[ColumnElement[bool]]:
    yield Asset.workspace_id == workspace_id
    yield Asset.source == "generation"
    yield from span.within(Asset.created_at)


def _day() -> ColumnElement[date]:
    return cast(func.timezone("UTC", Asset.created_at), Date)


Counting = tuple[Any, Any, Any]
"""By what assets are grouped, what that is called, and what they are joined with for it."""


def _plain(column: Any) -> Callable[[], Counting]:  # noqa: ANN401 (a column)
    return lambda: (column, column, Asset)


def _by_day() -> Counting:
    return _day(), _day(), Asset


def _by_month() -> Counting:
    month = func.to_char(func.timezone("UTC", Asset.created_at), literal("YYYY-MM"))
    return month, month, Asset


def _by_film() -> Counting:
    joined = outerjoin(Asset, Film, (Film.workspace_id == Asset.workspace_id) & (Film.id == Asset.film_id))
    return Film.slug, Film.title, joined


def _by_series() -> Counting:
    return Film.series, Film.series, _by_film()[2]


def _by_character() -> Counting:
    """Only of pieces that are about just this one, as the founding guide counts them."""
    about = (Character.workspace_id == Asset.workspace_id) & (Character.id == Asset.character_id)
    return Character.id, Character.name, outerjoin(Asset, Character, about)


NONE = "none"
TIME = {"day", "month"}
DIMENSIONS: Mapping[str, Callable[[], Counting]] = {
    "day": _by_day,
    "month": _by_month,
    "type": _plain(Asset.type),
    "kind": _plain(Asset.kind),
    "film": _by_film,
    "series": _by_series,
    "character": _by_character,
    "provider": _plain(Asset.provider),
    "model": _plain(Asset.model),
}
"""By what one may group spending, in the order in which a page offers it."""
