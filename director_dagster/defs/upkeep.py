"""Upkeep: what keeps everything that was made, by the clock: copies, and looking whether all is still there."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta

import dagster as dg
from pydantic import Field

from director_dagster.defs import runs
from director_dagster.defs.interrupts import interruptible
from director_dagster.errors import DirectorError
from director_dagster.settings import Settings
from director_dagster.studio.preserve import Tally, look, replicate
from director_dagster.studio.scrub import FRESH, read_all
from director_dagster.studio.studio import Studio

TEN_MINUTES, NIGHTLY, LATER = "*/10 * * * *", "10 3 * * *", "40 3 * * *"
NIGHT_S = 3 * 3600.0
"""So long a deep scrub reads in one night; what it does not come to is read the next, the longest unread first."""


class DeepConfig(dg.Config):
    """How deep, fast and long."""

    days: float = Field(default=FRESH.days, description="What was not read for so long is read.", ge=0)
    rate_mb_s: float = Field(default=50.0, description="How many megabytes a second are read at most.", gt=0)
    seconds: float = Field(default=NIGHT_S, description="When it stops; the next one goes on from there.", ge=0)


@dg.op(out=dg.Out(dg.Nothing))
async def copy_to_stores(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio]) -> None:
    """Copy to each store of copies what it lacks."""
    await _tell(context, lambda: replicate(studio))


@dg.op(out=dg.Out(dg.Nothing))
async def look_at_stores(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio]) -> None:
    """Look whether each store holds what it should, and bring back what it does not."""
    await _tell(context, lambda: look(studio))


@dg.op(out=dg.Out(dg.Nothing))
async def read_stores(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio], config: DeepConfig) -> None:
    """Read the copies that were not read for long, prove them, and bring back what is damaged."""
    await _tell(
        context,
        lambda: read_all(
            studio,
            older=timedelta(days=config.days),
            rate_bytes_s=config.rate_mb_s * 1_000_000,
            for_s=config.seconds,
        ),
    )


@dg.job(description="Copy what the vault holds to the stores that DIRECTOR_COPIES names.")
def copies() -> None:
    """One step."""
    copy_to_stores()


@dg.job(description="The light scrub: whether all blobs are where they should be, of their size.")
def scrub() -> None:
    """One step."""
    look_at_stores()


@dg.job(description="The deep scrub: read every copy and prove it, the longest unread first.")
def deep_scrub() -> None:
    """One step."""
    read_stores()


@dg.schedule(
    job=copies,
    cron_schedule=TEN_MINUTES,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Copies every ten minutes, where stores of copies are named.",
)
def copies_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A run, if there is anywhere to copy to and the last one is over."""
    if not Settings.from_env().copies:
        yield dg.SkipReason("DIRECTOR_COPIES names no store")
    elif _at_work(context.instance, copies.name):
        yield dg.SkipReason("the last copying is not over yet")
    else:
        yield dg.RunRequest()


scrub_schedule = dg.ScheduleDefinition(
    job=scrub,
    cron_schedule=NIGHTLY,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night: is all still there?",
)
deep_scrub_schedule = dg.ScheduleDefinition(
    job=deep_scrub,
    cron_schedule=LATER,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night: is it still the same, of what was not read for 30 days.",
)


def _at_work(instance: dg.DagsterInstance, job: str) -> bool:
    return bool(instance.get_runs(filters=dg.RunsFilter(job_name=job, statuses=runs.AT_WORK), limit=1))


async def _tell(context: dg.OpExecutionContext, work: Callable[[], Awaitable[Sequence[Tally]]]) -> None:
    """Do it and show what was done in each store. A run that has found something lost for good has failed."""
    try:
        async with interruptible(context):
            tallies = await work()
    except DirectorError as exc:
        raise dg.Failure(str(exc)) from exc
    shown = _metadata(tallies)
    lost, faults = sum(each.lost for each in tallies), [each.fault for each in tallies if each.fault]
    if faults:
        raise dg.Failure(faults[0], metadata=shown)
    if lost:
        raise dg.Failure(
            f"blobs that are lost, and that no store has: {lost}. `director recover` tells what brings them back",
            metadata=shown,
            allow_retries=False,
        )
    context.add_output_metadata(shown)


def _metadata(tallies: Sequence[Tally]) -> dict[str, dg.MetadataValue]:
    columns = ("store", "looked_at", "read_bytes", "copied", "missing", "damaged", "restored", "lost", "strange")
    records = [
        dg.TableRecord({**{name: getattr(each, name) for name in columns[:-1]}, "strange": len(each.strange)})
        for each in tallies
    ]
    schema = dg.TableSchema(columns=[dg.TableColumn(name, "string" if name == "store" else "int") for name in columns])
    return {"director/table": dg.MetadataValue.table(records=records, schema=schema)}
