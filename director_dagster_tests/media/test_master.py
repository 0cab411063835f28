"""Mastering."""

from collections.abc import Iterator

import numpy as np
import pytest

from director_dagster.media import loudness, sound
from director_dagster.media.master import CEILING_DBTP, TARGET_LUFS, curve, master
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster_tests.media.tones import noise, tone


def blocks(samples: Samples) -> Iterator[Samples]:
    """The samples a second at a time."""
    return (samples[first : first + RATE_HZ] for first in range(0, len(samples), RATE_HZ))


def drums(seconds: float) -> Samples:
    """Quiet noise with a hard stroke twice a second: 30 dB from peak to mean."""
    samples = noise(seconds, level=0.01)
    for at in range(0, len(samples), RATE_HZ // 2):
        samples[at : at + 300] += 0.9 * tone(180, 300 / RATE_HZ, level=1.0)
    return samples


@pytest.mark.parametrize(
    "samples", [noise(8, level=0.001), noise(8, level=0.4), drums(8.3)], ids=["soft", "loud", "peaky"]
)
def test_any_sound_comes_out_at_the_target_under_the_ceiling(samples: Samples) -> None:
    made = master(lambda: blocks(samples))

    measured = loudness.measure_blocks(made.apply(blocks(samples)))
    assert measured == made.loudness
    assert measured.integrated_lufs == pytest.approx(TARGET_LUFS, abs=0.5)
    assert measured.true_peak_dbtp <= CEILING_DBTP


def test_the_limiter_leaves_alone_what_is_not_too_loud() -> None:
    assert set(master(lambda: blocks(noise(4, level=0.05))).limit.tolist()) == {1.0}


def test_stems_treated_alike_add_up_to_the_whole() -> None:
    one, other = drums(4), noise(4, seed=3)
    made = master(lambda: blocks(one + other))

    parts = [np.concatenate(list(made.apply(blocks(stem)))) for stem in (one, other)]

    whole = np.concatenate(list(made.apply(blocks(one + other))))
    assert np.max(np.abs(parts[0] + parts[1] - whole)) < 1e-6


@pytest.mark.parametrize("seconds", [0.0, 0.4, 3.0])
def test_silence_stays_silence(seconds: float) -> None:
    made = master(lambda: blocks(sound.silence(seconds)))

    assert made.gain_db == 0
    assert all(sound.peak(block) == 0 for block in made.apply(blocks(sound.silence(seconds))))


def test_a_curve_is_the_same_however_it_is_cut() -> None:
    grid = np.random.default_rng(0).random(102)

    whole = np.broadcast_to(curve(grid, 100, 0, RATE_HZ), (RATE_HZ, 1))

    halves = [curve(grid, 100, 0, 12_345), curve(grid, 100, 12_345, RATE_HZ - 12_345)]
    assert np.max(np.abs(np.concatenate(halves) - whole)) < 1e-6
