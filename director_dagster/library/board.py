"""A film's board: its scenes and shots with their takes, who and what is in it, what it has cost, what is made now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, outlook, productions
from director_dagster.catalog.queries.costs import Cost
from director_dagster.catalog.queries.film_uses import Taken
from director_dagster.catalog.queries.productions import Board
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, Film, Shot
from director_dagster.library.access import Reader
from director_dagster.library.dagster import asset_page
from director_dagster.library.films import Short, film_of, key_of
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render
from director_dagster.story.cut import CREDITS, TITLE
from director_dagster.studio import reuse
from director_dagster.studio.board import frame_slot
from director_dagster.studio.crew import stand_of
from director_dagster.studio.preserve import notice
from director_dagster.studio.production import open_production
from director_dagster.studio.regain import is_brought
from director_dagster.studio.reuse import PLACES
from director_dagster.studio.score import MUSIC_SLOT
from director_dagster.studio.shoot import shot_slot
from director_dagster.studio.speech import line_slot

FILM_SLOT, SUBTITLES_SLOT, POSTER_SLOT, SCRIPT_SLOT = "film", "subtitles:vtt", "poster", "script"
CAST = ("look", "location", "prop")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place of the film, and what fills it.

    Attributes:
        slot: Its name.
        takes_type: Of which type an asset must be that is pinned to it.
        filled: The selected take; None where there is none yet.
        takes: How many takes it has.
        whole: How many assets with their bytes those are.
        cost: What those that were made for this film have cost; None where none was.
        pin: What is pinned there, taken or yet to be taken.
        stand: ``draft``, ``final`` or neither.
    """

    slot: str
    takes_type: str
    filled: Filled | None
    takes: int
    whole: int
    cost: Cost | None
    pin: Taken | None
    stand: str

    @property
    def code(self) -> str:
        """Its end: ``sh010``, ``mara``."""
        return self.slot.partition(":")[2] or self.slot

    @property
    def asset(self) -> Asset | None:
        """What is there."""
        return None if self.filled is None else self.filled.asset

    @property
    def waits(self) -> bool:
        """Whether something is pinned that the next making takes."""
        return self.pin is not None and (self.asset is None or self.asset.id != self.pin.asset.id)


@dataclass(frozen=True, kw_only=True)
class ShotShown:
    """A shot with its frame, its picture and what is said in it."""

    code: str
    words: str
    picture: Place
    frame: Place
    lines: Sequence[tuple[str, str, Place]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene: its number, its heading, its shots."""

    number: int
    heading: str
    shots: Sequence[ShotShown]


@router.get("/films/{name}")
async def board(name: str, request: Request, opened: Open, reader: Asking) -> HTMLResponse:
    """The page."""
    film = await film_of(reader, name)
    found = await _found(opened, reader, film)
    async with reader.catalog.session() as db:
        purse = await outlook.purse(db, film)
        brief = None if film.brief_asset_id is None else await assets.get(db, film.workspace_id, film.brief_asset_id)
    script = _asset(found, SCRIPT_SLOT)
    at, lost = opened.dagster_for(reader), sorted(_lost(found).items())
    return render(
        request,
        "film.html",
        reader=reader,
        film=film,
        board=found,
        scenes=list(scenes(found)),
        cast=[_place(found, slot) for slot in sorted(found.filled) if slot.partition(":")[0] in CAST],
        music=_place(found, MUSIC_SLOT),
        unplaced=[each for slot, each in found.pins.items() if slot not in _on_board(found)],
        cut=_asset(found, FILM_SLOT),
        subtitles=_asset(found, SUBTITLES_SLOT),
        script=script,
        page=brief if brief is not None and brief.type == "script" else script,
        lost=[(slot, asset) for slot, asset in lost if not is_brought(asset)],
        brought=[(slot, asset) for slot, asset in lost if is_brought(asset)],
        purse=purse,
        open=[each for each in found.requests if each.ended_at is None],
        dagster=at and asset_page(at, FILM_SLOT, key_of(reader, film)),
        key=str(new_id()),
    )


@router.get("/films/{name}/places")
async def places(
    name: str, opened: Open, reader: Asking, type_: Annotated[Short, Query(alias="type")] = ""
) -> Sequence[str]:
    """The places to which an asset of that type can be pinned, as a browser asks for them while there is no board."""
    reader.require("artist")
    key = key_of(reader, await film_of(reader, name))
    studio = opened.studio_of(reader)
    found = await reuse.places(studio, await open_production(studio.catalog, key), type_)
    return [slot for slot in found if slot.partition(":")[2] not in {TITLE, CREDITS}]


async def _found(opened: Library, reader: Reader, film: Film) -> Board:
    """The film as it is now; what has lost its bytes since anybody looked is known to have."""
    async with reader.catalog.session() as db:
        found = await productions.board(db, film)
    shown = [*(each.asset for each in found.filled.values()), *(each.asset for each in found.taken)]
    if not await notice(opened.studio, shown):
        return found
    async with reader.catalog.session() as db:
        return await productions.board(db, film)


def _lost(board: Board) -> Mapping[str, Asset]:
    """What the film uses, or is to use, and has lost its bytes, by slot."""
    filled = {slot: each.asset for slot, each in board.filled.items()}
    used = filled | {slot: each.asset for slot, each in board.pins.items()}
    return {slot: asset for slot, asset in used.items() if asset.lost_at is not None}


def _on_board(board: Board) -> set[str]:
    """The places that stand on the board."""
    of_shots = {slot for shot in board.shots for slot in (frame_slot(shot.code), shot_slot(shot.code))}
    return {MUSIC_SLOT, *of_shots, *(slot for slot in board.filled if slot.partition(":")[0] in CAST)}


def scenes(board: Board) -> Iterator[Scene]:
    """The film's scenes with their shots, in order."""
    for number, of in groupby(board.shots, key=lambda shot: shot.scene):
        mine = list(of)
        yield Scene(number=number, heading=_heading(mine[0]), shots=[_shot(board, shot) for shot in mine])


def _shot(board: Board, shot: Shot) -> ShotShown:
    lines = [
        (str(line["character"]), str(line["text"]), _place(board, line_slot(str(line["id"]))))
        for line in shot.plan["lines"]
    ]
    return ShotShown(
        code=shot.code,
        words=str(shot.plan["framing"]).replace("-", " "),
        picture=_place(board, shot_slot(shot.code)),
        frame=_place(board, frame_slot(shot.code)),
        lines=lines,
    )


def _place(board: Board, slot: str) -> Place:
    filled = board.filled.get(slot)
    stand = "" if filled is None else stand_of(filled.slot.kind, filled.asset.provider)
    return Place(
        slot=slot,
        takes_type=PLACES[slot.partition(":")[0]][0],
        filled=filled,
        takes=board.takes.get(slot, 0),
        whole=board.whole.get(slot, 0),
        cost=board.costs.get(slot),
        pin=board.pins.get(slot),
        stand=stand,
    )


def _heading(shot: Shot) -> str:
    setting: Mapping[str, object] = shot.plan["setting"]
    return f"{'INT' if setting['interior'] else 'EXT'}. {setting['place']} - {str(setting['time']).upper()}"


def _asset(board: Board, slot: str) -> Asset | None:
    filled = board.filled.get(slot)
    return None if filled is None else filled.asset
