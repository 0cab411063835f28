"""Batches: one verb done to many assets, what became of each, and how far it is."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Created, Tenant, one_of, within
from director_dagster.catalog.tables.events import HEX

Verb = Literal["tag", "untag", "favorite", "unfavorite", "delete", "restore", "use", "leave"]
VERBS: tuple[Verb, ...] = get_args(Verb)
OF_A_TAG = frozenset[Verb]({"tag", "untag"})
OF_A_FILM = frozenset[Verb]({"use", "leave"})
"""What these are about stands in the batch's `argument`."""

BatchState = Literal["working", "done", "failed"]
Outcome = Literal["changed", "same", "refused"]

KEY_CHARS = 200


class Batch(Tenant, Base):
    """A verb for many assets that `who` has asked for once, under a `key` of their own choice.

    Attributes:
        key: The same key again is the same batch.
        argument: The tag, or the film by its slug; of other verbs nothing.
        asked: The SHA-256 of what was asked, so that a key is not taken for another thing.
        undoes: The batch that this one takes back; a batch is taken back once.
        total: Of how many assets it is; of these `done` are decided, `changed` were changed, `refused` were not.
        reason: Why it failed.
    """

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "key"),
        UniqueConstraint("workspace_id", "undoes"),
        within("undoes", "batches"),
        one_of("verb", VERBS),
        one_of("state", get_args(BatchState)),
        CheckConstraint(f"char_length(key) BETWEEN 1 AND {KEY_CHARS}", name="key"),
        CheckConstraint("(argument <> '') = (verb IN ('tag', 'untag', 'use', 'leave'))", name="argument"),
        CheckConstraint(f"asked ~ '{HEX}'", name="asked"),
        CheckConstraint("total >= done AND done >= changed + refused AND least(changed, refused) >= 0", name="counts"),
        CheckConstraint("(ended_at IS NULL) = (state = 'working')", name="ended_at"),
        Index("ix_batches_working", "created_at", postgresql_where=text("ended_at IS NULL")),
    )

    key: Mapped[str]
    verb: Mapped[str]
    argument: Mapped[str] = mapped_column(server_default="")
    asked: Mapped[str]
    who: Mapped[str]
    undoes: Mapped[UUID | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="working")
    reason: Mapped[str] = mapped_column(server_default="")
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")


class BatchAsset(Base):
    """An asset of a batch, and what became of it: None while it waits. `why` is told of one that was refused.

    The id may be nobody's: it was asked for, and is refused.
    """

    __tablename__ = "batch_assets"
    __table_args__ = (
        within("batch_id", "batches"),
        one_of("outcome", get_args(Outcome)),
        CheckConstraint("(why <> '') = (outcome IS NOT DISTINCT FROM 'refused')", name="why"),
        Index(
            "ix_batch_assets_waiting",
            "workspace_id",
            "batch_id",
            "asset_id",
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str | None]
    why: Mapped[str] = mapped_column(server_default="")
