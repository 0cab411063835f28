"""The bytes of assets, to those who may see the asset: whole, in parts, small or as a thumbnail."""

from pathlib import Path
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from director_dagster.catalog.queries import blobs
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.errors import Unseen
from director_dagster.library.access import Reader
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import AskingOfAsset, Library, Open, unseen
from director_dagster.studio.preserve import notice

Rendition = Literal["thumb", "preview", "original"]

KEPT = "private, max-age=31536000, immutable"
"""An asset's bytes never change."""

SHOWN = {"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm", "audio/wav", "audio/x-wav", "audio/mpeg"}
"""What a browser may show by itself; of all else it sees plain text or a file."""

TEXTS = {"fountain", "fdx", "txt", "srt", "vtt", "json", "md", "toml"}
BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
CLOSED = "default-src 'none'; sandbox"

router = APIRouter(tags=["media"])


@router.get(
    "/assets/{asset_id}/media/{rendition}",
    response_class=FileResponse,
    responses={
        **ANSWERS,
        200: {"description": "The bytes.", "content": BYTES},
        206: {"description": "Part of them, as the header `Range` asks.", "content": BYTES},
        304: {"description": "They are those that the browser has."},
        416: {"description": "There are no such bytes."},
    },
)
async def media(
    asset_id: UUID, rendition: Rendition, request: Request, library: Open, reader: AskingOfAsset
) -> Response:
    """An asset's bytes: `original`; `preview`, of a video a small one without sound, of a sound
    how loud it is over its time; or `thumb`, a picture of it."""
    asset, blob = await _seen(reader, asset_id, rendition)
    tag = f'"{blob.digest}-{rendition}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": KEPT})
    path, media_type = await _file(library, asset, blob, rendition)
    return FileResponse(
        path,
        media_type=media_type,
        headers={"ETag": tag, "Cache-Control": KEPT, "Vary": "Cookie", "Content-Security-Policy": CLOSED},
        filename=f"{asset.id}.{blob.extension}",
        content_disposition_type="attachment" if media_type == "application/octet-stream" else "inline",
    )


async def _seen(reader: Reader, asset_id: UUID, rendition: Rendition) -> tuple[Asset, Blob]:
    """What is to be shown, in one look: a page of the grid asks for sixty of them. Raises Unseen where there are none
    of these bytes, and says why."""
    thumbnail = rendition == "thumb"
    async with reader.catalog.session() as db:
        found = await blobs.of_asset(db, reader.workspace.id, asset_id, thumbnail=thumbnail)
    if found is None:
        raise unseen(reader, asset_id)
    asset, blob = found
    if (asset.thumbnail_digest if thumbnail else asset.digest) is None:
        raise Unseen(f"asset {asset_id} has no {'picture' if thumbnail else 'bytes: its making failed'}")
    if blob is None or blob.purged_at is not None or asset.purged_at is not None:
        raise Unseen(f"the bytes of asset {asset_id} were purged")
    return asset, blob


async def _file(library: Library, asset: Asset, blob: Blob, rendition: Rendition) -> tuple[Path, str]:
    """Where the bytes are and what they are to a browser. What is damaged is not found here: the scrub proves bytes."""
    path = library.vault.locate(blob.digest)
    if not path.is_file():
        await notice(library.studio, [asset])  # raises where it is the vault that is gone
        raise Unseen(f"the bytes of asset {asset.id} are lost: its page says how they come back")
    if rendition == "preview" and asset.type == "video":
        return await library.renditions.preview(blob.digest, path), "video/mp4"
    if rendition == "preview" and asset.type == "audio":
        return await library.renditions.wave(blob.digest, path), "image/png"
    if blob.media_type in SHOWN:
        return path, blob.media_type
    text = blob.extension in TEXTS or blob.media_type == "text/plain"
    return path, "text/plain; charset=utf-8" if text else "application/octet-stream"
