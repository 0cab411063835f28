"""Groups of spending: amounts added up by what people call them, in order, and those beyond a limit as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Date, Select, Uuid, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.amounts import AMOUNTS, Amounts
from director_dagster.catalog.queries.costs import Cost
from director_dagster.catalog.queries.parts import DAY, MONTH, NO_ID, Part


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


async def of(
    db: AsyncSession, part: Part, query: Select[Any], values: Mapping[str, object] | None = None
) -> list[Group]:
    """What a query of `grouped` finds, in no order; `values` are those of parameters that it has."""
    return [
        Group(
            key=_told(part, row.key),
            id=row.id,
            label=_told(part, row.label),
            microusd=int(row.microusd),
            pieces=int(row.pieces),
            failed=int(row.failed),
            unknown=int(row.unknown),
        )
        for row in await db.execute(query, values)
    ]


def grouped(part: Part, amounts: Amounts) -> Select[Any]:
    """The amounts in groups. One that no piece is left of is none."""
    each = named(part, amounts)
    by = [each.c.key, each.c.id, each.c.label]
    sums = [func.sum(each.c[name]).label(name) for name in AMOUNTS]
    return select(*by, *sums).group_by(*by).having(func.sum(each.c.pieces) > 0)


def named(part: Part, amounts: Amounts, *, daily: bool = False) -> CTE:
    """The amounts with the `key`, `id` and `label` of their groups; `daily` each with its `day`.

    They are added up before they are joined with what has names: groups are few, amounts may be many.
    """
    each = amounts.subquery()
    days = [each.c.day] if daily else []
    # A column of its own: a GROUP BY with parameters of its own is another expression.
    keyed = select(_key(part, each.c).label("key"), *days, *(each.c[name] for name in AMOUNTS)).subquery()
    by = [keyed.c.key, *([keyed.c.day] if daily else [])]
    added = select(*by, *(func.sum(keyed.c[name]).label(name) for name in AMOUNTS)).group_by(*by).subquery()
    return _named(part, added).cte("named")


def _named(part: Part, added: Any) -> Select[Any]:  # noqa: ANN401 (SQLAlchemy's own)
    others = [column for column in added.c if column.name != "key"]
    if part.joined is None:
        return select(added.c.key, NO_ID.label("id"), added.c.key.label("label"), *others)
    table = part.joined.__table__
    row_id = table.c.id if part.told_by_id else NO_ID
    label = part.named if part.label is None else part.label
    columns = [part.named.label("key"), row_id.label("id"), label.label("label")]
    return select(*columns, *others).select_from(added).outerjoin(table, table.c.id == cast(added.c.key, Uuid))


def _key(part: Part, columns: Any) -> ColumnElement[Any]:  # noqa: ANN401 (SQLAlchemy's own)
    first: ColumnElement[Any] = columns.day
    key: ColumnElement[Any] = columns.key
    if part is MONTH:
        return cast(func.date_trunc("month", first), Date)
    return first if part is DAY else key


def _told(part: Part, value: object) -> str | None:
    return None if value is None else str(value)[: part.letters]


def limited(groups: Sequence[Group], limit: int | None, *, in_time: bool) -> list[Group]:
    """In order, and those beyond the limit as one."""
    ranked = sorted(groups, key=lambda group: (group.key or "", str(group.id)), reverse=in_time)
    if not in_time:
        ranked.sort(key=lambda group: group.microusd, reverse=True)
    kept, rest = ranked[:limit], ranked[len(ranked[:limit]) :]
    shown = sorted(kept, key=(lambda group: group.key or "") if in_time else (lambda group: group.key is None))
    if not rest:
        return shown
    others = in_all(rest)
    together = Group(
        key=None,
        id=None,
        label=None,
        microusd=others.microusd,
        pieces=others.pieces,
        failed=others.failed,
        unknown=others.unknown,
        others=len(rest),
    )
    return [*shown, together]


def in_all(groups: Sequence[Cost]) -> Cost:
    """The groups as one. Those of any dimension come to the whole."""
    return Cost(
        key=None,
        microusd=sum(group.microusd for group in groups),
        pieces=sum(group.pieces for group in groups),
        failed=sum(group.failed for group in groups),
        unknown=sum(group.unknown for group in groups),
    )
