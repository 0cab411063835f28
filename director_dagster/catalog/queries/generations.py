"""Questions about generations: what a person must decide, and all that is known of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal, or_, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.generation_rows import CLAIMED, is_held
from director_dagster.catalog.queries.amounts import STORED
from director_dagster.catalog.queries.costs import in_days
from director_dagster.catalog.tables import Asset, Event, Film, Generation, GenerationEvent, Json, Receipt, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.ledger import BLOCKS, IS_CLOSED, UNFINISHED


@dataclass(frozen=True, kw_only=True)
class History:
    """A generation, what its provider has acknowledged and every step it took, the oldest first."""

    generation: Generation
    receipts: Sequence[Receipt]
    events: Sequence[GenerationEvent]


async def listed(
    db: AsyncSession, workspace_id: UUID, *, states: Sequence[str] = (), limit: int = 50
) -> Sequence[tuple[Generation, Film | None]]:
    """Generations in one of these states, or in any, the newest first, each with its film."""
    return await _listed(db, workspace_id, Generation.state.in_(states) if states else true(), limit=limit)


async def not_stored(
    db: AsyncSession,
    workspace_id: UUID,
    *,
    states: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Sequence[tuple[Generation, Film | None]]:
    """As `listed`, but for what was stored: what `spending.attempts` counts in these days, and of it what is older than
    the generation `after`.

    Index: ix_generations_not_stored.
    """
    conditions = [Generation.state != STORED, *in_days(Generation.created_at, since, until)]
    if states:
        conditions.append(Generation.state.in_(states))
    if after is not None:
        last = select(Generation.created_at).where(Generation.workspace_id == workspace_id, Generation.id == after)
        here = tuple_(Generation.created_at, Generation.id)
        conditions.append(here < tuple_(last.scalar_subquery(), literal(after)))
    return await _listed(db, workspace_id, and_(*conditions), limit=limit, by=Generation.created_at)


async def _listed(
    db: AsyncSession,
    workspace_id: UUID,
    which: ColumnElement[bool],
    *,
    limit: int,
    by: InstrumentedAttribute[datetime] | None = None,
) -> Sequence[tuple[Generation, Film | None]]:
    order = [Generation.id.desc()] if by is None else [by.desc(), Generation.id.desc()]
    query = (
        select(Generation, Film)
        .outerjoin(Film, (Film.workspace_id == Generation.workspace_id) & (Film.id == Generation.film_id))
        .where(Generation.workspace_id == workspace_id, which)
        .order_by(*order)
        .limit(limit)
    )
    return [(generation, film) for generation, film in await db.execute(query, execution_options=FRESH)]


async def attempts_of(db: AsyncSession, asset: Asset) -> Sequence[Generation]:
    """All tries at buying what the asset answers, the oldest first; none of what was not bought.

    Indexes: uq_generations_purchase, and of those that ended badly ix_generations_closed.
    """
    if asset.fingerprint is None:
        return []
    mine = (Generation.workspace_id == asset.workspace_id, Generation.fingerprint == asset.fingerprint)
    # Each is one or the other; that is said so that Postgres looks into both indexes.
    query = select(Generation).where(*mine, or_(BLOCKS, IS_CLOSED)).order_by(Generation.id)
    return (await db.scalars(query)).all()


async def last_word(db: AsyncSession, generation: Generation) -> Json | None:
    """What the generation's provider said when it took the work, the last time if it said so more than once."""
    query = (
        select(Receipt.raw)
        .where(Receipt.workspace_id == generation.workspace_id, Receipt.generation_id == generation.id)
        .order_by(Receipt.id.desc())
        .limit(1)
    )
    return (await db.scalars(query)).one_or_none()


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """A film some of whose generations may be paid, and nobody is at them; `mark` is the same for the same ones."""

    film: str
    mark: str


async def are_any_left(db: AsyncSession) -> bool:
    """Whether anything, of any workspace, was begun and is not at its end, and nobody is at it.

    Index: ix_generations_open.
    """
    return bool(await db.scalar(select(exists().where(UNFINISHED, ~is_held()))))


async def left_behind(db: AsyncSession) -> Sequence[LeftBehind]:
    """The films of all workspaces of whose paid work a dead run has left something, by their keys.

    Index: ix_generations_open.
    """
    query = (
        select(
            Workspace.slug + "/" + Film.slug,
            func.md5(func.string_agg(cast(Generation.id, Text), aggregate_order_by(literal(","), Generation.id))),
        )
        .join(Film, (Film.workspace_id == Generation.workspace_id) & (Film.id == Generation.film_id))
        .join(Workspace, Workspace.id == Generation.workspace_id)
        .where(UNFINISHED, ~is_held(), Generation.state != "queued", Generation.price_microusd > 0)
        .group_by(Workspace.slug, Film.slug)
        .order_by(Workspace.slug, Film.slug)
    )
    return [LeftBehind(film=film, mark=mark) for film, mark in await db.execute(query)]


async def of_job(db: AsyncSession, provider: str, job: str) -> Generation | None:
    """The generation of any workspace that a provider's job is, or None.

    Some providers' ids are paths, whose last part alone names the job: that is what is compared. To many servers large
    and small letters are one, and no two jobs differ by those alone.
    """
    last = func.lower(func.regexp_replace(Generation.provider_job_id, "^.*/", ""))
    query = select(Generation).where(Generation.provider == provider, last == func.lower(job.rpartition("/")[2]))
    return (await db.scalars(query.order_by(Generation.id).limit(1))).one_or_none()


async def bought_in(db: AsyncSession, run_ids: Sequence[str]) -> Mapping[str, int]:
    """What the purchases of each of these runs come to, in micro-dollars; what is not settled yet, or of unknown cost,
    at its price. None where it is nothing.

    A purchase is of the run that has claimed it, whoever brought it to its end. Index: ix_events_claimed.
    """
    cost = func.sum(func.coalesce(Generation.cost_microusd, Generation.price_microusd))
    query = (
        select(Event.run_id, cost)
        .join(Generation, (Generation.workspace_id == Event.workspace_id) & (Generation.id == Event.generation_id))
        .where(Event.run_id.in_(run_ids), text(f"events.what = '{CLAIMED}'"))
        .group_by(Event.run_id)
    )
    return {str(run_id): int(microusd) for run_id, microusd in await db.execute(query)}


async def is_at_work(db: AsyncSession, generation: Generation) -> bool:
    """Whether a worker holds it just now."""
    return bool(await db.scalar(select(is_held()).where(Generation.id == generation.id)))


async def waiting(db: AsyncSession, workspace_id: UUID, *, limit: int = 50) -> Sequence[tuple[Generation, Film | None]]:
    """As `listed`, those of which a person must find out something: whether they were paid, or what they have cost.

    Index: ix_generations_open.
    """
    unsettled = Generation.settled_at.is_(None) & (Generation.state == "unknown")
    unknown_cost = Generation.settled_at.is_not(None) & Generation.cost_microusd.is_(None)
    return await _listed(db, workspace_id, unsettled | unknown_cost, limit=limit)


async def workspace_of(db: AsyncSession, generation_id: UUID) -> str | None:
    """The name of the workspace whose generation that is, or None where there is none of that id."""
    query = select(Workspace.slug).join(Generation, Generation.workspace_id == Workspace.id)
    return (await db.scalars(query.where(Generation.id == generation_id))).one_or_none()


async def find(db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, lock: bool = False) -> History | None:
    """All that is known of a generation, or None where the workspace has none of that id. With `lock` it stays as it is
    until the transaction ends."""
    query = select(Generation).where(Generation.workspace_id == workspace_id, Generation.id == generation_id)
    locked = query.with_for_update(key_share=True) if lock else query
    generation = (await db.scalars(locked, execution_options=FRESH)).one_or_none()
    if generation is None:
        return None
    receipts = select(Receipt).where(Receipt.workspace_id == workspace_id, Receipt.generation_id == generation_id)
    events = select(GenerationEvent).where(
        GenerationEvent.workspace_id == workspace_id, GenerationEvent.generation_id == generation_id
    )
    return History(
        generation=generation,
        receipts=(await db.scalars(receipts.order_by(Receipt.id))).all(),
        events=(await db.scalars(events.order_by(GenerationEvent.id))).all(),
    )


async def note_imported(db: AsyncSession, workspace_id: UUID, changed: Sequence[tuple[str, str, int, str]]) -> None:
    """Write into the journal what became of imported generations: by id, what, what it moves in micro-dollars, why."""
    for id_, what, delta, reason in sorted(changed):
        db.add(
            GenerationEvent(
                workspace_id=workspace_id,
                generation_id=UUID(id_),
                what=what,
                delta_microusd=delta,
                details={"reason": reason, "imported": True},
            )
        )
    await db.flush()
