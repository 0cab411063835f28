"""What every asset does: take the film's key, call one verb, translate its errors, return what it reports."""

from collections.abc import Awaitable, Callable

import dagster as dg

from director_dagster.defs import metadata
from director_dagster.errors import DirectorError, Unavailable
from director_dagster.story.film import FilmKey, parse_film_key
from director_dagster.studio.report import PiecesFailed, Report
from director_dagster.studio.studio import Studio

Verb = Callable[[Studio, FilmKey], Awaitable[Report]]


async def declare(context: dg.AssetExecutionContext, studio: Studio, verb: Verb) -> dg.MaterializeResult[None]:
    """Make sure that what `verb` makes exists for the film of this partition, and tell what it took.

    Raises dg.Failure: with the figures of what was made (also logged as an observation) when some pieces failed, and
    never to be retried by Dagster unless nothing was decided.
    """
    try:
        # Dagster takes an empty key for none.
        key = context.partition_key if context.has_partition_key else ""
        report = await verb(studio, parse_film_key(key))
    except PiecesFailed as exc:
        figures = metadata.of(exc.report)
        context.log_event(
            dg.AssetObservation(asset_key=context.asset_key, partition=context.partition_key, metadata=figures)
        )
        raise dg.Failure(str(exc), metadata=figures, allow_retries=False) from exc
    except DirectorError as exc:
        raise dg.Failure(str(exc), allow_retries=isinstance(exc, Unavailable)) from exc
    return dg.MaterializeResult(metadata=metadata.of(report), data_version=dg.DataVersion(report.version))
