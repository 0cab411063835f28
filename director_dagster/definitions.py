"""The composition root: all that Dagster loads, and the job as the command runs it."""

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException

from director_dagster.defs import film, picture, runs, script, sound
from director_dagster.defs.jobs import make_film
from director_dagster.defs.resources import StudioResource
from director_dagster.defs.runs import FinishedRun
from director_dagster.errors import Failed
from director_dagster.settings import Env
from director_dagster.story.film import FilmKey

__all__ = ["FinishedRun", "defs", "make_now", "report_dead"]

defs = dg.Definitions(
    assets=[
        script.script,
        script.characters,
        sound.dialogue,
        sound.music,
        picture.storyboard,
        picture.shots,
        film.film,
    ],
    jobs=[make_film],
    resources={"studio": StudioResource(database_url=dg.EnvVar(Env.DATABASE_URL), home=dg.EnvVar(Env.HOME))},
    # A process a step costs seconds and hundreds of megabytes; the waiting is concurrent inside a step.
    executor=dg.in_process_executor,
)


def make_now(key: FilmKey) -> FinishedRun:
    """Run `make_film` for a film in this process, on the instance that the environment names.

    Raises Failed when Postgres is lost meanwhile.
    """
    try:
        with dg.DagsterInstance.get() as instance:
            runs.report_dead(instance)
            return runs.make_now(defs, instance, key)
    except DagsterPostgresException as exc:
        raise Failed("Postgres was lost on the way; the same command goes on from there") from exc


def report_dead() -> list[str]:
    """Report runs as failed that a killed process of this machine left behind; gives their ids."""
    with dg.DagsterInstance.get() as instance:
        return runs.report_dead(instance)
