"""The jobs that the command, schedules and pages launch."""

import dagster as dg
from pydantic import Field

from director_dagster.defs import metadata
from director_dagster.defs.failures import failure
from director_dagster.defs.interrupts import interruptible
from director_dagster.defs.partitions import FILMS
from director_dagster.defs.step import film_key
from director_dagster.errors import DirectorError
from director_dagster.studio.estimate import estimate as estimated
from director_dagster.studio.studio import Studio

MAKE_FILM = "make_film"

make_film = dg.define_asset_job(
    MAKE_FILM,
    selection=dg.AssetSelection.all(),
    description="Make sure that the film exists: keep what is current, reuse what fits, make the rest.",
)


class EstimateConfig(dg.Config):
    """What `make_film` would be told."""

    takes: dict[str, dict[str, int]] = Field(default={}, description="By step, e.g. {shots: {sh010: 3}}.")


@dg.op(out=dg.Out(dg.Nothing))
async def estimate_film(
    context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio], config: EstimateConfig
) -> None:
    """What the film would keep, reuse, make and cost; spends and writes nothing."""
    try:
        async with interruptible(context):
            reports = await estimated(studio, film_key(context), wanted=config.takes)
    except DirectorError as exc:
        raise failure(exc) from exc
    context.add_output_metadata(metadata.of_estimate(reports))


@dg.job(partitions_def=FILMS, description="Tell what making the film would keep, reuse, make and cost.")
def estimate() -> None:
    """One step, and no Dagster asset's materialization: nothing is made."""
    estimate_film()
