"""The journal of what people and schedules did. Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Filled


class Event(Base):
    """`who` did `what` to `subject` (a row's id, a film's key), with `details`."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "workspace_id", "id"), Index(None, "workspace_id", "subject", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    who: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Filled]
