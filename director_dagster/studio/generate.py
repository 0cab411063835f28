"""The gate: the only door to a provider. Each of its steps is durable before the next.

1. What the workspace owns under the request's fingerprint is used, not bought.
2. *claimed*: the row of the generation, its price held against the budgets.
3. *submitting*: written before a request may leave.
4. *submitted*: the provider has taken it; *acknowledged*: its job id is written.
5. *fetched*: the output is in the vault's staging place.
6. *stored*: the bytes are in the vault, and the row says so.
7. *settled*: asset, edges, take, cost and budgets in one transaction.

A process may die between any two: whoever asks next takes the generation over when its lease is over, and goes on from
where it stood. What cannot be known (did the provider take it?) becomes `unknown` and is never sent again by itself.
Each point is a DEBUG line of the log of `studio.order`, with the point's name as the record's ``point``.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from director_dagster.catalog import claims, ledger
from director_dagster.catalog.claims import Claim, Outcome
from director_dagster.catalog.money import told
from director_dagster.catalog.queries import assets
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import (
    BudgetExceeded,
    DirectorError,
    Doubtful,
    EndedBadly,
    InTrash,
    KeyRejected,
    MediaDamaged,
    NeedsPerson,
    OutOfMoney,
    OutsideRun,
    Overloaded,
    RateLimited,
    Refused,
    RequestRejected,
    StorageUnavailable,
    Unavailable,
)
from director_dagster.media.inspect import inspect
from director_dagster.providers.contract import Accepted, Price
from director_dagster.studio import filing
from director_dagster.studio.delivery import clear, deliver, staging
from director_dagster.studio.desk import Settling, Stored
from director_dagster.studio.filing import Entry, Filed
from director_dagster.studio.order import Order, origin_of, purchase_of, reached
from director_dagster.studio.preserve import mark_lost
from director_dagster.studio.regain import regain
from director_dagster.studio.report import NOTICE
from director_dagster.studio.sending import close, rest_s, send, unknown
from director_dagster.studio.studio import Studio

RENEW_S = 15.0
FOLLOW_S = 0.25
LOOK_S = 15.0
"""So often a provider's list is looked at for what it may have taken."""

REST_S = 900.0
"""So long in all a piece waits for a provider that takes no more."""

log = logging.getLogger(__name__)

Claiming = Callable[[Studio, Order, int], Awaitable[Claim]]


@dataclass(frozen=True, kw_only=True)
class Bought:
    """An asset that answers an order; `owned` when it was there before, and then nothing was paid."""

    asset: Asset
    owned: bool


async def generate(studio: Studio, order: Order) -> Bought:
    """The asset that answers `order`, made now unless the workspace owns one; in its places it is the selected take.

    To be called under the lock of the film's step (`step.begin`), which a dead process does not hold.
    Asked again, also by another process after a crash, it pays nothing twice. Raises what the provider raises,
    BudgetExceeded when there is no room for the price, NeedsPerson when somebody must find out whether it was paid,
    InTrash when it was paid for and deleted.
    """
    purchase = 1
    while True:
        owned = await _owned(studio, order)
        if owned is not None:
            return Bought(asset=owned, owned=True)
        if order.request.fingerprint in studio.making:
            await asyncio.sleep(FOLLOW_S)
            continue
        await _refuse_trashed(studio, order)
        order.provider.ready()
        studio.making.add(order.request.fingerprint)
        try:
            asset = await _buy(studio, order, purchase, _claim)
        finally:
            studio.making.discard(order.request.fingerprint)
        if asset is not None:
            return Bought(asset=asset, owned=False)
        purchase += 1


async def finish(studio: Studio, order: Order, generation: Generation) -> Asset | None:
    """The asset of a purchase that somebody has begun, brought to its end by whoever finds it so; None when it is
    settled by now.

    To be called as `generate` is. It takes nothing of the run's allowance, since what it costs was held before. Raises
    what `generate` raises.
    """
    order.provider.ready()
    if order.request.fingerprint in studio.making:
        return None
    studio.making.add(order.request.fingerprint)
    try:
        await _let_go(studio, generation)
        return await _buy(studio, order, generation.purchase, _claim_begun)
    finally:
        studio.making.discard(order.request.fingerprint)


async def _buy(studio: Studio, order: Order, purchase: int, claiming: Claiming) -> Asset | None:
    """The asset of the `purchase`-th buying; None when that was settled before, and its asset is gone or owned."""
    waited_s = 0.0
    while True:
        try:
            with studio.buying.claiming():
                claim = await claiming(studio, order, purchase)
        except BudgetExceeded:
            if not await studio.buying.one_ended():
                raise
            continue
        match claim.outcome:
            case Outcome.OURS:
                try:
                    with studio.buying.claimed():
                        return await _carry_on(studio, order, claim.generation)
                except (RateLimited, Overloaded, Doubtful) as exc:
                    waited_s += await _wait(exc, waited_s)
            case Outcome.BOUGHT:
                return None
            case Outcome.UNKNOWN:
                raise NeedsPerson(unknown(claim.generation))
            case Outcome.FOLLOW:
                await _follow(studio, order, claim.generation)


async def _wait(error: RateLimited | Overloaded | Doubtful, waited_s: float) -> float:
    """Leave a provider alone as long as it asks, or for a moment where its list cannot be believed yet; how long that
    was. What is looked for there may turn up before that.

    Raises `error` in the end.
    """
    wait_s = rest_s(error)
    if waited_s + wait_s > REST_S:
        raise error
    log.info("%s: waiting for %.0f s", error, wait_s, extra=NOTICE)
    slept_s = min(wait_s, LOOK_S) if isinstance(error, Doubtful) else wait_s
    await asyncio.sleep(slept_s)
    return slept_s


async def _follow(studio: Studio, order: Order, generation: Generation) -> None:
    """Wait a moment for another worker. Of our own film there is none alive: we hold the lock of its step, and what
    this process makes is in `making`; so its holder is dead, and need not be waited for."""
    if generation.film_id == order.label.film_id:
        await _let_go(studio, generation)
        return
    log.info("%s: waiting for another film that makes the same", order.label.name, extra=NOTICE)
    await asyncio.sleep(FOLLOW_S)


async def _owned(studio: Studio, order: Order) -> Asset | None:
    """The workspace's asset of that fingerprint, in its places now; None without one whose bytes are there, or can be
    had again from who made them: what is marked lost was paid for too."""
    request = order.label.workspace_id, order.request.fingerprint
    live, blob = await studio.desk.owned(request)
    found = live or await studio.desk.lost(request)
    if found is None:
        return None
    there = blob is not None and await studio.vault.has(blob.digest, blob.size_bytes)
    if not there and not await regain(studio, found, order.request):
        if found.lost_at is None:
            await mark_lost(studio, found.digest or "", state="missing", why="its bytes are gone, and nobody has them")
        return None
    asset = found if found.lost_at is None else await _as_it_is_now(studio, found)
    try:
        await studio.desk.fill(filing.uses_of(order.places, asset, order.basis, insists=order.insists))
    except InTrash:
        return None  # somebody has deleted it since
    return asset


async def _as_it_is_now(studio: Studio, asset: Asset) -> Asset:
    async with studio.catalog.session() as db:
        return await assets.get(db, asset.workspace_id, asset.id)


async def _refuse_trashed(studio: Studio, order: Order) -> None:
    """Raise InTrash where the very same was paid for before and lies in the trash. What costs nothing is made again,
    and what was begun is finished."""
    if order.provider.price(order.request).microusd == 0:
        return
    there = await studio.desk.held_back((order.label.workspace_id, order.request.fingerprint))
    if there is not None and not await _is_begun(studio, order):
        raise InTrash(in_trash(there))


def in_trash(asset: Asset) -> str:
    """What to tell of an asset that is wanted and lies in the trash."""
    return (
        f"{asset.name} was paid for ({told(asset.cost_microusd)}) and lies in the trash since "
        f"{asset.deleted_at:%Y-%m-%d}, so it is not bought again: `director assets restore {asset.id}` has it back for "
        f"nothing, `director assets purge {asset.id} --reason TEXT` lets it be bought anew"
    )


async def _claim(studio: Studio, order: Order, purchase: int) -> Claim:
    """Claim the purchase, within the run's allowance: only what this run has claimed anew counts."""
    price = order.provider.price(order.request)
    await _refuse_beyond(studio, order, price)
    anew = studio.allowance.hold(order.request.fingerprint, price.microusd or 0)
    ours = False
    try:
        account = studio.accounts.get(order.provider.name, "")
        claim = await studio.desk.claim(purchase_of(order, purchase, price, account=account))
        ours = claim.outcome is Outcome.OURS and claim.generation.lease_epoch == 1
    finally:
        if anew and not ours:
            studio.allowance.book(order.request.fingerprint, 0)
    if claim.outcome is Outcome.OURS:
        reached("claimed", claim.generation)
    return claim


async def _claim_begun(studio: Studio, order: Order, purchase: int) -> Claim:
    """Claim a purchase that there is already."""
    price, account = order.provider.price(order.request), studio.accounts.get(order.provider.name, "")
    return await studio.desk.claim(purchase_of(order, purchase, price, account=account))


async def _refuse_beyond(studio: Studio, order: Order, price: Price) -> None:
    """Raise OutsideRun for what this run is not there for."""
    name, rest = order.label.name, "`director make` makes the rest"
    repairs = studio.repair_only and price.microusd != 0
    if not (studio.finish_only or repairs) or await _is_begun(studio, order):
        return
    if studio.finish_only:
        raise OutsideRun(f"{name}: this run only finishes what was begun; {rest}")
    if await _lost_before(studio, order) is None:
        raise OutsideRun(
            f"{name}: as it is asked for now it was never bought; this run pays only for what is lost; {rest}"
        )


async def _is_begun(studio: Studio, order: Order) -> bool:
    async with studio.catalog.session() as db:
        return await claims.is_begun(db, order.label.workspace_id, order.request.fingerprint)


async def _carry_on(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Go on from the generation's state to its asset, holding its lease meanwhile."""
    async with _held(studio, generation):
        accepted = None
        if generation.state in {"queued", "submitting"}:
            generation, accepted = await send(studio, order, generation)
        if generation.state == "submitted":
            generation = await _store(studio, order, generation, accepted)
        if generation.state != "stored":
            # Who slept beyond its lease finds that another worker has brought it to some other end.
            raise Unavailable(f"generation {generation.id} is {generation.state} by another worker's hand")
        return await _settle(studio, order, generation)


@asynccontextmanager
async def _held(studio: Studio, generation: Generation) -> AsyncIterator[None]:
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
            await asyncio.shield(studio.catalog.spawn(_let_go(studio, generation)))


async def _let_go(studio: Studio, generation: Generation) -> None:
    with suppress(Unavailable):
        async with studio.catalog.session() as db:
            await ledger.let_go(db, generation)


async def _renew(studio: Studio, generation: Generation) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        await studio.desk.renew(generation)


async def _store(studio: Studio, order: Order, generation: Generation, accepted: Accepted | None) -> Generation:
    """Wait for the job's output and file it."""
    studio.workers.warm(inspect)
    try:
        output = await deliver(studio, order.provider, order.request, generation, accepted)
    except (KeyRejected, OutOfMoney):
        # The account's fault, not the job's, which is paid: it is asked for again when that is mended.
        raise
    except Refused as exc:
        if not isinstance(exc, EndedBadly) and generation.price_microusd != 0:
            # It says nothing of the job, which is paid and may be had when that is mended.
            raise RequestRejected(_still_owed(order, generation, exc)) from exc
        await close(studio, order, generation, exc)
        raise
    reached("fetched", generation)
    staged = staging(studio, generation)
    try:
        putting = await filing.put(studio.vault, studio.workers, staged, output.media_type)
    except MediaDamaged as exc:
        raise MediaDamaged(_still_owed(order, generation, exc)) from exc
    except (FileNotFoundError, StorageUnavailable) as exc:
        if staged.is_file():
            raise
        # Who slept beyond its lease finds that another worker has filed it and cleared it away.
        raise Unavailable(f"generation {generation.id} is filed by another worker by now") from exc
    kept = {"filed": asdict(putting.filed), "details": dict(output.details), "microusd": output.microusd}
    generation = await studio.desk.stored(Stored(generation=generation, putting=putting, output=kept))
    reached("stored", generation)
    return generation


def _still_owed(order: Order, generation: Generation, error: DirectorError) -> str:
    return (
        f"{order.provider.name} has taken {order.label.name}, and it cannot be had just now: {error}. The next making "
        f"asks for it again; `director ledger resolve {generation.id} --charged AMOUNT`, or --not-charged, gives it up"
    )


async def _settle(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Asset, edges, take, cost and budgets: all of them or none."""
    output: Mapping[str, Any] = generation.output or {}
    price, cost = order.provider.price(order.request), output["microusd"]
    if cost is None:
        cost = price.microusd
    else:
        price = replace(price, microusd=cost, unit_microusd=None, basis="reported")
    lost = await _lost_before(studio, order) if generation.purchase > 1 else None
    stands_for = None if lost is None else lost.counts_as
    rights = studio.rights.get(order.provider.name, order.provider.terms.rights)
    origin = origin_of(order, generation, price, cost, output["details"], stands_for=stands_for, rights=rights)
    entry = Entry(label=order.label, origin=origin, filed=Filed(**output["filed"]))
    asset = await studio.desk.settle(
        Settling(
            generation=generation,
            cost_microusd=cost,
            entry=entry,
            places=order.places,
            basis=order.basis,
            insists=order.insists,
        )
    )
    reached("settled", generation)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)
    clear(studio, generation)
    return asset


async def _lost_before(studio: Studio, order: Order) -> Asset | None:
    """The asset that was bought before as this is, and is lost; None without one."""
    return await studio.desk.lost((order.label.workspace_id, order.request.fingerprint))
