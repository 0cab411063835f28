"""The jobs that the command, schedules and pages launch."""

import dagster as dg

from director_dagster.defs.partitions import FILMS

MAKE_FILM = "make_film"

make_film = dg.define_asset_job(
    MAKE_FILM,
    selection=dg.AssetSelection.all(),
    partitions_def=FILMS,
    description="Make sure that the film exists: keep what is current, reuse what fits, make the rest.",
)
