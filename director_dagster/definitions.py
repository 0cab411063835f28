"""The composition root: all that Dagster loads, and the job as the command runs it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import click
import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import DBAPIError

from director_dagster.defs import film, picture, runs, script, sound, upkeep
from director_dagster.defs.checks import checks_of
from director_dagster.defs.edits import edits
from director_dagster.defs.inbox import inbox
from director_dagster.defs.jobs import estimate, make_film
from director_dagster.defs.queue import queue, queue_schedule
from director_dagster.defs.requests import requests
from director_dagster.defs.resources import StudioResource
from director_dagster.defs.restarts import restarts
from director_dagster.defs.runs import FinishedRun
from director_dagster.defs.sensors import lost_assets, reaper
from director_dagster.errors import DatabaseUnavailable, Failed
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import NOTHING_SAID, Wishes

__all__ = ["FinishedRun", "add_film", "defs", "make_now", "report_dead"]

ASSETS = [
    script.script,
    script.characters,
    sound.dialogue,
    sound.music,
    picture.storyboard,
    picture.shots,
    film.film,
]

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=checks_of(ASSETS),
    jobs=[make_film, estimate, queue, upkeep.copies, upkeep.scrub, upkeep.deep_scrub],
    schedules=[queue_schedule, upkeep.copies_schedule, upkeep.scrub_schedule, upkeep.deep_scrub_schedule],
    sensors=[reaper, restarts, lost_assets, inbox, edits, requests],
    resources={"studio": StudioResource()},
    # A process a step costs seconds and hundreds of megabytes; the waiting is concurrent inside a step.
    executor=dg.in_process_executor,
)


def add_film(key: FilmKey) -> None:
    """Give a film its partition in Dagster; a second call changes nothing. Raises DatabaseUnavailable."""
    with _instance() as instance:
        runs.add_film(instance, key)


def make_now(
    key: FilmKey,
    *,
    wishes: Wishes = NOTHING_SAID,
    max_usd: float = 0,
    only: Sequence[str] = (),
    who: str | None = None,
) -> FinishedRun:
    """Run `make_film` for a film in this process, on the instance that the environment names; else as `runs.make_now`.

    Raises DatabaseUnavailable when Postgres is not there, Failed when it is lost meanwhile.
    """
    with _instance() as instance:
        runs.report_dead(instance)
        try:
            return runs.make_now(defs, instance, key, wishes=wishes, max_usd=max_usd, only=only, who=who)
        except DagsterPostgresException as exc:
            raise Failed("Postgres was lost on the way; the same command goes on from there") from exc
        except DBAPIError as exc:
            # Dagster writes its log with a library of its own, and what that says comes as it is: a full disk, say.
            why = str(exc.orig).partition("\n")[0]
            raise Failed(f"Postgres takes no more: {why}; when that is mended, the same command goes on") from exc


def report_dead(*, since: datetime) -> list[str]:
    """Report runs as failed that a killed process of this machine left behind.

    Gives the ids of those that were reported after `since`, here or by the sensor. Raises DatabaseUnavailable.
    """
    with _instance() as instance:
        runs.report_dead(instance)
        return runs.died(instance, since=since)


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    except DagsterPostgresException as exc:
        raise DatabaseUnavailable(f"Postgres is lost: {exc}") from exc
    except click.ClickException as exc:
        raise DatabaseUnavailable(exc.message) from exc
