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
Each point is a DEBUG line of this module's log, with the point's name as the record's ``point``.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from director_dagster.catalog import ledger
from director_dagster.catalog.claims import Claim, Outcome, Purchase
from director_dagster.catalog.ledger import Receiving
from director_dagster.catalog.queries import assets
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import DirectorError, JobFailed, NeedsPerson, PromptRejected, Refused, Unavailable
from director_dagster.media.inspect import inspect
from director_dagster.providers.contract import JobState, Output, Price, Provider, Request
from director_dagster.story import wire
from director_dagster.studio import filing
from director_dagster.studio.desk import Settling, Stored
from director_dagster.studio.filing import Basis, Entry, Filed, Label, Origin
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import digest_of

RENEW_S = 15.0
FOLLOW_S = 0.25
POLL_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One piece of work for a provider, and where its result goes.

    Attributes:
        provider: Who is asked.
        request: For what, as that provider planned it.
        label: What stands on the asset.
        places: The slots that it fills.
        basis: What those takes are made from.
    """

    provider: Provider
    request: Request
    label: Label
    places: Sequence[Place]
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class Bought:
    """An asset that answers an order; `owned` when it was there before, and then nothing was paid."""

    asset: Asset
    owned: bool


async def generate(studio: Studio, order: Order) -> Bought:
    """The asset that answers `order`, made now unless the workspace owns one; in its places it is the selected take.

    To be called under the lock of the film's step (`step.begin`), which a dead process does not hold.
    Asked again, also by another process after a crash, it pays nothing twice. Raises what the provider raises,
    BudgetExceeded when there is no room for the price, NeedsPerson when somebody must find out whether it was paid.
    """
    purchase = 1
    while True:
        owned = await _owned(studio, order)
        if owned is not None:
            return Bought(asset=owned, owned=True)
        if order.request.fingerprint in studio.making:
            await asyncio.sleep(FOLLOW_S)
            continue
        studio.making.add(order.request.fingerprint)
        try:
            asset = await _buy(studio, order, purchase)
        finally:
            studio.making.discard(order.request.fingerprint)
        if asset is not None:
            return Bought(asset=asset, owned=False)
        purchase += 1


async def _buy(studio: Studio, order: Order, purchase: int) -> Asset | None:
    """The asset of the `purchase`-th buying; None when that was settled before, and its asset is gone or owned."""
    while True:
        claim = await _claim(studio, order, purchase)
        match claim.outcome:
            case Outcome.OURS:
                return await _carry_on(studio, order, claim.generation)
            case Outcome.BOUGHT:
                return None
            case Outcome.UNKNOWN:
                raise NeedsPerson(_unknown(claim.generation))
            case Outcome.FOLLOW:
                await _follow(studio, order, claim.generation)


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
    if not there and not await _made_again(studio, order, found):
        return None
    asset = found if found.lost_at is None else await _as_it_is_now(studio, found)
    await studio.desk.fill(filing.uses_of(order.places, asset, order.basis))
    return asset


async def _as_it_is_now(studio: Studio, asset: Asset) -> Asset:
    async with studio.catalog.session() as db:
        return await assets.get(db, asset.workspace_id, asset.id)


async def _made_again(studio: Studio, order: Order, asset: Asset) -> bool:
    """Whether the provider still has the lost bytes of an asset that it made, and they are in the vault again."""
    if asset.generation_id is None or order.provider.terms.retention_s <= 0:
        return False
    async with studio.catalog.session() as db:
        generation = await ledger.get(db, asset.workspace_id, asset.generation_id)
    output = await _fetch(studio, order, generation)
    again = await studio.file(_staging(studio, generation), output.media_type)
    _staging(studio, generation).unlink(missing_ok=True)
    return again.url == asset.url


async def _claim(studio: Studio, order: Order, purchase: int) -> Claim:
    """Claim the purchase, within the run's allowance: only what this run has claimed anew counts."""
    price = order.provider.price(order.request)
    studio.allowance.hold(order.request.fingerprint, price.microusd or 0)
    ours = False
    try:
        claim = await studio.desk.claim(_purchase(order, purchase, price))
        ours = claim.outcome is Outcome.OURS and claim.generation.lease_epoch == 1
    finally:
        if not ours:
            studio.allowance.book(order.request.fingerprint, 0)
    if claim.outcome is Outcome.OURS:
        _reached("claimed", claim.generation)
    return claim


def _purchase(order: Order, number: int, price: Price) -> Purchase:
    request = order.request
    return Purchase(
        workspace_id=order.label.workspace_id,
        film_id=order.label.film_id,
        fingerprint=request.fingerprint,
        provider=request.provider,
        model=request.model,
        operation=request.operation,
        request=dict(request.canonical),
        price_microusd=price.microusd,
        number=number,
    )


async def _carry_on(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Go on from the generation's state to its asset, holding its lease meanwhile."""
    async with _held(studio, generation):
        if generation.state in {"queued", "submitting"}:
            generation = await _submit(studio, order, generation)
        if generation.state == "submitted":
            generation = await _store(studio, order, generation)
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


async def _submit(studio: Studio, order: Order, generation: Generation) -> Generation:
    job = await _submitted_before(studio, order, generation) if generation.state == "submitting" else None
    if job is None:
        generation = await studio.desk.submitting(generation)
        _reached("submitting", generation)
        job = await _send(studio, order, generation)
        _reached("submitted", generation)
    generation = await studio.desk.acknowledge(Receiving(generation=generation, provider_job_id=job))
    _reached("acknowledged", generation)
    return generation


async def _submitted_before(studio: Studio, order: Order, generation: Generation) -> str | None:
    """The job of a request that may have left before; None where sending it again cannot pay twice."""
    if order.provider.terms.dedupe == "key":
        return None
    job = await order.provider.find(str(generation.client_ref)) if order.provider.terms.dedupe != "none" else None
    if job is None:
        # The provider's list may lag: only a person can say that it never came, until reconciliation waits it out.
        await _unknowable(studio, generation, "its sender died, and the provider knows no such job (yet)")
    return job


async def _send(studio: Studio, order: Order, generation: Generation) -> str:
    """Send the request, once. What is neither a yes nor a sure no may have been paid."""
    try:
        return await order.provider.submit(order.request, str(generation.client_ref))
    except Unavailable as exc:
        async with studio.catalog.session() as db:
            await ledger.not_accepted(db, generation, reason=str(exc))
        raise
    except Refused as exc:
        await _close(studio, order, generation, exc)
        raise
    except Exception as exc:  # noqa: BLE001 (whatever it is, the request may have been taken: that is the point)
        await _unknowable(studio, generation, repr(exc), cause=exc)


async def _unknowable(
    studio: Studio, generation: Generation, reason: str, *, cause: BaseException | None = None
) -> NoReturn:
    """Nobody can tell whether the provider was paid: write that down, and leave it to a person."""
    async with studio.catalog.session() as db:
        generation = await ledger.unknown(db, generation, reason=reason)
    raise NeedsPerson(_unknown(generation)) from cause


def _unknown(generation: Generation) -> str:
    return (
        f"{generation.provider} may have been paid for generation {generation.id} ({generation.reason}): "
        "look into the provider's account; nothing is sent again"
    )


async def _store(studio: Studio, order: Order, generation: Generation) -> Generation:
    """Wait for the job, fetch its output and file it."""
    studio.workers.warm(inspect)
    try:
        await _await_job(order, generation)
        output = await _fetch(studio, order, generation)
    except Refused as exc:
        await _close(studio, order, generation, exc)
        raise
    _reached("fetched", generation)
    filed, found = await filing.put(studio.vault, studio.workers, _staging(studio, generation), output.media_type)
    kept = {"filed": asdict(filed), "details": dict(output.details), "microusd": output.microusd}
    generation = await studio.desk.stored(
        Stored(generation=generation, digest=digest_of(filed.url), bytes=found, output=kept)
    )
    _reached("stored", generation)
    return generation


async def _await_job(order: Order, generation: Generation) -> None:
    while True:
        status = await order.provider.poll(order.request, generation.provider_job_id or "")
        match status.state:
            case JobState.DONE:
                return
            case JobState.RUNNING:
                await asyncio.sleep(POLL_S)
            case JobState.REFUSED:
                raise PromptRejected(f"{generation.provider} refused: {status.reason}")
            case JobState.FAILED:
                raise JobFailed(f"{generation.provider} failed: {status.reason}")


async def _fetch(studio: Studio, order: Order, generation: Generation) -> Output:
    return await order.provider.fetch(order.request, generation.provider_job_id or "", _staging(studio, generation))


async def _settle(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Asset, edges, take, cost and budgets: all of them or none."""
    output: Mapping[str, Any] = generation.output or {}
    price = order.provider.price(order.request)
    cost = output["microusd"] if output["microusd"] is not None else price.microusd
    origin = _origin(order, generation, price, cost, output["details"])
    entry = Entry(label=order.label, origin=origin, filed=Filed(**output["filed"]))
    asset = await studio.desk.settle(
        Settling(generation=generation, cost_microusd=cost, entry=entry, places=order.places, basis=order.basis)
    )
    _reached("settled", generation)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)
    _staging(studio, generation).unlink(missing_ok=True)
    return asset


async def _close(studio: Studio, order: Order, generation: Generation, error: DirectorError) -> None:
    """Book a failure and keep it as an asset without bytes. What was free to ask for cost nothing, else who knows."""
    price = order.provider.price(order.request)
    cost = 0 if price.microusd == 0 or generation.state == "submitting" else None
    booked = ledger.refuse if isinstance(error, PromptRejected) else ledger.fail
    origin = _origin(order, generation, price, cost, {"error": str(error)})
    async with studio.catalog.session() as db:
        closed = await booked(db, generation, reason=str(error), cost_microusd=cost)
        if closed.state != "unknown":
            await filing.save(studio.vault, db, label=order.label, origin=origin, filed=None)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)


def _origin(order: Order, generation: Generation, price: Price, cost: int | None, details: Mapping[str, Any]) -> Origin:
    request = order.request
    return Origin(
        provider=request.provider,
        model=request.model,
        model_name=request.model_name,
        seed=request.seed,
        cost_microusd=cost,
        cost_basis=wire.dump(price),
        fingerprint=request.fingerprint,
        generation_id=generation.id,
        details=details,
    )


def _staging(studio: Studio, generation: Generation) -> Path:
    return studio.vault.staging(str(generation.id))


def _reached(point: str, generation: Generation) -> None:
    log.debug("generation %s: %s", generation.id, point, extra={"point": point})
