"""Transitions: which frames of a clip are touched, which are copied, and what the touched ones show."""

from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.media.encode import Pixels
from director_dagster.media.transitions import ClipFile, Edit, Span, edits, shown, spans
from director_dagster.story.shot import Transition
from director_dagster_tests.media.clips import HEIGHT_PX, WIDTH_PX, clip

CLIP = Path("clip.mp4")

clip_files = st.builds(ClipFile, path=st.just(CLIP), frames=st.integers(1, 60), begins=st.sampled_from(Transition))


def kept(first: int, last: int) -> Span:
    """A span that is copied."""
    return Span(first=first, last=last, copied=True)


def made(first: int, last: int) -> Span:
    """A span that is encoded."""
    return Span(first=first, last=last, copied=False)


def edit(frames: int, *, rise: int = 0, fall: int = 0) -> Edit:
    """An edit of a clip of so many frames."""
    return Edit(clip=ClipFile(path=CLIP, frames=frames), below=None, rise=rise, fall=fall)


def bar(picture: Pixels) -> int:
    """Where the white bar of a moving clip begins."""
    return int(np.argmax(picture[HEIGHT_PX // 2] > 200))


def test_a_film_rises_from_black_and_falls_to_it() -> None:
    cut = edits([ClipFile(path=CLIP, frames=50)] * 3, fade_frames=24, dissolve_frames=12)

    assert [(one.rise, one.fall) for one in cut] == [(24, 0), (0, 0), (0, 24)]


def test_a_fade_in_makes_the_clip_before_it_fall() -> None:
    clips = [ClipFile(path=CLIP, frames=50), ClipFile(path=CLIP, frames=50, begins=Transition.FADE_IN)]

    cut = edits(clips, fade_frames=10, dissolve_frames=12)

    assert [(one.rise, one.fall) for one in cut] == [(10, 10), (10, 10)]


def test_a_dissolve_comes_up_out_of_the_clip_before() -> None:
    clips = [ClipFile(path=CLIP, frames=50), ClipFile(path=CLIP, frames=50, begins=Transition.DISSOLVE)]

    cut = edits(clips, fade_frames=0, dissolve_frames=12)

    assert [(one.below, one.rise, one.fall) for one in cut] == [(None, 0, 0), (clips[0], 12, 0)]


@given(st.lists(clip_files, min_size=1, max_size=8), st.integers(0, 40), st.integers(0, 40))
def test_rise_and_fall_never_overlap(clips: list[ClipFile], fade: int, dissolve: int) -> None:
    cut = edits(clips, fade_frames=fade, dissolve_frames=dissolve)

    assert [one.clip for one in cut] == clips
    assert all(one.rise >= 0 and one.fall >= 0 and one.rise + one.fall <= one.clip.frames for one in cut)


def test_an_untouched_clip_is_copied_whole_or_to_any_frame() -> None:
    assert spans(edit(40), [0, 12, 24, 36], 40) == [kept(0, 40)]
    assert spans(edit(31), [0, 12, 24, 36], 40) == [kept(0, 31)]


def test_only_the_groups_that_a_fade_touches_are_encoded() -> None:
    assert spans(edit(60, rise=10), [0, 12, 24, 36, 48], 60) == [made(0, 12), kept(12, 60)]
    assert spans(edit(60, rise=12, fall=10), [0, 12, 24, 36, 48], 60) == [made(0, 12), kept(12, 48), made(48, 60)]
    assert spans(edit(60, fall=13), [0, 12, 24, 36, 48], 60) == [kept(0, 36), made(36, 60)]


def test_a_clip_that_is_too_short_is_encoded_from_its_last_keyframe_on() -> None:
    assert spans(edit(60), [0, 12, 24], 30) == [kept(0, 24), made(24, 60)]
    assert spans(edit(60), [0], 1) == [made(0, 60)]


def test_a_clip_that_cannot_be_copied_is_encoded_whole() -> None:
    assert spans(edit(60), [], 0) == [made(0, 60)]


@given(
    frames=st.integers(1, 90),
    rise=st.integers(0, 90),
    fall=st.integers(0, 90),
    available=st.integers(0, 90),
    gop=st.integers(1, 30),
)
def test_spans_cover_the_clip_and_copy_only_what_is_there_and_untouched(
    frames: int, rise: int, fall: int, available: int, gop: int
) -> None:
    fall = min(fall, frames)
    rise = min(rise, frames - fall)
    keyframes = list(range(0, available, gop))

    parts = spans(edit(frames, rise=rise, fall=fall), keyframes, available)

    assert (parts[0].first, parts[-1].last) == (0, frames)
    assert all(before.last == after.first for before, after in pairwise(parts))
    for part in parts:
        assert part.first < part.last
        if part.copied:
            assert part.first in keyframes
            assert rise <= part.first
            assert part.last <= min(available, frames - fall)


def test_a_dissolve_shows_how_the_clip_before_goes_on(tmp_path: Path) -> None:
    before = ClipFile(path=clip(tmp_path / "a.mp4", 20, level=40), frames=10)
    after = ClipFile(path=clip(tmp_path / "b.mp4", 20, level=200), frames=20, begins=Transition.DISSOLVE)
    _, second = edits([before, after], fade_frames=0, dissolve_frames=8)

    pictures = list(shown(second, made(0, 12), width_px=WIDTH_PX, height_px=HEIGHT_PX))

    levels = [int(picture[HEIGHT_PX // 2, WIDTH_PX - 10]) for picture in pictures]
    assert levels == sorted(levels)
    assert abs(levels[0] - 50) <= 2
    assert abs(levels[4] - 119) <= 3
    assert abs(levels[8] - 188) <= 2
    assert [bar(picture) for picture in islice(pictures, 2)] == [20, 22]


def test_a_dissolve_holds_the_last_picture_of_a_clip_that_has_no_more(tmp_path: Path) -> None:
    before = ClipFile(path=clip(tmp_path / "a.mp4", 10, level=40), frames=10)
    after = ClipFile(path=clip(tmp_path / "b.mp4", 20, level=200), frames=20, begins=Transition.DISSOLVE)
    _, second = edits([before, after], fade_frames=0, dissolve_frames=8)

    first = next(shown(second, made(0, 12), width_px=WIDTH_PX, height_px=HEIGHT_PX))

    assert bar(first) == 18
