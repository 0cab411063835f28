"""A motif and what becomes of it: stated, answered, turned over, adorned, broadened."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from director_dagster.animatic.harmony import Chord

# Rhythms of one bar in eighths, by how many eighths a bar has. All are singable and none is even.
_RHYTHMS = {
    8: ((3, 1, 4), (2, 1, 1, 4), (3, 1, 2, 2), (3, 3, 2), (1, 1, 2, 4), (4, 1, 1, 2)),
    6: ((3, 1, 2), (2, 1, 3), (1, 1, 1, 3), (4, 2), (1, 2, 3)),
}
_LOWEST, _HIGHEST = 7, 17
# A letter a bar: m motif, t its tail, i upside down, o adorned, b broadened to half its speed, l a long note, - a rest.
TREATMENTS = {
    "hint": "-l-t",
    "state": "mlml",
    "answer": "mtml",
    "turn": "ilit",
    "adorn": "otol",
    "broaden": "bbtl",
    "lift": "mmtl",
}


@dataclass(frozen=True, kw_only=True)
class Motif:
    """A bar of melody: lengths in eighths, and each note's steps from the first."""

    eighths: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Tone:
    """A note of the melody: its start and length in eighths of the phrase, its step of the scale."""

    start: int
    eighths: int
    step: int


def invent(eighths_a_bar: int, rng: random.Random) -> Motif:
    """A motif of one bar: it moves by steps with at most one leap, and goes somewhere."""
    rhythm = rng.choice(_RHYTHMS[eighths_a_bar])
    leap, way = rng.randrange(1, len(rhythm)), rng.choice((-1, 1))
    steps = [0]
    for index in range(1, len(rhythm)):
        steps.append(steps[-1] + (way * rng.choice((2, 3, 4)) if index == leap else -way * rng.choice((1, 1, 2))))
    return Motif(eighths=rhythm, steps=tuple(steps))


def phrase(motif: Motif, letters: str, chords: Sequence[Chord], start: int) -> list[Tone]:
    """Melody over `chords`, a chord and one of `letters` a bar, beginning near the step `start`."""
    bar = sum(motif.eighths)
    tones: list[Tone] = []
    here = start
    for index, (letter, chord) in enumerate(zip(letters, chords, strict=True)):
        # Half speed takes two bars: the second goes on where the first stopped.
        half = index % 2 if letter == "b" else 0
        cell = treat(motif, letter, half)
        base = chord.nearest(_homeward(here, start))
        sung = _sing(cell, chord, base, index * bar)
        tones += sung
        here = sung[-1].step if sung else here
    return tones


def treat(motif: Motif, letter: str, half: int = 0) -> tuple[tuple[int, int, int], ...]:
    """What a bar's `letter` makes of the motif: start and length in eighths, and steps from the bar's first note."""
    bar = sum(motif.eighths)
    starts = [sum(motif.eighths[:index]) for index in range(len(motif.eighths))]
    notes = list(zip(starts, motif.eighths, motif.steps, strict=True))
    if letter == "-":
        return ()
    if letter == "l":
        return ((0, bar, 0),)
    if letter == "i":
        return tuple((at, length, -step) for at, length, step in notes)
    if letter == "t":
        return tuple(notes[-2:])
    if letter == "b":
        slow = [(2 * at, 2 * length, step) for at, length, step in notes]
        inside = [(at - half * bar, length, step) for at, length, step in slow if half * bar <= at < (half + 1) * bar]
        return tuple((at, min(length, bar - at), step) for at, length, step in inside)
    return tuple(_adorned(notes)) if letter == "o" else tuple(notes)


def _adorned(notes: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Long notes give their last eighth to their upper neighbour; the last note only where no other is long."""
    long = [note for note in notes[:-1] if note[1] >= 2] or [notes[-1]]
    made: list[tuple[int, int, int]] = []
    for at, length, step in notes:
        if (at, length, step) in long:
            made += [(at, length - 1, step), (at + length - 1, 1, step + 1)]
        else:
            made.append((at, length, step))
    return made


def _sing(cell: Sequence[tuple[int, int, int]], chord: Chord, base: int, offset: int) -> list[Tone]:
    """The cell from `base` on; notes on the beats 1 and 3, and all but the shortest, are chord tones."""
    sung = []
    for at, length, step in cell:
        wanted = _inside(base + step)
        strong = at % 4 == 0 or length >= 2
        sung.append(Tone(start=offset + at, eighths=length, step=chord.nearest(wanted) if strong else wanted))
    return sung


def _inside(step: int) -> int:
    """`step`, folded back where a voice would not go."""
    if step > _HIGHEST:
        return _HIGHEST - (step - _HIGHEST) % 7
    return _LOWEST + (_LOWEST - step) % 7 if step < _LOWEST else step


def _homeward(here: int, home: int) -> int:
    """Where the next bar begins: where the last one ended, drawn back when it has strayed."""
    return here if abs(here - home) <= 3 else (here + home) // 2
