"""The film's mix: dialogue in the centre and on top, ambience wide and low, music that makes room for speech."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from director_dagster.media import score, sound
from director_dagster.media.acoustics import place
from director_dagster.media.excerpt import Excerpt, render
from director_dagster.media.loudness import Loudness
from director_dagster.media.master import Master, curve, master
from director_dagster.media.score import Score
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster.story.shot import Channel, Setting

_BLOCK = 10 * RATE_HZ
_CROSS_S = 0.8

# The duck is down before the word, and comes back only when the speech is surely over.
_EARLY_S, _ATTACK_S, _RELEASE_S = 0.06, 0.35, 0.8
_GRID_HZ = 100


class Stem(StrEnum):
    """The parts of a mix."""

    DIALOGUE = "dialogue"
    AMBIENCE = "ambience"
    MUSIC = "music"


_DUCK_DB = {Stem.DIALOGUE: 0.0, Stem.AMBIENCE: 3.0, Stem.MUSIC: 14.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A line of dialogue that begins at `start_s`; `room` is where it is spoken, None for nowhere.

    `dry`: it is heard as it is, since the place where it is spoken is in it already.
    """

    samples: Samples
    start_s: float
    channel: Channel = Channel.ON
    room: Setting | None = None
    dry: bool = False

    @property
    def end_s(self) -> float:
        """When the last sound of it is spoken; its echo is heard a little longer."""
        return self.start_s + sound.seconds(self.samples)


@dataclass(frozen=True, kw_only=True, eq=False)
class Bed:
    """Ambience: `samples`, which go round without a seam, heard from `start_s` to `end_s`."""

    samples: Samples
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Music:
    """Music that enters at `start_s` and whose last sound has died away at `end_s`; `score` is how it is built, None
    where its maker does not say."""

    samples: Samples
    score: Score | None
    start_s: float
    end_s: float


class Mix:
    """A finished mix. It is rendered whenever it is asked for, the same each time, ten seconds at a time."""

    def __init__(self, count: int, stems: dict[Stem, list[Excerpt]], speech: NDArray[np.float64]) -> None:
        self._count = count
        self._stems = stems
        self._ducks = {stem: 10 ** (-down_db * speech / 20) for stem, down_db in _DUCK_DB.items()}
        self._master: Master = master(self._sum)

    @property
    def loudness(self) -> Loudness:
        """As it was measured, before it is encoded."""
        return self._master.loudness

    def blocks(self, stem: Stem | None = None) -> Iterator[Samples]:
        """The film's sound, stereo, or one stem of it; the stems add up to the whole."""
        return self._master.apply(self._sum() if stem is None else self._stem(stem))

    def samples(self, stem: Stem | None = None) -> Samples:
        """All blocks in one: 23 MB a minute."""
        return np.concatenate([sound.silence(0), *self.blocks(stem)])

    def write(self, path: Path) -> None:
        """Write the film's sound to the WAV file `path`."""
        sound.write_blocks(path, self.blocks(), channels=2)

    def _sum(self) -> Iterator[Samples]:
        for parts in zip(*(self._stem(stem) for stem in Stem), strict=True):
            yield np.sum(parts, axis=0, dtype=np.float32)

    def _stem(self, stem: Stem) -> Iterator[Samples]:
        """One stem, ducked, before mastering."""
        for first in range(0, self._count, _BLOCK):
            count = min(_BLOCK, self._count - first)
            yield render(self._stems[stem], first, count) * curve(self._ducks[stem], _GRID_HZ, first, count)


def mix(*, seconds: float, lines: Sequence[Line] = (), beds: Sequence[Bed] = (), music: Music | None = None) -> Mix:
    """A film of `seconds`, at −16 LUFS, with a true peak that stays under −1 dBTP when it is encoded.

    Under speech music is 14 dB lower, ambience 3 dB. Beds that follow one another cross in 0.8 s. What lies outside of
    the film is not heard; silence stays silence. The same arguments make the same samples.
    """
    stems = {
        Stem.DIALOGUE: [_placed(line) for line in lines],
        Stem.AMBIENCE: [_bed(bed) for bed in beds],
        Stem.MUSIC: _music(music) if music else [],
    }
    return Mix(sound.frames(seconds), stems, _speech(lines, seconds))


def fit_score(samples: Samples, composed: Score, seconds: float) -> Samples:
    """The music `samples` made to last `seconds`: see `score.arrange`."""
    return render(score.arrange(samples, composed, seconds), 0, sound.frames(seconds))


def _placed(line: Line) -> Excerpt:
    if line.dry:
        return Excerpt(samples=line.samples, start=sound.frames(line.start_s))
    return place(line.samples, line.start_s, line.channel, line.room)


def _bed(bed: Bed) -> Excerpt:
    """The bed round and round, in step with the film's time: a later stretch of the same one goes on with it."""
    cross = min(_CROSS_S, bed.end_s - bed.start_s)
    start = sound.frames(bed.start_s - cross / 2)
    length = sound.frames(bed.end_s + cross / 2) - start
    fade = sound.frames(cross)
    return Excerpt(samples=bed.samples, start=start, length=length, offset=start, fade_in=fade, fade_out=fade)


def _music(music: Music) -> list[Excerpt]:
    start, seconds = sound.frames(music.start_s), music.end_s - music.start_s
    known = music.score
    parts = score.trimmed(music.samples, seconds) if known is None else score.arrange(music.samples, known, seconds)
    return [replace(part, start=part.start + start) for part in parts]


def _speech(lines: Sequence[Line], seconds: float) -> NDArray[np.float64]:
    """How much everything else makes room for speech, 0 … 1, on a grid that reaches beyond the film's end."""
    grid = np.arange(round(seconds * _GRID_HZ) + 2) / _GRID_HZ
    room = np.zeros(len(grid))
    for start_s, end_s in _speeches(lines):
        near = slice(*np.searchsorted(grid, (start_s - _EARLY_S - _ATTACK_S, end_s + _RELEASE_S)))
        rise = (grid[near] - (start_s - _EARLY_S - _ATTACK_S)) / _ATTACK_S
        fall = 1 - (grid[near] - end_s) / _RELEASE_S
        room[near] = np.maximum(room[near], np.minimum(np.minimum(rise, fall), 1))
    return room


def _speeches(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """From when to when somebody speaks; a pause in which nothing could come up and go down again is none."""
    spans: list[tuple[float, float]] = []
    for start_s, end_s in sorted((line.start_s, line.end_s) for line in lines):
        if spans and start_s - spans[-1][1] < _EARLY_S + _ATTACK_S + _RELEASE_S:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end_s))
        else:
            spans.append((start_s, end_s))
    return spans
