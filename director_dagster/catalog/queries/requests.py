"""Questions about films that somebody wants made: what is due, what the queue has, and what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import events, generations
from director_dagster.catalog.tables import FilmRequest, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.requests import DUE, IN_QUEUE
from director_dagster.errors import BadInput, Refused

AT_ONCE = 200
QUEUE_LOCK = 0x7175657565  # "queue"
REQUESTED, TAKEN, BEGUN, ENDED = "film requested", "taken from the queue", "request begun", "request ended"
"""What the audit log says of a request; its subject is the row's id."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """A request and the key of its film."""

    row: FilmRequest
    film: str


async def add(db: AsyncSession, wanted: FilmRequest) -> tuple[FilmRequest, bool]:
    """Write a request, and whether it is new: the same one while it is open, or one of the same key, is given instead.

    The audit log says what was asked for.
    """
    values = {
        name: getattr(wanted, name)
        for name in ("workspace_id", "film", "wishes", "max_microusd", "queued", "priority", "key", "asked_by")
    }
    made = (
        await db.scalars(insert(FilmRequest).values(**values).on_conflict_do_nothing().returning(FilmRequest))
    ).one_or_none()
    if made is None:
        return await _there(db, wanted), False
    await _tell(db, made, REQUESTED, wishes=made.wishes, max_microusd=made.max_microusd, queued=made.queued)
    return made, True


async def _there(db: AsyncSession, wanted: FilmRequest) -> FilmRequest:
    same = and_(
        FilmRequest.ended_at.is_(None),
        FilmRequest.film == wanted.film,
        FilmRequest.wishes == literal(wanted.wishes, JSONB),
        FilmRequest.max_microusd == wanted.max_microusd,
        FilmRequest.queued == wanted.queued,
        FilmRequest.idea.is_(None) & FilmRequest.screenplay.is_(None),
    )
    query = select(FilmRequest).where(FilmRequest.workspace_id == wanted.workspace_id, same, FilmRequest.key == "")
    found = (
        await keyed(db, wanted.workspace_id, wanted.key)
        if wanted.key
        else (await db.scalars(query, execution_options=FRESH)).one_or_none()
    )
    if found is None:
        raise Refused("another one like it ended just now; ask again")
    return found


async def due(db: AsyncSession) -> Sequence[Requested]:
    """What is to be made now, and what is being made, of all workspaces: the most urgent, then the longest waiting.

    So many at a time are looked at; the others when those have ended. Index: ix_film_requests_due.
    """
    query = (
        select(FilmRequest, Workspace.slug)
        .join(Workspace, Workspace.id == FilmRequest.workspace_id)
        .where(DUE)
        .order_by(FilmRequest.priority.desc(), FilmRequest.asked_at, FilmRequest.id)
        .limit(AT_ONCE)
    )
    rows = await db.execute(query, execution_options=FRESH)
    return [Requested(row=row, film=f"{slug}/{row.film}") for row, slug in rows]


async def listed(db: AsyncSession, workspace_id: UUID, *, limit: int = 50) -> Sequence[tuple[FilmRequest, int]]:
    """The workspace's requests with what each has spent, in micro-dollars: those that are due, then the queue in its
    order, then those that are over, the newest first."""
    over = FilmRequest.ended_at.is_not(None)
    waits = FilmRequest.queued & FilmRequest.taken_on.is_(None)
    query = (
        select(FilmRequest)
        .where(FilmRequest.workspace_id == workspace_id)
        .order_by(over, FilmRequest.ended_at.desc(), waits, FilmRequest.priority.desc())
        .order_by(FilmRequest.asked_at, FilmRequest.id)
        .limit(limit)
    )
    rows = (await db.scalars(query, execution_options=FRESH)).all()
    return [(row, await spent_microusd(db, row)) for row in rows]


async def find(db: AsyncSession, workspace_id: UUID, request_id: UUID) -> FilmRequest:
    """The request of that id, held until the transaction ends. Raises BadInput when the workspace has none."""
    query = select(FilmRequest).where(FilmRequest.workspace_id == workspace_id, FilmRequest.id == request_id)
    found = (await db.scalars(query.with_for_update(), execution_options=FRESH)).one_or_none()
    if found is None:
        raise BadInput(f"there is no request {request_id}; `director request list` names those there are")
    return found


async def keyed(db: AsyncSession, workspace_id: UUID, key: str) -> FilmRequest | None:
    """The request of that key; None where there is none. Index: uq_film_requests_key."""
    query = select(FilmRequest).where(
        FilmRequest.workspace_id == workspace_id, FilmRequest.key == key, FilmRequest.key != ""
    )
    return (await db.scalars(query, execution_options=FRESH)).one_or_none()


async def spent_microusd(db: AsyncSession, request: FilmRequest) -> int:
    """What the request's runs have bought comes to, as `generations.bought_in` has it."""
    return sum((await generations.bought_in(db, request.runs)).values())


async def begin(db: AsyncSession, request_id: UUID, *, run_id: str, after: str) -> int:
    """Let a run work for the request: what it may spend, in micro-dollars, which is what earlier runs have left of it.

    `after` is the run that it follows, empty for the first: of two that follow the same one, one begins. The same run
    may begin again. Raises BadInput for any other, and when the request is over.
    """
    query = select(FilmRequest).where(FilmRequest.id == request_id).with_for_update()
    row = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if row is None:
        raise BadInput(f"there is no request {request_id}: launch `make_film` for the film instead")
    last = row.runs[-1] if row.runs else ""
    if row.ended_at is None and last == run_id:
        return max(0, row.max_microusd - await spent_microusd(db, row))
    if row.ended_at is not None or last != after:
        stands = row.state if row.ended_at is not None else f"in the hands of run {last}"
        raise BadInput(
            f"request {row.id} is {stands}, and nothing more is done for it: launch `make_film` for the film, or "
            "ask for it anew"
        )
    left = max(0, row.max_microusd - await spent_microusd(db, row))
    await _write(db, row, state="launched", runs=[*row.runs, run_id])
    await _tell(db, row, BEGUN, asked_by=row.asked_by, max_microusd=row.max_microusd, left_microusd=left)
    return left


async def end(db: AsyncSession, request_id: UUID, state: str, *, reason: str = "") -> FilmRequest | None:
    """Let the request be over: ``done``, ``failed`` or ``withdrawn``; None, with nothing changed, where it is already.

    The audit log says so, with what its runs have spent.
    """
    query = select(FilmRequest).where(FilmRequest.id == request_id, FilmRequest.ended_at.is_(None))
    row = (await db.scalars(query.with_for_update(), execution_options=FRESH)).one_or_none()
    if row is None:
        return None
    await _write(db, row, state=state, reason=reason, ended_at=func.now())
    await _tell(db, row, ENDED, reason=reason, state=state, spent_microusd=await spent_microusd(db, row))
    return row


@dataclass(frozen=True, kw_only=True)
class Day:
    """What a day's queue may still take: so many requests, that may spend so much in all, in micro-dollars."""

    requests: int
    microusd: int


async def left_of(db: AsyncSession, today: date, *, a_day: int, max_microusd: int) -> Day:
    """What is left of what the queue may take `today`, a day in UTC.

    A request that is open counts with all that it may spend, whenever it was taken; one that ended today, or was taken
    today, with what it has spent. So what the queue's requests spend on a day is never more than `max_microusd`.
    Indices: ix_film_requests_taken_on, ix_film_requests_ended_at.
    """
    midnight = datetime.combine(today, time(), UTC)
    of_today = or_(FilmRequest.taken_on == today, FilmRequest.ended_at.is_(None), FilmRequest.ended_at >= midnight)
    taken = (await db.scalars(select(FilmRequest).where(FilmRequest.taken_on.is_not(None), of_today))).all()
    held = sum(
        [row.max_microusd if row.ended_at is None else await spent_microusd(db, row) for row in taken],
    )
    count = sum(row.taken_on == today and row.state != "withdrawn" for row in taken)
    return Day(requests=max(0, a_day - count), microusd=max(0, max_microusd - held))


async def next_in_queue(db: AsyncSession, *, max_microusd: int) -> FilmRequest | None:
    """The first in the queues of all workspaces that may spend no more than that. Index: ix_film_requests_queue."""
    query = (
        select(FilmRequest)
        .where(IN_QUEUE, FilmRequest.max_microusd <= max_microusd)
        .order_by(FilmRequest.priority.desc(), FilmRequest.asked_at, FilmRequest.id)
        .limit(1)
        .with_for_update()
    )
    return (await db.scalars(query, execution_options=FRESH)).one_or_none()


async def hold_queue(db: AsyncSession) -> None:
    """Be the only one who takes from the queue, until the transaction ends."""
    await db.execute(select(func.pg_advisory_xact_lock(QUEUE_LOCK)))


async def take(db: AsyncSession, request: FilmRequest, today: date) -> None:
    """Take a request from the queue: from now on it is due. The audit log says so."""
    await _write(db, request, taken_on=today)
    await _tell(db, request, TAKEN, day=today, max_microusd=request.max_microusd)


async def _write(db: AsyncSession, row: FilmRequest, **values: Any) -> None:  # noqa: ANN401 (a column's)
    await db.execute(update(FilmRequest).where(FilmRequest.id == row.id).values(**values))
    await db.refresh(row)


async def _tell(db: AsyncSession, row: FilmRequest, what: str, *, reason: str = "", **details: object) -> None:
    await events.note(
        db,
        workspace_id=row.workspace_id,
        what=what,
        subject=str(row.id),
        reason=reason,
        details={"film": row.film, **details},
    )
