"""Sending: an order goes to its provider once, and what the provider says to it is written down."""

import asyncio
import logging
import math
from contextlib import suppress
from typing import NoReturn

from director_dagster.catalog import ledger
from director_dagster.catalog.money import told as amount
from director_dagster.catalog.receipts import Receiving
from director_dagster.catalog.tables import Generation
from director_dagster.errors import (
    Crowded,
    DirectorError,
    Doubtful,
    EndedBadly,
    JobFailed,
    NeedsPerson,
    OutputExpired,
    Overloaded,
    PromptRejected,
    RateLimited,
    Refused,
    Unavailable,
)
from director_dagster.providers.contract import CLONE, Accepted
from director_dagster.studio import filing
from director_dagster.studio.delivery import AGAIN_S, clear, note_word, noted_word, patiently, receipt, staging
from director_dagster.studio.desk import Sending
from director_dagster.studio.order import Order, origin_of, reached
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)

ANSWER_S = 60.0
"""So long a purchase that is on its way is waited for when its run is cancelled: it may be paid for."""

SEAT_S = 0.5
"""So often it is asked whether an account may have another job."""

_ENDS = {PromptRejected: ledger.refuse, OutputExpired: ledger.expire}
"""How the ledger books what ends so; whatever else ends badly has failed."""

_REWORD = {"draft": "reword the idea", CLONE: "take another sample"}
"""By operation, what to do about what is against the rules, where it is not written in the screenplay."""


async def send(studio: Studio, order: Order, generation: Generation) -> tuple[Generation, Accepted]:
    """Send the order unless it was taken before, and write down the provider's word.

    Who is cancelled meanwhile does not take the answer along: it is waited for, up to ANSWER_S, and written down.
    Raises what the provider raises, and NeedsPerson when nobody can tell whether it was paid.
    """
    gone = asyncio.Event()
    sending = studio.catalog.spawn(_send(studio, order, generation, gone))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        gone.set()
        asyncio.get_running_loop().call_later(ANSWER_S, sending.cancel)
        if not sending.done() and generation.price_microusd != 0:
            name = order.provider.name
            log.info("%s may be paid already: its answer is waited for, up to %.0f s", name, ANSWER_S, extra=NOTICE)
        raise


async def close(studio: Studio, order: Order, generation: Generation, error: DirectorError) -> None:
    """Book a failure and keep it as an asset without bytes; `error` then says also what to do about it.

    What was free, or never taken on, cost nothing; what was made, and dropped before it was fetched, what it was to
    cost; else it cost what the provider says, and without its word who knows.
    """
    price = order.provider.price(order.request)
    told = error.microusd if isinstance(error, EndedBadly) else None
    if isinstance(error, OutputExpired) and told is None:
        told = price.microusd
    cost = 0 if price.microusd == 0 or generation.state == "submitting" else told
    booked = next((how for kind, how in _ENDS.items() if isinstance(error, kind)), ledger.fail)
    origin = origin_of(order, generation, price, cost, {"error": str(error)})
    async with studio.catalog.session() as db:
        closed = await booked(db, generation, reason=str(error), cost_microusd=cost)
        if closed.state != "unknown":
            await filing.save(studio.vault, db, label=order.label, origin=origin, filed=None)
    if closed.state != "unknown":
        clear(studio, closed)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)
    advice = _advice(order, closed, error, cost)
    if advice is not None:
        error.args = (f"{error}; {advice}",)


def rest_s(error: Unavailable) -> float:
    """How long to leave alone who did not take a request, or cannot tell yet whether it did."""
    if isinstance(error, RateLimited | Doubtful) and error.wait_s is not None:
        return error.wait_s
    return AGAIN_S if isinstance(error, RateLimited | Overloaded) else 0.0


def unknown(generation: Generation) -> str:
    """What to tell of a generation that a person must look into."""
    which = generation.id
    return (
        f"{generation.provider} may have been paid for generation {which} ({generation.reason}); nothing is sent "
        f"again. `director ledger show {which}` tells all that is known; look into the provider's account, and say "
        f"what you find: `director ledger resolve {which} --job ID`, --charged AMOUNT or --not-charged"
    )


def _advice(order: Order, closed: Generation, error: DirectorError, cost: int | None) -> str | None:
    """What a purchase that has ended so has cost, and what to do about it; None where its error says all."""
    if closed.state == "unknown" or not isinstance(error, PromptRejected | JobFailed | OutputExpired):
        return None
    charged = f"{amount(cost) if cost else 'nothing'} was charged"
    if cost is None:
        charged = (
            f"whether it is charged {closed.provider} does not say, so its money stays held until you do: `director "
            f"ledger resolve {closed.id} --not-charged`, or --charged AMOUNT"
        )
    if isinstance(error, OutputExpired):
        return f"{charged}; the same command buys it again"
    if isinstance(error, JobFailed):
        return f"{charged}; the same command makes it anew"
    return f"{charged}; {_REWORD.get(order.request.operation, 'reword it in the screenplay')}"


async def _send(
    studio: Studio, order: Order, generation: Generation, gone: asyncio.Event
) -> tuple[Generation, Accepted]:
    """Send it, unless who asked is `gone` before it is the account's turn."""
    accepted = None
    try:
        if generation.state == "submitting":
            accepted = await noted_word(studio, generation)
            if accepted is None:
                generation, accepted = await _sent_before(studio, order, generation)
        if accepted is None:
            generation = await _admitted(studio, order, generation, gone)
            reached("submitting", generation)
            accepted = await _sent(studio, order, generation)
            reached("submitted", generation)
            if generation.price_microusd != 0:
                await note_word(studio, generation, accepted)
        receiving = Receiving(generation=generation, provider_job_id=accepted.job_id, raw=receipt(accepted))
        generation = await studio.desk.acknowledge(receiving)
    finally:
        studio.sender.end(generation.id)
    reached("acknowledged", generation)
    return generation, accepted


async def _admitted(studio: Studio, order: Order, generation: Generation, gone: asyncio.Event) -> Generation:
    """Write down that the request may leave, as soon as its account may have another job."""
    wanted = Sending(generation=generation, at_once=order.provider.terms.at_once)
    while not gone.is_set():
        try:
            return await studio.desk.submitting(wanted)
        except Crowded:
            with suppress(TimeoutError):
                await asyncio.wait_for(gone.wait(), SEAT_S)
    raise asyncio.CancelledError


async def _sent_before(studio: Studio, order: Order, generation: Generation) -> tuple[Generation, Accepted | None]:
    """What became of a request that may have left before: the provider's job, or None where sending it cannot pay
    twice. Raises Doubtful while that cannot be known, and NeedsPerson when only a person can find out."""
    terms = order.provider.terms
    async with studio.catalog.session() as db:
        doubt = await ledger.doubt(db, generation)
    if terms.dedupe == "key":
        # Half of a key's life: from then on it may be forgotten before the request arrives.
        if doubt.sent_s > terms.key_life_s / 2:
            await _unknowable(studio, generation, "it was sent too long ago for the provider to know its key again")
        return generation, None
    if doubt.quiet_s is None:
        raise await _doubtful(studio, generation, "it may still be on its way", wait_s=AGAIN_S)
    if terms.dedupe == "none" or math.isinf(terms.listing_lag_s):
        await _unknowable(studio, generation, "its sender is gone, and the provider lists no jobs")
    job = await patiently(lambda: order.provider.find(str(generation.client_ref)))
    if job is not None:
        return generation, Accepted(job_id=job)
    # The list was read after that moment, so it is a proof only where its lag was over by then.
    wait_s = terms.listing_lag_s - doubt.quiet_s
    if wait_s > 0:
        raise await _doubtful(studio, generation, "it is not in the provider's list yet", wait_s=wait_s)
    async with studio.catalog.session() as db:
        return await ledger.never_taken(db, generation), None


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
    except Exception as exc:  # whatever it is, the request may have been taken: that is the point
        if order.provider.terms.dedupe == "none":
            await _unknowable(studio, generation, _said(exc), cause=exc)
        raise await _doubtful(studio, generation, _said(exc), wait_s=AGAIN_S) from exc


def _said(error: Exception) -> str:
    """An error as people read it."""
    return str(error) if isinstance(error, DirectorError) else f"{type(error).__name__}: {error}"


async def _doubtful(studio: Studio, generation: Generation, reason: str, *, wait_s: float) -> Doubtful:
    """The error for what cannot be known yet; anybody may look again, and not before that."""
    async with studio.catalog.session() as db:
        await ledger.doubtful(db, generation, reason=reason)
    return Doubtful(f"{generation.provider} may have taken generation {generation.id} ({reason})", wait_s=wait_s)


async def _unknowable(
    studio: Studio, generation: Generation, reason: str, *, cause: BaseException | None = None
) -> NoReturn:
    """Nobody can tell whether the provider was paid: write that down, and leave it to a person."""
    async with studio.catalog.session() as db:
        generation = await ledger.unknown(db, generation, reason=reason)
    raise NeedsPerson(unknown(generation)) from cause
