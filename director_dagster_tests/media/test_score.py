"""Music that fits a film of any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.media import mix, sound
from director_dagster.media.excerpt import render
from director_dagster.media.score import Score, arrange, trimmed
from director_dagster.story import wire

SCORE = Score(bpm=120, key="D", mode="dorian", bar_s=0.5, phrase_s=2.0, body_s=6.0, ending_start_s=8.0)
# Each sample holds its own time in seconds, so that what is played can be read off.
MUSIC = np.repeat((np.arange(sound.frames(9.5)) / sound.RATE_HZ).astype(np.float32)[:, None], 2, axis=1)

quick = settings(max_examples=40, deadline=None)


def played(seconds: float, at_s: float) -> float:
    """Which second of the music is heard at `at_s` of a film of `seconds`."""
    return float(mix.fit_score(MUSIC, SCORE, seconds)[sound.frames(at_s), 0])


@given(st.floats(0.01, 25))
@quick
def test_it_fills_the_time_to_the_sample_and_ends_with_its_ending(seconds: float) -> None:
    made = mix.fit_score(MUSIC, SCORE, seconds)

    assert len(made) == sound.frames(seconds)
    assert made[-1, 0] == pytest.approx(9.5, abs=0.01) or seconds < 0.1


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [
        (9.5, {1.5: 1.5, 3.0: 3.0, 5.0: 5.0, 7.0: 7.0, 9.0: 9.0}),
        (5.0, {2.0: 2.5, 4.0: 8.5}),
        (12.5, {1.5: 2.5, 5.5: 6.5, 7.5: 2.5, 11.5: 8.5}),
    ],
    ids=["as it is", "phrases dropped", "phrases repeated"],
)
def test_whole_phrases_are_dropped_or_repeated(seconds: float, heard: dict[float, float]) -> None:
    assert {at_s: round(played(seconds, at_s), 2) for at_s in heard} == heard


def test_the_entry_is_the_end_of_the_introduction_faded_in() -> None:
    assert played(1.7 + 2.0 + 1.5, 0.6) == pytest.approx((2.0 - 1.7 + 0.6) * np.sin(np.pi / 4), abs=0.01)


def test_where_no_phrase_fits_the_entry_leads_into_the_ending() -> None:
    assert played(1.7 + 1.5, 1.5) == pytest.approx(8.0 - 1.7 + 1.5, abs=0.01)


@given(st.floats(0.1, 25))
@quick
def test_no_joint_leaves_a_hole_or_a_bump(seconds: float) -> None:
    steady = np.ones_like(MUSIC)

    made = render(arrange(steady, SCORE, seconds), 0, sound.frames(seconds))

    after_the_entry = made[sound.frames(1.3) :]
    assert after_the_entry.min(initial=1.0) > 0.99
    assert after_the_entry.max(initial=1.0) < 1.5


def test_a_score_is_json() -> None:
    assert wire.load(Score, wire.dump(SCORE)) == SCORE


@given(st.floats(0.01, 40))
@quick
def test_music_of_an_unknown_build_fills_the_time_without_a_hole_or_a_bump(seconds: float) -> None:
    steady = np.ones_like(MUSIC)
    total, ending = sound.frames(seconds), sound.frames(3.0)

    made = render(trimmed(steady, seconds), 0, total + 1)

    assert made[-1].tolist() == [0.0, 0.0], "nothing is heard after it"
    assert made[: max(total - ending, 0)].min(initial=1.0) > 0.98
    assert made.max() < 1.5, "where it begins again under its end, with equal power"


def test_music_of_an_unknown_build_begins_at_its_beginning_and_is_faded_out_where_it_is_cut() -> None:
    made = render(trimmed(MUSIC, 6.0), 0, sound.frames(6.0))

    assert made[sound.frames(2.0), 0] == pytest.approx(2.0, abs=0.01)
    assert 0 < made[sound.frames(5.9), 0] < 1.0


def test_music_that_just_fits_keeps_its_own_ending() -> None:
    made = render(trimmed(MUSIC, 9.5), 0, sound.frames(9.5))

    assert np.array_equal(made, MUSIC)


def test_music_that_is_too_short_begins_again() -> None:
    made = render(trimmed(MUSIC, 16.0), 0, sound.frames(16.0))

    assert made[sound.frames(10.5), 0] == pytest.approx(10.5 - 7.5, abs=0.01)


def test_no_music_is_no_music() -> None:
    assert trimmed(MUSIC[:0], 3.0) == ()
