"""The inbox as Dagster watches it: a run for each film that was put there or edited, if it costs nothing unasked."""

import asyncio
import json
from collections.abc import Sequence

import dagster as dg

from director_dagster.defs import runs
from director_dagster.defs.jobs import make_film
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.studio.inbox import Arrival, TakenIn, arrivals, take_in
from director_dagster.studio.studio import open_studio

EVERY_S = 30
FILES_A_TICK = 10


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in screenplays (NAME.fountain) and ideas (NAME.txt) from the folder `inbox` in the studio's "
    "home, with NAME.toml or film.toml, also edited ones. It makes what costs nothing, and what has a budget.",
)
def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run for each new or edited film; what cannot be taken in, or waits, says so in a note beside its file."""
    settings = Settings.from_env()
    there = arrivals(settings.home / "inbox")
    known: dict[str, str] = json.loads(context.cursor or "{}")
    new = [each for each in there if known.get(each.name) != each.mark][:FILES_A_TICK]
    taken = asyncio.run(_take_in(settings, new)) if new else []
    for each in taken:
        if each.waits:
            context.log.warning("%s: %s", each.arrival.name, each.waits)
    films = [str(each.film) for each in taken if each.film is not None]
    there_by = {each.name: known[each.name] for each in there if each.name in known}
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{each.film}:{each.arrival.mark}", partition_key=str(each.film))
            for each in taken
            if each.film is not None and not each.waits
        ],
        dynamic_partitions_requests=runs.new_films(context.instance, sorted(set(films))),
        cursor=json.dumps({**there_by, **{each.arrival.name: each.arrival.mark for each in taken}}),
    )


async def _take_in(settings: Settings, new: Sequence[Arrival]) -> Sequence[TakenIn]:
    studio = open_studio(database_url=database_url(settings), home=settings.home, accounts=settings.accounts)
    try:
        return [await take_in(studio, each) for each in new]
    finally:
        await studio.aclose()
