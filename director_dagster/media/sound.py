"""Sound as values and files: float32 arrays of shape (samples, channels), −1…1, at 48,000 Hz; WAV PCM 16 on disk."""

import itertools
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from director_dagster.errors import BadInput
from director_dagster.media.probe import opened

RATE_HZ = 48_000
_FULL_SCALE = 32768.0

Samples: TypeAlias = NDArray[np.float32]


def silence(seconds: float, channels: int = 2) -> Samples:
    """`seconds` of nothing."""
    return np.zeros((frames(seconds), channels), dtype=np.float32)


def frames(seconds: float) -> int:
    """How many samples (of each channel) `seconds` are, to the nearest."""
    return round(seconds * RATE_HZ)


def seconds(samples: Samples) -> float:
    """How long `samples` are."""
    return len(samples) / RATE_HZ


def gain(decibels: float) -> float:
    """The factor that `decibels` stand for."""
    return float(10.0 ** (decibels / 20.0))


def decibels(factor: float) -> float:
    """`factor` in decibels; −120 for 0 and what is near it."""
    return float(20.0 * np.log10(max(abs(factor), 1e-6)))


def rms(samples: Samples) -> float:
    """Root mean square over all samples and channels; 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def peak(samples: Samples) -> float:
    """The largest magnitude; 0 for none."""
    return float(np.max(np.abs(samples), initial=0.0))


def mono(samples: Samples) -> Samples:
    """One channel: the mean of all."""
    one: Samples = np.mean(samples, axis=1, keepdims=True, dtype=np.float32)
    return one


def stereo(samples: Samples) -> Samples:
    """Two channels: one is heard in the centre, two stay. Raises BadInput for more."""
    if samples.shape[1] > 2:
        raise BadInput(f"sound with {samples.shape[1]} channels: mix it down to two first")
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples


def write(path: Path, samples: Samples) -> None:
    """Write `samples` to the WAV file `path` (PCM 16, 48 kHz), replacing it. What exceeds full scale is clipped."""
    write_blocks(path, [samples], channels=samples.shape[1])


def write_blocks(path: Path, blocks: Iterable[Samples], *, channels: int) -> None:
    """Like `write`, for sound that comes in pieces and need not be in memory at once."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        for block in blocks:
            whole = np.clip(np.rint(block * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
            file.writeframes(whole.astype("<i2").tobytes())


def read(path: Path) -> Samples:
    """The sound of a media file, at 48 kHz, mono or stereo as it is (more channels become stereo).

    A file that `write` made comes back exactly. Raises BadInput for a file without sound, and as `probe.opened` does.
    """
    with opened(path) as container:
        if not container.streams.audio:
            raise BadInput(f"{path.name}: there is no sound in this file")
        return _decode(container)


def _decode(container: av.container.InputContainer) -> Samples:
    stream = container.streams.audio[0]
    channels = min(stream.codec_context.channels, 2)
    resampler = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=RATE_HZ)
    return _gather(resampler, itertools.chain(container.decode(stream), [None]), channels)


def resample(samples: Samples, rate_hz: int) -> Samples:
    """`samples`, which were taken at `rate_hz`, at 48 kHz; as long in time as before."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler(format="flt", layout=layout, rate=RATE_HZ)
    return _gather(resampler, [frame, None], samples.shape[1])


def _gather(resampler: av.AudioResampler, source: Iterable[av.AudioFrame | None], channels: int) -> Samples:
    """Everything that `resampler` makes of `source`, whose last frame is None: flush."""
    pieces = [made.to_ndarray().reshape(-1, channels) for frame in source for made in resampler.resample(frame)]
    return np.concatenate(pieces).astype(np.float32) if pieces else np.zeros((0, channels), dtype=np.float32)
