"""Thumbnails: what they show, how large they are, and what is refused."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import sound
from director_dagster.media.encode import VideoWriter
from director_dagster.media.probe import MAX_SIDE_PX
from director_dagster.media.thumbnail import contact_sheet, poster, still, thumbnail, waveform
from director_dagster_tests.media.clips import click, clip, in_a_fresh_process

SHEET = """
import sys
from pathlib import Path
from director_dagster_tests.media.test_thumbnail import all_kinds
sys.stdout.write(all_kinds(Path(sys.argv[1])).hex())
"""


def opened(data: bytes) -> Image.Image:
    """The picture in `data`."""
    return Image.open(BytesIO(data))


def coloured(path: Path, *colours: tuple[int, int, int], size: tuple[int, int] = (160, 90)) -> Path:
    """A video of a second of each colour."""
    with VideoWriter(path, width_px=size[0], height_px=size[1]) as writer:
        for colour in colours:
            for _ in range(24):
                writer.write(np.full((size[1], size[0], 3), colour, np.uint8))
    return path


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """A PNG of one colour."""
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def all_kinds(folder: Path) -> bytes:
    """One of each picture that is made, in a row."""
    video = clip(folder / "a.mp4", 30)
    sound.write(folder / "a.wav", click(2.0, 1.0))
    sheet = contact_sheet([("sh010", poster(video, 0.5)), ("sh020", thumbnail(video))])
    return sheet + waveform(folder / "a.wav", (480, 160))


def middle(image: Image.Image) -> tuple[int, ...]:
    """The colour in the middle of a picture."""
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


@pytest.mark.parametrize(("at_s", "shown"), [(-5.0, 0), (0.0, 0), (0.99, 0), (1.0, 1), (1.5, 1), (2.9, 2), (99.0, 2)])
def test_a_still_is_the_picture_seen_at_that_time(tmp_path: Path, at_s: float, shown: int) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    video = coloured(tmp_path / "a.mp4", *colours)

    assert middle(still(video, at_s)) == pytest.approx(colours[shown], abs=4)


def test_a_poster_is_a_whole_picture_in_jpeg(tmp_path: Path) -> None:
    image = opened(poster(clip(tmp_path / "a.mp4", 10), 0.2))

    assert (image.format, image.size) == ("JPEG", (160, 90))


@pytest.mark.parametrize(
    ("size", "thumb"), [((1280, 720), (480, 270)), ((720, 1280), (270, 480)), ((160, 90), (160, 90))]
)
def test_a_thumbnail_of_a_video_or_an_image_fits_and_keeps_its_shape(
    tmp_path: Path, size: tuple[int, int], thumb: tuple[int, int]
) -> None:
    video = coloured(tmp_path / "a.mp4", (30, 200, 30), size=size)
    (tmp_path / "a.png").write_bytes(png(*size))

    for path in (video, tmp_path / "a.png"):
        image = opened(thumbnail(path))

        assert (image.format, image.size) == ("WEBP", thumb)


def test_a_thumbnail_of_a_video_is_from_a_third_into_it(tmp_path: Path) -> None:
    video = coloured(tmp_path / "a.mp4", (0, 0, 0), (30, 200, 30), (0, 0, 0))

    assert middle(opened(thumbnail(video))) == pytest.approx((30, 200, 30), abs=6)


def test_a_waveform_is_high_where_the_sound_is_loud(tmp_path: Path) -> None:
    sound.write(tmp_path / "a.wav", click(4.0, 3.0))

    drawn = np.asarray(opened(waveform(tmp_path / "a.wav", (480, 160))).convert("L"), np.int16)

    heights = (drawn > 100).sum(axis=0)
    assert drawn.shape == (160, 480)
    assert int(heights.argmax()) == pytest.approx(360, abs=3)
    assert heights.max() > 120
    assert np.median(heights) <= 2
    assert opened(thumbnail(tmp_path / "a.wav")).size == (480, 160)


def test_a_contact_sheet_shows_every_picture_over_its_label() -> None:
    frames = [(f"sh{number:02}0 a long label that does not fit in here at all", png(1280, 720)) for number in range(5)]

    sheet = opened(contact_sheet(frames))

    pixels = np.asarray(sheet.convert("RGB"), np.int16)
    assert sheet.size == (4 * 496 + 16, 2 * (270 + 44 + 16) + 16)
    for left, top in ((16, 16), (1504, 16), (16, 346)):
        assert (pixels[top : top + 270, left : left + 480] == (200, 30, 30)).all()
        assert (pixels[top + 270 : top + 314, left : left + 480].min(axis=2) > 150).any()
        assert (pixels[top + 270 : top + 314, left + 480 : left + 496].min(axis=2) < 50).all()
    assert (pixels[346:616, 512:] < 50).all()


def test_the_same_input_gives_the_same_bytes_in_a_fresh_process(tmp_path: Path) -> None:
    here = all_kinds(tmp_path)

    assert bytes.fromhex(in_a_fresh_process(SHEET, tmp_path)) == here


def test_what_is_no_picture_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(64, 64)[:-40])
    (tmp_path / "b.png").write_bytes(b"a letter")
    sound.write(tmp_path / "a.wav", click(1.0, 0.5))

    for path in (tmp_path / "a.png", tmp_path / "b.png"):
        with pytest.raises(MediaDamaged):
            thumbnail(path)
    with pytest.raises(MediaDamaged, match="no picture"):
        still(tmp_path / "a.wav", 0.0)
    with pytest.raises(MediaDamaged, match="sh010"):
        contact_sheet([("sh010", b"a letter")])


def test_pictures_that_are_too_large_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    for side in (9000, 16000):
        head = struct.pack(">IIBBBBB", side, side // 100, 8, 2, 0, 0, 0)
        chunk = b"IHDR" + head
        bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        (tmp_path / "bomb.png").write_bytes(bomb + struct.pack(">I", 0) + b"IDAT")

        with pytest.raises(BadInput, match="8192"):
            thumbnail(tmp_path / "bomb.png")


def test_nothing_to_show_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one"):
        contact_sheet([])
    with pytest.raises(BadInput, match="no sound"):
        waveform(clip(tmp_path / "a.mp4", 5), (480, 160))


@pytest.mark.parametrize(("many", "columns"), [(48, 4), (49, 7), (103, 11), (1500, 39)])
def test_a_contact_sheet_of_many_pictures_can_be_read_again(many: int, columns: int) -> None:
    picture = BytesIO()
    Image.new("RGB", (320, 180), (40, 90, 140)).save(picture, "PNG")

    sheet = contact_sheet([(f"sh{number:04}", picture.getvalue()) for number in range(many)])

    with Image.open(BytesIO(sheet)) as seen:
        assert max(seen.size) <= MAX_SIDE_PX
        assert seen.width // columns >= 180, "each can still be seen"
