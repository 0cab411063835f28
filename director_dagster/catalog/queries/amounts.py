"""What was spent, as rows of one shape that are only to be added up: sums that Postgres keeps, or piece by piece.

Such a row has a `key` and a `day`, and of how many `pieces` (`failed`, `unknown`) it says what `microusd` they cost; a
row may be of less than no pieces, where another is of too many.

Sums are kept for a whole workspace, by one dimension at a time. What is asked of one film is counted piece by piece:
its pieces are found by an index, and are as many in a large catalog as in a small one.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
    values,
)
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.costs import generated
from director_dagster.catalog.queries.parts import NO_KEY, OF_PIECE, PARTS, WORKSPACES, Column, Part, day_of
from director_dagster.catalog.tables import Asset, Generation, spending_deltas, spending_sums

Amounts = Select[Any] | CompoundSelect[Any]

AMOUNTS = ("microusd", "pieces", "failed", "unknown")
STORED: ColumnElement[str] = literal_column("'stored'")
"""Spelled out, so that Postgres knows it for what ix_generations_not_stored is of."""

SPANS = (1, 4, 16, 64, 256, 1024, 4096)
"""Of so many days sums are kept, each from a multiple of its length on."""

FOR_EVER = -(-date.max.toordinal() // SPANS[-1]) * SPANS[-1]
"""Where the last of the longest spans ends."""

MANY = 1_000
"""So many deltas are as much work as a question itself; then it is time to fold."""

AT_ONCE = 50_000
"""So many are folded in one transaction: a second's work."""


def summed(
    part: Part,
    workspace_id: UUID | ColumnElement[UUID] | None,
    since: date | None,
    until: date | None,
    *,
    daily: bool = False,
) -> Amounts:
    """What is kept of these days, both included; `daily` also says on which day, else `day` is any of them.

    Of no workspace in particular the key is the workspace. Indexes: uq_spending_sums, pk_spending_deltas.
    """
    sums, deltas = spending_sums.c, spending_deltas.c
    of_span = _day_by_day(since, until) if daily else or_(false(), *_spans(since, until))
    kept = (
        select(
            (cast(sums.workspace_id, Text) if workspace_id is None else sums.key).label("key"),
            sums.begins.label("day"),
            *(sums[name] for name in AMOUNTS),
        )
        .where(sums.dimension == part.stored, of_span)
        .where(true() if workspace_id is None else sums.workspace_id == workspace_id)
    )
    key = cast(deltas.workspace_id, Text) if workspace_id is None else deltas.get(part.stored, NO_KEY)
    since_then = (
        select(key.label("key"), deltas.day, *(deltas[name] for name in AMOUNTS))
        .where(true() if workspace_id is None else deltas.workspace_id == workspace_id)
        .where(deltas.day >= since if since else true(), deltas.day <= until if until else true())
    )
    made_good = [_not_stored(workspace_id, since, until)] if part is PARTS["state"] else []
    return union_all(kept, since_then, *made_good)


def counted(
    part: Part, workspace_id: UUID | None, since: date | None, until: date | None, film_id: UUID | None
) -> Amounts:
    """The same from the pieces themselves, of the workspace or of a film of it.

    Indexes: ix_assets_workspace_id_film_id_id, ix_assets_workspace_id_created_at.
    """
    key = WORKSPACES.key if workspace_id is None else part.key
    pieces = _pieces(key, literal(1)).select_from(Asset)
    if part is PARTS["state"]:
        pieces = pieces.outerjoin(Generation, OF_PIECE)
    return pieces.where(*generated(workspace_id, film_id=film_id, since=since, until=until))


async def waiting(db: AsyncSession) -> bool:
    """Whether so many deltas wait that it is time to fold them; looks at no more of them than that."""
    some = select(literal(1)).select_from(spending_deltas).limit(MANY).subquery()
    return await db.scalar(select(func.count()).select_from(some)) == MANY


async def fold(db: AsyncSession) -> int:
    """Add deltas to the sums, at most `AT_ONCE` of them, and remove them; how many those are, 0 while another does it.

    Whoever asks meanwhile is told the same as before and after. For a session that may see all workspaces.
    """
    return int(await db.scalar(text("SELECT director_fold_spending(:most)"), {"most": AT_ONCE}) or 0)


def _pieces(key: Column, sign: Column) -> Select[Any]:
    return select(
        key.label("key"),
        day_of(Asset.created_at).label("day"),
        (func.coalesce(Asset.cost_microusd, 0) * sign).label("microusd"),
        sign.label("pieces"),
        (cast(Asset.url.is_(None), Integer) * sign).label("failed"),
        (cast(Asset.cost_microusd.is_(None), Integer) * sign).label("unknown"),
    )


def _not_stored(workspace_id: UUID | ColumnElement[UUID] | None, since: date | None, until: date | None) -> Select[Any]:
    """What makes good that sums have every attempt as ``stored``: the state of an attempt may change when its asset is
    long there, and of two who write at one moment neither need see what the other does. Few are anything else.

    Index: ix_generations_not_stored.
    """
    sign = values(column("sign", Integer), name="once").data([(1,), (-1,)])
    key = case((sign.c.sign > 0, Generation.state), else_=STORED)
    return (
        _pieces(key, sign.c.sign)
        .select_from(Generation)
        .join(Asset, OF_PIECE)
        .join(sign, true())
        .where(Generation.state != STORED)
        .where(true() if workspace_id is None else Generation.workspace_id == workspace_id)
        .where(*generated(workspace_id, film_id=None, since=since, until=until))
    )


def _day_by_day(since: date | None, until: date | None) -> Any:  # noqa: ANN401 (a condition)
    begins = spending_sums.c.begins
    return and_(spending_sums.c.days == 1, begins >= since if since else true(), begins <= until if until else true())


def _spans(since: date | None, until: date | None) -> Iterator[Any]:
    begins = spending_sums.c.begins
    for days, first, last in spans(since, until):
        yield and_(spending_sums.c.days == days, begins == first if first == last else begins.between(first, last))


def spans(since: date | None, until: date | None) -> Iterator[tuple[int, date, date]]:
    """The fewest spans that together are the days from `since` to `until`, both included, those of one length that
    follow each other as one: how long they are, and on which days the first and the last of them begin.

    Without a bound, and to the last day of the calendar, they are as long as any: none ends later than that begins.
    """
    low = 0 if since is None else since.toordinal() - 1
    high = FOR_EVER if until is None or until == date.max else until.toordinal()
    for days, longer in pairwise(SPANS):
        inner = min(high, -(-low // longer) * longer)
        yield from _run(days, low, inner)
        low, inner = inner, max(inner, high // longer * longer)
        yield from _run(days, inner, high)
        high = inner
    yield from _run(SPANS[-1], low, high)


def _run(days: int, low: int, high: int) -> Iterator[tuple[int, date, date]]:
    last = min(high - days + 1, date.max.toordinal())
    if low < last:
        yield days, date.fromordinal(low + 1), date.fromordinal(last)
