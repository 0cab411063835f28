"""Commissioning: a brief comes in and a film's row is made of it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, films, trash
from director_dagster.errors import BadInput
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import filing, records
from director_dagster.studio.crew import refuse_strange
from director_dagster.studio.filing import Filed, Label, Origin
from director_dagster.studio.page import break_page, refuse_undrawable
from director_dagster.studio.production import Production, find_production, open_production, row_settings
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import digest_of


async def commission(
    studio: Studio, key: FilmKey, brief: Brief, settings: FilmSettings, *, replace: bool = False
) -> Production:
    """File the brief and make the film's row, or bring both up to date; the same brief twice changes nothing.

    Of two at the same moment one is first, and the other finds its film. Raises BadInput, with nothing filed, for a
    brief or a crew that no film can be made with, and when the film of that key came from elsewhere, unless it is to be
    replaced: then the row says what it was made from, and what was made stays.
    """
    refuse_strange(studio.providers, {**settings.crew, **studio.crew})
    if brief.is_screenplay:
        break_page(brief.text, key, settings)
    else:
        refuse_undrawable({"the title": settings.title or ""})
    async with studio.catalog.lock(f"{key}:brief"):
        before = await find_production(studio.catalog, key)
        if before is not None and before.origin != brief.origin and not replace:
            raise BadInput(
                f"{key} is another film already (from {before.origin[:80]}): give this one a name of its own with "
                "--film, or make that one anew from this with --replace (in the launchpad: replace)"
            )
        media_type = "text/vnd.fountain" if brief.is_screenplay else "text/plain"
        async with studio.filing():
            filed = await studio.file(brief.text.encode("utf-8"), media_type)
            await record(studio, key, brief, settings, before=before, filed=filed)
        film = await open_production(studio.catalog, key)
        await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return film


async def record(
    studio: Studio, key: FilmKey, brief: Brief, settings: FilmSettings, *, before: Production | None, filed: Filed
) -> None:
    """Write the film's row, and its brief's, whose bytes are filed; the same brief twice is one asset."""
    async with studio.catalog.session() as db:
        workspace = await films.workspace(db, key.workspace)
        brief_id = await _filed_before(db, workspace.id, filed.url)
        if brief_id is None:
            label = _label(workspace.id, brief, settings)
            asset = await filing.save(studio.vault, db, label=label, origin=Origin(source="upload"), filed=filed)
            brief_id = asset.id
        await films.upsert(
            db,
            workspace_id=workspace.id,
            slug=key.film,
            title=settings.title or _written(brief, before) or brief.title,
            settings=row_settings(brief.origin, settings, before),
            brief_asset_id=brief_id,
            series=settings.series,
            episode=settings.episode,
        )


def _written(brief: Brief, before: Production | None) -> str:
    """How the script is called that was written of the same idea; empty where none was."""
    is_same = before is not None and before.origin == brief.origin and not brief.is_screenplay
    return before.title if before is not None and is_same and before.settings.title is None else ""


async def _filed_before(db: AsyncSession, workspace_id: UUID, url: str) -> UUID | None:
    """The upload with those bytes that the workspace has already, if any: one piece is one row."""
    known = await assets.by_digest(db, workspace_id, digest_of(url))
    mine = [asset.id for asset in known if asset.source == "upload" and asset.deleted_at is None]
    await trash.refuse_deleted(db, mine[:1])
    return next(iter(mine), None)


def _label(workspace_id: UUID, brief: Brief, settings: FilmSettings) -> Label:
    return Label(
        workspace_id=workspace_id,
        type="script" if brief.is_screenplay else "text",
        kind="script" if brief.is_screenplay else "other",
        name=brief.title,
        prompt="" if brief.is_screenplay else brief.text,
        genre=settings.genre,
        style=settings.style,
    )
