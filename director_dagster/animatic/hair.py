"""What a head wears: hair, beards and hats, around a head 100 units high that looks right."""

import random
from typing import TYPE_CHECKING

from director_dagster.animatic.ink import brush, ellipse, fill, group, line, mass
from director_dagster.animatic.palette import lighter, mix
from director_dagster.story.shot import Look

if TYPE_CHECKING:
    from director_dagster.animatic.faces import Tones, View

BACK, FRONT = "back", "front"


def behind(look: Look, colours: "Tones", view: "View") -> str:
    """What hangs behind neck and shoulders: long hair, a hood's back, a headscarf's tail."""
    wide = view in {BACK, FRONT}
    if look.hat == "hood":
        hood = [
            (-34, 92),
            (-52, 40),
            (-54, -20),
            (-34, -60),
            (0, -68),
            (30, -56),
            (40, -22),
            (36, 20),
            (30, 60),
            (26, 92),
        ]
        if wide:
            hood = [(-44, 92), (-50, 20), (-46, -36), (-20, -66), (0, -70), (20, -66), (46, -36), (50, 20), (44, 92)]
        return mass(hood, mix(colours.coat, colours.ink, 0.25))
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


def over(look: Look, colours: "Tones", view: "View") -> str:
    """Hair on the head itself."""
    if look.hair == "bald" or look.hat in {"hood", "scarf"}:
        return _fringe(colours, view) if look.hat in {"hood", "scarf"} and look.hair != "bald" else ""
    if look.hair == "curly":
        return _curls(look, colours, view)
    body = _cap_of_hair(look, colours, view)
    if look.hair == "braid":
        body += _braid(colours, view)
    if look.hair == "long" and view != BACK:
        body += _locks(colours, view)
    return body


def _cap_of_hair(look: Look, colours: "Tones", view: "View") -> str:
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
    return fill(shape, colours.hair) + "".join(fill(brush(m, 2.6), colours.hair_light, 0.75) for m in marks)


def _fringe(colours: "Tones", view: "View") -> str:
    if view == BACK:
        return ""
    if view == FRONT:
        return fill(
            "M-29 -6C-26 -22 -12 -30 0 -30C12 -30 26 -22 29 -6C30 -26 20 -46 0 -46C-20 -46 -30 -26 -29 -6Z",
            colours.hair,
        )
    return fill(
        "M-19 -4C-16 -18 -8 -27 6 -31C18 -34 28 -30 32 -20C33 -34 22 -46 2 -46C-18 -46 -25 -26 -19 -4Z", colours.hair
    )


def _curls(look: Look, colours: "Tones", view: "View") -> str:
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


def _braid(colours: "Tones", view: "View") -> str:
    path = [(-34, 22), (-37, 36), (-37, 50), (-34, 64), (-31, 78), (-28, 92), (-26, 104)]
    if view != "three-quarter":
        path = [(x + (36 if view == BACK else 6), y) for x, y in path]
    parts = [ellipse(x, y, 9 - i * 0.6, 10, colours.hair) for i, (x, y) in enumerate(path)]
    parts += [line(f"M{x - 6} {y - 4}q6 8 12 0", mix(colours.hair, colours.ink, 0.5), 1.4, 0.8) for x, y in path]
    x, y = path[-1]
    return group(
        [
            *parts,
            ellipse(x, y + 8, 5.5, 4, colours.accent),
            fill(brush([(x, y + 10), (x, y + 18), (x + 2, y + 26)], 9), colours.hair),
        ]
    )


def _locks(colours: "Tones", view: "View") -> str:
    if view == FRONT:
        lock = [(26, -24), (34, -4), (33, 30), (38, 70), (30, 96), (24, 60), (27, 20)]
        return group([mass(lock, colours.hair), f'<g transform="scale(-1 1)">{mass(lock, colours.hair)}</g>'])
    near = [(-12, -30), (-20, -8), (-22, 20), (-20, 50), (-24, 92), (-42, 98), (-46, 50), (-42, 0), (-30, -30)]
    return mass(near, colours.hair) + "".join(
        fill(brush(s, 2.4), colours.hair_light, 0.8)
        for s in ([(-22, -14), (-30, 20), (-30, 84)], [(-30, -10), (-38, 30), (-38, 84)])
    )


def beard(look: Look, colours: "Tones", view: "View") -> str:
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
            "M4 30.5C7 28 11 27.5 14 28.5C18 27.5 22 28 25 30C25.5 36 21 40 15 40C9 40 4.500 37 4 30.5Z"
        )
        marks = [
            [(-18, 22), (-14, 38), (-4, 52)],
            [(-6, 30), (-2, 44), (6, 56)],
            [(12, 44), (14, 52), (14, 58)],
            [(24, 40), (22, 48), (18, 54)],
        ]
    body = f'<path d="{shape}" fill="{colours.hair}" fill-rule="evenodd"/>'
    return body + "".join(fill(brush(m, 2.0), colours.hair_light, 0.7) for m in marks)


def hat(look: Look, colours: "Tones", view: "View") -> str:
    """The hat, hood or headscarf, or nothing."""
    kinds = {"cap": _cap, "brim": _brim, "hood": _hood, "scarf": _headscarf}
    return kinds[look.hat](colours, view) if look.hat in kinds else ""


def _cap(colours: "Tones", view: "View") -> str:
    cloth, dark = colours.accent, mix(colours.accent, colours.ink, 0.4)
    turned = view == "three-quarter"
    crown = [(-46, -22), (-46, -44), (-30, -62), (0, -68), (30, -60), (42, -42), (38, -26), (0, -30)]
    band = "M-44 -20C-24 -30 14 -33 38 -27L37 -17C12 -24 -22 -20 -43 -10Z"
    if not turned:
        crown = [(-41, -24), (-46, -42), (-32, -60), (0, -66), (32, -60), (46, -42), (41, -24), (0, -30)]
        band = "M-39 -24C-20 -32 20 -32 39 -24L38 -14C20 -22 -20 -22 -38 -14Z"
    peak = (
        ""
        if view == BACK
        else fill(
            "M16 -27C34 -26 50 -22 56 -14C44 -16 30 -18 18 -18Z"
            if turned
            else "M-26 -24C-12 -30 12 -30 26 -24C28 -14 14 -11 0 -11C-14 -11 -28 -14 -26 -24Z",
            colours.ink,
        )
    )
    seams = line("M-6 -66Q-14 -48 -12 -30", dark, 1.5, 0.7) + line("M22 -62Q24 -46 18 -32", dark, 1.5, 0.5)
    return mass(crown, cloth) + seams + fill(band, dark) + peak


def _brim(colours: "Tones", view: "View") -> str:
    felt = mix(colours.coat, colours.ink, 0.35)
    crown = "M-34 -26C-36 -52 -30 -70 -14 -72C-4 -73 2 -68 10 -71C24 -72 30 -52 31 -30Z"
    band = "M-35 -36C-14 -44 12 -45 32 -40L32 -29C10 -36 -14 -35 -35 -25Z"
    brim = "M-64 -18C-52 -36 -20 -40 2 -40C26 -40 50 -36 58 -24C50 -27 36 -28 22 -27C-8 -26 -34 -24 -64 -18Z"
    if view != "three-quarter":
        brim = "M-62 -22C-46 -38 -22 -40 0 -40C22 -40 46 -38 62 -22C44 -24 22 -20 0 -20C-22 -20 -44 -24 -62 -22Z"
    shade = (
        ""
        if view == BACK
        else fill(
            "M-24 -18C-8 -25 16 -27 32 -24C33 -18 31 -14 30 -9C10 -14 -10 -12 -22 -6Z"
            if view == "three-quarter"
            else "M-31 -22C-12 -22 12 -22 31 -22L31 -8C12 -12 -12 -12 -31 -8Z",
            colours.ink,
            0.45,
        )
    )
    return shade + fill(crown, felt) + fill(band, colours.accent) + fill(brim, mix(felt, colours.ink, 0.2))


def _hood(colours: "Tones", view: "View") -> str:
    cloth, inner = colours.coat, colours.accent
    if view == BACK:
        back = [(-30, 92), (-46, 30), (-44, -30), (-20, -62), (0, -66), (20, -62), (44, -30), (46, 30), (30, 92)]
        return mass(back, cloth) + line("M0 -64Q4 0 0 80", mix(cloth, colours.ink, 0.4), 2, 0.7)
    if view == FRONT:
        edge = "C34 60 40 20 32 -16C26 -40 12 -46 0 -46C-12 -46 -26 -40 -32 -16C-40 20 -34 60 -20 92"
        outer, start, end = (
            "M-46 92C-56 40 -52 -30 -30 -58C-14 -72 14 -72 30 -58C52 -30 56 40 46 92L20 92",
            "M20 92",
            "Z",
        )
    else:
        edge = "C34 -40 20 -48 4 -44C-14 -40 -24 -20 -23 2C-22 30 -12 50 4 62"
        outer, start = "M-40 92C-56 50 -62 -10 -46 -44C-34 -68 -2 -76 22 -64C36 -56 42 -42 40 -26", "M40 -26"
        end = "C10 70 10 82 8 92Z"
    folds = line("M-36 -48Q-50 -10 -38 60", mix(cloth, colours.ink, 0.4), 2, 0.6)
    return fill(outer + edge + end, cloth) + folds + line(start + edge, inner, 4.5)


def _headscarf(colours: "Tones", view: "View") -> str:
    cloth, dark = colours.accent, mix(colours.accent, colours.ink, 0.35)
    if view == BACK:
        back = [(0, -56), (34, -42), (42, -8), (30, 40), (8, 74), (0, 84), (-8, 74), (-30, 40), (-42, -8), (-34, -42)]
        return mass(back, cloth) + line("M-30 -20Q0 10 30 -20M-28 10Q0 36 28 10", dark, 2, 0.6)
    if view == FRONT:
        shape = (
            "M-24 56C-40 30 -44 -20 -34 -40C-22 -60 22 -60 34 -40C44 -20 40 30 24 56C14 62 -14 62 -24 56"
            "ZM-26 20C-24 34 -12 50 0 50C12 50 24 34 26 20C32 -8 26 -36 0 -38C-26 -36 -32 -8 -26 20Z"
        )
        knot = "M-10 54L10 54L16 76L0 66L-16 76Z"
    else:
        shape = (
            "M4 60C-14 60 -30 48 -38 30C-52 10 -54 -28 -38 -46C-20 -62 20 -62 34 -42C37 -36 36 -30 34 -24"
            "C28 -36 12 -40 -4 -34C-20 -24 -24 -6 -22 10C-18 30 -6 46 6 50C12 53 10 60 4 60Z"
        )
        knot = "M-2 52L10 50L18 72L6 66L-6 76Z"
    folds = line("M-30 -40Q-46 -10 -32 26M-16 -50Q-34 -24 -28 10", dark, 1.8, 0.7)
    body = f'<path d="{shape}" fill="{cloth}" fill-rule="evenodd"/>'
    return body + folds + fill(knot, lighter(cloth, -0.06))


def glasses(look: Look, colours: "Tones", view: "View") -> str:
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
