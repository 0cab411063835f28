"""What may be spent: each budget with what is reserved and left of it, and setting one, which takes a producer."""

import re
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from director_dagster.catalog import budgets
from director_dagster.catalog.budgets import NO_LIMIT
from director_dagster.catalog.money import to_microusd, to_usd
from director_dagster.catalog.queries import films, outlook
from director_dagster.catalog.queries.outlook import Allowance
from director_dagster.errors import BadInput, Refused
from director_dagster.library import shown
from director_dagster.library.access import Reader
from director_dagster.library.films import NAME_CHARS, film_of
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.studio import records

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["costs"], responses=ANSWERS)

AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000_000, max_digits=16, decimal_places=6)]
Slug = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class BudgetOut(BaseModel):
    """A budget: `limit_usd` = spent + overrun + reserved + left; limit and left are null where nothing limits it.

    `film` is null for the workspace's own, within which those of its films lie: a film can spend what is left of both.
    """

    film: str | None
    limit_usd: Decimal | None
    spent_usd: Decimal
    overrun_usd: Decimal
    reserved_usd: Decimal
    left_usd: Decimal | None

    @classmethod
    def of(cls, found: Allowance) -> Self:
        """What is told of it."""
        amounts = ("limit", "spent", "overrun", "reserved", "left")
        return cls(film=found.film, **{f"{each}_usd": to_usd(getattr(found, f"{each}_microusd")) for each in amounts})


class BudgetIn(BaseModel):
    """What may be spent in all: on a film, or without one in the workspace; null for anything."""

    model_config = ConfigDict(extra="forbid")

    film: Slug | None = None
    limit_usd: Dollars | None


@router.get("/budgets")
async def page(request: Request, reader: Asking) -> HTMLResponse:
    """The page."""
    return await _shown(request, reader)


@router.post("/budgets")
async def change(
    request: Request,
    opened: Open,
    reader: Asking,
    film: Annotated[Slug, Form()] = "",
    limit: Annotated[Slug, Form()] = "",
) -> Response:
    """Set one, and show them all."""
    reader.require("producer")
    try:
        await _set(opened, reader, BudgetIn(film=film or None, limit_usd=_said(limit)))
    except Refused as exc:
        answer = await _shown(request, reader, wrong=str(exc))
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return answer
    there = shown.address("/budgets", urlencode(reader.asked))
    row = f"#budget-{film}" if film else "#budget"  # there the keyboard goes on
    return RedirectResponse(there + row, HTTPStatus.SEE_OTHER)


@api.get("/budgets")
async def told(reader: Asking) -> list[BudgetOut]:
    """The workspace's budget, then those of its films; where none is set, nothing may be spent."""
    async with reader.catalog.session() as db:
        return [BudgetOut.of(each) for each in await outlook.allowances(db, reader.workspace.id)]


@api.put("/budgets")
async def put(said: BudgetIn, opened: Open, reader: Asking) -> BudgetOut:
    """Set what may be spent: for producers. The same again changes nothing.

    409 for less than is spent and reserved already; 400 for a film whose workspace has no budget.
    """
    reader.require("producer")
    await _set(opened, reader, said)
    return next(each for each in await told(reader) if each.film == said.film)


def _said(limit: str) -> Decimal | None:
    """What somebody wrote: an amount, or None for ``no limit``. Raises BadInput; nothing is neither 0 nor no limit."""
    words = limit.strip().lower()
    if words == NO_LIMIT:
        return None
    if not AMOUNT.fullmatch(words):
        raise BadInput(f"{limit[:NAME_CHARS]!r} is no limit: write dollars, as 20 or 0.25, or: {NO_LIMIT}")
    return Decimal(words)


async def _set(opened: Library, reader: Reader, said: BudgetIn) -> None:
    """Set it, and keep that in the vault, too."""
    film_id = None if said.film is None else (await film_of(reader, said.film)).id
    limit = to_microusd(said.limit_usd)
    async with reader.catalog.session() as db:
        await budgets.set_limit(
            db,
            workspace_id=reader.workspace.id,
            film_id=film_id,
            limit_microusd=budgets.NO_LIMIT_MICROUSD if limit is None else limit,
        )
    await records.note(reader.catalog, opened.vault, reader.workspace.id)


async def _shown(request: Request, reader: Reader, wrong: str = "") -> HTMLResponse:
    async with reader.catalog.session() as db:
        found = await outlook.allowances(db, reader.workspace.id)
        every = await films.listed(db, reader.workspace.id)
    whose, above = {each.film for each in found}, next((each for each in found if each.film is None), None)
    return render(
        request,
        "budgets.html",
        reader=reader,
        allowances=found,
        above=above,
        others=[film for film in every if film.slug not in whose],
        wrong=wrong,
    )
