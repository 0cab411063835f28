"""What is seen: storyboard frames, and the shots that are filmed from them."""

import dagster as dg

from director_dagster.defs.partitions import FILMS
from director_dagster.defs.script import characters, script
from director_dagster.defs.sound import dialogue
from director_dagster.defs.step import TakesConfig, declare
from director_dagster.studio.board import board
from director_dagster.studio.shoot import shoot
from director_dagster.studio.studio import Studio


@dg.asset(
    partitions_def=FILMS,
    group_name="picture",
    kinds={"image"},
    code_version="1",
    owners=["team:camera"],
    deps=[script, characters],
)
async def storyboard(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: TakesConfig
) -> dg.MaterializeResult[None]:
    """A drawn frame for every shot: its first picture."""
    return await declare(context, studio, board, config)


@dg.asset(
    partitions_def=FILMS,
    group_name="picture",
    kinds={"video"},
    code_version="1",
    owners=["team:camera"],
    deps=[characters, storyboard, dialogue],
)
async def shots(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: TakesConfig
) -> dg.MaterializeResult[None]:
    """A moving picture for every shot, as long as what is said in it."""
    return await declare(context, studio, shoot, config)
