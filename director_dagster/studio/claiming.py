"""Claiming: a purchase becomes this run's to make, is held while it is made, and let go of or given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from director_dagster.catalog import claims, ledger
from director_dagster.catalog.claims import Claim, Outcome
from director_dagster.catalog.money import told
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import BudgetExceeded, InTrash, OutsideRun, Unavailable
from director_dagster.providers.contract import Price
from director_dagster.studio.order import Order, purchase_of, reached
from director_dagster.studio.studio import Studio

RENEW_S = 15.0
GIVEN_UP = "it was given up before it was sent"

Claiming = Callable[[Studio, Order, int], Awaitable[Claim]]


async def claim(studio: Studio, order: Order, purchase: int) -> Claim:
    """Claim the purchase, within the run's allowance: only what this run has claimed anew counts."""
    price = order.provider.price(order.request)
    await _refuse_beyond(studio, order, price)
    anew = await _hold(studio, order, price)
    ours = False
    try:
        account = studio.accounts.get(order.provider.name, "")
        found = await studio.desk.claim(purchase_of(order, purchase, price, account=account))
        ours = found.outcome is Outcome.OURS and found.generation.lease_epoch == 1
    finally:
        if anew and not ours:
            studio.allowance.book(order.request.fingerprint, 0)
    if anew and not ours:
        studio.buying.spared()
    if found.outcome is Outcome.OURS:
        reached("claimed", found.generation)
    return found


async def _hold(studio: Studio, order: Order, price: Price) -> bool:
    """Hold the price against the run's allowance; whether it was not held before. What is begun was agreed to when it
    was begun, so it needs no room in this run's. Raises BudgetExceeded."""
    try:
        return studio.allowance.hold(order.request.fingerprint, price.microusd or 0)
    except BudgetExceeded:
        if await _is_begun(studio, order):
            return False
        raise


async def claim_begun(studio: Studio, order: Order, purchase: int) -> Claim:
    """Claim a purchase that there is already."""
    price, account = order.provider.price(order.request), studio.accounts.get(order.provider.name, "")
    return await studio.desk.claim(purchase_of(order, purchase, price, account=account))


async def _refuse_beyond(studio: Studio, order: Order, price: Price) -> None:
    """Raise OutsideRun for what this run is not there for. A run that only finishes brings what was sent to its end:
    what a dead run has only claimed it lets lie, as `begun.let_go_unsent` lets go of it."""
    name, rest = order.label.name, "`director make` makes the rest"
    if studio.finish_only:
        if not await _is_sent(studio, order):
            raise OutsideRun(f"{name}: this run only finishes what was sent before; {rest}")
        return
    if not studio.repair_only or price.microusd == 0 or await _is_begun(studio, order):
        return
    if order.replaces is None and await lost_before(studio, order) is None:
        raise OutsideRun(
            f"{name}: as it is asked for now it was never bought; this run pays only for what is lost; {rest}"
        )


async def refuse_trashed(studio: Studio, order: Order) -> None:
    """Raise InTrash where the very same was paid for before and lies in the trash. What costs nothing is made again,
    and what was begun is finished."""
    if order.provider.price(order.request).microusd == 0:
        return
    there = await studio.desk.trashed((order.label.workspace_id, order.request.fingerprint))
    if there is not None and not await _is_begun(studio, order):
        raise InTrash(in_trash(there))


def in_trash(asset: Asset) -> str:
    """What to tell of an asset that is wanted and lies in the trash."""
    return (
        f"{asset.name} was paid for ({told(asset.cost_microusd)}) and lies in the trash since "
        f"{asset.deleted_at:%Y-%m-%d}, so it is not bought again: restored, it is back for nothing "
        f"(`director assets restore {asset.id}`); purged, it is bought anew "
        f"(`director assets purge {asset.id} --reason TEXT`)"
    )


async def _is_begun(studio: Studio, order: Order) -> bool:
    async with studio.catalog.session() as db:
        return await claims.is_begun(db, order.label.workspace_id, order.request.fingerprint)


async def _is_sent(studio: Studio, order: Order) -> bool:
    async with studio.catalog.session() as db:
        return await claims.is_sent(db, order.label.workspace_id, order.request.fingerprint)


@asynccontextmanager
async def held(studio: Studio, generation: Generation) -> AsyncIterator[None]:
    """Renew the lease while the block works. If the block does not end well, anybody may take over at once."""
    renewing = asyncio.create_task(_renew(studio, generation))
    done = False
    try:
        yield
        done = True
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        if not done:
            # A step that is cancelled cancels its pieces once more while they let go.
            await asyncio.shield(studio.catalog.spawn(let_go(studio, generation)))


async def let_go(studio: Studio, generation: Generation) -> None:
    """End our lease, so that anybody may take the purchase over at once; nothing where it is another worker's."""
    with suppress(Unavailable):
        async with studio.catalog.session() as db:
            await ledger.let_go(db, generation)


async def _renew(studio: Studio, generation: Generation) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        await studio.desk.renew(generation)


@asynccontextmanager
async def released(studio: Studio, generation: Generation) -> AsyncIterator[None]:
    """If the block gives up what was never sent, the budgets get back what was held for it: nobody may want it again
    as it was."""
    try:
        yield
    except BaseException:
        if generation.reserved_microusd:
            await asyncio.shield(studio.catalog.spawn(_cancel(studio, generation)))
        raise


async def _cancel(studio: Studio, generation: Generation) -> None:
    with suppress(Unavailable):
        async with studio.catalog.session() as db:
            await ledger.cancel(db, generation, reason=GIVEN_UP)
        studio.allowance.book(generation.fingerprint, 0)


async def lost_before(studio: Studio, order: Order) -> Asset | None:
    """The asset that was bought before as this is, and is lost; None without one."""
    return await studio.desk.lost((order.label.workspace_id, order.request.fingerprint))
