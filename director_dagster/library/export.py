"""Export: the originals of assets, chosen one by one or by a filter, with a table of what they are."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import StreamingResponse

from director_dagster.catalog.queries import blobs, events, library
from director_dagster.catalog.queries.states import STATES
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.errors import BadInput, Unseen
from director_dagster.library import zipped
from director_dagster.library.access import Reader
from director_dagster.library.api import cells_of
from director_dagster.library.bulk import filters_of
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.zipped import Piece
from director_dagster.studio import records
from director_dagster.vault.store import Vault

MOST, MOST_BYTES = 5_000, 50 * 10**9
PAGE = 200
FORM_LETTERS = 40 * MOST

router = APIRouter(include_in_schema=False)


@router.post("/library.zip", status_code=HTTPStatus.OK)
async def as_zip(
    opened: Open,
    reader: Asking,
    ids: Annotated[str, Form(max_length=FORM_LETTERS)] = "",
    filter: Annotated[str | None, Form(max_length=20_000)] = None,  # noqa: A002 (the name in the form)
) -> StreamingResponse:
    """The originals of assets, with a table of them: of `ids`, between commas, or of all that a filter leaves.

    What is lost, failed or purged is named in a table of its own. Raises Forbidden for viewers, BadInput where it is
    too much for one file, and Unseen.
    """
    reader.require("artist")
    pieces = await _pieces(opened, reader, _wanted(reader, ids, filter))
    folder = f"{reader.workspace.slug}-assets"
    return StreamingResponse(
        zipped.stream(folder, pieces),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{quote(folder)}.zip"'},
    )


def _wanted(reader: Reader, ids: str, query: str | None) -> Wanted:
    if query is not None:
        return filters_of(query, reader).wanted()
    try:
        named = [UUID(each) for each in ids.split(",") if each.strip()]
    except ValueError as exc:
        raise BadInput("ids: write the ids of assets with commas between them, or give a filter") from exc
    if not named:
        raise BadInput("ids: say which assets, or give a filter")
    return Wanted(ids=named, states=STATES)


async def _pieces(opened: Library, reader: Reader, want: Wanted) -> Sequence[Piece]:
    """All that is wanted, and a line of the audit log that says so. Raises Unseen for an id that is not there."""
    async with reader.catalog.session() as db:
        found = list[Asset]()
        more, after = True, None
        while more:
            page = await library.page(db, reader.workspace.id, want, after=after, limit=PAGE)
            found += page.assets
            more, after = page.more, library.place_of(found[-1]) if found else None
            if len(found) > MOST:
                raise BadInput(f"more than {MOST:,} assets are too many for one file: filter them further")
        if strange := set(want.ids) - {asset.id for asset in found}:
            raise Unseen(f"there is no asset {min(strange)} in the workspace {reader.workspace.slug}")
        known = await blobs.all_known(db, {asset.digest for asset in found if asset.digest is not None})
        size = sum(known[asset.digest].size_bytes for asset in found if asset.digest is not None)
        if size > MOST_BYTES:
            raise BadInput(f"{size / 10**9:,.0f} GB are too much for one file: up to {MOST_BYTES / 10**9:.0f} are sent")
        await events.note(
            db,
            workspace_id=reader.workspace.id,
            what="exported",
            subject=reader.workspace.slug,
            details={"assets": len(found), "bytes": size},
        )
    await records.note(reader.catalog, opened.vault, reader.workspace.id)
    return [_piece(opened.vault, asset, known) for asset in found]


def _piece(vault: Vault, asset: Asset, known: Mapping[str, Blob]) -> Piece:
    blob = known.get(asset.digest or "")
    path, why = _where(vault, asset, blob)
    return Piece(
        id=asset.id,
        name=asset.name,
        extension="bin" if blob is None else blob.extension,
        made_at=asset.created_at,
        row=cells_of(asset),
        path=path,
        why=why,
    )


def _where(vault: Vault, asset: Asset, blob: Blob | None) -> tuple[Path | None, str]:
    """Where an asset's bytes are, or why they are nowhere."""
    if asset.url is None or blob is None:
        return None, "its making failed: there are no bytes"
    if asset.purged_at is not None or blob.purged_at is not None:
        return None, f"it was purged: {asset.purge_reason}"
    path = vault.locate(blob.digest)
    return (
        (path, "")
        if path.is_file()
        else (None, "its bytes are lost: Recover, on its film's board, or `director recover` has them back")
    )
