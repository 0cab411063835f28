"""Workspaces, their films, the characters, locations and props that recur, and the shots a film plans."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.tables.base import Base, Created, Filled, Json, Tenant, one_of, within

CharacterKind = Literal["character", "location", "prop"]


class Workspace(Base):
    """The tenancy boundary: every row of the others belongs to exactly one.

    `crew` is who makes what, by medium, in films that do not say.
    """

    __tablename__ = "workspaces"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="slug"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[Created]
    crew: Mapped[Filled]


class Film(Tenant, Base):
    """One production. A deleted one keeps its row, so that its slug is never given again.

    `brief_asset_id` is the screenplay or idea as it was filed; `settings` is what `film.toml` or the command said;
    `edited_at` is when either changed last.
    """

    __tablename__ = "films"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "slug"),
        Index(None, "edited_at"),
        within("brief_asset_id", "assets", deferrable=True, cyclic=True),
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name="slug"),
        CheckConstraint("episode >= 0", name="episode"),
    )

    slug: Mapped[str]
    title: Mapped[str]
    series: Mapped[str | None]
    episode: Mapped[int | None]
    brief_asset_id: Mapped[UUID | None]
    settings: Mapped[Filled]
    created_at: Mapped[Created]
    edited_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]


class Character(Tenant, Base):
    """Who or what recurs: a character, a location or a prop, one per workspace by `key`.

    A generic one (GUARD, MAN #1) stays in the film that `film_id` names.
    """

    __tablename__ = "characters"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "kind", "key", "film_id", postgresql_nulls_not_distinct=True),
        within("film_id", "films"),
        one_of("kind", get_args(CharacterKind)),
        CheckConstraint("key <> ''", name="key"),
    )

    film_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    key: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    look: Mapped[Json | None]
    voice: Mapped[Json | None]
    created_at: Mapped[Created]


class Shot(Tenant, Base):
    """A shot that the film's breakdown plans; one that a later breakdown leaves out gets `removed_at`."""

    __tablename__ = "shots"
    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "film_id", "code"),
        Index(None, "workspace_id", "film_id", "position"),
        within("film_id", "films"),
        CheckConstraint("code ~ '^sh[0-9]{3,}$'", name="code"),
    )

    film_id: Mapped[UUID]
    code: Mapped[str]
    scene: Mapped[int]
    position: Mapped[int]
    plan: Mapped[Filled]
    removed_at: Mapped[datetime | None]
