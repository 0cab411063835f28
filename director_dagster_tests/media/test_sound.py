"""Sound as values and files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import sound
from director_dagster_tests.media.tones import noise, tone


@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_written_is_read_back_to_within_half_a_step_and_then_exactly(channels: int, tmp_path: Path) -> None:
    samples, path = noise(0.5, channels=channels), tmp_path / "a.wav"

    sound.write(path, samples)
    once = sound.read(path)
    sound.write(path, once)

    assert once.shape == samples.shape
    assert np.max(np.abs(once - samples)) <= 0.5 / 32768 + 1e-9
    assert np.array_equal(sound.read(path), once)


def test_what_exceeds_full_scale_is_clipped_and_does_not_wrap_round(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"

    sound.write(path, np.array([[1.5], [-1.5]], dtype=np.float32))

    assert sound.read(path)[:, 0].tolist() == pytest.approx([1.0, -1.0], abs=1e-4)


def test_blocks_make_the_same_file_as_the_whole(tmp_path: Path) -> None:
    samples = noise(0.3)

    sound.write(tmp_path / "whole.wav", samples)
    sound.write_blocks(tmp_path / "blocks.wav", np.array_split(samples, 7), channels=2)

    assert (tmp_path / "whole.wav").read_bytes() == (tmp_path / "blocks.wav").read_bytes()


def test_a_file_that_is_no_sound_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "page.wav"
    path.write_text("INT. ROOM - DAY")

    with pytest.raises(MediaDamaged, match=r"page\.wav"):
        sound.read(path)


def test_more_than_two_channels_are_refused() -> None:
    with pytest.raises(BadInput, match="6 channels"):
        sound.stereo(noise(0.1, channels=6))


@pytest.mark.parametrize("rate_hz", [16_000, 13_920, 44_100])
def test_resampled_sound_keeps_its_length_its_pitch_and_its_level(rate_hz: int) -> None:
    time = np.arange(rate_hz) / rate_hz
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)[:, None]

    made = sound.resample(samples, rate_hz)

    assert abs(len(made) - sound.RATE_HZ) <= 1
    inside = slice(2000, 40_000)
    assert np.max(np.abs(made[inside] - tone(440, 1, level=0.5)[inside])) < 1e-3


@given(st.floats(-100, 20))
def test_decibels_and_gain_are_inverse(db: float) -> None:
    assert sound.decibels(sound.gain(db)) == pytest.approx(db, abs=1e-6)
