"""Questions about what is lost: which films use it now, in which slots."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import exists, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Asset, Blob, Film, FilmUse, Slot, Take, Workspace
from director_dagster.catalog.tables.base import FRESH


@dataclass(frozen=True, kw_only=True)
class LostPiece:
    """A slot of a film, and the lost asset that is its selected take, or is pinned there."""

    slot: str
    asset: Asset


@dataclass(frozen=True, kw_only=True)
class FilmLosses:
    """What a film has lost of that which it uses now.

    Attributes:
        film: Its key.
        pieces: By slot.
        kinds: Of which kinds and types its selected takes are, lost or not: what has been made of it.
    """

    film: str
    pieces: Sequence[LostPiece]
    kinds: Collection[tuple[str, str]] = ()

    @property
    def mark(self) -> str:
        """The same for the same losses; another one when the same piece is lost once more."""
        told = " ".join(f"{each.asset.id}:{each.asset.lost_at}" for each in self.pieces)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


async def of_films(
    db: AsyncSession, *, films: Sequence[str] | None = None, since: datetime | None = None, limit: int = 100
) -> Sequence[FilmLosses]:
    """What at most `limit` films of all workspaces have lost of what they use or are to use, by their keys: all films,
    or those named.

    `since`: only what was lost after that. Index: ix_assets_lost.
    """
    key = (Workspace.slug + "/" + Film.slug).label("film")
    recent = [] if since is None else [Asset.lost_at > since]
    lost = (Asset.lost_at.is_not(None), Asset.deleted_at.is_(None), *recent, Film.deleted_at.is_(None))
    named = [] if films is None else [key.in_(films)]
    taken = (
        select(key, Slot.name.label("slot"), Asset.id.label("asset_id"))
        .join(Take, (Take.workspace_id == Asset.workspace_id) & (Take.asset_id == Asset.id))
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .join(Film, (Film.workspace_id == Slot.workspace_id) & (Film.id == Slot.film_id))
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(*lost, *named, Take.selected_at.is_not(None))
    )
    pinned = (
        select(key, FilmUse.slot, Asset.id)
        .join(FilmUse, (FilmUse.workspace_id == Asset.workspace_id) & (FilmUse.asset_id == Asset.id))
        .join(Film, (Film.workspace_id == FilmUse.workspace_id) & (Film.id == FilmUse.film_id))
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(*lost, *named, FilmUse.slot.is_not(None), FilmUse.ended_at.is_(None))
    )
    used = union(taken, pinned).cte("used")
    first = select(used.c.film).distinct().order_by(used.c.film).limit(limit)
    query = (
        select(used.c.film, used.c.slot, Asset)
        .join(Asset, Asset.id == used.c.asset_id)
        .where(used.c.film.in_(first))
        .order_by(used.c.film, used.c.slot)
    )
    rows = [
        (film, LostPiece(slot=slot, asset=asset))
        for film, slot, asset in await db.execute(query, execution_options=FRESH)
    ]
    kinds = await _kinds(db, {film for film, _ in rows})
    return [
        FilmLosses(film=film, pieces=[piece for _, piece in group], kinds=kinds[film])
        for film, group in groupby(rows, key=lambda row: row[0])
    ]


async def _kinds(db: AsyncSession, films: Collection[str]) -> Mapping[str, Collection[tuple[str, str]]]:
    """Of which kinds and types films have selected takes. Indexes: uq_slots_workspace_id_film_id_name,
    uq_takes_selected."""
    key = Workspace.slug + "/" + Film.slug
    query = (
        select(key, Asset.kind, Asset.type)
        .join(Film, Film.workspace_id == Workspace.id)
        .join(Slot, (Slot.workspace_id == Film.workspace_id) & (Slot.film_id == Film.id))
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(key.in_(films), Take.selected_at.is_not(None))
        .distinct()
    )
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for film, kind, type_ in await db.execute(query) if films else ():
        found[film].add((kind, type_))
    return found


async def are_any(db: AsyncSession, *, since: datetime) -> bool:
    """Whether any asset of any workspace was lost since then and still is. Index: ix_assets_lost."""
    lost = exists().where(Asset.lost_at.is_not(None), Asset.deleted_at.is_(None), Asset.lost_at > since)
    return bool(await db.scalar(select(lost)))


async def all_lost(db: AsyncSession) -> Sequence[Asset]:
    """The lost assets of all workspaces, the oldest first: so what others are made from comes before them.

    Index: ix_assets_lost.
    """
    query = select(Asset).where(Asset.lost_at.is_not(None), Asset.deleted_at.is_(None)).order_by(Asset.id)
    return (await db.scalars(query, execution_options=FRESH)).all()


async def thumbnails(db: AsyncSession) -> Sequence[Asset]:
    """The assets of all workspaces whose own bytes are there and whose thumbnail's are lost, the oldest first.

    Index: ix_assets_thumbnail_digest.
    """
    lost = select(Blob.digest).where(Blob.lost_at.is_not(None))
    query = select(Asset).where(Asset.thumbnail_digest.in_(lost), Asset.lost_at.is_(None), Asset.purged_at.is_(None))
    return (await db.scalars(query.order_by(Asset.id), execution_options=FRESH)).all()
