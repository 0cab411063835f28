"""Tests of the bytes: whole and in parts, by an asset that one may see, as what they are and no more."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from director_dagster.library.renditions import WAVE_PX
from director_dagster.media import sound
from director_dagster_tests.library.conftest import Shelf, picture
from director_dagster_tests.media.clips import click, clip

NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def test_a_browser_gets_the_bytes_whole_or_in_parts(shelf: Shelf) -> None:
    asset = await shelf.asset(data=b"0123456789")
    at = f"/assets/{asset.id}/media/original"

    async with shelf.reader() as reader:
        whole = await reader.get(at)
        part = await reader.get(at, headers={"range": "bytes=2-4"})
        beyond = await reader.get(at, headers={"range": "bytes=20-"})

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"0123456789", "video/mp4")
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert beyond.status_code == 416


async def test_what_a_browser_has_is_not_sent_again(shelf: Shelf) -> None:
    asset = await shelf.asset(data=picture(), extension="png", type="image")
    at = f"/assets/{asset.id}/media/original"

    async with shelf.reader() as reader:
        first = await reader.get(at)
        again = await reader.get(at, headers={"if-none-match": first.headers["etag"]})

    assert "immutable" in first.headers["cache-control"]
    assert "private" in first.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("extension", "media_type", "disposition"),
    [
        ("svg", "application/octet-stream", "attachment"),
        ("html", "application/octet-stream", "attachment"),
        ("fountain", "text/plain; charset=utf-8", "inline"),
        ("srt", "text/plain; charset=utf-8", "inline"),
    ],
)
async def test_what_could_act_is_handed_over_as_a_file(
    shelf: Shelf, extension: str, media_type: str, disposition: str
) -> None:
    asset = await shelf.asset(data=b"<script>alert(1)</script>", extension=extension, type="text", kind="other")

    async with shelf.reader() as reader:
        answer = await reader.get(f"/assets/{asset.id}/media/original")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith(disposition)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_is_not_there_says_why(shelf: Shelf) -> None:
    failed = await shelf.asset("failed", url=None)
    lost = await shelf.asset("lost")
    shelf.library.vault.locate(lost.digest or "").unlink()

    async with shelf.reader() as reader:
        told = [(await reader.get(f"/assets/{asset.id}/media/original")).json() for asset in (failed, lost)]
        thumb = await reader.get(f"/assets/{lost.id}/media/thumb")

    assert [each["status"] for each in told] == [404, 404]
    assert "its making failed" in told[0]["detail"]
    assert "are lost: its page says how they come back" in told[1]["detail"]
    assert thumb.status_code == 404


async def test_a_video_has_a_small_preview_and_other_things_are_their_own(shelf: Shelf, tmp_path: Path) -> None:
    filmed = clip(tmp_path / "clip.mp4", 24).read_bytes()
    video = await shelf.asset("clip", data=filmed)
    image = await shelf.asset("picture", data=picture(), extension="png", type="image")

    async with shelf.reader() as reader:
        small = await reader.get(f"/assets/{video.id}/media/preview")
        same = await reader.get(f"/assets/{image.id}/media/preview")

    assert (small.status_code, small.headers["content-type"]) == (200, "video/mp4")
    assert small.content != filmed
    assert same.content == picture()


async def test_a_sound_has_a_wide_picture_of_how_loud_it_is(shelf: Shelf, tmp_path: Path) -> None:
    sound.write(tmp_path / "a.wav", click(4.0, 3.0))
    line = await shelf.asset("line", data=(tmp_path / "a.wav").read_bytes(), extension="wav", type="audio")

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{line.id}")).text
        drawn = await reader.get(f"/assets/{line.id}/media/preview")
        again = await reader.get(f"/assets/{line.id}/media/preview")

    assert f'src="/assets/{line.id}/media/preview"' in page
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(drawn.content)).size == WAVE_PX
    assert again.content == drawn.content


async def test_a_video_that_cannot_be_read_has_no_preview_and_says_so(shelf: Shelf) -> None:
    asset = await shelf.asset("broken", data=b"not a video")

    async with shelf.reader() as reader:
        answer = await reader.get(f"/assets/{asset.id}/media/preview")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
