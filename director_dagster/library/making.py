"""What a film's buttons do: tell what something would cost, and ask for it.

A button writes a request (`studio.requests`), and Dagster launches a run for it: what was asked for outlives a page, a
library and a Dagster that are not there just now, and by its key it is one request however often a button is pressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, StringConstraints

from director_dagster.catalog.money import exactly, to_microusd, told
from director_dagster.catalog.queries import film_uses, films, productions, requests
from director_dagster.catalog.tables import Film, FilmRequest
from director_dagster.errors import BadInput, BudgetExceeded, DirectorError, Refused
from director_dagster.library.access import Reader
from director_dagster.library.films import PROGRESS, Short, board_of, film_of, key_of
from director_dagster.library.progress import is_at_work
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.providers.contract import Medium
from director_dagster.story import wire
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import Step, Wishes
from director_dagster.studio.crew import makers, stand_of
from director_dagster.studio.near import by_slot, near
from director_dagster.studio.production import open_production
from director_dagster.studio.prospect import Prospect, is_free, prospect
from director_dagster.studio.recover import SCRIPT_FIRST, Way, Whence, cost, lost_of, ways
from director_dagster.studio.requests import Wanted, refuse_wishes, request
from director_dagster.studio.studio import Studio

STEP_OF: Mapping[str, str] = {
    "look": "characters",
    "location": "characters",
    "prop": "characters",
    "frame": "storyboard",
    "shot": "shots",
    "line": "dialogue",
    "music": "music",
}
"""Which step makes takes of a place, by the beginning of its slot."""

PIECE_OF: Mapping[str, str] = {"video": "shot", "image": "frame"}
"""What of a shot a medium makes, by the beginning of its slot."""

Do = Literal["make", "take", "final", "recover"]
Page = Annotated[str, Form(min_length=8, max_length=60, pattern=r"^[\x21-\x7e]*$")]

router = APIRouter(include_in_schema=False)


class Ask(BaseModel):
    """What a button asks for.

    Attributes:
        do: ``make``: what is missing or no longer current; ``take``: one more take of a piece; ``final``: a shot by
            somebody whom one names; ``recover``: what the film has lost, and that alone. A take and a final leave the
            film's other pieces as they are, and make only those that are missing.
        piece: Of a take the slot; of a final the shot's code.
        takes: Of a take, how many there are to be then: so that the same asked twice makes one.
        until: Of ``make``, the last step that is made; empty: the whole film.
        medium, maker: Of a final, what of the shot is made, and by whom: a provider, and after a colon a model.
    """

    do: Do = "make"
    piece: Short = ""
    takes: Annotated[int, Field(ge=1, le=100)] = 2
    until: Step | Literal[""] = ""
    medium: Literal["video", "image", "speech"] = "video"
    maker: Short = ""

    def mark(self, page: str) -> str:
        """The key of just this, on that page: pressed twice it is one request, and another maker is another."""
        said = [self.do, self.piece, self.takes, self.until, self.medium, self.maker.strip()]
        return f"{page}-{wire.digest(said)[:16]}"

    def wishes(self) -> Wishes:
        """The same as a run is told it. Raises BadInput for a piece that has no takes, and a final by nobody."""
        if self.do == "make":
            return Wishes(until=self.until)
        if self.do == "recover":
            return Wishes(recover=True)
        if self.do == "take":
            step = STEP_OF.get(self.piece.partition(":")[0])
            if step is None:
                raise BadInput(f"no takes are made of {self.piece!r}: name a place of the film, as shot:sh010")
            return Wishes.of({"takes": {step: {self.piece: self.takes}}, "keep_stale": True}, name="the take")
        if not self.maker.strip() or not self.piece:
            raise BadInput("say which shot, and who makes it: a provider, e.g. fal, or kling:kling-v3")
        crew = {self.medium: self.maker.strip()}
        return Wishes.of({"crew": crew, "finals": [self.piece], "keep_stale": True}, name="the final")


class Pressed(Ask):
    """A button that was pressed.

    Attributes:
        key: Pressed twice under one it is one request.
        max_usd: What may be spent, in dollars.
    """

    key: Annotated[str, StringConstraints(min_length=8, max_length=100, pattern=r"^[\x21-\x7e]*$")]
    max_usd: Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=13, decimal_places=6)] = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What something would cost: `found`, of what is lost the `ways` back, or why it cannot be had, `poor` for want of
    a budget."""

    found: Prospect | None
    ways: Sequence[Way] = ()
    free: bool
    wrong: str = ""
    poor: bool = False

    @property
    def comes(self) -> Sequence[Way]:
        """What is lost and comes back by making it, as far as anybody knows; the rest is its user's to bring, and where
        that is the script, all else waits for it."""
        by_making = [way for way in self.ways if way.whence is not Whence.PERSON]
        return [] if by_making and all(way.reason == SCRIPT_FIRST for way in by_making) else by_making

    @property
    def least_microusd(self) -> int:
        """What it costs at the least, as far as that is known."""
        return cost(self.ways)[0] if self.found is None else self.found.low_microusd


@router.get("/films/{name}/making")
async def price(
    name: str, request: Request, opened: Open, reader: Asking, said: Annotated[Ask, Query()], page: Short = ""
) -> HTMLResponse:
    """What it would do and cost, and the button that has it done: a part of the board."""
    film, studio = await film_of(reader, name), opened.studio_of(reader)
    answer = await priced(studio, key_of(reader, film), said) if said.do != "final" or said.maker else None
    found = None if answer is None else answer.found
    async with reader.catalog.session() as db:
        titles = {each.id: each.title for each in await films.listed(db, reader.workspace.id)}
    return render(
        request,
        "_making.html",
        reader=reader,
        film=film,
        said=said,
        answer=answer,
        near={} if found is None else by_slot(await near(studio, found)),
        titles=titles,
        stand_of=stand_of,
        at_work=said.do == "take" and await is_at_work(opened, reader, film, or_waiting=True),
        makers=makers(opened.studio.providers, Medium(said.medium)) if said.do == "final" else [],
        page=page,
        key=said.mark(page),
        cost=cost,
    )


@router.post("/films/{name}/making")
async def make(name: str, opened: Open, reader: Asking, said: Annotated[Pressed, Form()], page: Page) -> Response:
    """Ask for it, once; then the board, which tells how far it is. What may cost something takes a producer.

    Nothing is asked for that was changed after it was priced, nor what would surely fail for want of money.
    """
    if said.key != said.mark(page):
        raise Refused("that was not priced: go back, price it, and then have it made")
    film = await film_of(reader, name)
    key, studio = key_of(reader, film), opened.studio_of(reader)
    async with studio.catalog.lock(f"{key}:asked"):  # of two tabs at one moment, the second finds the first one's
        if not await _is_open(reader, film, said):
            await asked(opened, reader, film, said)
    return RedirectResponse(board_of(reader, name, PROGRESS), HTTPStatus.SEE_OTHER)


async def asked(opened: Library, reader: Reader, film: Film, said: Pressed) -> tuple[FilmRequest, bool]:
    """The request, and whether it is new. Raises Forbidden for who may not have it, BadInput for what cannot be, and
    Refused for what would surely fail, and for a key under which something else was asked for."""
    reader.require("producer" if said.max_usd > 0 else "artist")
    wishes, studio = said.wishes(), opened.studio_of(reader)
    production = await open_production(studio.catalog, key_of(reader, film))
    key = f"{film.slug}:{said.key}"
    async with reader.catalog.session() as db:
        there = await requests.keyed(db, reader.workspace.id, key)
    if there is None:
        await _refuse_pinned(reader, film, said)
        await _refuse_too_little(studio, production.key, said)
    wanted = Wanted(
        film=production,
        wishes=wishes,
        max_microusd=to_microusd(said.max_usd) or 0,
        key=key,
        by=reader.who,
    )
    row, new = await request(studio, wanted)
    if (row.wishes, row.max_microusd) != (wishes.told(), wanted.max_microusd):
        raise Refused(f"something else was asked for under the key {said.key!r}: take another one")
    return row, new


async def _is_open(reader: Reader, film: Film, said: Pressed) -> bool:
    """Whether the very same is asked for already, in another tab or by somebody else, and not over. A program's key is
    its own word for that."""
    wanted = (said.wishes().told(), to_microusd(said.max_usd))
    async with reader.catalog.session() as db:
        found = await productions.asked_of(db, film)
    return any(each.ended_at is None and (each.wishes, each.max_microusd) == wanted for each in found)


async def _refuse_too_little(studio: Studio, key: FilmKey, said: Pressed) -> None:
    answer = await _reckoned(studio, key, said)
    if (to_microusd(said.max_usd) or 0) < answer.least_microusd:
        least, most = exactly(answer.least_microusd), told(to_microusd(said.max_usd))
        raise BudgetExceeded(f"it costs {least} at the least, and {most} is what it may spend: nothing is asked for")


async def priced(studio: Studio, key: FilmKey, said: Ask) -> Answer:
    """What it would do and cost, or why it cannot be had."""
    try:
        return await _reckoned(studio, key, said)
    except DirectorError as exc:
        return Answer(found=None, free=False, wrong=str(exc), poor=isinstance(exc, BudgetExceeded))


async def _reckoned(studio: Studio, key: FilmKey, said: Ask) -> Answer:
    wishes = said.wishes()
    refuse_wishes(studio, wishes)
    if said.do == "recover":
        back = await ways(studio, await lost_of(studio, key))
        return Answer(found=None, ways=back, free=all(not way.high_microusd for way in back))
    for_run = studio.for_run(wishes)
    found = await prospect(for_run, key, wishes)
    if said.do != "make" and found.unknown:  # of a whole film the other pieces can be made
        raise Refused(next(iter(found.unknown.values())))
    return Answer(found=found, free=not found.high_microusd and (found.complete or is_free(for_run, found.film)))


async def _refuse_pinned(reader: Reader, film: Film, said: Ask) -> None:
    if said.do in {"make", "recover"}:
        return
    async with reader.catalog.session() as db:
        pins = await film_uses.pinned(db, film.workspace_id, film.id)
    slot = said.piece if said.do == "take" else f"{PIECE_OF.get(said.medium, '')}:{said.piece}"
    if slot in pins:
        raise BadInput(f"{slot} is pinned to {pins[slot].asset.name}: unpin it, and it is made again")
