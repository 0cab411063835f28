"""Things an insert shows: each drawn large around 0, 0, some 400 units across."""

import random
from collections.abc import Callable

from director_dagster.animatic import props_house
from director_dagster.animatic.ink import area, brush, ellipse, fill, group, line, mass, poly, rect, smooth
from director_dagster.animatic.palette import Palette, mix

Draw = Callable[[Palette], str]


def prop(name: str, palette: Palette) -> str:
    """The thing called `name`; something wrapped in cloth for what nobody here can draw."""
    return _PROPS.get(name, _bundle)(palette)


def glows(name: str) -> bool:
    """Whether the thing gives light."""
    return name in {"lantern", "candle"}


def lies(name: str) -> bool:
    """Whether the thing is flat and lies where others stand."""
    return name in {"letter", "photograph", "map", "key", "knife"}


def _letter(p: Palette) -> str:
    """A sheet folded twice, closely written, signed below."""
    paper, ink = p.tone("#f4ead2"), mix(p.ink, p.tone("#2a3560"), 0.4)
    sheet = poly([(-190, -252), (-60, -256), (172, -262), (184, -90), (180, 80), (196, 244), (10, 250), (-172, 256),
                  (-178, 90), (-186, -84)])  # fmt: skip
    chance = random.Random("a letter")
    words = [_word(x, -206 + 36 * row, wide, ink, chance) for row in range(9) for x, wide in _words(row, chance)]
    folds = "".join(
        line(f"M-182 {y}L183 {y - 6}", mix(paper, p.ink, 0.38), 3, 0.7)
        + area([(-182, y), (183, y - 6), (183, y + 40), (-180, y + 46)], p.ink, 0.08)
        + area([(-184, y - 40), (183, y - 46), (183, y - 6), (-182, y)], mix(paper, "#ffffff", 0.7), 0.5)
        for y in (-86, 84)
    )
    sign = line(
        "M20 192c10 -44 34 -44 26 -8c-6 26 22 -18 34 -10s2 22 20 6s18 8 34 0l34 -14M30 212q60 -8 128 -10", ink, 4
    )
    return group([fill(sheet, paper), folds, *words, sign], "rotate(-9)")


def _words(row: int, chance: random.Random) -> list[tuple[float, float]]:
    """Where the words of a row begin and how long they are: even on the left, ragged on the right."""
    made, x = [], -116.0 if row == 1 else -150.0
    end = -20.0 if row == 0 else 30.0 if row == 8 else 150 - chance.uniform(0, 44)
    while x < end - 16:
        wide = min(chance.uniform(18, 62), end - x)
        made.append((x, wide))
        x += wide + 13
    return made


def _word(x: float, y: float, wide: float, ink: str, chance: random.Random) -> str:
    points = [(x, y)]
    while points[-1][0] < x + wide - 5:
        up = len(points) % 2 == 1
        tall = chance.choice((6, 7, 7, 15)) if up else chance.choice((0, 0, 0, -7))
        points.append((points[-1][0] + chance.uniform(4.0, 6.0), y - tall))
    return line(smooth(points, closed=False), ink, 2.7, 0.9) if len(points) > 2 else ""


def _lantern(p: Palette) -> str:
    iron = mix(p.tone("#4a4038"), p.ink, 0.35)
    glass = mix(p.lamp, "#fff2d0", 0.25)
    body = (
        rect(-92, -110, 184, 230, glass, 0.9)
        + ellipse(0, 40, 34, 74, mix(p.lamp, "#ffffff", 0.4))
        + ellipse(0, 56, 17, 44, "#fffdf0")
    )
    bars = line("M-92 -110V120M92 -110V120M-34 -110V120M34 -110V120", iron, 11)
    return (
        body
        + bars
        + rect(-118, 118, 236, 40, iron)
        + rect(-100, 158, 200, 22, p.ink)
        + fill("M-112 -108L-62 -186H62L112 -108Z", iron)
        + rect(-34, -222, 68, 40, iron)
        + '<path d="M-70 -190C-90 -320 90 -320 70 -190" fill="none" stroke="'
        + iron
        + '" stroke-width="11"/>'
    )


def _key(p: Palette) -> str:
    iron = mix(p.tone("#a07a3a"), p.ink, 0.15)
    ring = (
        f'<circle cx="-150" cy="0" r="74" fill="none" stroke="{iron}" stroke-width="30"/>'
        f'<circle cx="-150" cy="0" r="22" fill="none" stroke="{iron}" stroke-width="12"/>'
    )
    shaft = (
        rect(-76, -15, 300, 30, iron)
        + rect(-66, -24, 20, 48, iron)
        + rect(150, 12, 26, 78, iron)
        + rect(196, 12, 26, 60, iron)
        + rect(176, 50, 24, 22, iron)
    )
    return group([ring, shaft, line("M-70 -8H216", mix(iron, p.paper, 0.6), 5, 0.8)], "rotate(-18)")


def _book(p: Palette) -> str:
    cover, page = mix(p.tone("#7a2f2a"), p.ink, 0.1), p.tone("#f2e8d2")
    back = fill("M-300 -130L-10 -90L0 -84L10 -90L300 -130L318 170L10 200L-10 200L-318 170Z", cover)
    left = fill("M-280 -150Q-130 -180 0 -110V180Q-130 120 -292 148Z", page)
    right = fill("M280 -150Q130 -180 0 -110V180Q130 120 292 148Z", mix(page, p.ink, 0.08))
    rows = "".join(
        line(
            f"M-250 {-110 + 26 * k}Q-130 {-136 + 26 * k} -26 {-80 + 26 * k}"
            f"M250 {-110 + 26 * k}Q130 {-136 + 26 * k} 26 {-80 + 26 * k}",
            mix(p.ink, page, 0.35),
            4,
            0.75,
        )
        for k in range(9)
    )
    return (
        back
        + left
        + right
        + rows
        + line("M0 -110V184", mix(page, p.ink, 0.5), 5)
        + fill("M30 -120L58 -128V210L44 190L30 214Z", p.vivid("#b5332a"))
    )


def _photograph(p: Palette) -> str:
    card, brown = p.tone("#f0e6d0"), mix(p.tone("#7a5a3c"), p.ink, 0.15)
    scene = rect(-170, -140, 340, 280, mix(card, brown, 0.35)) + fill(
        "M-170 60Q-60 10 40 50T170 40V140H-170Z", mix(brown, p.ink, 0.3)
    )
    people = "".join(
        mass(
            [
                (x - 44 * k, 140),
                (x - 42 * k, 10),
                (x - 18 * k, -26),
                (x + 18 * k, -26),
                (x + 42 * k, 10),
                (x + 44 * k, 140),
            ],
            mix(brown, p.ink, 0.6),
        )
        + ellipse(x, -58 * k + (1 - k) * 60, 24 * k, 30 * k, mix(brown, p.ink, 0.45))
        for x, k in ((-70, 1.0), (20, 0.94), (96, 0.66))
    )
    return group(
        [
            rect(-206, -180, 412, 360, card),
            scene,
            people,
            line("M-120 -180L-206 -110M206 110L140 180", mix(card, brown, 0.5), 4),
        ],
        "rotate(5)",
    )


def _knife(p: Palette) -> str:
    steel = mix(p.tone("#c5ccd0"), p.ink, 0.1)
    blade = fill("M-60 -34L250 -34Q320 -20 350 26Q200 44 -60 40Z", steel) + fill(
        "M-60 12L330 14Q340 20 350 26Q200 44 -60 40Z", mix(steel, p.paper, 0.6)
    )
    grip = mass(
        [(-60, -36), (-190, -44), (-300, -34), (-316, 10), (-290, 50), (-180, 40), (-60, 44)],
        mix(p.tone("#5a3826"), p.ink, 0.25),
    )
    return group(
        [
            blade,
            grip,
            rect(-70, -48, 20, 100, mix(p.tone("#b08a44"), p.ink, 0.2)),
            *[ellipse(x, 2, 9, 9, steel) for x in (-120, -190, -260)],
        ],
        "rotate(-14)",
    )


def _map(p: Palette) -> str:
    sheet, ink = p.tone("#e9d9b0"), mix(p.ink, p.tone("#5a3a22"), 0.4)
    folds = [(-320, -190), (-110, -226), (100, -186), (320, -220), (330, 190), (104, 222), (-108, 186), (-326, 226)]
    shade = area([folds[0], folds[1], folds[6], folds[7]], p.ink, 0.08) + area(
        [folds[2], folds[3], folds[4], folds[5]], p.ink, 0.1
    )
    coast = line("M-300 60C-240 20 -230 -60 -150 -70S-60 -170 20 -140S90 -40 170 -50S250 40 310 20", ink, 6) + fill(
        "M-320 60C-240 20 -230 -60 -150 -70S-60 -170 20 -140"
        "S90 -40 170 -50S250 40 325 20L328 190L104 222L-108 186L-326 226Z",
        p.tone("#8fa58a"),
        0.4,
    )
    way = (
        '<path d="M-220 130C-140 60 -60 140 20 60S150 60 190 110" fill="none"'
        f' stroke="{p.vivid("#b5332a")}" stroke-width="9" stroke-dasharray="24 18"/>'
        + line("M168 88L212 132M212 88L168 132", p.vivid("#b5332a"), 12)
    )
    rose = line("M-230 -150V-60M-275 -105H-185", ink, 5) + fill("M-230 -160L-218 -118H-242Z", ink)
    return area(folds, sheet) + coast + shade + way + rose


def _ring(p: Palette) -> str:
    gold = mix(p.tone("#d8aa3c"), p.ink, 0.05)
    hoop = '<ellipse cx="0" cy="60" rx="170" ry="160" fill="none" stroke'
    band = f'{hoop}="{gold}" stroke-width="40"/>'
    band += f'{hoop}="{mix(gold, p.paper, 0.7)}" stroke-width="8" stroke-dasharray="240 900"/>'
    stone = area([(-74, -170), (-40, -216), (40, -216), (74, -170), (0, -84)], p.vivid("#4fa3c8")) + area(
        [(-40, -170), (-16, -216), (16, -216), (40, -170), (0, -84)], mix(p.vivid("#4fa3c8"), "#ffffff", 0.55)
    )
    return band + area([(-60, -96), (60, -96), (40, -74), (-40, -74)], gold) + stone


def _shell(p: Palette) -> str:
    tone = p.tone("#e8c4a4")
    fan = mass(
        [
            (0, 190),
            (-90, 150),
            (-260, 0),
            (-240, -110),
            (-130, -200),
            (0, -226),
            (130, -200),
            (240, -110),
            (260, 0),
            (90, 150),
        ],
        tone,
    )
    ribs = "".join(
        fill(
            brush([(x * 0.12, 170), (x * 0.62, 0), (x, -170 + abs(x) * 0.42)], 14, ends=0.15),
            mix(tone, p.ink, 0.35),
            0.7,
        )
        for x in (-220, -150, -76, 0, 76, 150, 220)
    )
    bands = "".join(
        line(
            f"M{-236 + 40 * k} {-96 + 66 * k}Q0 {-250 + 76 * k} {236 - 40 * k} {-96 + 66 * k}",
            mix(tone, p.tone("#a5623a"), 0.7),
            8,
            0.5,
        )
        for k in range(3)
    )
    return fan + bands + ribs + mass([(-70, 150), (-96, 206), (0, 190), (96, 206), (70, 150)], tone)


def _watch(p: Palette) -> str:
    gold, face = mix(p.tone("#c9a24a"), p.ink, 0.1), p.tone("#f6f0e0")
    chain = ""
    for k in range(7):
        x, y = -30 - 46 * k, -250 - 20 * k + 5 * k * k
        link = f'<ellipse cx="{x}" cy="{y}" rx="28" ry="15" fill="none" stroke="{gold}" stroke-width="9"/>'
        chain += f'<g transform="rotate({18 - 9 * k} {x} {y})">{link}</g>'
    body = rect(-26, -250, 52, 60, gold) + ellipse(0, 20, 214, 214, gold) + ellipse(0, 20, 186, 186, face)
    marks = props_house.hours(20, 164, 140, p.ink, 10)
    return (
        chain
        + body
        + marks
        + line("M0 20L-66 -40", p.ink, 14)
        + line("M0 20L20 -112", p.ink, 8)
        + ellipse(0, 20, 13, 13, p.ink)
    )


def _bundle(p: Palette) -> str:
    cloth = p.tone("#a58f70")
    shape = mass(
        [(-220, 190), (-230, 40), (-120, -80), (-30, -110), (40, -110), (130, -70), (230, 50), (216, 190), (0, 214)],
        cloth,
    )
    knot = mass(
        [(-40, -100), (-110, -200), (-30, -170), (0, -220), (40, -170), (116, -196), (44, -100)],
        mix(cloth, p.ink, 0.15),
    )
    folds = "".join(
        fill(brush([(x * 0.2, -96), (x * 0.7, 20), (x, 170)], 10, ends=0.1), mix(cloth, p.ink, 0.5), 0.7)
        for x in (-180, -90, 10, 100, 180)
    )
    return shape + folds + knot


_PROPS: dict[str, Draw] = {
    "letter": _letter,
    "lantern": _lantern,
    "key": _key,
    "book": _book,
    "cup": props_house.cup,
    "photograph": _photograph,
    "knife": _knife,
    "phone": props_house.phone,
    "bottle": props_house.bottle,
    "candle": props_house.candle,
    "clock": props_house.clock,
    "map": _map,
    "box": props_house.box,
    "flower": props_house.flower,
    "bread": props_house.bread,
    "ring": _ring,
    "mirror": props_house.mirror,
    "shell": _shell,
    "watch": _watch,
    "violin": props_house.violin,
}


KNOWN = frozenset(_PROPS)

"""The things that are drawn as what they are."""
