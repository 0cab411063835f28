"""Questions about money: what was paid and what reuse saved in all, what a film has bought; `spending` splits it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, null, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.tables import Asset, Generation, Slot, Take
from director_dagster.catalog.tables.ledger import CLOSED

Amount = ColumnElement[Any] | InstrumentedAttribute[int | None]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a group of pieces cost: the sum of what is known, and of how many pieces the cost is unknown.

    `key` names the group: a type, a film's slug, a character's name; None where a piece belongs to none, and of all.
    """

    key: str | None
    microusd: int
    pieces: int
    failed: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What reuse saved: the sum of what is known, and of how many uses the saving is unknown."""

    microusd: int
    uses: int
    unknown: int


async def total(
    db: AsyncSession,
    workspace_id: UUID,
    *,
    film_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
    only_failed: bool = False,
) -> Cost:
    """All that the workspace, or one film of it, generated, deleted pieces too: what was paid stays paid.

    From the day `since` to the day `until`, both included; with `only_failed` what came to nothing.
    Indexes: ix_assets_workspace_id_created_at, ix_assets_workspace_id_film_id_id.
    """
    query = (
        select(null().label("key"), *figures(Asset.cost_microusd, Asset.url.is_(None)))
        .where(*generated(workspace_id, film_id=film_id, since=since, until=until))
        .where(Asset.url.is_(None) if only_failed else true())
    )
    return (await _costs(db, query))[0]


async def saved(
    db: AsyncSession,
    workspace_id: UUID,
    *,
    film_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Saving:
    """What the workspace, or one film of it, did not pay because the piece was there before; days as in `total`."""
    query = (
        select(*figures(Take.saved_microusd, literal(value=False)))
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .where(Take.workspace_id == workspace_id, Take.reused, *in_days(Take.created_at, since, until))
        .where(true() if film_id is None else Slot.film_id == film_id)
    )
    row = (await db.execute(query)).one()
    return Saving(microusd=int(row.microusd), uses=row.pieces, unknown=row.unknown)


async def charged(
    db: AsyncSession, workspace_id: UUID, film_id: UUID, *, since: datetime, until: datetime | None
) -> list[Cost]:
    """What was bought for a film from one moment on until another, or until now; one cost per ``provider:model``, by
    name, without what is free. What is still under way is counted as unknown.

    Index: ix_generations_workspace_id_film_id_id.
    """
    maker: ColumnElement[Any] = Generation.provider + ":" + Generation.model
    query = (
        select(maker.label("key"), *figures(Generation.cost_microusd, Generation.state.in_(CLOSED)))
        .where(Generation.workspace_id == workspace_id, Generation.film_id == film_id)
        .where(Generation.created_at >= since, true() if until is None else Generation.created_at < until)
        .where(Generation.price_microusd.is_distinct_from(0))
        .group_by(maker)
        .order_by(maker)
    )
    return await _costs(db, query)


async def booked(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[tuple[Asset, Generation | None]]:
    """All that was generated for a film, failed and deleted pieces too, each with the ledger's row of it (None where
    nobody was asked), oldest first. Index: ix_assets_workspace_id_film_id_id."""
    query = (
        select(Asset, Generation)
        .outerjoin(Generation, (Generation.workspace_id == Asset.workspace_id) & (Generation.id == Asset.generation_id))
        .where(Asset.workspace_id == workspace_id, Asset.film_id == film_id, Asset.source == "generation")
        .order_by(Asset.id)
    )
    return [(asset, generation) for asset, generation in await db.execute(query)]


def generated(
    workspace_id: UUID | ColumnElement[UUID] | None, *, film_id: UUID | None, since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """What holds of the pieces that count: those that a workspace, or a film of it, generated in these days; of no
    workspace in particular, those of all."""
    whose = [] if workspace_id is None else [Asset.workspace_id == workspace_id]
    of_film = [] if film_id is None else [Asset.film_id == film_id]
    return [*whose, Asset.source == "generation", *of_film, *in_days(Asset.created_at, since, until)]


def in_days(
    column: InstrumentedAttribute[datetime], since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """From the day `since` to the day `until`, both included and in UTC; None is no bound."""
    first = [] if since is None else [column >= _midnight(since)]
    return first if until is None or until == date.max else [*first, column < _midnight(until + timedelta(days=1))]


def figures(microusd: Amount, failed: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    """The columns of a `Cost` but its key."""
    return [
        func.coalesce(func.sum(microusd), 0).label("microusd"),
        func.count().label("pieces"),
        func.count().filter(failed).label("failed"),
        func.count().filter(microusd.is_(None)).label("unknown"),
    ]


async def _costs(db: AsyncSession, query: Select[Any]) -> list[Cost]:
    return [
        Cost(key=row.key, microusd=int(row.microusd), pieces=row.pieces, failed=row.failed, unknown=row.unknown)
        for row in await db.execute(query)
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
