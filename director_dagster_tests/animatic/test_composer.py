"""Music, as notes and as sound."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.animatic import composer, harmony, melody
from director_dagster.animatic.composer import Piece
from director_dagster.animatic.harmony import MODES, Chord, Scale
from director_dagster.animatic.synth import Note, Part
from director_dagster.errors import BadInput
from director_dagster.media import loudness, sound
from director_dagster.media.score import Score
from director_dagster_tests.media.clips import in_a_fresh_process
from director_dagster_tests.media.tones import level_db

WORDS = st.lists(st.sampled_from(("drama", "comedy", "noir", "tense", "romance", "hopeful", "anything")), max_size=3)
PIECES = st.builds(
    lambda seed, words, seconds: composer.write(seed=seed, words=words, seconds=seconds),
    st.integers(0, 2**32 - 1),
    WORDS,
    st.floats(20, 200),
)
music = settings(max_examples=20, deadline=None)


def of(piece: Piece, part: Part) -> list[Note]:
    """The notes that `part` plays."""
    return [note for note in piece.notes if note.part is part]


def chord_at(piece: Piece, at_s: float) -> Chord:
    """The chord that sounds at a time; a note played a little early belongs to the chord it is meant for."""
    return [chord for start_s, chord in piece.chords if start_s <= at_s + 0.02][-1]


def classes(piece: Piece, chord: Chord) -> set[int]:
    """The pitch classes of a chord."""
    return {piece.scale.midi(degree, chord) % 12 for degree in chord.degrees}


@given(PIECES)
@music
def test_it_is_built_of_whole_phrases(piece: Piece) -> None:
    score = piece.score

    assert score.phrase_s == pytest.approx(4 * score.bar_s)
    assert score.body_s == pytest.approx(score.phrases * score.phrase_s)
    assert score.ending_start_s == pytest.approx(score.phrase_s + score.body_s)
    assert score.phrase_s * sound.RATE_HZ == pytest.approx(round(score.phrase_s * sound.RATE_HZ), abs=1e-3)
    assert score.phrases >= 1
    assert 50 <= score.bpm <= 100


@given(PIECES)
@music
def test_melody_and_chords_agree(piece: Piece) -> None:
    sung = of(piece, Part.MELODY)
    agreeing = [note for note in sung if note.midi % 12 in classes(piece, chord_at(piece, note.start_s))]
    long = [note for note in sung if note.length_s > 0.24 * piece.score.bar_s]

    assert sum(note.length_s for note in agreeing) > 0.75 * sum(note.length_s for note in sung)
    assert all(note in agreeing for note in long)


@given(PIECES)
@music
def test_no_two_voices_grind_against_each_other_for_long(piece: Piece) -> None:
    sounding = [note for note in piece.notes if note.part in {Part.PAD, Part.MELODY} and note.length_s > 0.8]

    grinding = [
        (one, other)
        for one, other in itertools.combinations(sounding, 2)
        if abs(one.midi - other.midi) == 1
        and min(one.start_s + one.length_s, other.start_s + other.length_s) - max(one.start_s, other.start_s) > 0.8
    ]
    assert grinding == []


@given(PIECES)
@music
def test_it_is_no_drone_and_not_always_the_same(piece: Piece) -> None:
    bass, sung = of(piece, Part.BASS), of(piece, Part.MELODY)

    assert len({note.midi for note in bass}) >= 3
    assert len({note.midi for note in sung}) >= 4
    assert len({round(note.length_s, 3) for note in sung}) >= 3
    assert len({chord.degree for _, chord in piece.chords}) >= 3


@given(PIECES)
@music
def test_every_part_stays_where_it_can_be_played(piece: Piece) -> None:
    reach = {Part.MELODY: (57, 88), Part.FIGURE: (52, 90), Part.PAD: (52, 72), Part.BASS: (33, 45)}

    assert [note for note in piece.notes if not reach[note.part][0] <= note.midi <= reach[note.part][1]] == []
    assert all(0 < note.velocity <= 1 and note.length_s > 0 for note in piece.notes)
    assert all(0 <= note.start_s < piece.seconds for note in piece.notes)


@given(PIECES)
@music
def test_it_ends_on_the_tonic(piece: Piece) -> None:
    tonic = piece.scale.midi(0) % 12

    assert piece.chords[-1][1].degree == 0
    assert of(piece, Part.MELODY)[-1].midi % 12 == of(piece, Part.BASS)[-1].midi % 12 == tonic
    assert piece.chords[-1][0] > piece.score.ending_start_s


@given(PIECES)
@music
def test_the_motif_comes_back_changed(piece: Piece) -> None:
    phrase_s = piece.score.phrase_s
    phrases = [
        tuple(
            (note.midi, round(note.length_s, 3))
            for note in of(piece, Part.MELODY)
            if n <= note.start_s / phrase_s + 0.01 < n + 1
        )
        for n in range(1, piece.score.phrases + 1)
    ]

    assert len({*phrases[:6]}) == len(phrases[:6])
    if len(phrases) > 1:
        assert phrases[0][:2] == phrases[1][:2]


@pytest.mark.parametrize(
    ("words", "modes"), [(("comedy",), {"lydian", "ionian"}), (("tense", "thriller"), {"aeolian", "phrygian"})]
)
def test_mood_chooses_the_mode(words: tuple[str, ...], modes: set[str]) -> None:
    assert {composer.write(seed=seed, words=words, seconds=60).score.mode for seed in range(12)} == modes


def test_energy_chooses_the_tempo() -> None:
    slow, fast = (composer.write(seed=1, words=[word], seconds=60).score.bpm for word in ("grief", "action"))

    assert fast > slow + 20


def test_another_seed_is_another_piece() -> None:
    tunes = {
        tuple(note.midi for note in of(composer.write(seed=seed, words=(), seconds=60), Part.MELODY))
        for seed in range(20)
    }

    assert len(tunes) == 20


@pytest.mark.parametrize("mode", MODES)
def test_no_progression_uses_a_diminished_chord(mode: str) -> None:
    scale = Scale(key="C", mode=mode)
    tables = (harmony._FIRST, harmony._SECOND)
    degrees = {degree for table in tables for row in table[mode] for degree in row} | {
        c.degree for c in harmony.cadence(mode)
    }

    fifths = {degree: scale.midi(degree + 4) - scale.midi(degree) for degree in degrees}

    assert {*fifths.values()} == {7}


def test_chords_move_little_from_one_to_the_next() -> None:
    scale = Scale(key="D", mode="dorian")
    held = harmony.voicing(Chord(degree=0), scale)

    moved = harmony.voicing(Chord(degree=3), scale, held)

    assert sum(abs(a - b) for a, b in zip(held, moved, strict=True)) <= 6


@pytest.mark.parametrize("letter", "mtiobl-")
def test_every_treatment_fills_one_bar_and_no_more(letter: str) -> None:
    motif = melody.Motif(eighths=(3, 1, 4), steps=(0, 2, 1))

    notes = melody.treat(motif, letter) + (melody.treat(motif, letter, 1) if letter == "b" else ())

    assert all(0 <= at < 8 and at + length <= 8 for at, length, _ in notes)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Score, sound.Samples]:
    """A short piece."""
    out = tmp_path_factory.mktemp("music") / "music.wav"
    score = composer.compose(seed=4, genre="drama", style=None, moods=("hopeful",), seconds=40, out=out)
    return score, sound.read(out)


@pytest.mark.slow
def test_it_sounds_at_its_loudness_without_clipping_and_dies_away(played: tuple[Score, sound.Samples]) -> None:
    _, samples = played

    measured = loudness.measure(samples)

    assert measured.integrated_lufs == pytest.approx(composer.MUSIC_LUFS, abs=0.2)
    assert measured.true_peak_dbtp < -3
    assert level_db(samples, len(samples) / sound.RATE_HZ - 0.2, 999) < -55


def test_there_is_no_click(played: tuple[Score, sound.Samples]) -> None:
    _, samples = played

    steps = np.abs(np.diff(samples, 2, axis=0)).max(axis=1)

    assert steps.max() < 0.05 * sound.peak(samples)


def test_it_breathes(played: tuple[Score, sound.Samples]) -> None:
    score, samples = played

    seconds = [level_db(samples, at_s, at_s + 1) for at_s in range(1, int(score.ending_start_s))]

    assert np.percentile(seconds, 95) - np.percentile(seconds, 5) > 3


@pytest.mark.slow
def test_the_same_seed_is_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from director_dagster.animatic import composer
composer.compose(seed=3, genre=None, style=None, moods=(), seconds=1, out=Path(sys.argv[1]))
"""
    composer.compose(seed=3, genre=None, style=None, moods=(), seconds=1, out=tmp_path / "here.wav")
    in_a_fresh_process(code, tmp_path / "there.wav", cores=1)

    assert (tmp_path / "here.wav").read_bytes() == (tmp_path / "there.wav").read_bytes()


def test_music_of_no_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        composer.compose(seed=1, genre=None, style=None, moods=(), seconds=0, out=tmp_path / "music.wav")
