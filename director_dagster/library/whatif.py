"""What if: the film's page is edited, and told piece for piece what stays, what changes and what that costs; then it is
the film's page, or forgotten."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from director_dagster.catalog.queries import assets, takes
from director_dagster.catalog.tables import Film
from director_dagster.errors import BadInput, Damaged, Refused
from director_dagster.library.access import Reader
from director_dagster.library.films import PAGE_BYTES, Short, board_of, film_of, key_of
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.story import wire
from director_dagster.story.brief import Brief, of_screenplay
from director_dagster.studio.commission import commission
from director_dagster.studio.page import SCRIPT_SLOT, words_of
from director_dagster.studio.production import open_production
from director_dagster.studio.whatif import depths, told_falling, whatif

router = APIRouter(include_in_schema=False)

LOST = "The bytes of the film's page are lost: the same file, added again, brings them back; or write its page here"
Page = Annotated[str, Form(max_length=PAGE_BYTES)]


@router.get("/films/{name}/whatif")
async def ask(name: str, request: Request, opened: Open, reader: Asking) -> HTMLResponse:
    """The film's page, to be edited; where its bytes are lost, that they are, and room for another one."""
    film, wrong, page = await film_of(reader, name), "", ""
    try:
        page = await _page(opened, reader, film)
    except Damaged:
        wrong = LOST
    return render(
        request, "whatif.html", reader=reader, film=film, page=page, changes=None, other=False, depths=[], wrong=wrong
    )


@router.post("/films/{name}/whatif")
async def tell(
    name: str,
    request: Request,
    opened: Open,
    reader: Asking,
    screenplay: Page = "",
    told: Annotated[Short, Form()] = "",
    do: Annotated[Literal["tell", "take"], Form()] = "tell",
) -> Response:
    """What becomes of each piece; or, with `take`, have the film be of this page from now on. Nothing is made by it."""
    film, changes, other, wrong = await film_of(reader, name), None, False, ""
    studio, key = opened.studio_of(reader), key_of(reader, film)
    try:
        brief = await _brief(opened, reader, film, screenplay)
        if do == "take":
            reader.require("artist")
            if told != _mark(screenplay):
                raise BadInput("the page was edited after that was told: ask again what it would change")
            production = await open_production(studio.catalog, key)
            await commission(studio, key, brief, production.settings)
            return RedirectResponse(board_of(reader, name, "#up-to-date"), 303)
        changes, other = await whatif(studio, key, brief), await _is_other(opened, reader, film, screenplay)
    except Refused as exc:
        wrong = str(exc)
    return render(
        request,
        "whatif.html",
        reader=reader,
        film=film,
        page=screenplay,
        told=_mark(screenplay),
        changes=None if changes is None else [each for each in changes if each.fate != "stays"],
        other=other,
        depths=[] if changes is None else depths(changes),
        falls=told_falling([each.called for each in changes or () if each.falls]),
        wrong=wrong,
    )


def _mark(screenplay: str) -> str:
    """By which a page is known again, however a browser breaks its lines."""
    return wire.digest(screenplay.replace("\r\n", "\n").strip("\n"))


async def _brief(opened: Library, reader: Reader, film: Film, screenplay: str) -> Brief:
    """An edit is of where the film came from; of a film that came from an idea it is another origin, and so refused."""
    production = await open_production(opened.studio_of(reader).catalog, key_of(reader, film))
    if production.origin.startswith("idea:"):
        raise BadInput(
            f"{production.key} is written from an idea: `director make --replace` gives it a page of your own"
        )
    return of_screenplay(screenplay.replace("\r\n", "\n"), origin=production.origin, name=film.title)


async def _page(opened: Library, reader: Reader, film: Film) -> str:
    """The page that the film is to be made of, whether it is by now or not; of a film that came from an idea what was
    written for it, empty as long as nothing is."""
    async with reader.catalog.session() as db:
        brief = None if film.brief_asset_id is None else await assets.get(db, film.workspace_id, film.brief_asset_id)
        filled = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id, slots={SCRIPT_SLOT})
    written = filled[SCRIPT_SLOT].asset if SCRIPT_SLOT in filled else None
    script = brief if brief is not None and brief.type == "script" else written
    if script is None or script.url is None:
        return ""
    return await words_of(opened.studio, script)


async def _is_other(opened: Library, reader: Reader, film: Film, screenplay: str) -> bool:
    """Whether a page is another one than the film is to be made of: what it would change is told of what is made, and
    that may be of a page before."""
    try:
        return _mark(screenplay) != _mark(await _page(opened, reader, film))
    except Damaged:
        return True
