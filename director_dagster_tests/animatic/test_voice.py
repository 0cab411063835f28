"""Voices, really spoken and measured."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from director_dagster.animatic import pico, voice
from director_dagster.animatic.casting import cast, hz
from director_dagster.errors import BadInput, NotInstalled
from director_dagster.media import loudness, pitch, sound
from director_dagster.story.shot import Manner, Voice
from director_dagster_tests.animatic.people import EIGHT
from director_dagster_tests.media.clips import in_a_fresh_process
from director_dagster_tests.media.tones import level_db, share_above

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="py-nanotts has no wheel for macOS")

MARA = Voice(language="en-GB", pitch=1.0, speed=1.0)
SAID = "The lamp has been burning since midnight, and nobody answered the letter."
SAID_IN = {
    "en": SAID,
    "de": "Die Lampe brennt seit Mitternacht, und niemand hat den Brief beantwortet.",
    "es": "La lámpara arde desde medianoche y nadie contestó la carta.",
    "fr": "La lampe brûle depuis minuit, et personne n'a répondu à la lettre.",
    "it": "La lampada brucia da mezzanotte e nessuno ha risposto alla lettera.",
}


@pytest.mark.parametrize(
    "language", ["en", "fr", *(pytest.param(code, marks=pytest.mark.slow) for code in ("de", "es", "it"))]
)
@pytest.mark.slow
def test_all_voices_of_a_cast_differ_in_engine_or_by_a_fifth_in_measured_pitch(language: str, tmp_path: Path) -> None:
    voices = cast(EIGHT, language)

    heard = {}
    for name, one in voices.items():
        voice.speak(SAID_IN[language], one, manner=Manner.PLAIN, out=tmp_path / "line.wav")
        heard[name] = pitch.median_hz(sound.read(tmp_path / "line.wav"))

    pairs = [
        sorted((heard[one], heard[other]))
        for one, other in itertools.combinations(voices, 2)
        if voices[one].language == voices[other].language
    ]
    assert pairs
    assert [(low, high) for low, high in pairs if high < 1.2 * low] == []
    assert all(heard[name] == pytest.approx(hz(one), rel=0.1) for name, one in voices.items())


@pytest.mark.parametrize("manner", Manner)
def test_speech_begins_at_once_and_ends_with_the_last_sound(manner: Manner, tmp_path: Path) -> None:
    spoken = voice.speak("Stop. Who is there?", MARA, manner=manner, out=tmp_path / "line.wav")

    samples = sound.read(tmp_path / "line.wav")
    assert samples.shape == (round(spoken.duration_s * sound.RATE_HZ), 1)
    assert level_db(samples, 0, 0.03) > level_db(samples, 0, 9) - 30
    assert level_db(samples, spoken.duration_s - 0.04, spoken.duration_s) > level_db(samples, 0, 9) - 40


def test_a_whisper_is_softer_and_without_pitch_and_a_shout_louder(tmp_path: Path) -> None:
    made = {}
    for manner in (Manner.PLAIN, Manner.WHISPER, Manner.SHOUT):
        voice.speak(SAID, MARA, manner=manner, out=tmp_path / "line.wav")
        made[manner] = sound.read(tmp_path / "line.wav")

    level = {manner: loudness.measure(samples).integrated_lufs for manner, samples in made.items()}
    voiced = {manner: len(pitch.track_hz(samples)) for manner, samples in made.items()}
    assert level[Manner.WHISPER] < level[Manner.PLAIN] - 3 < level[Manner.PLAIN] + 3 < level[Manner.SHOUT]
    assert voiced[Manner.WHISPER] < voiced[Manner.PLAIN] / 4


def test_pace_follows_the_manner(tmp_path: Path) -> None:
    lasts = [
        voice.speak(SAID, MARA, manner=m, out=tmp_path / "a.wav").duration_s
        for m in (Manner.FAST, Manner.PLAIN, Manner.SLOW)
    ]

    assert lasts[0] * 1.15 < lasts[1] < lasts[2] / 1.15


@pytest.mark.parametrize("one", cast(EIGHT, "en").values(), ids=cast(EIGHT, "en"))
def test_no_voice_clips_or_sounds_like_a_telephone(one: Voice, tmp_path: Path) -> None:
    voice.speak(
        "Yes! The sea is rough, isn't it? Sixty-six ships.", one, manner=Manner.SHOUT, out=tmp_path / "line.wav"
    )

    samples = sound.read(tmp_path / "line.wav")
    assert loudness.measure(samples).true_peak_dbtp < -1
    assert share_above(samples, 8000) > 1e-5
    assert share_above(samples, 300) < 0.98


def test_the_same_line_is_the_same_bytes_whatever_was_said_before(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from director_dagster.animatic import voice
from director_dagster.story.shot import Manner, Voice
for text in sys.argv[2:]:
    voice.speak(text, Voice(language="en-GB", pitch=1.0, speed=1.0), manner=Manner.WHISPER, out=Path(sys.argv[1]))
"""
    alone, after = tmp_path / "alone.wav", tmp_path / "after.wav"

    in_a_fresh_process(code, alone, Path(SAID), cores=1)
    in_a_fresh_process(code, after, Path("Something else."), Path(SAID))

    assert alone.read_bytes() == after.read_bytes()


@pytest.mark.parametrize(
    "text",
    ["In 1984, 3.5 kg at 9:30 p.m.", "Dr. Smith — hello… 😀", "ALL ABOARD!", "Привет, my friend", "a&b",
     '<speed level="1">a</speed>', "word " * 100, "y" * 40_000, "line\nbreak\x00nul"],
)  # fmt: skip
def test_odd_lines_are_said_as_far_as_they_can_be(text: str, tmp_path: Path) -> None:
    assert voice.speak(text, MARA, manner=Manner.PLAIN, out=tmp_path / "line.wav").duration_s > 0.2


@pytest.mark.parametrize("text", ["", "…", "😀", "Привет"])
def test_a_line_with_nothing_to_say_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        voice.speak(text, MARA, manner=Manner.PLAIN, out=tmp_path / "line.wav")

    assert list(tmp_path.iterdir()) == []


def test_an_engine_voice_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="xx-XX"):
        voice.speak("Hello", Voice(language="xx-XX", pitch=1, speed=1), manner=Manner.PLAIN, out=tmp_path / "line.wav")


def test_a_platform_without_the_engine_is_told_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_packages = tmp_path / "pico.py"
    without_packages.write_text(
        f"import sys\nsys.path = sys.path[:2]\n{Path(pico.__file__).read_text(encoding='utf-8')}"
    )
    monkeypatch.setattr(voice, "_ENGINE", without_packages)

    with pytest.raises(NotInstalled, match="py-nanotts"):
        voice.speak(SAID, MARA, manner=Manner.PLAIN, out=tmp_path / "line.wav")


def test_the_engine_program_imports_nothing_of_ours() -> None:
    code = f"import runpy, sys; runpy.run_path({pico.__file__!r}); print([m for m in sys.modules if 'director' in m])"

    said = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_mouths_open_with_the_voice_and_close_in_its_pauses(tmp_path: Path) -> None:
    spoken = voice.speak("One. Two.", MARA, manner=Manner.PLAIN, out=tmp_path / "line.wav")

    assert spoken.levels == voice.envelope(tmp_path / "line.wav")
    assert len(spoken.levels) == np.ceil(spoken.duration_s * 24)
    assert (min(spoken.levels) < 0.05, max(spoken.levels)) == (True, 1.0)
