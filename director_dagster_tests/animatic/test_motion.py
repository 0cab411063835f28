"""What moves by itself: voices open mouths, the camera eases, walkers stay in the picture."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.animatic import camera, motion
from director_dagster.animatic.drawing import Motion, Sway
from director_dagster.animatic.motion import Clock
from director_dagster.story.shot import Mouth, Move


def clock(progress: float, length_s: float = 4.0) -> Clock:
    return Clock(
        frame=round(progress * length_s * 24), time_s=progress * length_s, progress=progress, length_s=length_s
    )


def test_levels_outside_of_the_shot_are_silent() -> None:
    voices = motion.speaking((Mouth(character="MARA", first_frame=8, levels=(1.0,) * 10),), 12)

    heard = [voices.at("MARA", frame) for frame in (-1, 7, 8, 11, 12)] + [voices.at("ELIAS", 8)]

    assert heard == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


@given(st.lists(st.floats(-2, 2), max_size=40), st.integers(-10, 40))
def test_a_mouth_is_never_more_than_open(levels: list[float], first: int) -> None:
    voices = motion.speaking((Mouth(character="MARA", first_frame=first, levels=tuple(levels)),), 30)

    assert all(0.0 <= level <= 1.0 for level in voices.levels["MARA"])


@pytest.mark.parametrize("move", [Move.PUSH, Move.PULL])
def test_a_push_begins_and_ends_gently(move: Move) -> None:
    zoom = [camera.lens(move, clock(step / 20), 1).zoom for step in range(21)]

    steps = [abs(b - a) for a, b in pairwise(zoom)]

    assert max(steps[0], steps[-1]) < 0.25 * max(steps)
    assert min(zoom) >= 1.0


@given(st.floats(0.2, 60), st.floats(-800, 800), st.floats(0, 1))
def test_a_walker_stays_in_the_picture_however_long_the_shot(length_s: float, stride: float, progress: float) -> None:
    walk = Motion(kind=Sway.STEP, amount=stride, period_s=1.15)

    way = motion.stride(walk, clock(progress, length_s))

    assert abs(way) <= 210


def test_lightning_is_short() -> None:
    bright = [motion.flash(frame / 24) > 0.3 for frame in range(24 * 43)]

    assert any(bright)
    assert sum(bright) < 0.15 * len(bright)
