"""The five savers of the asset tracking guide: each makes rows of `assets`, flushes, and never commits.

Bytes are filed before a row is saved: a url that names no blob of the catalog is refused. A saver called twice makes
two rows; it is the gate that sees to it that a piece is saved once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.asset_rows import Draft, Id, Source, edges_of, filed_text, insert_all
from director_dagster.catalog.ids import as_id, new_id
from director_dagster.catalog.money import to_microusd, to_usd
from director_dagster.catalog.tables import Asset, AssetKind, AssetSource, AssetType, Json
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights

Dollars = Decimal | float | None

UNKNOWN = "unknown"


class Row(TypedDict, total=False):
    """What every saver may be told of the row that carries the cost.

    `asset_id` is its id, `model_name` the model as people call it, `metadata` whatever else is worth keeping;
    `stands_for` is the digest of lost bytes that it was bought again for; `generated_at` is the database's now unless
    given; `rights` are unknown unless given.
    """

    asset_id: Id
    model_name: str | None
    seed: int | None
    generation_id: Id | None
    fingerprint: str | None
    stands_for: str | None
    cost_basis: Json | None
    width: int | None
    height: int | None
    generated_at: datetime | None
    rights: Rights
    metadata: Mapping[str, Any]


class Details(Row, total=False):
    """What the generic saver may be told besides; `duration` is in seconds."""

    genre: str | None
    style: str | None
    duration: float | None
    thumbnail_url: str | None
    film_id: Id | None
    shot_id: Id | None


class Extras(Row, total=False):
    """What the other four may be told besides."""

    source_asset_ids: Sequence[Source]
    tags: Sequence[str]


async def save_generation_as_asset(
    *,
    db: AsyncSession,
    workspace_id: Id,
    type: AssetType,  # noqa: A002 (the guide's keyword)
    kind: AssetKind,
    name: str,
    url: str | None,
    source: AssetSource = "generation",
    generation_cost: Dollars,
    provider: str | None,
    model: str | None,
    prompt: str | None,
    character_ids: Sequence[Id] = (),
    source_asset_ids: Sequence[Source] = (),
    tags: Sequence[str] = (),
    **details: Unpack[Details],
) -> Asset:
    """Save one piece and its edges. `url` None is a failed generation; `generation_cost` is in dollars, None unknown.

    Of `source_asset_ids`, ids or pairs of id and role, the first is the primary one. Raises NotInVault when a url
    names no blob, BadInput when a character or a source is not of this workspace.
    """
    draft = draft_generation(
        workspace_id=workspace_id,
        type=type,
        kind=kind,
        name=name,
        url=url,
        source=source,
        generation_cost=generation_cost,
        provider=provider,
        model=model,
        prompt=prompt,
        character_ids=character_ids,
        source_asset_ids=source_asset_ids,
        tags=tags,
        **details,
    )
    return (await insert_all(db, [draft]))[0]


def draft_generation(
    *,
    workspace_id: Id,
    type: AssetType,  # noqa: A002 (the guide's keyword)
    kind: AssetKind,
    name: str,
    url: str | None,
    source: AssetSource,
    generation_cost: Dollars,
    provider: str | None,
    model: str | None,
    prompt: str | None,
    character_ids: Sequence[Id] = (),
    source_asset_ids: Sequence[Source] = (),
    tags: Sequence[str] = (),
    **details: Unpack[Details],
) -> Draft:
    """What `save_generation_as_asset` saves, for `insert_all` to save many at once."""
    given: Mapping[str, Any] = details
    facts = {
        **{key: given.get(key) for key in ("seed", "genre", "style", "duration")},
        "model": model,
        "model_name": given.get("model_name") or model,
        "provider": provider,
        "prompt": prompt,
    }
    columns = {
        **{
            key: given.get(key)
            for key in ("thumbnail_url", "fingerprint", "stands_for", "cost_basis", "width", "height")
        },
        **{key: _id(given.get(key)) for key in ("film_id", "shot_id", "generation_id")},
        **asdict(given.get("rights", UNKNOWN_RIGHTS)),
        "id": _id(given.get("asset_id")) or new_id(),
        "workspace_id": as_id(workspace_id),
        "type": type,
        "kind": kind,
        "name": name,
        "url": url,
        "source": source,
        "provider": provider,
        "model": model,
        "prompt": prompt,
        "cost_microusd": to_microusd(generation_cost),
        "duration_s": given.get("duration"),
    }
    return Draft(
        columns=columns,
        facts=facts,
        more=given.get("metadata", {}),
        tags=tags,
        characters=list(dict.fromkeys(map(as_id, character_ids))),
        sources=edges_of(source_asset_ids),
        generated_at=given.get("generated_at"),
    )


async def save_script_as_asset(
    *,
    db: AsyncSession,
    workspace_id: Id,
    script_id: Id,
    script_title: str,
    script_content: str,
    generation_cost: Dollars,
    model: str | None,
    prompt: str | None,
    genre: str | None = None,
    style: str | None = None,
    provider: str | None = UNKNOWN,
    source: AssetSource = "generation",
    film_id: Id | None = None,
    **extras: Unpack[Extras],
) -> Asset:
    """Save a screenplay whose UTF-8 text is filed already; NotInVault when it is not. Raises as the generic saver."""
    extras["metadata"] = {**extras.get("metadata", {}), "script_id": str(script_id)}
    return await save_generation_as_asset(
        db=db,
        workspace_id=workspace_id,
        type="script",
        kind="script",
        name=script_title,
        url=await filed_text(db, script_content),
        source=source,
        generation_cost=generation_cost,
        provider=provider,
        model=model,
        prompt=prompt,
        genre=genre,
        style=style,
        film_id=film_id,
        **extras,
    )


async def save_shot_as_asset(
    *,
    db: AsyncSession,
    workspace_id: Id,
    shot_id: Id,
    shot_name: str,
    video_url: str | None,
    image_url: str | None = None,
    audio_url: str | None = None,
    prompt: str | None,
    generation_cost: Dollars,
    provider: str | None,
    model: str | None,
    duration: float | None = None,
    thumbnail_url: str | None = None,
    film_id: Id | None = None,
    character_ids: Sequence[Id] = (),
    **extras: Unpack[Extras],
) -> list[Asset]:
    """Save a shot's video, picture and sound, as far as there are any, in that order; without any, the failed video.

    What the shot cost stands on the first row, 0 on the others; so do the facts of `Row` that are of one row alone.
    Raises as the generic saver.
    """
    pieces = _pieces(video_url, image_url, audio_url) or [("video", "shot", None)]
    assets: list[Asset] = []
    for type_, kind, url in pieces:
        asset = await save_generation_as_asset(
            db=db,
            workspace_id=workspace_id,
            type=type_,
            kind=kind,
            name=shot_name,
            url=url,
            generation_cost=0 if assets else generation_cost,
            provider=provider,
            model=model,
            prompt=prompt,
            duration=None if type_ == "image" else duration,
            thumbnail_url=thumbnail_url if type_ == "video" else None,
            film_id=film_id,
            shot_id=shot_id,
            character_ids=character_ids,
            **(_shared(extras) if assets else extras),
        )
        assets.append(asset)
    return assets


async def save_film_as_asset(
    *,
    db: AsyncSession,
    workspace_id: Id,
    film_id: Id,
    film_title: str,
    video_url: str | None,
    generation_cost: Dollars,
    duration: float | None,
    thumbnail_url: str | None = None,
    provider: str | None,
    shots_count: int,
    character_ids: Sequence[Id] = (),
    own_cost: Dollars = 0,
    model: str | None = None,
    prompt: str | None = None,
    **extras: Unpack[Extras],
) -> Asset:
    """Save a finished film. `generation_cost` is, as the guide calls it with, what all its parts cost together.

    That stands in `generation_metadata.total_cost`, in dollars; the row itself costs `own_cost`, what putting it
    together cost, so that no dollar is counted twice. Raises as the generic saver.
    """
    total = to_usd(to_microusd(generation_cost))
    extras["metadata"] = {
        **extras.get("metadata", {}),
        "shots_count": shots_count,
        "total_cost": None if total is None else float(total),
    }
    return await save_generation_as_asset(
        db=db,
        workspace_id=workspace_id,
        type="video",
        kind="film",
        name=film_title,
        url=video_url,
        generation_cost=own_cost,
        provider=provider,
        model=model,
        prompt=prompt,
        duration=duration,
        thumbnail_url=thumbnail_url,
        film_id=film_id,
        character_ids=character_ids,
        **extras,
    )


async def save_audio_as_asset(
    *,
    db: AsyncSession,
    workspace_id: Id,
    name: str,
    audio_url: str | None,
    generation_cost: Dollars,
    provider: str | None,
    model: str | None,
    text: str | None = None,
    voice_id: str | None = None,
    duration: float | None = None,
    character_id: Id | None = None,
    kind: AssetKind = "dialogue",
    prompt: str | None = None,
    film_id: Id | None = None,
    shot_id: Id | None = None,
    **extras: Unpack[Extras],
) -> Asset:
    """Save speech, a voice or music; `text` is what is said, and the prompt unless there is another.

    Raises as the generic saver.
    """
    extras["metadata"] = {**extras.get("metadata", {}), "text": text, "voice_id": voice_id}
    return await save_generation_as_asset(
        db=db,
        workspace_id=workspace_id,
        type="audio",
        kind=kind,
        name=name,
        url=audio_url,
        generation_cost=generation_cost,
        provider=provider,
        model=model,
        prompt=text if prompt is None else prompt,
        duration=duration,
        film_id=film_id,
        shot_id=shot_id,
        character_ids=() if character_id is None else (character_id,),
        **extras,
    )


def _id(value: Id | None) -> UUID | None:
    return None if value is None else as_id(value)


def _pieces(
    video_url: str | None, image_url: str | None, audio_url: str | None
) -> list[tuple[AssetType, AssetKind, str | None]]:
    pieces: list[tuple[AssetType, AssetKind, str | None]] = [
        ("video", "shot", video_url),
        ("image", "frame", image_url),
        ("audio", "shot", audio_url),
    ]
    return [piece for piece in pieces if piece[2] is not None]


def _shared(extras: Extras) -> Extras:
    of_one_row = Row.__annotations__.keys() - {"model_name", "seed", "generated_at", "metadata"}
    return cast("Extras", {key: value for key, value in extras.items() if key not in of_one_row})
