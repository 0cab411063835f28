"""The journal of what people and schedules did."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Event


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
