"""Standings: how pieces of films stood when somebody last looked."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, one_of, within

Standing = Literal["current", "stale"]


class SlotStanding(Base):
    """How the selected take of a film's slot stood when somebody last looked.

    It says nothing of a take that was selected since. Derived: who looks again has it again.

    Attributes:
        asset_id: The asset of that take.
        state: ``current``, ``stale``, or ``neither``: the film has no place for it any more, its bytes are lost, or
            nobody can tell until the script is written.
        told_at: When they looked who first found it so.
    """

    __tablename__ = "standings"
    __table_args__ = (
        within("slot_id", "slots"),
        within("asset_id", "assets"),
        one_of("state", ("current", "stale", "neither")),
        Index(None, "workspace_id", "state", "asset_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    slot_id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID]
    state: Mapped[str]
    told_at: Mapped[datetime]
