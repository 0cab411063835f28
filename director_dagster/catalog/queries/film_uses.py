"""Questions about what people have taken into films: what is pinned to which place, and what lies in the bin.

Each change is an event of the audit log, and returns the rows that it has changed; what is so already is none of them.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import events, trash
from director_dagster.catalog.tables import Asset, Blob, Film, FilmUse
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.uses import IN_BIN

TAKEN, PINNED, LEFT = "taken into the bin", "pinned", "left out again"
"""What the audit log says of a film."""

BIN = ("workspace_id", "film_id", "asset_id")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An asset in a film's bin or at a place of it, with its blob (None for a failed one)."""

    use: FilmUse
    asset: Asset
    blob: Blob | None


async def of_film(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[Taken]:
    """All that is taken into the film, by place, the bin last, the newest first. Index: uq_film_uses_bin."""
    query = (
        select(FilmUse, Asset, Blob)
        .join(Asset, (Asset.workspace_id == FilmUse.workspace_id) & (Asset.id == FilmUse.asset_id))
        .outerjoin(Blob, Blob.digest == Asset.digest)
        .where(FilmUse.workspace_id == workspace_id, FilmUse.film_id == film_id, FilmUse.ended_at.is_(None))
        .order_by(FilmUse.slot.nulls_last(), FilmUse.used_at.desc(), FilmUse.id)
    )
    rows = await db.execute(query, execution_options=FRESH)
    return [Taken(use=use, asset=asset, blob=blob) for use, asset, blob in rows]


async def pinned(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Mapping[str, Taken]:
    """What is pinned in the film, by slot."""
    found = await of_film(db, workspace_id, film_id)
    return {taken.use.slot: taken for taken in found if taken.use.slot is not None}


async def in_bin(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> AbstractSet[UUID]:
    """Which assets lie in the film's bin; whoever else asks waits until the transaction ends. Index:
    uq_film_uses_bin."""
    film = select(Film.id).where(Film.workspace_id == workspace_id, Film.id == film_id)
    await db.execute(film.with_for_update(key_share=True))
    mine = (FilmUse.workspace_id == workspace_id, FilmUse.film_id == film_id, FilmUse.ended_at.is_(None))
    return set(await db.scalars(select(FilmUse.asset_id).where(*mine, FilmUse.slot.is_(None))))


async def take(
    db: AsyncSession, workspace_id: UUID, film_id: UUID, asset_ids: Sequence[UUID], *, by: str
) -> Sequence[FilmUse]:
    """Take assets into the film's bin. Raises InTrash for one that lies there."""
    await trash.refuse_deleted(db, asset_ids)
    bin_ = {"workspace_id": workspace_id, "film_id": film_id, "slot": None, "used_by": by}
    new = [{**bin_, "asset_id": asset_id} for asset_id in dict.fromkeys(asset_ids)]
    if not new:
        return []
    # Whoever takes the same at this moment is waited for.
    there = insert(FilmUse).on_conflict_do_nothing(index_elements=BIN, index_where=IN_BIN).returning(FilmUse)
    made = (await db.scalars(there.values(new), execution_options=FRESH)).all()
    for use in made:
        await _tell(db, use, TAKEN)
    return made


async def pin(
    db: AsyncSession, workspace_id: UUID, film_id: UUID, asset_id: UUID, *, slot: str, by: str
) -> FilmUse | None:
    """Pin an asset to a place of the film; what was pinned there is so no longer, and what lay in the bin leaves it.

    None when that very asset is pinned there already. Raises InTrash for one that lies there.
    """
    await trash.refuse_deleted(db, [asset_id])
    there = (await pinned(db, workspace_id, film_id)).get(slot)
    if there is not None and there.asset.id == asset_id:
        return None
    await unpin(db, workspace_id, film_id, slot)
    await leave(db, workspace_id, film_id, [asset_id])
    use = FilmUse(workspace_id=workspace_id, film_id=film_id, asset_id=asset_id, slot=slot, used_by=by)
    db.add(use)
    await db.flush()
    await _tell(db, use, PINNED)
    return use


async def unpin(db: AsyncSession, workspace_id: UUID, film_id: UUID, slot: str) -> FilmUse | None:
    """Pin nothing to a place any more; None where nothing was. The take that it has become stays as a take."""
    ended = await _end(db, workspace_id, film_id, FilmUse.slot == slot)
    return ended[0] if ended else None


async def leave(
    db: AsyncSession, workspace_id: UUID, film_id: UUID, asset_ids: Sequence[UUID], *, until: datetime | None = None
) -> Sequence[FilmUse]:
    """Take assets out of the film's bin; with `until`, those that were taken into it by then."""
    lying = FilmUse.slot.is_(None) & FilmUse.asset_id.in_(asset_ids)
    return await _end(db, workspace_id, film_id, lying if until is None else lying & (FilmUse.used_at <= until))


async def _end(db: AsyncSession, workspace_id: UUID, film_id: UUID, which: ColumnElement[bool]) -> Sequence[FilmUse]:
    mine = (FilmUse.workspace_id == workspace_id, FilmUse.film_id == film_id, FilmUse.ended_at.is_(None))
    query = update(FilmUse).where(*mine, which).values(ended_at=func.now()).returning(FilmUse)
    ended = (await db.scalars(query, execution_options=FRESH)).all()
    for use in ended:
        await _tell(db, use, LEFT)
    return ended


async def _tell(db: AsyncSession, use: FilmUse, what: str) -> None:
    await events.note(
        db,
        workspace_id=use.workspace_id,
        what=what,
        subject=str(use.film_id),
        film_id=use.film_id,
        asset_id=use.asset_id,
        details={"place": use.slot},
    )
