"""Tests of sidecars: what they hold suffices to rebuild the catalog's assets."""

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, claims, ledger, receipts, sidecar
from director_dagster.catalog.claims import Purchase
from director_dagster.catalog.queries import blobs, characters, films, shots
from director_dagster.catalog.session import Catalog, migrate, open_catalog
from director_dagster.catalog.tables import Asset, AssetCharacter, AssetEdge, Base, Character, Film, Generation, Shot
from director_dagster.errors import BadInput
from director_dagster.story import wire
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset, filed

RESTORED = (Asset, AssetEdge, AssetCharacter, Film, Character, Shot)


async def test_an_empty_catalog_is_rebuilt_from_sidecars_in_any_order(
    catalog: Catalog, empty_database_url: str
) -> None:
    async with catalog.session() as db:
        await _a_world(db)
    async with catalog.session() as db:
        assets = list(await db.scalars(select(Asset).order_by(Asset.id.desc())))
        written = [json.dumps(await sidecar.of(db, asset)) for asset in assets]
        before = {model: await _contents(db, model) for model in RESTORED}
    migrate(empty_database_url)

    async with open_catalog(empty_database_url) as rebuilt, rebuilt.session() as db:
        restored = [await sidecar.restore(db, json.loads(data)) for data in written]

        assert [asset.id for asset in restored] == [asset.id for asset in assets]
        assert {model: await _contents(db, model) for model in RESTORED} == before


async def test_a_generation_is_rebuilt_but_for_its_hold_on_a_budget(catalog: Catalog, empty_database_url: str) -> None:
    async with catalog.session() as db:
        shot = await _a_world(db)
        written = [await sidecar.of(db, asset) for asset in await db.scalars(select(Asset))]
        [before] = await _contents(db, Generation)
    migrate(empty_database_url)

    async with open_catalog(empty_database_url) as rebuilt, rebuilt.session() as db:
        for data in written:
            await sidecar.restore(db, data)
        [after] = await _contents(db, Generation)

    assert before["budget_id"] is not None
    assert after == before | {"budget_id": None, "reserved_microusd": 0}
    assert after["id"] == shot.generation_id


async def test_restoring_again_changes_nothing(catalog: Catalog) -> None:
    async with catalog.session() as db:
        shot = await _a_world(db)
    async with catalog.session() as db:
        before = {model: await _contents(db, model) for model in RESTORED}

        await sidecar.restore(db, await sidecar.of(db, shot))

        assert {model: await _contents(db, model) for model in RESTORED} == before


async def test_the_same_rows_give_the_same_sidecar(catalog: Catalog) -> None:
    async with catalog.session() as db:
        shot = await _a_world(db)
        first = wire.canonical(await sidecar.of(db, shot))
    async with catalog.session() as db:
        again = wire.canonical(await sidecar.of(db, await db.get_one(Asset, shot.id)))

    assert first == again


async def test_an_asset_whose_sources_never_come_is_not_restored(catalog: Catalog, empty_database_url: str) -> None:
    async with catalog.session() as db:
        data = await sidecar.of(db, await _a_world(db))
    migrate(empty_database_url)

    async def restore() -> None:
        async with open_catalog(empty_database_url) as rebuilt, rebuilt.session() as db:
            await sidecar.restore(db, data)

    with pytest.raises(IntegrityError, match="violates foreign key constraint"):
        await restore()


async def test_a_sidecar_of_another_version_is_refused(db: AsyncSession) -> None:
    with pytest.raises(BadInput, match="a sidecar of version 99; this program reads up to version 2"):
        await sidecar.restore(db, {"version": 99})


async def _a_world(db: AsyncSession) -> Asset:
    """A shot with all that a row can have: brief, frame, characters of both kinds, paid generation, thumbnail."""
    acme = await films.workspace(db, "acme")
    film = await a_film(db, acme)
    brief = await an_asset(db, acme, "brief", type="script", kind="script", source="upload", film_id=film.id)
    await films.upsert(
        db, workspace_id=acme.id, slug=film.slug, title="Der Leuchtturm", settings={"a": [1.5]}, brief_asset_id=brief.id
    )
    [planned] = await shots.sync(
        db, workspace_id=acme.id, film_id=film.id, plan=[shots.Planned(code="sh010", scene=1, plan={"move": "pan"})]
    )
    guard = await characters.get_or_create(
        db, workspace_id=acme.id, kind="character", name="GUARD", film_id=film.id, look={"coat": "grey"}
    )
    frame = await an_asset(db, acme, "frame", type="image", kind="frame", film_id=film.id)
    url = await filed(db, "shot")
    generation = await _bought(db, acme.id, film.id, blobs.digest_of(url))
    return await an_asset(
        db,
        acme,
        "shot",
        url=url,
        thumbnail_url=await filed(db, "thumbnail", "jpg"),
        generation_cost=None,
        cost_basis={"quantity": 5.0, "unit": "second", "unit_microusd": 56_000},
        character_ids=[guard.character.id, (await a_character(db, acme)).id],
        source_asset_ids=[(frame.id, "frame"), (brief.id, "script")],
        film_id=film.id,
        shot_id=planned.id,
        generation_id=generation.id,
        fingerprint=generation.fingerprint,
        duration=1 / 3,
        width=1280,
        height=720,
        seed=2**32 - 1,
        tags=["Ärger", "日本"],
    )


async def _bought(db: AsyncSession, workspace_id: Any, film_id: Any, digest: str) -> Generation:
    """A settled generation whose cost is unknown, so that its price is still held."""
    for of_film in (None, film_id):
        await budgets.set_limit(db, workspace_id=workspace_id, film_id=of_film, limit_microusd=1_000_000)
    purchase = Purchase(
        workspace_id=workspace_id,
        film_id=film_id,
        fingerprint="f" * 64,
        provider="kling",
        model="kling-v3",
        operation="shot",
        request={"prompt": "the sea"},
        price_microusd=280_000,
    )
    claim = await claims.claim(db, purchase, lease_s=60)
    sent = await ledger.submitting(db, claim.generation)
    taken = await receipts.acknowledge(db, sent, provider_job_id="job-1")
    stored = await ledger.stored(db, taken, digest=digest, output={"media_type": "video/mp4"})
    return await ledger.settle(db, stored, cost_microusd=None)


async def _contents(db: AsyncSession, model: type[Base]) -> list[dict[str, Any]]:
    columns = list(model.__table__.columns)
    rows = await db.execute(select(*columns).order_by(*model.__table__.primary_key))
    return [dict(row) for row in rows.mappings()]
