"""Blobs: bytes that the vault keeps, and where their copies are. They are shared by all workspaces."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.tables.base import Base, Created, one_of

CopyState = Literal["ok", "missing", "corrupt", "quarantined", "purged"]


class Blob(Base):
    """Bytes under their own SHA-256; reached only through an asset that the reader may see.

    With `purged_at` no asset needs them any more: they are gone from every store, or go with the next scrub.
    """

    __tablename__ = "blobs"
    __table_args__ = (
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint("size_bytes >= 0", name="size_bytes"),
        CheckConstraint("extension ~ '^[a-z0-9]{1,8}$'", name="extension"),
        CheckConstraint("purged_at IS NULL OR lost_at IS NULL", name="purged"),
        Index("ix_blobs_purged", "digest", postgresql_where=text("purged_at IS NOT NULL")),
    )

    digest: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    extension: Mapped[str]
    created_at: Mapped[Created]
    lost_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class BlobCopy(Base):
    """One copy of a blob: in which store, when it was last looked at, and how it was found."""

    __tablename__ = "blob_copies"
    __table_args__ = (one_of("state", get_args(CopyState)),)

    digest: Mapped[str] = mapped_column(ForeignKey("blobs.digest"), primary_key=True)
    store: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    verified_at: Mapped[datetime | None]
