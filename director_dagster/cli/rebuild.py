"""`director rebuild`: a catalog that is lost is made anew from the vault alone."""

from typing import TYPE_CHECKING

import click

from director_dagster.cli.home import json_option, put, say, table, with_studio
from director_dagster.cli.import_ import give_partitions
from director_dagster.errors import Failed

if TYPE_CHECKING:
    from director_dagster.studio.rebuild import Rebuilt
    from director_dagster.studio.studio import Studio


@click.command("rebuild")
@json_option
def command(*, as_json: bool) -> None:
    """Make the catalog anew from what lies in the vault, in an empty database alone.

    For a database that is lost: point DIRECTOR_DATABASE_URL at a new one, or move the home's folder `postgres` away.
    Exit code 1 when something in the vault is lost or cannot be read.
    """
    from director_dagster.studio.rebuild import rebuild

    async def rebuilt(studio: "Studio") -> "Rebuilt":
        return await rebuild(studio)

    told = with_studio(rebuilt)
    give_partitions(told.films)
    lost = sum(store.lost for store in told.stores)
    if as_json:
        put([{"rows": dict(told.rows), "films": list(map(str, told.films)), "unread": told.unread, "lost": lost}])
    else:
        table(("table", "rows"), told.rows.items())
        say(f"there again: {', '.join(map(str, told.films)) or 'no film'}")
    if told.unread or told.missing:
        named = (told.unread or sorted(told.missing))[0]
        raise Failed(
            f"{len(told.unread)} sidecars cannot be read and {len(told.missing)} are missing, e.g. {named}: what they "
            "tell did not come back"
        )
    if lost:
        raise Failed(f"{lost} blobs are lost: `director recover` brings back what can be had")
