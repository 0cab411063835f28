"""Stages to draw in tests: two characters, a few places, small formats."""

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

SMALL = Size(width_px=320, height_px=180)
TALL = Size(width_px=180, height_px=320)
SQUARE = Size(width_px=180, height_px=180)

MARA = Look(
    age="young", build="slim", height=0.97, presents="female", hair="braid", hair_colour="#5b3420", skin="#e3b592",
    hat="none", beard=False, coat="coat", coat_colour="#2f4a66", accent="#d0382b", accessory="scarf", seed=7,
)  # fmt: skip
ELIAS = Look(
    age="old", build="heavy", height=1.02, presents="male", hair="short", hair_colour="#c9c4ba", skin="#d9a883",
    hat="cap", beard=True, coat="sweater", coat_colour="#4b5a4a", accent="#c98a2b", accessory="lantern", seed=2,
)  # fmt: skip
LOOKS = {"MARA": MARA, "ELIAS": ELIAS}


def setting(
    *pieces: str, interior: bool = False, time: TimeOfDay = TimeOfDay.DAY, weather: Weather = Weather.CLEAR
) -> Setting:
    """A place named after its pieces."""
    return Setting(place=" ".join(pieces).upper(), interior=interior, pieces=pieces, time=time, weather=weather)


def figure(name: str, x: float = 0.4, faces: int = 1, pose: Pose = Pose.STAND, *, foreground: bool = False) -> Figure:
    """A figure of one of `LOOKS`."""
    return Figure(character=name, pose=pose, x=x, faces=faces, foreground=foreground)


def stage(
    where: Setting,
    framing: Framing = Framing.WIDE,
    *figures: Figure,
    angle: Angle = Angle.EYE,
    prop: str | None = None,
    caption: str | None = None,
) -> Stage:
    """A stage with the looks of all figures."""
    return Stage(setting=where, framing=framing, angle=angle, figures=figures, looks=LOOKS, prop=prop, caption=caption)


def set_ups(where: Setting) -> dict[str, Stage]:
    """The set-ups in which a dialogue of two is covered."""
    mara, elias = figure("MARA", 0.38, 1), figure("ELIAS", 0.62, -1)
    return {
        "wide": stage(where, Framing.WIDE, figure("MARA", 0.36, 1), figure("ELIAS", 0.62, -1)),
        "both": stage(where, Framing.MEDIUM, figure("MARA", 0.3, 1), figure("ELIAS", 0.7, -1, Pose.TALK)),
        "mara": stage(where, Framing.CLOSE_UP, mara),
        "elias": stage(where, Framing.CLOSE_UP, elias),
        "over mara": stage(where, Framing.OVER_SHOULDER, elias, figure("MARA", 0.2, 1, foreground=True)),
        "over elias": stage(where, Framing.OVER_SHOULDER, mara, figure("ELIAS", 0.8, -1, foreground=True)),
        "letter": stage(where, Framing.INSERT, prop="letter"),
    }
