"""What is heard: dialogue, music and the sound of places."""

import dagster as dg

from director_dagster.defs.partitions import FILMS
from director_dagster.defs.script import characters, script
from director_dagster.defs.step import TakesConfig, declare
from director_dagster.studio.score import score
from director_dagster.studio.studio import Studio
from director_dagster.studio.voice import voice


@dg.asset(
    partitions_def=FILMS,
    group_name="sound",
    kinds={"audio"},
    code_version="1",
    owners=["team:sound"],
    deps=[script, characters],
)
async def dialogue(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: TakesConfig
) -> dg.MaterializeResult[None]:
    """A recording of every line that is said or told."""
    return await declare(context, studio, voice, config)


@dg.asset(
    partitions_def=FILMS, group_name="sound", kinds={"audio"}, code_version="1", owners=["team:sound"], deps=[script]
)
async def music(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: TakesConfig
) -> dg.MaterializeResult[None]:
    """The film's score, and a bed of ambience for every place."""
    return await declare(context, studio, score, config)
