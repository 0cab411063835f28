"""Set-ups: from where a place is seen, and what that does to its layers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from director_dagster.animatic.drawing import BLEED, HEIGHT, Layer
from director_dagster.animatic.ink import group
from director_dagster.animatic.world import LANDMARKS, World
from director_dagster.story.shot import Angle, Framing, Stage, TimeOfDay

Extent = tuple[float, float]
"""Where one stands across the picture and how far one reaches to either side, in units."""


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """Where the camera stands towards a place.

    Attributes:
        zoom: How much nearer than the establishing view.
        focus: The point of the place, in units, that is moved to `target`.
        target: Where it is then.
        blur: How far out of focus what is behind the figures is, in units.
    """

    zoom: float
    focus: tuple[float, float]
    target: tuple[float, float]
    blur: float

    def scale(self, depth: float) -> float:
        """How much larger it shows what is at `depth`: far things grow less than near ones."""
        return 1 + (self.zoom - 1) * (0.25 + 0.75 * min(depth, 1.3))

    def across(self, x: float, depth: float) -> float:
        """Where in the picture what stands at `x` is seen."""
        return self.target[0] + (x - self.focus[0]) * self.scale(depth)


def set_up(stage: Stage, world: World, crowd: Sequence[Extent]) -> SetUp:
    """The set-up of `stage`: the nearer, the larger and softer the place.

    Who looks left is seen before another part of it than who looks right, from above another one than from below,
    and at another hour too; then the camera steps aside until its landmarks stand clear of `crowd`.
    """
    zoom = _wide_zoom(stage) if stage.framing is Framing.WIDE else _ZOOM[stage.framing] * _NEARER[stage.setting.time]
    looks = _direction(stage)
    # The reverse of a dialogue sees the other side of the place.
    turned = {Framing.OVER_SHOULDER: 0.26, Framing.WIDE: 0.0}.get(stage.framing, -0.20) * looks
    if stage.framing is Framing.CLOSE_UP and stage.setting.time in {TimeOfDay.DAWN, TimeOfDay.NIGHT}:
        turned = -turned
    x = world.width * (0.5 + turned + _FROM[stage.angle] + _AT[stage.setting.time] * world.side)
    view = SetUp(
        zoom=zoom,
        focus=(x, world.horizon),
        target=(world.width / 2, HEIGHT * _height(stage, world)),
        blur=_BLUR[stage.framing],
    )
    return _clear(view, stage, world, crowd)


_ZOOM = {Framing.MEDIUM: 1.45, Framing.OVER_SHOULDER: 2.0, Framing.CLOSE_UP: 2.5, Framing.INSERT: 3.0}
_BLUR = {
    Framing.WIDE: 0.0, Framing.MEDIUM: 2.2, Framing.OVER_SHOULDER: 5.0, Framing.CLOSE_UP: 9.0, Framing.INSERT: 12.0,
}  # fmt: skip
_LEVEL = {Framing.MEDIUM: 0.64, Framing.OVER_SHOULDER: 0.58, Framing.CLOSE_UP: 0.74, Framing.INSERT: 0.3}
_FROM = {Angle.EYE: 0.0, Angle.LOW: -0.09, Angle.HIGH: 0.11}
_AT = {TimeOfDay.DAY: 0.0, TimeOfDay.DAWN: 0.13, TimeOfDay.DUSK: -0.12, TimeOfDay.NIGHT: 0.05}
_NEARER = {TimeOfDay.DAY: 1.0, TimeOfDay.DAWN: 0.86, TimeOfDay.DUSK: 1.08, TimeOfDay.NIGHT: 0.93}
_ROOM = {TimeOfDay.DAY: 0.0, TimeOfDay.DAWN: 0.14, TimeOfDay.DUSK: -0.06, TimeOfDay.NIGHT: 0.0}
_GRAND = {"church", "stage", "cave", "library", "corridor", "stairs"}
_FAR = {TimeOfDay.DAY: 1.32, TimeOfDay.DAWN: 1.5, TimeOfDay.DUSK: 1.4, TimeOfDay.NIGHT: 1.18}
_SMALL = {"cabin", "lamp-room", "kitchen", "train"}
_STEPS = tuple(sign * step / 100 for step in range(0, 27, 2) for sign in (1, -1))


def _wide_zoom(stage: Stage) -> float:
    """Rooms are small; where people are, the camera comes nearer to them."""
    pieces, people = set(stage.setting.pieces), bool(stage.figures)
    if not stage.setting.interior:
        return _FAR[stage.setting.time] if people else 1.0
    if "car" in pieces:
        return 1.0
    near = 1.12 if pieces & _GRAND else 1.38 if pieces & _SMALL else 1.26
    return near + _ROOM[stage.setting.time] + (0.18 if people else 0.0) + (0.12 if stage.angle is Angle.HIGH else 0.0)


def _height(stage: Stage, world: World) -> float:
    """Where the horizon is in the picture: high when seen from above, low from below."""
    if stage.framing is Framing.WIDE:
        return world.horizon / HEIGHT + (0.11 if stage.setting.interior and stage.angle is Angle.HIGH else 0.0)
    return _LEVEL[stage.framing] + {Angle.LOW: 0.13, Angle.HIGH: -0.17}.get(stage.angle, 0.0)


def _clear(view: SetUp, stage: Stage, world: World, crowd: Sequence[Extent]) -> SetUp:
    """`view` from a little further left or right, where no landmark grows out of a head; never past what is drawn."""
    marks = [LANDMARKS[name] for name in stage.setting.pieces if name in LANDMARKS] if crowd else []
    middle = world.width / 2
    # Places are drawn from `World.left` to `World.right`; the camera may see as far as a frame's bleed.
    most = middle - world.left - (0.5 + BLEED) * world.width / view.scale(0.0)

    def stepped(step: float) -> SetUp:
        x = view.focus[0] + step * world.width
        return replace(view, focus=(min(max(x, middle - most), middle + most), view.focus[1]))

    def cost(step: float) -> float:
        moved = stepped(step)
        seen_at = [
            (moved.across(world.x(mark.share), mark.depth), mark.reach * moved.scale(mark.depth)) for mark in marks
        ]
        hidden = sum(max(0.0, 1 - abs(x - at) / (reach + wide)) for at, wide in seen_at for x, reach in crowd)
        lost = sum(not 0.05 < at / world.width < 0.95 for at, _ in seen_at) if stage.framing is Framing.WIDE else 0
        return hidden + 0.5 * lost + abs(step)

    return stepped(min(_STEPS, key=cost))


def _direction(stage: Stage) -> int:
    facing = [figure.faces for figure in stage.figures if not figure.foreground]
    return facing[-1] if facing else 0


def seen(layer: Layer, view: SetUp) -> Layer:
    """`layer` as `view` shows it: far things grow less than near ones."""
    if view.zoom == 1.0 and view.target == view.focus:
        return layer
    scale = view.scale(layer.depth)
    dx, dy = view.target[0] - view.focus[0] * scale, view.target[1] - view.focus[1] * scale
    cels = tuple(group([cel], f"matrix({scale:.4f} 0 0 {scale:.4f} {dx:.1f} {dy:.1f})") for cel in layer.cels)
    px, py = layer.motion.pivot
    motion = replace(layer.motion, amount=layer.motion.amount * (scale if layer.motion.kind.in_units else 1.0),
                     pivot=(px * scale + dx, py * scale + dy))  # fmt: skip
    box = layer.box and (
        layer.box[0] * scale + dx,
        layer.box[1] * scale + dy,
        layer.box[2] * scale + dx,
        layer.box[3] * scale + dy,
    )
    soft = view.blur * (1.15 - 0.3 * min(layer.depth, 1.0))
    detail = min(layer.detail, 1.0 if view.blur < 3 else 0.5 if view.blur < 8 else 0.3)
    return replace(layer, cels=cels, motion=motion, box=box, blur=layer.blur * scale + soft, detail=detail)
