"""The animatic's voices: a line of dialogue as a WAV file, spoken by SVOX Pico and warmed up by us."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from director_dagster.animatic.casting import LANGUAGES, NARRATOR, cast
from director_dagster.animatic.wording import sayable
from director_dagster.errors import BadInput, NotInstalled
from director_dagster.media import filters, pitch, sound
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster.story.shot import Manner, Voice

__all__ = ["LANGUAGES", "NARRATOR", "Spoken", "cast", "envelope", "speak"]

_ENGINE = Path(__file__).with_name("pico.py")
_ENGINE_HZ = 16_000
_NOT_INSTALLED = 3
# The engine needs 5 ms for a second of speech; a minute is far more than any line takes.
_PATIENCE_S = 60.0
# At volume 1 the engine clips.
_VOLUME = 0.5

_TEMPO = {Manner.SLOW: 0.82, Manner.FAST: 1.22, Manner.WHISPER: 0.92, Manner.SHOUT: 1.04}
_PITCH = {Manner.SHOUT: 1.06}
_LEVEL_DB = {Manner.WHISPER: -27.0, Manner.SHOUT: -17.0}
_PLAIN_DB = -21.0
_CEILING_DB = -1.5

_WARMTH = {50.0: -60.0, 80.0: 0.0, 200.0: 2.0, 500.0: 0.0, 1100.0: -1.5, 2600.0: 1.5, 6000.0: 0.0}
_SHOUTED = _WARMTH | {200.0: -1.0, 2000.0: 4.0, 3200.0: 4.0}


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A line as it was spoken.

    Attributes:
        duration_s: From the first sound to the last.
        pitch_hz: Median fundamental of the voice (before it was made to whisper); 0 where none is found.
        levels: Loudness at 24 a second, 0 … 1, for mouths.
    """

    duration_s: float
    pitch_hz: float
    levels: tuple[float, ...]


def speak(text: str, voice: Voice, *, manner: Manner, out: Path) -> Spoken:
    """Speak `text` into the WAV file `out` (48 kHz, mono), which begins and ends with the speech.

    The same arguments make the same bytes. Raises BadInput where nothing can be said, NotInstalled where this platform
    has no engine.
    """
    said = sayable(text, voice.language)
    dry = trim(_voiced(said, voice, manner))
    pitch_hz = pitch.median_hz(dry)
    samples = _finish(_breathe(dry) if manner is Manner.WHISPER else dry, manner)
    sound.write(out, samples)
    return Spoken(duration_s=sound.seconds(samples), pitch_hz=round(pitch_hz, 1), levels=levels(samples))


def envelope(wav_path: Path, fps: int = 24) -> tuple[float, ...]:
    """Loudness of the file, 0 … 1, `fps` times a second: how far a mouth is open in each frame."""
    return levels(sound.read(wav_path), fps)


def levels(samples: Samples, fps: int = 24) -> tuple[float, ...]:
    """Loudness of `samples` against their loud moments, 0 … 1, `fps` times a second."""
    signal = np.square(sound.mono(samples)[:, 0], dtype=np.float64)
    edges = np.rint(np.arange(0, len(signal), RATE_HZ / fps)).astype(int)
    power = np.array([np.mean(signal[a:b]) for a, b in zip(edges, [*edges[1:], len(signal)], strict=True)])
    loud = max(float(np.percentile(power, 90)), 1e-8) if len(power) else 1.0
    return tuple(round(float(level), 3) for level in np.minimum(np.sqrt(power / loud), 1.0))


def trim(samples: Samples) -> Samples:
    """`samples` without what is 36 dB under their loudest 5 ms at either end; 10 ms of it stay, faded.

    The engine ends on a breath of −45 dB, half a second after the last word.
    """
    hop = RATE_HZ // 200
    power = np.sqrt(np.mean(np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)), axis=1))
    heard = np.flatnonzero(power > max(float(power.max(initial=0.0)), 1e-6) * sound.gain(-36.0))
    if not len(heard):
        return samples[:0]
    kept = samples[max(heard[0] - 2, 0) * hop : (heard[-1] + 3) * hop]
    return filters.fade(kept, in_s=0.006, out_s=0.01)


def _voiced(said: str, voice: Voice, manner: Manner) -> Samples:
    """What the engine says, at 48 kHz.

    A low voice comes from a larger throat: besides the pitch, all resonances go with the root of the root of the
    factor, which the engine cannot do; so its sound is played slower or faster, and it is told to make up for it.
    """
    size = voice.pitch**0.25
    pcm = _run_engine(
        text=said,
        voice=voice.language,
        pitch=_hundredths(voice.pitch * _PITCH.get(manner, 1.0) / size),
        speed=_hundredths(voice.speed * _TEMPO.get(manner, 1.0) / size),
    )
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)[:, None] / np.float32(32768)
    if sound.peak(samples) < 0.01:
        raise BadInput(f"{said[:40]!r}: the voice {voice.language} has no sound for this")
    return sound.resample(samples, round(_ENGINE_HZ * size))


def _run_engine(**asked: str | float) -> bytes:
    # Safe path: the modules beside the program must not hide the standard library's.
    command = [sys.executable, "-P", str(_ENGINE)]
    asked["volume"] = _VOLUME
    try:
        done = subprocess.run(
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise BadInput(f"the voice {asked['voice']} did not finish this line: {str(asked['text'])[:40]!r}") from exc
    if done.returncode == _NOT_INSTALLED:
        raise NotInstalled("voices need py-nanotts, which has no wheel for this platform; the film stays silent")
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BadInput(f"the voice {asked['voice']} cannot say {str(asked['text'])[:40]!r}: {reason}")
    return done.stdout


def _hundredths(factor: float) -> float:
    """`factor` in the engine's steps of 1 %: it rounds up, so that 0.55 would become 0.56."""
    return round(factor * 100) / 100 - 1e-6


def _finish(samples: Samples, manner: Manner) -> Samples:
    """Warm, even, with air above the engine's 8 kHz, at its manner's level, and never clipping."""
    toned = filters.equalise(_air(samples), _SHOUTED if manner is Manner.SHOUT else _WARMTH)
    level_db = _LEVEL_DB.get(manner, _PLAIN_DB)
    evened = filters.compress(_at_level(toned, level_db), above_db=level_db, ratio=2.0)
    return _soft(_at_level(evened, level_db))


def _at_level(samples: Samples, level_db: float) -> Samples:
    """`samples` with their speech, without its pauses, at `level_db` RMS."""
    curve = filters.loudness_curve(samples, window_s=0.05)
    active = curve[curve > 0.1 * curve.max(initial=0.0)]
    level = float(np.sqrt(np.mean(np.square(active, dtype=np.float64)))) if len(active) else 1.0
    return (samples * (sound.gain(level_db) / max(level, 1e-6))).astype(np.float32)


def _soft(samples: Samples) -> Samples:
    """`samples` bent, not cut, where they would exceed the ceiling."""
    ceiling = sound.gain(_CEILING_DB)
    knee = 0.6 * ceiling
    over = np.maximum(np.abs(samples) - knee, 0.0)
    bent = knee + (ceiling - knee) * np.tanh(over / (ceiling - knee))
    return np.where(over > 0, np.sign(samples) * bent, samples).astype(np.float32)


def _air(samples: Samples) -> Samples:
    """`samples` with a little noise above 7 kHz wherever there are sibilants: what the engine's 16 kHz cut away."""
    hiss = filters.equalise(samples, filters.band(3500, 7500))
    noise = np.random.default_rng(0).standard_normal(samples.shape).astype(np.float32)
    high = filters.equalise(noise, filters.band(7500, 13_000))
    follow = filters.loudness_curve(hiss, window_s=0.008)[:, None]
    return samples + 0.35 * follow * high


def _breathe(samples: Samples) -> Samples:
    """`samples` whispered: their spectral envelope on noise, with a trace of the voice left.

    The envelope of each 32 ms is its spectrum smoothed over 350 Hz, which takes the pitch out and leaves the vowels.
    """
    size, hop = 1536, 384
    window = np.hanning(size)
    padded = np.pad(samples[:, 0].astype(np.float64), size)
    moments = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    noise = np.random.default_rng(1).standard_normal(len(padded))
    grains = np.lib.stride_tricks.sliding_window_view(noise, size)[::hop] * window
    power = np.square(np.abs(np.fft.rfft(moments, axis=1)))
    shape = np.sqrt(np.apply_along_axis(filters.smooth, 1, power, 11))
    breath = np.fft.irfft(np.fft.rfft(grains, axis=1) / np.sqrt(size) * shape, size, axis=1) * window
    whole = np.zeros(len(padded))
    for index, grain in enumerate(breath):
        whole[index * hop : index * hop + size] += grain
    whisper = whole[size:-size][:, None].astype(np.float32)
    whisper *= sound.rms(samples) / max(sound.rms(whisper), 1e-6)
    return filters.equalise(whisper, {60.0: -60.0, 250.0: -8.0, 1000.0: 0.0}) + 0.12 * samples
