"""Filing: the one hand that puts bytes into the vault; then the row with its sources and its take, then its sidecar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import sidecar
from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import blobs, takes
from director_dagster.catalog.tables import Asset, AssetKind, AssetSource, AssetType, Slot
from director_dagster.errors import MediaDamaged
from director_dagster.media.inspect import inspect
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Blob

BASIS_VERSION = 1
Basis = Mapping[str, str]
STUDIO = "studio"
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/wav": "wav",
    "text/vnd.fountain": "fountain",
    "text/plain": "txt",
    "text/vtt": "vtt",
    "application/x-subrip": "srt",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A slot to fill, of a film or of a character."""

    name: str
    kind: AssetKind
    film_id: UUID | None = None
    character_id: UUID | None = None
    shot_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Label:
    """What stands on an asset: all of its row that is known before it is made.

    Attributes:
        workspace_id: Whose it is.
        type: As the founding guide has it.
        kind: What it is in a film.
        name: For people.
        prompt: What was asked for, in words.
        film_id: The film it is made for; others may use it.
        shot_id: The shot it is of.
        character_ids: Who is seen, heard or meant.
        sources: What it is made from, with the part each plays; the first is the primary one.
        genre: Of the film.
        style: Of the film.
        more: Further metadata.
    """

    workspace_id: UUID
    type: AssetType
    kind: AssetKind
    name: str
    prompt: str
    film_id: UUID | None = None
    shot_id: UUID | None = None
    character_ids: Sequence[UUID] = ()
    sources: Sequence[tuple[UUID, str]] = ()
    genre: str | None = None
    style: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who made an asset, with what, what it cost (None is unknown), and what its maker says of it."""

    source: AssetSource = "generation"
    provider: str | None = None
    model: str | None = None
    model_name: str | None = None
    seed: int | None = None
    cost_microusd: int | None = 0
    cost_basis: dict[str, Any] | None = None
    fingerprint: str | None = None
    generation_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """Bytes in the vault, and what was found in them. It is JSON, so that a killed run's successor can go on."""

    url: str
    thumbnail_url: str | None
    width: int | None
    height: int | None
    duration_s: float | None


async def put(studio: Studio, source: bytes | Path, media_type: str) -> Filed:
    """File bytes and their thumbnail, once they are proved to be of `media_type`.

    Filing the same bytes again changes nothing. Raises MediaDamaged for what is not what it is declared.
    """
    extension = EXTENSIONS.get(media_type)
    if extension is None:
        raise MediaDamaged(f"{media_type!r} is no kind of media that the studio keeps")
    blob = await studio.vault.put(source, extension)
    found = await studio.workers.run(inspect, studio.vault.locate(blob.digest), media_type)
    thumbnail = None if found.thumbnail is None else await studio.vault.put(found.thumbnail, "webp")
    async with studio.catalog.session() as db:
        url = await _record(db, blob, media_type)
        thumbnail_url = None if thumbnail is None else await _record(db, thumbnail, "image/webp")
    return Filed(
        url=url,
        thumbnail_url=thumbnail_url,
        width=found.width_px,
        height=found.height_px,
        duration_s=found.duration_s,
    )


async def save(studio: Studio, db: AsyncSession, *, label: Label, origin: Origin, filed: Filed | None) -> Asset:
    """Make the asset's row and its sidecar in the transaction of `db`; `filed` None is a failed generation.

    The sidecar is written before the commit, so there is never a row without one. A generation's asset bears its id:
    if the commit fails, the asset is made again under the same id, and its sidecar is replaced.
    """
    asset = await save_generation_as_asset(
        db=db,
        workspace_id=label.workspace_id,
        type=label.type,
        kind=label.kind,
        name=label.name,
        url=filed.url if filed else None,
        source=origin.source,
        generation_cost=to_usd(origin.cost_microusd),
        provider=origin.provider,
        model=origin.model,
        prompt=label.prompt,
        character_ids=label.character_ids,
        source_asset_ids=label.sources,
        genre=label.genre,
        style=label.style,
        film_id=label.film_id,
        shot_id=label.shot_id,
        model_name=origin.model_name,
        seed=origin.seed,
        fingerprint=origin.fingerprint,
        cost_basis=origin.cost_basis,
        metadata={**label.more, **origin.details},
        asset_id=origin.generation_id or new_id(),
        generation_id=origin.generation_id,
        thumbnail_url=filed.thumbnail_url if filed else None,
        width=filed.width if filed else None,
        height=filed.height if filed else None,
        duration=filed.duration_s if filed else None,
    )
    await studio.vault.put_sidecar(str(asset.workspace_id), str(asset.id), await sidecar.of(db, asset))
    return asset


async def take(db: AsyncSession, *, places: Sequence[Place], workspace_id: UUID, asset: Asset, basis: Basis) -> None:
    """Make an asset that was made for these places the selected take of each."""
    for place in places:
        slot = await _slot(db, workspace_id, place)
        await takes.add(db, slot=slot, asset_id=asset.id, basis=basis, basis_version=BASIS_VERSION, select_by=STUDIO)


async def reuse(db: AsyncSession, *, places: Sequence[Place], workspace_id: UUID, asset: Asset, basis: Basis) -> None:
    """Use an asset that was there before in each of these places, and note what that saves."""
    for place in places:
        slot = await _slot(db, workspace_id, place)
        await takes.use(db, slot=slot, asset=asset, basis=basis, basis_version=BASIS_VERSION, by=STUDIO)


async def _slot(db: AsyncSession, workspace_id: UUID, place: Place) -> Slot:
    return await takes.ensure_slot(
        db,
        workspace_id=workspace_id,
        name=place.name,
        kind=place.kind,
        film_id=place.film_id,
        character_id=place.character_id,
        shot_id=place.shot_id,
    )


async def _record(db: AsyncSession, blob: Blob, media_type: str) -> str:
    row = await blobs.record(
        db, digest=blob.digest, size_bytes=blob.size_bytes, media_type=media_type, extension=blob.extension
    )
    return blobs.url_of(row)
