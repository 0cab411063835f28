"""Members: who may sign in to the library, and what each may do there."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from director_dagster.catalog.tables.base import Base, Created, Tenant, one_of
from director_dagster.catalog.tables.events import HEX

Role = Literal["viewer", "artist", "producer", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "artist", "producer", "operator")
"""Each may do what those before it may: look; choose, tag and delete; spend, purge and set budgets; see Dagster's page,
which shows the runs of all workspaces."""


class Member(Tenant, Base):
    """Somebody who may sign in by a token, of which only the SHA-256 is kept. Whoever is revoked stays as a row."""

    __tablename__ = "members"
    __table_args__ = (
        Index("uq_members_in_force", "workspace_id", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
        Index(None, "token_digest"),
        one_of("role", ROLES),
        CheckConstraint("btrim(name) = name AND char_length(name) BETWEEN 1 AND 80", name="name"),
        CheckConstraint(f"token_digest ~ '{HEX}'", name="token_digest"),
    )

    name: Mapped[str]
    role: Mapped[str]
    token_digest: Mapped[str]
    added_by: Mapped[str]
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None]
