"""The ledger: the steps of a generation, each durable before the next. None commits; the gate does, after each.

1. `find_reusable`: what the workspace owns is not bought again.
2. `claim`: the row and the hold on the budgets, or the row that another worker made.
3. `submitting`, committed before the request may leave.
4. `acknowledge`: the provider's job id, committed before the first poll; or `not_accepted`, `refuse`, `unknown`.
5. `stored`: the bytes are in the vault.
6. `settle`, in one transaction with the asset; or `fail`, `expire`, `cancel`.

A worker holds a generation by a lease; all leases are reckoned by the clock of the database. Each step takes the row
as the step before returned it and raises Unavailable when another worker has taken it over since. Only
`acknowledge` is never fenced so: a receipt that was thrown away would be paid again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.generation_rows import close, from_now, is_held, note, step, write
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.tables import Asset, Generation, Json, Receipt
from director_dagster.catalog.tables.assets import LIVE
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.ledger import BLOCKING, BLOCKS, UNFINISHED
from director_dagster.errors import BudgetExceeded


class Outcome(StrEnum):
    """What a claim came to, and what the caller does about it.

    OURS: go on from the generation's state; `submitting` means that a request may have left before.
    FOLLOW: another worker holds it; wait for what comes of it.
    UNKNOWN: it may have been paid and a person must find out; nothing is sent.
    BOUGHT: it is settled; its asset is there, or was, and getting it again is another purchase.
    """

    OURS = "ours"
    FOLLOW = "follow"
    UNKNOWN = "unknown"
    BOUGHT = "bought"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What `claim` found or made."""

    outcome: Outcome
    generation: Generation


async def find_reusable(db: AsyncSession, workspace_id: UUID, fingerprint: str) -> Asset | None:
    """The newest asset of that fingerprint that is neither deleted nor lost nor failed, or None.

    Index: ix_assets_live_fingerprint.
    """
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.fingerprint == fingerprint, text(LIVE))
    return (await db.scalars(query.order_by(Asset.id.desc()).limit(1))).one_or_none()


async def claim(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    film_id: UUID | None,
    fingerprint: str,
    provider: str,
    model: str,
    operation: str,
    request: Json,
    price_microusd: int | None,
    lease_s: float,
    purchase: int = 1,
) -> Claim:
    """Claim the `purchase`-th buying of a request: insert its row and hold its price, or find who did.

    A row whose lease is over is taken over, in whatever state it is. Raises BudgetExceeded when there is no room for
    the price, or it is unknown; then nothing is written. A price of 0 needs no budget.
    """
    row = {
        "workspace_id": workspace_id,
        "film_id": film_id,
        "fingerprint": fingerprint,
        "purchase": purchase,
        "provider": provider,
        "model": model,
        "operation": operation,
        "request": request,
        "price_microusd": price_microusd,
    }
    async with db.begin_nested():
        while True:
            made = await _insert(db, row, lease_s)
            if made is not None:
                return Claim(outcome=Outcome.OURS, generation=await _reserve(db, made))
            found = await _claim_found(db, workspace_id, fingerprint, purchase, lease_s)
            if found is not None:
                return found
            # It was closed between our two statements, so the next insert finds the place free.


async def get(db: AsyncSession, workspace_id: UUID, generation_id: UUID) -> Generation:
    """A generation as it stands now. Raises sqlalchemy.exc.NoResultFound."""
    query = select(Generation).where(Generation.workspace_id == workspace_id, Generation.id == generation_id)
    return (await db.scalars(query, execution_options=FRESH)).one()


async def renew(db: AsyncSession, generation: Generation, *, lease_s: float) -> Generation:
    """Hold the generation for another `lease_s` seconds from now."""
    return await write(db, generation, when=BLOCKING, lease_until=from_now(lease_s))


async def let_go(db: AsyncSession, generation: Generation) -> Generation:
    """End the lease, so that anybody may take the generation over at once."""
    return await write(db, generation, when=BLOCKING, lease_until=None)


async def submitting(db: AsyncSession, generation: Generation) -> Generation:
    """From now on a request may have left; to be committed before it does.

    The client reference is the generation's id and never changes. A second call is a second sending of it, for
    providers that know it again.
    """
    return await step(
        db,
        generation,
        when=("queued", "submitting"),
        to="submitting",
        client_ref=generation.id,
        submit_at=func.clock_timestamp(),
        tries=Generation.tries + 1,
    )


async def acknowledge(
    db: AsyncSession, generation: Generation, *, provider_job_id: str, raw: Json | None = None
) -> Generation:
    """Keep the provider's word that it has the job, whoever holds the lease now; a second one is kept beside it.

    The state becomes `submitted` if the outcome was open, also where it was `unknown`. A caller whose lease another
    worker has taken over gets a row of its old lease, with which its next step raises Unavailable.
    """
    epoch = generation.lease_epoch
    db.add(
        Receipt(
            workspace_id=generation.workspace_id,
            generation_id=generation.id,
            client_ref=generation.client_ref,
            provider_job_id=provider_job_id,
            raw=raw or {},
        )
    )
    await db.flush()
    query = (
        update(Generation)
        .where(Generation.id == generation.id, Generation.client_ref == generation.client_ref)
        .where(Generation.state.in_(("submitting", "unknown")))
        .values(state="submitted", provider_job_id=provider_job_id)
        .returning(Generation)
    )
    taken = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    await note(db, generation, "submitted" if taken else "acknowledged again", details={"job": provider_job_id})
    now = taken or await get(db, generation.workspace_id, generation.id)
    # The row bears its new holder's epoch; handed back as it is, it would let the caller pass for that holder.
    if now.lease_epoch != epoch:
        db.expunge(now)
        now.lease_epoch = epoch
    return now


async def not_accepted(db: AsyncSession, generation: Generation, *, reason: str, wait_s: float = 0) -> Generation:
    """The provider surely did not take the request: it may be sent again after `wait_s`; the lease ends.

    That is proved only for the first sending. After a second one the state stays `submitting`, since the first may
    have been taken.
    """
    first = generation.tries <= 1
    return await step(
        db,
        generation,
        when=("submitting",),
        to="queued" if first else "submitting",
        reason=reason,
        tries=0 if first else Generation.tries,
        not_before=from_now(wait_s),
        lease_until=None,
    )


async def unknown(db: AsyncSession, generation: Generation, *, reason: str) -> Generation:
    """Nobody can tell whether the provider took the request: the hold stays, and a person finds out."""
    return await step(db, generation, when=("submitting",), to="unknown", reason=reason, lease_until=None)


async def stored(db: AsyncSession, generation: Generation, *, digest: str, output: Json) -> Generation:
    """The bytes are in the vault and recorded; `output` is what the provider said of them."""
    return await step(db, generation, when=("submitted",), to="stored", digest=digest, output=output)


async def settle(db: AsyncSession, generation: Generation, *, cost_microusd: int | None) -> Generation:
    """Book what a stored generation cost and let go of its hold; the asset is saved in the same transaction.

    A cost None is unknown: the hold stays. A second call raises Unavailable, before a second asset can be saved.
    """
    return await close(db, generation, when=("stored",), to="stored", what="settled", cost_microusd=cost_microusd)


async def fail(db: AsyncSession, generation: Generation, *, reason: str, cost_microusd: int | None) -> Generation:
    """The provider, or a person, says that nothing comes of it; cost None is unknown and its hold stays.

    What a provider says to a second sending proves nothing of the first: then it becomes `unknown`.
    """
    if _sent_twice(generation):
        return await unknown(db, generation, reason=reason)
    return await close(db, generation, when=BLOCKING, to="failed", reason=reason, cost_microusd=cost_microusd)


async def refuse(db: AsyncSession, generation: Generation, *, reason: str, cost_microusd: int | None = 0) -> Generation:
    """The provider turned the request down; as `fail` where it was sent twice."""
    if _sent_twice(generation):
        return await unknown(db, generation, reason=reason)
    return await close(db, generation, when=BLOCKING, to="refused", reason=reason, cost_microusd=cost_microusd)


async def expire(db: AsyncSession, generation: Generation, *, reason: str, cost_microusd: int | None) -> Generation:
    """The provider made it, and dropped it before it was fetched."""
    return await close(
        db, generation, when=("submitted",), to="output_expired", reason=reason, cost_microusd=cost_microusd
    )


async def cancel(db: AsyncSession, generation: Generation, *, reason: str) -> Generation:
    """Give up what was never sent; costs nothing."""
    return await close(db, generation, when=("queued",), to="cancelled", reason=reason, cost_microusd=0)


async def resumable(
    db: AsyncSession, workspace_id: UUID, *, film_id: UUID | None = None, limit: int = 1000
) -> Sequence[Generation]:
    """Generations that nobody holds and that are not at their end, oldest first; `claim` takes one over.

    Index: ix_generations_unfinished.
    """
    query = (
        select(Generation)
        .where(Generation.workspace_id == workspace_id, UNFINISHED, ~is_held())
        .order_by(Generation.id)
        .limit(limit)
    )
    return (await db.scalars(query if film_id is None else query.where(Generation.film_id == film_id))).all()


async def unresolved(db: AsyncSession, workspace_id: UUID) -> Sequence[Generation]:
    """Generations whose outcome a person must find out, oldest first."""
    query = select(Generation).where(Generation.workspace_id == workspace_id, Generation.state == "unknown", BLOCKS)
    return (await db.scalars(query.order_by(Generation.id))).all()


def _sent_twice(generation: Generation) -> bool:
    """Whether it is being sent again and the outcome of the first sending is still open."""
    return generation.state == "submitting" and generation.tries > 1


async def _insert(db: AsyncSession, row: Json, lease_s: float) -> Generation | None:
    query = (
        insert(Generation)
        .values(**row, id=new_id(), state="queued", lease_epoch=1, lease_until=from_now(lease_s))
        .on_conflict_do_nothing(
            index_elements=[Generation.workspace_id, Generation.fingerprint, Generation.purchase],
            index_where=BLOCKS,
        )
        .returning(Generation)
    )
    return (await db.scalars(query)).one_or_none()


async def _reserve(db: AsyncSession, generation: Generation) -> Generation:
    price = generation.price_microusd
    if price is None:
        raise BudgetExceeded(
            f"{generation.provider} {generation.model}: the price is unknown, so no budget can hold it"
        )
    if price == 0:
        await note(db, generation, "queued")
        return generation
    budget_id = await budgets.reserve(
        db, workspace_id=generation.workspace_id, film_id=generation.film_id, price_microusd=price
    )
    return await step(
        db, generation, when=("queued",), to="queued", delta=price, budget_id=budget_id, reserved_microusd=price
    )


async def _claim_found(
    db: AsyncSession, workspace_id: UUID, fingerprint: str, purchase: int, lease_s: float
) -> Claim | None:
    query = (
        select(Generation, is_held().label("held"))
        .where(Generation.workspace_id == workspace_id, Generation.fingerprint == fingerprint)
        .where(Generation.purchase == purchase, BLOCKS)
        .with_for_update()
    )
    row = (await db.execute(query, execution_options=FRESH)).one_or_none()
    if row is None:
        return None
    generation: Generation = row[0]
    if generation.settled_at is not None:
        return Claim(outcome=Outcome.BOUGHT, generation=generation)
    if generation.state == "unknown":
        return Claim(outcome=Outcome.UNKNOWN, generation=generation)
    if row.held:
        return Claim(outcome=Outcome.FOLLOW, generation=generation)
    return Claim(outcome=Outcome.OURS, generation=await _take_over(db, generation, lease_s))


async def _take_over(db: AsyncSession, generation: Generation, lease_s: float) -> Generation:
    taken = await write(
        db, generation, when=BLOCKING, lease_epoch=Generation.lease_epoch + 1, lease_until=from_now(lease_s)
    )
    await note(db, taken, "taken over", details={"state": taken.state, "epoch": taken.lease_epoch})
    return taken
