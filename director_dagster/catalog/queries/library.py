"""Questions of the library: a page of assets by any mixture of filters, and how many there are; `facets` counts more.

To be asked in a session of one workspace, as `wanted` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from director_dagster.catalog.queries.wanted import Wanted, conditions, told_by_rows
from director_dagster.catalog.tables import Asset

Sort = Literal["newest", "oldest", "dearest", "cheapest"]
SORTS: tuple[Sort, ...] = get_args(Sort)

WALKED = 4_000
"""So many of a list are looked through for tags and words before those are looked up: of a frequent one a page is among
them, and to look it up is to have all that there are; of a rare one that is soon done."""

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
class Page:
    """Some assets in order, and whether there are more on the far side."""

    assets: Sequence[Asset]
    more: bool


async def page(
    db: AsyncSession,
    workspace_id: UUID,
    want: Wanted,
    *,
    sort: Sort = "newest",
    after: Place | None = None,
    before: Place | None = None,
    at: Place | None = None,
    limit: int = 60,
) -> Page:
    """The next `limit` assets after a place or from one on, or the last before one, in the order of `sort` either way.

    Assets' ids grow with the time at which they were made, so they stand for it. What has an unknown cost is the
    cheapest. Indexes: uq_assets_workspace_id_id, ix_assets_cost; of tags and words ix_assets_tags, ix_assets_search.
    """
    backwards = before is not None
    falling = (sort in {"newest", "dearest"}) != backwards

    def listed(wanted: Wanted) -> Select[Asset]:
        query = select(Asset).where(Asset.workspace_id == workspace_id, *conditions(wanted))
        if (place := after or before or at) is not None:
            here = tuple_(*(literal(value) for value in _key_of(place, sort)))
            beyond = tuple_(*_key(Asset, sort)) < here if falling else tuple_(*_key(Asset, sort)) > here
            query = query.where(or_(beyond, Asset.id == place.id) if at else beyond)
        return query.order_by(*_ordered(Asset, sort, falling=falling))

    found: list[Asset] = []
    if want.tags or want.words:
        some = aliased(Asset, listed(replace(want, tags=(), words="")).limit(WALKED).subquery())
        walk = select(some).where(*told_by_rows(some, want)).order_by(*_ordered(some, sort, falling=falling))
        found = list(await db.scalars(walk.limit(limit + 1)))
    if len(found) <= limit:
        found = list(await db.scalars(listed(want).limit(limit + 1)))
    kept = found[:limit]
    return Page(assets=kept[::-1] if backwards else kept, more=len(found) > limit)


def place_of(asset: Asset) -> Place:
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
