"""Questions of the library: a page of assets by any mixture of filters, and how many there are; `facets` counts more.

To be asked in a session of one workspace, as `wanted` says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from director_dagster.catalog.queries.cards import Card, columns
from director_dagster.catalog.queries.wanted import Wanted, conditions, told_by_rows
from director_dagster.catalog.tables import Asset

A = TypeVar("A")
Sort = Literal["newest", "oldest", "dearest", "cheapest"]
SORTS: tuple[Sort, ...] = get_args(Sort)

WALKED = 4_000
"""So many of a list are looked through for words before those are looked up: of a frequent one a page is among them,
and to look it up is to have all that there are; of a rare one that is soon done."""

COUNTED = 10_000
"""So many are counted and looked through for facets; beyond, figures are of the newest so many, and say so."""

UNKNOWN_COST = -1
UNSAID: ColumnElement[int] = literal_column(str(UNKNOWN_COST))
"""Spelled out, so that Postgres knows it for what ix_assets_cost is of."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in an ordered list: just after the asset of that id, whose cost is `microusd` where that is the order."""

    id: UUID
    microusd: int = 0


@dataclass(frozen=True, kw_only=True)
class Page(Generic[A]):
    """Some assets in order, and whether there are more on the far side."""

    assets: Sequence[A]
    more: bool


class Turn(TypedDict, total=False):
    """Where one looks in a list: just after a place, just before one, or from one on, else from the top; in which
    order, the newest first unless told otherwise, and at how many, else 60."""

    after: Place | None
    before: Place | None
    at: Place | None
    sort: Sort
    limit: int


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """What is selected of each asset: of the table, of the part of it that is looked through, and of that part then."""

    whole: Sequence[Any]
    part: Sequence[Any]
    of_part: Callable[[Subquery], Sequence[Any]]


async def page(db: AsyncSession, workspace_id: UUID, want: Wanted, **turn: Unpack[Turn]) -> Page[Asset]:
    """The next assets after a place or from one on, or the last before one, in the order of `sort` either way.

    Assets' ids grow with the time at which they were made, so they stand for it. What has an unknown cost is the
    cheapest. Indexes: uq_assets_workspace_id_id, ix_assets_cost; of tags and words pk_asset_tags, ix_assets_search.
    """
    shape = _Shape(whole=[Asset], part=[Asset], of_part=lambda part: [aliased(Asset, part)])
    rows, more = await _rows(db, workspace_id, want, shape, **turn)
    return Page(assets=[asset for (asset,) in rows], more=more)


async def cards(db: AsyncSession, workspace_id: UUID, want: Wanted, **turn: Unpack[Turn]) -> Page[Card]:
    """As `page`, of each what a card shows."""
    whole = columns(Asset)
    shape = _Shape(whole=whole, part=[*whole, Asset.search], of_part=lambda part: columns(part.c))
    rows, more = await _rows(db, workspace_id, want, shape, **turn)
    return Page(assets=[Card._make(row) for row in rows], more=more)


async def _rows(
    db: AsyncSession,
    workspace_id: UUID,
    want: Wanted,
    shape: _Shape,
    *,
    sort: Sort = "newest",
    after: Place | None = None,
    before: Place | None = None,
    at: Place | None = None,
    limit: int = 60,
) -> tuple[Sequence[Row[Any]], bool]:
    backwards = before is not None
    falling = (sort in {"newest", "dearest"}) != backwards

    def listed(what: Sequence[Any], wanted: Wanted) -> Select[Any]:
        query = select(*what).where(Asset.workspace_id == workspace_id, *conditions(wanted))
        if (place := after or before or at) is not None:
            here = tuple_(*(literal(value) for value in _key_of(place, sort)))
            beyond = tuple_(*_key(Asset, sort)) < here if falling else tuple_(*_key(Asset, sort)) > here
            query = query.where(or_(beyond, Asset.id == place.id) if at else beyond)
        return query.order_by(*_ordered(Asset, sort, falling=falling))

    found: Sequence[Row[Any]] = ()
    if want.words:
        part = listed(shape.part, replace(want, words="")).limit(WALKED).subquery()
        walk = select(*shape.of_part(part)).where(*told_by_rows(part.c, want))
        found = (await db.execute(walk.order_by(*_ordered(part.c, sort, falling=falling)).limit(limit + 1))).all()
    if len(found) <= limit:
        found = (await db.execute(listed(shape.whole, want).limit(limit + 1))).all()
    kept = found[:limit]
    return kept[::-1] if backwards else kept, len(found) > limit


def place_of(asset: Asset | Card) -> Place:
    """Where an asset stands, in any order."""
    return Place(id=asset.id, microusd=UNKNOWN_COST if asset.cost_microusd is None else asset.cost_microusd)


async def count(db: AsyncSession, workspace_id: UUID, want: Wanted) -> tuple[int, bool]:
    """How many there are, at most `COUNTED`, and whether there are more than that."""
    some = select(literal(1)).where(Asset.workspace_id == workspace_id, *conditions(want)).limit(COUNTED + 1).subquery()
    found = await db.scalar(select(func.count()).select_from(some)) or 0
    return min(found, COUNTED), found > COUNTED


def _key(some: Any, sort: Sort) -> Sequence[ColumnElement[Any]]:  # noqa: ANN401 (the class or an alias of it)
    """The columns of an order."""
    if sort in {"newest", "oldest"}:
        return (some.id.expression,)
    return (func.coalesce(some.cost_microusd, UNSAID), some.id.expression)


def _ordered(some: Any, sort: Sort, *, falling: bool) -> Sequence[ColumnElement[Any]]:  # noqa: ANN401 (as above)
    return [column.desc() if falling else column.asc() for column in _key(some, sort)]


def _key_of(place: Place, sort: Sort) -> Sequence[object]:
    return (place.microusd, place.id) if sort in {"dearest", "cheapest"} else (place.id,)
