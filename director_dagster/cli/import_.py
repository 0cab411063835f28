"""`director import`: what a bag of `director export` holds comes here."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from director_dagster.cli.home import json_option, put, say, with_studio
from director_dagster.errors import Failed

if TYPE_CHECKING:
    from director_dagster.story.film import FilmKey
    from director_dagster.studio.importing import Brought
    from director_dagster.studio.studio import Studio


@click.command("import")
@click.argument("bag", type=click.Path(path_type=Path))
@click.option("--workspace", metavar="NAME", help="What the bag's workspace is called here, where its name is taken.")
@json_option
def command(*, bag: Path, workspace: str | None, as_json: bool) -> None:
    """Prove a bag, then bring what it holds here: ids, takes, costs and bytes as they were. It spends nothing.

    A second import changes nothing. What is here with other contents is refused, and then nothing is written. What was
    under way where the bag was written is not sent from here: `director ledger list` names it.
    """
    from director_dagster.story.film import parse_film_key
    from director_dagster.studio.importing import bring

    if workspace is not None:
        parse_film_key(f"{workspace}/film")

    async def brought(studio: "Studio") -> "Brought":
        return await bring(studio, folder, workspace=workspace)

    folder = bag.absolute()
    told = with_studio(brought)
    give_partitions(told.films)
    if as_json:
        put([_row(told)])
    else:
        _show(told)
    if told.log_fault:
        raise Failed(
            f"{told.name} is here, but for events of its audit log, which was broken where the bag was written: "
            f"{told.log_fault}"
        )


def _show(told: "Brought") -> None:
    if told.new.total() or told.blobs:
        new = told.new
        say(f"{told.name}: {new['assets']} assets, {new.total()} rows in all, and {told.blobs} blobs are new here")
    else:
        say(f"{told.name}: all of it was here; nothing is changed")
    if told.lost:
        say(f"{told.lost} blobs were lost where the bag was written; `director recover` looks whether they can be had")
    if told.apart and not told.log_fault:
        say(f"{told.apart} events of its log stay in the bag, where they can be proved: the log here went on by itself")
    if told.waiting:
        say(
            f"{len(told.waiting)} purchases were under way there, and are not sent from here: `director ledger list "
            f"--workspace {told.name.partition('/')[0]}` names them"
        )


def _row(told: "Brought") -> dict[str, object]:
    return {
        "name": told.name,
        "films": [str(film) for film in told.films],
        "assets": told.new["assets"],
        "new": dict(told.new),
        "known": dict(told.known),
        "blobs": told.blobs,
        "lost": told.lost,
        "waiting": told.waiting,
    }


def give_partitions(films: "Iterable[FilmKey]") -> None:
    """Give films that came from elsewhere their partitions in Dagster, as `director film add` does."""
    from director_dagster.definitions import add_film

    for film in films:
        add_film(film)
