"""Seats: how many jobs one account may have at a provider at once, counted over all processes that share a catalog.

A generation has a seat from just before it is sent until its job has ended, as long as its worker's lease lasts: what a
dead worker has left may still run at the provider, which then says itself that it takes no more.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Generation
from director_dagster.catalog.tables.ledger import UNDER_WAY

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def admit(db: AsyncSession, wanted: Sequence[tuple[Generation, int | None]]) -> list[bool]:
    """Of generations that are to be sent, each with how many its account may have at once: whether it may go now.

    The first ones come first; None is any number. Until the end of the transaction nobody else is admitted to those
    accounts.
    """
    ours = [generation.id for generation, _ in wanted]
    limits = {(each.provider, each.account): limit for each, limit in wanted if limit is not None}
    free = {}
    for provider, account in sorted(limits):  # in one order for all, so that no two wait for each other
        await db.execute(LOCK, {"name": f"seats:{provider}:{account}"})
        query = (
            select(func.count())
            .select_from(Generation)
            .where(Generation.provider == provider, Generation.account == account, Generation.state.in_(UNDER_WAY))
            .where(Generation.lease_until > func.clock_timestamp(), Generation.id.not_in(ours))
        )
        free[provider, account] = limits[provider, account] - (await db.scalars(query)).one()
    return [_admitted(free, (each.provider, each.account)) for each, _ in wanted]


def _admitted(free: dict[tuple[str, str], int], account: tuple[str, str]) -> bool:
    if account not in free:
        return True
    free[account] -= 1
    return free[account] >= 0
