"""Probing: what a file is said to be, what is refused without being trusted, and what is measured."""

import errno
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import probe as probing
from director_dagster.media.encode import VideoWriter, encode_aac
from director_dagster.media.probe import Audio, decode_check, dhash, longest_freeze_s, luma_deviations, opened, probe
from director_dagster_tests.media.clips import HEIGHT_PX, WIDTH_PX, click, clip, moving, video


def test_a_clip_is_described(tmp_path: Path) -> None:
    described = probe(clip(tmp_path / "a.mp4", 36))

    assert (described.duration_s, described.audio, described.subtitles) == (1.5, None, ())
    assert described.video
    assert (described.video.codec, described.video.pix_fmt) == ("h264", "yuv420p")
    assert (described.video.width_px, described.video.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert (described.video.fps, described.video.frames) == (Fraction(24), 36)


def test_a_sound_is_described(tmp_path: Path) -> None:
    encode_aac(click(1.0, 0.5), tmp_path / "a.m4a")

    described = probe(tmp_path / "a.m4a")

    assert described.video is None
    assert described.audio == Audio(codec="aac", rate_hz=48_000, channels=2)


@pytest.mark.parametrize("data", [b"", b"a letter", b"\x00" * 4096, b"\x00\x00\x00\x18ftypisom"])
def test_what_is_no_media_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)

    with pytest.raises(MediaDamaged, match=r"a\.mp4"):
        probe(tmp_path / "a.mp4")


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300), mark=st.sampled_from([b"", b"\x1aE\xdf\xa3", b"RIFF\x40\x00\x00\x00WAVE", b"ID3"]))
def test_random_bytes_are_damaged_or_described_but_never_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, mark: bytes
) -> None:
    path = tmp_path_factory.mktemp("random") / "a"
    path.write_bytes(mark + data)

    try:
        described = probe(path)
    except MediaDamaged:
        return
    assert described.duration_s >= 0


def test_what_is_no_plain_file_is_never_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", tmp_path, tmp_path / "nothing", Path("/dev/zero")):
        with pytest.raises(MediaDamaged, match="no such file"):
            probe(path)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='{}'/></svg>",
    ],
)
def test_a_file_that_names_other_files_is_refused(tmp_path: Path, playlist: str) -> None:
    secret = clip(tmp_path / "secret.mp4", 5)
    (tmp_path / "a.mp4").write_text(playlist.format(secret))

    with pytest.raises(MediaDamaged):
        probe(tmp_path / "a.mp4")


def test_a_name_is_never_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip(Path("a.mp4"), 5)
    clip(Path("concat:a.mp4"), 7)

    assert video(Path("concat:a.mp4")).frames == 7


def test_pictures_larger_than_any_film_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "MAX_SIDE_PX", WIDTH_PX - 2)

    with pytest.raises(BadInput, match="160x90"):
        probe(clip(tmp_path / "a.mp4", 5))


def test_a_full_disk_is_not_the_files_fault(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 5)

    def fill_the_disk() -> None:
        with opened(path):
            raise av.error.OSError(errno.ENOSPC, "no space left")

    with pytest.raises(OSError, match="no space left"):
        fill_the_disk()


def test_a_whole_file_decodes(tmp_path: Path) -> None:
    decode_check(clip(tmp_path / "a.mp4", 30))


def test_a_file_cut_off_does_not_decode(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 60)
    path.write_bytes(path.read_bytes()[:-2000])

    with pytest.raises(MediaDamaged, match=r"a\.mp4"):
        decode_check(path)


def test_a_hole_in_a_picture_is_found(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 60)
    data = bytearray(path.read_bytes())
    data[-1500:-900] = bytes(600)
    path.write_bytes(data)

    with pytest.raises(MediaDamaged, match=r"a\.mp4"):
        decode_check(path)


def test_brightness_deviates_by_what_the_picture_shows(tmp_path: Path) -> None:
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:, 32:] = 255
    with VideoWriter(tmp_path / "a.mp4", width_px=64, height_px=64) as writer:
        writer.write(np.full((64, 64, 3), 90, np.uint8))
        writer.write(halves)

    flat, contrasty = luma_deviations(tmp_path / "a.mp4")

    assert flat < 1
    assert contrasty == pytest.approx((235 - 16) / 2, abs=3)


def test_the_longest_freeze_is_measured(tmp_path: Path) -> None:
    pictures = list(moving(20))
    with VideoWriter(tmp_path / "a.mp4", width_px=WIDTH_PX, height_px=HEIGHT_PX) as writer:
        for picture in (*pictures, *[pictures[-1]] * 29, *pictures):
            writer.write(picture)

    assert longest_freeze_s(tmp_path / "a.mp4") == pytest.approx(30 / 24)
    assert longest_freeze_s(clip(tmp_path / "b.mp4", 20)) == pytest.approx(1 / 24)


def test_a_hash_says_where_a_picture_gets_darker_to_the_right() -> None:
    ramp = Image.fromarray(np.tile(np.linspace(255, 0, 90, dtype=np.uint8), (80, 1)))

    assert dhash(ramp) == 2**64 - 1
    assert dhash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0


def test_a_smaller_copy_has_nearly_the_same_hash_and_another_picture_has_not() -> None:
    noise = np.random.default_rng(0)
    first, second = (
        Image.fromarray(noise.integers(0, 255, (8, 9, 3), np.uint8)).resize((640, 360), Image.Resampling.BICUBIC)
        for _ in range(2)
    )

    assert (dhash(first) ^ dhash(first.resize((200, 120)))).bit_count() <= 3
    assert (dhash(first) ^ dhash(second)).bit_count() >= 16
