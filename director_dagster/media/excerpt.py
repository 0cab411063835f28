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
        length: How many samples are heard, None: all, once; where there are fewer, they go round.
        offset: Which of them is the first.
        fade_in: How many samples it rises, with equal power, so that two that cross keep their loudness.
        fade_out: How many it falls.
    """

    samples: Samples
    start: int
    length: int | None = None
    offset: int = 0
    fade_in: int = 0
    fade_out: int = 0

    @property
    def count(self) -> int:
        """How many samples are heard."""
        return len(self.samples) if self.length is None else self.length

    def part(self, first: int, end: int) -> Samples:
        """Its samples `first` … `end`, faded."""
        at = (self.offset + first) % max(len(self.samples), 1)
        if at + end - first <= len(self.samples):
            return self.samples[at : at + end - first] * self._level(first, end)
        turns = np.arange(at, at + end - first)
        return self.samples.take(turns, axis=0, mode="wrap") * self._level(first, end)

    def _level(self, first: int, end: int) -> Samples | np.float32:
        """The gain at the samples `first` … `end`: a column, or one number where nothing fades."""
        if first >= self.fade_in and end <= self.count - self.fade_out:
            return np.float32(1)
        index = np.arange(first, end) + 0.5
        rise = index / self.fade_in if self.fade_in else np.ones_like(index)
        fall = (self.count - index) / self.fade_out if self.fade_out else np.ones_like(index)
        slope: Samples = np.sin(np.clip(np.minimum(rise, fall), 0, 1) * np.pi / 2).astype(np.float32)
        return slope[:, None]


def render(excerpts: Iterable[Excerpt], first: int, count: int) -> Samples:
    """The sum of all `excerpts` over the film's samples `first` … `first + count`, in stereo."""
    block = np.zeros((count, 2), dtype=np.float32)
    for excerpt in excerpts:
        low, high = max(excerpt.start, first), min(excerpt.start + excerpt.count, first + count)
        if low < high:
            block[low - first : high - first] += excerpt.part(low - excerpt.start, high - excerpt.start)
    return block
