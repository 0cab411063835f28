"""The animatic's instruments: a plucked string, a pad, a bass, and the hall they play in."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from director_dagster.media import filters, sound
from director_dagster.media.sound import RATE_HZ, Samples

_TABLE = 4096
# Nothing that is played is brighter than this: it lies under speech.
_BRIGHTEST_HZ = 6500.0
_HALL_S = 2.4


class Part(StrEnum):
    """Who plays a note."""

    MELODY = "melody"
    FIGURE = "figure"
    PAD = "pad"
    BASS = "bass"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note: times in seconds of the piece, its pitch as a MIDI number, how hard it is played, 0 … 1."""

    part: Part
    start_s: float
    length_s: float
    midi: int
    velocity: float

    @property
    def hz(self) -> float:
        """Its fundamental, equal temperament, A = 440."""
        return float(440.0 * 2.0 ** ((self.midi - 69) / 12))


_LEVEL = {Part.MELODY: 0.42, Part.FIGURE: 0.22, Part.PAD: 0.032, Part.BASS: 0.15}
_HALL = {Part.MELODY: 0.34, Part.FIGURE: 0.30, Part.PAD: 0.45, Part.BASS: 0.05}


def play(notes: Sequence[Note], seconds: float) -> Samples:
    """All `notes` played and put in their hall: `seconds` of stereo, ending in silence."""
    dry = np.zeros((sound.frames(seconds), 2), dtype=np.float32)
    wet = np.zeros_like(dry)
    played: dict[tuple[Part, int, float], Samples] = {}
    for note in notes:
        key = (note.part, note.midi, note.length_s)
        if key not in played:
            played[key] = _sounded(note)
        grain = played[key] * np.float32(note.velocity * _LEVEL[note.part])
        start = sound.frames(note.start_s)
        inside = grain[: len(dry) - start]
        dry[start : start + len(inside)] += inside
        wet[start : start + len(inside)] += inside * np.float32(_HALL[note.part])
    hall = filters.convolve(wet, filters.room(_HALL_S, bright_hz=2200, seed=11, before_s=0.025))
    whole = filters.equalise(dry + hall[: len(dry)], {25.0: -60.0, 45.0: 0.0, 300.0: 0.0, 2500.0: -2.0, 9000.0: -9.0})
    return filters.fade(whole, in_s=0.01, out_s=min(1.5, seconds / 4))


def _sounded(note: Note) -> Samples:
    """What the note's instrument plays, at full velocity."""
    if note.part is Part.PAD:
        return _pad(note.hz, note.length_s)
    if note.part is Part.BASS:
        return _bass(note.hz, note.length_s)
    return _string(note.hz, note.length_s, bright=1.0 if note.part is Part.MELODY else 1.5)


def _string(hz: float, length_s: float, *, bright: float) -> Samples:
    """A plucked string: partials that die the sooner the higher they are, on two strings beating; damped at the end."""
    time = np.arange(sound.frames(min(length_s + 0.5, 5.0)), dtype=np.float32) / RATE_HZ
    sides = np.zeros((len(time), 2), dtype=np.float32)
    life_s = 3.2 * (220.0 / hz) ** 0.35
    for number in range(1, max(2, min(12, int(_BRIGHTEST_HZ / hz)) + 1)):
        # Stiff: partials lie a little high; plucked at a fifth of its length: each fifth partial is missing.
        pitch = hz * number * np.sqrt(1 + 0.00012 * number**2)
        size = abs(np.sin(np.pi * number / 5)) / number ** (1.1 + 0.35 * bright)
        fall = np.exp(-6.9 * time * (0.6 + 0.4 * number) / life_s)
        for side, shift in ((0, 0.9996), (1, 1.0004)):
            sides[:, side] += np.float32(size) * fall * np.sin(np.float32(2 * np.pi * pitch * shift) * time)
    return filters.fade(sides, in_s=0.004, out_s=0.45)


def _pad(hz: float, length_s: float) -> Samples:
    """Slow strings: three voices a side, a little apart, that open as they swell."""
    count = sound.frames(length_s + 1.6)
    time = np.arange(count) / RATE_HZ
    dark, bright = _table(hz, 2.2), _table(hz, 1.35)
    opening = (0.25 - 0.25 * np.cos(2 * np.pi * time / (length_s + 1.6))).astype(np.float32)
    sides = np.zeros((count, 2), dtype=np.float32)
    for side, (voice, cents) in itertools.product((0, 1), enumerate((-5.0, 0.7, 6.0))):
        shift = 2.0 ** ((cents * (1 - 2 * side)) / 1200)
        vibrato = 0.00014 * hz * np.sin(4.4 * time + voice)
        place = ((hz * shift * time + 0.31 * voice + 0.17 * side + vibrato) % 1.0 * _TABLE).astype(np.int32)
        sides[:, side] += dark[place] * (1 - opening) + bright[place] * opening
    return filters.fade(sides, in_s=min(1.1, length_s * 0.5), out_s=1.6)


def _bass(hz: float, length_s: float) -> Samples:
    """A round bass: a sine with a little of its octave and twelfth, that swells out of the attack and sinks."""
    time = np.arange(sound.frames(length_s + 0.35)) / RATE_HZ
    turn = 2 * np.pi * hz * time
    wave = np.sin(turn) + 0.35 * np.sin(2 * turn) * np.exp(-1.5 * time) + 0.12 * np.sin(3 * turn) * np.exp(-3 * time)
    body = 0.45 + 0.55 * np.exp(-0.9 * time)
    both = np.repeat((wave * body).astype(np.float32)[:, None], 2, axis=1)
    return filters.fade(both, in_s=0.03, out_s=0.35)


def _table(hz: float, darkness: float) -> Samples:
    """One turn of a bowed wave whose partials fall as ``1 / n ** darkness``, none above the brightest."""
    turn = 2 * np.pi * np.arange(_TABLE) / _TABLE
    partials = range(1, max(2, min(16, int(_BRIGHTEST_HZ / hz)) + 1))
    waves = [np.sin(number * turn) / number**darkness for number in partials]
    wave: Samples = np.sum(waves, axis=0).astype(np.float32)
    return wave
