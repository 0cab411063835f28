"""Inbox: screenplays and ideas that were put into a folder become films, and edited ones are taken in anew.

A screenplay is ``NAME.fountain``, an idea ``NAME.txt``; the film is called NAME. Its settings are in ``NAME.toml``,
else in the ``film.toml`` of the same folder. Folders may lie in the inbox, one deep. What could not be taken in, or
waits for somebody, says so in ``NAME.fountain.note`` beside it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from director_dagster.catalog import budgets
from director_dagster.errors import BadInput, storing
from director_dagster.story.film import FilmKey, parse_film_key, slug
from director_dagster.studio.brief_files import SETTINGS_FILE, read_brief, read_idea, read_settings
from director_dagster.studio.commission import commission
from director_dagster.studio.production import Production
from director_dagster.studio.prospect import is_free
from director_dagster.studio.studio import Studio

SCREENPLAY, IDEA = ".fountain", ".txt"
NOTE = ".note"
STILL_S = 10.0
"""A file that was written to so lately may not be whole yet."""

WORKSPACE = "home"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file in the inbox: its path there, and what is another when it or its settings were written to."""

    name: str
    file: Path
    mark: str


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """What became of an arrival: its film, None for one that no film can be made of; and why it is not made yet."""

    arrival: Arrival
    film: FilmKey | None
    waits: str = ""


def arrivals(folder: Path) -> Sequence[Arrival]:
    """What lies in the inbox and is whole, by path; nothing where there is no inbox. Only file names are read."""
    with storing(f"the inbox {folder}"):
        return sorted(_arrivals(folder), key=lambda each: each.name)


async def take_in(studio: Studio, arrival: Arrival) -> TakenIn:
    """Make the film's row of a file, or bring it up to date; the same file twice changes nothing.

    It is to be made at once if that costs nothing, or if somebody has set a budget for it; a note beside the file says
    why it is not. Nothing is raised for what is wrong with the file.
    """
    try:
        film = await _commissioned(studio, arrival.file)
        waits = await _why_not(studio, film)
        taken = TakenIn(arrival=arrival, film=film.key, waits=waits)
    except BadInput as exc:
        taken = TakenIn(arrival=arrival, film=None, waits=str(exc))
    _note(arrival.file, taken.waits)
    return taken


def _arrivals(folder: Path) -> Iterator[Arrival]:
    if not folder.is_dir():
        return
    for file in [*folder.iterdir(), *(inner for each in folder.iterdir() if each.is_dir() for inner in each.iterdir())]:
        if file.suffix in {SCREENPLAY, IDEA} and file.is_file() and not file.name.startswith("."):
            stats = [each.stat() for each in (file, _settings_of(file)) if each is not None]
            if time.time() - max(stat.st_mtime for stat in stats) >= STILL_S:
                mark = "-".join(f"{stat.st_size}.{stat.st_mtime_ns}" for stat in stats)
                yield Arrival(name=str(file.relative_to(folder)), file=file, mark=mark)


def _settings_of(file: Path) -> Path | None:
    named = (file.with_suffix(".toml"), file.with_name(SETTINGS_FILE))
    return next((each for each in named if each.is_file()), None)


def _refuse_link(file: Path) -> None:
    if file.is_symlink():
        raise BadInput(f"{file.name} is a link: put the file itself here, so that it is known whose it is")


async def _commissioned(studio: Studio, file: Path) -> Production:
    _refuse_link(file)
    settings = read_settings(_settings_of(file), file, None)
    brief = read_brief(file, None) if file.suffix == SCREENPLAY else read_idea(file)
    return await commission(studio, parse_film_key(f"{WORKSPACE}/{slug(file.stem)}"), brief, settings)


async def _why_not(studio: Studio, film: Production) -> str:
    """Why the film is not made at once; empty: it is."""
    if is_free(studio, film):
        return ""
    async with studio.catalog.session() as db:
        budget = await budgets.get(db, workspace_id=film.workspace_id, film_id=film.film_id)
    if budget is not None and budgets.left_microusd(budget) > 0:
        return ""
    return (
        f"{film.key} is not made yet: its crew is paid, and nothing is left of a budget for it. `director make --film "
        f"{film.key}` says what it costs, and what to set"
    )


def _note(file: Path, words: str) -> None:
    note = file.with_name(file.name + NOTE)
    with storing(f"the inbox {file.parent}"):
        if words:
            note.write_text(f"{words}\n", encoding="utf-8")
        else:
            note.unlink(missing_ok=True)
