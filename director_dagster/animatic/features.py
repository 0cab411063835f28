"""What a face speaks with: brows, eyes, nose, mouth and the lines of age, on a head 100 units high."""

from dataclasses import dataclass

from director_dagster.animatic.complexion import Features, Tones
from director_dagster.animatic.ink import Point, brush, ellipse, fill, group, line, mass, smooth
from director_dagster.animatic.palette import mix, to_lab
from director_dagster.story.shot import Look

MOUTH_STEPS = (0.0, 0.25, 0.5, 0.8)
"""How open the mouth is in each of its cels."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where a face's features are.

    Attributes:
        eyes: Of each eye its middle, half its width, and on which side of it the nose is (1: right).
        tall: Half the height of an eye.
        nose: Its tip.
        mouth: Its middle.
        half: Half the width of the mouth.
        turned: How much of the mouth's far half is seen.
    """

    eyes: tuple[tuple[Point, float, int], ...]
    tall: float
    nose: Point
    mouth: Point
    half: float
    turned: float


def plan(look: Look, face: Features, *, turned: bool) -> Plan:
    """Where the features of `look` are; a child's are low and its eyes large."""
    child = look.age == "child"
    eye_y, tall = (12.0, 7.0) if child else (0.0, 3.4 if look.age == "old" else 3.9)
    low = (22.5 if child else 14.0) + 5 * face.nose
    mouth_y, half = (36.0, 7.4) if child else (31.5, 10.0)
    if turned:
        near, far = ((1.5, eye_y), 10.0 if child else 8.4, 1), ((23.5, eye_y - 0.5), 7.8 if child else 6.0, -1)
        tip = (12.5 + 9 * face.nose, low)
        return Plan(eyes=(near, far), tall=tall, nose=tip, mouth=(14.5, mouth_y), half=half, turned=0.8)
    x, wide = (15.5, 9.8) if child else (13.0, 8.0)
    eyes = (((-x, eye_y), wide, 1), ((x, eye_y), wide, -1))
    return Plan(eyes=eyes, tall=tall, nose=(0.0, low + 1), mouth=(0.0, mouth_y), half=half, turned=1.0)


def brows(colours: Tones, face: Features, where: Plan, step: float) -> str:
    """Both brows; they rise as the mouth opens (`step`), their inner ends as the face's mood has it."""
    thick, dark = 3.3 * face.brow, mix(colours.hair, colours.ink, 0.08 if to_lab(colours.hair)[0] > 0.6 else 0.45)
    parts = []
    for (x, y), half, side in where.eyes:
        top = y - 1.3 * where.tall - 5.2 - 3.0 * step
        inner = face.mood + 2.2 * step
        arch = [(-1.35, 3.6), (-0.7, 0.4), (0.1, -0.3 - inner * 0.4), (1.0, 1.6 - inner)]
        bent = [(x + side * half * dx, top + dy) for dx, dy in arch]
        parts.append(fill(brush(bent, thick * half / 8.4, ends=0.18), dark, 0.92))
    return group(parts)


def eyes(colours: Tones, face: Features, where: Plan, *, closed: int) -> str:
    """Both eyes, open or shut."""
    sizes = [(at, half * face.eyes, where.tall * face.eyes) for at, half, _ in where.eyes]
    return group(_shut(colours, *size) if closed else _open(colours, face.iris, *size) for size in sizes)


def _shut(colours: Tones, at: Point, w: float, h: float) -> str:
    x, y = at
    lid = [(x - w, y + 1), (x - w * 0.5, y - h * 0.9), (x + w * 0.3, y - h), (x + w, y + 0.4), (x, y + h * 0.8)]
    lash = [(x - w, y + 1.2), (x - w * 0.3, y + h * 0.7), (x + w * 0.4, y + h * 0.6), (x + w, y + 0.8)]
    return mass(lid, mix(colours.skin, colours.shade, 0.6)) + fill(brush(lash, 1.9), colours.ink, 0.9)


def _open(colours: Tones, iris: str, at: Point, w: float, h: float) -> str:
    """An eye whose iris goes under its lid."""
    x, y = at
    lid = [(x - w, y + 1.0), (x - w * 0.5, y - h * 0.62), (x + w * 0.2, y - h * 0.85), (x + w, y + 0.4)]
    crease = [(x + w * 1.02, y - h * 0.5), (x + w * 0.25, y - h * 1.5), (x - w * 0.55, y - h * 1.25),
              (x - w * 1.02, y - h * 0.1)]  # fmt: skip
    under = [(x + w * 0.4, y + h * 0.72), (x - w * 0.4, y + h * 0.76)]
    round_, gaze = h * 0.98, x + w * 0.14
    middle = y - h * 0.2
    glint = (gaze + round_ * 0.32, middle - round_ * 0.12)
    return group(
        [
            fill(smooth([*lid, *under]), colours.white),
            ellipse(gaze, middle, round_, round_, mix(iris, colours.ink, 0.25)),
            ellipse(gaze, middle + 0.1, round_ * 0.52, round_ * 0.54, colours.ink),
            ellipse(*glint, h * 0.19, h * 0.19, "#ffffff", 0.85),
            mass([*lid, *crease], mix(colours.skin, colours.shade, 0.45)),
            line(smooth(crease, closed=False), colours.deep, 0.9, 0.55),
            fill(brush(lid, 2.3, ends=0.3), colours.ink),
            line(smooth([lid[-1], *under, lid[0]], closed=False), colours.deep, 0.8, 0.4),
        ]
    )


def nose(colours: Tones, where: Plan, *, child: bool) -> str:
    """A tip, a wing and a breath of a bridge: no line down the middle of the face."""
    x, y = where.nose
    turned = where.turned < 1
    nostril = ellipse(x - 5.6 if turned else x - 3.4, y + 3.4, 2.1, 1.0, colours.deep, 0.55 if child else 0.8)
    if not turned:
        under = brush([(-6.5, y), (-4.5, y + 4), (0, y + 4.8), (4.5, y + 4), (6.5, y)], 1.3)
        return nostril + ellipse(3.4, y + 3.4, 2.1, 1.0, colours.deep, 0.6) + fill(under, colours.deep, 0.55)
    tip = brush([(x - 3, y - 7), (x - 0.3, y - 2.5), (x, y + 0.8), (x - 2.2, y + 3.8), (x - 5, y + 4.2)], 1.4)
    if child:
        return nostril + fill(tip, colours.deep, 0.55)
    side = [(14.0, -2), (12.5, y - 10), (x - 11, y), (x - 8, y + 4.5), (x - 3, y + 3.6), (x - 6, y - 4)]
    bridge = brush([(15.4, -3), (16.2, 3), (x - 3, y - 7)], 1.0)
    wing = brush([(x - 10.5, y - 1.5), (x - 12, y + 2), (x - 9.6, y + 4.4)], 1.3)
    soft = mass(side, colours.shade, 0.5) + fill(bridge, colours.deep, 0.3)
    return soft + fill(tip, colours.deep, 0.7) + nostril + fill(wing, colours.deep, 0.55)


def mouth(colours: Tones, face: Features, where: Plan, step: float) -> str:
    """A mouth open by `step` (0 … 1): rounder as it opens, teeth and tongue only hinted at."""
    (x, y), lips, half = where.mouth, face.lips, where.half * (1 - 0.22 * step)
    near, far = x - half, x + half * where.turned
    up, down = y - 0.8 - 1.6 * step, y + 0.5 + 9.0 * step
    bow = [(near, y), (x - half * 0.34, up - 1.9 * lips), (x, up - 1.2 * lips), (x + half * 0.3, up - 1.9 * lips)]
    low = [(far, y - 0.2), (x + half * 0.42, down + 2.9 * lips), (x - half * 0.38, down + 3.1 * lips)]
    whole = mass([*bow, *low], colours.lip)
    if not step:
        seam = [
            (near - 1.2, y - 0.3),
            (x - half * 0.4, y + 0.3),
            (x, y + 0.5),
            (x + half * 0.35, y + 0.2),
            (far + 1, y - 0.5),
        ]
        shadow = ellipse(x, down + 6.2 * lips + 1, half * 0.5, 1.3, colours.deep, 0.22)
        return shadow + whole + fill(brush(seam, 1.5), colours.deep, 0.85)
    inside = [(near + 1.4, y), (x, up + 0.2), (far - 1.1, y), (x + half * 0.36, down), (x - half * 0.4, down)]
    dark = mix(mix(colours.lip, "#5a1f22", 0.55), colours.ink, 0.5)
    parts = [whole, mass(inside, dark)]
    if step > 0.3:
        parts.append(ellipse(x, down - 1.2, half * 0.42, 1.6 + 1.4 * step, mix(dark, "#b0524e", 0.45), 0.9))
        teeth = [(x - half * 0.52, y - 0.9), (x, up + 0.8), (x + half * 0.45, y - 0.9), (x, up + 2.3)]
        parts.append(mass(teeth, colours.white, 0.55))
    return group(parts)


_FOLDS: tuple[list[Point], ...] = (
    [(6, 20), (0.5, 25), (-1, 31), (0.5, 36)],
    [(25, 20), (27.5, 26)],
    [(-8, 6.5), (0, 8.6), (8, 6.5)],
    [(18.5, 6.5), (24, 7.6), (28, 6)],
    [(-11, -1), (-17, -4)],
    [(-11, 2), (-17, 3.5)],
    [(-4, -21), (8, -23), (22, -20)],
    [(-2, -28), (10, -30), (22, -27)],
    [(13, -9), (12.5, -14)],
    [(-8, 22), (-11, 31)],
)


def lines_of_age(look: Look, colours: Tones, where: Plan) -> str:
    """Folds of the old, a breath of one beside an adult's mouth, the red cheeks of a child."""
    turned = where.turned < 1
    if look.age == "child":
        red = mix(colours.skin, "#c4523e", 0.4)
        spots = ((-10.0, 28.0), (29.5, 27.0)) if turned else ((-19.0, 28.0), (19.0, 28.0))
        return "".join(ellipse(x, y, r, r * 0.7, red, 0.16) for x, y in spots for r in (7.5, 5.5, 3.5))
    if not turned:
        sides = (-1, 1) if look.age == "old" else ()
        return "".join(fill(brush([(s * 8, 18), (s * 13, 25), (s * 14, 33)], 1.5), colours.deep, 0.5) for s in sides)
    if look.age != "old":
        return fill(brush([(4, 22), (1, 26), (0, 30)], 1.0), colours.deep, 0.2)
    return "".join(fill(brush(fold, 1.5), colours.deep, 0.5) for fold in _FOLDS)
