"""Requested films as Dagster watches them: a run for each that is due, and what became of it is written down."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from director_dagster.catalog.queries import requests as queries
from director_dagster.catalog.queries.requests import Requested
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import failures, runs
from director_dagster.defs.jobs import MAKE_FILM, make_film
from director_dagster.errors import Unavailable
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.studio.requests import Ready, over, ready
from director_dagster.studio.studio import Studio, open_studio

EVERY_S = 10
"""Whoever asks is looking on."""

FILMS_A_TICK = 5
TRIES = 3
"""So many runs of a request may die before it has failed."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A request that a run is to be made for, after the one that died, if there was one."""

    asked: Requested
    died: str = ""

    def run_request(self, is_ready: Ready) -> dg.RunRequest:
        """The same for the same state of things: a tick that is made twice, or dies, launches nothing twice."""
        row = self.asked.row
        follows = {runs.AFTER: row.runs[-1]} if row.runs else {}
        return dg.RunRequest(
            run_key=f"{row.id}:{self.died or 'first'}",
            partition_key=self.asked.film,
            run_config=runs.config_of(is_ready.wishes, max_usd=row.max_microusd / 1_000_000),
            asset_selection=[dg.AssetKey(name) for name in is_ready.steps] or None,
            # Dagster itself forgets one run in five that it should try again.
            tags={runs.REQUEST: str(row.id), runs.ASKED_BY: row.asked_by, runs.MAX_RETRIES: "0", **follows},
        )


@dataclass(frozen=True, kw_only=True)
class Over:
    """A request whose run has ended, and how."""

    asked: Requested
    state: str
    reason: str = ""


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes the films that were asked for (`director request add`, or a row of film_requests), at once or "
    "when their turn in the queue has come. What costs something is made within what the request lets be spent.",
)
def requests(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run for each request that is due, and one more where a run has died; how the others ended is written down.

    A film that a run is at work on waits for a later tick, and so do more than five.
    """
    settings, instance = Settings.from_env(), context.instance
    asked = asyncio.run(_asked(settings))
    if not asked:
        return dg.SensorResult(skip_reason="nothing is asked for; what waits in the queue is taken by its schedule")
    stand = list(_stand(instance, asked))
    due = _not_at_work(instance, [each for each in stand if isinstance(each, Due)])
    told = asyncio.run(_work(context, settings, [each for each in stand if isinstance(each, Over)], due))
    waits = "each film that is asked for is at work, was ended by this tick, or waits for a later one"
    return dg.SensorResult(
        skip_reason=None if told else waits,
        run_requests=[each.run_request(is_ready) for each, is_ready in told],
        dynamic_partitions_requests=runs.new_films(instance, [each.asked.film for each, _ in told]),
    )


async def _asked(settings: Settings) -> Sequence[Requested]:
    async with open_catalog(database_url(settings)) as catalog, catalog.session() as db:
        return await queries.due(db)


def _stand(instance: dg.DagsterInstance, asked: Sequence[Requested]) -> Iterable[Due | Over]:
    """What is to be done now for each request; nothing for one whose run is at work."""
    made = defaultdict[str, list[dg.DagsterRun]](list)
    tags = {runs.REQUEST: [str(each.row.id) for each in asked]}
    for run in instance.get_runs(filters=dg.RunsFilter(job_name=MAKE_FILM, tags=tags)):
        made[run.tags[runs.REQUEST]].append(run)
    for each in asked:
        theirs = made[str(each.row.id)]
        if each.row.runs and each.row.runs[-1] not in {run.run_id for run in theirs}:
            yield Over(asked=each, state="failed", reason=f"its run {each.row.runs[-1]} was deleted from Dagster")
        elif not theirs:
            yield Due(asked=each)
        elif any(run.status in runs.AT_WORK for run in theirs):
            continue
        elif theirs[0].status is dg.DagsterRunStatus.SUCCESS:
            yield Over(asked=each, state="done")
        elif theirs[0].status is dg.DagsterRunStatus.CANCELED:
            yield Over(asked=each, state="failed", reason=f"its run {theirs[0].run_id} was terminated")
        elif theirs[0].status is dg.DagsterRunStatus.FAILURE:
            dies = len(theirs) < TRIES and failures.is_outage(instance, theirs[0])
            why = "" if dies else failures.reason_of(instance, theirs[0])
            yield Due(asked=each, died=theirs[0].run_id) if dies else Over(asked=each, state="failed", reason=why)


def _not_at_work(instance: dg.DagsterInstance, due: Sequence[Due]) -> Sequence[Due]:
    """The first five, of different films, on which no run is at work."""
    if not due:
        return []
    busy = {run.tags.get(runs.PARTITION) for run in instance.get_runs(filters=dg.RunsFilter(statuses=runs.AT_WORK))}
    first: dict[str, Due] = {}
    for each in due:
        if each.asked.film not in busy:
            first.setdefault(each.asked.film, each)
    return list(first.values())[:FILMS_A_TICK]


async def _work(
    context: dg.SensorEvaluationContext, settings: Settings, ended: Sequence[Over], due: Sequence[Due]
) -> Sequence[tuple[Due, Ready]]:
    """Write down what has ended, and make ready what is due; what nothing can be made of has failed by that."""
    studio = open_studio(database_url=database_url(settings), home=settings.home, accounts=settings.accounts)
    try:
        for end in ended:
            await over(studio, end.asked.row.id, end.state, reason=end.reason)
        return [(each, is_ready) for each in due if (is_ready := await _ready(context, studio, each)) is not None]
    finally:
        await studio.aclose()


async def _ready(context: dg.SensorEvaluationContext, studio: Studio, due: Due) -> Ready | None:
    try:
        return await ready(studio, due.asked)
    except Unavailable as exc:
        context.log.warning("%s waits: %s", due.asked.film, exc)
        return None
