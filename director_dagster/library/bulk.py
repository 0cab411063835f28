"""Bulk work for programs, and for our own pages: one verb for many assets, what became of it, and taking it back."""

import asyncio
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Header, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import batches, films
from director_dagster.catalog.queries.batches import Refusal
from director_dagster.catalog.tables import Batch, BatchState, Verb
from director_dagster.catalog.tables.batches import KEY_CHARS, OF_A_FILM, OF_A_TAG
from director_dagster.errors import BadInput, Unseen
from director_dagster.library.access import Reader
from director_dagster.library.address import VALUE_LETTERS, Filters, Text
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.shown import address
from director_dagster.library.working import SMALL
from director_dagster.studio import bulk
from director_dagster.studio.bulk import Asked

MOST_IDS, QUERY_LETTERS = 100_000, 20_000
TOLD = 5_000
"""So many ids of a batch are told of in one answer, changed ones and refused ones."""

PATIENCE_S = 10.0
"""What takes longer is worked on in the background, however few it is of."""

router = APIRouter(prefix="/api/v1", tags=["bulk"], responses=ANSWERS)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=KEY_CHARS,
        pattern=r"^[!-~]+$",
        description="Of the client's own choice, visible ASCII. The same key again is the same batch, whatever became "
        "of the first answer. Without one, each request is a batch of its own.",
    ),
]


class BulkIn(BaseModel):
    """To which assets a verb is done: those of `ids`, or those that `filter` leaves, as many as `expected_count`."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=MOST_IDS)] = None
    filter: Annotated[
        str | None, Field(max_length=QUERY_LETTERS, description="The query string of a page of the library.")
    ] = None
    expected_count: Annotated[
        int | None, Field(ge=0, le=2**31, description="What `/assets/count` says of that filter.")
    ] = None
    capped: Annotated[bool, Field(description="What that says too: there are more.")] = False
    tag: Annotated[Text, StringConstraints(max_length=VALUE_LETTERS), Field(description="Of tag and untag.")] = ""
    film: Annotated[
        Text, StringConstraints(max_length=VALUE_LETTERS), Field(description="Of use and leave: by its name.")
    ] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or a filter")
        if (self.filter is None) != (self.expected_count is None):
            raise ValueError("a filter, and no ids, go with the expected_count that you have seen")
        return self


class RefusalOut(BaseModel):
    """An asset that was left as it was, and why; no name for what the workspace does not have."""

    id: UUID
    name: str | None
    why: str

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """What is told of it."""
        return cls(id=refusal.asset_id, name=refusal.name, why=refusal.why)


class BatchOut(BaseModel):
    """A batch: how far it is, and what became of it.

    Of `total` assets `done` are decided: `changed` were changed, `refused` were not, all others were so before.
    `changed_ids` and `refusals` are the first 5,000 of each, told when it has ended. What a film has taken has cost
    `worth_usd`, which need not be paid again; of `worth_unknown` of it that is not known.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    verb: Verb
    tag: str
    film: str
    film_title: str
    who: str
    state: BatchState
    reason: str
    created_at: datetime
    ended_at: datetime | None
    total: int
    done: int
    changed: int
    refused: int
    worth_usd: Decimal
    worth_unknown: int
    changed_ids: list[UUID]
    refusals: list[RefusalOut]
    undoes: UUID | None
    undone_by: UUID | None
    page: str


@router.post(
    "/assets:{verb}",
    responses={
        202: {"model": BatchOut, "description": "It is worked on: ask at the address of the header `Location`."}
    },
)
async def done(verb: Verb, wish: BulkIn, response: Response, opened: Open, reader: Asking, key: Key = None) -> BatchOut:
    """Tag assets, take a tag away, make them favourites or no longer so, delete or restore them, use them in a film or
    have it leave them: for artists.

    What is in use or held is not deleted, what is purged not restored; a film has in its bin what has its bytes, up to
    1,000; the batch says why. Up to 5,000 ids are answered when it is done; of more, and by a filter, the answer is 202
    at once. 409 where not as many assets fit as expected, and for a key under which something else was asked for:
    nothing is done then.
    """
    reader.require("artist")
    studio = opened.studio_of(reader)
    batch = await bulk.begin(studio, reader.workspace.id, _asked(verb, wish, reader, key or str(new_id())))
    small = wish.ids is not None and batch.total <= SMALL
    return await _answered(opened, reader, batch, response, wait_s=PATIENCE_S if small else 0)


@router.get("/batches/{batch_id}")
async def known(batch_id: UUID, reader: Asking) -> BatchOut:
    """A batch, as it is now: for artists."""
    reader.require("artist")
    async with reader.catalog.session() as db:
        return await told(db, reader, await found(db, reader, batch_id))


@router.post(
    "/batches/{batch_id}:undo",
    responses={
        202: {"model": BatchOut, "description": "It is worked on: ask at the address of the header `Location`."}
    },
)
async def undone(batch_id: UUID, response: Response, opened: Open, reader: Asking) -> BatchOut:
    """Take back what a batch has changed, and no more: a batch too, that can be taken back itself. A second call gives
    the same one. 409 while it is worked on."""
    batch = await undo(opened, reader, batch_id)
    return await _answered(opened, reader, batch, response, wait_s=PATIENCE_S if batch.total <= SMALL else 0)


async def undo(opened: Library, reader: Reader, batch_id: UUID) -> Batch:
    """The batch that takes another one back, begun. Raises Forbidden for viewers, Unseen and Refused."""
    reader.require("artist")
    async with reader.catalog.session() as db:
        await found(db, reader, batch_id)
    studio = opened.studio_of(reader)
    batch = await bulk.undo(studio, reader.workspace.id, batch_id)
    if batch.ended_at is None:
        opened.working.on(studio, batch)
    return batch


async def found(db: AsyncSession, reader: Reader, batch_id: UUID) -> Batch:
    """The batch, if who asks may see it. Raises Unseen."""
    batch = await batches.known(db, reader.workspace.id, batch_id)
    if batch is None:
        raise Unseen(f"there is no batch {batch_id} in the workspace {reader.workspace.slug}")
    return batch


async def told(db: AsyncSession, reader: Reader, batch: Batch) -> BatchOut:
    """What is told of a batch."""
    columns = {name: getattr(batch, name) for name in BatchOut.model_fields if hasattr(batch, name)}
    limit = 0 if batch.ended_at is None else TOLD
    film = batch.argument if batch.verb in OF_A_FILM else ""
    worth, unknown = await batches.worth(db, batch) if batch.verb == "use" else (0, 0)
    return BatchOut(
        **columns,
        tag=batch.argument if batch.verb in OF_A_TAG else "",
        film=film,
        film_title=(await films.titles(db, batch.workspace_id, [film])).get(film, film),
        worth_usd=to_usd(worth),
        worth_unknown=unknown,
        changed_ids=list(await batches.changed(db, batch, limit=limit)),
        refusals=[RefusalOut.of(each) for each in await batches.refusals(db, batch, limit=limit)],
        undone_by=await batches.undoing(db, batch),
        page=address(f"/batches/{batch.id}", Filters().within(reader).query()),
    )


def filters_of(query: str, reader: Reader) -> Filters:
    """What a page's query string asks for. Raises as the page does, and BadInput for one of another workspace."""
    try:
        filters = Filters.of_query(query)
    except ValidationError as exc:
        flaws = [{**flaw, "loc": ("body", "filter", *flaw["loc"])} for flaw in exc.errors(include_url=False)]
        raise RequestValidationError(flaws) from exc
    except ValueError as exc:
        raise BadInput(f"filter: {exc}") from exc
    if filters.workspace and filters.workspace != reader.workspace.slug:
        raise BadInput(f"the filter is of {filters.workspace}, and this of {reader.workspace.slug}: add ?workspace=")
    return filters


async def _answered(opened: Library, reader: Reader, batch: Batch, response: Response, *, wait_s: float) -> BatchOut:
    """The batch when it is done, or after so many seconds, as it is then."""
    if batch.ended_at is None:
        await asyncio.wait({opened.working.on(opened.studio_of(reader), batch)}, timeout=wait_s)
    async with reader.catalog.session() as db:
        now = await found(db, reader, batch.id)
        if now.ended_at is None:
            response.status_code = HTTPStatus.ACCEPTED
            response.headers["Location"] = address(f"/api/v1/batches/{batch.id}", Filters().within(reader).query())
        return await told(db, reader, now)


def _asked(verb: Verb, wish: BulkIn, reader: Reader, key: str) -> Asked:
    """Raises BadInput for a tag or a film where none belongs, and for a filter of another workspace."""
    film = wish.film.strip()
    if bool(wish.tag.strip()) != (verb in OF_A_TAG):
        raise BadInput("tag: give the tag with tag and untag, and with nothing else")
    if bool(film) != (verb in OF_A_FILM):
        raise BadInput("film: give the film with use and leave, and with nothing else")
    asked = Asked(key=key, verb=verb, argument=wish.tag or film, ids=wish.ids or ())
    if wish.filter is None:
        return asked
    want = filters_of(wish.filter, reader).wanted()
    return replace(asked, want=want, expected=wish.expected_count, capped=wish.capped)
