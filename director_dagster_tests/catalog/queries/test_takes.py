"""Tests of questions about slots and takes."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import blobs, films, takes, trash
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Film, Slot, Take, Workspace
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset

BASIS = {"picture": "p1", "sound": "s1"}


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film without takes."""
    return await a_film(db, acme)


@pytest.fixture
async def slot(db: AsyncSession, film: Film) -> Slot:
    """The picture of `sh010`."""
    return await _slot(db, film)


async def test_a_slot_is_made_once(db: AsyncSession, film: Film, slot: Slot) -> None:
    assert (await _slot(db, film)).id == slot.id


async def test_a_characters_look_is_a_slot_of_no_film(db: AsyncSession, acme: Workspace) -> None:
    mara = await a_character(db, acme)
    look = await takes.ensure_slot(db, workspace_id=acme.id, character_id=mara.id, name="look", kind="character")
    again = await takes.ensure_slot(db, workspace_id=acme.id, character_id=mara.id, name="look", kind="character")
    image = await an_asset(db, acme, type="image", kind="character")
    await _take(db, look, image, select_by="board")

    filled = await takes.selected_of_character(db, workspace_id=acme.id, character_id=mara.id)

    assert again is look
    assert {name: one.asset.id for name, one in filled.items()} == {"look": image.id}


async def test_a_slot_of_nothing_is_kept_out(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(IntegrityError, match="ck_slots_owner"):
        await takes.ensure_slot(db, workspace_id=acme.id, name="look", kind="character")


async def test_takes_are_numbered_and_the_chosen_one_is_selected(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot
) -> None:
    first = await _take(db, slot, await an_asset(db, acme, "first"), select_by="shoot")
    second = await _take(db, slot, await an_asset(db, acme, "second"), select_by="shoot")
    third = await _take(db, slot, await an_asset(db, acme, "third"))

    filled = await takes.selected(db, workspace_id=acme.id, film_id=film.id)

    assert [take.number for take in (first, second, third)] == [1, 2, 3]
    assert {name: one.take.number for name, one in filled.items()} == {"shot:sh010": 2}
    assert [take.selected_by for take in await takes.of_slot(db, slot)] == [None, "shoot", None]


async def test_choosing_an_earlier_take_again_selects_it_alone(db: AsyncSession, acme: Workspace, slot: Slot) -> None:
    first = await _take(db, slot, await an_asset(db, acme, "first"), select_by="shoot")
    await _take(db, slot, await an_asset(db, acme, "second"), select_by="shoot")

    chosen = await takes.choose(db, first, by="sam")
    at = chosen.selected_at
    again = await takes.choose(db, chosen, by="sam")
    same = (again.number, again.selected_by, again.selected_at) == (1, "sam", at)
    confirmed = await takes.choose(db, again, by="kim")

    assert same
    assert (confirmed.number, confirmed.selected_by) == (1, "kim")
    assert [take.selected_at is None for take in await takes.of_slot(db, slot)] == [False, True]


async def test_a_take_is_kept_while_its_basis_is_todays(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot
) -> None:
    await _take(db, slot, await an_asset(db, acme), select_by="shoot")

    filled = (await takes.selected(db, workspace_id=acme.id, film_id=film.id))["shot:sh010"]

    assert filled.keeps(BASIS, 1)
    assert not filled.keeps({**BASIS, "sound": "s2"}, 1)
    assert not filled.keeps(BASIS, 2)
    assert filled.blob is not None
    assert filled.blob.size_bytes == len("a shot")


@pytest.mark.parametrize("fate", ["deleted", "lost", "failed"])
async def test_what_is_not_live_is_not_kept(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot, fate: str
) -> None:
    failed: dict[str, Any] = {"url": None} if fate == "failed" else {}
    asset = await an_asset(db, acme, **failed)
    await _take(db, slot, asset, select_by="shoot")
    if fate == "deleted":
        await trash.delete(db, acme.id, [asset.id])
    if fate == "lost" and asset.digest is not None:
        await blobs.lose(db, asset.digest)

    filled = (await takes.selected(db, workspace_id=acme.id, film_id=film.id))["shot:sh010"]

    assert not filled.keeps(BASIS, 1)


async def test_the_newest_take_is_selected_unless_a_person_chose_another_that_is_as_good(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot
) -> None:
    first, second, third, fourth = [await an_asset(db, acme, name) for name in ("1st", "2nd", "3rd", "4th")]
    await takes.fill_all(db, [_filling(film, first), _filling(film, second)], by="studio")
    newest = await _selected(db, film)
    [chosen, _] = await takes.of_slot(db, slot)
    await takes.choose(db, chosen, by="sam")
    await takes.fill_all(db, [_filling(film, third)], by="studio")
    held = await _selected(db, film)
    await takes.fill_all(db, [_filling(film, fourth, basis={"picture": "another page"})], by="studio")

    assert (newest, held) == (2, 1)
    assert await _selected(db, film) == 4, "what was chosen is not what the page asks for any more"
    assert [each.number for each in await takes.of_slot(db, slot)] == [1, 2, 3, 4]


@pytest.mark.parametrize("fate", ["deleted", "lost", "insisted"])
async def test_a_choice_ends_with_its_bytes_or_when_a_run_insists(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot, fate: str
) -> None:
    first, second = [await an_asset(db, acme, name) for name in ("1st", "2nd")]
    await takes.fill_all(db, [_filling(film, first)], by="studio")
    await takes.choose(db, (await takes.of_slot(db, slot))[0], by="sam")
    if fate == "deleted":
        await trash.delete(db, acme.id, [first.id])
    if fate == "lost":
        await blobs.lose(db, first.digest or "")

    await takes.fill_all(db, [_filling(film, second, insists=fate == "insisted")], by="studio")

    assert await _selected(db, film) == 2


async def test_what_is_selected_already_is_no_further_take(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot
) -> None:
    asset = await an_asset(db, acme)
    for _ in range(3):
        await takes.fill_all(db, [_filling(film, asset)], by="studio")

    assert len(await takes.of_slot(db, slot)) == 1


async def test_what_a_person_has_chosen_stays_their_choice_where_it_is_made_from_something_else_now(
    db: AsyncSession, acme: Workspace, film: Film, slot: Slot
) -> None:
    asset = await an_asset(db, acme)
    await takes.fill_all(db, [_filling(film, asset)], by="studio")
    await takes.choose(db, (await takes.of_slot(db, slot))[0], by="sam")

    await takes.fill_all(db, [_filling(film, asset, basis={"picture": "another page"})], by="studio")

    assert [(each.number, each.selected_by) for each in await takes.of_slot(db, slot)] == [(1, None), (2, "sam")]


async def test_workers_that_add_at_once_number_without_gaps(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        slot = await _slot(db, await a_film(db, acme))
        asset = await an_asset(db, acme)

    async def add() -> None:
        async with catalog.session() as db:
            await _take(db, slot, asset, select_by="shoot")

    await asyncio.gather(*(add() for _ in range(8)))

    async with catalog.session() as db:
        made = await takes.of_slot(db, slot)
        assert [take.number for take in made] == list(range(1, 9))
        assert [take.number for take in made if take.selected_at] == [8]


async def _slot(db: AsyncSession, film: Film) -> Slot:
    return await takes.ensure_slot(db, workspace_id=film.workspace_id, film_id=film.id, name="shot:sh010", kind="shot")


async def _take(db: AsyncSession, slot: Slot, asset: Asset, **values: Any) -> Take:
    return await takes.add(db, slot=slot, asset_id=asset.id, basis=BASIS, basis_version=1, **values)


def _filling(film: Film, asset: Asset, **values: Any) -> takes.Filling:
    place = takes.Place(name="shot:sh010", kind="shot", film_id=film.id)
    given = {"basis": BASIS, "basis_version": 1, **values}
    return takes.Filling(workspace_id=film.workspace_id, place=place, asset_id=asset.id, **given)


async def _selected(db: AsyncSession, film: Film) -> int:
    """The number of the selected take."""
    filled = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id)
    return filled["shot:sh010"].take.number
