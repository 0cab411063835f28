"""The ledger: budgets, generations, what providers acknowledged, and the journal of every step. Whole micro-dollars."""

from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Created, Filled, Json, Microusd, Tenant, one_of, within

GenerationState = Literal[
    "queued",
    "submitting",
    "submitted",
    "stored",
    "unknown",
    "failed",
    "refused",
    "cancelled",
    "output_expired",
]
BLOCKING: tuple[GenerationState, ...] = ("queued", "submitting", "submitted", "unknown", "stored")
CLOSED: tuple[GenerationState, ...] = ("failed", "refused", "cancelled", "output_expired")


def _words(states: tuple[str, ...]) -> str:
    return ", ".join(map(repr, states))


BLOCKS = text(f"state IN ({_words(BLOCKING)})")
IS_CLOSED = text(f"state IN ({_words(CLOSED)})")
UNFINISHED = text("settled_at IS NULL AND state <> 'unknown'")
OPEN = text("settled_at IS NULL OR cost_microusd IS NULL")
"""What is under way, and what a person must find out about: whether it was paid, or what it has cost."""

UNDER_WAY: tuple[GenerationState, ...] = ("submitting", "submitted")
"""While it is so, it may be one of the jobs that a provider has of ours."""


class Budget(Tenant, Base):
    """What a workspace, or one film of it, may spend. A film's budget lies within its workspace's, its parent.

    `overrun_microusd` is what providers charged beyond what was reserved: a fact to record, not a purchase to allow.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "film_id", postgresql_nulls_not_distinct=True),
        within("film_id", "films"),
        within("parent_id", "budgets"),
        CheckConstraint("(film_id IS NULL) = (parent_id IS NULL)", name="parent_id"),
        CheckConstraint("reserved_microusd >= 0", name="reserved_microusd"),
        CheckConstraint("spent_microusd >= 0", name="spent_microusd"),
        CheckConstraint("overrun_microusd >= 0", name="overrun_microusd"),
        CheckConstraint("spent_microusd + reserved_microusd <= limit_microusd", name="limit_microusd"),
    )

    film_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]
    limit_microusd: Mapped[Microusd]
    reserved_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    spent_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    overrun_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    created_at: Mapped[Created]


class Generation(Tenant, Base):
    """One piece of provider work: its request, its price, whose turn it is, and what came of it.

    ``queued → submitting → submitted → stored``, and out of the way: ``unknown`` (perhaps paid; a person finds out),
    ``failed``, ``refused``, ``cancelled``, ``output_expired``.

    Attributes:
        account: By which of our keys it is bought, as a digest of it; empty where there is none.
        purchase: The how-manieth time one and the same request is bought, from 1.
        piece: What it is for: what stands on the asset, and which places it fills; None where it costs nothing.
        price_microusd: What it may cost at most; None is unknown.
        reserved_microusd: What of that is still held against `budget_id`.
        output: What the provider said of the bytes, from `stored` on.
        submit_at: When it was first sent, of those times that may have been taken.
        quiet_since: Since when nobody has been sending it any more, as far as somebody has looked; see `senders`.
        lease_epoch: Who holds it: each change of hands counts one up, and only the newest may write.
        settled_at: The asset, the cost and the budgets are written.
    """

    __tablename__ = "generations"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "provider", "provider_job_id"),
        Index(
            "uq_generations_purchase", "workspace_id", "fingerprint", "purchase", unique=True, postgresql_where=BLOCKS
        ),
        Index("ix_generations_closed", "workspace_id", "fingerprint", postgresql_where=IS_CLOSED),
        Index("ix_generations_open", "workspace_id", "id", postgresql_where=OPEN),
        Index(None, "workspace_id", "film_id", "id"),
        Index(
            "ix_generations_under_way",
            "provider",
            "account",
            postgresql_where=text(f"state IN ({_words(UNDER_WAY)})"),
        ),
        Index(
            "ix_generations_not_stored",
            "workspace_id",
            "created_at",
            postgresql_where=text("state <> 'stored'"),
            postgresql_include=["id", "state", "cost_microusd"],
        ),
        within("film_id", "films"),
        within("budget_id", "budgets"),
        one_of("state", get_args(GenerationState)),
        CheckConstraint("purchase > 0", name="purchase"),
        CheckConstraint("price_microusd >= 0", name="price_microusd"),
        CheckConstraint("cost_microusd >= 0", name="cost_microusd"),
        CheckConstraint("reserved_microusd >= 0", name="reserved_microusd"),
        CheckConstraint("reserved_microusd = 0 OR budget_id IS NOT NULL", name="budget_id"),
        CheckConstraint(
            "state NOT IN ('submitting', 'submitted', 'stored', 'unknown') "
            "OR (client_ref IS NOT NULL AND submit_at IS NOT NULL)",
            name="sent",
        ),
        CheckConstraint("state NOT IN ('submitted', 'stored') OR provider_job_id IS NOT NULL", name="acknowledged"),
        CheckConstraint("state <> 'stored' OR (digest IS NOT NULL AND output IS NOT NULL)", name="stored"),
        CheckConstraint(f"state = 'stored' OR (settled_at IS NOT NULL) = (state IN ({_words(CLOSED)}))", name="closed"),
    )

    film_id: Mapped[UUID | None]
    fingerprint: Mapped[str]
    purchase: Mapped[int]
    provider: Mapped[str]
    account: Mapped[str] = mapped_column(server_default="")
    model: Mapped[str]
    operation: Mapped[str]
    request: Mapped[Json]
    piece: Mapped[Json | None]
    budget_id: Mapped[UUID | None]
    price_microusd: Mapped[Microusd | None]
    reserved_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    cost_microusd: Mapped[Microusd | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    client_ref: Mapped[UUID | None]
    provider_job_id: Mapped[str | None]
    submit_at: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(ForeignKey("blobs.digest"))
    output: Mapped[Json | None]
    lease_epoch: Mapped[int]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Created]
    settled_at: Mapped[datetime | None]


class Receipt(Base):
    """A provider's word that it took the work: kept whatever became of the generation. Append-only."""

    __tablename__ = "receipts"
    __table_args__ = (
        within("generation_id", "generations"),
        Index(None, "workspace_id", "generation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    generation_id: Mapped[UUID]
    client_ref: Mapped[UUID]
    provider_job_id: Mapped[str]
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[Created]


class GenerationEvent(Base):
    """One step of a generation and what it moved in the budgets. Append-only.

    The sum of `delta_microusd` over a budget's generations is what it has reserved, spent and overrun.
    """

    __tablename__ = "generation_events"
    __table_args__ = (
        within("generation_id", "generations"),
        Index(None, "workspace_id", "generation_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    generation_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    what: Mapped[str]
    delta_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    details: Mapped[Filled]
