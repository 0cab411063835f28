"""The film itself."""

import dagster as dg

from director_dagster.defs.partitions import FILMS
from director_dagster.defs.picture import shots
from director_dagster.defs.script import script
from director_dagster.defs.sound import dialogue, music
from director_dagster.defs.step import declare
from director_dagster.studio.edit import edit
from director_dagster.studio.studio import Studio


@dg.asset(
    partitions_def=FILMS,
    group_name="film",
    kinds={"video"},
    code_version="1",
    owners=["team:edit"],
    deps=[script, shots, dialogue, music],
)
async def film(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The finished film with its subtitles, poster and contact sheet."""
    return await declare(context, studio, edit)
