"""Assets: one preserved piece each, and the edges between a piece, its sources and its characters."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Created, Filled, Json, Microusd, Tenant, one_of, within

AssetType = Literal["image", "video", "audio", "script", "text"]
AssetSource = Literal["upload", "generation", "import"]
AssetKind = Literal[
    "script",
    "scene",
    "character",
    "location",
    "prop",
    "frame",
    "shot",
    "dialogue",
    "voice",
    "music",
    "film",
    "subtitle",
    "poster",
    "other",
]

VAULT_URL = r"^vault:sha256/[0-9a-f]{64}\.[a-z0-9]{1,8}$"
LIVE = "deleted_at IS NULL AND lost_at IS NULL AND url IS NOT NULL"
WORDS = (
    "to_tsvector('simple'::regconfig, regexp_replace(translate(normalize("
    "left(name, 1000) || ' ' || left(coalesce(prompt, ''), 20000), NFKD), '<>/.@-+&_=?#~', repeat(' ', 13)), "
    r"'[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]+', '', 'g'))"
)
"""Without accents, and without the signs by which Postgres takes words together for a file's name or an address."""
TRASH = "deleted_at IS NOT NULL AND purged_at IS NULL"


class Asset(Tenant, Base):
    """One preserved piece: a row here and its bytes in the vault.

    `url` is None only for a failed generation. The columns `digest`, `thumbnail_digest` (of the blobs that the urls
    name) and `generation_cost` (dollars) are reckoned by Postgres from the others. `cost_microusd` None is unknown.

    `licence`, `commercial` and `derivatives` are what may be done with it (see `story/rights.py`), None where that is
    not known; the consent is that of whose voice it is: the row of `voices`, what for, its last day.

    With `deleted_at` it lies in the trash; what is held by law (`held_at`) never does. With `purged_at` it is a
    tombstone: its row stays with its url, and its bytes are gone for good, unless another row needs the same.
    """

    __tablename__ = "assets"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "generation_id"),
        within("source_asset_id", "assets", deferrable=True),
        within("character_id", "characters"),
        within("film_id", "films"),
        within("shot_id", "shots"),
        within("generation_id", "generations"),
        one_of("type", get_args(AssetType)),
        one_of("kind", get_args(AssetKind)),
        one_of("source", get_args(AssetSource)),
        CheckConstraint(f"url ~ '{VAULT_URL}'", name="url"),
        CheckConstraint(f"thumbnail_url ~ '{VAULT_URL}'", name="thumbnail_url"),
        CheckConstraint("url IS NOT NULL OR source = 'generation'", name="only_generations_fail"),
        CheckConstraint("source_asset_id <> id", name="source_asset_id"),
        CheckConstraint("jsonb_typeof(generation_metadata) = 'object'", name="generation_metadata"),
        CheckConstraint("jsonb_typeof(tags) = 'array'", name="tags"),
        CheckConstraint("cost_microusd >= 0", name="cost_microusd"),
        CheckConstraint("duration_s >= 0", name="duration_s"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
        CheckConstraint("num_nulls(consent_id, consent_scope, consent_until) IN (0, 3)", name="consent"),
        CheckConstraint("deleted_at IS NOT NULL OR delete_reason IS NULL", name="deleted"),
        CheckConstraint(
            "num_nulls(held_at, hold_reason) IN (0, 2) AND (held_at IS NULL OR deleted_at IS NULL)", name="held"
        ),
        CheckConstraint(
            "num_nulls(purged_at, purge_reason) IN (0, 2)"
            " AND (purged_at IS NULL OR deleted_at IS NOT NULL AND lost_at IS NULL)",
            name="purged",
        ),
        Index(None, "workspace_id", "created_at"),
        Index(None, "workspace_id", "kind", "id"),
        Index(None, "workspace_id", "film_id", "id"),
        Index("ix_assets_live_fingerprint", "workspace_id", "fingerprint", postgresql_where=text(LIVE)),
        Index(None, "character_id", postgresql_where=text("character_id IS NOT NULL")),
        Index(None, "source_asset_id", postgresql_where=text("source_asset_id IS NOT NULL")),
        Index(None, "digest"),
        Index(None, "thumbnail_digest"),
        Index("ix_assets_cost", "workspace_id", text("COALESCE(cost_microusd, '-1'::integer::bigint)"), "id"),
        Index("ix_assets_trash", "workspace_id", "deleted_at", postgresql_where=text(TRASH)),
        Index("ix_assets_lost", "workspace_id", "film_id", postgresql_where=text("lost_at IS NOT NULL")),
        Index(None, "tags", postgresql_using="gin", postgresql_ops={"tags": "jsonb_path_ops"}),
        Index(None, "search", postgresql_using="gin"),
    )

    type: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]
    thumbnail_url: Mapped[str | None]
    source: Mapped[str]
    source_asset_id: Mapped[UUID | None]
    character_id: Mapped[UUID | None]
    film_id: Mapped[UUID | None]
    shot_id: Mapped[UUID | None]
    generation_id: Mapped[UUID | None]
    fingerprint: Mapped[str | None]
    digest: Mapped[str | None] = mapped_column(
        ForeignKey("blobs.digest"), Computed("substr(url, 14, 64)", persisted=True)
    )
    thumbnail_digest: Mapped[str | None] = mapped_column(
        ForeignKey("blobs.digest"), Computed("substr(thumbnail_url, 14, 64)", persisted=True)
    )
    stands_for: Mapped[str | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    prompt: Mapped[str | None]
    cost_microusd: Mapped[Microusd | None]
    generation_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(19, 6),
        # Times, not divided by: Postgres keeps all digits of a product, but only some 16 of a quotient.
        Computed("cost_microusd * 0.000001", persisted=True),
    )
    cost_basis: Mapped[Json | None]
    generation_metadata: Mapped[Filled]
    tags: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    duration_s: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    licence: Mapped[str | None]
    commercial: Mapped[bool | None]
    derivatives: Mapped[bool | None]
    consent_id: Mapped[UUID | None]
    consent_scope: Mapped[str | None]
    consent_until: Mapped[date | None]
    favorite: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]
    delete_reason: Mapped[str | None]
    held_at: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    purged_at: Mapped[datetime | None]
    purge_reason: Mapped[str | None]
    lost_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(WORDS, persisted=True), deferred=True)

    @property
    def is_fork(self) -> bool:
        """Whether it is of the bytes of another asset, `source_asset_id`, from which a person has forked it."""
        return self.source == "import" and self.source_asset_id is not None

    @property
    def counts_as(self) -> str | None:
        """The digest by which whatever is made from it knows it: of what was bought again because it was lost, the
        lost one's. So what was made from that stays as good as it was."""
        return self.stands_for or self.digest


class AssetEdge(Base):
    """`asset_id` was made from `source_id`, which played `role` in it."""

    __tablename__ = "asset_sources"
    __table_args__ = (
        within("asset_id", "assets"),
        within("source_id", "assets", deferrable=True),
        Index(None, "workspace_id", "source_id"),
        CheckConstraint("asset_id <> source_id", name="not_itself"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]


class AssetCharacter(Base):
    """`character_id` is seen, heard or meant in `asset_id`."""

    __tablename__ = "asset_characters"
    __table_args__ = (
        within("asset_id", "assets"),
        within("character_id", "characters"),
        Index(None, "workspace_id", "character_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    character_id: Mapped[UUID] = mapped_column(primary_key=True)
