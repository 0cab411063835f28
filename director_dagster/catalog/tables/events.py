"""The audit log: what people, runs and schedules did, each event bound to the one before it. Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Filled, Microusd

HEX = "^[0-9a-f]{64}$"


class Event(Base):
    """`who` did `what` to `subject` (a row's id, a film's key), with `details`; the rule is in `catalog/chain.py`.

    What it speaks of is named without foreign keys: an event outlives its rows, and a key is checked under a lock of
    the row, while the chain's head must be the last lock that a transaction takes.

    Attributes:
        seq: Its number in the workspace's chain, from 1, without gaps.
        at: When it was written, by the clock of the database.
        run_id: Dagster's run in which it happened.
        microusd: What was spent by it; None where nothing was, and where nobody knows how much.
        previous: The hash of the event before it.
        hash: Of all of it but this.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("workspace_id", "seq"),
        Index(None, "workspace_id", "subject", "id"),
        Index("ix_events_claimed", "workspace_id", "run_id", postgresql_where=text("what = 'claimed'")),
        CheckConstraint("seq > 0", name="seq"),
        CheckConstraint(f"previous ~ '{HEX}'", name="previous"),
        CheckConstraint(f"hash ~ '{HEX}'", name="hash"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    who: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Filled]
    seq: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    microusd: Mapped[Microusd | None]
    film_id: Mapped[UUID | None]
    asset_id: Mapped[UUID | None]
    generation_id: Mapped[UUID | None]
    slot_id: Mapped[UUID | None]
    previous: Mapped[str]
    hash: Mapped[str]


class EventHead(Base):
    """The end of a workspace's chain: the number and the hash of its last event. Who appends holds this row.

    It tells when events were cut off at the end, which the chain by itself cannot.
    """

    __tablename__ = "event_heads"
    __table_args__ = (CheckConstraint("seq >= 0", name="seq"), CheckConstraint(f"hash ~ '{HEX}'", name="hash"))

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
