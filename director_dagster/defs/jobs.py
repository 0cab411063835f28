"""The jobs that the command, schedules and pages launch."""

import dagster as dg

MAKE_FILM = "make_film"

make_film = dg.define_asset_job(
    MAKE_FILM,
    selection=dg.AssetSelection.all(),
    description="Make sure that the film exists: keep what is current, reuse what fits, make the rest.",
)
