"""Films that somebody wants made: at once, or when their turn in the queue comes."""

from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.tables.base import Base, Created, Filled, Microusd, Tenant, one_of

RequestState = Literal["waiting", "launched", "done", "failed", "withdrawn"]

DUE = text("ended_at IS NULL AND (NOT queued OR taken_on IS NOT NULL)")
IN_QUEUE = text("ended_at IS NULL AND queued AND taken_on IS NULL")
OPEN = text("ended_at IS NULL")
SAME = (
    "md5(film || '/' || max_microusd || '/' || queued || '/' || md5(settings::text) || md5(wishes::text)"
    " || md5(coalesce(idea, '')) || md5(coalesce(screenplay, '')) || key)"
)


class FilmRequest(Tenant, Base):
    """A film that somebody wants made. It may be written by a plain INSERT: what is left out has its default.

    Attributes:
        film: Its slug; there need be no such film yet where the request brings a brief.
        idea, screenplay: The brief; neither stands for the film as it is.
        settings: What a film.toml would say, beside a brief.
        wishes: What its run is told: ``crew``, ``finals``, ``takes`` as run config spells them, or ``recover``.
        max_microusd: What its runs may spend in all, within the budgets.
        queued: Whether it waits until the queue comes to it; else it is due at once.
        priority: Higher ones go first.
        key: A name of the asker's own: of one key there is one request, ever.
        taken_on: The day, in UTC, on which it was taken from the queue.
        runs: Dagster's runs that it took, each written down by itself before it does anything.
        reason: Why it failed or was withdrawn, in one line.
        digest: The same for the same wish: of those that are open there is one.
    """

    __tablename__ = "film_requests"
    __table_args__ = (
        Index("uq_film_requests_open", "workspace_id", "digest", unique=True, postgresql_where=OPEN),
        Index("uq_film_requests_key", "workspace_id", "key", unique=True, postgresql_where=text("key <> ''")),
        Index("ix_film_requests_due", text("priority DESC"), "asked_at", "id", postgresql_where=DUE),
        Index("ix_film_requests_queue", text("priority DESC"), "asked_at", "id", postgresql_where=IN_QUEUE),
        Index(None, "taken_on"),
        Index(None, "ended_at"),
        Index(None, "workspace_id", "film"),
        CheckConstraint("film ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name="film"),
        CheckConstraint("btrim(idea) <> '' AND char_length(idea) <= 2000", name="idea"),
        CheckConstraint("btrim(screenplay) <> '' AND octet_length(screenplay) <= 1000000", name="screenplay"),
        CheckConstraint("num_nonnulls(idea, screenplay) <= 1", name="brief"),
        CheckConstraint(
            "jsonb_typeof(settings) = 'object' AND (settings = '{}' OR num_nonnulls(idea, screenplay) = 1)",
            name="settings",
        ),
        CheckConstraint(
            "jsonb_typeof(wishes) = 'object' "
            "AND wishes - '{crew,finals,takes,recover,until,keep_stale}'::text[] = '{}'",
            name="wishes",
        ),
        CheckConstraint("max_microusd >= 0", name="max_microusd"),
        CheckConstraint("char_length(key) <= 200", name="key"),
        CheckConstraint("taken_on IS NULL OR queued", name="taken_on"),
        one_of("state", get_args(RequestState)),
        CheckConstraint(
            "jsonb_typeof(runs) = 'array' AND (state NOT IN ('launched', 'done') OR runs <> '[]')", name="runs"
        ),
        CheckConstraint("(ended_at IS NOT NULL) = (state IN ('done', 'failed', 'withdrawn'))", name="ended_at"),
    )

    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=new_id, server_default=text("gen_random_uuid()"), sort_order=-2
    )
    film: Mapped[str]
    idea: Mapped[str | None]
    screenplay: Mapped[str | None]
    settings: Mapped[Filled]
    wishes: Mapped[Filled]
    max_microusd: Mapped[Microusd] = mapped_column(server_default=text("0"))
    queued: Mapped[bool] = mapped_column(server_default=text("false"))
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    key: Mapped[str] = mapped_column(server_default="")
    asked_by: Mapped[str] = mapped_column(server_default=func.current_user())
    asked_at: Mapped[Created]
    taken_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    runs: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    reason: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(Computed(SAME, persisted=True))
