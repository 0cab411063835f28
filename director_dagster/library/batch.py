"""The batches of late; and a batch's own page: how far it is, what was refused and why, and taking it back."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from director_dagster.catalog.queries import batches, films
from director_dagster.library import bulk, shown
from director_dagster.library.access import Reader
from director_dagster.library.address import Filters
from director_dagster.library.rooms import Asking, Open
from director_dagster.library.views import render

REFUSALS_SHOWN, SHOWN = 200, 100

router = APIRouter(include_in_schema=False)


@router.get("/batches")
async def recent(request: Request, reader: Asking) -> HTMLResponse:
    """The newest ones, each to be taken back from here."""
    reader.require("artist")
    async with reader.catalog.session() as db:
        done = await batches.newest(db, reader.workspace.id, limit=SHOWN)
        titles = await films.titles(db, reader.workspace.id, {batch.argument for batch, _ in done})
    return render(request, "batches.html", reader=reader, done=done, films=titles)


@router.get("/batches/{batch_id}")
async def page(batch_id: UUID, request: Request, reader: Asking) -> HTMLResponse:
    """The page; while the batch is worked on it asks again by itself."""
    return render(request, "batch.html", reader=reader, **await _known(reader, batch_id))


@router.get("/batches/{batch_id}/progress")
async def progress(batch_id: UUID, request: Request, reader: Asking) -> HTMLResponse:
    """What is known of it by now, as a part of the page."""
    return render(request, "_batch.html", reader=reader, **await _known(reader, batch_id))


@router.post("/batches/{batch_id}/undo")
async def undo(batch_id: UUID, opened: Open, reader: Asking) -> Response:
    """Take it back, and show how far that is."""
    batch = await bulk.undo(opened, reader, batch_id)
    where = shown.address(f"/batches/{batch.id}", Filters().within(reader).query())
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


async def _known(reader: Reader, batch_id: UUID) -> dict[str, Any]:
    reader.require("artist")
    async with reader.catalog.session() as db:
        batch = await bulk.found(db, reader, batch_id)
        return {
            "batch": batch,
            "films": await films.titles(db, reader.workspace.id, [batch.argument]),
            "refusals": await batches.refusals(db, batch, limit=REFUSALS_SHOWN),
            "undone_by": await batches.undoing(db, batch),
        }
