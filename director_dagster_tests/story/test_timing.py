"""How long things take."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.story import timing
from director_dagster.story.breakdown import break_down
from director_dagster.story.cut import FPS
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Framing, Line, Manner, Shot

SHOT = break_down(parse("EXT. SHORE - DAY\n\nWaves.\n"), narration=False).shots[0]


def _talk(*pauses_s: float) -> Shot:
    lines = tuple(
        Line(id=f"line{number}", character="MARA", text="So.", pause_s=pause_s)
        for number, pause_s in enumerate(pauses_s)
    )
    return replace(SHOT, framing=Framing.CLOSE_UP, action="", lines=lines)


def test_a_page_of_action_is_a_minute() -> None:
    paragraph = "word " * 60

    assert timing.action_s(paragraph) * 10 == pytest.approx(60, rel=0.05)


def test_english_is_spoken_at_some_155_words_a_minute() -> None:
    text = "The tide was out and the boats lay on their sides in the mud while gulls walked between them like owners"

    seconds = timing.speech_s(text)

    assert len(text.split()) / seconds * 60 == pytest.approx(170, rel=0.1)


def test_pace_follows_language_and_manner() -> None:
    assert timing.speech_s("你好你好你好你好", "zh") > timing.speech_s("abcdefgh", "en")
    assert timing.speech_s("Wait for me there", manner=Manner.SLOW) > timing.speech_s("Wait for me there")
    assert timing.speech_s("...") == 0.0


@given(st.text(max_size=600), st.sampled_from(["en", "ja", "xx"]))
def test_spoken_parts_are_short_enough_to_be_heard_in_one_shot(text: str, language: str) -> None:
    found = timing.spoken_parts(text, language)

    assert all(timing.speech_s(part, language) <= timing.PART_S for part in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_lines_stand_a_breath_apart_with_lead_and_tail() -> None:
    timed = timing.retime(_talk(0.0, 0.0), {"line0": 1.0, "line1": 2.0})
    first, second = timed.placements

    assert first.start_s == pytest.approx(timing.LEAD_S, abs=1 / 24)
    assert second.start_s - first.end_s == pytest.approx(timing.BREATH_S, abs=1 / 24)
    assert timed.duration_s - second.end_s == pytest.approx(timing.TAIL_S, abs=1 / 24)


def test_a_beat_is_a_silence_before_the_line() -> None:
    (plain,) = timing.retime(_talk(0.0), {"line0": 1.0}).placements
    (held,) = timing.retime(_talk(1.5), {"line0": 1.0}).placements

    assert held.start_s - plain.start_s == pytest.approx(1.5, abs=1 / 24)


def test_a_shot_is_never_shorter_than_its_action() -> None:
    shot = replace(_talk(0.0), framing=Framing.WIDE, action="word " * 60)

    assert timing.retime(shot, {"line0": 0.5}).duration_s >= timing.action_s(shot.action)


def test_a_line_without_speech_is_not_placed() -> None:
    timed = timing.retime(_talk(0.0, 0.0), {"line1": 1.0})

    assert [placement.line_id for placement in timed.placements] == ["line1"]


def test_a_caption_stands_long_enough_to_be_read() -> None:
    shot = replace(SHOT, framing=Framing.CLOSE_UP, action="", caption="Ten years later, in another town, at the sea")

    assert timing.minimum_s(shot) == pytest.approx(len(shot.caption or "") / 15 + 1)


@given(st.lists(st.floats(min_value=0, max_value=20), min_size=1, max_size=5), st.floats(min_value=0, max_value=3))
def test_lines_lie_on_frames_in_order_inside_their_shot(spoken_s: list[float], pause_s: float) -> None:
    shot = _talk(*([pause_s] * len(spoken_s)))

    timed = timing.retime(shot, {f"line{number}": seconds for number, seconds in enumerate(spoken_s)})

    at = 0.0
    for placement in timed.placements:
        assert placement.start_s >= at
        assert placement.start_s * float(FPS) == pytest.approx(round(placement.start_s * float(FPS)))
        at = placement.end_s
    assert timed.duration_s >= at + timing.TAIL_S - 1e-6
