"""The films for programs: which there are, what making one would cost, asking for it, and what is taken into it."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field, StringConstraints

from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import productions
from director_dagster.library.films import film_of, key_of
from director_dagster.library.making import Ask, Pressed, asked, priced
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Open
from director_dagster.studio import choice, reuse
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.reuse import MOST

KEY = r"^[\x21-\x7e]*$"

router = APIRouter(prefix="/api/v1/films", tags=["films"], responses=ANSWERS)

Place = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
IdempotencyKey = Annotated[str, Header(min_length=8, max_length=100, pattern=KEY)]


class FilmOut(BaseModel):
    """A film, and how far it is. `cost_usd` is of what is known; of `cost_unknown` pieces it is not."""

    id: UUID
    film: str
    title: str
    series: str | None
    episode: int | None
    shots: int
    filmed: int
    finals: int
    cost_usd: Decimal
    cost_unknown: int
    asked: UUID | None
    page: str


class RowOut(BaseModel):
    """What one maker would do in a step, or all in all; money is null where it is not known."""

    step: str
    maker: str
    kept: int
    reused: int
    made: int
    low_usd: Decimal | None
    high_usd: Decimal | None


class PriceOut(BaseModel):
    """What making would do and cost; `refused` says why it cannot be had, and then there are no rows."""

    rows: list[RowOut]
    complete: bool
    free: bool
    refused: str


class RequestIn(Ask):
    """What is asked for, and what it may spend."""

    max_usd: Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=13, decimal_places=6)] = Decimal(0)


class RequestOut(BaseModel):
    """A request; the same key again gives the same one, and `new` is false."""

    id: UUID
    state: str
    new: bool


class Taking(BaseModel):
    """Assets to be taken into a film's bin as they are, or a fork of each."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]
    fork: bool = False


class Leaving(BaseModel):
    """Assets to be taken out of a film's bin."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]


class Taken(BaseModel):
    """What lies in the bin only now, and what it has cost, which need not be paid again; `unknown` costs beside."""

    ids: list[UUID]
    worth_usd: Decimal
    unknown: int


class Pin(BaseModel):
    """An asset that is to fill a place."""

    asset: UUID


class PinOut(BaseModel):
    """What is pinned where: the asset, or the fork of it that is of the place's kind."""

    asset: UUID
    place: str
    new: bool


class Number(BaseModel):
    """Which take."""

    take: Annotated[int, Field(ge=1, le=1_000_000)]


class Done(BaseModel):
    """The assets that were changed by it."""

    ids: list[UUID]


@router.get("")
async def listed(reader: Asking) -> list[FilmOut]:
    """All films of the workspace, by series and episode."""
    async with reader.catalog.session() as db:
        found = await productions.overviews(db, reader.workspace.id)
    return [
        FilmOut(
            id=each.film.id,
            film=each.film.slug,
            title=each.film.title,
            series=each.film.series,
            episode=each.film.episode,
            shots=each.shots,
            filmed=each.filmed,
            finals=each.finals,
            cost_usd=to_usd(each.cost.microusd),
            cost_unknown=each.cost.unknown,
            asked=None if each.asked is None else each.asked.id,
            page=f"/films/{each.film.slug}",
        )
        for each in found
    ]


@router.post("/{name}/price")
async def price(name: str, said: Ask, opened: Open, reader: Asking) -> PriceOut:
    """What it would do and cost. Nothing is asked for, sent or written."""
    film = await film_of(reader, name)
    answer = await priced(opened.studio_of(reader), key_of(reader, film), said)
    rows = [] if answer.found is None else answer.found.rows
    return PriceOut(
        rows=[
            RowOut(
                step=row.step,
                maker=row.maker,
                kept=row.kept,
                reused=row.reused,
                made=row.made,
                low_usd=to_usd(row.low_microusd),
                high_usd=to_usd(row.high_microusd),
            )
            for row in rows
        ],
        complete=answer.found is not None and answer.found.complete,
        free=answer.free,
        refused=answer.wrong,
    )


@router.post("/{name}/requests")
async def ask(name: str, said: RequestIn, opened: Open, reader: Asking, idempotency_key: IdempotencyKey) -> RequestOut:
    """Ask for it; Dagster makes it. What may cost something takes a producer."""
    pressed = Pressed(**said.model_dump(), key=idempotency_key)
    row, new = await asked(opened, reader, await film_of(reader, name), pressed)
    return RequestOut(id=row.id, state=row.state, new=new)


@router.post("/{name}/bin")
async def take(name: str, said: Taking, opened: Open, reader: Asking) -> Taken:
    """Take assets into the film's bin; those that were not in it."""
    film = await _film(opened, reader, name)
    used = await reuse.use(opened.studio_of(reader), film, said.ids, who=reader.who, fork=said.fork)
    costs = [each.cost_microusd for each in used]
    known = sum(cost for cost in costs if cost is not None)
    return Taken(ids=[each.id for each in used], worth_usd=to_usd(known), unknown=costs.count(None))


@router.post("/{name}/bin/leave")
async def leave(name: str, said: Leaving, opened: Open, reader: Asking) -> Done:
    """Take assets out of the film's bin; those that were in it."""
    film = await _film(opened, reader, name)
    return Done(ids=list(await reuse.leave(opened.studio_of(reader), film, said.ids)))


@router.put("/{name}/pins/{place}")
async def pin(name: str, place: Place, said: Pin, opened: Open, reader: Asking) -> PinOut:
    """Pin an asset to a place: the next making takes it there."""
    film = await _film(opened, reader, name)
    done = await reuse.pin(opened.studio_of(reader), film, said.asset, place, who=reader.who)
    return PinOut(asset=done.asset.id, place=done.slot, new=done.new)


@router.delete("/{name}/pins/{place}")
async def unpin(name: str, place: Place, opened: Open, reader: Asking) -> Done:
    """Pin nothing to a place any more."""
    film = await _film(opened, reader, name)
    await reuse.unpin(opened.studio_of(reader), film, place)
    return Done(ids=[])


@router.put("/{name}/takes/{place}")
async def select(name: str, place: Place, said: Number, opened: Open, reader: Asking) -> Done:
    """Choose which take of a piece is in the film."""
    film = await _film(opened, reader, name)
    chosen = await choice.select(opened.studio_of(reader), film, place, said.take, who=reader.who)
    return Done(ids=[chosen.asset.id])


async def _film(opened: Open, reader: Asking, name: str) -> Production:
    """The film, for who may change it."""
    reader.require("artist")
    film = await film_of(reader, name)
    return await open_production(opened.studio_of(reader).catalog, key_of(reader, film))
