"""Questions about workspaces and their films."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import standings
from director_dagster.catalog.tables import Asset, Film, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import Refused

MADE_FROM = ("title", "settings", "brief_asset_id")
"""What of a film's row its pieces are made from."""


async def workspace(db: AsyncSession, slug: str) -> Workspace:
    """The workspace of that slug, made if there is none; it is named after its slug."""
    # Looked for first: in a session of one workspace alone none may be made, not even one that is there.
    there = await find_workspace(db, slug)
    if there is not None:
        return there
    await db.execute(insert(Workspace).values(id=new_id(), slug=slug, name=slug).on_conflict_do_nothing())
    return (await db.scalars(select(Workspace).where(Workspace.slug == slug))).one()


async def find_workspace(db: AsyncSession, slug: str) -> Workspace | None:
    """The workspace of that slug, or None."""
    return (await db.scalars(select(Workspace).where(Workspace.slug == slug))).one_or_none()


async def workspaces(db: AsyncSession) -> Sequence[UUID]:
    """The ids of all workspaces, in order."""
    return (await db.scalars(select(Workspace.id).order_by(Workspace.id))).all()


async def all_workspaces(db: AsyncSession) -> Sequence[Workspace]:
    """All workspaces, by slug."""
    return (await db.scalars(select(Workspace).order_by(Workspace.slug))).all()


async def workspaces_at(db: AsyncSession, asset_id: UUID) -> tuple[Sequence[Workspace], str | None]:
    """All workspaces, by slug, and the slug of that which an asset is in, or None where there is no such asset.

    Index: pk_assets.
    """
    here = select(Asset.workspace_id).where(Asset.id == asset_id).scalar_subquery()
    rows = (await db.execute(select(Workspace, Workspace.id == here).order_by(Workspace.slug))).all()
    return [workspace for workspace, _ in rows], next((workspace.slug for workspace, at in rows if at), None)


async def set_crew(db: AsyncSession, workspace_id: UUID, crew: Mapping[str, str]) -> None:
    """Let `crew` make what the workspace's films do not say."""
    await db.execute(update(Workspace).where(Workspace.id == workspace_id).values(crew=dict(crew)))


async def crew(db: AsyncSession, workspace_id: UUID) -> Mapping[str, str]:
    """Who makes what, by medium, in films of the workspace that do not say."""
    return (await db.scalars(select(Workspace.crew).where(Workspace.id == workspace_id))).one()


async def find(db: AsyncSession, workspace_slug: str, slug: str) -> Film | None:
    """The film of that key, or None; a deleted one counts as none."""
    query = (
        select(Film)
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(Workspace.slug == workspace_slug, Film.slug == slug, Film.deleted_at.is_(None))
    )
    return (await db.scalars(query)).one_or_none()


async def id_of(db: AsyncSession, workspace_id: UUID, slug: str) -> UUID | None:
    """The id of the film's row, a deleted one's too, or None where there is none."""
    return (await db.scalars(select(Film.id).where(Film.workspace_id == workspace_id, Film.slug == slug))).one_or_none()


async def slugs(db: AsyncSession, workspace_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The slugs of those of the films that are not deleted, by id."""
    query = select(Film.id, Film.slug).where(Film.workspace_id == workspace_id, Film.id.in_(ids))
    return {row.id: row.slug for row in await db.execute(query.where(Film.deleted_at.is_(None)))}


async def titles(db: AsyncSession, workspace_id: UUID, slugs: Collection[str]) -> Mapping[str, str]:
    """The titles of those of the films that there are, by slug."""
    query = select(Film.slug, Film.title).where(Film.workspace_id == workspace_id, Film.slug.in_(slugs))
    return {row.slug: row.title for row in await db.execute(query)}


async def listed(db: AsyncSession, workspace_id: UUID) -> Sequence[Film]:
    """The films of a workspace that are not deleted, by series, episode, slug; those of no series last."""
    query = (
        select(Film)
        .where(Film.workspace_id == workspace_id, Film.deleted_at.is_(None))
        .order_by(Film.series.nulls_last(), Film.episode.nulls_last(), Film.slug)
    )
    return (await db.scalars(query)).all()


async def upsert(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    slug: str,
    title: str,
    settings: Mapping[str, Any],
    brief_asset_id: UUID | None = None,
    series: str | None = None,
    episode: int | None = None,
) -> Film:
    """Make the film, or write these values over those it has; it was edited now if they are others.

    Raises Refused for the slug of a deleted film.
    """
    values = {
        "title": title,
        "settings": dict(settings),
        "brief_asset_id": brief_asset_id,
        "series": series,
        "episode": episode,
    }
    inserting = insert(Film).values(id=new_id(), workspace_id=workspace_id, slug=slug, **values)
    given = inserting.excluded
    edited = or_(*(getattr(Film, name).is_distinct_from(given[name]) for name in MADE_FROM))
    query = inserting.on_conflict_do_update(
        index_elements=[Film.workspace_id, Film.slug],
        set_={**values, "edited_at": case((edited, func.now()), else_=Film.edited_at)},
        where=Film.deleted_at.is_(None),
    ).returning(Film)
    film = (await db.scalars(query, execution_options=FRESH)).one_or_none()
    if film is None:
        raise Refused(f"{slug!r} was a film that is deleted; a film's name is never given again, choose another")
    return film


async def entitle(db: AsyncSession, film_id: UUID, title: str) -> None:
    """Let a film be called as its script has it; that is no edit."""
    await db.execute(update(Film).where(Film.id == film_id, Film.title != title).values(title=title))


async def edited(db: AsyncSession, *, since: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
    """The keys of films of all workspaces that were edited after `since`, the earliest first, and when.

    Index: ix_films_edited_at.
    """
    query = (
        select((Workspace.slug + "/" + Film.slug).label("film"), Film.edited_at)
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(Film.edited_at > since, Film.deleted_at.is_(None))
        .order_by(Film.edited_at)
        .limit(limit)
    )
    return [(row.film, row.edited_at) for row in await db.execute(query)]


async def delete(db: AsyncSession, film: Film) -> None:
    """Delete the film: its row and its assets stay, and so its slug is never given again."""
    await db.execute(update(Film).where(Film.id == film.id, Film.deleted_at.is_(None)).values(deleted_at=func.now()))
    await standings.forget(db, film)
