"""The pitch of a voice, by the YIN method (de Cheveigné & Kawahara 2002, doi:10.1121/1.1458024)."""

import numpy as np
from numpy.typing import NDArray

from director_dagster.media import sound
from director_dagster.media.sound import RATE_HZ, Samples

LOWEST_HZ, HIGHEST_HZ = 50, 600
# A third of the rate is plenty for a fundamental, and nine times quicker.
_STEP = 3
_HZ = RATE_HZ // _STEP
_WINDOW = _HZ // 25
_HOP = _HZ // 100
_LONGEST = _HZ // LOWEST_HZ
_SHORTEST = _HZ // HIGHEST_HZ
_CLEAR = 0.15


def median_hz(samples: Samples) -> float:
    """The median fundamental of the voiced parts of `samples`, in Hz; 0 where there are none."""
    voiced = track_hz(samples)
    return float(np.median(voiced)) if len(voiced) else 0.0


def track_hz(samples: Samples) -> NDArray[np.float64]:
    """The fundamental each 10 ms, in Hz, of those moments that have a clear one and are not quiet."""
    signal = sound.mono(samples)[:, 0].astype(np.float64)
    signal = signal[: len(signal) // _STEP * _STEP].reshape(-1, _STEP).mean(axis=1)
    width = _WINDOW + _LONGEST
    if len(signal) < width:
        return np.zeros(0)
    moments = np.lib.stride_tricks.sliding_window_view(signal, width)[::_HOP]
    power = np.sqrt(np.mean(np.square(moments), axis=1))
    loud = moments[power > 0.1 * max(power.max(), 1e-9)]
    periods = _periods(_differences(loud))
    return _HZ / periods[periods > 0]


def _differences(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """YIN's cumulative mean normalised difference, a row a moment, a column a lag from 0 on."""
    size = 1 << (moments.shape[1] * 2 - 1).bit_length()
    heads = np.fft.rfft(moments[:, :_WINDOW], size, axis=1)
    products = np.fft.irfft(np.fft.rfft(moments, size, axis=1) * heads.conj(), size, axis=1)[:, : _LONGEST + 1]
    total = np.cumsum(np.pad(np.square(moments), ((0, 0), (1, 0))), axis=1)
    energy = total[:, _WINDOW:] - total[:, :-_WINDOW]
    raw = energy[:, :1] + energy[:, : _LONGEST + 1] - 2 * products
    lags = np.arange(1, _LONGEST + 1)
    normal = raw[:, 1:] * lags / np.maximum(np.cumsum(raw[:, 1:], axis=1), 1e-12)
    return np.pad(normal, ((0, 0), (1, 0)), constant_values=1.0)


def _periods(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """The period of each moment in samples, between samples by a parabola; 0 where none is clear."""
    return np.array([_period(row) for row in differences])


def _period(row: NDArray[np.float64]) -> float:
    clear = np.flatnonzero(row[_SHORTEST:-1] < _CLEAR)
    if not len(clear):
        return 0.0
    lag = int(clear[0]) + _SHORTEST
    while lag + 2 < len(row) and row[lag + 1] < row[lag]:
        lag += 1
    before, here, after = row[lag - 1 : lag + 2]
    bend = before - 2 * here + after
    return lag + (0.5 * (before - after) / bend if bend > 0 else 0.0)
