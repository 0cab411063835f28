"""Voices that were chosen for characters, by provider, and the consent that a cloned one rests on."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from director_dagster.catalog.tables.base import Base, Created, Tenant, within


class Voice(Tenant, Base):
    """A provider's voice that a character has there. One that another took the place of is kept: `dropped_at`.

    Attributes:
        voice_id: The provider's own name for it.
        asset_id: What cloning it has made; None for a voice that was chosen from the provider's.
        consent: Whose voice it is and for what they have given it, in the words of who noted that.
        consent_until: The last day of the consent.
        noted_by: Who chose it, or noted the consent.
    """

    __tablename__ = "voices"
    __table_args__ = (
        Index(
            "uq_voices_in_use",
            "workspace_id",
            "character_id",
            "provider",
            unique=True,
            postgresql_where=text("dropped_at IS NULL"),
        ),
        within("character_id", "characters"),
        within("asset_id", "assets"),
        CheckConstraint("num_nulls(asset_id, consent, consent_until) IN (0, 3)", name="consent"),
        CheckConstraint("voice_id <> ''", name="voice_id"),
    )

    character_id: Mapped[UUID]
    provider: Mapped[str]
    voice_id: Mapped[str]
    asset_id: Mapped[UUID | None]
    consent: Mapped[str | None]
    consent_until: Mapped[date | None]
    noted_by: Mapped[str]
    created_at: Mapped[Created]
    dropped_at: Mapped[datetime | None]
