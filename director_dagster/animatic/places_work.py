"""Rooms of work and passage: cellar, ship's cabin, workshop, cafe."""

from dataclasses import replace

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import area, around, ellipse, fill, glow, line, mass, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_furniture import chair, hanging_lamp, shelf, table
from director_dagster.animatic.places_room import Window, ceiling, night_side, outside, shell
from director_dagster.animatic.world import LANDMARKS, World, lamp, layer


def cellar(world: World) -> list[Layer]:
    """A brick vault, barrels, one small window under the ceiling, a bare bulb."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.80), y=hz - 400, width=160, height=80, across=4, down=1)
    stone = p.tone("#7d6a5c")
    marks, chance = [], world.chance("bricks")
    for row in range(14):
        for col in range(-6, 26):
            x, y = col * 80 + (row % 2) * 40, hz - 30 - row * 44
            if chance.random() < 0.6:
                marks.append(rect(x, y, 74, 38, mix(stone, p.ink, chance.uniform(0.05, 0.45)), 0.6))
    holes = Window(x=window.x, y=window.y, width=190, height=110)
    made = [
        *outside(world, [window], ridge=False),
        *shell(
            world,
            [window],
            wall="#74655a",
            floor="#5e564e",
            boards=False,
            paper=f'<clipPath id="k"><path d="M-900 -400H2900V1400H-900Z {holes.path}"'
            f' clip-rule="evenodd"/></clipPath><g clip-path="url(#k)">{"".join(marks)}</g>',
        ),
    ]
    dark = mix(stone, p.ink, 0.72)
    w = world.width
    vault = (
        f"M{-0.4 * w} -300H{1.4 * w}V{hz + 60}H{1.06 * w}Q{1.06 * w} {hz - 560} {0.5 * w} {hz - 560}"
        f"Q{-0.06 * w} {hz - 560} {-0.06 * w} {hz + 60}H{-0.4 * w}Z"
    )
    made.append(
        layer(
            "vault",
            0.6,
            fill(vault, dark),
            line(
                f"M{1.06 * w} {hz + 60}Q{1.06 * w} {hz - 560} {0.5 * w} {hz - 560}"
                f"Q{-0.06 * w} {hz - 560} {-0.06 * w} {hz + 60}",
                mix(stone, p.ink, 0.35),
                26,
            ),
            wash=1.0,
            rim=0.2,
        )
    )
    for k, (share, size) in enumerate(((0.10, 1.0), (0.24, 0.85), (0.17, 0.8))):
        made.append(_barrel(world, world.x(share), hz + (110 if k < 2 else -70), size))
    return [*made, *hanging_lamp(world, world.x(0.46), 170, size=0.55, swing=1.6), night_side(world)]


def _barrel(world: World, x: float, y: float, size: float) -> Layer:
    p = world.palette
    wood = mix(p.tone("#7a5434"), p.ink, 0.15)
    w, h = 95 * size, 210 * size
    body = fill(
        f"M{x - w * 0.78} {y}Q{x - w * 1.2} {y - h / 2} {x - w * 0.78} {y - h}"
        f"H{x + w * 0.78}Q{x + w * 1.2} {y - h / 2} {x + w * 0.78} {y}Z",
        wood,
    )
    staves = "".join(
        line(f"M{x + w * k} {y - 4}Q{x + w * k * 1.45} {y - h / 2} {x + w * k} {y - h}", p.ink, 2.5, 0.55)
        for k in (-0.45, -0.15, 0.15, 0.45)
    )
    hoops = "".join(
        line(
            f"M{x - w * 0.98} {y - h * k}Q{x} {y - h * k + 12} {x + w * 0.98} {y - h * k}",
            mix(p.tone("#4a4a4c"), p.ink, 0.4),
            11 * size,
        )
        for k in (0.2, 0.8)
    )
    return layer(
        "barrel",
        0.8,
        body,
        staves,
        hoops,
        ellipse(x, y - h, w * 0.78, 13 * size, mix(wood, p.ink, 0.5)),
        rim=0.4,
        wash=0.9,
    )


def cabin(world: World) -> list[Layer]:
    """A ship's cabin: planks, portholes, a bunk, a lantern that swings."""
    p, hz, w = world.palette, world.horizon, world.width
    holes = [
        Window(x=world.x(s), y=hz - 262, width=180, height=180, across=1, down=1, shape="round")
        for s in (0.78, LANDMARKS["cabin"].share)
    ]
    joint = mix(p.tone("#8a5f3c"), p.ink, 0.6)
    planks = "".join(
        line(f"M-600 {y}Q{w / 2} {y + 20} {w + 600} {y}", joint, 4, 0.6) for y in (hz - 60 - 84 * k for k in range(9))
    )
    return [
        *outside(world, holes),
        *shell(world, holes, wall="#85603f", floor="#6e4c32", paper=planks),
        _brass_and_beams(world, holes),
        ceiling(world, "#85603f", high=400),
        _bunk(world, world.x(0.17), hz + 80, world.side),
        table(world, world.x(0.80), hz + 120, 330),
        *_swinging_lantern(world, world.x(0.36), hz - 315),
        night_side(world),
    ]


_BOLTS = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7))


def _brass_and_beams(world: World, holes: list[Window]) -> Layer:
    p, hz, w = world.palette, world.horizon, world.width
    brass, beam = mix(p.tone("#b08a44"), p.ink, 0.15), mix(p.tone("#8a5f3c"), p.ink, 0.5)
    parts = []
    for hole in holes:
        x, y = hole.x, hole.y
        parts.append(f'<circle cx="{x}" cy="{y}" r="102" fill="none" stroke="{brass}" stroke-width="24"/>')
        parts += [ellipse(x + 102 * dx, y + 102 * dy, 6, 6, p.ink) for dx, dy in _BOLTS]
    for share in (0.0, 0.33, 0.645, 1.0):
        x, lean = w * share, (share - 0.5) * 60
        parts.append(area([(x - 30, -300), (x + 30, -300), (x + 20 + lean, hz + 4), (x - 20 + lean, hz + 4)], beam))
    return layer("brass", 0.37, *parts, rim=0.25)


def _bunk(world: World, x: float, y: float, s: int) -> Layer:
    p = world.palette
    frame = rect(min(x - s * 260, x + s * 230), y - 90, 490, 100, mix(p.tone("#8a5f3c"), p.ink, 0.35))
    cover = around(x, y, [(-250, -96), (-240, -140), (60, -148), (222, -128), (226, -92)], s)
    pillow = around(x, y, [(-236, -140), (-200, -176), (-120, -176), (-96, -142)], s)
    cloth = mass(cover, p.tone("#9a4a3e")) + mass(pillow, p.tone("#e6dcc8"))
    return layer("bunk", 0.75, frame, cloth, rim=0.3, wash=0.9)


def _swinging_lantern(world: World, x: float, y: float) -> list[Layer]:
    p = world.palette
    iron = mix(p.tone("#4a4038"), p.ink, 0.4)
    body = (
        line(f"M{x} {y - 330}V{y - 60}M{x - 26} {y - 34}q26 -46 52 0", iron, 6)
        + rect(x - 30, y - 34, 60, 74, p.lamp if p.lamps else mix(p.lamp, p.paper, 0.6))
        + ellipse(x, y + 8, 10, 22, "#fff4d8")
        + rect(x - 38, y + 38, 76, 14, iron)
        + rect(x - 34, y - 44, 68, 12, iron)
        + line(f"M{x - 30} {y - 34}v74M{x} {y - 34}v74M{x + 30} {y - 34}v74", iron, 4)
    )
    motion = Motion(kind=Sway.SWING, amount=4.0, period_s=4.8, pivot=(x, y - 250))
    made = [layer("lantern", 0.8, body, rim=0.3, motion=motion)]
    floor = world.horizon + 190
    pool = glow("q", p.lamp, 0.55 if p.lamps else 0.15) + ellipse(x, floor, 620, 130, "url(#q)")
    return [
        *made,
        lamp("lantern light", 0.8, (x, y), 560, p.lamp, 0.8 if p.lamps else 0.25, flicker=0.1),
        layer("pool", 0.8, pool, detail=0.25, blend=Blend.LIGHT, motion=replace(motion, kind=Sway.FLICKER, amount=0.1)),
    ]


def workshop(world: World) -> list[Layer]:
    """A bench under a window, tools on the wall, a hanging lamp."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.78), y=hz - 320, width=300, height=260, across=4, down=3)
    steel, wood = mix(p.tone("#7f868a"), p.ink, 0.3), mix(p.tone("#7a5636"), p.ink, 0.2)
    wall = rect(
        min(world.x(0.10), world.x(0.52)), hz - 500, abs(world.x(0.52) - world.x(0.10)), 270, mix(wood, p.light, 0.05)
    )
    tools = []
    for k in range(6):
        x, y = world.x(0.14 + 0.066 * k), hz - 470
        if k % 3 == 0:
            tools.append(line(f"M{x} {y}v150", wood, 11) + rect(x - 34, y - 6, 68, 30, steel))
        elif k % 3 == 1:
            tools.append(
                area([(x - 14, y + 40), (x + 14, y + 40), (x + 40, y + 190), (x - 40, y + 190)], steel)
                + line(f"M{x - 16} {y + 36}q-6 -40 16 -40q22 0 16 40", wood, 11)
            )
        else:
            tools.append(
                f'<circle cx="{x}" cy="{y + 20}" r="20" fill="none" stroke="{steel}" stroke-width="12"/>'
                + line(f"M{x} {y + 40}v120", steel, 14)
            )
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#a89478", floor="#7a6248"),
        layer(
            "tools",
            0.4,
            wall,
            *tools,
            shelf(world, world.x(0.31), hz - 190, 560 * min(1.0, world.width / 1000), things="jars"),
            rim=0.25,
        ),
    ]
    by = hz + 40
    left, right = min(world.x(0.30), world.x(1.3)), max(world.x(0.30), world.x(1.3))
    bench = (
        rect(left, by - 60, right - left, 34, mix(wood, p.light, 0.15))
        + rect(left, by - 26, right - left, 20, mix(wood, p.ink, 0.45))
        + "".join(rect(left + (right - left) * k, by - 10, 34, 150, mix(wood, p.ink, 0.45)) for k in (0.03, 0.5, 0.9))
    )
    vise = rect(world.x(0.44) - 44, by - 110, 88, 50, p.ink) + line(f"M{world.x(0.44) - 80} {by - 84}h160", steel, 12)
    shavings = "".join(
        f'<circle cx="{world.x(0.62) + 34 * k}" cy="{by - 70}" r="{11 - k}"'
        f' fill="none" stroke="{p.tone("#d9b98a")}" stroke-width="5"/>'
        for k in range(4)
    )
    made.append(layer("bench", 0.7, bench, vise, shavings, rim=0.35, wash=0.9))
    return [*made, *hanging_lamp(world, world.x(0.58), 170, size=1.2), night_side(world)]


def cafe(world: World) -> list[Layer]:
    """A big window to the street, small round tables, a bar with bottles, lamps in a row."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.72), y=hz - 265, width=min(620.0, world.width * 0.5), height=360, across=4, down=1)
    made = [*outside(world, [window]), *shell(world, [window], wall="#7d4f3e", floor="#b9a184", boards=False)]
    left, right = min(world.x(-0.4), world.x(0.36)), max(world.x(-0.4), world.x(0.36))
    wood = mix(p.tone("#5b3826"), p.ink, 0.25)
    bar = (
        rect(left, hz - 130, right - left, 24, mix(p.tone("#c9a877"), p.ink, 0.1))
        + rect(left, hz - 106, right - left, 190, wood)
        + "".join(
            line(f"M{left + (right - left) * k / 9} {hz - 96}v170", mix(wood, p.ink, 0.5), 4) for k in range(1, 9)
        )
    )
    middle = (max(left, 0) + min(right, world.width)) / 2
    bottles = shelf(world, middle, hz - 380, 430 * min(1.0, world.width / 1400), things="bottles", rows=2, gap=110)
    machine = rect(middle + 40, hz - 212, 120, 82, mix(p.tone("#b9bcbc"), p.ink, 0.15)) + ellipse(
        middle + 100, hz - 214, 60, 20, mix(p.tone("#c9a24a"), p.ink, 0.1)
    )
    made.append(layer("bar", 0.5, bottles, bar, machine, rim=0.25, wash=0.9))
    for share, drop in ((0.56, 130), (0.90, 170)):
        made += _round_table(world, world.x(share), hz + drop)
    for share in (0.26, 0.54, 0.82):
        made += hanging_lamp(world, world.x(share), 130, size=0.6, swing=0.4)
    return [*made, night_side(world)]


def _round_table(world: World, x: float, y: float) -> list[Layer]:
    p = world.palette
    top = ellipse(x, y - 100, 105, 22, mix(p.tone("#e3d9c6"), p.ink, 0.05)) + ellipse(x, y - 94, 105, 20, p.ink, 0.4)
    stem = line(f"M{x} {y - 92}V{y + 6}M{x - 46} {y + 12}Q{x} {y - 12} {x + 46} {y + 12}", p.ink, 11)
    cup = rect(x - 20, y - 126, 30, 22, p.tone("#f4efe4")) + ellipse(x - 5, y - 104, 26, 5, p.tone("#f4efe4"))
    return [
        chair(world, x - 130, y + 16),
        chair(world, x + 130, y + 16, flip=True),
        layer(
            "cafe table",
            0.86,
            stem,
            ellipse(x, y - 94, 105, 20, mix(p.tone("#8a7a66"), p.ink, 0.4)),
            top.split("/>")[0] + "/>",
            cup,
            rim=0.3,
        ),
    ]
