"""`director export`: a film or a workspace as a BagIt bag."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from director_dagster.cli.home import film_key, json_option, put, say, with_studio, workspace_option
from director_dagster.errors import BadInput, Failed

if TYPE_CHECKING:
    from director_dagster.story.film import FilmKey
    from director_dagster.studio.export import Exported
    from director_dagster.studio.studio import Studio


@click.command("export")
@click.argument("what", metavar="FILM|WORKSPACE")
@click.argument("folder", type=click.Path(path_type=Path))
@workspace_option
@json_option
def command(*, what: str, folder: Path, workspace: str, as_json: bool) -> None:
    """Write a film, or a whole workspace, as a BagIt bag in a new folder: bytes, sidecars, ledger, lineage.

    FILM is its short name, or workspace/name; a WORKSPACE may be written with a / at its end. A film's bag holds what
    its pieces were made from in other films too, and no budgets. What is lost is named in it. Exit code 1, and no bag,
    when damage is found that no copy mends; with a bag, when the audit log is broken.
    """
    from director_dagster.studio.export import export

    async def exported(studio: "Studio") -> "Exported":
        found = await _meant(studio, what, workspace)
        return await export(studio, found, target, today=datetime.now(UTC).date())

    target = folder.absolute()
    told = with_studio(exported)
    if as_json:
        put([asdict(told) | {"folder": str(folder)}])
    else:
        _show(told, folder)
    if told.log_fault:
        raise Failed(f"{told.name} is written as it is, and its audit log is broken: {told.log_fault}")


def _show(told: "Exported", folder: Path) -> None:
    say(f"{told.name}: {told.rows['assets']} assets and {told.blobs} blobs ({told.size_bytes:,} bytes) are in {folder}")
    if told.lost:
        say(f"{len(told.lost)} blobs are lost, and only named there, e.g. {told.lost[0]}: `director recover`")


async def _meant(studio: "Studio", what: str, workspace: str) -> "FilmKey | str":
    """The film's key, or the workspace's slug. Raises BadInput for a name that is both."""
    from director_dagster.catalog.queries import films

    if what.endswith("/"):
        return what.removesuffix("/")
    key = film_key(what, workspace)
    async with studio.catalog.session() as db:
        film = await films.find(db, key.workspace, key.film)
        of_that_name = None if "/" in what else await films.find_workspace(db, what)
    if film is not None and of_that_name is not None:
        raise BadInput(f"{what} is a film and a workspace: say {key} for the one, {what}/ for the other")
    return key if of_that_name is None else what
