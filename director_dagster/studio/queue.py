"""The queue: requests that wait for their turn, of which each day takes so many, within so much money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import requests
from director_dagster.catalog.tables import FilmRequest
from director_dagster.studio.requests import keep
from director_dagster.studio.studio import Studio


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many requests a day takes from the queue, and what those may spend on a day, in micro-dollars."""

    a_day: int
    max_microusd: int


async def take_from_queue(studio: Studio, pace: Pace, today: date) -> Sequence[FilmRequest]:
    """Take from the queue what `today`, a day in UTC, has room for: those are due from now on.

    The first in the queue goes first; one for whose money there is no room today is passed over and stays where it is.
    A second call, or one beside it, takes no more than the first one has left. A day that was missed is not made up
    for.
    """
    async with studio.catalog.session() as db:
        await requests.hold_queue(db)
        taken = []
        while (found := await _next(db, pace, today)) is not None:
            await requests.take(db, found, today)
            taken.append(found)
    await keep(studio, taken)
    return taken


async def is_waiting(db: AsyncSession, pace: Pace, today: date) -> bool:
    """Whether there is something in the queue that `today` has room for."""
    return await _next(db, pace, today) is not None


async def _next(db: AsyncSession, pace: Pace, today: date) -> FilmRequest | None:
    left = await requests.left_of(db, today, a_day=pace.a_day, max_microusd=pace.max_microusd)
    return await requests.next_in_queue(db, max_microusd=left.microusd) if left.requests else None
