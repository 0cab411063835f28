"""What all set pieces draw in: the width, horizon, light and chance of one place."""

import random
from dataclasses import dataclass

from director_dagster.animatic.drawing import HEIGHT, STILL, Blend, Box, Layer, Motion, Sway
from director_dagster.animatic.ink import Point, across, fade, glow, rect
from director_dagster.animatic.palette import Palette
from director_dagster.story.shot import Setting, TimeOfDay, Weather

HORIZON = {"eye": 620.0, "low": 770.0, "high": 330.0}
"""Where the horizon (or a floor's far edge) is, by the camera's angle; never in the middle."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A place as it is drawn.

    Attributes:
        setting: Where and when.
        palette: Its colours.
        width: Of the frame, in units; the frame is `HEIGHT` high.
        horizon: Its y.
        side: −1 or 1: the side the light comes from.
    """

    setting: Setting
    palette: Palette
    width: float
    horizon: float
    side: int

    @property
    def left(self) -> float:
        """Where drawing begins, left of the frame."""
        return -0.3 * self.width

    @property
    def right(self) -> float:
        """Where drawing ends, right of the frame."""
        return 1.3 * self.width

    @property
    def windy(self) -> bool:
        """Whether things bend."""
        return self.setting.weather in {Weather.WIND, Weather.STORM}

    @property
    def snowy(self) -> bool:
        """Whether snow lies."""
        return self.setting.weather is Weather.SNOW

    @property
    def wet(self) -> bool:
        """Whether the ground mirrors."""
        return self.setting.weather in {Weather.RAIN, Weather.STORM}

    @property
    def night(self) -> bool:
        """Whether the sky is dark."""
        return self.setting.time is TimeOfDay.NIGHT

    @property
    def light_x(self) -> float:
        """Where sun, moon or window stands."""
        return self.width * (0.5 + 0.27 * self.side)

    def chance(self, what: str) -> random.Random:
        """The chance of one thing in this place: always the same there."""
        return random.Random(f"{self.setting.place} {what}")

    def tone(self, colour: str, near: float = 1.0) -> str:
        """`colour` in this place's light and air."""
        return self.palette.tone(colour, near)

    def x(self, share: float) -> float:
        """A place across the frame, 0 left … 1 right, seen from the light: 1 is where the light is."""
        return self.width * (share if self.side > 0 else 1 - share)


@dataclass(frozen=True)
class Landmark:
    """What a place is known by: its share across the frame (as `World.x` has it), its depth, half its width."""

    share: float
    depth: float
    reach: float


LANDMARKS = {
    "lighthouse": Landmark(0.20, 0.46, 50.0),
    "boat": Landmark(0.70, 0.55, 160.0),
    "lamp-room": Landmark(0.72, 0.8, 170.0),
    "cabin": Landmark(0.50, 0.37, 110.0),
}
"""The landmark of a set piece that has one, by the piece's name."""


def layer(
    name: str,
    depth: float,
    *svg: str,
    box: Box | None = None,
    detail: float = 1.0,
    blur: float = 0.0,
    wash: float = 0.5,
    rim: float = 0.0,
    blend: Blend = Blend.OVER,
    motion: Motion = STILL,
) -> Layer:
    """A layer of one cel, washed."""
    return Layer(
        name=name, depth=depth, cels=("".join(svg),), box=box, detail=detail, blur=blur,
        wash=wash if blend is Blend.OVER else 0.0, rim=rim, blend=blend, motion=motion,
    )  # fmt: skip


def lamp(
    name: str, depth: float, at: Point, radius: float, colour: str, strength: float, *, flicker: float = 0.12
) -> Layer:
    """A round light that flickers."""
    x, y = at
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="url(#g)"/>'
    motion = Motion(kind=Sway.FLICKER, amount=flicker, period_s=0.9, phase=(x * 7 + y) % 10 / 10)
    box = (x - radius, y - radius, x + radius, y + radius)
    return layer(
        name, depth, glow("g", colour, strength), shape, box=box, detail=0.25, blend=Blend.LIGHT, motion=motion
    )


def wash_down(name: str, top: float, bottom: float, stops: list[tuple[float, str, float]], world: World) -> str:
    """A rectangle as wide as can be seen, coloured from top to bottom."""
    return fade(name, stops) + rect(world.left, top, world.right - world.left, bottom - top, f"url(#{name})")


def wash_across(name: str, box: Box, stops: list[tuple[float, str, float]]) -> str:
    """A rectangle coloured from left to right."""
    x0, y0, x1, y1 = box
    return across(name, stops) + rect(x0, y0, x1 - x0, y1 - y0, f"url(#{name})")


BOTTOM = HEIGHT * 1.3
"""Where drawing ends below the frame."""
