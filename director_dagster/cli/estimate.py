"""`director estimate`: what making a film would keep, reuse, make and cost, before anything is spent."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import most, told
from director_dagster.cli.commission import brief_options, meant
from director_dagster.cli.home import json_option, put, say, table
from director_dagster.cli.wishes import wish_options, wishes_of
from director_dagster.settings import Settings
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import Wishes

if TYPE_CHECKING:
    from director_dagster.studio.prospect import Expected

NAME = re.compile(r"([a-z0-9-]+/)?[a-z0-9-]+")
COLUMNS = ("step", "maker", "kept", "reused", "made", "low", "high")


@click.command("estimate")
@brief_options
@wish_options
@json_option
def command(*, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Tell what `director make` would do, given the same words, and spend nothing.

    With --film alone, or the film's name instead of a screenplay's file, it is about that film as it stands; else the
    film is given its row and its partition, as by `director film add`.
    It costs at least `low`, if lines that are not spoken yet last as reckoned, and at most `high`, if they last half
    as long again.
    A film whose script is yet to be written ends with that step.
    """
    wishes = wishes_of(given)
    named = _by_name(given)
    settings, film = meant(**named, crew=wishes.crew, example=False)
    if named["script"] is not None or named["idea"] is not None:
        from director_dagster.definitions import add_film

        add_film(film.key)
    rows, notes = asyncio.run(_estimate(settings, film.key, wishes))
    if as_json:
        put(asdict(row) for row in rows)
    else:
        show(rows)
    for note in notes:
        say(f"{film.key}: {note}")


def _by_name(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, with a film's name where it stands for a screenplay: no file has it, and it names a film."""
    script = given["script"]
    if script is None or given["name"] is not None or script.is_file() or NAME.fullmatch(str(script)) is None:
        return given
    return {**given, "script": None, "name": str(script)}


def show(rows: "Sequence[Expected]", *, talk: bool = False) -> None:
    """An estimate as a table; as `talk`, on stderr."""
    table(
        COLUMNS,
        (
            [row.step, row.maker, row.kept, row.reused, row.made, told(row.low_microusd), most(row.high_microusd)]
            for row in rows
        ),
        talk=talk,
    )


async def _estimate(settings: Settings, key: FilmKey, wishes: Wishes) -> "tuple[Sequence[Expected], Sequence[str]]":
    """The rows, and what is said of that which is under way, or may have been paid."""
    from director_dagster.catalog import ledger
    from director_dagster.postgres.database import database_url
    from director_dagster.studio.estimate import estimate
    from director_dagster.studio.production import open_production
    from director_dagster.studio.prospect import expected, told_held
    from director_dagster.studio.sending import unknown
    from director_dagster.studio.studio import open_studio

    studio = open_studio(
        database_url=database_url(settings),
        home=settings.home,
        accounts=settings.accounts,
        replicas=settings.copies,
    ).for_run(wishes)
    try:
        rows = expected(await estimate(studio, key, wanted=wishes.takes, only=wishes.steps))
        film = await open_production(studio.catalog, key)
        async with studio.catalog.session() as db:
            held = told_held(*await ledger.held(db, film.workspace_id, film.film_id))
            doubtful = await ledger.unresolved(db, film.workspace_id, film.film_id)
        return rows, [*filter(None, [held]), *map(unknown, doubtful)]
    finally:
        await studio.aclose()
