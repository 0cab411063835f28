"""Hair, beards and glasses, around a head 100 units high that looks right."""

import random
from typing import TYPE_CHECKING

from director_dagster.animatic.complexion import Tones, modelled
from director_dagster.animatic.ink import brush, ellipse, fill, group, line, mass
from director_dagster.animatic.palette import lighter, mix
from director_dagster.story.shot import Look

if TYPE_CHECKING:
    from director_dagster.animatic.faces import View

BACK, FRONT = "back", "front"


def behind(look: Look, colours: Tones, view: "View") -> str:
    """What hangs behind neck and shoulders: long hair, a bun."""
    wide = view in {BACK, FRONT}
    if look.hat in {"hood", "scarf"}:
        return ""
    if look.hair == "long":
        fall = [(-20, -40), (-44, -24), (-48, 20), (-50, 60), (-46, 102), (-24, 108), (-6, 96), (0, 40), (10, 0)]
        if wide:
            fall = [
                (0, -48),
                (-36, -32),
                (-42, 10),
                (-46, 60),
                (-38, 104),
                (0, 110),
                (38, 104),
                (46, 60),
                (42, 10),
                (36, -32),
            ]
        strands = [
            [(-44, 0), (-44, 40), (-38, 98)],
            [(-36, 10), (-36, 60), (-28, 102)],
            [(-30, 20), (-26, 60), (-16, 98)],
        ]
        marks = "".join(fill(brush(s, 2.4), colours.hair_light, 0.7) for s in strands)
        return mass(fall, mix(colours.hair, colours.ink, 0.18)) + marks
    if look.hair == "bun":
        at = (0.0, -40.0) if wide else (-43.0, -30.0)
        return ellipse(*at, 17, 16, colours.hair) + line(
            f"M{at[0] - 9} {at[1] - 4}q9 -8 18 2", colours.hair_light, 1.6, 0.8
        )
    return ""


def beneath(look: Look, colours: Tones, view: "View", *, mirrored: bool) -> str:
    """What hangs before the far shoulder, behind the head: a braid is always over the right one."""
    far = look.hair == "braid" and look.hat not in {"hood", "scarf"} and mirrored and view != BACK
    return _braid(colours, "far") if far else ""


def over(look: Look, colours: Tones, view: "View", *, mirrored: bool = False) -> str:
    """Hair on the head itself; a braid stays on its side of the body when it is shown `mirrored`."""
    if look.hat in {"hood", "scarf"}:
        return _fringe(colours, view) if look.hair != "bald" else ""
    if look.hair == "bald":
        return _fringe_of_the_bald(colours, view) if look.age == "old" else ""
    if look.hair == "curly":
        return _curls(look, colours, view)
    body = _cap_of_hair(look, colours, view)
    if look.hair == "braid" and not (mirrored and view != BACK):
        body += _braid(colours, "back" if view == BACK else "near")
    if look.hair == "long" and view != BACK:
        body += _locks(colours, view)
    return body


def _fringe_of_the_bald(colours: Tones, view: "View") -> str:
    """What the old keep: a ring of hair from ear to ear, below where a cap sits."""
    if view == FRONT:
        return "".join(mass([(s * 30, -22), (s * 36, -10), (s * 35, 10), (s * 29.5, 14), (s * 30, -6)], colours.hair)
                       for s in (-1, 1))  # fmt: skip
    if view == BACK:
        shape = [(-34, -20), (0, -16), (34, -20), (33, 4), (27, 24), (18, 34), (0, 31), (-18, 34), (-27, 24), (-33, 4)]
        marks = [[(x, -14), (x * 1.02, 6), (x * 0.82, 28)] for x in (-26, -13, 0, 13, 26)]
    else:
        shape = [(-43, -24), (-20, -24), (-19, -6), (-21, 8), (-25, -6), (-31, -8), (-31, 8), (-29, 22), (-38, 14),
                 (-43, -4)]  # fmt: skip
        marks = [[(-40, -16), (-39, 0), (-34, 14)], [(-23, -16), (-22, -8), (-22, 2)]]
    return mass(shape, colours.hair) + "".join(fill(brush(m, 1.8), colours.hair_light, 0.7) for m in marks)


def _cap_of_hair(look: Look, colours: Tones, view: "View") -> str:
    old_man = look.age == "old" and look.presents == "male"
    if view == BACK:
        shape = (
            "M0 -56C28 -56 42 -38 40 -12C39 8 30 24 20 34"
            "C10 39 -10 39 -20 34C-30 24 -39 8 -40 -12C-42 -38 -28 -56 0 -56Z"
        )
        marks = [[(-8, -52), (-22, -30), (-26, 10)], [(6, -52), (4, -10), (4, 30)], [(16, -50), (28, -24), (26, 10)]]
    elif view == FRONT:
        high = -38 if old_man else -28
        shape = (
            f"M-31 4C-31 -8 -28 -14 -25 -20C-20 {high + 4} -10 {high - 2} -4 {high}"
            f"C6 {high - 5} 18 {high} 25 -20C28 -14 31 -8 31 4"
            "C37 -2 38 -20 36 -30C32 -50 18 -58 0 -58C-18 -58 -32 -50 -36 -30C-38 -20 -37 -2 -31 4Z"
        )
        marks = [[(-6, -54), (-20, -44), (-30, -22)], [(6, -54), (20, -46), (31, -22)]]
    else:
        brow = -36 if old_man else -27
        shape = (
            f"M-24 8C-22 0 -21 -6 -19 -12C-15 -18 -12 -22 -8 {brow + 2}"
            f"C2 {brow - 6} 14 {brow - 4} 22 {brow - 2}C28 {brow} 31 {brow + 5} 32.5 -19"
            "C37 -34 31 -48 16 -54C6 -59 -14 -60 -28 -52C-46 -42 -52 -20 -44 2"
            "C-41 14 -35 20 -30 22C-33 14 -30 10 -31 4C-31 -4 -28 -9 -25 -8C-22 -6 -23 2 -24 8Z"
        )
        marks = [
            [(14, -50), (-6, -46), (-26, -30), (-36, -6)],
            [(24, -46), (6, -44), (-10, -34)],
            [(-8, -54), (-30, -44), (-42, -18)],
        ]
    strands = "".join(fill(brush(m, 2.6), colours.hair_light, 0.75) for m in marks)
    return modelled("hair", shape, colours.hair, colours, lit=0.34) + strands


def _fringe(colours: Tones, view: "View") -> str:
    if view == BACK:
        return ""
    if view == FRONT:
        return fill(
            "M-29 -6C-26 -22 -12 -30 0 -30C12 -30 26 -22 29 -6C30 -26 20 -46 0 -46C-20 -46 -30 -26 -29 -6Z",
            colours.hair,
        )
    return fill(
        "M-30 6C-28 -8 -22 -16 -12 -18C-6 -14 -4 -20 4 -21C10 -17 14 -22 21 -20C28 -19 34 -12 38 2"
        "C40 -20 28 -46 4 -46C-22 -46 -33 -22 -30 6Z",
        colours.hair,
    )


def _curls(look: Look, colours: Tones, view: "View") -> str:
    chance = random.Random(f"curls {look.seed}")
    ring = [(-40, 8), (-45, -8), (-44, -24), (-36, -40), (-24, -50), (-8, -56), (8, -55), (22, -49), (31, -38)]
    ring += [(-32, -24), (-20, -38), (-4, -43), (10, -43), (22, -38), (-33, -8), (-34, 8)]
    if view == FRONT:
        ring = [
            (s * x, y)
            for x, y in ((6, -54), (20, -50), (31, -40), (37, -26), (38, -10), (36, 4), (24, -38), (10, -42))
            for s in (-1, 1)
        ]
    if view == BACK:
        ring = [
            (x, y)
            for y in (-48, -34, -18, -2, 14, 26)
            for x in (-32, -18, -4, 10, 24, 34)
            if abs(x) < 42 - abs(y + 12) * 0.35
        ]
    parts = []
    for x, y in ring:
        r = chance.uniform(9, 12.5)
        parts.append(ellipse(x + chance.uniform(-2, 2), y + chance.uniform(-2, 2), r, r, colours.hair))
    for x, y in ring[::2]:
        parts.append(line(f"M{x - 4} {y + 2}q2 -7 8 -4", colours.hair_light, 1.5, 0.8))
    return group(parts)


_BRAIDS = {
    "near": ((-34, 22), (-37, 36), (-37, 50), (-34, 64), (-31, 78), (-28, 92), (-26, 104)),
    "far": ((20, 40), (25, 53), (30, 66), (33, 80), (34, 94), (34, 108), (32, 122), (31, 135)),
    "back": ((0, 22), (1, 36), (2, 50), (2, 64), (1, 78), (0, 92), (0, 106), (1, 120), (2, 133)),
}
"""The middles of a braid's strands, from the head down."""


def _braid(colours: Tones, where: str) -> str:
    path = _BRAIDS[where]
    thick = 11.5 if where == "back" else 9.0
    dark = mix(colours.hair, colours.ink, 0.5)
    parts = []
    for i, (x, y) in enumerate(path):
        wide = thick - i * 0.5
        parts.append(ellipse(x, y, wide, 10, mix(colours.hair, colours.hair_light, 0.35)))
        parts.append(line(f"M{x - wide * 0.8:.1f} {y - 5}Q{x} {y + 8} {x + wide * 0.8:.1f} {y - 5}", dark, 1.6, 0.85))
        parts.append(line(f"M{x - wide * 0.4:.1f} {y - 3}Q{x} {y + 3} {x + wide * 0.2:.1f} {y - 4}",
                          lighter(colours.hair, 0.13), 1.3, 0.5))  # fmt: skip
    x, y = path[-1]
    end = fill(brush([(x, y + 10), (x, y + 18), (x + 2, y + 26)], 9), colours.hair)
    return group([*parts, end, ellipse(x, y + 8, 5.5, 4, colours.accent)])


def _locks(colours: Tones, view: "View") -> str:
    if view == FRONT:
        lock = [(26, -24), (34, -4), (33, 30), (38, 70), (30, 96), (24, 60), (27, 20)]
        return group([mass(lock, colours.hair), f'<g transform="scale(-1 1)">{mass(lock, colours.hair)}</g>'])
    near = [(-12, -30), (-20, -8), (-22, 20), (-20, 50), (-24, 92), (-42, 98), (-46, 50), (-42, 0), (-30, -30)]
    return mass(near, colours.hair) + "".join(
        fill(brush(s, 2.4), colours.hair_light, 0.8)
        for s in ([(-22, -14), (-30, 20), (-30, 84)], [(-30, -10), (-38, 30), (-38, 84)])
    )


def beard(look: Look, colours: Tones, view: "View") -> str:
    """A full beard that leaves the mouth free, or nothing."""
    if not look.beard or view == BACK:
        return ""
    if view == FRONT:
        shape = (
            "M-30 6C-27 16 -20 22 -12 25C-6 22 6 22 12 25C20 22 27 16 30 6C31 28 26 46 14 58C6 64 -6 64 -14 58"
            "C-26 46 -31 28 -30 6ZM-10 30C-6 27 6 27 10 30C11 38 6 41 0 41C-6 41 -11 38 -10 30Z"
        )
        marks = [[(-16, 34), (-14, 46), (-8, 56)], [(0, 44), (1, 52), (0, 60)], [(16, 34), (14, 46), (8, 56)]]
    else:
        shape = (
            "M-25 2C-22 12 -17 19 -8 22C-2 24 4 22 9 22.5C13 24.5 17 24.5 20 22.5"
            "C24 22.5 27 24 28 25C29 33 28 46 22 54C16 62 4 63 -4 58C-18 52 -27 36 -28 16Z"
            "M5.5 31.5C8 29.6 11 29 14 29.6C18 29 21 29.4 23.5 31C23.5 36 20 39 15 39C10 39 6 36.500 5.5 31.5Z"
        )
        marks = [
            [(-18, 22), (-14, 38), (-4, 52)],
            [(-6, 30), (-2, 44), (6, 56)],
            [(12, 44), (14, 52), (14, 58)],
            [(24, 40), (22, 48), (18, 54)],
        ]
    body = f'<path d="{shape}" fill="{colours.hair}" fill-rule="evenodd"/>'
    return body + "".join(fill(brush(m, 2.0), colours.hair_light, 0.7) for m in marks)


def glasses(look: Look, colours: Tones, view: "View") -> str:
    """Glasses in the accent's colour, or nothing; none from behind."""
    if look.accessory != "glasses":
        return ""
    rim = colours.accent
    if view == "three-quarter":
        lenses = [(0.5, 0.5, 11.0, 9.5), (23.5, 0.0, 8.0, 9.0)]
        arm = line("M-10.5 -1L-27 -3M11.5 -1Q13.5 -3 15.5 -1", rim, 2.2)
    else:
        lenses = [(-13.0, 0.0, 11.0, 9.5), (13.0, 0.0, 11.0, 9.5)]
        arm = line("M-2 -1Q0 -3 2 -1M-24 -1L-31 -4M24 -1L31 -4", rim, 2.2)
    rings = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{colours.white}"'
        f' fill-opacity="0.12" stroke="{rim}" stroke-width="2.2"/>'
        for x, y, rx, ry in lenses
    )
    return rings + arm
