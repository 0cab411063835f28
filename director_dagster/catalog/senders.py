"""Senders: which processes may still be sending what they were about to send.

Each process that sends holds a lock of Postgres's own over a connection of its own. Postgres lets go of it when the
process is gone, however it went; one that only stands still keeps it. So a lock that is free says that whoever held it
sends nothing more. Where Postgres itself dies the lock is gone while its holder lives: it is held again before the next
request, and what is under way at that moment is over long before a provider's list is believed.
"""

import asyncio
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.session import Catalog


class Sender:
    """This process among those that send; `id` is its name in the ledger.

    Attributes:
        sending: The generations that it is sending now.
    """

    def __init__(self) -> None:
        self.id = new_id()
        self.sending: set[UUID] = set()
        self._holding: AsyncConnection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def hold(self, catalog: Catalog) -> None:
        """Make sure that the lock is held, before anything is sent. Raises DatabaseUnavailable."""
        async with self._one_at_a_time:
            if self._holding is not None and await _answers(self._holding):
                return
            self._holding = await catalog.hold(_name(self.id))

    async def ended(self, db: AsyncSession, sender_id: UUID | None, generation_id: UUID) -> bool:
        """Whether `sender_id`, which was about to send the generation, surely does so no more."""
        if sender_id == self.id:
            return generation_id not in self.sending
        if sender_id is None:
            return True
        free = text("SELECT pg_try_advisory_xact_lock_shared(hashtextextended(:name, 0))")
        return bool(await db.scalar(free, {"name": _name(sender_id)}))

    async def aclose(self) -> None:
        """Let go of the lock; a second call does nothing."""
        if self._holding is not None:
            await self._holding.close()
            self._holding = None


async def _answers(connection: AsyncConnection) -> bool:
    try:
        await connection.execute(text("SELECT 1"))
    except DBAPIError:
        await connection.close()
        return False
    return True


def _name(sender_id: UUID) -> str:
    return f"sender:{sender_id}"
