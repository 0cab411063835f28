"""Arms and hands: from the shoulder by an elbow to a palm with a thumb; adults 200 units high."""

import math
from dataclasses import dataclass

from director_dagster.animatic.bones import Bones
from director_dagster.animatic.complexion import Tones
from director_dagster.animatic.ink import Point, brush, ellipse, fill, group, limb, line
from director_dagster.animatic.palette import mix

_PALM = (
    "M-2 -2.3C0 -3.4 3 -3.9 5.4 -3.5C8.5 -3.5 12 -3 13.6 -1.4C14.4 0 13.4 2 11.6 2.5"
    "C8.5 3.6 5 3.9 2.4 3.4C0 3 -2 2.6 -2 2.3Z"
)
_THUMB = "M0.6 -2.4C2 -5 5 -7 7.6 -6.9C9.2 -6.6 9 -5 7.6 -4.4C6 -3.6 5 -2.4 4.4 -1Z"
_FINGERS = "M7 -1.3Q10.5 -1.5 13.2 -0.9M6.8 0.6Q10 0.8 12.8 0.7"


@dataclass(frozen=True, kw_only=True)
class Sleeve:
    """What arms are dressed in: how wide the body is, the cloth, and the size of the hands."""

    wide: float
    cloth: str
    hands: float = 1.0


def far(frame: Bones, sleeve: Sleeve, colours: Tones) -> str:
    """The arm on the far side, from its shoulder to its hand."""
    top = (frame.shoulder[0] + 9.5 * sleeve.wide, frame.shoulder[1] + 7.5)
    return _arm(top, frame.far_elbow, frame.far_hand, sleeve, colours, hidden=frame.pocket)


def far_forearm(frame: Bones, sleeve: Sleeve, colours: Tones) -> str:
    """What of a far arm comes before the body when arms are folded."""
    wrist, turn = _wrist(frame.far_elbow, frame.far_hand)
    edge = fill(limb([frame.far_elbow, wrist], [5.4, 4.7]), mix(sleeve.cloth, colours.ink, 0.42))
    arm = fill(limb([frame.far_elbow, wrist], [4.8, 4.1]), sleeve.cloth)
    return _hand(wrist, turn, sleeve.hands, colours) + edge + arm


def near(frame: Bones, sleeve: Sleeve, colours: Tones) -> str:
    """The arm on our side, in front of the body."""
    top = (frame.shoulder[0] - 10.2 * sleeve.wide, frame.shoulder[1] + 7.5)
    elbow = (frame.near_elbow[0] * (sleeve.wide if frame.near_elbow[0] < 0 else 1.0), frame.near_elbow[1])
    return _arm(top, elbow, frame.near_hand, sleeve, colours, hidden=frame.pocket)


def _arm(top: Point, elbow: Point, hand: Point, sleeve: Sleeve, colours: Tones, *, hidden: bool) -> str:
    wrist, turn = _wrist(elbow, hand)
    thick = min(sleeve.wide, 1.15)
    radii = [5.9 * thick, 5.5 * thick, 4.9 * thick, 4.1 * thick]
    edge = mix(sleeve.cloth, colours.ink, 0.42)
    lower_top = (top[0] + (elbow[0] - top[0]) * 0.4, top[1] + (elbow[1] - top[1]) * 0.4)
    parts = [_bent(lower_top, elbow, wrist, [radii[1] + 0.3, *[r + 0.6 for r in radii[1:]]], edge)]
    parts += [_bent(top, elbow, wrist, radii, sleeve.cloth), _crease(top, elbow, wrist, sleeve, colours)]
    if hidden:
        nx, ny = -5.5 * math.sin(math.radians(turn)), 5.5 * math.cos(math.radians(turn))
        slit = f"M{wrist[0] - nx:.1f} {wrist[1] - ny:.1f}L{wrist[0] + nx:.1f} {wrist[1] + ny:.1f}"
        return group([*parts, line(slit, mix(sleeve.cloth, colours.ink, 0.6), 1.5)])
    return _hand(wrist, turn, sleeve.hands, colours) + group(parts)


def _wrist(elbow: Point, hand: Point) -> tuple[Point, float]:
    """Where the hand begins, and its direction in degrees."""
    dx, dy = hand[0] - elbow[0], hand[1] - elbow[1]
    length = math.hypot(dx, dy) or 1.0
    return (hand[0] - dx / length * 4.5, hand[1] - dy / length * 4.5), math.degrees(math.atan2(dy, dx))


def _bent(top: Point, elbow: Point, wrist: Point, radii: list[float], colour: str) -> str:
    """Two stiff pieces and the joint between them."""
    middle = ((top[0] + elbow[0]) / 2, (top[1] + elbow[1]) / 2)
    upper = limb([top, middle, elbow], [radii[0], radii[1], radii[2]])
    lower = limb([elbow, wrist], [radii[2], radii[3]])
    round_ = ellipse(*top, radii[0], radii[0], colour) + ellipse(*elbow, radii[2], radii[2], colour)
    return fill(upper, colour) + round_ + fill(lower, colour)


def _crease(top: Point, elbow: Point, wrist: Point, sleeve: Sleeve, colours: Tones) -> str:
    """Folds at the inside of the elbow, and the cuff."""
    dark = mix(sleeve.cloth, colours.ink, 0.5)
    inside = ((top[0] + wrist[0] - 2 * elbow[0]), (top[1] + wrist[1] - 2 * elbow[1]))
    length = math.hypot(*inside) or 1.0
    ux, uy = inside[0] / length, inside[1] / length
    bend = min(length / 40, 1.0)
    folds = "".join(
        fill(brush([(elbow[0] + ux * 4.5 + uy * w, elbow[1] + uy * 4.5 - ux * w), (elbow[0] + ux, elbow[1] + uy),
                    (elbow[0] - ux * 2.5 - uy * w * 0.6, elbow[1] - uy * 2.5 + ux * w * 0.6)], 1.3), dark, 0.6 * bend)
        for w in (-2.2, 1.6)
    )  # fmt: skip
    dx, dy = wrist[0] - elbow[0], wrist[1] - elbow[1]
    reach = math.hypot(dx, dy) or 1.0
    ax, ay = dx / reach, dy / reach
    x, y = wrist[0] - ax * 2, wrist[1] - ay * 2
    cuff = line(f"M{x + ay * 3.9:.1f} {y - ax * 3.9:.1f}L{x - ay * 3.9:.1f} {y + ax * 3.9:.1f}", dark, 1.0, 0.7)
    return folds + cuff


def _hand(wrist: Point, turn: float, size: float, colours: Tones) -> str:
    """A palm with its fingers together and the thumb up or forward."""
    skin = mix(colours.skin, colours.shade, 0.25)
    parts = [fill(_PALM, mix(skin, colours.deep, 0.55)), fill(_THUMB, skin), fill(_PALM, skin)]
    parts.append(line(_FINGERS, colours.deep, 0.6, 0.55))
    move = f"translate({wrist[0]:.1f} {wrist[1]:.1f}) rotate({turn:.1f}) scale({size:.2f})"
    return group(parts, move)
