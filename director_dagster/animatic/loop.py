"""Raw material of ambience that goes round without a seam: noise, slow changes, tones, scattered grains."""

import numpy as np

from director_dagster.media import filters, sound
from director_dagster.media.filters import Curve
from director_dagster.media.sound import RATE_HZ, Samples


class Loop:
    """`count` samples, going round; all that is made here fits end to beginning.

    Everything comes from `rng` in the order it is asked for, so a loop belongs to one noise.
    """

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self.count = count
        self.rng = rng

    @property
    def seconds(self) -> float:
        """How long one round takes."""
        return self.count / RATE_HZ

    def noise(self, curve: Curve, channels: int = 2) -> Samples:
        """Noise of the colour `curve`, of RMS 1, different on each channel."""
        turns = self.rng.random((self.count // 2 + 1, channels), dtype=np.float32)
        factors = filters.response(self.count, curve).astype(np.float32)[:, None]
        spectrum = factors * np.exp(np.complex64(2j * np.pi) * turns)
        spectrum[0] = 0
        return level(np.fft.irfft(spectrum, self.count, axis=0).astype(np.float32))

    def colour(self, samples: Samples, curve: Curve) -> Samples:
        """`samples` with the gain of `curve`, round the seam."""
        spectrum = np.fft.rfft(samples, axis=0) * filters.response(self.count, curve)[:, None]
        return np.fft.irfft(spectrum, self.count, axis=0).astype(np.float32)

    def slow(self, per_s: float, low: float, high: float, channels: int = 1) -> Samples:
        """A smooth wandering between `low` and `high`, that turns about `per_s` times a second."""
        turns = max(2, round(per_s * self.seconds))
        spectrum = np.zeros((8 * turns + 1, channels), dtype=np.complex128)
        spectrum[1 : turns + 1] = np.exp(2j * np.pi * self.rng.random((turns, channels)))
        wave = np.fft.irfft(spectrum, axis=0)
        wave = low + (high - low) * (wave - wave.min(axis=0)) / np.ptp(wave, axis=0)
        at = np.arange(self.count) * (len(wave) / self.count)
        sides = [np.interp(at, np.arange(len(wave)), side, period=len(wave)) for side in wave.T]
        return np.stack(sides, axis=1).astype(np.float32)

    def tone(self, hz: float) -> Samples:
        """A sine of about `hz` that fits the round, mono, RMS 1."""
        whole = max(1, round(hz * self.seconds))
        phase = 2 * np.pi * (whole * np.arange(self.count) / self.count + self.rng.random())
        return np.sin(phase).astype(np.float32)[:, None] * np.float32(np.sqrt(2))

    def empty(self) -> Samples:
        """Stereo silence, to scatter grains on."""
        return np.zeros((self.count, 2), dtype=np.float32)

    def drop(self, onto: Samples, grain: Samples, at: int, pan: float = 0.0) -> None:
        """Add the mono `grain` to `onto` from sample `at` on, going round; `pan` −1 left … 1 right."""
        angle = (pan + 1) * np.pi / 4
        sides = np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        wide = grain[: self.count] * sides
        start = at % self.count
        head = min(len(wide), self.count - start)
        onto[start : start + head] += wide[:head]
        onto[: len(wide) - head] += wide[head:]

    def moments(self, every_s: float) -> list[int]:
        """Samples at irregular times, about one in `every_s`, at least one a round."""
        count = max(1, round(self.seconds / every_s))
        steps = (np.arange(count) + self.rng.uniform(0.1, 0.9, count)) * (self.count / count)
        return [int(step) for step in steps]

    def times(self, every_s: float) -> list[int]:
        """Samples at regular times, about `every_s` apart, so that the round keeps the beat."""
        count = max(1, round(self.seconds / every_s))
        return [round(index * self.count / count) for index in range(count)]


def level(samples: Samples) -> Samples:
    """`samples` at an RMS of 1: for what sounds all the time."""
    return samples * np.float32(1 / max(sound.rms(samples), 1e-9))


def struck(samples: Samples) -> Samples:
    """`samples` with their loudest tenth of a second at an RMS of 1: for what sounds now and then."""
    tenth = RATE_HZ // 10
    power = np.square(samples).mean(axis=1)[: len(samples) // tenth * tenth].reshape(-1, tenth).mean(axis=1)
    return samples * np.float32(1 / np.sqrt(power.max(initial=1e-18)))


def ring(seconds: float, hz: float, *, to_hz: float | None = None, attack_s: float = 0.002) -> Samples:
    """A struck tone, mono: dies by 60 dB in `seconds`, glides from `hz` to `to_hz`."""
    time = np.arange(sound.frames(seconds)) / RATE_HZ
    way = hz + ((to_hz or hz) - hz) * time / max(seconds, 1e-6)
    wave = np.sin(2 * np.pi * np.cumsum(way) / RATE_HZ) * 10 ** (-3 * time / seconds)
    return (wave * np.minimum(time / attack_s, 1)).astype(np.float32)[:, None]


def burst(rng: np.random.Generator, seconds: float, curve: Curve) -> Samples:
    """A struck noise, mono: dies by 60 dB in `seconds`."""
    time = np.arange(sound.frames(seconds)) / RATE_HZ
    noise = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds) * np.minimum(time / 0.001, 1)
    return filters.equalise(noise.astype(np.float32)[:, None], curve)


def swell(seconds: float, peak_at: float) -> Samples:
    """A smooth rise to 1 at the fraction `peak_at` and a fall, mono."""
    x = np.linspace(0, 1, sound.frames(seconds))
    rise, fall = np.clip(x / peak_at, 0, 1), np.clip((1 - x) / (1 - peak_at), 0, 1)
    return np.square(np.sin(np.minimum(rise, fall) * np.pi / 2)).astype(np.float32)[:, None]
