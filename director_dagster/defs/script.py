"""The page: a film's script, and who and what is in it."""

import dagster as dg

from director_dagster.defs.partitions import FILMS
from director_dagster.defs.step import declare
from director_dagster.studio.design import design
from director_dagster.studio.studio import Studio
from director_dagster.studio.write import write


@dg.asset(partitions_def=FILMS, group_name="page", kinds={"text"}, code_version="1", owners=["team:writers"])
async def script(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The film's screenplay, written from its brief, and its list of shots."""
    return await declare(context, studio, write)


@dg.asset(
    partitions_def=FILMS, group_name="page", kinds={"image"}, code_version="1", owners=["team:design"], deps=[script]
)
async def characters(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """A look for every character, location and prop of the script, and a voice for whoever speaks."""
    return await declare(context, studio, design)
