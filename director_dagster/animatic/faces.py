"""Heads: three-quarter, from the front and from behind, 100 units high around 0, 0, looking right."""

import random
from dataclasses import dataclass
from enum import StrEnum

from director_dagster.animatic import hair
from director_dagster.animatic.ink import Point, around, brush, ellipse, fill, group, line, mass, smooth
from director_dagster.animatic.palette import Palette, lighter, mix
from director_dagster.story.shot import Look

MOUTH_STEPS = (0.0, 0.25, 0.5, 0.8)
"""How open the mouth is in each of its cels."""


class View(StrEnum):
    """From where a head is seen."""

    THREE_QUARTER = "three-quarter"
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, kw_only=True)
class Head:
    """A head in parts that move on their own, back to front; mouth and eyes have a cel for each state.

    Attributes:
        behind: What of hair or hood hangs behind the body.
        base: Neck, skull, face without what moves, hair, hat.
        mouths: Closed to wide open, as `MOUTH_STEPS`.
        lids: Eyes open, eyes closed.
        front: What lies over eyes and mouth: glasses, beard, brim.
    """

    behind: str
    base: str
    mouths: tuple[str, ...]
    lids: tuple[str, ...]
    front: str


@dataclass(frozen=True, kw_only=True)
class Tones:
    """A head's colours in the light it stands in."""

    skin: str
    shade: str
    deep: str
    lip: str
    ink: str
    hair: str
    hair_light: str
    white: str
    accent: str
    coat: str


def tones(look: Look, palette: Palette) -> Tones:
    """The colours of `look` under `palette`."""
    skin = palette.keyed(look.skin)
    shadow = mix(mix(palette.ink, palette.haze, 0.15), look.skin, palette.ambient * 0.42 + 0.12)
    hair_colour = mix(palette.tone(look.hair_colour), palette.keyed(look.hair_colour), 0.4)
    return Tones(
        skin=skin,
        shade=mix(skin, shadow, 0.52),
        deep=mix(shadow, palette.ink, 0.35),
        lip=mix(mix(skin, palette.tone("#a8483f"), 0.45), palette.ink, 0.12),
        ink=mix(palette.ink, look.skin, 0.05),
        hair=hair_colour,
        hair_light=lighter(hair_colour, 0.07),
        white=mix(palette.keyed("#fbf6ea"), "#ffffff", 0.1),
        accent=palette.vivid(look.accent),
        coat=mix(palette.tone(look.coat_colour), palette.keyed(look.coat_colour), 0.3),
    )


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the page leaves open of a face, from a seed: each a factor around 1."""

    nose: float
    jaw: float
    eyes: float
    brow: float
    lips: float
    iris: str


def features(look: Look) -> Features:
    """The face of `look`; the same for the same seed."""
    chance = random.Random(f"face {look.seed}")
    child, woman = look.age == "child", look.presents == "female"
    return Features(
        nose=chance.uniform(0.86, 1.16) * (0.72 if child else 0.9 if woman else 1.08),
        jaw=chance.uniform(0.94, 1.05) * (0.94 if woman or child else 1.04),
        eyes=chance.uniform(0.94, 1.06) * (1.28 if child else 1.1 if woman else 0.98),
        brow=chance.uniform(0.85, 1.15) * (0.6 if child else 0.7 if woman else 1.2),
        lips=chance.uniform(0.9, 1.15) * (1.25 if woman else 0.9),
        iris=chance.choice(("#4a3526", "#3d5a5c", "#55603a", "#37485f", "#5d4630")),
    )


def head(look: Look, palette: Palette, view: View, *, lit_front: bool, detailed: bool) -> Head:
    """The head of `look`; `lit_front`: the light comes from where it looks; not `detailed`: to be seen small."""
    colours, face = tones(look, palette), features(look)
    behind = hair.behind(look, colours, view)
    if view is View.BACK:
        base = _neck_back(colours) + _skull_back(look, colours) + hair.over(look, colours, view)
        return Head(behind="", base=base, mouths=("",), lids=("",), front=behind + hair.hat(look, colours, view))
    draw = _three_quarter if view is View.THREE_QUARTER else _front
    base, mouths, lids = draw(look, face, colours, lit_front=lit_front, detailed=detailed)
    front = hair.beard(look, colours, view) + hair.over(look, colours, view) + hair.glasses(look, colours, view)
    return Head(behind=behind, base=base, mouths=mouths, lids=lids, front=front + hair.hat(look, colours, view))


_NEAR, _FAR = (1.0, 0.0), (22.5, -0.5)  # the eyes


def _three_quarter(
    look: Look, face: Features, colours: Tones, *, lit_front: bool, detailed: bool
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    outline = _outline(look, face)
    parts = [_neck(look, colours), _ear(colours, -26.5), fill(outline, colours.skin)]
    parts.append(_planes(colours, face, lit_front=lit_front))
    parts += [_nose(colours, face, lit_front=lit_front), _sockets(colours, face)]
    if detailed:
        parts.append(_lines_of_age(look, colours))
    mouths = tuple(_mouth(colours, face, (14.5, 31.0), 11.5, step, turned=0.8) for step in MOUTH_STEPS)
    lids = tuple(
        _eye(colours, face, _NEAR, 9.4, look, closed=c) + _eye(colours, face, _FAR, 6.6, look, closed=c) for c in (0, 1)
    )
    return group(parts), mouths, lids


def _outline(look: Look, face: Features) -> str:
    j, old = face.jaw, 1.5 if look.age == "old" else 0.0
    if look.age == "child":
        return (
            "M-6 -50C16 -52 32 -40 33 -22C33.5 -14 31 -11 31 -7C31 -2 35 4 34.5 13C34 22 30 29 27 34"
            "C25 39 22 44 17 47C11 50 3 49 -3 46C-14 41 -24 32 -27 20C-29 12 -29 6 -29 0C-45 -8 -46 -32 -33 -43"
            "C-26 -50 -15 -50 -6 -50Z"
        )
    return (
        "M-6 -50C14 -52 31 -41 32.5 -25C33 -17 30.5 -12 30 -8"
        f"C29.3 -3 {33 - old:.1f} 3 {32.5 - old:.1f} 10C{31.5 - old:.1f} 18 {28.5 - old:.1f} 24 {27 - old:.1f} 30"
        f"C26.5 35 {25 * j:.1f} 40 {22 * j:.1f} 45C{18 * j:.1f} {51 * j:.1f} {9 * j:.1f} {52.5 * j:.1f} 3 {49 * j:.1f}"
        f"C{-8 * j:.1f} {44 * j:.1f} {-20 * j:.1f} {37 * j:.1f} {-24.5 * j:.1f} 25C-27 17 -28 8 -28 0"
        "C-44 -8 -46 -30 -34 -42C-26 -50 -14 -50 -6 -50Z"
    )


def _neck(look: Look, colours: Tones) -> str:
    wide = {"female": 0.86, "male": 1.12}.get(look.presents, 1.0) * (0.8 if look.age == "child" else 1.0)
    left, right = -25 * wide, 10 * wide
    body = (
        f"M{left:.1f} 8C{left:.1f} 40 {left:.1f} 60 {left - 6:.1f} 92"
        f"L{right + 7:.1f} 92C{right:.1f} 70 {right:.1f} 58 {right - 1:.1f} 36Z"
    )
    under = f"M{left:.1f} 24C-12 46 0 52 {right:.1f} 50C{right:.1f} 62 4 66 -6 62C-14 60 -20 52 {left + 1:.1f} 46Z"
    return fill(body, colours.shade) + fill(under, colours.deep, 0.75)


def _ear(colours: Tones, x: float) -> str:
    shape = f"M{x + 2} -9C{x - 7} -13 {x - 9} -3 {x - 5} 3C{x - 4} 8 {x - 1} 12 {x + 3} 10Z"
    return fill(shape, colours.shade) + line(f"M{x - 1} -6C{x - 5} -6 {x - 5} 0 {x - 1} 4", colours.deep, 1.4, 0.7)


def _planes(colours: Tones, face: Features, *, lit_front: bool) -> str:
    """The side of the face that the light does not reach, in one stroke of the brush."""
    j = face.jaw
    if lit_front:
        cheek = (
            f"M-20 -44C-12 -30 -15 -22 -12 -13C-17 -4 -15 6 -12 13C-9 22 -13 27 -5 36C0 41 2 46 6 {51 * j:.1f}"
            f"C-6 {48 * j:.1f} {-20 * j:.1f} {38 * j:.1f} {-24.5 * j:.1f} 25"
            "C-27 17 -28 8 -28 0C-40 -10 -34 -38 -20 -44Z"
        )
        far = "M33 8C32 18 28 24 27 30C24 28 25 20 28 15C30 12 32 10 33 8Z"
        return fill(cheek, colours.shade, 0.85) + fill(far, colours.shade, 0.35)
    front = (
        "M8 -50C20 -50 31 -40 32.5 -25C33 -17 30.5 -12 30 -8C29.3 -3 33 3 32.5 10C31.5 18 28.5 24 27 30"
        f"C26.5 35 {25 * j:.1f} 40 {22 * j:.1f} 45C{18 * j:.1f} {51 * j:.1f} 10 {51 * j:.1f} 7 {50 * j:.1f}"
        "C10 46 8 42 11 39C16 36 13 33 11 30C13 27 10 24 11 21C15 20 13 8 12.5 2C12 -6 9 -10 10 -18C12 -30 5 -40 8 -50Z"
    )
    return fill(front, colours.shade, 0.85)


def _nose(colours: Tones, face: Features, *, lit_front: bool) -> str:
    reach = 14 + 8.5 * face.nose
    low = 14 + 5 * face.nose
    tip = (reach, low)
    shadow = (
        f"M12.5 -7C13 0 10 9 7.5 {low + 1:.1f}C7 {low + 5:.1f} 12 {low + 6.5:.1f} 16 {low + 4.5:.1f}"
        f"C{tip[0]:.1f} {low + 5:.1f} {tip[0] + 1:.1f} {low + 1:.1f} {tip[0] - 1:.1f} {low - 2:.1f}C17 6 14.5 0 14 -7Z"
    )
    bridge = brush([(14.5, -8), (15, -2), (17, 5), (tip[0] - 1, low - 4), tip, (tip[0] - 2, low + 4)], 1.6)
    nostril = ellipse(tip[0] - 6.5, low + 3.6, 2.4, 1.2, colours.deep, 0.9)
    wing = brush([(8.8, low - 1), (7.2, low + 2.5), (9.2, low + 5)], 1.5)
    side = fill(shadow, colours.shade, 0.75 if lit_front else 0.3)
    return side + fill(bridge, colours.deep, 0.8) + nostril + fill(wing, colours.deep, 0.75)


def _sockets(colours: Tones, face: Features) -> str:
    near = mass([(-10, 0), (-6, -9), (4, -10.5), (12, -7), (11, 2), (0, 5.5)], colours.shade, 0.45)
    far = mass([(15.5, 0), (17, -9), (25, -10.5), (30.5, -7), (29.5, 1), (23, 4.5)], colours.shade, 0.45)
    thick = 3.4 * face.brow
    brows = brush([(-12, -8), (-6, -11.5), (1, -12.5), (6, -11.5), (10.5, -9.5)], thick, ends=0.1)
    brows += brush([(16.5, -9.5), (20, -12), (25, -12.3), (30, -9)], thick * 0.9, ends=0.1)
    return near + far + fill(brows, mix(colours.hair, colours.ink, 0.5))


def _eye(colours: Tones, face: Features, at: Point, half: float, look: Look, *, closed: int) -> str:
    x, y = at
    w, h = half * min(face.eyes, 1.12), 3.9 * face.eyes * (0.82 if look.age == "old" else 1.0)
    lash = colours.ink
    lid = [(x - w, y + 1.2), (x - w * 0.45, y - h * 0.75), (x + w * 0.2, y - h), (x + w, y + 0.4)]
    if closed:
        skin = mass([*lid, (x + w * 0.2, y + h * 0.8), (x - w * 0.5, y + h * 0.7)], colours.shade)
        shut = [(x - w, y + 1.5), (x - w * 0.3, y + h * 0.7), (x + w * 0.4, y + h * 0.6), (x + w, y + 1)]
        return skin + fill(brush(shut, 2.2), lash)
    almond = smooth([*lid, (x + w * 0.35, y + h * 0.62), (x - w * 0.45, y + h * 0.66)])
    iris = h * 1.06
    gaze = x + w * 0.14
    parts = [fill(almond, colours.white), ellipse(gaze, y - h * 0.18, iris, iris * 1.02, mix(face.iris, lash, 0.35))]
    parts.append(ellipse(gaze, y - h * 0.1, iris * 0.5, iris * 0.52, lash))
    parts.append(ellipse(gaze + iris * 0.4, y - h * 0.5, 1.25, 1.25, "#ffffff", 0.95))
    parts.append(fill(brush(lid, 3.4, ends=0.25), lash))
    parts.append(
        line(
            f"M{x - w * 0.7:.1f} {y + h * 0.85:.1f}Q{x:.1f} {y + h * 1.25:.1f} {x + w * 0.8:.1f} {y + h * 0.7:.1f}",
            colours.deep,
            0.9,
            0.5,
        )
    )
    return group(parts)


def _mouth(colours: Tones, face: Features, at: Point, half: float, step: float, *, turned: float) -> str:
    """A mouth open by `step` (0 … 1); `turned` narrows its far half."""
    x, y = at
    near, far, lips = x - half, x + half * turned, face.lips
    up, down = y - 1.2 - 1.2 * step, y + 0.6 + 11 * step
    left, right = (near + 1.6 * step, y), (far - 1.2 * step, y - 0.3)
    bow = [left, (x - half * 0.3, up - 2.2 * lips), (x, up - 1.3 * lips), (x + half * 0.28, up - 2.2 * lips), right]
    lower = [right, (x + half * 0.4, down + 3.4 * lips), (x - half * 0.35, down + 3.6 * lips), left]
    inside = smooth([left, (x, up), right, (x + half * 0.35, down), (x - half * 0.4, down)])
    parts = [mass([*bow, *lower[1:3]], colours.lip, 0.85)]
    if step:
        parts.append(fill(inside, colours.ink))
        if step > 0.3:
            teeth = around(
                x, up, [(-half * 0.5, 0.6), (0, 0.4), (half * 0.4, 0.6), (half * 0.3, 2.6), (-half * 0.4, 2.6)]
            )
            parts.append(mass(teeth, colours.white, 0.75))
    else:
        parts.append(
            fill(
                brush(
                    [(near - 1.5, y + 0.3), (x - half * 0.4, y), (x, y + 0.5), (x + half * 0.35, y), (far + 1, y)], 1.9
                ),
                colours.ink,
                0.85,
            )
        )
    parts.append(ellipse(x, down + 6.5 * lips, half * 0.5, 1.5, colours.deep, 0.35))
    return group(parts)


def _lines_of_age(look: Look, colours: Tones) -> str:
    if look.age != "old":
        return fill(brush([(4.5, 20), (1, 25), (-0.5, 30)], 1.1), colours.deep, 0.25)
    folds: list[list[Point]] = [
        [(6, 19), (0.5, 25), (-1, 32), (0, 37)],
        [(24, 20), (27, 26)],
        [(-9, 8), (0, 10.5), (8, 8)],
        [(17, 7), (24, 8.5)],
        [(-14, -1), (-19, -4)],
        [(-14, 2), (-19, 3)],
        [(-4, -25), (8, -27), (22, -24)],
        [(-2, -32), (10, -34), (22, -31)],
        [(12.5, -11), (12, -16)],
        [(-8, 26), (-11, 34)],
    ]
    return "".join(fill(brush(fold, 1.5), colours.deep, 0.6) for fold in folds)


def _front(
    look: Look, face: Features, colours: Tones, *, lit_front: bool, detailed: bool
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    j = face.jaw * (1.06 if look.age == "child" else 1.0)
    right = f"C19 -50 31 -40 32 -22C33 -10 32 2 29.5 13C27 25 {20 * j:.1f} 38 {12 * j:.1f} 46C8 50.5 4 51 0 51"
    left = (
        f"C-4 51 -8 50.5 {-12 * j:.1f} 46C{-20 * j:.1f} 38 -27 25 -29.5 13C-32 2 -33 -10 -32 -22C-31 -40 -19 -50 0 -50Z"
    )
    neck = fill("M-17 30L-18 66C-20 80 -24 88 -30 92L30 92C24 88 20 80 18 66L17 30Z", colours.shade)
    neck += fill("M-17 38C-8 54 8 54 17 38L17.5 58C8 66 -8 66 -17.5 58Z", colours.deep, 0.7)
    ears = group([_ear(colours, -29.5), f'<g transform="scale(-1 1)">{_ear(colours, -29.5)}</g>'])
    half = (
        f"M2 -50C-2 -30 4 -20 1 -8C3 4 -4 14 3 22C-2 28 3 34 0 51C-8 51 {-12 * j:.1f} 46 {-12 * j:.1f} 46"
        f"C{-20 * j:.1f} 38 -27 25 -29.5 13C-32 2 -33 -10 -32 -22C-31 -40 -19 -50 2 -50Z"
    )
    shade = fill(half, colours.shade, 0.8)
    low = 16 + 4 * face.nose
    nose = fill(
        brush([(-3, -6), (-4, 4), (-7, low - 2), (-4, low + 4), (0, low + 5), (5, low + 3.5)], 1.6), colours.deep, 0.7
    )
    nose += ellipse(-3.4, low + 3.4, 1.9, 1.0, colours.deep, 0.9) + ellipse(3.4, low + 3.4, 1.9, 1.0, colours.deep, 0.9)
    sockets = "".join(ellipse(s * 13, -2.5, 11.5, 7.5, colours.shade, 0.5) for s in (-1, 1))
    brow = [(3.8, -9.5), (9, -12), (15, -12.5), (23, -8.5)]
    brows = "".join(brush([(s * x, y) for x, y in brow], 3.2 * face.brow, ends=0.1) for s in (-1, 1))
    parts = [neck, ears, fill("M0 -50" + right + left, colours.skin)]
    parts += [
        shade if lit_front else group([shade], "scale(-1 1)"),
        sockets,
        nose,
        fill(brows, mix(colours.hair, colours.ink, 0.5)),
    ]
    if detailed and look.age == "old":
        parts.append(
            "".join(fill(brush([(s * 8, 18), (s * 13, 25), (s * 14, 33)], 1.5), colours.deep, 0.5) for s in (-1, 1))
        )
    mouths = tuple(_mouth(colours, face, (0.0, 32.0), 11.5, step, turned=1.0) for step in MOUTH_STEPS)
    lids = tuple(
        _eye(colours, face, (-13.0, -1.0), 8.6, look, closed=c) + _eye(colours, face, (13.0, -1.0), 8.6, look, closed=c)
        for c in (0, 1)
    )
    return group(parts), mouths, lids


def _neck_back(colours: Tones) -> str:
    return fill("M-17 20L-18 66C-20 80 -24 88 -30 92L30 92C24 88 20 80 18 66L17 20Z", colours.shade)


def _skull_back(look: Look, colours: Tones) -> str:
    top = colours.skin if look.hair == "bald" else colours.hair
    ears = group([_ear(colours, -31), f'<g transform="scale(-1 1)">{_ear(colours, -31)}</g>'])
    skull = (
        "M0 -50C22 -50 36 -38 36 -18C36 2 28 20 20 30C12 37 -12 37 -20 30C-28 20 -36 2 -36 -18C-36 -38 -22 -50 0 -50Z"
    )
    return ears + fill(skull, top)
