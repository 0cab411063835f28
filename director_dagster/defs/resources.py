"""The studio as a Dagster resource: opened for a run, closed after it, whether it succeeds, fails or is cancelled."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import dagster as dg
from pydantic import Field

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import as_id
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import runs
from director_dagster.defs.failures import failure
from director_dagster.errors import DirectorError, Outage
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings
from director_dagster.story.crew import spell_out
from director_dagster.studio import requests
from director_dagster.studio.studio import Studio, open_studio


class StudioResource(dg.ConfigurableResource[Studio]):
    """Opens the studio on the database and the home that the environment names when a run begins.

    Attributes:
        crew: Who makes what in this run.
        finals: Whose pieces it makes even where others are.
        max_usd: What this run may spend.
        finish_only: Whether it only finishes what other runs have sent.
        repair_only: Whether it pays only for what was paid for before and is lost.
        keep_stale: Whether it leaves what films have as it is, current or not.
    """

    crew: dict[str, str] = Field(
        default={},
        description="Who makes what in this run instead of whom the film names: provider:model by medium (script, "
        "image, video, speech, music), or by `preset` animatic, cheap, balanced or best. What is there and current "
        "stays, whoever made it.",
    )
    finals: list[str] = Field(
        default=[],
        description="Whose pieces this run's crew makes even where others are: shots (sh010), scenes (scene:3) or all. "
        "What is replaced stays as a take; running this again buys nothing.",
    )
    max_usd: float | None = Field(
        default=None,
        description="What this run may spend at most, in dollars; unless told, what is left of the film's budget and "
        "of its workspace's, which bound it in any case. Where none is set, nothing.",
    )

    finish_only: bool = Field(
        default=False, description="Only finish what other runs have sent to a provider, and buy nothing else."
    )

    repair_only: bool = Field(
        default=False, description="Pay only for what was paid for before and is lost, and for nothing else."
    )

    keep_stale: bool = Field(
        default=False,
        description="Leave what the film has as it is, current or not: only what is missing, and what finals and "
        "takes name, is made.",
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """The studio; afterwards no task of the run is left and no child process works on."""
        runs.sign(context)
        runs.keep_connections(context.instance)
        studio = self._open(context)
        try:
            yield studio
        finally:
            loop = context.event_loop or asyncio.new_event_loop()
            loop.run_until_complete(_end(studio))

    def _open(self, context: dg.InitResourceContext) -> Studio:
        try:
            settings = Settings.from_env()
            url = database_url(settings)
            return open_studio(
                database_url=url,
                home=settings.home,
                accounts=settings.accounts,
                replicas=settings.copies,
                min_copies=settings.min_copies,
                crew=spell_out(self.crew),
                finals=self.finals,
                max_usd=_allowed(context, url, self.max_usd),
                finish_only=self.finish_only,
                repair_only=self.repair_only,
                keep_stale=self.keep_stale,
                actor=runs.actor(context),
            )
        except DirectorError as exc:
            if not isinstance(exc, Outage):
                runs.try_no_more(context)
            raise failure(exc) from exc


def _allowed(context: dg.InitResourceContext, url: str, max_usd: float | None) -> float | None:
    """What the run may spend: of one that is for a request, what the request's earlier runs have left.

    Raises BadInput, before anything is done, when the request is not this run's.
    """
    tags = {} if context.run is None else context.run.tags
    if context.run is None or runs.REQUEST not in tags:
        return max_usd
    request_id, after = as_id(tags[runs.REQUEST]), tags.get(runs.AFTER, "")
    return asyncio.run(_begin(url, request_id, context.run.run_id, after)) / 1_000_000


async def _begin(url: str, request_id: UUID, run_id: str, after: str) -> int:
    async with open_catalog(url, actor=Actor(run_id=run_id)) as catalog:
        return await requests.begin(catalog, request_id, run_id=run_id, after=after)


async def _end(studio: Studio) -> None:
    """Cancel and await what a cancelled step has left: Dagster drops its coroutine without cancelling its tasks.

    What they do at their end, as letting go of leases, is awaited too, and so is what is being written: it may be a
    provider's word that it was paid.
    """
    for task in studio.at_work:
        task.cancel()
    while left := _others():
        await asyncio.wait(left)
    await studio.aclose()


def _others() -> set["asyncio.Task[object]"]:
    return asyncio.all_tasks() - {asyncio.current_task()}
