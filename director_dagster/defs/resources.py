"""The studio as a Dagster resource: opened for a run, closed after it, whether it succeeds, fails or is cancelled."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from director_dagster.studio.allowance import Allowance
from director_dagster.studio.studio import Studio, open_studio


class StudioResource(dg.ConfigurableResource[Studio]):
    """Opens the studio on a database and a vault.

    Attributes:
        database_url: Of the catalog.
        home: Of all that is kept.
        crew: Who makes what in this run.
        max_usd: What this run may spend.
    """

    database_url: str
    home: str
    crew: dict[str, str] = Field(
        default={},
        description="Who makes what in this run instead of whom the film names: provider:model by medium (script, "
        "image, video, speech, music). What is there and current stays, whoever made it.",
    )
    max_usd: float | None = Field(
        default=None, ge=0, description="What this run may spend at most, in dollars, within the film's budget."
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """The studio; afterwards no task of the run is left and no child process works on."""
        studio = open_studio(
            database_url=self.database_url,
            home=Path(self.home),
            crew=self.crew,
            allowance=Allowance.of_usd(self.max_usd),
        )
        try:
            yield studio
        finally:
            loop = context.event_loop or asyncio.new_event_loop()
            loop.run_until_complete(_end(studio))


async def _end(studio: Studio) -> None:
    """Cancel and await what a cancelled step has left: Dagster drops its coroutine without cancelling its tasks."""
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await studio.aclose()
