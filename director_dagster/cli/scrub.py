"""`director scrub`: whether all that was kept is still there, in the vault and in every store of copies."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from director_dagster.cli.copies import tell
from director_dagster.cli.home import json_option, with_studio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from director_dagster.studio.preserve import Tally
    from director_dagster.studio.studio import Studio


@click.command("scrub")
@click.option("--deep", is_flag=True, help="Read all bytes and prove them; else only look that they are there.")
@click.option(
    "--days", type=click.FloatRange(min=0), default=0, help="Deep: leave out what was read within so many days."
)
@click.option(
    "--hours", type=click.FloatRange(min=0), help="Deep: stop after so long; the next one goes on from there."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Deep: read at most so many MB a second.")
@json_option
def command(*, deep: bool, days: float, hours: float | None, rate: float | None, as_json: bool) -> None:
    """Look whether everything that was kept is there, or read it all to its end.

    What is damaged is set aside, never deleted, and brought back from a copy if there is one; else its assets are
    marked lost, and the next making of their films makes them again. Exit code 1 when something is lost.
    """
    from director_dagster.studio.preserve import look
    from director_dagster.studio.scrub import read_all

    async def scrubbed(studio: "Studio") -> "Sequence[Tally]":
        if not deep:
            return await look(studio)
        return await read_all(
            studio,
            older=timedelta(days=days),
            rate_bytes_s=None if rate is None else rate * 1_000_000,
            for_s=None if hours is None else hours * 3600,
        )

    tell(with_studio(scrubbed), as_json=as_json)
