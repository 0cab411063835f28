"""Tests of questions about waste: takes that are in no film."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import takes, waste
from director_dagster.catalog.queries.waste import Waste
from director_dagster.catalog.tables import Asset, AssetKind, Character, Film, Workspace
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film of 90 seconds that is finished and cost nothing beside what tests make for it."""
    film = await a_film(db, acme)
    cut = await an_asset(db, acme, "cut", kind="film", film_id=film.id, generation_cost=0, duration=90.0)
    await _fill(db, film, "film", cut, selected=True)
    return film


async def test_a_take_that_is_not_selected_is_waste_per_finished_minute(db: AsyncSession, film: Film) -> None:
    await _take(db, film, "shot:sh010", "first", usd=3)
    await _take(db, film, "shot:sh010", "second", usd=5, selected=True)
    await _take(db, film, "shot:sh010", "third", usd=None)

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert of_film == Waste(
        key=film.slug, id=film.id, label=film.title, microusd=3_000_000, takes=2, unknown=1, finished_s=90
    )
    assert of_film.per_minute_microusd == 2_000_000


async def test_a_piece_that_one_film_selects_is_no_waste_of_another(db: AsyncSession, acme: Workspace) -> None:
    first, second = await a_film(db, acme, "first"), await a_film(db, acme, "second")
    shot = await _take(db, first, "shot:sh010", "shot", usd=3)
    await _fill(db, second, "shot:sh010", shot, selected=True)

    assert await waste.by_film(db, acme.id) == []


async def test_a_piece_of_two_slots_is_wasted_once(db: AsyncSession, film: Film) -> None:
    shot = await _take(db, film, "shot:sh010", "shot", usd=3)
    await _fill(db, film, "shot:sh020", shot)

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert (of_film.takes, of_film.microusd) == (1, 3_000_000)


async def test_a_deleted_film_uses_nothing(db: AsyncSession, film: Film) -> None:
    await _take(db, film, "shot:sh010", "shot", usd=3, selected=True)
    film.deleted_at = datetime(2026, 3, 1, tzinfo=UTC)
    await db.flush()

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert (of_film.takes, of_film.microusd, of_film.per_minute_microusd) == (2, 3_000_000, None)


async def test_a_frame_behind_a_shot_that_was_not_taken_is_waste_unless_it_is_selected(
    db: AsyncSession, film: Film
) -> None:
    old = await _take(db, film, "frame:sh010", "old frame", usd=1)
    await _take(db, film, "frame:sh010", "frame", usd=10, selected=True)
    await _take(db, film, "shot:sh010", "old shot", usd=100, source=old)

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert of_film.microusd == 101_000_000


async def test_a_selected_script_is_used(db: AsyncSession, film: Film) -> None:
    await _take(db, film, "script", "script", usd=1, selected=True)

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert of_film.takes == 0


async def test_what_is_no_take_or_failed_or_brought_is_no_waste(db: AsyncSession, acme: Workspace, film: Film) -> None:
    await an_asset(db, acme, "no take", film_id=film.id)
    failed = await an_asset(db, acme, "failed", film_id=film.id, url=None)
    brought = await an_asset(db, acme, "brought", film_id=film.id, source="upload")
    for asset in (failed, brought):
        await _fill(db, film, "shot:sh010", asset)

    [of_film] = await waste.by_film(db, acme.id)

    assert (of_film.takes, of_film.microusd) == (0, 0)


async def test_what_lies_in_the_trash_is_waste_still(db: AsyncSession, film: Film) -> None:
    shot = await _take(db, film, "shot:sh010", "shot", usd=3)
    shot.deleted_at = datetime(2026, 3, 1, tzinfo=UTC)
    await db.flush()

    [of_film] = await waste.by_film(db, film.workspace_id)

    assert of_film.microusd == 3_000_000


async def test_a_characters_look_is_used_while_it_is_worn(db: AsyncSession, acme: Workspace) -> None:
    mara = await a_character(db, acme)
    for name, selected in (("old look", False), ("look", True)):
        look = await an_asset(db, acme, name, type="image", kind="character", generation_cost=1)
        await _fill(db, mara, "look", look, kind="character", selected=selected)

    [of_none] = await waste.by_film(db, acme.id)

    assert of_none == Waste(key=None, id=None, label=None, microusd=1_000_000, takes=1, unknown=0, finished_s=None)


async def test_in_all_it_is_over_the_minutes_of_all_finished_films(
    db: AsyncSession, acme: Workspace, film: Film
) -> None:
    unfinished, other = await a_film(db, acme, "unfinished"), await a_film(db, acme, "other")
    cut = await an_asset(db, acme, "other cut", kind="film", film_id=other.id, generation_cost=0, duration=30.0)
    await _fill(db, other, "film", cut, selected=True)
    await _take(db, film, "shot:sh010", "first", usd=1)
    await _take(db, unfinished, "shot:sh010", "second", usd=3)

    films = await waste.by_film(db, acme.id)
    everything = waste.in_all(films)

    assert [each.key for each in films] == ["unfinished", film.slug, "other"]
    assert [each.per_minute_microusd for each in films] == [None, 666_667, 0]
    assert (everything.microusd, everything.finished_s) == (4_000_000, 120)
    assert everything.per_minute_microusd == 2_000_000


async def test_where_nothing_is_wasted_or_finished_there_is_no_figure(db: AsyncSession, acme: Workspace) -> None:
    nothing = waste.in_all(await waste.by_film(db, acme.id))

    assert (nothing.microusd, nothing.takes, nothing.per_minute_microusd) == (0, 0, None)


async def _take(
    db: AsyncSession,
    film: Film,
    slot: str,
    name: str,
    *,
    usd: int | None,
    selected: bool = False,
    source: Asset | None = None,
) -> Asset:
    asset = await an_asset(
        db,
        await db.get_one(Workspace, film.workspace_id),
        name,
        film_id=film.id,
        generation_cost=usd,
        source_asset_ids=[] if source is None else [source.id],
    )
    await _fill(db, film, slot, asset, selected=selected)
    return asset


async def _fill(
    db: AsyncSession,
    owner: Film | Character,
    name: str,
    asset: Asset,
    *,
    kind: AssetKind = "shot",
    selected: bool = False,
) -> None:
    whose = {"film_id" if isinstance(owner, Film) else "character_id": owner.id}
    slot = await takes.ensure_slot(db, workspace_id=owner.workspace_id, name=name, kind=kind, **whose)
    by = "studio" if selected else None
    await takes.add(db, slot=slot, asset_id=asset.id, basis={}, basis_version=1, select_by=by)
