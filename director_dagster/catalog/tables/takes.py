"""Slots, and the takes that fill them: how films use assets."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from director_dagster.catalog.tables.assets import AssetKind
from director_dagster.catalog.tables.base import Base, Created, Json, Microusd, Tenant, one_of, within


class Slot(Tenant, Base):
    """A place that an asset fills, of a film or of a character, named e.g. ``script``, ``frame:sh010``, ``look``."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "film_id", "character_id", "name", postgresql_nulls_not_distinct=True),
        within("film_id", "films"),
        within("character_id", "characters"),
        within("shot_id", "shots"),
        one_of("kind", get_args(AssetKind)),
        CheckConstraint("num_nonnulls(film_id, character_id) >= 1", name="owner"),
    )

    film_id: Mapped[UUID | None]
    character_id: Mapped[UUID | None]
    shot_id: Mapped[UUID | None]
    name: Mapped[str]
    kind: Mapped[str]


class Take(Tenant, Base):
    """An asset in a slot. All takes of a slot are kept, at most one is selected.

    Attributes:
        basis: Per field (picture, sound, subtitles): the digest of what it was made from.
        basis_version: By which rule those digests were reckoned.
        reused: The asset was there before and was not made for this slot.
        saved_microusd: What reuse saved: 0 unless reused, None when the piece's price is unknown.
    """

    __tablename__ = "takes"
    __table_args__ = (
        UniqueConstraint("workspace_id", "slot_id", "number"),
        Index(
            "uq_takes_selected",
            "workspace_id",
            "slot_id",
            unique=True,
            postgresql_where=text("selected_at IS NOT NULL"),
        ),
        Index(None, "workspace_id", "asset_id"),
        Index(
            "ix_takes_reused",
            "workspace_id",
            "created_at",
            postgresql_where=text("reused"),
            postgresql_include=["slot_id", "saved_microusd"],
        ),
        within("slot_id", "slots"),
        within("asset_id", "assets"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("saved_microusd >= 0 AND (reused OR saved_microusd = 0)", name="saved_microusd"),
        CheckConstraint("reused OR saved_microusd IS NOT NULL", name="reused"),
        CheckConstraint("(selected_at IS NULL) = (selected_by IS NULL)", name="selected"),
    )

    slot_id: Mapped[UUID]
    number: Mapped[int]
    asset_id: Mapped[UUID]
    basis: Mapped[Json]
    basis_version: Mapped[int]
    reused: Mapped[bool]
    saved_microusd: Mapped[Microusd | None]
    selected_at: Mapped[datetime | None]
    selected_by: Mapped[str | None]
    created_at: Mapped[Created]
