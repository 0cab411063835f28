"""The library for programs: the same lists as JSON and CSV, by the same query strings."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, field_validator

from director_dagster.catalog.queries import facets, library
from director_dagster.catalog.queries.states import state_of
from director_dagster.catalog.tables import Asset
from director_dagster.library import shown
from director_dagster.library.access import Reader
from director_dagster.library.address import MOST, Address, At, cursor, place_at
from director_dagster.library.pages import turned
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, AskingOfAsset, seen

router = APIRouter(prefix="/api/v1", tags=["library"], responses=ANSWERS)
tables = APIRouter(include_in_schema=False)


class AssetOut(BaseModel):
    """An asset. Costs are dollars, null where they are not known; `media` is where its bytes are."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    workspace_id: UUID
    type: str
    kind: str
    name: str
    state: str
    source: str
    provider: str | None
    model: str | None
    prompt: str | None
    tags: list[str]
    favorite: bool
    generation_cost: Decimal | None
    duration_s: float | None
    width: int | None
    height: int | None
    film_id: UUID | None
    character_id: UUID | None
    source_asset_id: UUID | None
    digest: str | None
    created_at: datetime
    deleted_at: datetime | None
    lost_at: datetime | None
    media: str | None
    thumbnail: str | None
    page: str

    @field_validator("tags", mode="before")
    @classmethod
    def _as_text(cls, tags: list[Any]) -> list[str]:
        """Whoever writes a row by SQL may have put anything into the list."""
        return [each if isinstance(each, str) else json.dumps(each) for each in tags]

    @classmethod
    def of(cls, asset: Asset) -> Self:
        """What is told of a row."""
        at = f"/assets/{asset.id}"
        told = {name: getattr(asset, name) for name in cls.model_fields if hasattr(asset, name)}
        return cls(
            **told,
            state=state_of(asset),
            media=f"{at}/media/original" if asset.digest else None,
            thumbnail=f"{at}/media/thumb" if asset.thumbnail_digest else None,
            page=at,
        )


class AssetPage(BaseModel):
    """Some assets, and how to ask for the next ones and those before; null at an end."""

    items: list[AssetOut]
    next_cursor: str | None
    previous_cursor: str | None
    next_url: str | None


class Count(BaseModel):
    """How many there are; when `capped`, more than that."""

    value: int
    capped: bool


class ValueOut(BaseModel):
    """A value to filter by, and how many have it."""

    key: str
    label: str
    count: int


class FacetOut(BaseModel):
    """A field to filter by, and its values; when `sampled`, of the newest 10,000."""

    field: str
    values: list[ValueOut]
    more: bool
    sampled: bool


@router.get("/assets")
async def assets(address: At, reader: Asking) -> AssetPage:
    """Assets of the workspace, a page at a time."""
    async with reader.catalog.session() as db:
        turn, started = await turned(db, reader, address)
        page = await library.page(db, reader.workspace.id, address.wanted(), **turn)
    backwards = bool(address.before)
    edges = [cursor(library.place_of(page.assets[edge])) for edge in (0, -1)] if page.assets else []
    after = edges[1] if edges and (backwards or page.more) else None
    return AssetPage(
        items=[AssetOut.of(asset) for asset in page.assets],
        next_cursor=after,
        previous_cursor=edges[0] if edges and (page.more if backwards else started) else None,
        next_url=f"/api/v1/assets?{address.within(reader).from_the_top(after=after)}" if after else None,
    )


@router.get("/assets/count")
async def count(address: At, reader: Asking) -> Count:
    """How many assets those filters leave, wherever one looks."""
    async with reader.catalog.session() as db:
        value, capped = await library.count(db, reader.workspace.id, address.wanted())
    return Count(value=value, capped=capped)


@router.get("/assets/filters")
async def by_field(address: At, reader: Asking) -> list[FacetOut]:
    """For each field, how many of what all other filters leave have which value."""
    async with reader.catalog.session() as db:
        found = await facets.of(db, reader.workspace.id, address.wanted())
    return [
        FacetOut(
            field=facet.field,
            values=[ValueOut(key=value.key, label=value.label, count=value.count) for value in facet.values],
            more=facet.more,
            sampled=facet.sampled,
        )
        for facet in found
    ]


@router.get("/assets/{asset_id}")
async def asset(asset_id: UUID, reader: AskingOfAsset) -> AssetOut:
    """One asset, a deleted one too."""
    return AssetOut.of(await seen(reader, asset_id))


def cells_of(asset: Asset) -> Mapping[str, object]:
    """What is told of a row in a table, by column."""
    return {name: _cell(value) for name, value in AssetOut.of(asset).model_dump(mode="json").items()}


@tables.get("/library.csv")
async def as_csv(request: Request, address: At, reader: Asking) -> StreamingResponse:
    """All assets of a list as a table, in its order: as many as there are, page by page."""
    return StreamingResponse(
        _lines(reader, address) if request.method == "GET" else (),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{reader.workspace.slug}-assets.csv"'},
    )


async def _lines(reader: Reader, address: Address) -> AsyncIterator[str]:
    yield _line(AssetOut.model_fields)
    after = place_at(address.after)
    more = True
    while more:
        async with reader.catalog.session() as db:
            page = await library.page(
                db, reader.workspace.id, address.wanted(), sort=address.sort, after=after, limit=MOST
            )
        for each in page.assets:
            yield _line(cells_of(each).values())
        more, after = page.more, library.place_of(page.assets[-1]) if page.assets else None


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: object) -> object:
    return shown.cell(json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value)
