"""Tests of what is noted of films' places, and of what the library finds by it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.queries import films, library, standings, takes
from director_dagster.catalog.queries.standings import NEITHER, Seen, note, now
from director_dagster.catalog.queries.states import STATES
from director_dagster.catalog.queries.wanted import STANDINGS, Wanted
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Film, Slot, SlotStanding, Standing, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster_tests.catalog.rows import a_film, an_asset

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film without takes."""
    return await a_film(db, acme)


async def filled(db: AsyncSession, film: Film, asset: Asset, name: str = "shot:sh010") -> Slot:
    """A slot of the film that an asset fills from now on."""
    slot = await takes.ensure_slot(db, workspace_id=film.workspace_id, film_id=film.id, name=name, kind="shot")
    await takes.add(db, slot=slot, asset_id=asset.id, basis={}, basis_version=1, select_by="studio")
    return slot


def seen(slot: Slot, asset: Asset, state: Standing | Literal["neither"]) -> Seen:
    return Seen(slot_id=slot.id, asset_id=asset.id, state=state)


async def found(db: AsyncSession, film: Film, *states: Standing) -> Sequence[str]:
    """The names of what the library finds."""
    page = await library.page(db, film.workspace_id, Wanted(states=states))
    assert await library.count(db, film.workspace_id, Wanted(states=states)) == (len(page.assets), False)
    return sorted(asset.name for asset in page.assets)


async def noted(db: AsyncSession) -> list[tuple[str, datetime]]:
    """What stands in the table."""
    rows = await db.scalars(select(SlotStanding).order_by(SlotStanding.slot_id), execution_options=FRESH)
    return [(row.state, row.told_at) for row in rows]


async def test_what_was_noted_is_what_the_library_finds(db: AsyncSession, acme: Workspace, film: Film) -> None:
    fine, old = await an_asset(db, acme, "fine"), await an_asset(db, acme, "old")
    await an_asset(db, acme, "of no film")
    one, two = await filled(db, film, fine, "shot:sh010"), await filled(db, film, old, "shot:sh020")

    written = await note(db, acme.id, [seen(one, fine, "current"), seen(two, old, "stale")], told_at=await now(db))

    assert written == 2
    assert (await found(db, film, "current"), await found(db, film, "stale")) == (["fine"], ["old"])
    assert await found(db, film, "current", "stale") == ["fine", "old"]
    assert await standings.stale(db, acme.id, [fine.id, old.id]) == {old.id}


async def test_the_same_is_not_written_again_and_what_was_seen_later_stays(
    db: AsyncSession, acme: Workspace, film: Film
) -> None:
    asset, at = await an_asset(db, acme), await now(db)
    slot = await filled(db, film, asset)
    stale, current = [seen(slot, asset, "stale")], [seen(slot, asset, "current")]

    written = [
        await note(db, acme.id, stale, told_at=at),
        await note(db, acme.id, stale, told_at=at + MINUTE),
        await note(db, acme.id, current, told_at=at - MINUTE),
        await note(db, acme.id, [], told_at=at + MINUTE),
    ]
    before = await noted(db)
    written.append(await note(db, acme.id, current, told_at=at + MINUTE))

    assert written == [1, 0, 0, 0, 1]
    assert (before, await noted(db)) == ([("stale", at)], [("current", at + MINUTE)])


async def test_of_a_take_that_was_selected_since_nothing_is_known(
    db: AsyncSession, acme: Workspace, film: Film
) -> None:
    old, new = await an_asset(db, acme, "old"), await an_asset(db, acme, "new")
    slot = await filled(db, film, old)
    await note(db, acme.id, [seen(slot, old, "stale")], told_at=await now(db))
    await filled(db, film, new)

    between = await found(db, film, "current", "stale")
    await note(db, acme.id, [seen(slot, new, "current")], told_at=await now(db))

    assert between == []
    assert await found(db, film, "current", "stale") == ["new"]
    assert await standings.stale(db, acme.id, [old.id]) == set()


async def test_one_asset_may_be_current_in_one_film_and_stale_in_another(
    db: AsyncSession, acme: Workspace, film: Film
) -> None:
    asset, other = await an_asset(db, acme, "both"), await a_film(db, acme, "another")
    one, two = await filled(db, film, asset), await filled(db, other, asset)

    await note(db, acme.id, [seen(one, asset, "current"), seen(two, asset, "stale")], told_at=await now(db))

    assert (await found(db, film, "current"), await found(db, film, "stale")) == (["both"], ["both"])


@pytest.mark.parametrize("gone", ["lost_at", "deleted_at"])
async def test_what_is_lost_or_deleted_is_neither(db: AsyncSession, acme: Workspace, film: Film, gone: str) -> None:
    asset = await an_asset(db, acme)
    slot = await filled(db, film, asset)
    await note(db, acme.id, [seen(slot, asset, "stale")], told_at=await now(db))

    setattr(asset, gone, await now(db))
    await db.flush()

    assert await found(db, film, "stale") == []


async def test_what_a_film_has_no_place_for_any_more_or_that_is_deleted_itself_is_neither(
    db: AsyncSession, acme: Workspace, film: Film
) -> None:
    kept, dropped = await an_asset(db, acme, "kept"), await an_asset(db, acme, "dropped")
    one, two = await filled(db, film, kept, "shot:sh010"), await filled(db, film, dropped, "shot:sh020")
    await note(db, acme.id, [seen(one, kept, "stale"), seen(two, dropped, "stale")], told_at=await now(db))

    await note(db, acme.id, [seen(two, dropped, NEITHER)], told_at=await now(db))
    left = await found(db, film, "stale")
    await films.delete(db, film)

    assert (left, await found(db, film, "stale")) == (["kept"], [])


async def test_each_workspace_notes_and_sees_its_own(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme, other = await films.workspace(db, "acme"), await films.workspace(db, "other")
        for workspace in (acme, other):
            film, asset = await a_film(db, workspace), await an_asset(db, workspace, f"of {workspace.slug}")
            slot = await filled(db, film, asset)
            if workspace is other:
                await note(db, other.id, [seen(slot, asset, "stale")], told_at=await now(db))
            else:
                ours = film, seen(slot, asset, "stale")

    async with catalog.within(acme.id, actor=Actor(who="sam")).session() as db:
        before = await found(db, ours[0], "stale")
        await note(db, acme.id, [ours[1]], told_at=await now(db))
        after = await found(db, ours[0], "stale")
        rows = await db.scalar(text("SELECT count(*) FROM standings"))

    assert (before, after, rows) == ([], ["of acme"], 1)
    with pytest.raises(Exception, match="row-level security"):
        async with catalog.within(acme.id, actor=Actor(who="sam")).session() as db:
            await note(db, other.id, [ours[1]], told_at=await now(db))


def test_no_standing_is_the_one_word_for_where_an_asset_stands() -> None:
    assert set(STATES).isdisjoint(STANDINGS)
