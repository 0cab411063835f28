"""Loudness as broadcasters measure it."""

import numpy as np
import pytest

from director_dagster.media import filters, loudness, sound
from director_dagster_tests.media.tones import noise, tone


def test_a_stereo_tone_of_997_hz_measures_as_ebu_tech_3341_says() -> None:
    measured = loudness.measure(tone(997, 20, level=sound.gain(-23), channels=2))

    assert measured.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert measured.true_peak_dbtp == pytest.approx(-23, abs=0.1)


def test_pauses_are_gated_out() -> None:
    speech = tone(500, 4, channels=2)

    measured = loudness.measure(np.concatenate([speech, sound.silence(20), speech]))

    assert measured.integrated_lufs == pytest.approx(loudness.measure(speech).integrated_lufs, abs=0.3)


def test_a_peak_between_samples_is_found() -> None:
    between = 0.9 * np.sin(np.pi / 4 + np.pi / 2 * np.arange(48_000)).astype(np.float32)[:, None]
    samples = filters.fade(between, in_s=0.1, out_s=0.1)

    assert sound.peak(samples) == pytest.approx(0.9 * 0.7071, abs=1e-3)
    assert loudness.measure(samples).true_peak_dbtp == pytest.approx(sound.decibels(0.9), abs=0.3)


def test_blocks_measure_as_the_whole_does_and_mono_as_both_sides() -> None:
    samples = noise(3.21)

    whole = loudness.measure(samples)

    assert loudness.measure_blocks([samples[:7], samples[7:50_001], samples[50_001:]]) == whole
    assert loudness.measure(samples[:, :1]) == loudness.measure(sound.stereo(samples[:, :1]))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 5.0])
def test_silence_of_any_length_is_minus_seventy(seconds: float) -> None:
    assert loudness.measure(sound.silence(seconds)).integrated_lufs == -70


def test_a_sound_shorter_than_the_meters_block_is_measured() -> None:
    assert loudness.measure(noise(0.05, level=0.2)).integrated_lufs > -40
