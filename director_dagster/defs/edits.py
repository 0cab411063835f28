"""Edited films as Dagster watches them: what costs nothing follows by itself, for what is paid a person is asked."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

import dagster as dg

from director_dagster.catalog.money import told
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import runless, runs
from director_dagster.defs.checks import CURRENT
from director_dagster.defs.jobs import make_film
from director_dagster.errors import DirectorError
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.story.film import parse_film_key
from director_dagster.studio.staleness import Standing, State, is_made, look
from director_dagster.studio.studio import open_studio

EVERY_S = 30
FILMS_A_TICK, EDITS_A_TICK, SHOWN = 5, 500, 5
SETTLED = timedelta(seconds=60)
"""Whoever edits a film and makes it at once, as `director make` does, has begun its run by then."""

FOR_NOTHING = {"resources": {"studio": {"config": {"max_usd": 0.0}}}}

Found = Mapping[str, Sequence[Standing] | DirectorError]


@dg.sensor(
    job=make_film,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at films whose page or settings were edited: the check `current` tells what is stale. What "
    "costs nothing is made anew; what is paid, or replaces what was, waits for a person: `director stale` tells of it.",
)
def edits(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """For each film that was made and then edited how it stands, and a run if bringing it up to date is free, and puts
    no draft where a final is.

    A film that a run is at work on waits for a later tick, and so do more than five.
    """
    now, settings = datetime.now(UTC), Settings.from_env()
    said = json.loads(context.cursor or "{}")
    since, waiting = datetime.fromisoformat(said.get("since", now.isoformat())), dict(said.get("waiting", {}))
    for film, edited_at in asyncio.run(_edited(settings, since)):
        since, waiting[film] = edited_at, edited_at.isoformat()
    settled = (film for film, at in waiting.items() if datetime.fromisoformat(at) <= now - SETTLED)
    due = list(islice((film for film in settled if not runs.at_work(context.instance, film)), FILMS_A_TICK))
    found = asyncio.run(_look(settings, due)) if due else {}
    for film, error in found.items():
        if isinstance(error, DirectorError):
            context.log.warning("%s: %s", film, error)
    stand = {film: each for film, each in found.items() if not isinstance(each, DirectorError)}
    runless.forget(context.instance, CURRENT, list(stand))
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{film}:{waiting[film]}", partition_key=film, run_config=FOR_NOTHING)
            for film, each in stand.items()
            if _is_behind(each) and _follows(each)
        ],
        asset_events=[event for film, each in stand.items() for event in _told(film, each)],
        cursor=json.dumps(
            {
                "since": since.isoformat(),
                "waiting": {film: at for film, at in waiting.items() if film not in due},
            }
        ),
    )


async def _edited(settings: Settings, since: datetime) -> Sequence[tuple[str, datetime]]:
    async with open_catalog(database_url(settings)) as catalog, catalog.session() as db:
        return await films.edited(db, since=since, limit=EDITS_A_TICK)


async def _look(settings: Settings, due: Sequence[str]) -> Found:
    """How those of the films stand that were made before, noted for the library; of one that cannot be told, why."""
    studio = open_studio(database_url=database_url(settings), home=settings.home, accounts=settings.accounts)
    found: dict[str, Sequence[Standing] | DirectorError] = {}
    try:
        for film in due:
            try:
                key = parse_film_key(film)
                if await is_made(studio, key):
                    found[film] = await look(studio, key)
            except DirectorError as exc:
                found[film] = exc
    finally:
        await studio.aclose()
    return found


def _is_behind(found: Sequence[Standing]) -> bool:
    return any(each.state is not State.CURRENT for each in found)


def _follows(found: Sequence[Standing]) -> bool:
    """Whether it may be brought up to date unasked: it costs nothing, and what was paid for stays in the film."""
    return _cost(found) == 0 and not any(each.change.falls for each in found)


def _cost(found: Sequence[Standing]) -> int | None:
    """What bringing it up to date costs at most; None where that is not known."""
    costs = [each.change.high_microusd for each in found]
    return None if None in costs else sum(cost or 0 for cost in costs)


def _told(film: str, found: Sequence[Standing]) -> Iterator[dg.AssetCheckEvaluation]:
    """The check of each Dagster asset, as it is now."""
    for step, pieces in groupby(found, key=lambda each: each.change.step):
        behind = [each.change.slot for each in pieces if each.state is not State.CURRENT]
        more = " …" if len(behind) > SHOWN else ""
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(step),
            check_name=CURRENT,
            partition=film,
            passed=not behind,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{', '.join(behind[:SHOWN])}{more}: the film was edited, and asks for something else. All of "
            f"it costs {told(_cost(found))} at most; `director stale {film}` tells why"
            if behind
            else "",
            metadata={"director/offenders": len(behind)},
        )
