"""Small real sounds for the tests: tones, noise, voices made of partials, and what can be measured on them."""

import numpy as np

from director_dagster.media import sound
from director_dagster.media.sound import RATE_HZ, Samples


def tone(hz: float, seconds: float, *, level: float = 0.1, channels: int = 1) -> Samples:
    """A sine of peak `level`."""
    wave = level * np.sin(2 * np.pi * hz * np.arange(sound.frames(seconds)) / RATE_HZ)
    return np.repeat(wave.astype(np.float32)[:, None], channels, axis=1)


def noise(seconds: float, *, level: float = 0.02, channels: int = 2, seed: int = 0) -> Samples:
    """White noise of RMS `level`."""
    wave = np.random.default_rng(seed).standard_normal((sound.frames(seconds), channels))
    return (level * wave).astype(np.float32)


def buzz(hz: float, seconds: float, *, level: float = 0.1) -> Samples:
    """Twelve partials on `hz`, as a voice has them, mono."""
    whole = np.sum([tone(hz * partial, seconds, level=1 / partial) for partial in range(1, 13)], axis=0)
    made: Samples = (whole * level / np.max(np.abs(whole))).astype(np.float32)
    return made


def level_db(samples: Samples, start_s: float, end_s: float) -> float:
    """RMS of a stretch in dB of full scale."""
    return sound.decibels(sound.rms(samples[sound.frames(start_s) : sound.frames(end_s)]))


def share_above(samples: Samples, hz: float) -> float:
    """How much of the energy lies above `hz`, 0 … 1."""
    power = np.square(np.abs(np.fft.rfft(samples[:, 0])))
    return float(power[np.fft.rfftfreq(len(samples), 1 / RATE_HZ) > hz].sum() / power.sum())
