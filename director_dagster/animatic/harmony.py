"""What music is made of: modes, chords and how they follow one another, chosen from genre and mood."""

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MODES = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
KEYS = {"C": 0, "D": 2, "Eb": 3, "E": 4, "F": 5, "G": 7, "A": 9, "Bb": 10}

# Degrees of the scale, 0 the tonic, a chord a bar; the last bar leads back. Diminished triads are avoided.
_FIRST = {
    "ionian": ((0, 5, 3, 4), (0, 2, 3, 4), (0, 3, 1, 4)),
    "lydian": ((0, 1, 5, 4), (0, 4, 1, 4), (0, 1, 2, 4)),
    "mixolydian": ((0, 6, 3, 4), (0, 3, 6, 4), (0, 5, 3, 6)),
    "dorian": ((0, 3, 6, 4), (0, 2, 3, 6), (0, 6, 3, 4)),
    "aeolian": ((0, 5, 2, 6), (0, 3, 5, 4), (0, 2, 5, 4)),
    "phrygian": ((0, 5, 1, 6), (0, 3, 1, 6), (0, 1, 5, 6)),
}
_SECOND = {
    "ionian": ((5, 3, 0, 4), (3, 0, 1, 4)),
    "lydian": ((5, 1, 2, 4), (1, 0, 5, 4)),
    "mixolydian": ((6, 3, 0, 4), (3, 6, 0, 4)),
    "dorian": ((3, 0, 2, 4), (2, 3, 6, 4)),
    "aeolian": ((5, 6, 0, 4), (3, 0, 5, 4)),
    "phrygian": ((5, 1, 3, 6), (3, 0, 1, 6)),
}
_CADENCE = {"lydian": (1, 4), "phrygian": (3, 6)}

# How words of genre, style and mood colour the music: brightness and energy, −2 … 2.
_FEELINGS = {
    "horror": (-3, -1), "thriller": (-2, 1), "tense": (-2, 1), "suspense": (-2, 0), "dark": (-2, 0),
    "noir": (-1, -1), "crime": (-1, 0), "war": (-2, 1), "sad": (-1, -2), "grief": (-2, -2), "lonely": (-1, -1),
    "melanchol": (-1, -1), "drama": (-1, 0), "mystery": (-1, 0), "quiet": (0, -2), "calm": (1, -2), "tender": (1, -1),
    "dream": (2, -1), "wonder": (2, 0), "fantasy": (2, 0), "science": (1, 0), "sci-fi": (1, 0), "romance": (1, -1),
    "love": (1, -1), "warm": (1, -1), "hope": (1, 0), "family": (1, 0), "nostalg": (0, -1), "adventure": (0, 2),
    "action": (-1, 2), "western": (0, 1), "comedy": (2, 2), "funny": (2, 2), "playful": (2, 2), "happy": (2, 1),
    "joy": (2, 1), "triumph": (1, 1),
}  # fmt: skip
_MODES_BY_BRIGHTNESS = {
    -2: ("aeolian", "phrygian"),
    -1: ("aeolian", "dorian"),
    0: ("dorian", "aeolian", "mixolydian"),
    1: ("ionian", "mixolydian"),
    2: ("lydian", "ionian"),
}


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A key and its mode. Pitches are counted in steps of the scale from the tonic below middle C."""

    key: str
    mode: str

    def midi(self, step: int, chord: "Chord | None" = None) -> int:
        """The MIDI note of `step`; over a dominant the seventh step is the leading note."""
        octave, degree = divmod(step, 7)
        sharp = chord is not None and chord.leading and degree == 6 and MODES[self.mode][6] == 10
        tonic = 48 + KEYS[self.key]
        return tonic + 12 * octave + MODES[self.mode][degree] + int(sharp)


@dataclass(frozen=True, kw_only=True)
class Chord:
    """A triad on a degree of the scale; `leading`: a dominant with a major third, whatever the mode."""

    degree: int
    leading: bool = False

    @property
    def degrees(self) -> tuple[int, int, int]:
        """Root, third and fifth, as degrees of the scale."""
        return self.degree, (self.degree + 2) % 7, (self.degree + 4) % 7

    def nearest(self, step: int) -> int:
        """The chord tone nearest to `step`, the lower of two."""
        near = (step + shift for shift in (0, -1, 1, -2, 2))
        return next(tone for tone in near if tone % 7 in self.degrees)


def feeling(words: Iterable[str]) -> tuple[int, int]:
    """Brightness and energy, each −2 … 2, of what `words` say; (0, 0) for words that say nothing of it."""
    text = " ".join(words).lower()
    found = [mark for word, mark in _FEELINGS.items() if word in text]
    if not found:
        return 0, 0
    bright, energy = (round(sum(marks) / len(found)) for marks in zip(*found, strict=True))
    return max(-2, min(2, bright)), max(-2, min(2, energy))


def choose_scale(brightness: int, rng: random.Random) -> Scale:
    """A key and a mode that suit `brightness`."""
    return Scale(key=rng.choice(sorted(KEYS)), mode=rng.choice(_MODES_BY_BRIGHTNESS[brightness]))


def progressions(mode: str, rng: random.Random) -> tuple[tuple[Chord, ...], tuple[Chord, ...]]:
    """Two progressions of four bars: the theme's and that of its contrast."""
    return _chords(mode, rng.choice(_FIRST[mode])), _chords(mode, rng.choice(_SECOND[mode]))


def cadence(mode: str) -> tuple[Chord, ...]:
    """The three chords that end a piece; the last is the tonic."""
    return _chords(mode, (*_CADENCE.get(mode, (3, 4)), 0))


def voicing(chord: Chord, scale: Scale, before: Sequence[int] = ()) -> tuple[int, ...]:
    """The MIDI notes of `chord` in close harmony around middle C, moving as little as possible from `before`."""
    classes = [scale.midi(degree, chord) % 12 for degree in chord.degrees]
    octaves = [[note for note in range(53, 72) if note % 12 == pitch] for pitch in classes]
    goal = sorted(before) or [57, 61, 65]
    choices = (tuple(sorted(notes)) for notes in itertools.product(*octaves))
    return min(choices, key=lambda notes: (sum(abs(a - b) for a, b in zip(notes, goal, strict=True)), notes))


def _chords(mode: str, degrees: Sequence[int]) -> tuple[Chord, ...]:
    return tuple(Chord(degree=degree, leading=degree == 4 and mode != "phrygian") for degree in degrees)
