"""What is done to sound: equalising, reverberation, envelopes. All of it on whole arrays, none of it by chance."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from director_dagster.media import sound
from director_dagster.media.sound import RATE_HZ, Samples

Curve = Mapping[float, float]
_QUIET_DB = -120.0


def equalise(samples: Samples, curve: Curve) -> Samples:
    """`samples` with the gain of `curve` (Hz → dB, straight lines between its points over the logarithm of Hz).

    The filter has linear phase and no delay. What it rings beyond the ends is cut off.
    """
    # Half a second of air keeps the far end from ringing round into the near one.
    size = fast_length(len(samples) + RATE_HZ // 2)
    spectrum = np.fft.rfft(samples, size, axis=0)
    spectrum *= response(size, curve)[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[: len(samples)].astype(np.float32)


def response(size: int, curve: Curve) -> NDArray[np.float64]:
    """The factors that `curve` stands for at the frequencies of an rfft over `size` samples."""
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 1.0)
    points = sorted(curve.items())
    levels = np.interp(np.log(hz), [np.log(at) for at, _ in points], [db for _, db in points])
    factors: NDArray[np.float64] = np.where(levels <= _QUIET_DB, 0.0, 10.0 ** (levels / 20))
    return factors


def band(low_hz: float, high_hz: float, *, octaves: float = 0.5) -> dict[float, float]:
    """The curve that lets through `low_hz` to `high_hz` and fades to nothing within `octaves` twice on each side."""
    edge = 2.0**octaves
    return {
        low_hz / edge**2: _QUIET_DB, low_hz / edge: -24.0, low_hz: 0.0,
        high_hz: 0.0, high_hz * edge: -24.0, high_hz * edge**2: _QUIET_DB,
    }  # fmt: skip


def convolve(samples: Samples, impulse: Samples) -> Samples:
    """`samples` through `impulse`, tail included; one channel of either serves all of the other."""
    length = len(samples) + len(impulse) - 1
    size = fast_length(length)
    spectrum = np.fft.rfft(samples, size, axis=0) * np.fft.rfft(impulse, size, axis=0)
    return np.fft.irfft(spectrum, size, axis=0)[:length].astype(np.float32)


def room(seconds: float, *, bright_hz: float, seed: int, before_s: float = 0.012) -> Samples:
    """The stereo echo of a room whose sound dies by 60 dB in `seconds`; high tones, above `bright_hz`, die sooner.

    It holds no direct sound, comes `before_s` late, and has the energy 1 on each side.
    """
    count = sound.frames(seconds)
    noise = np.random.default_rng(seed).standard_normal((count, 2)).astype(np.float32)
    time = np.arange(count)[:, None] / RATE_HZ
    low = equalise(noise, {bright_hz: 0.0, bright_hz * 4: -30.0}) * 10 ** (-3 * time / seconds)
    high = equalise(noise, {bright_hz: -30.0, bright_hz * 4: -4.0}) * 10 ** (-3 * time / (0.45 * seconds))
    tail = equalise((low + high).astype(np.float32), {70.0: -24.0, 200.0: 0.0})
    tail /= np.sqrt(np.sum(np.square(tail), axis=0, keepdims=True))
    return np.concatenate([sound.silence(before_s), tail])


def loudness_curve(samples: Samples, *, window_s: float) -> NDArray[np.float32]:
    """The root mean square around each sample, over `window_s`; one value a sample, all channels together."""
    power = np.mean(np.square(samples, dtype=np.float64), axis=1)
    return np.sqrt(np.maximum(smooth(power, sound.frames(window_s)), 0.0)).astype(np.float32)


def smooth(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The mean of the `width` values around each one; beyond the ends the last value goes on."""
    if width < 2:
        return values
    before = width // 2
    padded = np.pad(values, (before, width - before), mode="edge")
    total = np.cumsum(padded)
    return (total[width:] - total[:-width]) / width


def compress(samples: Samples, *, above_db: float, ratio: float) -> Samples:
    """`samples` with what is louder than `above_db` (RMS over 30 ms) brought nearer to it, `ratio` to one."""
    level = np.maximum(loudness_curve(samples, window_s=0.03), 1e-6) / sound.gain(above_db)
    factor = np.where(level > 1, level ** (1 / ratio - 1), 1.0).astype(np.float64)
    return (samples * smooth(factor, sound.frames(0.02))[:, None]).astype(np.float32)


def fade(samples: Samples, *, in_s: float, out_s: float) -> Samples:
    """`samples` rising from and falling to silence as a cosine does."""
    shaped = samples.copy()
    rise, fall = (min(sound.frames(s), len(samples)) for s in (in_s, out_s))
    shaped[:rise] *= _slope(rise)
    shaped[len(shaped) - fall :] *= _slope(fall)[::-1]
    return shaped


def _slope(count: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))).astype(np.float32)[:, None]


def fast_length(count: int) -> int:
    """The smallest length ≥ `count` that an FFT takes in its stride: 1, 3, 5, 9 or 15 times a power of two."""
    return min(odd << (-(-count // odd) - 1).bit_length() for odd in (1, 3, 5, 9, 15))
