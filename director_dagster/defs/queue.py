"""The queue as Dagster sees it: each day takes from it so many films, within so much money."""

import asyncio
from datetime import UTC, date, datetime

import dagster as dg

from director_dagster.catalog.money import to_microusd, to_usd
from director_dagster.catalog.session import open_catalog
from director_dagster.defs.interrupts import interruptible
from director_dagster.errors import DirectorError
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.studio.queue import Pace, is_waiting, take_from_queue
from director_dagster.studio.studio import Studio

HOURLY = "20 * * * *"


@dg.op(out=dg.Out(dg.Nothing))
async def take_what_is_due(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio]) -> None:
    """Take from the queue what today has room for; the sensor `requests` makes those films."""
    try:
        async with interruptible(context):
            taken = await take_from_queue(studio, _pace(Settings.from_env()), datetime.now(UTC).date())
    except DirectorError as exc:
        raise dg.Failure(str(exc)) from exc
    records = [
        dg.TableRecord({"film": row.film, "max_usd": float(to_usd(row.max_microusd) or 0), "asked_by": row.asked_by})
        for row in taken
    ]
    columns = [dg.TableColumn("film", "string"), dg.TableColumn("max_usd", "float"), dg.TableColumn("asked_by")]
    table = dg.MetadataValue.table(records=records, schema=dg.TableSchema(columns=columns))
    context.add_output_metadata({"director/taken": len(taken), "director/table": table})


@dg.job(description="Take from the queue as many requests as today has room for: DIRECTOR_QUEUE_A_DAY and _USD.")
def queue() -> None:
    """One step."""
    take_what_is_due()


@dg.schedule(
    job=queue,
    cron_schedule=HOURLY,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="From DIRECTOR_QUEUE_HOUR on: takes from the queue what the day has room for. A studio that is off at "
    "that hour takes it later the same day; a day that was missed is not made up for.",
)
def queue_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A run if there is something in the queue that today has room for, once an hour at most."""
    settings, now = Settings.from_env(), context.scheduled_execution_time.astimezone(UTC)
    if now.hour < settings.queue_hour:
        return dg.SkipReason(f"the day's films are taken from {settings.queue_hour}:00 on, UTC")
    if not asyncio.run(_is_waiting(settings, now.date())):
        return dg.SkipReason("nothing is in the queue that today has room for")
    return dg.RunRequest(run_key=f"queue:{now:%Y-%m-%dT%H}")


async def _is_waiting(settings: Settings, today: date) -> bool:
    async with open_catalog(database_url(settings)) as catalog, catalog.session() as db:
        return await is_waiting(db, _pace(settings), today)


def _pace(settings: Settings) -> Pace:
    return Pace(a_day=settings.queue_a_day, max_microusd=to_microusd(settings.queue_usd) or 0)
