"""Mastering: the gain and the limiter that bring a film's sound to one loudness without clipping anywhere."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from director_dagster.media import loudness, sound
from director_dagster.media.loudness import Loudness
from director_dagster.media.sound import RATE_HZ, Samples

TARGET_LUFS = -16.0
# AAC at 128 kbit/s has been seen to raise peaks by half a decibel; −1 dBTP must hold behind it.
CEILING_DBTP = -1.9

_SILENT_LUFS = -70.0
_NEAR_LU = 0.1
_ROUNDS = 8
# Peaks between samples are seldom more than this above the samples; the meter tells, and the next round corrects.
_BETWEEN_DB = 0.4

# The limiter looks at the peak of each millisecond, and turns slowly enough not to be heard.
_GRID_HZ = 1000
_STEP = RATE_HZ // _GRID_HZ
_TURN = 60

Source = Callable[[], Iterable[Samples]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Master:
    """What mastering does to a sound.

    Attributes:
        loudness: Of the mastered sound.
        gain_db: Added to all of it.
        limit: A factor a millisecond, 1 where nothing is too loud.
    """

    loudness: Loudness
    gain_db: float
    limit: NDArray[np.float64]

    def apply(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """`blocks`, which begin where the mastered sound begins, mastered; a stem of it is treated as the whole is."""
        first = 0
        for block in blocks:
            yield block * (sound.gain(self.gain_db) * curve(self.limit, _GRID_HZ, first, len(block)))
            first += len(block)


def master(source: Source) -> Master:
    """The mastering that brings the sound of `source` (stereo; each call begins anew) to −16 LUFS and −1.9 dBTP.

    Silence stays as it is.
    """
    peaks = _Peaks()
    heard = loudness.measure_blocks(peaks.watch(source()))
    made = Master(loudness=heard, gain_db=0.0, limit=np.ones(len(peaks.grid())))
    if heard.integrated_lufs <= _SILENT_LUFS:
        return made
    ceiling_db = CEILING_DBTP - _BETWEEN_DB
    for _ in range(_ROUNDS):
        gain_db = made.gain_db + TARGET_LUFS - heard.integrated_lufs
        limit = _limit(peaks.grid() * sound.gain(gain_db), sound.gain(ceiling_db))
        tried = Master(loudness=heard, gain_db=gain_db, limit=limit)
        heard = loudness.measure_blocks(tried.apply(source()))
        made = Master(loudness=heard, gain_db=gain_db, limit=limit)
        over_db = heard.true_peak_dbtp - CEILING_DBTP
        if over_db <= 0 and abs(heard.integrated_lufs - TARGET_LUFS) < _NEAR_LU:
            break
        ceiling_db -= max(over_db, 0.0)
    return made


def curve(grid: NDArray[np.float64], grid_hz: int, first: int, count: int) -> Samples | np.float32:
    """The values of `grid` at `count` samples from `first` on, on straight lines.

    A column, or one number where nothing changes. `grid` must reach one value beyond the last sample.
    """
    low = first * grid_hz // RATE_HZ
    near = grid[low : (first + count) * grid_hz // RATE_HZ + 2]
    if not len(near) or np.ptp(near) == 0:
        return np.float32(near[0] if len(near) else 1.0)
    at = np.arange(first, first + count) * (grid_hz / RATE_HZ) - low
    values: Samples = np.interp(at, np.arange(len(near)), near).astype(np.float32)[:, None]
    return values


class _Peaks:
    """The highest magnitude of each millisecond of a sound that passes by."""

    def __init__(self) -> None:
        self._seen: list[NDArray[np.float64]] = []

    def watch(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """`blocks`, as they are. All but the last must be whole milliseconds."""
        for block in blocks:
            highest = np.max(np.abs(block), axis=1).astype(np.float64)
            self._seen.append(np.pad(highest, (0, -len(highest) % _STEP)).reshape(-1, _STEP).max(axis=1))
            yield block

    def grid(self) -> NDArray[np.float64]:
        """What was seen, and one more at the end."""
        return np.concatenate([*self._seen, np.zeros(1)])


def _limit(peaks: NDArray[np.float64], ceiling: float) -> NDArray[np.float64]:
    """The factor of each millisecond that keeps `peaks` under `ceiling`.

    It is the least one needed nearby, smoothed; the smoothing reaches less far than the search, so the peak itself is
    always met.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if needed.min(initial=1.0) == 1.0:
        return needed
    reach = _TURN // 2 + 1
    around = np.lib.stride_tricks.sliding_window_view(np.pad(needed, reach, mode="edge"), 2 * reach + 1)
    window = np.hanning(_TURN + 1)
    return np.convolve(np.pad(around.min(axis=1), _TURN // 2, mode="edge"), window / window.sum(), mode="valid")
