"""Equalising, reverberation and envelopes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.media import filters, sound
from director_dagster_tests.media.tones import level_db, noise, tone


def test_a_curve_changes_each_tone_by_its_gain_and_not_its_time() -> None:
    curve = {100.0: 0.0, 1000.0: -12.0}
    low, high = tone(100, 1), tone(1000, 1)

    made = filters.equalise(low + high, curve)

    inside = slice(8000, 40_000)
    expected = low + high * sound.gain(-12)
    assert np.max(np.abs(made[inside] - expected[inside])) < 2e-3


def test_a_band_lets_its_middle_through_and_nothing_far_outside() -> None:
    curve = filters.band(500, 1000)

    inside = filters.equalise(tone(700, 1), curve)
    outside = filters.equalise(tone(5000, 1), curve)

    assert level_db(inside, 0.2, 0.8) == pytest.approx(level_db(tone(700, 1), 0.2, 0.8), abs=0.1)
    assert level_db(outside, 0.2, 0.8) < -100


def test_a_room_dies_by_sixty_decibels_in_its_time() -> None:
    echo = filters.room(1.0, bright_hz=3000, seed=1)

    assert level_db(echo, 0.9, 1.0) - level_db(echo, 0.02, 0.12) == pytest.approx(-54, abs=6)
    assert np.square(echo).sum(axis=0).tolist() == pytest.approx([1, 1], rel=1e-3)


def test_convolution_keeps_the_tail() -> None:
    click = np.zeros((100, 1), np.float32)
    click[0] = 1
    impulse = noise(0.01)

    made = filters.convolve(click, impulse)

    assert len(made) == 100 + len(impulse) - 1
    assert np.max(np.abs(made[: len(impulse)] - impulse)) < 1e-6


def test_compression_brings_loud_and_soft_nearer_together() -> None:
    samples = np.concatenate([tone(200, 1, level=0.05), tone(200, 1, level=0.5)])

    made = filters.compress(samples, above_db=-30, ratio=2)

    before = level_db(samples, 1.2, 1.8) - level_db(samples, 0.2, 0.8)
    after = level_db(made, 1.2, 1.8) - level_db(made, 0.2, 0.8)
    assert after == pytest.approx(before / 2, abs=1)


@given(st.integers(1, 200_000))
def test_a_fast_length_is_never_shorter_and_seldom_much_longer(count: int) -> None:
    length = filters.fast_length(count)

    assert count <= length <= max(2, 1.25 * count)
