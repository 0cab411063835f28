"""Rooms where people live: room, kitchen, bedroom, cellar, cabin, workshop, cafe."""

from director_dagster.animatic.drawing import Layer, Motion, Sway
from director_dagster.animatic.ink import brush, ellipse, fill, line, poly, rect, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_room import (
    Window, chair, hanging_lamp, night_side, outside, shelf, shell, table, table_lamp,
)  # fmt: skip
from director_dagster.animatic.world import World, lamp, layer


def room(world: World) -> list[Layer]:
    """A sitting room: window with curtains, armchair, picture, rug, lamp."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.74), y=hz - 290, width=270, height=330, across=2, down=3)
    cloth = p.tone("#a4574a")
    x0, y0, x1, y1 = window.box
    curtains = "".join(
        fill(
            smooth(
                [
                    (x + s * 4, y0 - 40),
                    (x + s * 76, y0 - 40),
                    (x + s * 66, y0 + 160),
                    (x + s * 84, y1 + 60),
                    (x - s * 2, y1 + 60),
                    (x - s * 12, y0 + 120),
                ]
            ),
            cloth,
        )
        + line(
            f"M{x + s * 34} {y0 - 30}Q{x + s * 24} {y0 + 160} {x + s * 44} {y1 + 50}", mix(cloth, p.ink, 0.45), 4, 0.7
        )
        for x, s in ((x0 - 26, -1), (x1 + 26, 1))
    )
    curtains += line(f"M{x0 - 120} {y0 - 46}H{x1 + 120}", mix(p.tone("#6b4a30"), p.ink, 0.3), 9)
    fx = world.x(0.32)
    frame = (
        rect(fx - 95, hz - 400, 190, 140, mix(p.tone("#8a6a32"), p.ink, 0.25))
        + rect(fx - 80, hz - 385, 160, 110, p.tone("#8fa5a8"))
        + fill(
            f"M{fx - 80} {hz - 300}L{fx - 20} {hz - 350}L{fx + 25} {hz - 310}L{fx + 50} {hz - 330}L{fx + 80} {hz - 305}V{hz - 275}H{fx - 80}Z",
            p.tone("#4a5f52"),
        )
    )
    rug = ellipse(world.width / 2, hz + 210, 520, 80, mix(p.tone("#8a3f38"), p.ink, 0.2)) + ellipse(
        world.width / 2, hz + 210, 440, 62, p.tone("#b58a5a"), 0.5
    )
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#c9b68e"),
        layer("curtains", 0.4, curtains, frame, rim=0.25, wash=0.8),
        layer("rug", 0.72, rug, wash=0.9),
        _armchair(world, world.x(0.13), hz + 120),
    ]
    stand = world.x(0.92)
    made.append(
        layer(
            "stand",
            0.8,
            rect(stand - 56, hz - 8, 112, 14, mix(p.tone("#6b4a30"), p.ink, 0.2)),
            line(f"M{stand - 44} {hz}v120M{stand + 44} {hz}v120", mix(p.tone("#6b4a30"), p.ink, 0.4), 10),
        )
    )
    return [*made, *table_lamp(world, stand, hz - 8), night_side(world)]


def _armchair(world: World, x: float, y: float) -> Layer:
    p = world.palette
    cloth = p.tone("#4f6a5c")
    dark = mix(cloth, p.ink, 0.4)
    back = fill(
        smooth(
            [
                (x - 105, y),
                (x - 118, y - 190),
                (x - 80, y - 270),
                (x, y - 285),
                (x + 80, y - 270),
                (x + 118, y - 190),
                (x + 105, y),
            ]
        ),
        cloth,
    )
    seat = fill(
        smooth([(x - 96, y - 30), (x - 90, y - 110), (x, y - 124), (x + 90, y - 110), (x + 96, y - 30)]),
        mix(cloth, p.light, 0.12),
    )
    arms = "".join(
        fill(
            smooth(
                [
                    (x + s * 92, y + 14),
                    (x + s * 84, y - 120),
                    (x + s * 112, y - 158),
                    (x + s * 142, y - 120),
                    (x + s * 136, y + 14),
                ]
            ),
            dark,
        )
        for s in (-1, 1)
    )
    return layer(
        "armchair",
        0.8,
        back,
        seat,
        arms,
        line(f"M{x - 100} {y + 12}v24M{x + 100} {y + 12}v24", p.ink, 12),
        rim=0.35,
        wash=0.9,
    )


def kitchen(world: World) -> list[Layer]:
    """Window over the sink, stove with its pipe, pans, plates, a table."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.60), y=hz - 310, width=290, height=240, across=3, down=2)
    counter_y = hz - 96
    wood = p.tone("#a98a5e")
    left, right = min(world.x(0.32), world.x(1.4)), max(world.x(0.32), world.x(1.4))
    counter = rect(left, counter_y, right - left, 22, mix(p.tone("#d9cdb4"), p.ink, 0.08)) + rect(
        left, counter_y + 22, right - left, 120, mix(wood, p.ink, 0.2)
    )
    for i in range(9):
        x = left + (right - left) * i / 9
        counter += (
            f'<rect x="{x + 12:.0f}" y="{counter_y + 36}" width="{(right - left) / 9 - 22:.0f}" height="92" fill="none" stroke="{mix(wood, p.ink, 0.5)}" stroke-width="4"/>'
            + ellipse(x + (right - left) / 9 - 28, counter_y + 80, 5, 5, p.ink)
        )
    sx = window.x
    tap = line(f"M{sx + 50} {counter_y}v-44q0 -22 -24 -22q-20 0 -20 18", mix(p.tone("#8f979a"), p.ink, 0.25), 9)
    tiles = "".join(line(f"M{left} {counter_y - 40 * k}H{right}", mix(wood, p.ink, 0.3), 1.4, 0.3) for k in range(1, 3))
    pans = "".join(
        line(f"M{world.x(0.36) + 70 * k} {hz - 470}v34", p.ink, 4)
        + ellipse(
            world.x(0.36) + 70 * k, hz - 404 + 5 * k, 31 - 3 * k, 33 - 3 * k, mix(p.tone("#a5623a"), p.ink, 0.15 * k)
        )
        for k in range(3)
    ) + line(f"M{world.x(0.36) - 40} {hz - 470}h230", p.ink, 6)
    plates = shelf(world, world.x(0.88), hz - 430, 270, things="plates") + shelf(
        world, world.x(0.88), hz - 320, 270, things="jars"
    )
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#d6cba6", floor="#a08a6c"),
        layer("counter", 0.45, tiles, counter, tap, pans, plates, rim=0.2, wash=0.9),
        *_stove(world, world.x(0.12), hz + 60),
    ]
    made += [table(world, world.x(0.86), hz + 150, 420), *hanging_lamp(world, world.x(0.44), 190)]
    return [*made, night_side(world)]


def _stove(world: World, x: float, y: float) -> list[Layer]:
    p = world.palette
    iron = mix(p.tone("#3a3a3c"), p.ink, 0.35)
    body = (
        rect(x - 120, y - 210, 240, 190, iron)
        + rect(x - 134, y - 226, 268, 22, p.ink)
        + line(f"M{x - 100} {y - 20}v26M{x + 100} {y - 20}v26", p.ink, 16)
    )
    body += rect(x + 40, -300, 46, y + 80, mix(iron, p.light, 0.06)) + rect(x + 34, y - 400, 58, 14, p.ink)
    door = rect(x - 78, y - 160, 110, 84, p.ink) + "".join(
        rect(x - 70, y - 150 + 18 * k, 94, 8, p.lamp, 0.95) for k in range(4)
    )
    pot = fill(f"M{x - 90} {y - 226}v-52h86v52Z", mix(p.tone("#8a4a3a"), p.ink, 0.2)) + line(
        f"M{x - 100} {y - 280}h106", p.ink, 8
    )
    steam = layer(
        "steam",
        0.7,
        *[
            ellipse(x - 48 + 8 * k, y - 300 - 26 * k, 16 + 7 * k, 15 + 4 * k, p.paper, 0.28 - 0.04 * k)
            for k in range(6)
        ],
        detail=0.5,
        blur=7,
        wash=0,
        motion=Motion(kind=Sway.RISE, amount=46, period_s=3.4, pivot=(x, y)),
    )
    return [
        layer("stove", 0.7, body, door, pot, rim=0.35, wash=0.9),
        lamp("fire", 0.7, (x - 24, y - 116), 190, p.lamp, 0.6, flicker=0.3),
        steam,
    ]


def bedroom(world: World) -> list[Layer]:
    """A bed with a high head, a window, a lamp by the bed."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.70), y=hz - 300, width=250, height=320, across=2, down=2)
    made = [*outside(world, [window]), *shell(world, [window], wall="#b3b7a6", floor="#86674c")]
    x, y, s = world.x(0.20), hz + 90, world.side
    wood, sheet = mix(p.tone("#6b4530"), p.ink, 0.25), p.tone("#eee6d6")
    head = fill(f"M{x - s * 170} {y + 40}V{y - 240}Q{x - s * 120} {y - 310} {x - s * 60} {y - 240}V{y + 40}Z", wood)
    cover = p.tone("#7a3d44")
    mattress = fill(
        smooth(
            [
                (x - s * 130, y - 90),
                (x - s * 60, y - 128),
                (x + s * 150, y - 116),
                (x + s * 370, y - 84),
                (x + s * 392, y + 6),
                (x - s * 130, y + 16),
            ]
        ),
        cover,
    )
    fold = fill(
        smooth(
            [
                (x - s * 134, y - 90),
                (x - s * 60, y - 126),
                (x + s * 30, y - 124),
                (x + s * 62, y - 74),
                (x - s * 10, y - 58),
                (x - s * 130, y - 62),
            ]
        ),
        sheet,
    )
    pillow = fill(
        smooth(
            [
                (x - s * 128, y - 96),
                (x - s * 110, y - 150),
                (x - s * 20, y - 162),
                (x + s * 12, y - 128),
                (x - s * 20, y - 104),
            ]
        ),
        mix(sheet, p.light, 0.3),
    )
    creases = "".join(
        fill(
            brush([(x + s * (90 + 70 * k), y - 108), (x + s * (100 + 70 * k), y - 60), (x + s * (96 + 72 * k), y)], 7),
            mix(cover, p.ink, 0.5),
            0.6,
        )
        for k in range(4)
    )
    foot = rect(min(x + s * 372, x + s * 402), y - 130, 30, 176, wood)
    made.append(layer("bed", 0.8, head, mattress, fold, pillow, creases, foot, rim=0.35, wash=0.9))
    nx = world.x(0.52)
    made.append(
        layer(
            "night table",
            0.6,
            rect(nx - 52, hz - 70, 104, 100, wood),
            rect(nx - 42, hz - 56, 84, 30, mix(wood, p.ink, 0.4)),
            ellipse(nx, hz - 41, 5, 5, p.lamp),
        )
    )
    return [*made, *table_lamp(world, nx, hz - 70, depth=0.6), night_side(world)]


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
            paper=f'<clipPath id="k"><path d="M-900 -400H2900V1400H-900Z {holes.path}" clip-rule="evenodd"/></clipPath><g clip-path="url(#k)">{"".join(marks)}</g>',
        ),
    ]
    dark = mix(stone, p.ink, 0.72)
    w = world.width
    vault = f"M{-0.4 * w} -300H{1.4 * w}V{hz + 60}H{1.06 * w}Q{1.06 * w} {hz - 560} {0.5 * w} {hz - 560}Q{-0.06 * w} {hz - 560} {-0.06 * w} {hz + 60}H{-0.4 * w}Z"
    made.append(
        layer(
            "vault",
            0.6,
            fill(vault, dark),
            line(
                f"M{1.06 * w} {hz + 60}Q{1.06 * w} {hz - 560} {0.5 * w} {hz - 560}Q{-0.06 * w} {hz - 560} {-0.06 * w} {hz + 60}",
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
        f"M{x - w * 0.78} {y}Q{x - w * 1.2} {y - h / 2} {x - w * 0.78} {y - h}H{x + w * 0.78}Q{x + w * 1.2} {y - h / 2} {x + w * 0.78} {y}Z",
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
    p, hz = world.palette, world.horizon
    holes = [
        Window(x=world.x(s), y=hz - 290, width=180, height=180, across=1, down=1, shape="round") for s in (0.78, 0.50)
    ]
    wood = p.tone("#8a5f3c")
    planks = "".join(
        line(
            f"M-600 {hz - 60 - 84 * k}Q{world.width / 2} {hz - 40 - 84 * k} {world.width + 600} {hz - 60 - 84 * k}",
            mix(wood, p.ink, 0.6),
            4,
            0.6,
        )
        for k in range(9)
    )
    rings = "".join(
        f'<circle cx="{w.x}" cy="{w.y}" r="102" fill="none" stroke="{mix(p.tone("#b08a44"), p.ink, 0.15)}" stroke-width="24"/>'
        + "".join(
            ellipse(w.x + 102 * dx, w.y + 102 * dy, 6, 6, p.ink)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7))
        )
        for w in holes
    )
    beams = "".join(
        fill(
            poly(
                [
                    (world.width * k - 30, -300),
                    (world.width * k + 30, -300),
                    (world.width * k + 20 + (k - 0.5) * 60, hz + 4),
                    (world.width * k - 20 + (k - 0.5) * 60, hz + 4),
                ]
            ),
            mix(wood, p.ink, 0.5),
        )
        for k in (0.0, 0.33, 0.645, 1.0)
    )
    made = [
        *outside(world, holes),
        *shell(world, holes, wall="#85603f", floor="#6e4c32", paper=planks),
        layer("brass", 0.37, rings, beams, rim=0.25),
    ]
    x, y, s = world.x(0.12), hz + 70, world.side
    bunk = (
        rect(min(x - s * 260, x + s * 230), y - 90, 490, 100, mix(wood, p.ink, 0.35))
        + fill(
            smooth(
                [
                    (x - s * 250, y - 96),
                    (x - s * 240, y - 140),
                    (x + s * 60, y - 148),
                    (x + s * 222, y - 128),
                    (x + s * 226, y - 92),
                ]
            ),
            p.tone("#9a4a3e"),
        )
        + fill(
            smooth([(x - s * 236, y - 140), (x - s * 200, y - 176), (x - s * 120, y - 176), (x - s * 96, y - 142)]),
            p.tone("#e6dcc8"),
        )
    )
    made.append(layer("bunk", 0.75, bunk, rim=0.3, wash=0.9))
    return [
        *made,
        table(world, world.x(0.84), hz + 130, 330),
        *_swinging_lantern(world, world.x(0.62)),
        night_side(world),
    ]


def _swinging_lantern(world: World, x: float) -> list[Layer]:
    p = world.palette
    y = 190.0
    iron = mix(p.tone("#4a4038"), p.ink, 0.4)
    body = (
        line(f"M{x} -200V{y - 60}M{x - 26} {y - 34}q26 -46 52 0", iron, 6)
        + rect(x - 30, y - 34, 60, 74, p.lamp if p.lamps else mix(p.lamp, p.paper, 0.6))
        + ellipse(x, y + 8, 10, 22, "#fff4d8")
        + rect(x - 38, y + 38, 76, 14, iron)
        + rect(x - 34, y - 44, 68, 12, iron)
        + line(f"M{x - 30} {y - 34}v74M{x} {y - 34}v74M{x + 30} {y - 34}v74", iron, 4)
    )
    motion = Motion(kind=Sway.SWING, amount=4.0, period_s=4.8, pivot=(x, -60.0))
    made = [layer("lantern", 0.8, body, rim=0.3, motion=motion)]
    return [*made, lamp("lantern light", 0.8, (x, y), 620, p.lamp, 0.8 if p.lamps else 0.25, flicker=0.1)]


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
                fill(poly([(x - 14, y + 40), (x + 14, y + 40), (x + 40, y + 190), (x - 40, y + 190)]), steel)
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
        f'<circle cx="{world.x(0.62) + 34 * k}" cy="{by - 70}" r="{11 - k}" fill="none" stroke="{p.tone("#d9b98a")}" stroke-width="5"/>'
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
