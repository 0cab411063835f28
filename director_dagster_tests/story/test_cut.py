"""The cut: clips, speech, ambience and music to the frame."""

from collections.abc import Sequence

import pytest

from director_dagster.story import timing
from director_dagster.story.breakdown import break_down
from director_dagster.story.cut import CREDITS, FPS, TITLE, Cut, TimedShot, make_cut
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Breakdown, Shot, Transition
from director_dagster_tests.story.pages import LAMP, SHORE, STREET


def _timed(shots: Sequence[Shot]) -> list[TimedShot]:
    return [timing.retime(shot, {line.id: timing.speech_s(line.text) for line in shot.lines}) for shot in shots]


def _cut(page: str, title_frames: int = 72, credits_frames: int = 96) -> tuple[Breakdown, list[TimedShot], Cut]:
    breakdown = break_down(parse(page))
    timed = _timed(breakdown.shots)
    return breakdown, timed, make_cut(breakdown, timed, title_frames=title_frames, credits_frames=credits_frames)


def test_the_film_is_as_long_as_its_clips_and_they_leave_no_gap() -> None:
    _, timed, cut = _cut(SHORE + LAMP)

    assert cut.frames == 72 + 96 + sum(take.frames for take in timed)
    assert [clip.first_frame for clip in cut.clips[1:]] == [clip.first_frame + clip.frames for clip in cut.clips[:-1]]


def test_title_shots_and_credits_stand_in_this_order_and_begin_as_the_page_asks() -> None:
    breakdown, _, cut = _cut(SHORE + LAMP + "FADE OUT.\n")

    assert [clip.name for clip in cut.clips] == [TITLE, *(shot.code for shot in breakdown.shots), CREDITS]
    begins = {clip.name: clip.begins for clip in cut.clips}
    assert begins[TITLE] is begins[breakdown.shots[0].code] is begins[CREDITS] is Transition.FADE_IN
    assert [clip.scene for clip in cut.clips if clip.begins is Transition.DISSOLVE] == [2]


def test_every_line_is_heard_where_its_shot_stands() -> None:
    _, timed, cut = _cut(SHORE + LAMP)
    clips = {clip.name: clip for clip in cut.clips}

    assert [speech.line_id for speech in cut.speeches] == [line.id for take in timed for line in take.shot.lines]
    for speech in cut.speeches:
        clip = clips[speech.shot]
        assert clip.first_frame / FPS <= speech.start_s < speech.end_s <= (clip.first_frame + clip.frames) / FPS


def test_ambience_crosses_cuts_inside_a_place_and_begins_under_the_title() -> None:
    _, _, cut = _cut(SHORE + LAMP + STREET)

    assert [bed.setting.place for bed in cut.beds] == ["SHORE", "LIGHTHOUSE - LAMP ROOM", "STREET"]
    assert cut.beds[0].start_s == 0.0
    assert [bed.start_s for bed in cut.beds[1:]] == [bed.end_s for bed in cut.beds[:-1]]
    assert cut.beds[-1].end_s == pytest.approx(cut.duration_s - 4)


def test_music_enters_after_the_first_image_and_ends_with_the_film() -> None:
    _, timed, cut = _cut(SHORE + LAMP)

    assert cut.music_start_s == pytest.approx(3 + timed[0].duration_s)
    assert cut.music_end_s == cut.duration_s


def test_a_card_without_frames_is_left_out() -> None:
    _, _, cut = _cut(SHORE, title_frames=0, credits_frames=0)

    assert {clip.name for clip in cut.clips} & {TITLE, CREDITS} == set()


def test_a_film_of_nothing_is_a_cut_of_nothing() -> None:
    _, _, cut = _cut("", title_frames=0, credits_frames=0)

    assert (cut.clips, cut.frames, cut.beds, cut.music_end_s) == ((), 0, (), 0.0)
