"""The asset tracking guide's SQL, run as it is written but for its quoted placeholder ids, on a fixture made by hand.

The answers are reckoned from the list of rows below, not by SQL.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films
from director_dagster.catalog.tables import Asset, AssetKind, AssetSource, AssetType, Character, Workspace
from director_dagster_tests.catalog import guide_sql
from director_dagster_tests.catalog.guide_sql import ask
from director_dagster_tests.catalog.rows import a_character, an_asset


@dataclass(frozen=True)
class Made:
    """One row of the fixture; `usd` None is an unknown cost, `parent` the name of the row it was made from."""

    name: str
    type: AssetType
    kind: AssetKind
    usd: str | None
    source: AssetSource = "generation"
    character: str | None = None
    tags: tuple[str, ...] = ()
    genre: str | None = None
    parent: str | None = None
    failed: bool = False
    minutes_ago: int = 0


ROWS = [
    Made("brief", "text", "other", "0", source="upload", minutes_ago=180),
    Made("script", "script", "script", "0.000123", genre="thriller", parent="brief", minutes_ago=120),
    Made("comedy", "script", "script", "0.002", genre="comedy", minutes_ago=90),
    Made("mara's look", "image", "character", "0.025", character="Mara", parent="script", minutes_ago=50),
    Made("elias's look", "image", "character", "0.03", character="Elias", parent="script", minutes_ago=45),
    Made("frame", "image", "frame", "0.04", character="Mara", tags=("outdoor",), parent="mara's look", minutes_ago=40),
    Made("shot", "video", "shot", "0.28", tags=("outdoor", "cinematic"), parent="frame", minutes_ago=30),
    Made("shot inside", "video", "shot", None, tags=("cinematic",), parent="frame", minutes_ago=29),
    Made("poster", "image", "poster", "0.01", tags=("cinematic", "outdoor"), minutes_ago=28),
    Made("line", "audio", "dialogue", "0.003", character="Elias", parent="script", minutes_ago=20),
    Made("refused", "video", "shot", "0.05", parent="frame", failed=True, minutes_ago=10),
    Made("song", "audio", "music", "9.99", source="import", minutes_ago=5),
    Made("film", "video", "film", "0", parent="script", minutes_ago=1),
]
GENERATED = [row for row in ROWS if row.source == "generation"]


@dataclass(frozen=True)
class World:
    """The fixture in the database."""

    workspace: Workspace
    characters: dict[str, Character]
    assets: dict[str, Asset]


@pytest.fixture
async def world(db: AsyncSession, acme: Workspace) -> World:
    """`ROWS` in one workspace."""
    characters = {name: await a_character(db, acme, name) for name in ("Mara", "Elias")}
    made = World(acme, characters, {})
    for row in ROWS:
        made.assets[row.name] = await _save(db, made, row)
    return made


async def test_total_spent(db: AsyncSession, world: World) -> None:
    [(total,)] = await ask(db, guide_sql.TOTAL_SPENT)

    assert total == _usd(GENERATED) == Decimal("0.440123")


async def test_cost_by_type(db: AsyncSession, world: World) -> None:
    answer = await ask(db, guide_sql.COST_BY_TYPE)

    types = {row.type for row in GENERATED}
    assert _pairs(answer) == {type_: _usd(row for row in GENERATED if row.type == type_) for type_ in types}
    assert _pairs(answer)["image"] == Decimal("0.105")


async def test_cost_by_character(db: AsyncSession, world: World) -> None:
    answer = await ask(db, guide_sql.COST_BY_CHARACTER)

    assert _pairs(answer) == {"Mara": Decimal("0.065"), "Elias": Decimal("0.033")}


async def test_images_of_a_character(db: AsyncSession, world: World) -> None:
    answer = await ask(db, guide_sql.IMAGES_OF_A_CHARACTER, char_uuid=world.characters["Mara"].id)

    assert _names(answer) == {"mara's look", "frame"}


async def test_videos_with_tags(db: AsyncSession, world: World) -> None:
    assert _names(await ask(db, guide_sql.VIDEOS_WITH_TAGS)) == {"shot"}


async def test_scripts_by_genre(db: AsyncSession, world: World) -> None:
    assert _names(await ask(db, guide_sql.SCRIPTS_BY_GENRE)) == {"script"}


async def test_all_attempts_of_a_workspace(db: AsyncSession, world: World) -> None:
    await an_asset(db, await films.workspace(db, "other"), "not ours")

    answer = await ask(db, guide_sql.ALL_ATTEMPTS, workspace_uuid=world.workspace.id)

    newest_first = sorted(GENERATED, key=lambda row: row.minutes_ago)
    assert [(row.name, row.type, row.generation_cost, row.provider, row.model) for row in answer] == [
        (row.name, row.type, row.usd and Decimal(row.usd), "fal", "flux-dev") for row in newest_first
    ]


async def test_failed_and_successful(db: AsyncSession, world: World) -> None:
    await an_asset(db, await films.workspace(db, "other"), "not ours")

    [answer] = await ask(db, guide_sql.FAILED_AND_SUCCESSFUL, workspace_uuid=world.workspace.id)

    assert answer._asdict() == {
        "successful": len(GENERATED) - 1,
        "failed": 1,
        "total_spent": Decimal("0.440123"),
    }


async def test_derivatives_of_an_asset(db: AsyncSession, world: World) -> None:
    answer = await ask(db, guide_sql.DERIVATIVES, source_asset_uuid=world.assets["script"].id)

    assert {(row.name, row.depth) for row in answer} == {
        ("script", 0),
        ("mara's look", 1),
        ("elias's look", 1),
        ("line", 1),
        ("film", 1),
        ("frame", 2),
        ("shot", 3),
        ("shot inside", 3),
        ("refused", 3),
    }


async def test_assets_of_the_last_hour(db: AsyncSession, world: World) -> None:
    answer = await ask(db, guide_sql.LAST_HOUR)

    recent = sorted((row for row in ROWS if row.minutes_ago < 60), key=lambda row: row.minutes_ago)
    assert [row.name for row in answer] == [row.name for row in recent]


async def _save(db: AsyncSession, world: World, row: Made) -> Asset:
    asset = await an_asset(
        db,
        world.workspace,
        row.name,
        type=row.type,
        kind=row.kind,
        source=row.source,
        generation_cost=None if row.usd is None else Decimal(row.usd),
        provider="fal",
        model="flux-dev",
        tags=row.tags,
        genre=row.genre,
        character_ids=[world.characters[row.character].id] if row.character else [],
        source_asset_ids=[world.assets[row.parent].id] if row.parent else [],
        **({"url": None} if row.failed else {}),
    )
    age = text(f"now() - interval '{row.minutes_ago} minutes'")
    await db.execute(update(Asset).where(Asset.id == asset.id).values(created_at=age))
    return asset


def _usd(rows: Any) -> Decimal:
    return sum((Decimal(row.usd) for row in rows if row.usd is not None), Decimal(0))


def _pairs(answer: list[Any]) -> dict[str, Decimal]:
    return dict(map(tuple, answer))


def _names(answer: list[Any]) -> set[str]:
    return {row.name for row in answer}
