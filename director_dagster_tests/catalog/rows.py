"""Rows that tests begin with: a workspace, a film, filed bytes, assets."""

import hashlib
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.queries import blobs, characters, films
from director_dagster.catalog.tables import Asset, Character, CharacterKind, Film, Workspace


async def a_film(db: AsyncSession, workspace: Workspace, slug: str = "the-lighthouse") -> Film:
    return await films.upsert(db, workspace_id=workspace.id, slug=slug, title=slug.title(), settings={})


async def a_character(
    db: AsyncSession, workspace: Workspace, name: str = "Mara", kind: CharacterKind = "character"
) -> Character:
    return (await characters.get_or_create(db, workspace_id=workspace.id, kind=kind, name=name)).character


async def filed(db: AsyncSession, text: str, extension: str = "mp4") -> str:
    """The url of `text`, noted as filed; the vault itself has no part in these tests."""
    data = text.encode()
    blob = await blobs.record(
        db,
        digest=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        media_type="application/octet-stream",
        extension=extension,
    )
    return blobs.url_of(blob)


async def an_asset(db: AsyncSession, workspace: Workspace, name: str = "a shot", **values: Any) -> Asset:
    """A generated video for $0.25 whose bytes are its name, but for what `values` say."""
    given = {
        "type": "video",
        "kind": "shot",
        "generation_cost": 0.25,
        "provider": "kling",
        "model": "kling-v3",
        "prompt": f"the prompt of {name}",
        **values,
    }
    url = given.pop("url") if "url" in given else await filed(db, name)
    return await save_generation_as_asset(db=db, workspace_id=workspace.id, name=name, url=url, **given)
