"""The chain of the audit log: how events are bound to each other, how they are appended, and how a chain is proved.

A workspace's events are numbered from 1 without gaps (`seq`), and each names the hash of the one before it
(`previous`; 64 zeros in the first). An event's hash is the SHA-256, in hex, of the event as JSON: exactly the keys of
`body_of`, sorted, no spaces, UTF-8 with nothing escaped but what JSON must escape, whole numbers alone, ids and hashes
as text in small letters, the moment in UTC with six digits of a second and a Z. In an export (`director audit export`)
each line is ``{"event":{…},"hash":"…"}`` in that very spelling, so `jq -cjS .event | sha256sum` of a line is its hash.

`note` only collects: what a transaction notes is appended by `write` at its very end, by `Catalog.session`, in a number
of statements that does not grow with the events. So the chain's head is always the last lock that a transaction takes,
after budgets, generations and slots, and of several workspaces in one order: nobody who holds a head waits for anything
else, so no two can wait for each other. Both are committed, what was done and that it was, or neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Event, EventHead, Json
from director_dagster.story import wire

START = "0" * 64
"""What the first event names as the hash before it."""

COLUMNS = (
    Event.workspace_id,
    Event.seq,
    Event.at,
    Event.who,
    Event.run_id,
    Event.what,
    Event.subject,
    Event.film_id,
    Event.asset_id,
    Event.generation_id,
    Event.slot_id,
    Event.microusd,
    Event.reason,
    Event.details,
    Event.previous,
    Event.hash,
)
"""All that `body_of` reads, and the hash."""

_NOTED, _ACTOR = "events noted", "actor"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts in a transaction: a person by name, or the studio itself; and in which of Dagster's runs."""

    who: str = "studio"
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of a chain: how many events it has, and the hash of the last; as text ``12:3f…``."""

    seq: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, kw_only=True)
class Note:
    """An event before it has its place in the chain; see `Event`."""

    workspace_id: UUID
    who: str
    run_id: str | None
    what: str
    subject: str
    film_id: UUID | None = None
    asset_id: UUID | None = None
    generation_id: UUID | None = None
    slot_id: UUID | None = None
    microusd: int | None = None
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def acts(db: AsyncSession, actor: Actor) -> None:
    """From now on, `actor` acts in this session."""
    db.info[_ACTOR] = actor


def actor(db: AsyncSession) -> Actor:
    """Who acts in this session: the studio, unless it was said."""
    found: Actor = db.info.get(_ACTOR) or Actor()
    return found


def collect(db: AsyncSession, note: Note) -> None:
    """Have `write` append the event. To be called when nothing of what it tells can be rolled back any more but with
    the whole transaction: a savepoint takes no event back."""
    db.info.setdefault(_NOTED, []).append(note)


async def write(db: AsyncSession) -> None:
    """Append what was noted in this session, in order; nothing else may be written after it. `Catalog.session` calls
    it before it commits."""
    noted: list[Note] = db.info.pop(_NOTED, [])
    if not noted:
        return
    await db.flush()
    for workspace_id in sorted({note.workspace_id for note in noted}):
        await _append(db, workspace_id, [note for note in noted if note.workspace_id == workspace_id])


async def head(db: AsyncSession, workspace_id: UUID) -> Head:
    """The end of a workspace's chain, to be written into whatever leaves the studio; what this transaction notes comes
    after it."""
    row = await db.get(EventHead, workspace_id, populate_existing=True)
    return Head() if row is None else Head(seq=row.seq, hash=row.hash)


def body_of(row: Mapping[str, Any] | RowMapping) -> Json:
    """An event's columns as the JSON that its hash is of."""
    at: datetime = row["at"]
    return {
        "asset": _text(row["asset_id"]),
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "details": row["details"],
        "film": _text(row["film_id"]),
        "generation": _text(row["generation_id"]),
        "microusd": row["microusd"],
        "previous": row["previous"],
        "reason": row["reason"],
        "run": row["run_id"],
        "seq": row["seq"],
        "slot": _text(row["slot_id"]),
        "subject": row["subject"],
        "what": row["what"],
        "who": row["who"],
        "workspace": _text(row["workspace_id"]),
    }


async def _append(db: AsyncSession, workspace_id: UUID, notes: list[Note]) -> None:
    end, now = await _hold_head(db, workspace_id)
    rows = []
    for note in notes:
        row = {**vars(note), "details": plain(note.details), "seq": end.seq + 1, "at": now, "previous": end.hash}
        end = Head(seq=end.seq + 1, hash=wire.digest(body_of(row)))
        rows.append({**row, "at": now.isoformat(), "hash": end.hash})
    given = recordset({column.key: column.type for column in COLUMNS}, rows)
    moved = update(EventHead).where(EventHead.workspace_id == workspace_id).values(seq=end.seq, hash=end.hash)
    rows_in_order = select(*given.c).order_by(given.c.seq)
    await db.execute(insert(Event).from_select(list(COLUMNS), rows_in_order).add_cte(moved.cte("moved")))


async def _hold_head(db: AsyncSession, workspace_id: UUID) -> tuple[Head, datetime]:
    """The end of the chain, ours until the transaction ends, and the database's clock: it is read anew after a wait for
    who appended before us, so that moments stand in the order of the events."""
    query = (
        select(EventHead.seq, EventHead.hash, func.clock_timestamp().label("now"))
        .where(EventHead.workspace_id == workspace_id)
        .with_for_update()
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        first = insert(EventHead).values(workspace_id=workspace_id, seq=0, hash=START)
        await db.execute(first.on_conflict_do_nothing())
        row = (await db.execute(query)).one()
    return Head(seq=row.seq, hash=row.hash), row.now


def plain(value: Any) -> Any:  # noqa: ANN401 (JSON is any of its kinds)
    """Details as the log keeps them: text, whole numbers, truth and nothing, in lists and tables. Whatever else there
    is becomes text: a fraction has no one spelling that Postgres and every language share."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
