"""The journal of what people and schedules did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import rows
from director_dagster.catalog.tables import Event, Json
from director_dagster.errors import BadInput


async def note(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    who: str,
    what: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the journal; a second call writes a second line."""
    db.add(Event(workspace_id=workspace_id, who=who, what=what, subject=subject, details=dict(details or {})))
    await db.flush()


async def bring(db: AsyncSession, workspace_id: UUID, lines: Sequence[Json]) -> int:
    """Write lines of the workspace's journal that come from another place, as JSON data, and are not here; how many.

    They are numbered anew, in their order. A second call writes nothing.
    """
    table = rows.table_of(Event.__tablename__)
    ats = {str(line.get("at")) for line in lines}
    try:
        wanted = [datetime.fromisoformat(at) for at in ats]
    except ValueError as exc:
        raise BadInput(f"events: a line of the journal is of no time: {exc}") from exc
    there: list[Json] = []
    async for some in rows.stream(db, table, Event.workspace_id == workspace_id, Event.at.in_(wanted)):
        there += [{**row, "id": None} for row in some]
    new = [{**line, "id": None} for line in lines]
    return await rows.write(db, table, [_unnumbered(line) for line in new if line not in there])


def _unnumbered(line: Json) -> Json:
    return {name: value for name, value in line.items() if name != "id"}


async def about(db: AsyncSession, workspace_id: UUID, subject: str, *, what: str) -> Sequence[Event]:
    """The lines that say `what` of `subject`, oldest first. Index: ix_events_workspace_id_subject_id."""
    query = select(Event).where(Event.workspace_id == workspace_id, Event.subject == subject, Event.what == what)
    return (await db.scalars(query.order_by(Event.id))).all()


async def listed(
    db: AsyncSession, workspace_id: UUID, *, before: int | None = None, limit: int = 50
) -> Sequence[Event]:
    """The next `limit` lines, newest first; `before` is the id of the last one seen."""
    query = select(Event).where(Event.workspace_id == workspace_id)
    if before is not None:
        query = query.where(Event.id < before)
    return (await db.scalars(query.order_by(Event.id.desc()).limit(limit))).all()


async def after(db: AsyncSession, workspace_id: UUID, last: int) -> Sequence[Json]:
    """The lines after the one of that number, oldest first, as JSON data. Index: ix_events_workspace_id_id."""
    query = select(Event).where(Event.workspace_id == workspace_id, Event.id > last).order_by(Event.id)
    return [rows.dump(event) for event in await db.scalars(query)]
