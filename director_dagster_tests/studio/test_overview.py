"""The picture of a step: what its pieces look like, small, and without those that are lost."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from director_dagster.studio.overview import SHOWN, overview
from director_dagster.studio.report import Made, Outcome, Report
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import open_bench

LARGEST_BYTES = 80_000


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    opened, _ = open_bench(database_url, tmp_path / "home")
    yield opened
    await opened.aclose()


async def piece(studio: Studio, number: int) -> Made:
    file = io.BytesIO()
    Image.effect_noise((1280, 720), 10 + number).convert("RGB").save(file, "PNG")
    filed = await studio.file(file.getvalue(), "image/png")
    return Made(
        slot=f"frame:sh{number:03}",
        outcome=Outcome.GENERATED,
        asset_id=None,
        digest=None,
        provider=None,
        model=None,
        paid_microusd=0,
        worth_microusd=0,
        thumbnail_url=filed.thumbnail_url,
    )


def report(*pieces: Made) -> Report:
    return Report(step="storyboard", pieces=pieces, seconds=1)


async def test_at_most_twelve_pieces_are_one_small_jpeg(studio: Studio) -> None:
    pieces = [await piece(studio, number) for number in range(SHOWN + 3)]

    shown = await overview(studio, report(*pieces))

    assert shown is not None
    with Image.open(io.BytesIO(shown)) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) == 720
    assert len(shown) < LARGEST_BYTES


async def test_lost_pieces_are_left_out_and_of_none_there_is_no_picture(studio: Studio) -> None:
    one = await piece(studio, 1)
    studio.vault.locate((one.thumbnail_url or "")[13:77]).unlink()

    assert await overview(studio, report(one)) is None
    assert await overview(studio, report()) is None
