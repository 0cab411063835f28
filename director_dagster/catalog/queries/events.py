"""Questions to the audit log, and its one plain verb, `note`; `catalog/chain.py` has the rule."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain, rows
from director_dagster.catalog.chain import Head, Note
from director_dagster.catalog.tables import Asset, Event, EventHead, Json, Workspace
from director_dagster.errors import BadInput
from director_dagster.story import wire

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


async def bring(db: AsyncSession, workspace_id: UUID, lines: Sequence[Json]) -> int:
    """Write those events of a log from another place, as JSON data in their order, that go on from the log here, with
    their numbers and hashes; how many. A second call writes nothing.

    A log that went on here by itself has no place for them: nothing is written. Raises BadInput for an event that is
    not what was written.
    """
    head, new = await chain.head(db, workspace_id), list[Json]()
    for line in lines:
        if int(line["seq"]) == head.seq + 1 and line["previous"] == head.hash:
            _prove(workspace_id, line)
            head = Head(seq=head.seq + 1, hash=str(line["hash"]))
            new.append({name: value for name, value in line.items() if name != "id"})
    written = await rows.write(db, rows.table_of(Event.__tablename__), new)
    await set_heads(db)
    return written


async def known(db: AsyncSession, workspace_id: UUID, lines: Sequence[Json]) -> int:
    """How many of those events are here. Index: uq_events_workspace_id_seq."""
    there = select(Event.hash).where(
        Event.workspace_id == workspace_id, Event.seq.in_([int(line["seq"]) for line in lines])
    )
    return len({str(line["hash"]) for line in lines} & set(await db.scalars(there)))


async def set_heads(db: AsyncSession) -> None:
    """Let each chain end with its last event: for events that were not appended by `chain.write`."""
    ends = select(Event.workspace_id, func.max(Event.seq)).group_by(Event.workspace_id)
    last = select(Event.workspace_id, Event.seq, Event.hash).where(tuple_(Event.workspace_id, Event.seq).in_(ends))
    moved = insert(EventHead).from_select(["workspace_id", "seq", "hash"], last)
    further = {"seq": moved.excluded.seq, "hash": moved.excluded.hash}
    await db.execute(
        moved.on_conflict_do_update(
            index_elements=[EventHead.workspace_id], set_=further, where=moved.excluded.seq > EventHead.seq
        )
    )


def _prove(workspace_id: UUID, line: Json) -> None:
    try:
        body = chain.body_of({**line, "at": datetime.fromisoformat(str(line["at"]))})
    except (ValueError, KeyError) as exc:
        raise BadInput(f"events: event {line.get('seq')} of the log cannot be read: {exc}") from exc
    if wire.digest(body) != line["hash"] or line["workspace_id"] != str(workspace_id):
        raise BadInput(f"events: event {line['seq']} of the log is not what was written")


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


async def after(db: AsyncSession, workspace_id: UUID, seq: int) -> Sequence[Json]:
    """The events after the one of that number, in order, as JSON data. Index: uq_events_workspace_id_seq."""
    query = select(Event).where(Event.workspace_id == workspace_id, Event.seq > seq).order_by(Event.seq)
    return [rows.dump(event) for event in await db.scalars(query)]


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


async def run_of(db: AsyncSession, asset: Asset, slot_ids: Collection[UUID]) -> str | None:
    """Dagster's run in which an asset was bought, or first put into one of these slots, as the audit log has it; None
    where it names none. Index: ix_events_workspace_id_subject_id."""
    bought = [] if asset.generation_id is None else [str(asset.generation_id)]
    query = (
        select(Event.run_id)
        .where(Event.workspace_id == asset.workspace_id, Event.subject.in_([*bought, *map(str, slot_ids)]))
        .where(or_(Event.asset_id == asset.id, Event.subject.in_(bought)), Event.run_id.is_not(None))
        .order_by(Event.id)
        .limit(1)
    )
    return (await db.scalars(query)).one_or_none()
