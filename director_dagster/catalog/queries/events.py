"""Questions to the audit log, and its one plain verb, `note`; `catalog/chain.py` has the rule."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.chain import Head, Note
from director_dagster.catalog.tables import Event, EventHead, Json, Workspace

PAGE = 1000


async def note(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    what: str,
    subject: str,
    who: str | None = None,
    film_id: UUID | None = None,
    asset_id: UUID | None = None,
    generation_id: UUID | None = None,
    slot_id: UUID | None = None,
    microusd: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Have an event stand in the workspace's log if, and only if, this transaction commits; a second call notes a
    second one. It may be called at any point of the transaction, once nothing of it can be rolled back alone.

    `who` None is whoever acts in this session; `microusd` is what was spent by it, and None where nothing was.
    """
    actor = chain.actor(db)
    chain.collect(
        db,
        Note(
            workspace_id=workspace_id,
            who=who or actor.who,
            run_id=actor.run_id,
            what=what,
            subject=subject,
            film_id=film_id,
            asset_id=asset_id,
            generation_id=generation_id,
            slot_id=slot_id,
            microusd=microusd,
            reason=reason,
            details=dict(details or {}),
        ),
    )


async def about(db: AsyncSession, workspace_id: UUID, subject: str, *, what: str) -> Sequence[Event]:
    """The lines that say `what` of `subject`, oldest first. Index: ix_events_workspace_id_subject_id."""
    query = select(Event).where(Event.workspace_id == workspace_id, Event.subject == subject, Event.what == what)
    return (await db.scalars(query.order_by(Event.id))).all()


async def listed(
    db: AsyncSession, workspace_id: UUID, *, before: int | None = None, limit: int = 50
) -> Sequence[Event]:
    """The next `limit` events, newest first; `before` is the number of the last one seen. Index:
    uq_events_workspace_id_seq."""
    query = select(Event).where(Event.workspace_id == workspace_id)
    if before is not None:
        query = query.where(Event.seq < before)
    return (await db.scalars(query.order_by(Event.seq.desc()).limit(limit))).all()


async def walk(db: AsyncSession, workspace_id: UUID) -> AsyncIterator[tuple[Json, str]]:
    """Every event of a workspace by number, as its hash is of it, with the hash that stands beside it; a page of them
    at a time is held. Index: uq_events_workspace_id_seq."""
    # Numbers that somebody has doubled, or set below 1, are met as well.
    place = tuple_(Event.seq, Event.id)
    query = select(Event.id, *chain.COLUMNS).where(Event.workspace_id == workspace_id).order_by(Event.seq, Event.id)
    page = (await db.execute(query.limit(PAGE))).mappings().all()
    while page:
        for row in page:
            yield chain.body_of(row), row["hash"]
        last = page[-1]["seq"], page[-1]["id"]
        page = (await db.execute(query.where(place > last).limit(PAGE))).mappings().all()


async def heads(db: AsyncSession) -> Sequence[tuple[Workspace, Head]]:
    """The end of every workspace's chain, by the workspace's name."""
    query = (
        select(Workspace, EventHead.seq, EventHead.hash)
        .outerjoin(EventHead, EventHead.workspace_id == Workspace.id)
        .order_by(Workspace.slug)
    )
    return [
        (workspace, Head() if seq is None else Head(seq=seq, hash=hash_))
        for workspace, seq, hash_ in await db.execute(query)
    ]
