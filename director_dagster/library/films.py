"""The films of a workspace: how far each is, and a new one from an idea, a screenplay or what lies in the library."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from http import HTTPStatus
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, films, productions, shots
from director_dagster.catalog.queries.productions import Overview
from director_dagster.catalog.tables import Asset, Film
from director_dagster.errors import BadInput, Damaged, Unseen
from director_dagster.library import shown
from director_dagster.library.access import Reader
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.story.brief import read_words
from director_dagster.story.crew import PRESETS
from director_dagster.story.film import FilmKey, FilmSettings, Format, slug
from director_dagster.story.lexicon import fold
from director_dagster.story.words import headline
from director_dagster.studio import reuse
from director_dagster.studio.commission import commission
from director_dagster.studio.production import Production, find_production

IDEA_CHARS, PAGE_BYTES, NAME_CHARS, PROPOSED_CHARS = 2000, 1_000_000, 60, 300
MOST_DROPPED = 200

PROGRESS = "#progress"
"""The part of a board that says what is asked for and at work."""

router = APIRouter(include_in_schema=False)

Dropped = Annotated[Sequence[UUID], Field(max_length=MOST_DROPPED)]
Short = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class NewFilm(BaseModel):
    """What somebody says of a film that is to be."""

    idea: Annotated[str, Field(max_length=IDEA_CHARS)] = ""
    screenplay: Annotated[str, Field(max_length=PAGE_BYTES)] = ""
    file: UploadFile | None = None
    name: Annotated[str, Field(max_length=NAME_CHARS)] = ""
    format: Format = Format.WIDE
    series: Annotated[str, Field(max_length=NAME_CHARS)] = ""
    episode: Annotated[str, Field(max_length=NAME_CHARS)] = ""
    crew: Annotated[str, Field(max_length=NAME_CHARS)] = ""
    asset: Dropped = ()
    fork: bool = False


@router.get("/films")
async def listed(request: Request, reader: Asking) -> HTMLResponse:
    """All films, by series."""
    async with reader.catalog.session() as db:
        found = await productions.overviews(db, reader.workspace.id)
    series: Mapping[str | None, Sequence[Overview]] = {
        name: list(of) for name, of in groupby(found, key=lambda each: each.film.series)
    }
    return render(request, "films.html", reader=reader, series=series, alike=_alike(found), count=len(found))


@router.get("/series")
async def series(request: Request, reader: Asking, name: Short) -> HTMLResponse:
    """A series: its episodes, what they come to, and who and what is in them. Raises Unseen where it has no film."""
    async with reader.catalog.session() as db:
        found = [each for each in await productions.overviews(db, reader.workspace.id) if each.film.series == name]
        if not found:
            raise Unseen(f"there is no series {name[:NAME_CHARS]!r} in {reader.workspace.slug}")
        cast = await productions.cast(db, reader.workspace.id, [each.film.id for each in found])
    return render(
        request,
        "series.html",
        reader=reader,
        name=name,
        episodes=found,
        alike=_alike(found),
        cast=cast,
        next=max((each.film.episode or 0 for each in found), default=0) + 1,
        length_s=sum(each.cut.duration_s or 0 for each in found if each.cut),
        unknown=sum(each.cost.unknown for each in found),
    )


@router.get("/new-film")
async def ask(
    request: Request,
    reader: Asking,
    asset: Annotated[Dropped, Query()] = (),
    series: Annotated[str, Query(max_length=NAME_CHARS)] = "",
    episode: Annotated[str, Query(max_length=NAME_CHARS)] = "",
    fork: Annotated[Literal["", "1"], Query()] = "",
) -> HTMLResponse:
    """Where a new film is begun; the assets that it begins with, as they are or forks of them, and its series, are
    named in the address."""
    dropped, script = await _dropped(reader, asset)
    async with reader.catalog.session() as db:
        idea = "" if script else await _proposed(db, reader.workspace.id, dropped)
    return render(
        request,
        "film_new.html",
        reader=reader,
        dropped=dropped,
        script=script,
        said=NewFilm(series=series, episode=episode, fork=bool(fork), idea=idea),
        presets=PRESETS,
        wrong="",
    )


@router.post("/new-film")
async def begin(
    request: Request, opened: Open, reader: Asking, said: Annotated[NewFilm, Form(media_type="multipart/form-data")]
) -> Response:
    """Give the film its row, and nothing is made yet; then its board."""
    reader.require("artist")
    dropped, script = await _dropped(reader, said.asset)
    try:
        film = await _commissioned(opened, reader, said, script)
        others = [each.id for each in dropped if script is None or each.id != script.id]
        if others:
            await reuse.use(opened.studio_of(reader), film, others, who=reader.who, fork=said.fork)
    except BadInput as exc:
        page = render(
            request,
            "film_new.html",
            reader=reader,
            dropped=dropped,
            script=script,
            said=said,
            presets=PRESETS,
            wrong=str(exc),
        )
        page.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return page
    return RedirectResponse(board_of(reader, film.key.film), HTTPStatus.SEE_OTHER)


def board_of(reader: Reader, name: str, part: str = "") -> str:
    """The address of a film's board, or of a part of it: there the keyboard goes on."""
    return shown.address(f"/films/{name}", urlencode(reader.asked)) + part


def key_of(reader: Reader, film: Film) -> FilmKey:
    """The film's key."""
    return FilmKey(workspace=reader.workspace.slug, film=film.slug)


async def film_of(reader: Reader, name: str) -> Film:
    """The film of that slug. Raises Unseen where the reader has none."""
    film = None
    if name.isprintable():
        async with reader.catalog.session() as db:
            film = await films.find(db, reader.workspace.slug, name)
    if film is None:
        raise Unseen(f"there is no film {name[:NAME_CHARS]!r} in {reader.workspace.slug}")
    return film


async def _commissioned(opened: Library, reader: Reader, said: NewFilm, script: Asset | None) -> Production:
    """Raises BadInput for what no film can be made of, and for the name of a film that is there."""
    page, name = await _page(opened, said, script)
    brief = read_words(said.idea.strip() or None, page or None, slug(name) if name else "the screenplay")
    if brief is None:
        raise BadInput("say what the film is about: an idea in a sentence, or a screenplay")
    if not name and brief.is_screenplay and brief.title == brief.name:
        raise BadInput("the screenplay has no title page: give the film a name")
    key = FilmKey(workspace=reader.workspace.slug, film=slug(name or brief.title))
    studio = opened.studio_of(reader)
    if await find_production(studio.catalog, key) is not None:
        raise BadInput(f"there is a film {key} already: give this one another name")
    titled = brief.is_screenplay and brief.title != brief.name
    told = {
        "title": None if titled else said.name.strip(),
        "format": said.format,
        "crew": said.crew,
        "episode": _episode(said),
    }
    # Of two who name the same episode at one moment, the second finds the first one's.
    async with studio.catalog.lock(f"{key.workspace}: episodes"):
        told["series"] = await _series(reader, said.series.strip(), _episode(said))
        settings = FilmSettings.of({field: value for field, value in told.items() if value}, name="the new film")
        return await commission(studio, key, replace(brief, origin=f"the library: {key.film}"), settings)


async def _series(reader: Reader, said: str, episode: int | None) -> str:
    """The series that is meant, as it is written where there is one. Raises BadInput for an episode that it has."""
    async with reader.catalog.session() as db:
        there = [each for each in await films.listed(db, reader.workspace.id) if fold(each.series or "") == fold(said)]
    for film in there:
        if said and episode is not None and film.episode == episode:
            raise BadInput(f"{film.series} has an episode {episode}, {film.title}: give this one another number")
    return next((film.series for film in there if film.series), said)


async def _proposed(db: AsyncSession, workspace_id: UUID, dropped: Sequence[Asset]) -> str:
    """What a film could be about that begins with these and with no screenplay, to be said otherwise: of a shot what
    happens in it, if anything does; of all else what was asked for, or its name."""
    of = await shots.by_ids(db, workspace_id, {asset.shot_id for asset in dropped if asset.shot_id})
    happens = {id_: str(shot.plan.get("action") or "") for id_, shot in of.items()}
    told = [happens.get(asset.shot_id, "") if asset.shot_id else asset.prompt or asset.name for asset in dropped]
    said = "; ".join(dict.fromkeys(each for each in told if each)).replace(".; ", ". ")
    return headline(said, PROPOSED_CHARS)


def _episode(said: NewFilm) -> int | None:
    told = said.episode.strip()
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and 0 < int(told) < 10_000):
        raise BadInput(f"episode {told!r}: write a whole number from 1 on")
    if not said.series.strip():
        raise BadInput(f"episode {told} of which series? Name it")
    return int(told)


async def _page(opened: Library, said: NewFilm, script: Asset | None) -> tuple[str, str]:
    """The screenplay that is meant, empty for none, and what the film is to be called where that is said."""
    if said.file is not None and said.file.filename:
        named = said.file.filename
        data = await said.file.read(PAGE_BYTES + 1)
        if len(data) > PAGE_BYTES:
            raise BadInput(f"{named[:NAME_CHARS]}: a screenplay of up to {PAGE_BYTES:,} bytes is taken")
        return _text(data, named), said.name or named.rpartition(".")[0] or named
    if said.screenplay.strip() or said.idea.strip() or script is None or script.url is None:
        return said.screenplay.replace("\r\n", "\n") if said.screenplay.strip() else "", said.name.strip()
    try:
        return _text(await opened.vault.read(script.url), script.name), said.name or script.name
    except Damaged as exc:
        raise BadInput(f"{script.name} cannot be read: {exc}") from exc


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{name[:NAME_CHARS]} is no text: a screenplay in Fountain is taken here") from None


async def _dropped(reader: Reader, ids: Sequence[UUID]) -> tuple[Sequence[Asset], Asset | None]:
    """The assets that a film is to begin with, and which of them is its screenplay: the first script."""
    async with reader.catalog.session() as db:
        found = [each for each in await assets.by_ids(db, reader.workspace.id, ids) if each.deleted_at is None]
    return found, next((each for each in found if each.type == "script"), None)


def _alike(found: Sequence[Overview]) -> AbstractSet[str]:
    """Titles that several of the films have."""
    return {title for title, count in Counter(each.film.title for each in found).items() if count > 1}
