"""The film's mix."""

from pathlib import Path

import numpy as np
import pytest

from director_dagster.media import encode, loudness, mix, sound
from director_dagster.media.mix import Bed, Line, Mix, Music, Stem
from director_dagster.media.score import Score
from director_dagster.story.shot import Channel, Setting, TimeOfDay, Weather
from director_dagster_tests.media.tones import buzz, level_db, noise, tone

CABIN = Setting(place="CABIN", interior=True, pieces=("cabin",), time=TimeOfDay.NIGHT, weather=Weather.RAIN)
SCORE = Score(bpm=96, key="A", mode="aeolian", bar_s=1.0, phrase_s=4.0, body_s=8.0, ending_start_s=12.0)
FILM_S = 40.0
LINES = tuple(
    Line(samples=buzz(hz, 2.0), start_s=start_s, channel=channel, room=CABIN)
    for hz, start_s, channel in ((110, 6, Channel.ON), (190, 8.4, Channel.OFF_SCREEN), (150, 20, Channel.VOICE_OVER))
)


@pytest.fixture(scope="module")
def made() -> Mix:
    """Three lines, two places, and music from the second second to the end."""
    music = tone(220, 14, level=0.1, channels=2) + tone(277, 14, level=0.05, channels=2)
    return mix.mix(
        seconds=FILM_S,
        lines=LINES,
        beds=[
            Bed(samples=noise(6, level=0.006), start_s=0, end_s=15),
            Bed(samples=noise(7, level=0.02, seed=1), start_s=15, end_s=FILM_S),
        ],
        music=Music(samples=music, score=SCORE, start_s=2, end_s=FILM_S),
    )


def test_the_film_has_its_length_its_loudness_and_its_ceiling(made: Mix) -> None:
    samples = made.samples()

    assert samples.shape == (sound.frames(FILM_S), 2)
    assert samples.dtype == np.float32
    assert loudness.measure(samples) == made.loudness
    assert made.loudness.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert made.loudness.true_peak_dbtp <= -1.5


def test_the_encoded_film_stays_under_minus_one(made: Mix, tmp_path: Path) -> None:
    path = tmp_path / "film.m4a"

    encode.encode_aac(made.samples(), path)

    measured = loudness.measure(sound.read(path))
    assert measured.true_peak_dbtp <= -1
    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)


def test_a_line_with_its_place_in_it_is_heard_as_it_is() -> None:
    spoken = buzz(150, 1.0)

    dry = mix.mix(seconds=3, lines=[Line(samples=spoken, start_s=1.0, dry=True)]).samples()
    roomy = mix.mix(seconds=3, lines=[Line(samples=spoken, start_s=1.0, room=CABIN)]).samples()

    assert level_db(dry, 2.05, 2.15) < level_db(roomy, 2.05, 2.15) - 20


def test_stems_add_up_to_the_mix(made: Mix) -> None:
    total = np.sum([made.samples(stem) for stem in Stem], axis=0)

    assert np.max(np.abs(total - made.samples())) < 1e-5


def test_music_is_nine_decibels_lower_all_through_speech(made: Mix) -> None:
    music = made.samples(Stem.MUSIC)

    alone = level_db(music, 14, 19)
    during = [level_db(music, at_s, at_s + 0.1) for line in LINES for at_s in np.arange(line.start_s, line.end_s, 0.1)]
    assert max(during) <= alone - 9


def test_music_stays_down_between_two_lines_of_a_talk_and_comes_back_slowly(made: Mix) -> None:
    music = made.samples(Stem.MUSIC)

    alone = level_db(music, 14, 19)
    assert level_db(music, 8.05, 8.35) <= alone - 9
    assert alone - 12 < level_db(music, 10.7, 10.9) < alone - 2
    assert level_db(music, 11.3, 12) == pytest.approx(alone, abs=1)


def test_dialogue_is_in_the_centre_and_ambience_is_wide(made: Mix) -> None:
    line, bed = (made.samples(stem)[sound.frames(6.2) : sound.frames(7.8)] for stem in (Stem.DIALOGUE, Stem.AMBIENCE))

    assert np.corrcoef(line[:, 0], line[:, 1])[0, 1] > 0.9
    assert abs(np.corrcoef(bed[:, 0], bed[:, 1])[0, 1]) < 0.1


def test_speech_is_louder_than_all_else_together(made: Mix) -> None:
    dialogue, rest = made.samples(Stem.DIALOGUE), made.samples(Stem.AMBIENCE) + made.samples(Stem.MUSIC)

    assert all(level_db(dialogue, at, at + 1.5) > level_db(rest, at, at + 1.5) + 6 for at in (6, 20))


def test_places_cross_without_a_hole_and_nothing_is_silent_for_long(made: Mix) -> None:
    bed, whole = made.samples(Stem.AMBIENCE), made.samples()

    levels = [level_db(bed, at_s, at_s + 0.1) for at_s in np.arange(14, 16, 0.1)]

    assert min(levels) > min(levels[0], levels[-1]) - 2
    assert all(level_db(whole, at_s, at_s + 1) > -50 for at_s in range(1, 39))


def test_what_lies_outside_of_the_film_is_not_heard() -> None:
    late = Line(samples=buzz(120, 2), start_s=9.5)

    cut = mix.mix(seconds=10, lines=[late], beds=[Bed(samples=noise(3), start_s=-1, end_s=12)])

    assert cut.samples().shape == (sound.frames(10), 2)


def test_a_film_without_a_sound_is_silent() -> None:
    assert sound.peak(mix.mix(seconds=2).samples()) == 0


def test_the_file_holds_what_the_samples_say(made: Mix, tmp_path: Path) -> None:
    made.write(tmp_path / "mix.wav")

    assert np.max(np.abs(sound.read(tmp_path / "mix.wav") - made.samples())) < 1 / 32768


def test_a_bed_goes_on_where_it_would_be_had_it_never_stopped() -> None:
    bed = noise(3)
    film = mix.mix(seconds=12, beds=[Bed(samples=bed, start_s=0, end_s=5), Bed(samples=bed, start_s=7, end_s=12)])

    played = film.samples()[sound.frames(8) : sound.frames(9)]

    expected = np.roll(bed, -sound.frames(2), axis=0)[: len(played)]
    assert np.corrcoef(played[:, 0], expected[:, 0])[0, 1] > 0.999
