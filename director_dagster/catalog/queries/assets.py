"""Questions about assets: one, a page of them, those that a film uses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import (
    Asset,
    AssetCharacter,
    AssetKind,
    AssetSource,
    AssetType,
    Slot,
    Take,
)
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which assets: None is any. `tags` must all be there; `text` is looked for in name and prompt.

    Failed generations are left out unless `failed`, deleted assets unless `deleted`.
    """

    type: AssetType | None = None
    kind: AssetKind | None = None
    source: AssetSource | None = None
    film_id: UUID | None = None
    character_id: UUID | None = None
    provider: str | None = None
    model: str | None = None
    tags: Sequence[str] = ()
    text: str | None = None
    favorite: bool | None = None
    lost: bool | None = None
    failed: bool = False
    deleted: bool = False


async def get(db: AsyncSession, workspace_id: UUID, asset_id: UUID) -> Asset:
    """One asset, also a deleted one. Raises BadInput when the workspace has none of that id."""
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.id == asset_id)
    asset = (await db.scalars(query)).one_or_none()
    if asset is None:
        raise BadInput(f"no asset {asset_id} in this workspace")
    return asset


async def listed(
    db: AsyncSession, workspace_id: UUID, *, want: Filter, before: UUID | None = None, limit: int = 50
) -> Sequence[Asset]:
    """The next `limit` assets, newest first; `before` is the id of the last one seen.

    Indexes: uq_assets_workspace_id_id, ix_assets_workspace_id_kind_id, ix_assets_workspace_id_film_id_id.
    """
    query = select(Asset).where(Asset.workspace_id == workspace_id, *_conditions(want))
    if before is not None:
        query = query.where(Asset.id < before)
    return (await db.scalars(query.order_by(Asset.id.desc()).limit(limit))).all()


async def used_by_film(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[Asset]:
    """The assets that a film uses now: those of its selected takes, whichever film they were made for; oldest first."""
    query = (
        select(Asset)
        .join(Take, (Take.workspace_id == Asset.workspace_id) & (Take.asset_id == Asset.id))
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .where(Slot.workspace_id == workspace_id, Slot.film_id == film_id, Take.selected_at.is_not(None))
        .distinct()
        .order_by(Asset.id)
    )
    return (await db.scalars(query)).all()


async def by_digest(db: AsyncSession, workspace_id: UUID, digest: str) -> Sequence[Asset]:
    """The workspace's assets whose bytes those are, oldest first. Index: ix_assets_digest."""
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.digest == digest)
    return (await db.scalars(query.order_by(Asset.id))).all()


async def of_digest(db: AsyncSession, digest: str) -> Sequence[tuple[UUID, UUID]]:
    """The assets of all workspaces whose bytes a blob is: each one's workspace and id. Index: ix_assets_digest."""
    query = select(Asset.workspace_id, Asset.id).where(Asset.digest == digest).order_by(Asset.id)
    return [(workspace_id, asset_id) for workspace_id, asset_id in await db.execute(query)]


async def of_generation(db: AsyncSession, workspace_id: UUID, generation_id: UUID) -> Sequence[Asset]:
    """The assets that came of a generation, the failed one too."""
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.generation_id == generation_id)
    return (await db.scalars(query, execution_options=FRESH)).all()


async def by_ids(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Asset]:
    """The assets of those ids, oldest first."""
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.id.in_(ids))
    return (await db.scalars(query.order_by(Asset.id))).all()


async def uploaded(db: AsyncSession, workspace_id: UUID, digest: str, *, character_id: UUID) -> Asset | None:
    """What a user brought of a character with those bytes, or None: one piece is one row. Index: ix_assets_digest."""
    found = await by_digest(db, workspace_id, digest)
    own = (each for each in found if each.source == "upload" and each.character_id == character_id)
    return next((each for each in own if each.deleted_at is None), None)


async def newest_of_kind(db: AsyncSession, workspace_id: UUID, kind: str, *, limit: int) -> Sequence[Asset]:
    """The newest assets of a kind that are there and say what they were made for.

    Index: ix_assets_workspace_id_kind_id.
    """
    there = (Asset.url.is_not(None), Asset.lost_at.is_(None), Asset.deleted_at.is_(None), Asset.prompt.is_not(None))
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.kind == kind, *there)
    return (await db.scalars(query.order_by(Asset.id.desc()).limit(limit))).all()


async def fork_of(db: AsyncSession, workspace_id: UUID, asset_id: UUID, *, kind: str) -> Asset | None:
    """The first fork of an asset that is of that kind and not deleted, or None. Index: ix_assets_source_asset_id."""
    query = (
        select(Asset)
        .where(Asset.workspace_id == workspace_id, Asset.source_asset_id == asset_id, Asset.kind == kind)
        .where(Asset.source == "import", Asset.deleted_at.is_(None), Asset.lost_at.is_(None))
        .order_by(Asset.id)
        .limit(1)
    )
    return (await db.scalars(query)).one_or_none()


async def tag(db: AsyncSession, workspace_id: UUID, asset_id: UUID, tags: Sequence[str]) -> Asset:
    """Write an asset's tags, in place of those it had."""
    mine = (Asset.workspace_id == workspace_id, Asset.id == asset_id)
    written = update(Asset).where(*mine).values(tags=list(tags)).returning(Asset)
    return (await db.scalars(written, execution_options=FRESH)).one()


def _conditions(want: Filter) -> Iterator[ColumnElement[bool]]:
    for column in (Asset.type, Asset.kind, Asset.source, Asset.film_id, Asset.provider, Asset.model, Asset.favorite):
        value = getattr(want, column.key)
        if value is not None:
            yield column == value
    if want.character_id is not None:
        yield (
            select(AssetCharacter.asset_id)
            .where(AssetCharacter.workspace_id == Asset.workspace_id, AssetCharacter.asset_id == Asset.id)
            .where(AssetCharacter.character_id == want.character_id)
            .exists()
        )
    if want.tags:
        yield Asset.tags.contains(list(want.tags))
    if want.text is not None:
        yield Asset.name.icontains(want.text, autoescape=True) | Asset.prompt.icontains(want.text, autoescape=True)
    yield from _liveness(want)


def _liveness(want: Filter) -> Iterator[ColumnElement[bool]]:
    if want.lost is not None:
        yield Asset.lost_at.is_not(None) if want.lost else Asset.lost_at.is_(None)
    if not want.failed:
        yield Asset.url.is_not(None)
    if not want.deleted:
        yield Asset.deleted_at.is_(None)
