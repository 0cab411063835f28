"""Senders: whether a request that may have left may still be on its way from some process.

While it sends a generation, a process holds a lock of Postgres's own in that generation's name, all of them over one
connection of its own. Postgres lets go of them when the process is gone, however it went; one that only stands still
keeps them. So a lock that is free says that nobody sends that generation. Where Postgres itself dies the locks are gone
while their holder lives: they are held again before the next request, and what is under way at that moment is over long
before a provider's list is believed.
"""

import asyncio
from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from director_dagster.catalog.session import Catalog

_NAMES = "SELECT {lock}(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
# Shared: where a provider knows a request again, a second process may send it too.
HOLD = text(_NAMES.format(lock="pg_advisory_lock_shared"))
LET_GO = text(_NAMES.format(lock="pg_advisory_unlock_shared"))
IS_FREE = text(_NAMES.format(lock="pg_try_advisory_xact_lock"))


async def is_sending(db: AsyncSession, generation_id: UUID) -> bool:
    """Whether a process, this one among them, may be sending the generation."""
    return not await db.scalar(IS_FREE, {"names": _names([generation_id])})


class Sender:
    """What this process is sending."""

    def __init__(self) -> None:
        self._sending: set[UUID] = set()
        self._ended: set[UUID] = set()
        self._holding: AsyncConnection | None = None
        self._one_at_a_time = asyncio.Lock()
        self._letting_go: asyncio.Task[None] | None = None

    async def begin(self, catalog: Catalog, generation_ids: Collection[UUID]) -> None:
        """Hold the generations' locks, before it is written that they may leave. Raises DatabaseUnavailable."""
        async with self._one_at_a_time:
            self._sending.update(generation_ids)
            wanted: Iterable[UUID] = generation_ids
            if self._holding is None or not await _answers(self._holding):
                self._holding = await catalog.connect_apart()
                wanted = self._sending
            with catalog.translating():
                await self._holding.execute(HOLD, {"names": _names(wanted)})

    def end(self, generation_id: UUID) -> None:
        """The generation is not being sent any more: its lock is let go of in a moment."""
        if generation_id in self._sending:
            self._sending.discard(generation_id)
            self._ended.add(generation_id)
            self._letting_go = self._letting_go or asyncio.create_task(self._let_go())

    async def aclose(self) -> None:
        """Let go of all of them; a second call does nothing."""
        if self._letting_go is not None:
            await self._letting_go
        if self._holding is not None:
            await self._holding.close()
            self._holding = None

    async def _let_go(self) -> None:
        async with self._one_at_a_time:
            ended, self._ended, self._letting_go = self._ended, set(), None
            if self._holding is not None:
                try:
                    await self._holding.execute(LET_GO, {"names": _names(ended)})
                except SQLAlchemyError:
                    # With the connection the locks are gone too; what is still being sent holds them again.
                    await self._holding.close()
                    self._holding = None


async def _answers(connection: AsyncConnection) -> bool:
    """Whether the connection is of use; one that was lost says so in more than one way."""
    try:
        await connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        await connection.close()
        return False
    return True


def _names(generation_ids: Iterable[UUID]) -> list[str]:
    return [f"sending:{each}" for each in generation_ids]
