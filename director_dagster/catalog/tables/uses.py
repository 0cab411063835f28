"""Uses: assets that somebody has taken into a film as they are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from director_dagster.catalog.tables.base import Base, Created, Tenant, within

PINNED = text("ended_at IS NULL AND slot IS NOT NULL")
IN_BIN = text("ended_at IS NULL AND slot IS NULL")


class FilmUse(Tenant, Base):
    """An asset that somebody has taken into a film: pinned to a place of it, or lying ready in its bin.

    What is pinned fills its slot in the next making, whatever else would; the film's slot need not be there yet.

    Attributes:
        slot: The place, e.g. ``shot:sh010``; None is the bin.
        used_by: Who took it.
        ended_at: Since when it is no longer taken; such rows are kept.
    """

    __tablename__ = "film_uses"
    __table_args__ = (
        Index("uq_film_uses_pin", "workspace_id", "film_id", "slot", unique=True, postgresql_where=PINNED),
        Index("uq_film_uses_bin", "workspace_id", "film_id", "asset_id", unique=True, postgresql_where=IN_BIN),
        Index(None, "workspace_id", "asset_id"),
        within("film_id", "films"),
        within("asset_id", "assets"),
        CheckConstraint("slot <> ''", name="slot"),
    )

    film_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    slot: Mapped[str | None]
    used_by: Mapped[str]
    used_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
