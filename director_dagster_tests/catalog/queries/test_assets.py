"""Tests of questions about assets."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, blobs, films, takes, trash
from director_dagster.catalog.queries.assets import Filter
from director_dagster.catalog.tables import Asset, Workspace
from director_dagster.errors import BadInput
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset


async def test_an_asset_is_found_in_its_workspace_alone(db: AsyncSession, acme: Workspace) -> None:
    asset = await an_asset(db, acme)
    other = await films.workspace(db, "other")

    assert await assets.get(db, acme.id, asset.id) is asset
    with pytest.raises(BadInput, match=f"no asset {asset.id} in this workspace"):
        await assets.get(db, other.id, asset.id)


async def test_pages_follow_each_other_newest_first_without_gaps(db: AsyncSession, acme: Workspace) -> None:
    made = [await an_asset(db, acme, f"shot {number}") for number in range(5)]

    first = await assets.listed(db, acme.id, want=Filter(), limit=2)
    second = await assets.listed(db, acme.id, want=Filter(), before=first[-1].id, limit=2)
    third = await assets.listed(db, acme.id, want=Filter(), before=second[-1].id, limit=2)

    assert [*first, *second, *third] == made[::-1]


async def test_each_filter_finds_what_it_names(db: AsyncSession, acme: Workspace) -> None:
    film, mara, elias = (
        await a_film(db, acme),
        await a_character(db, acme, "Mara"),
        await a_character(db, acme, "Elias"),
    )
    wanted = await an_asset(
        db,
        acme,
        "100% of the sea",
        type="image",
        kind="frame",
        film_id=film.id,
        character_ids=[mara.id, elias.id],
        provider="fal",
        model="flux-dev",
        tags=["outdoor", "wide"],
    )
    await an_asset(db, acme, "100 pieces", source="import")
    filters: list[dict[str, Any]] = [
        {"type": "image"},
        {"kind": "frame"},
        {"film_id": film.id},
        {"character_id": elias.id},
        {"provider": "fal"},
        {"model": "flux-dev"},
        {"tags": ["wide", "outdoor"]},
        {"text": "100% OF"},
        {"text": "prompt of 100% of"},
        {"source": "generation"},
    ]

    found = [[asset.name for asset in await _listed(db, acme, **fields)] for fields in filters]

    assert found == [[wanted.name]] * len(filters)
    assert await _listed(db, acme, character_id=new_id()) == []


async def test_favorites_can_be_listed(db: AsyncSession, acme: Workspace) -> None:
    favorite, _ = await an_asset(db, acme, "one"), await an_asset(db, acme, "two")
    await db.execute(update(Asset).where(Asset.id == favorite.id).values(favorite=True))

    assert [asset.id for asset in await _listed(db, acme, favorite=True)] == [favorite.id]


async def test_failed_and_deleted_pieces_are_listed_when_asked_for(db: AsyncSession, acme: Workspace) -> None:
    kept, failed, deleted = [
        await an_asset(db, acme, name, **values)
        for name, values in (("kept", {}), ("failed", {"url": None}), ("deleted", {}))
    ]
    await trash.delete(db, acme.id, [deleted.id])

    assert await _listed(db, acme) == [kept]
    assert await _listed(db, acme, failed=True) == [failed, kept]
    assert await _listed(db, acme, deleted=True) == [deleted, kept]


async def test_lost_pieces_can_be_listed_and_come_back_with_their_bytes(db: AsyncSession, acme: Workspace) -> None:
    kept, lost = await an_asset(db, acme, "kept"), await an_asset(db, acme, "lost")
    twin = await an_asset(db, acme, "twin", url=lost.url)
    digest = str(lost.digest)

    marked = await blobs.lose(db, digest)
    listed = [await _listed(db, acme, lost=True), await _listed(db, acme, lost=False)]
    await blobs.record(db, digest=digest, size_bytes=len("lost"), media_type="video/mp4", extension="mp4")

    assert marked == 2
    assert listed == [[twin, lost], [kept]]
    assert await _listed(db, acme, lost=True) == []


async def test_a_film_uses_what_its_selected_takes_are_made_of(db: AsyncSession, acme: Workspace) -> None:
    film, other = await a_film(db, acme), await a_film(db, acme, "other")
    reused = await an_asset(db, acme, "reused", film_id=other.id)
    draft, final = (
        await an_asset(db, acme, "draft", film_id=film.id),
        await an_asset(db, acme, "final", film_id=film.id),
    )
    for name, pieces in (("frame:sh010", [reused]), ("frame:sh020", [reused]), ("shot:sh010", [draft, final])):
        slot = await takes.ensure_slot(db, workspace_id=acme.id, film_id=film.id, name=name, kind="shot")
        for asset in pieces:
            await takes.add(
                db,
                slot=slot,
                asset_id=asset.id,
                basis={},
                basis_version=1,
                reused=True,
                saved_microusd=asset.cost_microusd,
                select_by="shoot",
            )

    assert list(await assets.used_by_film(db, acme.id, film.id)) == [reused, final]


async def test_assets_are_found_by_their_bytes(db: AsyncSession, acme: Workspace) -> None:
    asset = await an_asset(db, acme, "one")
    twin = await an_asset(db, acme, "twin", url=asset.url)

    assert list(await assets.by_digest(db, acme.id, str(asset.digest))) == [asset, twin]


async def _listed(db: AsyncSession, workspace: Workspace, **fields: Any) -> Sequence[Asset]:
    return list(await assets.listed(db, workspace.id, want=Filter(**fields)))
