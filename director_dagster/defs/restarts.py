"""Restarts: runs that failed for no fault of their film's are run again, without a person."""

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from director_dagster.catalog.queries import generations
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import failures, runs
from director_dagster.defs.jobs import make_film
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings

EVERY_S = 30
RUNS_A_TICK = 20
LOOKED_AT = 200
RECENT = timedelta(days=1)
GRACE = timedelta(seconds=60)
"""Dagster tries a crashed run again by itself, and within this time."""

MOST = 3
AGAIN, OF = "director/restarts", "director/restarts_of"
CARRIED = ("dagster/backfill", runs.ASKED_BY, runs.FINISHES, runs.REPAIRS)


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs again what failed because Postgres or a process of ours was gone, and Dagster did not try again. "
    "What a run was refused, and what the command has launched, is a person's to call again.",
)
def restarts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run like the one that failed, with what is left of its `max_usd`, when no later one was to make the film.

    At most three times in a row, so that what always fails ends. Each failure is looked at once, a minute after it.
    """
    now, due = datetime.now(UTC), list[dg.DagsterRun]()
    looked_at = datetime.fromisoformat(context.cursor) if context.cursor else now - RECENT
    failure = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=looked_at)
    records = context.instance.get_run_records(failure, LOOKED_AT, order_by="update_timestamp", ascending=True)
    for record in records:
        failed_at = record.update_timestamp.astimezone(UTC)
        if now - failed_at < GRACE or len(due) == RUNS_A_TICK:
            break
        looked_at = failed_at
        if _is_due(context.instance, record):
            due.append(record.dagster_run)
    bought = asyncio.run(_bought([run.run_id for run in due])) if due else {}
    return dg.SensorResult(
        run_requests=[_again(run, bought.get(run.run_id, 0)) for run in due], cursor=looked_at.isoformat()
    )


def _again(run: dg.DagsterRun, bought_microusd: int) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=run.run_id,
        partition_key=run.tags[runs.PARTITION],
        run_config=_with_what_is_left(run.run_config, bought_microusd),
        asset_selection=sorted(run.asset_selection) if run.asset_selection else None,
        tags={
            **{name: run.tags[name] for name in CARRIED if name in run.tags},
            AGAIN: str(_times(run) + 1),
            OF: run.run_id,
        },
    )


def _is_due(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    run = record.dagster_run
    return (
        run.job_name in runs.MAKING
        and runs.PARTITION in run.tags
        and run.tags.get(runs.MAX_RETRIES) != "0"
        and _times(run) < MOST
        and not runs.is_overtaken(instance, record)
        and failures.is_outage(instance, run)
    )


def _times(run: dg.DagsterRun) -> int:
    return int(run.tags.get(AGAIN, "0"))


def _with_what_is_left(config: Mapping[str, Any], bought_microusd: int) -> Mapping[str, Any]:
    """The run's config, in which it may spend what the failed one has left: together, no more than one."""
    left = deepcopy(dict(config))
    studio = left.get("resources", {}).get("studio", {}).get("config", {})
    if studio.get("max_usd") is not None:
        studio["max_usd"] = max(studio["max_usd"] - bought_microusd / 1_000_000, 0.0)
    return left


async def _bought(run_ids: Sequence[str]) -> Mapping[str, int]:
    async with open_catalog(database_url(Settings.from_env())) as catalog, catalog.session() as db:
        return await generations.bought_in(db, run_ids)
