"""The trash: how an asset comes into it and out of it, what is held by law, and what is left of one that is purged.

Each change is an event of the audit log and returns the rows that it has changed; what is so already is none of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.changes import change
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput, InTrash

DELETED, RESTORED, HELD, RELEASED, PURGED = "deleted", "restored", "hold placed", "hold released", "purged"
"""What the audit log says of an asset."""


async def locked(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Asset]:
    """The assets of those ids, by id; until the transaction ends nobody else deletes them, and none becomes a take.

    Raises BadInput for the first that the workspace does not have.
    """
    mine = select(Asset).where(Asset.workspace_id == workspace_id, Asset.id.in_(ids)).order_by(Asset.id)
    found = (await db.scalars(mine.with_for_update(), execution_options=FRESH)).all()
    strange = set(ids) - {asset.id for asset in found}
    if strange:
        raise BadInput(f"no asset {min(strange)} in this workspace")
    return found


async def listed(
    db: AsyncSession, workspace_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> Sequence[tuple[Asset, Blob | None]]:
    """The next `limit` assets in the trash, the longest there first, with their blobs; `after` is when the last one
    seen came there, and its id. Index: ix_assets_trash."""
    query = (
        select(Asset, Blob)
        .outerjoin(Blob, Blob.digest == Asset.digest)
        .where(Asset.workspace_id == workspace_id, Asset.deleted_at.is_not(None), Asset.purged_at.is_(None))
        .order_by(Asset.deleted_at, Asset.id)
        .limit(limit)
    )
    if after is not None:
        moment, last = after
        query = query.where(Asset.deleted_at >= moment).where((Asset.deleted_at > moment) | (Asset.id > last))
    return [(asset, blob) for asset, blob in await db.execute(query)]


async def size(db: AsyncSession, workspace_id: UUID) -> tuple[int, int]:
    """How many assets lie in the trash, and how many bytes their blobs have. Index: ix_assets_trash."""
    there = (Asset.workspace_id == workspace_id, Asset.deleted_at.is_not(None), Asset.purged_at.is_(None))
    query = select(func.count()).select_from(Asset).where(*there)
    digests = select(Asset.digest).where(*there)
    total = select(func.coalesce(func.sum(Blob.size_bytes), 0)).where(Blob.digest.in_(digests))
    return await db.scalar(query) or 0, int(await db.scalar(total) or 0)


async def delete(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], *, reason: str = "") -> Sequence[Asset]:
    """Put assets into the trash; their rows, their bytes and what they cost stay. What is held stays where it is."""
    values = {"deleted_at": func.now(), "delete_reason": reason or None}
    return await _change(
        db, workspace_id, ids, Asset.deleted_at.is_(None) & Asset.held_at.is_(None), DELETED, reason, values
    )


async def restore(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Asset]:
    """Take assets out of the trash again; what is purged stays so."""
    there = Asset.deleted_at.is_not(None) & Asset.purged_at.is_(None)
    return await _change(db, workspace_id, ids, there, RESTORED, "", {"deleted_at": None, "delete_reason": None})


async def hold(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], *, reason: str) -> Sequence[Asset]:
    """Hold assets that are not in the trash; of one that is held already the reason is written anew."""
    free = Asset.deleted_at.is_(None) & Asset.hold_reason.is_distinct_from(reason)
    values = {"held_at": func.coalesce(Asset.held_at, func.now()), "hold_reason": reason}
    return await _change(db, workspace_id, ids, free, HELD, reason, values)


async def release(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], *, reason: str = "") -> Sequence[Asset]:
    """Let go of assets that are held."""
    values = {"held_at": None, "hold_reason": None}
    return await _change(db, workspace_id, ids, Asset.held_at.is_not(None), RELEASED, reason, values)


async def purge(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], *, reason: str) -> Sequence[Asset]:
    """Make tombstones of assets in the trash; their bytes are for `blobs.purge`."""
    there = Asset.deleted_at.is_not(None) & Asset.purged_at.is_(None)
    values = {"purged_at": func.now(), "purge_reason": reason, "lost_at": None}
    return await _change(db, workspace_id, ids, there, PURGED, reason, values)


async def refuse_deleted(db: AsyncSession, ids: Sequence[UUID]) -> None:
    """Raise InTrash for an asset in the trash; until the transaction ends nobody puts the others there."""
    query = select(Asset.id, Asset.deleted_at).where(Asset.id.in_(ids)).order_by(Asset.id)
    for id_, deleted_at in await db.execute(query.with_for_update(read=True, key_share=True)):
        if deleted_at is not None:
            raise InTrash(f"asset {id_} lies in the trash: restore it first (`director assets restore {id_}`)")


async def _change(
    db: AsyncSession,
    workspace_id: UUID,
    ids: Sequence[UUID],
    which: ColumnElement[bool],
    what: str,
    reason: str,
    values: Mapping[str, Any],
) -> Sequence[Asset]:
    def told(asset: Asset) -> Mapping[str, Any]:
        return {"digest": asset.digest, "cost_microusd": asset.cost_microusd, "name": asset.name}

    return await change(db, workspace_id, ids, which, values, what=what, details=told, reason=reason)
