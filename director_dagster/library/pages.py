"""The library's first page: the grid of assets, and the parts of it that are fetched as one goes."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, characters, facets, films, library, standings
from director_dagster.catalog.queries.cards import Card
from director_dagster.catalog.queries.library import Place, Turn
from director_dagster.errors import BadInput, TakesTooLong
from director_dagster.library import shown
from director_dagster.library.access import Reader
from director_dagster.library.address import Address, At, cursor, end_of, place_at
from director_dagster.library.rooms import Asking
from director_dagster.library.views import render

router = APIRouter(include_in_schema=False)

LONG_S, VERY_LONG_S = 3.0, 60.0
"""So long a statement that counts may take, until somebody says that they wait, and then."""


class Counting(Address):
    """An address whose assets are to be counted, by somebody who may have said that they wait; that is said once, and
    not by the links of what was counted."""

    patient: Annotated[Literal["", "1"], Field(exclude=True)] = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some assets of a list, and the addresses of what comes before and after them, None at an end.

    `stale` are those that a film, as it was when somebody last looked, asks for no longer.
    """

    assets: Sequence[Card]
    stale: AbstractSet[UUID]
    newer: str | None
    older: str | None


@router.get("/")
async def front(request: Request) -> Response:
    """The library."""
    return RedirectResponse(shown.address("/library", request.url.query))


@router.get("/library")
async def grid(request: Request, address: At, reader: Asking) -> HTMLResponse:
    """The page: as many assets as fit, and where to get the rest."""
    address = address.within(reader)
    return render(
        request,
        "library.html",
        reader=reader,
        address=address,
        names=await _names(reader, address),
        block=await block(reader, address),
    )


@router.get("/library/block")
async def more(request: Request, address: At, reader: Asking) -> HTMLResponse:
    """The next assets, or those before, as a part of the page."""
    address = address.within(reader)
    return render(
        request,
        "_block.html",
        reader=reader,
        address=address,
        block=await block(reader, address),
    )


@router.get("/library/filters")
async def filters(request: Request, address: Annotated[Counting, Query()], reader: Asking) -> HTMLResponse:
    """What one can filter by, with how many there are of each, as a part of the page; where counting takes long, that
    it does, until somebody asks for it who is `patient`."""
    address = address.within(reader)
    try:
        async with reader.catalog.impatient(VERY_LONG_S if address.patient else LONG_S) as db:
            counted = await facets.of(db, reader.workspace.id, address.wanted())
            number, more_than = await library.count(db, reader.workspace.id, address.wanted())
    except TakesTooLong as exc:
        counted, number, more_than, late = [], 0, False, str(exc)
    else:
        late = ""
    return render(
        request,
        "_filters.html",
        reader=reader,
        address=address,
        facets=counted,
        number=number,
        more_than=more_than,
        late=late,
    )


async def block(reader: Reader, address: Address) -> Block:
    """The assets at an address: after or before a cursor, from a month or an asset on, or the first ones."""
    async with reader.catalog.session() as db:
        turn, started = await turned(db, reader, address)
        page = await library.cards(db, reader.workspace.id, address.wanted(), **turn)
        stale = await standings.stale(db, reader.workspace.id, [asset.id for asset in page.assets])
    if not page.assets:
        return Block(assets=(), stale=frozenset(), newer=None, older=None)
    backwards = bool(address.before)
    first, last = (cursor(library.place_of(page.assets[edge])) for edge in (0, -1))
    return Block(
        assets=page.assets,
        stale=stale,
        newer=address.from_the_top(before=first) if (page.more if backwards else started) else None,
        older=address.from_the_top(after=last) if backwards or page.more else None,
    )


async def turned(db: AsyncSession, reader: Reader, address: Address) -> tuple[Turn, bool]:
    """Where an address is in its list, and whether that is somewhere within. Raises BadInput for a bad cursor."""
    after, before = place_at(address.after), place_at(address.before)
    if after and before:
        raise BadInput("after and before: give one of them")
    at = None if after or before else await _start(db, reader, address)
    turn = Turn(after=after, before=before, at=at, sort=address.sort, limit=address.limit)
    return turn, after is not None or at is not None


async def _names(reader: Reader, address: Address) -> Mapping[tuple[str, str], str]:
    """What the characters and films are called that an address names, by field and value. Most name none, and then
    nothing is asked."""
    ids = [each for each in (*address.character, *address.about) if isinstance(each, UUID)]
    slugs = [*address.film, *address.used_in, *address.reused_in]
    if not ids and not slugs:
        return {}
    async with reader.catalog.session() as db:
        people = await characters.names(db, reader.workspace.id, ids)
        titles = await films.titles(db, reader.workspace.id, slugs)
    named = {(field, str(id_)): name for id_, name in people.items() for field in ("character", "about")}
    of_films = ("film", "used_in", "reused_in")
    return named | {(field, slug): title for slug, title in titles.items() for field in of_films}


async def _start(db: AsyncSession, reader: Reader, address: Address) -> Place | None:
    """Where the asset is that one was at, or where the month begins that was asked for."""
    if address.month and address.sort == "newest":
        return end_of(address.month)
    found = [] if address.at is None else await assets.by_ids(db, reader.workspace.id, [address.at])
    return library.place_of(found[0]) if found else None
