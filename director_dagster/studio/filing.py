"""Filing: the one hand that puts bytes into the vault; then the row with its sources and its take, then its sidecar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import sidecar
from director_dagster.catalog.asset_rows import Draft, insert_all
from director_dagster.catalog.asset_saver import draft_generation
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import blobs, takes
from director_dagster.catalog.queries.blobs import Bytes
from director_dagster.catalog.queries.takes import Filling, Place
from director_dagster.catalog.tables import Asset, AssetKind, AssetSource, AssetType
from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media.inspect import inspect
from director_dagster.media.workers import Workers
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights
from director_dagster.vault.store import Blob, Vault

BASIS_VERSION = 1
Basis = Mapping[str, str]
STUDIO = "studio"
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "text/vnd.fountain": "fountain",
    "text/plain": "txt",
    "text/vtt": "vtt",
    "application/x-subrip": "srt",
}


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
        tags: The user's.
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
    tags: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who made an asset, with what, what it cost (None is unknown), what its maker says of it, the digest of the lost
    bytes that it was bought again for, and what may be done with it."""

    source: AssetSource = "generation"
    provider: str | None = None
    model: str | None = None
    model_name: str | None = None
    seed: int | None = None
    cost_microusd: int | None = 0
    cost_basis: dict[str, Any] | None = None
    fingerprint: str | None = None
    generation_id: UUID | None = None
    stands_for: str | None = None
    rights: Rights = UNKNOWN_RIGHTS
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """Bytes in the vault, and what was found in them. It is JSON, so that a killed run's successor can go on."""

    url: str
    thumbnail_url: str | None
    width: int | None
    height: int | None
    duration_s: float | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An asset to be saved; `filed` None is a failed generation."""

    label: Label
    origin: Origin
    filed: Filed | None


@dataclass(frozen=True, kw_only=True)
class Putting:
    """A file and its thumbnail in the vault, yet to be recorded.

    Attributes:
        filed: What was found in it.
        blobs: The bytes of both.
        parts: Whence they can be put once more, by digest, each with its extension.
    """

    filed: Filed
    blobs: Sequence[Bytes]
    parts: Mapping[str, tuple[Path | bytes, str]]


async def put(vault: Vault, workers: Workers, source: Path, media_type: str) -> Putting:
    """File a file and its thumbnail, once it is proved to be of `media_type`; the blobs are yet to be recorded.

    Filing the same bytes again changes nothing. Raises MediaDamaged for what is not what it is declared.
    """
    extension = EXTENSIONS.get(media_type)
    if extension is None:
        raise MediaDamaged(f"{media_type!r} is no kind of media that the studio keeps")
    found = await workers.run(inspect, source, media_type)
    blob = await vault.put(source, extension)
    thumbnail = None if found.thumbnail is None else await vault.put(found.thumbnail, "webp")
    filed = Filed(
        url=blob.url,
        thumbnail_url=None if thumbnail is None else thumbnail.url,
        width=found.width_px,
        height=found.height_px,
        duration_s=found.duration_s,
    )
    parts: dict[str, tuple[Path | bytes, str]] = {blob.digest: (source, extension)}
    if thumbnail is None or found.thumbnail is None:
        return Putting(filed=filed, blobs=[_bytes(blob, media_type)], parts=parts)
    both = [_bytes(blob, media_type), _bytes(thumbnail, "image/webp")]
    return Putting(filed=filed, blobs=both, parts={thumbnail.digest: (found.thumbnail, "webp"), **parts})


async def record(vault: Vault, db: AsyncSession, puttings: Sequence[Putting]) -> None:
    """Note the blobs in the transaction of `db`. What was purged since it was put is put again, so that all of it is
    there when that commits."""
    recorded = await blobs.record_all(db, [each for putting in puttings for each in putting.blobs])
    parts = {digest: part for putting in puttings for digest, part in putting.parts.items()}
    for digest in sorted(recorded.purged):
        await vault.put(*parts[digest])


async def save(vault: Vault, db: AsyncSession, *, label: Label, origin: Origin, filed: Filed | None) -> Asset:
    """As `save_all`, of one."""
    return (await save_all(vault, db, [Entry(label=label, origin=origin, filed=filed)]))[0]


async def save_all(vault: Vault, db: AsyncSession, entries: Sequence[Entry]) -> list[Asset]:
    """Make the assets' rows and their sidecars in the transaction of `db`.

    The sidecars are written before the commit, so there is never a row without one. A generation's asset bears its id:
    if the commit fails, the asset is made again under the same id, and its sidecar is replaced.
    """
    assets = await insert_all(db, [draft_of(entry) for entry in entries])
    await note_again(vault, db, assets)
    return assets


async def note_again(vault: Vault, db: AsyncSession, assets: Sequence[Asset]) -> None:
    """Write the assets' sidecars as their rows are now."""
    records = zip(assets, await sidecar.of_all(db, assets), strict=True)
    await vault.put_sidecars({(str(asset.workspace_id), str(asset.id)): record for asset, record in records})


async def take(db: AsyncSession, *, places: Sequence[Place], asset: Asset, basis: Basis, insists: bool = False) -> None:
    """Make an asset that was made for these places the selected take of each, unless somebody's choice stays."""
    await takes.fill_all(db, takes_of(places, asset, basis, insists=insists), by=STUDIO)


async def reuse(db: AsyncSession, *, places: Sequence[Place], asset: Asset, basis: Basis) -> None:
    """Use an asset that was there before in each of these places, and note what that saves. Raises as `uses_of`."""
    await takes.fill_all(db, uses_of(places, asset, basis), by=STUDIO)


def takes_of(places: Sequence[Place], asset: Asset, basis: Basis, *, insists: bool = False) -> list[Filling]:
    """How an asset fills the places that it was made for."""
    return [
        Filling(
            workspace_id=asset.workspace_id,
            place=place,
            asset_id=asset.id,
            basis=basis,
            basis_version=BASIS_VERSION,
            insists=insists,
        )
        for place in places
    ]


def uses_of(places: Sequence[Place], asset: Asset, basis: Basis, *, insists: bool = False) -> list[Filling]:
    """How an asset that was there before fills places. Raises BadInput for one without bytes."""
    if asset.url is None or asset.deleted_at or asset.lost_at:
        raise BadInput(f"asset {asset.id} has no bytes to use")
    saved, fillings = asset.cost_microusd, takes_of(places, asset, basis, insists=insists)
    return [replace(filling, reused=True, saved_microusd=saved) for filling in fillings]


def draft_of(entry: Entry) -> Draft:
    """The row that an entry is to become."""
    label, origin, filed = entry.label, entry.origin, entry.filed
    return draft_generation(
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
        tags=label.tags,
        genre=label.genre,
        style=label.style,
        film_id=label.film_id,
        shot_id=label.shot_id,
        model_name=origin.model_name,
        seed=origin.seed,
        fingerprint=origin.fingerprint,
        stands_for=origin.stands_for,
        rights=origin.rights,
        cost_basis=origin.cost_basis,
        metadata={**label.more, **origin.details},
        asset_id=origin.generation_id or new_id(),
        generation_id=origin.generation_id,
        thumbnail_url=filed.thumbnail_url if filed else None,
        width=filed.width if filed else None,
        height=filed.height if filed else None,
        duration=filed.duration_s if filed else None,
    )


def _bytes(blob: Blob, media_type: str) -> Bytes:
    return Bytes(digest=blob.digest, size_bytes=blob.size_bytes, media_type=media_type, extension=blob.extension)
