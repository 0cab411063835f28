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
from dataclasses import dataclass

from director_dagster.catalog.claims import Outcome
from director_dagster.catalog.queries import assets
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import BudgetExceeded, Doubtful, InTrash, NeedsPerson, Overloaded, Overtaken, RateLimited
from director_dagster.studio import filing
from director_dagster.studio.claiming import Claiming, claim, claim_begun, let_go, refuse_trashed, released
from director_dagster.studio.fulfil import fulfil
from director_dagster.studio.order import Order
from director_dagster.studio.preserve import mark_lost
from director_dagster.studio.regain import regain
from director_dagster.studio.report import NOTICE
from director_dagster.studio.sending import rest_s, unknown
from director_dagster.studio.studio import Studio

FOLLOW_S = 0.25
LOOK_S = 15.0
"""So often a provider's list is looked at for what it may have taken."""

REST_S = 900.0
"""So long in all a piece waits for a provider that takes no more."""

MOST_OVERTAKEN = 3
"""So often a piece is looked at anew because another worker has brought its purchase on."""

log = logging.getLogger(__name__)


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
        await refuse_trashed(studio, order)
        order.provider.ready()
        studio.making.add(order.request.fingerprint)
        try:
            asset = await _buy(studio, order, purchase, claim)
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
        await let_go(studio, generation)
        return await _buy(studio, order, generation.purchase, claim_begun)
    finally:
        studio.making.discard(order.request.fingerprint)


async def _buy(studio: Studio, order: Order, purchase: int, claiming: Claiming) -> Asset | None:
    """The asset of the `purchase`-th buying; None when that was settled before, and its asset is gone or owned."""
    patience = _Patience()
    while True:
        try:
            with studio.buying.claiming():
                found = await claiming(studio, order, purchase)
        except BudgetExceeded:
            if not await studio.buying.one_ended():
                raise
            continue
        match found.outcome:
            case Outcome.OURS:
                async with released(studio, found.generation):
                    try:
                        with studio.buying.claimed():
                            return await fulfil(studio, order, found.generation)
                    except (RateLimited, Overloaded, Doubtful, Overtaken) as exc:
                        await patience.bear(exc)
            case Outcome.BOUGHT:
                return None
            case Outcome.UNKNOWN:
                raise NeedsPerson(unknown(found.generation))
            case Outcome.FOLLOW:
                await _follow(studio, order, found.generation)


@dataclass
class _Patience:
    """How long one piece has waited for a provider, and how often its purchase was another worker's by then."""

    waited_s: float = 0.0
    overtaken: int = 0

    async def bear(self, error: RateLimited | Overloaded | Doubtful | Overtaken) -> None:
        """Leave a provider alone as long as it asks, or for a moment where its list cannot be believed yet: what is
        looked for there may turn up before that. Raises `error` in the end."""
        if isinstance(error, Overtaken):
            # Who slept beyond its lease finds what another worker has made of it.
            self.overtaken += 1
            if self.overtaken > MOST_OVERTAKEN:
                raise error
            return
        wait_s = rest_s(error)
        if self.waited_s + wait_s > REST_S:
            raise error
        log.info("%s: waiting for %.0f s", error, wait_s, extra=NOTICE)
        slept_s = min(wait_s, LOOK_S) if isinstance(error, Doubtful) else wait_s
        await asyncio.sleep(slept_s)
        self.waited_s += slept_s


async def _follow(studio: Studio, order: Order, generation: Generation) -> None:
    """Wait a moment for another worker. Of our own film there is none alive: we hold the lock of its step, and what
    this process makes is in `making`; so its holder is dead, and need not be waited for."""
    if generation.film_id == order.label.film_id:
        await let_go(studio, generation)
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
