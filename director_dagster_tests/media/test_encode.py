"""Encoding: what comes back, which parameters clips share, and that the same input gives the same bytes."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from director_dagster.errors import BadInput
from director_dagster.media import sound
from director_dagster.media.encode import AAC_BPS, GOP_FRAMES, VideoWriter, encode_aac
from director_dagster.media.probe import probe
from director_dagster_tests.media.clips import (
    HEIGHT_PX,
    WIDTH_PX,
    click,
    clip,
    heard,
    in_a_fresh_process,
    moving,
    video,
)

ENCODE = """
import sys
from pathlib import Path
from director_dagster.media.encode import encode_aac
from director_dagster_tests.media.clips import click, clip
clip(Path(sys.argv[1]), 30)
encode_aac(click(2.0, 1.0), Path(sys.argv[2]))
"""


def test_a_clip_has_the_frames_and_the_colours_that_were_written(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 30)

    with av.open(str(path)) as container:
        seen = [np.asarray(frame.to_ndarray(format="rgb24"), np.int16) for frame in container.decode(video=0)]
    assert len(seen) == 30
    assert all(np.abs(frame - written).mean() < 3 for frame, written in zip(seen, moving(30), strict=True))


@pytest.mark.parametrize("colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255), (0, 0, 0)])
def test_colours_are_bt_709_in_limited_range(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "a.mp4"

    with VideoWriter(path, width_px=64, height_px=64) as writer:
        writer.write(np.full((64, 64, 3), colour, np.uint8))

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        red, green, blue = colour
        luma = 16 + 219 / 255 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)
        assert np.asarray(frame.to_ndarray())[32, 32] == pytest.approx(luma, abs=2)
        assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


def test_every_group_of_pictures_is_closed_and_as_long_as_promised(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 50)

    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == list(range(0, 50, GOP_FRAMES))
    assert all(packet.pts == packet.dts for packet in packets)


def test_clips_of_one_size_share_codec_parameters(tmp_path: Path) -> None:
    calm, busy = clip(tmp_path / "a.mp4", 5), tmp_path / "b.mp4"
    noise = np.random.default_rng(0)
    with VideoWriter(busy, width_px=WIDTH_PX, height_px=HEIGHT_PX) as writer:
        for _ in range(40):
            writer.write(noise.integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), np.uint8))

    assert video(calm).extradata == video(busy).extradata


def test_the_same_input_gives_the_same_bytes_in_a_fresh_process_on_any_number_of_cores(tmp_path: Path) -> None:
    here = clip(tmp_path / "a.mp4", 30), tmp_path / "a.m4a"
    encode_aac(click(2.0, 1.0), here[1])

    for cores in (1, None) if hasattr(os, "sched_setaffinity") else (None,):
        there = tmp_path / "b.mp4", tmp_path / "b.m4a"
        in_a_fresh_process(ENCODE, *there, cores=cores)

        assert [path.read_bytes() for path in there] == [path.read_bytes() for path in here]


def test_a_file_says_neither_when_nor_with_which_library_it_was_made_and_starts_with_its_index(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 5)

    data = path.read_bytes()

    assert b"Lav" not in data
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as container:
        assert "creation_time" not in container.metadata


def test_other_rates_are_kept_exactly(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 30, fps=Fraction(30000, 1001))

    assert video(path).fps == Fraction(30000, 1001)


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")

    def fail() -> None:
        with VideoWriter(path, width_px=64, height_px=64) as writer:
            writer.write(np.zeros((64, 64, 3), np.uint8))
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_clip_without_frames_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="without frames"), VideoWriter(tmp_path / "a.mp4", width_px=64, height_px=64):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "height"), [(161, 90), (160, 91), (0, 90), (160, -2)])
def test_a_size_that_cannot_be_encoded_is_refused(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(BadInput, match="even"):
        VideoWriter(tmp_path / "a.mp4", width_px=width, height_px=height)


@pytest.mark.parametrize(
    "frame", [np.zeros((64, 32, 3), np.uint8), np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.int16)]
)
def test_a_frame_of_another_shape_is_refused(tmp_path: Path, frame: np.ndarray) -> None:
    with (
        pytest.raises(BadInput, match="frame of"),
        VideoWriter(tmp_path / "a.mp4", width_px=64, height_px=64) as writer,
    ):
        writer.write(frame)


def test_sound_is_heard_at_the_sample_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"

    encode_aac(click(3.3, 1.5), path)

    assert abs(int(np.abs(heard(path)[:, 0]).argmax()) - 1.5 * 48_000) < 20
    described = probe(path)
    assert described.duration_s == pytest.approx(3.3, abs=0.001)
    assert described.audio
    assert (described.audio.codec, described.audio.rate_hz, described.audio.channels) == ("aac", 48_000, 2)


def test_noise_takes_the_promised_rate(tmp_path: Path) -> None:
    noise = (np.random.default_rng(0).standard_normal((48_000 * 5, 2)) * 0.1).astype(np.float32)

    encode_aac(noise, tmp_path / "a.m4a")

    assert (tmp_path / "a.m4a").stat().st_size * 8 / 5 == pytest.approx(AAC_BPS, rel=0.1)


def test_a_wav_file_is_encoded_like_its_samples(tmp_path: Path) -> None:
    sound.write(tmp_path / "a.wav", click(2.5, 1.0))

    encode_aac(tmp_path / "a.wav", tmp_path / "file.m4a")
    encode_aac(sound.read(tmp_path / "a.wav"), tmp_path / "array.m4a")

    assert (tmp_path / "file.m4a").read_bytes() == (tmp_path / "array.m4a").read_bytes()


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((100, 1), np.float32),
        np.zeros((100,), np.float32),
        np.zeros((100, 2), np.float64),
        np.zeros((0, 2), np.float32),
        np.full((100, 2), np.nan, np.float32),
    ],
)
def test_samples_that_are_no_sound_are_refused_and_leave_nothing(tmp_path: Path, samples: np.ndarray) -> None:
    with pytest.raises(BadInput, match="sound"):
        encode_aac(samples, tmp_path / "a.m4a")

    assert list(tmp_path.iterdir()) == []


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    silent = clip(tmp_path / "a.mp4", 5)

    with pytest.raises(BadInput, match="no sound"):
        encode_aac(silent, tmp_path / "a.m4a")
