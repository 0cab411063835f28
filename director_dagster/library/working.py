"""Working on batches: in tasks of the library's own process, and in those of the next one when this one is killed."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any
from uuid import UUID

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.queries import batches
from director_dagster.catalog.tables import Batch
from director_dagster.errors import DirectorError, Unavailable
from director_dagster.studio import bulk
from director_dagster.studio.studio import Studio

SMALL = 5_000
"""A batch of so many assets waits for no other one."""

LARGE_AT_ONCE = 2
AGAIN_S = 5.0
FAULT = "a fault of the library's own: its log says more"

log = logging.getLogger(__name__)


class Working:
    """The batches that this process works on, each in one task. One object serves one event loop."""

    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[Batch]] = {}
        self._others: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(LARGE_AT_ONCE)

    def on(self, studio: Studio, batch: Batch) -> asyncio.Task[Batch]:
        """The task that brings a batch to its end, whoever waits for it; begun where this process has none.

        It gives the batch as it is then, a failed one too. `studio` is of the batch's workspace alone.
        """
        if batch.id not in self._tasks:
            task = asyncio.create_task(self._ended(studio, batch))
            task.add_done_callback(lambda _: self._tasks.pop(batch.id))
            self._tasks[batch.id] = task
        return self._tasks[batch.id]

    def go_on(self, studio: Studio) -> None:
        """Begin to work on all that is not at its end, of every workspace: a process that was killed has left it."""
        self._beside(self._all_ended(studio))

    async def stop(self) -> None:
        """Leave off: what is decided is committed, and the next process goes on from there."""
        while tasks := [*self._tasks.values(), *self._others]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def _all_ended(self, studio: Studio) -> None:
        while True:
            try:
                async with studio.catalog.session() as db:
                    found = await batches.working(db)
            except Unavailable as exc:
                log.warning("batches are gone on with when the database is there again: %s", exc)
                await asyncio.sleep(AGAIN_S)
            else:
                break
        for batch in found:
            within = studio.catalog.within(batch.workspace_id, actor=Actor(who=batch.who))
            self.on(replace(studio, catalog=within), batch)

    async def _ended(self, studio: Studio, batch: Batch) -> Batch:
        room: AbstractAsyncContextManager[object] = self._room if batch.total > SMALL else nullcontext()
        async with room:
            while True:
                try:
                    return await bulk.work(studio, batch.workspace_id, batch.id)
                except Unavailable as exc:
                    log.warning("batch %s is gone on with in %s s: %s", batch.id, AGAIN_S, exc)
                    await asyncio.sleep(AGAIN_S)
                except Exception as exc:
                    log.exception("batch %s is given up", batch.id)
                    reason = str(exc) if isinstance(exc, DirectorError) else FAULT
                    await bulk.give_up(studio, batch.workspace_id, batch.id, reason)
                    return await bulk.known(studio, batch.workspace_id, batch.id)
