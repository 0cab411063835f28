"""How far a film is: what is asked for and at work, which one can stop or take back, and what is not current."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from director_dagster.catalog.queries import outlook, productions, requests, takes
from director_dagster.catalog.tables import Film, FilmRequest
from director_dagster.errors import DirectorError, Refused, Unavailable
from director_dagster.library.access import Reader
from director_dagster.library.dagster import Dagster, Run
from director_dagster.library.films import PROGRESS, Short, board_of, film_of, key_of
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.story.wishes import Wishes
from director_dagster.studio.kinds import SCRIPT
from director_dagster.studio.requests import withdraw
from director_dagster.studio.staleness import Standing, look
from director_dagster.studio.whatif import depths, told_falling

NEWS = timedelta(hours=1)
"""So long it is told that something was made."""

router = APIRouter(include_in_schema=False)


@router.get("/films/{name}/progress")
async def progress(
    name: str,
    request: Request,
    opened: Open,
    reader: Asking,
    seen: Annotated[Sequence[UUID], Query(max_length=50)] = (),
    ran: Annotated[Sequence[Short], Query(max_length=50)] = (),
) -> HTMLResponse:
    """What is asked for or at work, and how far it is: a part of the board, fetched again and again. Once something of
    what the page has `seen` open, or of what `ran`, is over, the browser is told to fetch the board anew."""
    film = await film_of(reader, name)
    async with reader.catalog.session() as db:
        found = await productions.asked_of(db, film)
        spent = {each.id: await requests.spent_microusd(db, each) for each in found}
        latest = await takes.latest(db, workspace_id=film.workspace_id, film_id=film.id)
        purse = await outlook.purse(db, film)
    open_ = [each for each in found if each.ended_at is None]
    runs, silent = await _runs(opened, reader, film)
    page = render(
        request,
        "_progress.html",
        reader=reader,
        film=film,
        requests=found,
        failed=_failed(found, latest),
        done=_done(found),
        said={each.id: Wishes.of(each.wishes, name="wishes").words for each in found},
        spent=spent,
        purse=purse,
        runs=runs,
        silent=silent,
        open=open_,
        dagster=opened.dagster_for(reader),
    )
    if set(seen) - {each.id for each in open_} or (not silent and set(ran) - {run.run_id for run in runs}):
        page.headers["HX-Refresh"] = "true"
    return page


def _failed(found: Sequence[FilmRequest], latest: datetime | None) -> FilmRequest | None:
    """The newest request, if it has failed and nothing was made for the film since."""
    newest = next(iter(found), None)
    if newest is None or newest.state != "failed" or newest.ended_at is None:
        return None
    return newest if latest is None or latest < newest.ended_at else None


def _done(found: Sequence[FilmRequest]) -> FilmRequest | None:
    """The newest request, if it was made a short while ago, or not needed then: what one has waited for is told."""
    newest = next(iter(found), None)
    unneeded = newest is not None and newest.state == "withdrawn" and newest.reason
    if newest is None or newest.ended_at is None or not (newest.state == "done" or unneeded):
        return None
    return newest if datetime.now(UTC) - newest.ended_at < NEWS else None


@router.post("/films/{name}/stop")
async def stop(name: str, opened: Open, reader: Asking, run: Annotated[Short, Form()]) -> Response:
    """End a run that works on the film; what it was sold by then is kept."""
    reader.require("artist")
    film = await film_of(reader, name)
    if opened.dagster is None:
        raise Unavailable("where Dagster's page is was not said (--dagster): stop the run there")
    await Dagster(url=opened.dagster).stop(str(key_of(reader, film)), run)
    return RedirectResponse(board_of(reader, name, PROGRESS), HTTPStatus.SEE_OTHER)


@router.post("/films/{name}/withdraw")
async def take_back(name: str, opened: Open, reader: Asking, asked: Annotated[UUID, Form()]) -> Response:
    """Take back what was asked for and has not begun."""
    reader.require("artist")
    await film_of(reader, name)
    await withdraw(opened.studio_of(reader), reader.workspace.id, asked)
    return RedirectResponse(board_of(reader, name, PROGRESS), HTTPStatus.SEE_OTHER)


@router.get("/films/{name}/staleness")
async def staleness(name: str, request: Request, opened: Open, reader: Asking, page: Short = "") -> HTMLResponse:
    """Which pieces are not what the film asks for today, why, and what they cost as far as one goes: a part of the
    board."""
    film = await film_of(reader, name)
    try:
        found, wrong = await _standings(opened, reader, film), ""
    except DirectorError as exc:
        found, wrong = [], str(exc)
    # What has lost its bytes and comes back as it was is current, and not there.
    behind = [each for each in found if each.state != "current" or each.change.why]
    failing = [each for each in behind if each.change.fate == "fails"]
    return render(
        request,
        "_staleness.html",
        reader=reader,
        film=film,
        behind=behind,
        failing=failing,
        current=len(found) - len(behind),
        falls=told_falling([each.change.called for each in behind if each.change.falls]),
        depths=depths([each.change for each in behind]),
        complete=any(each.change.step != SCRIPT for each in found),
        page=page,
        wrong=wrong,
    )


async def _standings(opened: Library, reader: Reader, film: Film) -> Sequence[Standing]:
    """Not of a film that is being made: it is another one a moment later, and who reckons it holds its makers up."""
    if await is_at_work(opened, reader, film):
        raise Refused("it is being made just now: this is told when it is over")
    return await look(opened.studio_of(reader), key_of(reader, film))


async def is_at_work(opened: Library, reader: Reader, film: Film, *, or_waiting: bool = False) -> bool:
    """Whether a run works on the film, or one of its requests is being made; `or_waiting`, or waits for that."""
    async with reader.catalog.session() as db:
        asked = await productions.asked_of(db, film)
    states = {"launched", "waiting"} if or_waiting else {"launched"}
    return any(each.state in states for each in asked) or bool((await _runs(opened, reader, film))[0])


async def _runs(opened: Library, reader: Reader, film: Film) -> tuple[Sequence[Run], str]:
    """The runs that work on the film, and why none can be told of."""
    if opened.dagster is None:
        return [], ""
    try:
        return await Dagster(url=opened.dagster).at_work(str(key_of(reader, film))), ""
    except Unavailable as exc:
        return [], str(exc)
