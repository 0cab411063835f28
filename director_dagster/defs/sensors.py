"""Sensors: what has to be noticed without anybody asking."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import dagster as dg

from director_dagster.catalog.queries import generations, losses
from director_dagster.catalog.queries.generations import LeftBehind
from director_dagster.catalog.queries.losses import FilmLosses
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import runless, runs
from director_dagster.defs.checks import INTACT
from director_dagster.defs.failures import DIED
from director_dagster.defs.jobs import make_film
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.studio.begun import let_go_unsent
from director_dagster.studio.recover import may_come, steps, unasked
from director_dagster.studio.studio import open_studio

EVERY_S = 30
FILMS_A_TICK, MOST_FILMS, SHOWN = 20, 1000, 5
FOR_A_WEEK = timedelta(days=7)
RECENT = timedelta(days=1)
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

    What such a run has claimed and never sent is let go of, so that it holds nothing of a budget.
    A run of the command is not tried again by Dagster, and a provider keeps what it has made only for a while.
    """
    instance = context.instance
    runs.report_dead(instance)
    died = {DIED: "true", runs.MAX_RETRIES: "0"}
    recent = dg.RunsFilter(tags=died, created_after=datetime.now(UTC) - RECENT)
    for record in instance.get_run_records(recent) if instance.get_runs_count(recent) else ():
        run_id, film = record.dagster_run.run_id, record.dagster_run.tags.get(runs.PARTITION)
        if film is not None and not runs.is_overtaken(instance, record):
            yield _finish(film, run_key=run_id, of=run_id)
    hour = f"{datetime.now(UTC):%Y-%m-%dT%H}"
    for left in asyncio.run(_left_behind()):
        if not runs.at_work(instance, left.film):
            yield _finish(left.film, run_key=f"{left.film}:{left.mark}:{hour}", of=left.mark)


def _finish(film: str, *, run_key: str, of: str) -> dg.RunRequest:
    return dg.RunRequest(run_key=run_key, partition_key=film, run_config=ONLY_FINISH, tags={runs.FINISHES: of})


async def _left_behind() -> Sequence[LeftBehind]:
    async with open_catalog(database_url(Settings.from_env())) as catalog, catalog.session() as db:
        # What is left is looked at one by one, and that takes three times as long as whether there is any.
        if not await generations.are_any_left(db):
            return []
        await let_go_unsent(db)
        return await generations.left_behind(db)


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Brings back what films have lost: from copies, from their providers, by making it again; it pays up "
    "to DIRECTOR_REPAIR_USD a film, and for more a person is asked: `director recover`.",
)
def lost_assets(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """For each film that has lost something a failing `intact`, and a run of what is needed: once, and then once a day
    for a week where something may come back after all. What only its user has, no run brings back.

    The same piece, lost again, is a new loss. A film that a run is at work on is left for the next tick.
    """
    today, settings = f"{datetime.now(UTC):%Y-%m-%d}", Settings.from_env()
    lost = asyncio.run(_lost(database_url(settings)))
    asked: dict[str, str] = json.loads(context.cursor or "{}")
    asked = {each.film: asked[each.film] for each in lost if each.film in asked}
    waiting = (each for each in lost if asked.get(each.film) != f"{each.mark} {today}")
    due = list(islice((each for each in waiting if not runs.at_work(context.instance, each.film)), FILMS_A_TICK))
    new = [each for each in due if not asked.get(each.film, "").startswith(each.mark)]
    again = asyncio.run(_may_come(settings, [each for each in due if each not in new]))
    runless.forget(context.instance, INTACT, [each.film for each in new])
    return dg.SensorResult(
        run_requests=[_repair(each, today, settings.repair_usd) for each in [*new, *again] if unasked(each)],
        asset_events=[event for each in new for event in _told(each)],
        dynamic_partitions_requests=runs.new_films(context.instance, [each.film for each in due]),
        cursor=json.dumps({**asked, **{each.film: f"{each.mark} {today}" for each in due}}),
    )


def _repair(lost: FilmLosses, today: str, max_usd: float) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{lost.film}:{lost.mark}:{today}",
        partition_key=lost.film,
        run_config={"resources": {"studio": {"config": {"repair_only": True, "keep_stale": True, "max_usd": max_usd}}}},
        asset_selection=[dg.AssetKey(name) for name in unasked(lost)],
        tags={runs.REPAIRS: lost.mark},
    )


def _told(lost: FilmLosses) -> Iterator[dg.AssetCheckEvaluation]:
    """The check that fails, for each Dagster asset whose pieces are lost."""
    for step, slots in steps(lost).items():
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(step),
            check_name=INTACT,
            partition=lost.film,
            passed=False,
            description=f"lost: {', '.join(slots[:SHOWN])}{' …' if len(slots) > SHOWN else ''}. A run brings back what "
            "costs nothing; `director recover` tells of the rest",
            metadata={"director/offenders": len(slots)},
        )


async def _may_come(settings: Settings, tried: Sequence[FilmLosses]) -> Sequence[FilmLosses]:
    """Of what was tried before: where a run may yet bring something back, or buy it."""
    if not tried or settings.repair_usd:
        return tried
    studio = open_studio(database_url=database_url(settings), home=settings.home, replicas=settings.copies)
    try:
        return [each for each in tried if await may_come(studio, each)]
    finally:
        await studio.aclose()


async def _lost(url: str) -> Sequence[FilmLosses]:
    async with open_catalog(url) as catalog, catalog.session() as db:
        since = datetime.now(UTC) - FOR_A_WEEK
        # Which films use what is lost takes ten times as long to ask as whether anything is.
        return await losses.of_films(db, since=since, limit=MOST_FILMS) if await losses.are_any(db, since=since) else []
