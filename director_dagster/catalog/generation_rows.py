"""How a generation's row is written: fenced by its lease, and each step noted in the journal."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.tables import Generation, GenerationEvent, GenerationState, Json
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import Unavailable


async def close(
    db: AsyncSession,
    generation: Generation,
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    cost_microusd: int | None,
    what: str | None = None,
    reason: str = "",
) -> Generation:
    """The last step. With a known cost the hold becomes a charge; with an unknown one it stays."""
    held = generation.reserved_microusd
    closed = await step(
        db,
        generation,
        when=when,
        to=to,
        what=what,
        reason=reason,
        delta=0 if cost_microusd is None else cost_microusd - held,
        cost_microusd=cost_microusd,
        reserved_microusd=held if cost_microusd is None else 0,
        settled_at=func.clock_timestamp(),
        lease_until=None,
    )
    if closed.budget_id is not None and cost_microusd is not None:
        await budgets.charge(db, budget_id=closed.budget_id, reserved_microusd=held, cost_microusd=cost_microusd)
    return closed


async def step(
    db: AsyncSession,
    generation: Generation,
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    what: str | None = None,
    reason: str = "",
    delta: int = 0,
    **values: object,
) -> Generation:
    """Move the generation on and note it in the journal, under its new state unless `what` says more."""
    moved = await write(db, generation, when=when, state=to, reason=reason, **values)
    await note(db, moved, what or to, delta=delta, details={"reason": reason} if reason else None)
    return moved


async def write(
    db: AsyncSession, generation: Generation, *, when: Sequence[GenerationState], **values: object
) -> Generation:
    """Write to the row if it is still ours, unsettled and in one of the states `when`. Raises Unavailable."""
    query = (
        update(Generation)
        .where(Generation.id == generation.id, Generation.workspace_id == generation.workspace_id)
        .where(Generation.lease_epoch == generation.lease_epoch, Generation.settled_at.is_(None))
        .where(Generation.state.in_(when))
        .values(**values)
        .returning(Generation)
    )
    written = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if written is None:
        raise Unavailable(f"generation {generation.id} is another worker's by now, or past this step")
    return written


async def note(
    db: AsyncSession, generation: Generation, what: str, *, delta: int = 0, details: Json | None = None
) -> None:
    """Write a line of the journal; `delta` is what it moves in the budgets, in micro-dollars."""
    db.add(
        GenerationEvent(
            workspace_id=generation.workspace_id,
            generation_id=generation.id,
            what=what,
            delta_microusd=delta,
            details=details or {},
        )
    )
    await db.flush()


def from_now(seconds: float) -> ColumnElement[Any]:
    """That long from now, by the clock of the database, which does not stand still within a transaction."""
    return func.clock_timestamp() + timedelta(seconds=seconds)


def is_held() -> ColumnElement[bool]:
    """Whether a worker holds the generation, or it must rest for a while."""
    # GREATEST passes over NULLs.
    until = func.greatest(Generation.lease_until, Generation.not_before)
    return func.coalesce(until > func.clock_timestamp(), False)
