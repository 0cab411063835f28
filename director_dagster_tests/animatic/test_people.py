"""Figures: a child among adults, hands, eyes, who is seen from behind, and what a mirrored picture must keep."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.animatic import artist, bones, complexion, palette
from director_dagster.animatic.drawing import Layer
from director_dagster.story.shot import (
    Angle,
    Figure,
    Framing,
    Look,
    Pose,
    Setting,
    Size,
    Stage,
    TimeOfDay,
    Weather,
)
from director_dagster_tests.animatic.people import look

MARA = replace(look("female", "adult"), hair="braid", accessory="scarf", skin="#5f3d2a", seed=3)
WREN = replace(look("female", "child"), hat="hood", hair="curly", height=0.66, seed=2)
ELIAS = replace(look("male", "old", "heavy"), hat="cap", hair="bald", hair_colour="#dcdad4", beard=True, seed=5)
KITCHEN = Setting(place="KITCHEN", interior=True, pieces=("kitchen",), time=TimeOfDay.NIGHT, weather=Weather.CLEAR)
SHORE = Setting(place="SHORE", interior=False, pieces=("shore",), time=TimeOfDay.NIGHT, weather=Weather.CLEAR)


def drawn(who: Look, framing: Framing, pose: Pose = Pose.TALK, faces: int = 1, where: Setting = KITCHEN) -> list[Layer]:
    """The layers of one figure, which stands in front of another one's back if seen over a shoulder."""
    figures = [Figure(character="A", pose=pose, x=0.4, faces=faces)]
    if framing is Framing.OVER_SHOULDER:
        figures.append(Figure(character="B", pose=Pose.STAND, x=0.8, faces=-faces, foreground=True))
    stage = Stage(setting=where, framing=framing, angle=Angle.EYE, figures=tuple(figures),
                  looks={"A": who, "B": ELIAS}, prop=None, caption=None)  # fmt: skip
    return [layer for layer in artist.compose(stage, Size(width_px=320, height_px=180)).layers if layer.actor]


def face_y(layers: list[Layer]) -> float:
    boxes = [layer.box for layer in layers if layer.name == "mouth A" and layer.box]
    return (boxes[0][1] + boxes[0][3]) / 2


@pytest.mark.parametrize("framing", [Framing.MEDIUM, Framing.OVER_SHOULDER, Framing.CLOSE_UP])
def test_a_child_is_seen_lower_than_an_adult(framing: Framing) -> None:
    child, adult = drawn(WREN, framing), drawn(MARA, framing)

    assert face_y(child) > face_y(adult) + 15


def test_people_have_five_ways_to_hold_their_hands() -> None:
    standing = {bones.bones(Pose.STAND, habit=seed) for seed in range(20)}
    talking = {bones.bones(Pose.TALK, habit=seed) for seed in range(20)}

    assert len(standing) >= 5
    assert len(talking) >= 5


@given(st.integers(0, 2**32))
def test_dark_skin_goes_with_brown_eyes(seed: int) -> None:
    iris = complexion.features(replace(MARA, seed=seed)).iris

    red, green, blue = (int(iris[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue


def test_a_face_that_fills_the_picture_is_free_of_hands() -> None:
    habits = {bones.at_ease(bones.bones(Pose.TALK, habit=seed)).near_hand for seed in range(9)}

    assert all(y > -120 for _, y in habits)


def test_one_seen_from_behind_is_softer_and_darker_than_who_is_listened_to() -> None:
    layers = {layer.name: layer for layer in drawn(MARA, Framing.OVER_SHOULDER)}
    colours = complexion.tones(ELIAS, palette.of(KITCHEN), front=True)
    away = complexion.turned_away(colours, 0.4)

    assert layers["figure B"].blur > layers["figure A"].blur == 0
    assert palette.to_lab(away.accent)[0] < palette.to_lab(colours.accent)[0]


def test_the_moon_does_not_light_the_edges_of_those_in_a_lamp_lit_room() -> None:
    inside, outside = drawn(MARA, Framing.MEDIUM), drawn(MARA, Framing.MEDIUM, where=SHORE)

    assert max(layer.rim for layer in inside) < max(layer.rim for layer in outside)


def test_a_braid_stays_over_its_shoulder_in_a_mirrored_picture() -> None:
    right, left = (drawn(MARA, Framing.CLOSE_UP, faces=faces) for faces in (1, -1))

    in_front = [any(layer.name == "front A" and layer.cels[0].count("ellipse") > 5 for layer in way)
                for way in (right, left)]  # fmt: skip
    assert in_front == [True, False]


@pytest.mark.parametrize("who", [MARA, WREN, ELIAS], ids=["braid", "hood", "cap"])
@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.MEDIUM, Framing.OVER_SHOULDER, Framing.CLOSE_UP])
@pytest.mark.parametrize("faces", [-1, 0, 1])
def test_no_two_gradients_of_a_figure_have_one_name(who: Look, framing: Framing, faces: int) -> None:
    cels = [cel for layer in drawn(who, framing, faces=faces) for cel in layer.cels]

    names = [re.findall(r'Gradient id="([^"]+)"', cel) for cel in cels]

    assert all(len(set(found)) == len(found) for found in names)
