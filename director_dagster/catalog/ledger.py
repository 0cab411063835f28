"""The ledger: the steps of a generation, each durable before the next. None commits; the gate does, after each.

1. `claims.find_reusable`: what the workspace owns is not bought again.
2. `claims.claim`: the row and the hold on the budgets, or the row that another worker made.
3. `submitting`, committed before the request may leave.
4. `receipts.acknowledge`: the provider's job id, committed before the first poll; or `not_accepted`, `refuse`,
   `doubtful`, `unknown`.
5. `stored`: the bytes are in the vault.
6. `settle`, in one transaction with the asset; or `fail`, `expire`, `cancel`.

A worker holds a generation by a lease; all leases are reckoned by the clock of the database. Each step takes the row
as the step before returned it and raises Unavailable when another worker has taken it over since. Only
`receipts.acknowledge` is never fenced so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, senders
from director_dagster.catalog.budgets import Charge
from director_dagster.catalog.generation_rows import (
    SETTLED,
    Change,
    Moved,
    close,
    close_all,
    from_now,
    is_held,
    note_all,
    only,
    step,
    step_all,
    tell,
    write,
    write_all,
)
from director_dagster.catalog.money import told
from director_dagster.catalog.tables import Asset, Generation, Json
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.ledger import BLOCKING, UNFINISHED
from director_dagster.errors import Unavailable

COST_FOUND_OUT, COST_CORRECTED = "cost found out", "cost corrected"
"""What a person may say of a generation at its end."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Of a request that may have been taken: how long it has been out, and for how long nobody has been seen sending
    it, both in seconds; None while somebody may be."""

    sent_s: float
    quiet_s: float | None


async def get(db: AsyncSession, workspace_id: UUID, generation_id: UUID) -> Generation:
    """A generation as it stands now. Raises sqlalchemy.exc.NoResultFound."""
    query = select(Generation).where(Generation.workspace_id == workspace_id, Generation.id == generation_id)
    return (await db.scalars(query, execution_options=FRESH)).one()


async def renew(db: AsyncSession, generation: Generation, *, lease_s: float) -> Generation:
    """As `renew_all`, of one. Raises Unavailable."""
    return only(await renew_all(db, [generation], lease_s=lease_s))


async def renew_all(db: AsyncSession, generations: Sequence[Generation], *, lease_s: float) -> list[Moved]:
    """Hold the generations for another `lease_s` seconds from now."""
    changes = [Change(generation=generation) for generation in generations]
    return await write_all(db, changes, when=BLOCKING, lease_until=from_now(lease_s))


async def let_go(db: AsyncSession, generation: Generation) -> Generation:
    """End the lease, so that anybody may take the generation over at once."""
    return await write(db, generation, when=BLOCKING, lease_until=None)


async def submitting(db: AsyncSession, generation: Generation) -> Generation:
    """As `submitting_all`, of one. Raises Unavailable."""
    return only(await submitting_all(db, [generation]))


async def submitting_all(db: AsyncSession, generations: Sequence[Generation]) -> list[Moved]:
    """From now on these requests may have left; to be committed before they do, and while `senders` says so.

    The client reference is the generation's id and never changes. A second call is a second sending of it, for
    providers that know it again.
    """
    return await step_all(
        db,
        [Change(generation=generation) for generation in generations],
        when=("queued", "submitting"),
        to="submitting",
        client_ref=Generation.id,
        submit_at=case((Generation.state == "queued", func.clock_timestamp()), else_=Generation.submit_at),
        quiet_since=None,
        tries=Generation.tries + 1,
    )


async def doubtful(db: AsyncSession, generation: Generation, *, reason: str) -> Generation:
    """Nobody can tell whether the provider took the request, and the provider can be asked: the lease ends."""
    return await step(
        db, generation, when=("submitting",), to="submitting", what="doubtful", reason=reason, lease_until=None
    )


async def doubt(db: AsyncSession, generation: Generation) -> Doubt:
    """How long the request has been out, and for how long nobody has been sending it. Raises Unavailable."""
    since = func.coalesce(Generation.quiet_since, func.clock_timestamp())
    quiet_since = None if await senders.is_sending(db, generation.id) else since
    await write(db, generation, when=("submitting",), quiet_since=quiet_since)
    sent, quiet = (
        func.extract("epoch", func.clock_timestamp() - start)
        for start in (Generation.submit_at, Generation.quiet_since)
    )
    row = (await db.execute(select(sent, quiet).where(Generation.id == generation.id))).one()
    return Doubt(sent_s=float(row[0]), quiet_s=None if row[1] is None else float(row[1]))


async def never_taken(db: AsyncSession, generation: Generation) -> Generation:
    """It is sure by now that the provider took no request of this generation: it is sent as if for the first time."""
    return await step(db, generation, when=("submitting",), to="queued", what="never taken", tries=0, quiet_since=None)


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
    left = await step(db, generation, when=("submitting",), to="unknown", reason=reason, lease_until=None)
    await tell(db, left, "unknown", reason=reason)
    return left


async def stored(db: AsyncSession, generation: Generation, *, digest: str, output: Json) -> Generation:
    """As `stored_all`, of one. Raises Unavailable."""
    return only(await stored_all(db, [(generation, digest, output)]))


async def stored_all(db: AsyncSession, filed: Sequence[tuple[Generation, str, Json]]) -> list[Moved]:
    """Bytes of these digests are in the vault and recorded; the output is what the provider said of them."""
    changes = [
        Change(generation=generation, values={"digest": digest, "output": output})
        for generation, digest, output in filed
    ]
    return await step_all(db, changes, when=("submitted",), to="stored")


async def settle(db: AsyncSession, generation: Generation, *, cost_microusd: int | None) -> Generation:
    """As `settle_all`, of one. Raises Unavailable."""
    return only(await settle_all(db, [(generation, cost_microusd)]))


async def settle_all(db: AsyncSession, costs: Sequence[tuple[Generation, int | None]]) -> list[Moved]:
    """Book what stored generations cost and let go of their holds; the assets are saved in the same transaction.

    A cost None is unknown: its hold stays. A second call for one is Unavailable, before a second asset can be saved.
    """
    return await close_all(db, costs, when=("stored",), to="stored", what=SETTLED)


async def fail(db: AsyncSession, generation: Generation, *, reason: str, cost_microusd: int | None) -> Generation:
    """The provider, or a person, says that nothing comes of it; cost None is unknown and its hold stays.

    What a provider says to a second sending proves nothing of the first: then it becomes `unknown`.
    """
    if _sent_twice(generation):
        return await unknown(db, generation, reason=reason)
    return await close(db, generation, when=BLOCKING, to="failed", reason=reason, cost_microusd=cost_microusd)


async def found_out(db: AsyncSession, generation: Generation, *, cost_microusd: int) -> Generation:
    """What a generation at its end has cost, where nobody knew: its hold becomes a charge, and its asset's cost is
    known. Raises Unavailable where it was known."""
    held = generation.reserved_microusd
    query = (
        update(Generation)
        .where(Generation.workspace_id == generation.workspace_id, Generation.id == generation.id)
        .where(Generation.settled_at.is_not(None), Generation.cost_microusd.is_(None))
        .values(cost_microusd=cost_microusd, reserved_microusd=0)
        .returning(Generation)
    )
    known = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if known is None:
        raise Unavailable(f"generation {generation.id}: its cost is known by now")
    await note_all(db, [(known, COST_FOUND_OUT, cost_microusd - held, {})])
    await tell(db, known, COST_FOUND_OUT, microusd=cost_microusd)
    if known.budget_id is not None:
        charge = Charge(budget_id=known.budget_id, reserved_microusd=held, cost_microusd=cost_microusd)
        await budgets.charge_all(db, [charge])
    await db.execute(
        update(Asset)
        .where(Asset.workspace_id == known.workspace_id, Asset.generation_id == known.id, Asset.cost_microusd.is_(None))
        .values(cost_microusd=cost_microusd)
    )
    return known


async def correct(db: AsyncSession, generation: Generation, *, cost_microusd: int) -> Generation:
    """What a generation at its end has cost, where something else was believed: its budgets and its asset have that,
    and the journal both. Raises Unavailable where its cost is another by now."""
    before = generation.cost_microusd
    query = (
        update(Generation)
        .where(Generation.workspace_id == generation.workspace_id, Generation.id == generation.id)
        .where(Generation.settled_at.is_not(None), Generation.cost_microusd == before)
        .values(cost_microusd=cost_microusd)
        .returning(Generation)
    )
    known = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if known is None or before is None:
        raise Unavailable(f"generation {generation.id}: its cost is another by now")
    change = cost_microusd - before
    await note_all(db, [(known, COST_CORRECTED, change, {"reason": f"it was {told(before)}"})])
    await tell(db, known, COST_CORRECTED, microusd=change, reason=f"from {told(before)} to {told(cost_microusd)}")
    if known.budget_id is not None:
        most = known.price_microusd or 0
        within = min(cost_microusd, most) - min(before, most)
        await budgets.correct(db, budget_id=known.budget_id, within=within, over=change - within)
    await db.execute(
        update(Asset)
        .where(Asset.workspace_id == known.workspace_id, Asset.generation_id == known.id, Asset.cost_microusd == before)
        .values(cost_microusd=cost_microusd)
    )
    return known


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


async def cancel_unsent(db: AsyncSession, *, reason: str) -> int:
    """Give up, in all workspaces, what was claimed and never sent and nobody is at any more: the budgets get back what
    was held for it; how many that were. Whoever wants one of them after all claims it anew.

    Index: ix_generations_open.
    """
    query = (
        select(Generation)
        .where(UNFINISHED, Generation.state == "queued", Generation.reserved_microusd > 0, ~is_held())
        .order_by(Generation.id)
    )
    left = (await db.scalars(query, execution_options=FRESH)).all()
    closed = await close_all(db, [(row, 0) for row in left], when=("queued",), to="cancelled", reason=reason)
    return sum(isinstance(row, Generation) for row in closed)


async def resumable(
    db: AsyncSession, workspace_id: UUID, *, film_id: UUID | None = None, limit: int = 1000
) -> Sequence[Generation]:
    """Generations that nobody holds and that are not at their end, oldest first; `claim` takes one over.

    Index: ix_generations_open.
    """
    query = (
        select(Generation)
        .where(Generation.workspace_id == workspace_id, UNFINISHED, ~is_held())
        .order_by(Generation.id)
        .limit(limit)
    )
    return (await db.scalars(query if film_id is None else query.where(Generation.film_id == film_id))).all()


async def begun(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[Generation]:
    """What may have been paid for a film, was sent or is about to be fetched, whoever holds it; the oldest first.

    Index: ix_generations_open.
    """
    query = (
        select(Generation)
        .where(Generation.workspace_id == workspace_id, Generation.film_id == film_id, UNFINISHED)
        .where(Generation.state != "queued", Generation.piece.is_not(None))
        .order_by(Generation.id)
    )
    return (await db.scalars(query, execution_options=FRESH)).all()


async def held(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> tuple[int, int]:
    """How many purchases for a film are under way, and how many micro-dollars are held for them. What waits for a
    person is not among them: see `unresolved`; nor is what is over with a cost that nobody knows.

    Index: ix_generations_workspace_id_film_id_id.
    """
    query = select(func.count(), func.coalesce(func.sum(Generation.reserved_microusd), 0)).where(
        Generation.workspace_id == workspace_id,
        Generation.film_id == film_id,
        Generation.reserved_microusd > 0,
        Generation.settled_at.is_(None),
        Generation.state != "unknown",
    )
    count, microusd = (await db.execute(query)).one()
    return count, int(microusd)


async def unresolved(db: AsyncSession, workspace_id: UUID, film_id: UUID | None = None) -> Sequence[Generation]:
    """Generations whose outcome a person must find out, those of a film or all, oldest first.

    Index: ix_generations_open.
    """
    unsettled = (Generation.settled_at.is_(None), Generation.state == "unknown")
    query = select(Generation).where(Generation.workspace_id == workspace_id, *unsettled)
    query = query if film_id is None else query.where(Generation.film_id == film_id)
    return (await db.scalars(query.order_by(Generation.id))).all()


def _sent_twice(generation: Generation) -> bool:
    """Whether it is being sent again and the outcome of the first sending is still open."""
    return generation.state == "submitting" and generation.tries > 1
