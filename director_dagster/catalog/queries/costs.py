"""Questions about money: what reuse saved, what was charged and booked for a film; `spending` groups all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Asset, Generation, Slot, Take
from director_dagster.catalog.tables.ledger import CLOSED


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a group of pieces cost: the sum of what is known, and of how many pieces the cost is unknown.

    `key` names the group: who made them.
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


async def saved(db: AsyncSession, workspace_id: UUID, *, film_id: UUID | None = None) -> Saving:
    """What the workspace, or one film of it, did not pay because the piece was there before."""
    query = (
        select(
            func.coalesce(func.sum(Take.saved_microusd), 0),
            func.count(),
            func.count().filter(Take.saved_microusd.is_(None)),
        )
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .where(Take.workspace_id == workspace_id, Take.reused)
    )
    row = (await db.execute(query if film_id is None else query.where(Slot.film_id == film_id))).one()
    return Saving(microusd=int(row[0] or 0), uses=row[1], unknown=row[2])


async def charged(
    db: AsyncSession, workspace_id: UUID, film_id: UUID, *, since: datetime, until: datetime | None
) -> list[Cost]:
    """What was bought for a film from one moment on until another, or until now; one cost per ``provider:model``, by
    name, without what is free. What is still under way is counted as unknown.

    Index: ix_generations_workspace_id_film_id_id.
    """
    maker: ColumnElement[Any] = Generation.provider + ":" + Generation.model
    query = (
        select(
            maker.label("key"),
            func.coalesce(func.sum(Generation.cost_microusd), 0).label("microusd"),
            func.count().label("pieces"),
            func.count().filter(Generation.state.in_(CLOSED)).label("failed"),
            func.count().filter(Generation.cost_microusd.is_(None)).label("unknown"),
        )
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


async def _costs(db: AsyncSession, query: Select[Any]) -> list[Cost]:
    return [
        Cost(key=row.key, microusd=int(row.microusd), pieces=row.pieces, failed=row.failed, unknown=row.unknown)
        for row in await db.execute(query)
    ]
