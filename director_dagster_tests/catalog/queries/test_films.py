"""Tests of questions about workspaces and films."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films
from director_dagster.catalog.tables import Film, Workspace
from director_dagster.errors import Refused


async def test_a_workspace_is_made_once(db: AsyncSession, acme: Workspace) -> None:
    again = await films.workspace(db, "acme")

    assert (again.id, again.slug, again.name) == (acme.id, "acme", "acme")


async def test_a_film_is_found_by_its_key_in_its_workspace_alone(db: AsyncSession, acme: Workspace) -> None:
    film = await _film(db, acme, "the-lighthouse", settings={"genre": "thriller"})
    await films.workspace(db, "other")

    assert await films.find(db, "acme", "the-lighthouse") is film
    assert await films.find(db, "other", "the-lighthouse") is None
    assert film.settings == {"genre": "thriller"}


async def test_a_film_that_is_there_is_written_over_and_keeps_its_id(db: AsyncSession, acme: Workspace) -> None:
    first = (await _film(db, acme, "the-lighthouse", series="Coast", episode=0)).id

    again = await _film(db, acme, "the-lighthouse", title="The Light", settings={"style": "noir"})

    assert (again.id, again.title, again.settings, again.series) == (first, "The Light", {"style": "noir"}, None)


async def test_a_deleted_film_is_gone_and_its_name_is_never_given_again(db: AsyncSession, acme: Workspace) -> None:
    await films.delete(db, await _film(db, acme, "the-lighthouse"))

    assert await films.find(db, "acme", "the-lighthouse") is None
    assert await films.listed(db, acme.id) == []
    with pytest.raises(Refused, match="'the-lighthouse' was a film that is deleted"):
        await _film(db, acme, "the-lighthouse")


async def test_films_are_listed_by_series_and_episode(db: AsyncSession, acme: Workspace) -> None:
    await _film(db, acme, "b")
    await _film(db, acme, "z", series="Coast", episode=1)
    await _film(db, acme, "y", series="Coast", episode=2)
    await _film(db, acme, "a")

    assert [film.slug for film in await films.listed(db, acme.id)] == ["z", "y", "a", "b"]


@pytest.mark.parametrize("slug", ["", "The Lighthouse", "-x", "a/b", "ü", "x" * 61])
async def test_a_slug_that_would_be_no_film_key_is_kept_out(db: AsyncSession, acme: Workspace, slug: str) -> None:
    with pytest.raises(IntegrityError, match="ck_films_slug"):
        await _film(db, acme, slug)


async def _film(db: AsyncSession, workspace: Workspace, slug: str, **values: Any) -> Film:
    given: dict[str, Any] = {"title": slug, "settings": {}, **values}
    return await films.upsert(db, workspace_id=workspace.id, slug=slug, **given)


async def test_a_workspace_has_a_crew_of_its_own_that_is_set_as_a_whole(db: AsyncSession, acme: Workspace) -> None:
    before = await films.crew(db, acme.id)
    await films.set_crew(db, acme.id, {"image": "openai", "video": "fal"})
    await films.set_crew(db, acme.id, {"image": "openai"})

    assert (before, await films.crew(db, acme.id)) == ({}, {"image": "openai"})
    assert await films.crew(db, (await films.workspace(db, "other")).id) == {}
