"""Sending: an order goes to its provider once, and what the provider says to it is written down."""

import asyncio
from typing import NoReturn

from director_dagster.catalog import ledger
from director_dagster.catalog.ledger import Receiving
from director_dagster.catalog.tables import Generation
from director_dagster.errors import (
    DirectorError,
    EndedBadly,
    NeedsPerson,
    OutputExpired,
    Overloaded,
    PromptRejected,
    RateLimited,
    Refused,
    Unavailable,
)
from director_dagster.providers.contract import Accepted
from director_dagster.studio import filing
from director_dagster.studio.delivery import AGAIN_S, receipt, staging
from director_dagster.studio.order import Order, origin_of, reached
from director_dagster.studio.studio import Studio

ANSWER_S = 60.0
"""So long a purchase that is on its way is waited for when its run is cancelled: it may be paid for."""

_ENDS = {PromptRejected: ledger.refuse, OutputExpired: ledger.expire}
"""How the ledger books what ends so; whatever else ends badly has failed."""


async def send(studio: Studio, order: Order, generation: Generation) -> tuple[Generation, Accepted]:
    """Send the order unless it was taken before, and write down the provider's word.

    Who is cancelled meanwhile does not take the answer along: it is waited for, up to ANSWER_S, and written down.
    Raises what the provider raises, and NeedsPerson when nobody can tell whether it was paid.
    """
    sending = studio.catalog.spawn(_send(studio, order, generation))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        asyncio.get_running_loop().call_later(ANSWER_S, sending.cancel)
        raise


async def close(studio: Studio, order: Order, generation: Generation, error: DirectorError) -> None:
    """Book a failure and keep it as an asset without bytes.

    What was free, or never taken on, cost nothing; else it cost what the provider says, and without its word who knows.
    """
    price = order.provider.price(order.request)
    told = error.microusd if isinstance(error, EndedBadly) else None
    cost = 0 if price.microusd == 0 or generation.state == "submitting" else told
    booked = next((how for kind, how in _ENDS.items() if isinstance(error, kind)), ledger.fail)
    origin = origin_of(order, generation, price, cost, {"error": str(error)})
    async with studio.catalog.session() as db:
        closed = await booked(db, generation, reason=str(error), cost_microusd=cost)
        if closed.state != "unknown":
            await filing.save(studio.vault, db, label=order.label, origin=origin, filed=None)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)


def rest_s(error: Unavailable) -> float:
    """How long to leave alone who did not take a request."""
    if isinstance(error, RateLimited) and error.wait_s is not None:
        return error.wait_s
    return AGAIN_S if isinstance(error, RateLimited | Overloaded) else 0.0


def unknown(generation: Generation) -> str:
    """What to tell of a generation that a person must look into."""
    return (
        f"{generation.provider} may have been paid for generation {generation.id} ({generation.reason}): "
        "look into the provider's account; nothing is sent again"
    )


async def _send(studio: Studio, order: Order, generation: Generation) -> tuple[Generation, Accepted]:
    accepted = await _submitted_before(studio, order, generation) if generation.state == "submitting" else None
    if accepted is None:
        generation = await studio.desk.submitting(generation)
        reached("submitting", generation)
        accepted = await _sent(studio, order, generation)
        reached("submitted", generation)
    receiving = Receiving(generation=generation, provider_job_id=accepted.job_id, raw=receipt(accepted))
    generation = await studio.desk.acknowledge(receiving)
    reached("acknowledged", generation)
    return generation, accepted


async def _submitted_before(studio: Studio, order: Order, generation: Generation) -> Accepted | None:
    """The job of a request that may have left before; None where sending it again cannot pay twice."""
    if order.provider.terms.dedupe == "key":
        return None
    job = await order.provider.find(str(generation.client_ref)) if order.provider.terms.dedupe != "none" else None
    if job is None:
        # The provider's list may lag: only a person can say that it never came, until reconciliation waits it out.
        await _unknowable(studio, generation, "its sender died, and the provider knows no such job (yet)")
    return Accepted(job_id=job)


async def _sent(studio: Studio, order: Order, generation: Generation) -> Accepted:
    """Send the request, once. What is neither a yes nor a sure no may have been paid."""
    try:
        return await order.provider.submit(order.request, str(generation.client_ref), staging(studio, generation))
    except Unavailable as exc:
        async with studio.catalog.session() as db:
            await ledger.not_accepted(db, generation, reason=str(exc), wait_s=rest_s(exc))
        raise
    except Refused as exc:
        await close(studio, order, generation, exc)
        raise
    except Exception as exc:  # noqa: BLE001 (whatever it is, the request may have been taken: that is the point)
        await _unknowable(studio, generation, repr(exc), cause=exc)


async def _unknowable(
    studio: Studio, generation: Generation, reason: str, *, cause: BaseException | None = None
) -> NoReturn:
    """Nobody can tell whether the provider was paid: write that down, and leave it to a person."""
    async with studio.catalog.session() as db:
        generation = await ledger.unknown(db, generation, reason=reason)
    raise NeedsPerson(unknown(generation)) from cause
