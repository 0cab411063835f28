"""Purchases that no asset came of, or none yet; and all that is known of one, where a producer says what a provider's
account says of it."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from director_dagster.catalog.money import to_microusd
from director_dagster.catalog.queries import assets, films, generations
from director_dagster.catalog.queries.generations import History
from director_dagster.catalog.tables.ledger import GenerationState
from director_dagster.errors import BadInput, DirectorError, Unseen
from director_dagster.library import shown
from director_dagster.library.access import Reader
from director_dagster.library.address import Day, Id, all_given
from director_dagster.library.budgets import AMOUNT
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.studio.resolve import adopt, can_be_resolved, give_up, is_said, prove

SHOWN = 100
STATES = tuple(state for state in shown.ENDS if state != "stored")

router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """Which of them: in any of these states, begun in these days, and older than the one that was shown last."""

    model_config = ConfigDict(extra="ignore")

    state: Annotated[list[GenerationState], Field(max_length=len(STATES)), BeforeValidator(all_given)] = []
    since: Day = None
    until: Day = None
    after: Id = None


class Found(BaseModel):
    """What somebody has found in a provider's account.

    Attributes:
        seen: The state in which it was looked at: what has become of it meanwhile is looked at again.
        found: ``job``: it has the work, as `job`; ``nothing``: it never took it; ``charged``: it took `charged_usd` for
            it, and nothing came of it.
        sure: They are, of what can hardly be.
    """

    seen: GenerationState
    found: Literal["job", "nothing", "charged"]
    job: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$", strip_whitespace=True)] = ""
    charged_usd: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$", strip_whitespace=True)] = ""
    sure: bool = False


@router.get("/attempts")
async def listed(request: Request, asked: Annotated[Asked, Query()], reader: Asking) -> HTMLResponse:
    """The newest first, a page of them."""
    async with reader.catalog.session() as db:
        found = await generations.not_stored(
            db,
            reader.workspace.id,
            states=asked.state,
            since=asked.since,
            until=asked.until,
            after=asked.after,
            limit=SHOWN + 1,
        )
    page, more = found[:SHOWN], len(found) > SHOWN
    return render(request, "attempts.html", reader=reader, asked=asked, states=STATES, found=page, more=more)


@router.get("/attempts/{generation_id}")
async def one(generation_id: UUID, request: Request, reader: Asking) -> HTMLResponse:
    """All that is known of it. Raises Unseen where the workspace has none of that id."""
    return await _shown(request, reader, generation_id)


@router.get("/attempts/{generation_id}/resolve")
async def back(generation_id: UUID, reader: Asking) -> Response:
    """Whoever asks again by the address that a refusal has left them at is led to the page."""
    there = shown.address(f"/attempts/{generation_id}", urlencode(reader.asked))
    return RedirectResponse(there, HTTPStatus.SEE_OTHER)


@router.post("/attempts/{generation_id}/resolve")
async def resolve(
    generation_id: UUID, request: Request, opened: Open, reader: Asking, said: Annotated[Found, Form()]
) -> Response:
    """Believe a producer what they found, and show what became of it; or say why not, and change nothing.

    A job is asked for at its provider before it is believed.
    """
    reader.require("producer")
    await _history(reader, generation_id)
    try:
        await _resolve(opened, reader, generation_id, said)
    except DirectorError as exc:
        answer = await _shown(request, reader, generation_id, said=said, wrong=str(exc))
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return answer
    there = shown.address(f"/attempts/{generation_id}", urlencode(reader.asked))
    return RedirectResponse(there, HTTPStatus.SEE_OTHER)


async def _resolve(opened: Library, reader: Reader, generation_id: UUID, said: Found) -> None:
    studio, own = opened.studio_of(reader), reader.workspace.id
    if said.found == "job":
        await prove(studio, own, generation_id, job=said.job)
        async with studio.catalog.session() as db:
            await adopt(db, own, generation_id, job=said.job)
        return
    cost = _charged(said.charged_usd) if said.found == "charged" else 0
    async with studio.catalog.session() as db:
        await give_up(studio.vault, db, own, generation_id, cost_microusd=cost, sure=said.sure, seen=said.seen)


def _charged(told: str) -> int:
    if not AMOUNT.fullmatch(told):
        raise BadInput("say how much it took, in dollars, as 0.25")
    cost = to_microusd(Decimal(told))
    if not cost:
        raise BadInput("say how much it took; if it took nothing, say that it was not charged")
    return cost


async def _shown(
    request: Request, reader: Reader, generation_id: UUID, said: Found | None = None, wrong: str = ""
) -> HTMLResponse:
    history = await _history(reader, generation_id)
    generation = history.generation
    if said is not None and said.seen != generation.state:
        said = None  # what was said of another state is not said of this one
    async with reader.catalog.session() as db:
        made = await assets.of_generation(db, reader.workspace.id, generation_id)
        held = generation.state == "submitted" and await generations.is_at_work(db, generation)
        slugs = await films.slugs(db, reader.workspace.id, [each for each in [generation.film_id] if each])
        waiting = await generations.waiting(db, reader.workspace.id, limit=SHOWN)
        titles = await films.titles(db, reader.workspace.id, slugs.values())
    return render(
        request,
        "attempt.html",
        reader=reader,
        generation=generation,
        history=history,
        films=titles,
        others=[each for each, _ in waiting if each.id != generation_id and each.provider == generation.provider],
        made=made,
        open=can_be_resolved(history) and not held,
        corrects=is_said(history),
        said=said,
        wrong=wrong,
    )


async def _history(reader: Reader, generation_id: UUID) -> History:
    async with reader.catalog.session() as db:
        found = await generations.find(db, reader.workspace.id, generation_id)
    if found is None:
        raise Unseen(f"there is no attempt {generation_id} in the workspace {reader.workspace.slug}")
    return found
