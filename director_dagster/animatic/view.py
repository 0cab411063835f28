"""Set-ups: from where a place is seen, and what that does to its layers."""

from dataclasses import dataclass, replace

from director_dagster.animatic.drawing import HEIGHT, Layer
from director_dagster.animatic.ink import group
from director_dagster.story.shot import Framing, Stage


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


def set_up(stage: Stage, width: float, horizon: float) -> SetUp:
    """The set-up of `stage`: the nearer, the larger and softer the place; who looks left is seen before another part
    of it than who looks right."""
    zoom, blur = {
        Framing.WIDE: (1.0, 0.0), Framing.MEDIUM: (1.45, 2.2), Framing.OVER_SHOULDER: (2.0, 5.0),
        Framing.CLOSE_UP: (2.5, 9.0), Framing.INSERT: (3.0, 12.0),
    }[stage.framing]  # fmt: skip
    if stage.framing is Framing.WIDE:
        return SetUp(zoom=1.0, focus=(width / 2, horizon), target=(width / 2, horizon), blur=0.0)
    looks = _direction(stage)
    # The reverse of a dialogue sees the other side of the place.
    x = width * (0.5 - (-0.26 if stage.framing is Framing.OVER_SHOULDER else 0.20) * looks)
    target_y = {Framing.MEDIUM: 0.64, Framing.OVER_SHOULDER: 0.58, Framing.CLOSE_UP: 0.74, Framing.INSERT: 0.3}[
        stage.framing
    ]
    return SetUp(zoom=zoom, focus=(x, horizon), target=(width / 2, HEIGHT * target_y), blur=blur)


def _direction(stage: Stage) -> int:
    facing = [figure.faces for figure in stage.figures if not figure.foreground]
    return facing[-1] if facing else 0


def seen(layer: Layer, view: SetUp) -> Layer:
    """`layer` as `view` shows it: far things grow less than near ones."""
    if view.zoom == 1.0:
        return layer
    scale = 1 + (view.zoom - 1) * (0.25 + 0.75 * min(layer.depth, 1.3))
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
