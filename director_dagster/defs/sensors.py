"""Sensors: what has to be noticed without anybody asking."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from director_dagster.catalog.queries import generations
from director_dagster.catalog.queries.generations import LeftBehind
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import runs
from director_dagster.defs.jobs import make_film
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings

EVERY_S = 30
RECENT = timedelta(days=1)
FINISHES = "director/finishes"
PARTITION = "dagster/partition"
ONLY_FINISH = {"resources": {"studio": {"config": {"finish_only": True}}}}


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finishes what dead runs have left: what is paid is fetched, what is made is reported, nothing else is "
    "bought.",
)
def reaper(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest]:
    """A run for each film that a dead run has left behind, once for each such run, and once an hour for what it paid.

    A run of the command is not tried again by Dagster, and a provider keeps what it has made only for a while.
    """
    instance = context.instance
    runs.report_dead(instance)
    died = {runs.DIED: "true", runs.MAX_RETRIES: "0"}
    for run in instance.get_runs(filters=dg.RunsFilter(tags=died, created_after=datetime.now(UTC) - RECENT)):
        film = run.tags.get(PARTITION)
        if film is not None and _last(instance, film) == run.run_id:
            yield _finish(film, run_key=run.run_id, of=run.run_id)
    hour = f"{datetime.now(UTC):%Y-%m-%dT%H}"
    for left in asyncio.run(_left_behind()):
        if not _at_work(instance, left.film):
            yield _finish(left.film, run_key=f"{left.film}:{left.mark}:{hour}", of=left.mark)


def _finish(film: str, *, run_key: str, of: str) -> dg.RunRequest:
    return dg.RunRequest(run_key=run_key, partition_key=film, run_config=ONLY_FINISH, tags={FINISHES: of})


def _last(instance: dg.DagsterInstance, film: str) -> str:
    """The film's latest run: what was made since then needs nobody to finish it."""
    return instance.get_runs(filters=dg.RunsFilter(tags={PARTITION: film}), limit=1)[0].run_id


def _at_work(instance: dg.DagsterInstance, film: str) -> bool:
    return bool(instance.get_runs(filters=dg.RunsFilter(statuses=runs.AT_WORK, tags={PARTITION: film}), limit=1))


async def _left_behind() -> Sequence[LeftBehind]:
    async with open_catalog(database_url(Settings.from_env())) as catalog, catalog.session() as db:
        return await generations.left_behind(db)
