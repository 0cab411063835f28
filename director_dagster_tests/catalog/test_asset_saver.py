"""Tests of the five savers, called as the asset tracking guide calls them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.asset_saver import (
    save_audio_as_asset,
    save_film_as_asset,
    save_generation_as_asset,
    save_script_as_asset,
    save_shot_as_asset,
)
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.metadata import OF_ONE_CHARACTER, REQUIRED
from director_dagster.catalog.queries import blobs, films, shots
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, AssetCharacter, AssetEdge, AssetType, Character, Shot, Workspace
from director_dagster.errors import BadInput, NotInVault
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset, filed


async def test_a_script_is_saved_as_the_guide_saves_it(db: AsyncSession, acme: Workspace) -> None:
    script_gen = ScriptGeneration(workspace_id=str(acme.id))
    await filed(db, json.dumps(script_gen.output_full_data), "json")

    asset = await save_script_as_asset(
        db=db,
        workspace_id=script_gen.workspace_id,
        script_id=script_gen.id,
        script_title=script_gen.output_full_data.get("script", {}).get("title", "Untitled"),
        script_content=json.dumps(script_gen.output_full_data),
        generation_cost=0.0,
        model="gpt-4o-mini",
        prompt=script_gen.input_idea,
        genre=script_gen.input_genre,
        style=script_gen.input_style,
    )

    assert (asset.type, asset.kind, asset.name) == ("script", "script", "The Lighthouse")
    assert asset.url == await filed(db, json.dumps(script_gen.output_full_data), "json")
    assert asset.generation_cost == 0
    assert asset.tags == ["ai-generated", "script", "gpt-4o-mini", "thriller", "noir"]
    assert asset.generation_metadata["script_id"] == script_gen.id
    assert asset.generation_metadata["genre"] == "thriller"


async def test_a_shot_is_saved_as_the_guide_saves_it(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    [planned] = await _shots(db, film.id, acme)
    mara, elias = await a_character(db, acme, "Mara"), await a_character(db, acme, "Elias")
    shot = MadeShot(
        id=str(planned.id),
        video_url=await filed(db, "video"),
        image_url=await filed(db, "image", "png"),
        audio_url=await filed(db, "audio", "wav"),
        thumbnail_url=await filed(db, "thumbnail", "jpg"),
        characters=[Seen(str(mara.id)), Seen(str(elias.id)), Seen(str(mara.id))],
    )

    assets = await save_shot_as_asset(
        db=db,
        workspace_id=acme.id,
        shot_id=shot.id,
        shot_name=f"Shot {shot.sequence_order}",
        video_url=shot.video_url,
        image_url=shot.image_url,
        audio_url=shot.audio_url,
        prompt=shot.prompt,
        generation_cost=shot.generation_cost,
        provider="minimax",
        model=shot.model,
        duration=shot.duration_seconds,
        thumbnail_url=shot.thumbnail_url,
        character_ids=[char.character_id for char in shot.characters],
    )

    assert [(row.type, row.url, row.generation_cost) for row in assets] == [
        ("video", shot.video_url, Decimal("0.28")),
        ("image", shot.image_url, 0),
        ("audio", shot.audio_url, 0),
    ]
    assert {row.shot_id for row in assets} == {planned.id}
    assert [row.thumbnail_url for row in assets] == [shot.thumbnail_url, None, None]
    assert [row.duration_s for row in assets] == [5.5, None, 5.5]
    assert {row.character_id for row in assets} == {None}
    assert await _cast(db, assets[0]) == {mara.id, elias.id}


async def test_a_film_is_saved_as_the_guide_saves_it(db: AsyncSession, acme: Workspace) -> None:
    row = await a_film(db, acme)
    mara = await a_character(db, acme)
    film = MadeFilm(str(acme.id), str(row.id), await filed(db, "film"), await filed(db, "poster", "jpg"))
    film.shots = [MadeShot(characters=[Seen(str(mara.id))], duration=2.5) for _ in range(2)]

    asset = await save_film_as_asset(
        db=db,
        workspace_id=film.workspace_id,
        film_id=film.id,
        film_title=film.title,
        video_url=film.output_path,
        generation_cost=film.total_cost,
        duration=sum(shot.duration for shot in film.shots),
        thumbnail_url=film.thumbnail_url,
        provider=film.video_provider,
        shots_count=len(film.shots),
        character_ids=list({char.id for shot in film.shots for char in shot.characters}),
    )

    assert (asset.type, asset.kind, asset.film_id, asset.duration_s) == ("video", "film", row.id, 5.0)
    assert asset.generation_cost == 0
    assert asset.generation_metadata["total_cost"] == 1.23
    assert asset.generation_metadata["shots_count"] == 2
    assert asset.generation_metadata["character_name"] == "Mara"
    assert asset.character_id == mara.id


async def test_speech_is_saved_as_the_guide_saves_it(db: AsyncSession, acme: Workspace) -> None:
    text, mara = "I have kept this light for thirty years, and it has kept me.", await a_character(db, acme)

    asset = await save_audio_as_asset(
        db=db,
        workspace_id=acme.id,
        name=f"TTS: {text[:50]}...",
        audio_url=await filed(db, "speech", "mp3"),
        generation_cost=0.003,
        provider="elevenlabs",
        model="eleven-v3",
        text=text,
        voice_id="rachel",
        duration=4.2,
        character_id=str(mara.id),
    )

    assert (asset.type, asset.kind, asset.character_id) == ("audio", "dialogue", mara.id)
    assert asset.generation_cost == Decimal("0.003")
    assert (asset.prompt, asset.generation_metadata["voice_id"]) == (text, "rachel")
    assert asset.tags == ["ai-generated", "dialogue-audio", "eleven-v3"]


async def test_the_guides_example_of_metadata_comes_out_as_it_stands_there(db: AsyncSession, acme: Workspace) -> None:
    whiskers = await a_character(db, acme, "Whiskers")

    asset = await save_generation_as_asset(
        db=db,
        workspace_id=acme.id,
        type="image",
        kind="character",
        name="Whiskers",
        url=await filed(db, "whiskers", "png"),
        generation_cost=0.025,
        provider="fal",
        model="flux-dev",
        model_name="FLUX.1 Dev",
        prompt="Full prompt text...",
        character_ids=[whiskers.id],
        generated_at=datetime(2025, 11, 9, 12, 30, tzinfo=UTC),
    )

    assert asset.generation_metadata == {
        "model": "flux-dev",
        "model_name": "FLUX.1 Dev",
        "provider": "fal",
        "prompt": "Full prompt text...",
        "seed": None,
        "character_id": str(whiskers.id),
        "character_name": "Whiskers",
        "generated_at": "2025-11-09T12:30:00+00:00",
    }
    assert asset.tags == ["ai-generated", "character-image", "flux-dev"]
    assert (asset.source, asset.generation_cost) == ("generation", Decimal("0.025"))


@pytest.mark.parametrize("type_", get_args(AssetType))
async def test_every_type_of_row_has_its_required_metadata(db: AsyncSession, acme: Workspace, type_: AssetType) -> None:
    mara = await a_character(db, acme)

    asset = await an_asset(db, acme, type=type_, kind="other", character_ids=[mara.id])

    required = {*REQUIRED[type_], *OF_ONE_CHARACTER}
    assert required - asset.generation_metadata.keys() == set()
    assert datetime.fromisoformat(asset.generation_metadata["generated_at"]) == asset.created_at


async def test_an_unknown_cost_is_null_and_never_nothing(db: AsyncSession, acme: Workspace) -> None:
    asset = await an_asset(db, acme, generation_cost=None)

    assert (asset.cost_microusd, asset.generation_cost) == (None, None)


async def test_a_failed_generation_is_a_row_without_url_that_has_its_cost(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    [shot] = await _shots(db, film.id, acme)

    [failed] = await save_shot_as_asset(
        db=db,
        workspace_id=acme.id,
        shot_id=shot.id,
        shot_name="sh010",
        video_url=None,
        prompt="the sea",
        generation_cost=Decimal("0.05"),
        provider="kling",
        model="kling-v3",
    )

    assert (failed.url, failed.digest, failed.generation_cost) == (None, None, Decimal("0.05"))


async def test_facts_of_one_row_stand_on_the_first_row_of_a_shot_alone(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    [shot] = await _shots(db, film.id, acme)
    asset_id = new_id()

    video, image = await save_shot_as_asset(
        db=db,
        workspace_id=acme.id,
        shot_id=shot.id,
        shot_name="sh010",
        video_url=await filed(db, "video"),
        image_url=await filed(db, "image", "png"),
        prompt="the sea",
        generation_cost=None,
        provider="kling",
        model="kling-v3",
        asset_id=asset_id,
        fingerprint="f" * 64,
        seed=7,
        tags=["stormy"],
    )

    assert (video.id, video.fingerprint, video.cost_microusd) == (asset_id, "f" * 64, None)
    assert (image.fingerprint, image.cost_microusd) == (None, 0)
    assert [row.generation_metadata["seed"] for row in (video, image)] == [7, 7]
    assert [row.tags[-1] for row in (video, image)] == ["stormy", "stormy"]


async def test_the_first_source_is_the_primary_one_and_all_have_a_role(db: AsyncSession, acme: Workspace) -> None:
    script, look, frame = [await an_asset(db, acme, name) for name in ("script", "look", "frame")]

    shot = await an_asset(db, acme, source_asset_ids=[(frame.id, "frame"), (str(look.id), "look"), script.id, frame.id])

    rows = await db.execute(select(AssetEdge.source_id, AssetEdge.role).where(AssetEdge.asset_id == shot.id))
    assert shot.source_asset_id == frame.id
    assert dict(rows.all()) == {frame.id: "frame", look.id: "look", script.id: "source"}


async def test_a_row_about_two_characters_is_of_neither_alone(db: AsyncSession, acme: Workspace) -> None:
    mara, elias = await a_character(db, acme, "Mara"), await a_character(db, acme, "Elias")

    asset = await an_asset(db, acme, character_ids=[mara.id, elias.id])

    assert asset.character_id is None
    assert not set(OF_ONE_CHARACTER) & asset.generation_metadata.keys()
    assert await _cast(db, asset) == {mara.id, elias.id}


@pytest.mark.parametrize("url", ["https://cdn.example/film.mp4", f"vault:sha256/{'a' * 64}.mp4"])
@pytest.mark.parametrize("field_", ["url", "thumbnail_url"])
async def test_a_url_that_is_not_in_the_vault_is_refused(
    db: AsyncSession, acme: Workspace, url: str, field_: str
) -> None:
    with pytest.raises(NotInVault):
        await an_asset(db, acme, **{field_: url})

    assert await db.scalar(select(func.count()).select_from(Asset)) == 0


async def test_a_url_whose_bytes_are_lost_is_refused(db: AsyncSession, acme: Workspace) -> None:
    url = await filed(db, "gone")
    await blobs.lose(db, blobs.digest_of(url))

    with pytest.raises(NotInVault, match="no such blob"):
        await an_asset(db, acme, url=url)


async def test_a_script_whose_text_is_not_filed_is_refused(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(NotInVault, match=r"the text of this script .* is not filed"):
        await save_script_as_asset(
            db=db,
            workspace_id=acme.id,
            script_id="1",
            script_title="The Lighthouse",
            script_content="FADE IN:",
            generation_cost=0,
            model="gpt-4o-mini",
            prompt="a lighthouse",
        )


@pytest.mark.parametrize("key", ["character_ids", "source_asset_ids"])
async def test_what_is_of_another_workspace_is_not_found(db: AsyncSession, acme: Workspace, key: str) -> None:
    other = await films.workspace(db, "other")
    character, source = await a_character(db, other), await an_asset(db, other)
    foreign = {"character_ids": character.id, "source_asset_ids": source.id}[key]

    with pytest.raises(BadInput, match=f"in this workspace: {foreign}"):
        await an_asset(db, acme, "ours", **{key: [foreign]})


async def test_savers_do_not_commit(catalog: Catalog) -> None:
    async with catalog.session() as db:
        await an_asset(db, await films.workspace(db, "acme"))
        async with catalog.session() as other:
            assert await other.scalar(select(func.count()).select_from(Asset)) == 0


async def test_the_sum_of_generation_cost_is_what_was_paid(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    [shot] = await _shots(db, film.id, acme)

    await save_shot_as_asset(
        db=db,
        workspace_id=acme.id,
        provider="kling",
        shot_id=shot.id,
        shot_name="sh010",
        video_url=await filed(db, "video"),
        image_url=await filed(db, "image"),
        prompt="the sea",
        generation_cost=Decimal("0.28"),
        model="kling-v3",
    )
    await save_film_as_asset(
        db=db,
        workspace_id=acme.id,
        provider="kling",
        film_id=film.id,
        film_title="The Lighthouse",
        video_url=await filed(db, "film"),
        generation_cost=Decimal("0.28"),
        duration=60,
        shots_count=1,
    )

    assert await db.scalar(select(func.sum(Asset.generation_cost))) == Decimal("0.28")


@dataclass
class ScriptGeneration:
    """The record of a script as the guide's endpoint has it."""

    workspace_id: str
    id: str = "7d1f"
    input_idea: str = "a lighthouse keeper finds a letter"
    input_genre: str = "thriller"
    input_style: str = "noir"
    output_full_data: dict[str, dict[str, str]] = field(default_factory=lambda: {"script": {"title": "The Lighthouse"}})


@dataclass
class Seen:
    """A character of a shot; the guide names it by either attribute."""

    id: str

    @property
    def character_id(self) -> str:
        return self.id


@dataclass
class MadeShot:
    """A shot as the guide's endpoint has it."""

    id: str = ""
    sequence_order: int = 1
    video_url: str | None = None
    image_url: str | None = None
    audio_url: str | None = None
    thumbnail_url: str | None = None
    prompt: str = "the sea at night"
    model: str = "hailuo-02"
    generation_cost: float = 0.28
    duration_seconds: float = 5.5
    duration: float = 5.5
    characters: list[Seen] = field(default_factory=list)


@dataclass
class MadeFilm:
    """A film as the guide's pipeline has it."""

    workspace_id: str
    id: str
    output_path: str
    thumbnail_url: str
    title: str = "The Lighthouse"
    total_cost: float = 1.23
    video_provider: str = "kling"
    shots: list[MadeShot] = field(default_factory=list)


async def _shots(db: AsyncSession, film_id: UUID, workspace: Workspace) -> list[Shot]:
    plan = [shots.Planned(code="sh010", scene=1, plan={})]
    return list(await shots.sync(db, workspace_id=workspace.id, film_id=film_id, plan=plan))


async def _cast(db: AsyncSession, asset: Asset) -> set[UUID]:
    query = select(Character.id).join(AssetCharacter, AssetCharacter.character_id == Character.id)
    return set(await db.scalars(query.where(AssetCharacter.asset_id == asset.id)))
