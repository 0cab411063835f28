"""The animatic's composer: music from a seed by rules, with an introduction, a body of phrases and an ending."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from director_dagster.animatic import harmony, melody, synth
from director_dagster.animatic.harmony import Chord, Scale
from director_dagster.animatic.melody import Tone
from director_dagster.animatic.synth import Note, Part
from director_dagster.errors import BadInput
from director_dagster.media import loudness, sound
from director_dagster.media.score import Score
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster.story import wire

MUSIC_LUFS = -23.0
_LONGEST_BODY = 12
_FEWEST_PITCHES = 4
_HOLD_BARS, _RING_S = 2, 2.5

# Of each phrase of the body: contrast or theme, what becomes of the motif, how full it is (1 … 3).
_FORM = (
    ("theme", "state", 1), ("theme", "answer", 2), ("contrast", "turn", 3), ("theme", "adorn", 2),
    ("contrast", "broaden", 1), ("theme", "lift", 3),
)  # fmt: skip
# Orders in which a chord of six notes, low to high, is broken, by how many eighths a bar has.
_FIGURES = {
    8: ((0, 1, 2, 3, 4, 3, 2, 1), (0, 2, 1, 3, 2, 4, 3, 1), (0, 2, 3, 4, 3, 2, 1, 2)),
    6: ((0, 1, 2, 3, 2, 1), (0, 2, 3, 4, 3, 2), (0, 2, 1, 3, 2, 4)),
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Music as notes, before it is played.

    Attributes:
        score: How it is built.
        notes: By start, then pitch.
        seconds: From the first note to the last sound.
        chords: Start in seconds and chord, one after another.
        scale: Key and mode.
    """

    score: Score
    notes: tuple[Note, ...]
    seconds: float
    chords: tuple[tuple[float, Chord], ...]
    scale: Scale


def compose(
    *, seed: int, genre: str | None, style: str | None, moods: tuple[str, ...], seconds: float, out: Path
) -> Score:
    """Compose music of about `seconds` and play it into the WAV file `out`, stereo; the same arguments, the same bytes.

    It is as long as its phrases make it; `mix.fit_score` brings it to a film's length. Raises BadInput for a length
    that is not positive.
    """
    if seconds <= 0:
        raise BadInput(f"music of {seconds} s: its length must be positive")
    piece = write(seed=seed, words=(genre or "", style or "", *moods), seconds=seconds)
    sound.write(out, perform(piece))
    return piece.score


def perform(piece: Piece) -> Samples:
    """The piece played, at −23 LUFS."""
    samples = synth.play(piece.notes, piece.seconds)
    lift = sound.gain(MUSIC_LUFS - loudness.measure(samples).integrated_lufs)
    return samples * min(lift, sound.gain(-3.0) / sound.peak(samples))


def write(*, seed: int, words: Sequence[str], seconds: float) -> Piece:
    """The notes of a piece of about `seconds` for what `words` (genre, style, moods) say."""
    rng = random.Random(wire.seed(["music", seed]))
    while True:
        piece = _tried(rng, words, seconds)
        # A short motif may keep to three notes, some once in ten thousand pieces: that is thrown away.
        if len({note.midi for note in piece.notes if note.part is Part.MELODY}) >= _FEWEST_PITCHES:
            return piece


def _tried(rng: random.Random, words: Sequence[str], seconds: float) -> Piece:
    brightness, energy = harmony.feeling(words)
    scale = harmony.choose_scale(brightness, rng)
    beats = 3 if energy <= 0 and rng.random() < 0.3 else 4
    beat = round(60 * RATE_HZ / (70 + 9 * energy + rng.uniform(-5, 5)))
    writer = _Writer(scale, beats, beat, rng)
    return writer.piece(seconds)


class _Writer:
    """One piece in the making. All times here are in eighths until a note is written."""

    def __init__(self, scale: Scale, beats: int, beat: int, rng: random.Random) -> None:
        self._scale = scale
        self._bar = 2 * beats
        self._eighth_s = beat / 2 / RATE_HZ
        self._bpm = round(60 * RATE_HZ / beat, 2)
        self._rng = rng
        self._motif = melody.invent(self._bar, rng)
        self._theme, self._contrast = harmony.progressions(scale.mode, rng)
        self._home = rng.choice((9, 11))
        self._figure = rng.choice(_FIGURES[self._bar])
        self._notes: list[Note] = []
        self._chords: list[tuple[float, Chord]] = []
        self._voicing: tuple[int, ...] = ()

    def piece(self, seconds: float) -> Piece:
        bar_s, phrase_s = self._bar * self._eighth_s, 4 * self._bar * self._eighth_s
        ending_s = (1 + _HOLD_BARS) * bar_s + _RING_S
        phrases = max(1, min(_LONGEST_BODY, round((seconds - phrase_s - ending_s) / phrase_s)))
        self._phrase(0, self._theme, "hint", 0)
        for index in range(phrases):
            part, treatment, fullness = _FORM[index % len(_FORM)]
            self._phrase(index + 1, self._theme if part == "theme" else self._contrast, treatment, fullness)
        self._ending(phrases + 1)
        score = Score(
            bpm=self._bpm, key=self._scale.key, mode=self._scale.mode, bar_s=bar_s, phrase_s=phrase_s,
            body_s=phrases * phrase_s, ending_start_s=(phrases + 1) * phrase_s,
        )  # fmt: skip
        notes = sorted(self._notes, key=lambda note: (note.start_s, note.midi, note.part))
        return Piece(
            score=score, notes=tuple(notes), seconds=score.ending_start_s + ending_s,
            chords=tuple(self._chords), scale=self._scale,
        )  # fmt: skip

    def _phrase(self, number: int, chords: Sequence[Chord], treatment: str, fullness: int) -> None:
        start = number * 4 * self._bar
        home = self._home + (4 if treatment == "lift" else 0)
        self._sing(
            start, chords, melody.phrase(self._motif, melody.TREATMENTS[treatment], chords, home), 0.7 + 0.07 * fullness
        )
        for index, chord in enumerate(chords):
            at = start + index * self._bar
            self._hold(at, self._bar, chord, 0.85 + 0.05 * fullness)
            self._found(at, chord, chords[(index + 1) % 4], fullness)
            self._ripple(at, self._bar, fullness)

    def _ending(self, number: int) -> None:
        """A bar of cadence with the motif once more, then the tonic, held, its chord broken above it."""
        start, half, held = number * 4 * self._bar, self._bar // 2, _HOLD_BARS * self._bar
        before, dominant, tonic = harmony.cadence(self._scale.mode)
        chords = ((start, half, before), (start + half, self._bar - half, dominant), (start + self._bar, held, tonic))
        for at, eighths, chord in chords:
            self._hold(at, eighths, chord, 0.85)
            self._add(Part.BASS, at, eighths, self._low(chord.degree, chord), 0.7)
        for index, midi in enumerate((*self._voicing, self._voicing[0] + 12)):
            self._add(Part.FIGURE, start + self._bar + 0.5 * (index + 1), held - 4, midi, 0.5)
        motif = melody.phrase(self._motif, "m", (before,), self._home)
        first = [replace(tone, eighths=min(tone.eighths, half - tone.start)) for tone in motif if tone.start < half]
        second = [replace(tone, step=dominant.nearest(tone.step)) for tone in motif if tone.start >= half]
        home = min((7, 14), key=lambda step: abs(step - motif[-1].step))
        self._sing(start, (before,), first, 0.65)
        self._sing(start, (dominant,), second, 0.65)
        self._sing(start + self._bar, (tonic,), [Tone(start=0, eighths=held, step=home)], 0.75)

    def _sing(self, start: float, chords: Sequence[Chord], tones: Sequence[Tone], velocity: float) -> None:
        for tone in tones:
            chord = chords[min(tone.start // self._bar, len(chords) - 1)]
            accent = 0.08 if tone.start % 4 == 0 else 0.0
            midi = self._scale.midi(tone.step, chord)
            self._add(Part.MELODY, start + tone.start, tone.eighths, midi, velocity + accent)

    def _hold(self, at: float, eighths: float, chord: Chord, velocity: float) -> None:
        self._chords.append((at * self._eighth_s, chord))
        self._voicing = harmony.voicing(chord, self._scale, self._voicing)
        for midi in self._voicing:
            self._add(Part.PAD, at, eighths, midi, velocity)

    def _found(self, at: float, chord: Chord, following: Chord, fullness: int) -> None:
        """The bass of a bar: nothing, the root, root and fifth, or these with a step towards the next root."""
        root = self._low(chord.degree, chord)
        if fullness == 1:
            self._add(Part.BASS, at, self._bar, root, 0.6)
        elif fullness > 1:
            walk = following.degree - 1 if fullness == 3 else chord.degree + 4
            self._add(Part.BASS, at, 4, root, 0.75)
            self._add(Part.BASS, at + 4, self._bar - 4, self._low(walk, chord), 0.6)

    def _ripple(self, at: float, eighths: int, fullness: int) -> None:
        """The chord broken into single notes: not at all, in quarters, in eighths."""
        if fullness < 2:
            return
        step = 2 if fullness == 2 else 1
        ladder = (*self._voicing, *(midi + 12 for midi in self._voicing))
        for index in range(0, eighths, step):
            midi = ladder[self._figure[index // step % len(self._figure)]]
            self._add(Part.FIGURE, at + index, step * 2, midi, 0.55 if index % 4 == 0 else 0.42)

    def _low(self, step: int, chord: Chord) -> int:
        """The bass note of a step: from A1 up to G#2."""
        return 33 + (self._scale.midi(step % 7, chord) - 33) % 12

    def _add(self, part: Part, at: float, eighths: float, midi: int, velocity: float) -> None:
        """Write a note down, a little early or late, harder or softer, as hands do."""
        late_s = 0.0 if part is Part.PAD else max(-0.012, min(0.012, self._rng.gauss(0, 0.005)))
        touch = 1 + max(-0.12, min(0.12, self._rng.gauss(0, 0.05)))
        self._notes.append(
            Note(
                part=part,
                start_s=max(0.0, at * self._eighth_s + late_s),
                length_s=eighths * self._eighth_s,
                midi=midi,
                velocity=min(1.0, velocity * touch),
            )
        )
