"""How generations' rows are written: fenced by their leases, many at once, and each step noted in the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Text, Uuid, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import BigInteger

from director_dagster.catalog import budgets
from director_dagster.catalog.budgets import Charge
from director_dagster.catalog.queries import events
from director_dagster.catalog.recordset import Columns, recordset
from director_dagster.catalog.tables import Generation, GenerationEvent, GenerationState, Json
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import DirectorError, Overtaken

Moved = Generation | DirectorError
"""A generation as it was written, or why it was not."""

CLAIMED, SETTLED = "claimed", "settled"
SPENDING = frozenset({SETTLED, "failed", "refused", "output_expired"})
"""What the audit log says of a generation at its end, when it was bought; without an amount it is not known."""

_HELD: Columns = {"id": Uuid(), "workspace_id": Uuid(), "lease_epoch": Integer()}
_LINE: Columns = {
    "workspace_id": Uuid(),
    "generation_id": Uuid(),
    "what": Text(),
    "delta_microusd": BigInteger(),
    "details": JSONB(),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be written to one generation, by column, and how much that moves in the budgets, in micro-dollars."""

    generation: Generation
    values: Mapping[str, Any] = field(default_factory=dict)
    delta: int = 0


async def close_all(
    db: AsyncSession,
    costs: Sequence[tuple[Generation, int | None]],
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    what: str | None = None,
    reason: str = "",
) -> list[Moved]:
    """The last step, with what each has cost. With a known cost the hold becomes a charge; with an unknown it stays."""
    holds = [generation.reserved_microusd for generation, _ in costs]  # a row that is written is read anew
    changes = [
        Change(
            generation=generation,
            values={"cost_microusd": cost, "reserved_microusd": held if cost is None else 0},
            delta=0 if cost is None else cost - held,
        )
        for (generation, cost), held in zip(costs, holds, strict=True)
    ]
    closing = {"settled_at": func.clock_timestamp(), "lease_until": None}
    closed = await step_all(db, changes, when=when, to=to, what=what, reason=reason, **closing)
    charges = [
        Charge(budget_id=moved.budget_id, reserved_microusd=held, cost_microusd=cost)
        for (_, cost), held, moved in zip(costs, holds, closed, strict=True)
        if isinstance(moved, Generation) and moved.budget_id is not None and cost is not None
    ]
    await budgets.charge_all(db, charges)
    for moved, (_, cost) in zip(closed, costs, strict=True):
        if isinstance(moved, Generation) and (cost != 0 or moved.price_microusd != 0):
            await tell(db, moved, what or to, microusd=cost, reason=reason)
    return closed


async def step_all(
    db: AsyncSession,
    changes: Sequence[Change],
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    what: str | None = None,
    reason: str = "",
    **values: object,
) -> list[Moved]:
    """Move generations on and note each in the journal, under its new state unless `what` says more.

    `values` are written to all of them. One that is not ours any more is told so in its place; the others are moved.
    """
    moved = await write_all(db, changes, when=when, state=to, reason=reason, **values)
    done = [(change, row) for change, row in zip(changes, moved, strict=True) if isinstance(row, Generation)]
    details = {"reason": reason} if reason else {}
    await note_all(db, [(row, what or to, change.delta, details) for change, row in done])
    return moved


async def write_all(
    db: AsyncSession, changes: Sequence[Change], *, when: Sequence[GenerationState], **values: object
) -> list[Moved]:
    """Write to those rows that are still ours, unsettled and in a state of `when`; the others are Overtaken."""
    if not changes:
        return []
    own = {name: Generation.__table__.columns[name].type for name in changes[0].values}
    given = recordset({**_HELD, **own}, [{**_held(change.generation), **change.values} for change in changes])
    query = (
        update(Generation)
        .where(Generation.id == given.c.id, Generation.workspace_id == given.c.workspace_id)
        .where(Generation.lease_epoch == given.c.lease_epoch, Generation.settled_at.is_(None))
        .where(Generation.state.in_(when))
        .values(**values, **{name: given.c[name] for name in own})
        .returning(Generation)
    )
    written = {row.id: row for row in await db.scalars(query, execution_options=FRESH)}
    return [written.get(change.generation.id) or _lost(change.generation) for change in changes]


async def note_all(db: AsyncSession, lines: Sequence[tuple[Generation, str, int, Json]]) -> None:
    """Write lines of the journal: of which generation, what, what it moves in the budgets in micro-dollars, details."""
    if not lines:
        return
    rows = [
        {
            "workspace_id": generation.workspace_id,
            "generation_id": generation.id,
            "what": what,
            "delta_microusd": delta,
            "details": details,
        }
        for generation, what, delta, details in lines
    ]
    await db.execute(insert(GenerationEvent).from_select(list(_LINE), select(*recordset(_LINE, rows).c)))


async def tell(
    db: AsyncSession,
    generation: Generation,
    what: str,
    *,
    microusd: int | None = None,
    reason: str = "",
    **details: object,
) -> None:
    """Have the audit log say that this happened to a generation, and what it spent; see `events.note`."""
    await events.note(
        db,
        workspace_id=generation.workspace_id,
        what=what,
        subject=str(generation.id),
        film_id=generation.film_id,
        generation_id=generation.id,
        microusd=microusd,
        reason=reason,
        details={"provider": generation.provider, "model": generation.model, "operation": generation.operation}
        | details,
    )


async def step(
    db: AsyncSession,
    generation: Generation,
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    what: str | None = None,
    reason: str = "",
    **values: object,
) -> Generation:
    """As `step_all`, of one. Raises Overtaken."""
    return only(
        await step_all(db, [Change(generation=generation)], when=when, to=to, what=what, reason=reason, **values)
    )


async def close(
    db: AsyncSession,
    generation: Generation,
    *,
    when: Sequence[GenerationState],
    to: GenerationState,
    reason: str,
    cost_microusd: int | None,
) -> Generation:
    """As `close_all`, of one. Raises Overtaken."""
    return only(await close_all(db, [(generation, cost_microusd)], when=when, to=to, reason=reason))


async def write(
    db: AsyncSession, generation: Generation, *, when: Sequence[GenerationState], **values: object
) -> Generation:
    """As `write_all`, of one. Raises Overtaken."""
    return only(await write_all(db, [Change(generation=generation)], when=when, **values))


async def note(db: AsyncSession, generation: Generation, what: str, *, details: Json | None = None) -> None:
    """Write a line of the journal that moves nothing in the budgets."""
    await note_all(db, [(generation, what, 0, details or {})])


def only(results: Sequence[Moved]) -> Generation:
    """The one result there is. Raises its error."""
    (result,) = results
    if isinstance(result, DirectorError):
        raise result
    return result


def from_now(seconds: float) -> ColumnElement[Any]:
    """That long from now, by the clock of the database, which does not stand still within a transaction."""
    return func.clock_timestamp() + timedelta(seconds=seconds)


def is_held() -> ColumnElement[bool]:
    """Whether a worker holds the generation, or it must rest for a while."""
    # GREATEST passes over NULLs.
    until = func.greatest(Generation.lease_until, Generation.not_before)
    return func.coalesce(until > func.clock_timestamp(), False)


def _held(generation: Generation) -> dict[str, UUID | int]:
    return {name: getattr(generation, name) for name in _HELD}


def _lost(generation: Generation) -> Overtaken:
    return Overtaken(f"generation {generation.id} is another worker's by now, or past this step")
