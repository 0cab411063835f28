"""Which process makes a run, runs that the command makes by itself, and what becomes of a run whose process dies."""

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import dagster as dg
import psutil

from director_dagster.catalog.chain import Actor
from director_dagster.defs.checks import failed
from director_dagster.defs.failures import DIED, reason_in
from director_dagster.defs.jobs import MAKE_FILM
from director_dagster.defs.partitions import FILMS
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import NOTHING_SAID, Wishes

REQUEST, AFTER = "director/request", "director/after"
"""For which request a run is, and which of its runs it follows."""

RUN, HOST, PID, STARTED = "director/run", "director/host", "director/pid", "director/process_started"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
ASKED_BY = "director/asked_by"
FINISHES, REPAIRS = "director/finishes", "director/repairs"
"""The tags of runs that only finish what another has begun, or only bring back what is lost."""

MAX_RETRIES = "dagster/max_retries"
PARTITION = "dagster/partition"
LOCATION, OURS = "dagster/code_location", "director_dagster"
"""The tag of a run that says where its job is from, and how we are called in `workspace.yaml`."""

SIGNED_WITHIN_S = 180
"""Of its beginning: a run's executor is in process, and to open the studio, and sign, is the first that each of our
jobs does. Dagster's run monitoring waits so long for a run to begin (`start_timeout_seconds`)."""

NO_LIMIT_MS = 0
RECYCLE_S = 1
MORE_CONNECTIONS = 20
MAKING = {MAKE_FILM, "__ASSET_JOB"}
"""The second is Dagster's own name for what backfills and *Materialize* launch."""

UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
AT_WORK = [dg.DagsterRunStatus.QUEUED, *UNFINISHED]


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """A run that is over.

    Attributes:
        run_id: Its id, by which Dagster's UI shows it.
        failure: Why it failed, or what a check found to be lost or false, in one line; None when all is well.
        steps: For each Dagster asset that was materialized, in order, its metadata as plain values; then of those that
            failed part-way.
    """

    run_id: str
    failure: str | None
    steps: Mapping[str, Mapping[str, object]]


def add_film(instance: dg.DagsterInstance, film: FilmKey) -> None:
    """Make sure that the film has its partition."""
    instance.add_dynamic_partitions(FILMS.name or "", [str(film)])


def new_films(instance: dg.DagsterInstance, films: Sequence[str]) -> Sequence[dg.AddDynamicPartitionsRequest]:
    """What a sensor asks for so that each of these films has its partition; nothing where all have theirs.

    Each is asked for by its key: to read all films' keys in every tick takes longer the more there are.
    """
    new = [film for film in films if not instance.has_dynamic_partition(FILMS.name or "", film)]
    return [FILMS.build_add_request(new)] if new else []


def at_work(instance: dg.DagsterInstance, film: str) -> bool:
    """Whether a run of the film is under way or queued."""
    return bool(instance.get_runs(filters=dg.RunsFilter(statuses=AT_WORK, tags={PARTITION: film}), limit=1))


def is_overtaken(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    """Whether a later run was to make the film: nobody needs to finish the earlier one.

    A run that only finishes, repairs or estimates was not.
    """
    film = record.dagster_run.tags[PARTITION]
    later = instance.get_runs(filters=dg.RunsFilter(tags={PARTITION: film}, created_after=record.create_timestamp))
    return any(run.job_name in MAKING and not {FINISHES, REPAIRS} & run.tags.keys() for run in later)


def make_now(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    film: FilmKey,
    *,
    wishes: Wishes = NOTHING_SAID,
    max_usd: float = 0,
    only: Sequence[str] = (),
    who: str | None = None,
) -> FinishedRun:
    """Run the job `make_film` for `film` in this process, on the instance, so that it stands in Dagster's UI; `who`
    asked for it, and is named in the audit log for all that it does.

    It may spend `max_usd`. `only` names the assets that are made; none: all.
    """
    keep_connections(instance)
    add_film(instance, film)
    run_id = str(uuid4())
    result = defs.resolve_job_def(MAKE_FILM).execute_in_process(
        instance=instance,
        partition_key=str(film),
        run_config={**QUIET, **config_of(wishes, max_usd=max_usd, only=only)},
        asset_selection=[dg.AssetKey(name) for name in only] or None,
        run_id=run_id,
        # Whoever has stopped the command, or lost it, calls it again: the daemon is not to make the film meanwhile.
        tags={**_signature(run_id), MAX_RETRIES: "0", **({} if who is None else {ASKED_BY: who})},
        raise_on_error=False,
    )
    return FinishedRun(
        run_id=result.run_id,
        failure=failed(result.get_asset_check_evaluations()) or (None if result.success else reason_in(result)),
        steps={**_materialized(result), **_failed(result)},
    )


def _materialized(result: dg.ExecuteInProcessResult) -> Mapping[str, Mapping[str, object]]:
    events = result.get_asset_materialization_events()
    return {_name(event): _plain(event.step_materialization_data.materialization.metadata) for event in events}


def _failed(result: dg.ExecuteInProcessResult) -> Mapping[str, Mapping[str, object]]:
    """What failed steps tell of the pieces that they made by then; nothing of those that came to none."""
    data = {
        event.step_key or "": event.step_failure_data.user_failure_data
        for event in result.all_events
        if event.is_step_failure
    }
    plain = {name: _plain(each.metadata) for name, each in data.items() if each is not None}
    return {name: figures for name, figures in plain.items() if "director/pieces" in figures}


def config_of(wishes: Wishes, *, max_usd: float, only: Sequence[str] = ()) -> Mapping[str, object]:
    """The run config by which a run is told its wishes, and what it may spend; of takes those of the assets that are
    made, `only` or all."""
    studio = {"crew": dict(wishes.crew), "finals": list(wishes.finals), "max_usd": max_usd}
    studio |= {"repair_only": True} if wishes.recover else {}
    studio |= {"keep_stale": True} if wishes.keep_stale or wishes.recover else {}
    takes = {step: dict(told) for step, told in wishes.takes.items() if not only or step in only}
    ops = {step: {"config": {"takes": told}} for step, told in takes.items()}
    return {"resources": {"studio": {"config": studio}}, "ops": ops}


def sign(context: dg.InitResourceContext) -> None:
    """Write down, as tags of the run, which process makes it: this one.

    Dagster itself watches a run only from the code server that launched it, and only while that lives.
    """
    if context.run is not None and context.instance is not None:
        context.instance.add_run_tags(context.run.run_id, _signature(context.run.run_id))


def actor(context: dg.InitResourceContext) -> Actor:
    """Who acts in the run: whoever asked for it by name, or the studio itself."""
    run = context.run
    return Actor() if run is None else Actor(who=run.tags.get(ASKED_BY, Actor.who), run_id=run.run_id)


def try_no_more(context: dg.InitResourceContext) -> None:
    """Tell Dagster not to launch the run again by itself.

    A failure before the first step passes for a crash, which is tried again.
    """
    if context.run is not None and context.instance is not None:
        context.instance.add_run_tags(context.run.run_id, {MAX_RETRIES: "0"})


def keep_connections(instance: dg.DagsterInstance | None) -> None:
    """Let this process's instance use a connection to Postgres again instead of opening one for each event.

    15 ms an event become 3 (Dagster 1.13.27). None is used after a second: one that an outage has broken is not found
    out beforehand. The method is Dagster's own for its page and not promised to others; without it all is slower.
    """
    optimize = getattr(instance, "optimize_for_webserver", None)
    if optimize is not None:
        optimize(statement_timeout=NO_LIMIT_MS, pool_recycle=RECYCLE_S, max_overflow=MORE_CONNECTIONS)


def report_dead(instance: dg.DagsterInstance) -> None:
    """Report runs as failed that a process left behind when it was killed: one of this machine, or one that was killed
    so early that nobody knows where it was."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED)):
        if _is_dead(record):
            # The tag comes first: a reporter that is killed in between finds the run unfinished once more.
            instance.add_run_tags(record.dagster_run.run_id, {DIED: "true"})
            instance.report_run_failed(record.dagster_run, "the process that made this run is gone")


def _is_dead(record: dg.RunRecord) -> bool:
    run = record.dagster_run
    # A run that is tried again inherits the tags of the one before, until it writes its own.
    if run.tags.get(RUN) == run.run_id:
        return run.tags.get(HOST) == socket.gethostname() and not _lives(run.tags)
    # One that has not begun, or is being cancelled, is seen to by Dagster's run monitoring.
    begun = record.start_time if run.status is dg.DagsterRunStatus.STARTED else None
    return begun is not None and run.tags.get(LOCATION) == OURS and time.time() - begun > SIGNED_WITHIN_S


def died(instance: dg.DagsterInstance, *, since: datetime) -> list[str]:
    """The ids of the runs that were reported dead after `since`, by whichever process."""
    failure = [dg.DagsterRunStatus.FAILURE]
    found = instance.get_runs(filters=dg.RunsFilter(statuses=failure, tags={DIED: "true"}, updated_after=since))
    return [run.run_id for run in found if run.tags.get(RUN) == run.run_id]


def _signature(run_id: str) -> dict[str, str]:
    process = psutil.Process()
    birth = f"{process.create_time():.2f}"
    return {RUN: run_id, HOST: socket.gethostname(), PID: str(process.pid), STARTED: birth}


def _lives(tags: Mapping[str, str]) -> bool:
    """Whether the process that the tags name is there: a later one may have its number, but not its birth."""
    try:
        process = psutil.Process(int(tags[PID]))
        return f"{process.create_time():.2f}" == tags[STARTED] and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, KeyError, ValueError):
        return False


def _name(event: dg.DagsterEvent) -> str:
    return event.asset_key.to_user_string() if event.asset_key else ""


def _plain(metadata: Mapping[str, dg.MetadataValue]) -> Mapping[str, object]:
    """What a terminal can show of it: tables as rows, and no pictures or links of a page."""
    return {
        key: [dict(record.data) for record in value.records]
        if isinstance(value, dg.TableMetadataValue)
        else value.value
        for key, value in metadata.items()
        if not isinstance(value, dg.MarkdownMetadataValue)
    }
