"""What the artist draws: all words of the lexicon, each set-up its own view, always the same bytes."""

import hashlib
import io
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from director_dagster.animatic import artist, drawing, places, props, view
from director_dagster.animatic.world import LANDMARKS
from director_dagster.story import lexicon
from director_dagster.story.shot import Angle, Framing, Pose, Setting, Size, Stage, TimeOfDay, Weather
from director_dagster_tests.animatic.stages import (
    ELIAS,
    LOOKS,
    MARA,
    SMALL,
    SQUARE,
    TALL,
    figure,
    set_ups,
    setting,
    stage,
)


def luma(png: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("L"), dtype=np.float64)


def difference_hash(png: bytes) -> NDArray[np.bool_]:
    with Image.open(io.BytesIO(png)) as image:
        grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS), dtype=np.int16)
    return (grey[:, 1:] > grey[:, :-1]).ravel()


def test_every_word_of_the_lexicon_can_be_drawn() -> None:
    drawn = set(places.EXTERIORS), set(places.INTERIORS), set(props.KNOWN)

    assert drawn == (set(lexicon.EXTERIORS), set(lexicon.INTERIORS), set(lexicon.PROPS))


@pytest.mark.parametrize("piece", [*lexicon.EXTERIORS, *lexicon.INTERIORS, "nowhere"])
@pytest.mark.parametrize("size", [SMALL, TALL, SQUARE], ids=["16:9", "9:16", "1:1"])
def test_every_place_composes_at_every_format_without_drawing_past_what_a_png_may_carry(piece: str, size: Size) -> None:
    where = setting(piece, interior=piece in lexicon.INTERIORS, time=TimeOfDay.DUSK, weather=Weather.SNOW)

    frame = artist.compose(stage(where, Framing.WIDE, figure("MARA", pose=Pose.WALK)), size)

    names = {layer.name for layer in frame.layers}
    assert "figure MARA" in names
    assert sum(len(cel) for layer in frame.layers for cel in layer.cels) < 600_000


@pytest.mark.parametrize("time", list(TimeOfDay))
def test_a_drawn_frame_is_of_its_size_and_never_flat(time: TimeOfDay) -> None:
    png = artist.draw(stage(setting("harbour", time=time, weather=Weather.FOG), Framing.MEDIUM, figure("ELIAS")), SMALL)

    grey = luma(png)

    assert grey.shape == (SMALL.height_px, SMALL.width_px)
    assert grey.std() >= 12


@pytest.mark.parametrize(
    "where",
    [setting("street", time=TimeOfDay.NIGHT, weather=Weather.RAIN), setting("kitchen", interior=True), setting()],
    ids=["street", "kitchen", "nowhere"],
)
@pytest.mark.slow
def test_set_ups_of_one_place_are_different_views(where: Setting) -> None:
    hashes = {name: difference_hash(artist.draw(shot, SMALL)) for name, shot in set_ups(where).items()}

    near = {(a, b): int((hashes[a] != hashes[b]).sum()) for a, b in combinations(hashes, 2)}

    assert {pair: bits for pair, bits in near.items() if bits < 10} == {}


def test_a_place_holds_the_same_things_whoever_is_in_it() -> None:
    where = setting("shore", "sea", "lighthouse")

    with_mara = artist.compose(stage(where, Framing.WIDE, figure("MARA")), SMALL)
    empty = artist.compose(stage(where), SMALL)

    seen = [cel for layer in with_mara.layers for cel in layer.cels]
    missing = [layer.name for layer in empty.layers for cel in layer.cels if not any(cel in other for other in seen)]
    assert missing == []


def test_a_wide_from_above_from_below_at_another_hour_or_with_people_is_another_view() -> None:
    where, dawn = setting("shore", "lighthouse", "boat"), setting("shore", "lighthouse", "boat", time=TimeOfDay.DAWN)
    people = figure("MARA", 0.36), figure("ELIAS", 0.62, -1)
    shots = {
        "empty": stage(where),
        "people": stage(where, Framing.WIDE, *people),
        "above": stage(where, Framing.WIDE, *people, angle=Angle.HIGH),
        "below": stage(where, Framing.WIDE, *people, angle=Angle.LOW),
        "dawn": stage(dawn, Framing.WIDE, *people),
    }
    hashes = {name: difference_hash(artist.draw(shot, SMALL)) for name, shot in shots.items()}

    near = {(a, b): int((hashes[a] != hashes[b]).sum()) for a, b in combinations(hashes, 2)}

    assert {pair: bits for pair, bits in near.items() if bits < 10} == {}


@pytest.mark.parametrize("pieces", [("sea", "boat"), ("shore",), ("mountain",)], ids=["sea", "shore", "mountain"])
@pytest.mark.parametrize("weather", [Weather.FOG, Weather.SNOW, Weather.RAIN])
def test_a_night_of_bad_weather_is_not_flat(pieces: tuple[str, ...], weather: Weather) -> None:
    png = artist.draw(stage(setting(*pieces, time=TimeOfDay.NIGHT, weather=weather)), SMALL)

    assert luma(png).std() >= 12


@pytest.mark.parametrize("x", [0.2, 0.3, 0.5, 0.7])
def test_nothing_grows_out_of_a_head(x: float) -> None:
    shot = stage(setting("shore", "lighthouse"), Framing.WIDE, figure("MARA", x))
    world = places.world_of(shot.setting, drawing.width_of(SMALL), 620.0)
    stood, reach, mark = x * world.width, 60.0, LANDMARKS["lighthouse"]

    seen = view.set_up(shot, world, [(stood, reach)])

    tower = seen.across(world.x(mark.share), mark.depth)
    assert abs(tower - stood) >= reach + mark.reach * seen.scale(mark.depth) - 1


def test_a_character_without_a_look_is_left_out() -> None:
    shot = Stage(
        setting=setting("field"), framing=Framing.WIDE, angle=Angle.LOW, figures=(figure("MARA"), figure("ELIAS")),
        looks={"MARA": MARA}, prop=None, caption=None,
    )  # fmt: skip

    actors = {layer.actor for layer in artist.compose(shot, SMALL).layers}

    assert actors == {"", "MARA"}


@pytest.mark.slow
def test_the_same_stage_gives_the_same_bytes_in_a_fresh_process() -> None:
    shot = stage(setting("forest", weather=Weather.SNOW), Framing.CLOSE_UP, figure("MARA"))
    artist.draw(stage(setting("cave", interior=True)), SMALL)
    here = hashlib.sha256(artist.draw(shot, SMALL)).hexdigest()

    program = (
        "import hashlib\n"
        "from director_dagster.animatic import artist\n"
        "from director_dagster.story.shot import Framing, Weather\n"
        "from director_dagster_tests.animatic.stages import SMALL, figure, setting, stage\n"
        "shot = stage(setting('forest', weather=Weather.SNOW), Framing.CLOSE_UP, figure('MARA'))\n"
        "print(hashlib.sha256(artist.draw(shot, SMALL)).hexdigest())\n"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()

    assert there == here


def test_reference_sheets_carry_their_drawings() -> None:
    sheets = [
        artist.draw_character("MARA", MARA, SMALL),
        artist.draw_character("ELIAS", ELIAS, TALL),
        artist.draw_location(setting("church", interior=True), SMALL),
        artist.draw_prop("letter", SMALL),
        artist.draw_prop("a thing nobody knows", SQUARE),
    ]

    assert [drawing.read(sheet) is not None and luma(sheet).std() >= 12 for sheet in sheets] == [True] * 5


def test_a_caption_stands_on_the_frame() -> None:
    bare = artist.draw(stage(setting("sea")), SMALL)
    captioned = artist.draw(stage(setting("sea"), caption="Three years later"), SMALL)

    changed = np.abs(luma(bare) - luma(captioned)) > 40

    assert changed[: SMALL.height_px // 2].sum() == 0
    assert changed.sum() > 100


@pytest.mark.slow
def test_every_look_and_pose_can_be_drawn_in_every_framing() -> None:
    stages = [
        stage(setting("sea"), framing, figure(name, 0.5, faces, pose))
        for name in LOOKS
        for faces in (-1, 0, 1)
        for pose in Pose
        for framing in Framing
        if framing is not Framing.INSERT
    ]

    actors = [{layer.actor for layer in artist.compose(shot, SMALL).layers} - {""} for shot in stages]

    assert actors == [{shot.figures[0].character} for shot in stages]
