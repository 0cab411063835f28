"""A piece of sound at its place in the film, and many of them added up, block by block."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from director_dagster.media.sound import Samples


@dataclass(frozen=True, kw_only=True, eq=False)
class Excerpt:
    """`samples`, heard from sample `start` of the film on.

    Attributes:
        samples: Mono (heard in the centre) or stereo; a view of a longer sound costs nothing.
        start: Counted in samples; below 0, the head is not heard.
        fade_in: How many samples it rises, with equal power, so that two that cross keep their loudness.
        fade_out: How many it falls.
        gain: Factor.
    """

    samples: Samples
    start: int
    fade_in: int = 0
    fade_out: int = 0
    gain: float = 1.0

    @property
    def end(self) -> int:
        """The film's sample after its last."""
        return self.start + len(self.samples)


def render(excerpts: Iterable[Excerpt], first: int, count: int) -> Samples:
    """The sum of all `excerpts` over the film's samples `first` … `first + count`, in stereo."""
    block = np.zeros((count, 2), dtype=np.float32)
    for excerpt in excerpts:
        low, high = max(excerpt.start, first), min(excerpt.end, first + count)
        if low < high:
            inside = excerpt.samples[low - excerpt.start : high - excerpt.start]
            block[low - first : high - first] += inside * _level(excerpt, low - excerpt.start, high - excerpt.start)
    return block


def _level(excerpt: Excerpt, first: int, end: int) -> Samples | np.float32:
    """The gain at the excerpt's samples `first` … `end`: a column, or one number where nothing fades."""
    length = len(excerpt.samples)
    if first >= excerpt.fade_in and end <= length - excerpt.fade_out:
        return np.float32(excerpt.gain)
    index = np.arange(first, end) + 0.5
    rise = index / excerpt.fade_in if excerpt.fade_in else np.ones_like(index)
    fall = (length - index) / excerpt.fade_out if excerpt.fade_out else np.ones_like(index)
    slope = np.sin(np.clip(np.minimum(rise, fall), 0, 1) * np.pi / 2)
    return (excerpt.gain * slope).astype(np.float32)[:, None]
