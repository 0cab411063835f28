"""How loud sound is, as broadcasters measure it (EBU R 128, ITU-R BS.1770-4), by FFmpeg's own meter."""

from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np
from av.filter import Graph

from director_dagster.media import sound
from director_dagster.media.sound import RATE_HZ, Samples

# The meter speaks every 100 ms, of whole blocks only: silence behind the end lets it hear the end (it is gated out).
_TAIL_S = 0.4


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """A measurement.

    Attributes:
        integrated_lufs: Programme loudness, gated; −70 for silence.
        true_peak_dbtp: The highest peak between samples (four times oversampled), in dB of full scale.
    """

    integrated_lufs: float
    true_peak_dbtp: float


def measure(samples: Samples) -> Loudness:
    """The loudness of `samples`, mono or stereo; one channel counts as it does when heard from both sides."""
    return measure_blocks(np.array_split(samples, max(1, len(samples) // RATE_HZ)))


def measure_blocks(blocks: Iterable[Samples]) -> Loudness:
    """Like `measure`, for sound that comes in pieces and need not be in memory at once."""
    meter = _Meter()
    for block in blocks:
        meter.hear(sound.stereo(block))
    return meter.result()


class _Meter:
    """FFmpeg's ``ebur128`` filter, fed block by block."""

    def __init__(self) -> None:
        self._graph = Graph()
        self._source = self._graph.add_abuffer(sample_rate=RATE_HZ, format="flt", layout="stereo")
        meter = self._graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
        self._sink = self._graph.add("abuffersink")
        self._source.link_to(meter)
        meter.link_to(self._sink)
        self._graph.configure()
        self._heard = 0
        self._last: dict[str, str] = {}

    def hear(self, block: Samples) -> None:
        if not len(block):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = self._heard
        self._heard += frame.samples
        self._source.push(frame)
        self._drain()

    def result(self) -> Loudness:
        self.hear(sound.silence(_TAIL_S))
        self._source.push(None)
        self._drain()
        peak = sound.decibels(float(self._last["lavfi.r128.true_peak"]))
        return Loudness(integrated_lufs=float(self._last["lavfi.r128.I"]), true_peak_dbtp=peak)

    def _drain(self) -> None:
        while True:
            try:
                frame = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._last = dict(frame.metadata) or self._last
