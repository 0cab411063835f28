"""Rooms of the public: corridor, stairs, office, library, church, stage."""

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import across, brush, ellipse, fade, fill, line, poly, rect, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_room import (
    Window, chair, dusk_beam, hanging_lamp, night_side, outside, shelf, shell, table_lamp,
)  # fmt: skip
from director_dagster.animatic.world import BOTTOM, World, lamp, layer, wash_down


def corridor(world: World) -> list[Layer]:
    """Walls, doors and lamps that run to a window at the far end."""
    p = world.palette
    vx, vy = world.x(0.42), world.horizon - 90
    far = 120.0
    wall = mix(p.tone("#a8a48e"), mix(p.top, p.low, 0.4), 0.4)
    end = Window(x=vx, y=vy - 10, width=104, height=150, across=2, down=3)

    def at(side: int, depth: float, height: float) -> tuple[float, float]:
        """A point of a side wall: depth 0 far … 1 near, height −1 ceiling … 1 floor."""
        k = far * (1 + 9 * depth**1.8)
        return (vx + side * k, vy + height * k * (0.95 if height > 0 else 1.05))

    made = [*outside(world, [end])]
    a, b = at(-1, 0, -1), at(1, 0, 1)
    back = f"M{a[0]} {a[1]}H{b[0]}V{b[1]}H{a[0]}Z" + end.path
    made.append(
        layer(
            "end",
            0.2,
            f'<path d="{back}" fill="{mix(wall, p.light, 0.1)}" fill-rule="evenodd"/>',
            line(end.path, mix(wall, p.paper, 0.4), 8),
            line(f"M{vx} {end.box[1]}V{end.box[3]}", mix(wall, p.paper, 0.4), 5),
            wash=0.6,
        )
    )
    parts = [
        fill(poly([at(-1, 0, -1), at(1, 0, -1), at(1, 1.2, -1), at(-1, 1.2, -1)]), mix(wall, p.ink, 0.5)),
        fill(poly([at(-1, 0, 1), at(1, 0, 1), at(1, 1.2, 1), at(-1, 1.2, 1)]), mix(p.tone("#6d5140"), p.ink, 0.3)),
    ]
    for side in (-1, 1):
        shade = mix(wall, p.ink, 0.16 if side != world.side else 0.42)
        parts.append(fill(poly([at(side, 0, -1), at(side, 1.2, -1), at(side, 1.2, 1), at(side, 0, 1)]), shade))
        parts.append(
            fill(
                poly([at(side, 0, 0.42), at(side, 1.2, 0.42), at(side, 1.2, 1), at(side, 0, 1)]),
                mix(shade, p.tone("#4f5f58"), 0.55),
            )
        )
        for d0, d1 in ((0.14, 0.27), (0.44, 0.57), (0.76, 0.92)):
            door = [at(side, d0, -0.42), at(side, d1, -0.42), at(side, d1, 1), at(side, d0, 1)]
            knob = at(side, d0 + (d1 - d0) * 0.15, 0.34)
            parts.append(
                fill(
                    poly(
                        [
                            at(side, d0 - 0.015, -0.48),
                            at(side, d1 + 0.02, -0.48),
                            at(side, d1 + 0.02, 1),
                            at(side, d0 - 0.015, 1),
                        ]
                    ),
                    mix(shade, p.paper, 0.3),
                )
                + fill(poly(door), mix(p.tone("#6b3f2c"), p.ink, 0.25))
                + ellipse(*knob, 5 + 10 * d0, 5 + 10 * d0, p.lamp)
            )
    runner = poly(
        [
            (vx - far * 0.4, vy + far * 0.95),
            (vx + far * 0.4, vy + far * 0.95),
            (vx + far * 4.6, BOTTOM),
            (vx - far * 4.6, BOTTOM),
        ]
    )
    parts.append(fill(runner, mix(p.tone("#8a3a38"), p.ink, 0.2), 0.9))
    made.append(layer("walls", 0.6, *parts, wash=0.9))
    for d in (0.1, 0.36, 0.7):
        x, y = vx, at(1, d, -1)[1] + 26 * (1 + 4 * d)
        size = 0.3 + 1.1 * d
        made.append(
            layer(
                "ceiling lamp",
                0.6,
                line(f"M{x} {y - 60 * size}V{y}", p.ink, 4),
                ellipse(
                    x, y, 44 * size, 22 * size, mix(p.lamp, "#ffffff", 0.35) if p.lamps else mix(p.paper, wall, 0.3)
                ),
            )
        )
        if p.lamps:
            made.append(
                lamp("ceiling light", 0.6, (x, y), 420 * size, p.lamp, 0.75, flicker=0.12 if d == 0.36 else 0.04)
            )
    glow_box = [
        (vx - 52, vy + 60),
        (vx + 52, vy + 60),
        (vx + 150, world.horizon + 240),
        (vx - 150, world.horizon + 240),
    ]
    return [*made, dusk_beam(world, glow_box, 0.35 * p.bright)]


def stairs(world: World) -> list[Layer]:
    """A staircase with its banister, a tall window on the landing."""
    p, hz = world.palette, world.horizon
    s = world.side
    window = Window(x=world.x(0.28), y=hz - 330, width=170, height=370, across=2, down=4)
    made = [*outside(world, [window]), *shell(world, [window], wall="#b0a58e", floor="#6d5444")]
    wood, dark = mix(p.tone("#7d5a40"), p.ink, 0.15), mix(p.tone("#5a3c2a"), p.ink, 0.4)
    x, y = world.x(0.42), hz + 130
    steps, rails = [], []
    run, rise = world.width * 0.058, 52.0
    outline = [(x, y)]
    for i in range(14):
        outline += [(x + s * run * i, y - rise * (i + 1)), (x + s * run * (i + 1), y - rise * (i + 1))]
        steps.append(
            line(
                f"M{x + s * run * i - s * 8:.0f} {y - rise * (i + 1):.0f}h{s * (run + 10):.0f}",
                mix(wood, p.light, 0.35),
                9,
            )
        )
        bx, by = x + s * run * (i + 0.5), y - rise * (i + 1)
        rails.append(line(f"M{bx:.0f} {by:.0f}v-150", dark, 7))
    outline += [(x + s * run * 14, y)]
    side = fill(poly(outline), wood) + fill(
        poly([(x + s * run * 0.8, y), (x + s * run * 14, y - rise * 13.2), (x + s * run * 14, y)]),
        mix(wood, p.ink, 0.45),
    )
    handrail = fill(
        brush(
            [(x - s * 6, y - 196), (x + s * run * 7, y - 196 - rise * 7), (x + s * run * 14, y - 196 - rise * 14)],
            26,
            ends=0.8,
        ),
        dark,
    )
    newel = rect(x - 22, y - 240, 36, 240, dark) + ellipse(x - 4, y - 254, 27, 27, dark)
    made.append(layer("stairs", 0.78, side, *steps, *rails, handrail, newel, rim=0.3, wash=0.9))
    return [*made, *hanging_lamp(world, world.x(0.60), 110, size=0.8), night_side(world)]


def office(world: World) -> list[Layer]:
    """A desk with papers and a lamp, blinds, cabinets."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.66), y=hz - 310, width=min(480.0, world.width * 0.42), height=300, across=1, down=1)
    x0, y0, x1, y1 = window.box
    slat = mix(p.tone("#d9d2c2"), p.ink, 0.15 if not world.night else 0.35)
    blinds = "".join(rect(x0 - 4, y0 + 20 * k, x1 - x0 + 8, 9, slat) for k in range(15)) + line(
        f"M{x0 + 40} {y0}V{y1}M{x1 - 40} {y0}V{y1}", slat, 3
    )
    cabinet_x = world.x(0.12)
    steel = mix(p.tone("#6f7a78"), p.ink, 0.2)
    cabinets = "".join(
        rect(cabinet_x + (k - 1) * 130, hz - 250, 124, 300, mix(steel, p.ink, 0.1 * k))
        + "".join(
            rect(cabinet_x + (k - 1) * 130 + 10, hz - 240 + 74 * j, 104, 64, mix(steel, p.light, 0.08))
            + rect(cabinet_x + (k - 1) * 130 + 44, hz - 214 + 74 * j, 36, 9, p.ink)
            for j in range(4)
        )
        for k in range(2)
    )
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#a9a99a", floor="#75685a", boards=False),
        layer("blinds", 0.4, blinds),
        layer("cabinets", 0.5, cabinets, rim=0.25),
    ]
    stripes = [(x0, y0), (x1, y0), (x1 - world.side * 480, hz + 330), (x0 - world.side * 480, hz + 330)]
    if p.bright > 0.3:
        made.append(
            layer(
                "slats",
                0.8,
                fade("s", [(0.0, p.light, 0.3 * p.bright), (1.0, p.light, 0.05)]),
                *[
                    fill(
                        poly(
                            [
                                (x0, y0 + 40 * k),
                                (x1, y0 + 40 * k),
                                (stripes[2][0], y0 + 40 * k + 330),
                                (stripes[3][0], y0 + 40 * k + 330),
                            ]
                        ),
                        "url(#s)",
                    )
                    for k in range(0, 9)
                ],
                detail=0.4,
                blur=5,
                blend=Blend.LIGHT,
            )
        )
    dx, dy, wide = world.x(0.80), hz + 110, 620 * min(1.0, world.width / 1100)
    wood = mix(p.tone("#6b4630"), p.ink, 0.2)
    desk = (
        rect(dx - wide / 2, dy - 26, wide, 30, mix(wood, p.light, 0.16))
        + rect(dx - wide * 0.47, dy + 4, wide * 0.94, 170, mix(wood, p.ink, 0.3))
        + "".join(rect(dx + wide * 0.18, dy + 16 + 50 * k, wide * 0.25, 40, mix(wood, p.ink, 0.1)) for k in range(3))
    )
    papers = (
        rect(dx - wide * 0.1, dy - 40, 120, 15, p.tone("#f2ead8"))
        + rect(dx - wide * 0.12, dy - 52, 116, 12, p.tone("#d9cfb8"))
        + fill(
            poly(
                [
                    (dx - wide * 0.36, dy - 26),
                    (dx - wide * 0.33, dy - 90),
                    (dx - wide * 0.17, dy - 90),
                    (dx - wide * 0.2, dy - 26),
                ]
            ),
            p.ink,
        )
    )
    made.append(layer("desk", 0.85, desk, papers, rim=0.3, wash=0.9))
    return [*made, *table_lamp(world, dx + wide * 0.34, dy - 26, depth=0.86), night_side(world)]


def library(world: World) -> list[Layer]:
    """Books from floor to ceiling, a ladder, a reading lamp, a tall window."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.53), y=hz - 350, width=150, height=440, across=2, down=5, shape="pointed")
    made = [*outside(world, [window], ridge=False), *shell(world, [window], wall="#6f4f38", floor="#5f4534")]
    wide = world.width * 0.36
    cases = []
    for share in (0.20, 0.86):
        x = world.x(share)
        cases.append(
            rect(x - wide / 2 - 16, -300, wide + 32, hz + 330, mix(p.tone("#4f3424"), p.ink, 0.3))
            + rect(x - wide / 2, -300, wide, hz + 310, mix(p.tone("#2d1d14"), p.ink, 0.45))
        )
        cases.append(shelf(world, x, -70, wide, rows=9, gap=84.0))
        cases.append(line(f"M{x} -300V{hz + 10}", mix(p.tone("#4f3424"), p.ink, 0.3), 14))
    lx = world.x(0.33)
    rail = mix(p.tone("#8a6238"), p.ink, 0.15)
    ladder = line(
        f"M{lx} {hz + 90}L{lx - world.side * 110} -40M{lx + world.side * 70} {hz + 90}L{lx - world.side * 40} -40",
        rail,
        11,
    ) + "".join(
        line(f"M{lx - world.side * 11.6 * k:.0f} {hz + 90 - 82 * k - 20}h{world.side * 70}", rail, 8) for k in range(9)
    )
    made.append(layer("cases", 0.5, *cases, wash=0.8, rim=0.15))
    made.append(layer("ladder", 0.7, ladder, rim=0.4))
    dx = world.x(0.62)
    made.append(
        layer(
            "desk",
            0.8,
            rect(dx - 170, hz + 36, 340, 24, mix(p.tone("#7d5636"), p.light, 0.1)),
            line(f"M{dx - 150} {hz + 60}v130M{dx + 150} {hz + 60}v130", mix(p.tone("#5a3c26"), p.ink, 0.4), 18),
            fill(
                smooth(
                    [
                        (dx - 120, hz + 34),
                        (dx - 60, hz + 20),
                        (dx - 10, hz + 32),
                        (dx + 40, hz + 20),
                        (dx + 90, hz + 34),
                    ]
                ),
                p.tone("#f0e6d0"),
            ),
            rim=0.3,
        )
    )
    return [*made, *table_lamp(world, dx + 120, hz + 36), night_side(world)]


def church(world: World) -> list[Layer]:
    """Tall pointed windows of coloured glass, columns, pews, candles, shafts of light."""
    p, hz = world.palette, world.horizon
    w = world.width
    windows = [
        Window(x=world.x(s), y=hz - 350, width=min(150.0, w * 0.12), height=430, across=2, down=6, shape="pointed")
        for s in (0.78, 0.56, 0.34)
    ]
    made = [
        *outside(world, windows, ridge=False),
        *shell(world, windows, wall="#8f8a84", floor="#77706a", boards=False),
    ]
    glass, chance = [], world.chance("glass")
    for n, window in enumerate(windows):
        x0, y0, x1, y1 = window.box
        panes = [
            rect(
                x0 + window.width * i / 3,
                y0 + 36 * j,
                window.width / 3,
                36,
                p.vivid(chance.choice(("#b5332a", "#2a5fa5", "#d8a12f", "#3a8a5a", "#7a3f8a"))),
            )
            for i in range(3)
            for j in range(12)
        ]
        glass.append(
            f'<clipPath id="p{n}"><path d="{window.path}"/></clipPath><g clip-path="url(#p{n})" opacity="0.62">{"".join(panes)}</g>'
            + line(window.path, mix(p.tone("#8f8a84"), p.ink, 0.4), 14)
        )
    made.append(layer("glass", 0.36, *glass, wash=0.0))
    stone = mix(p.tone("#9a948c"), p.ink, 0.12)
    columns = "".join(
        rect(w * k - 46, -300, 92, hz + 360, stone)
        + rect(w * k + (18 if world.side < 0 else -46), -300, 28, hz + 360, mix(stone, p.ink, 0.55), 0.7)
        + rect(w * k - 64, hz + 40, 128, 26, stone)
        + rect(w * k - 60, hz - 640, 120, 24, stone)
        for k in ((0.02, 0.98) if w > 800 else (0.0, 1.0))
    )
    arch = line(f"M{w * 0.02} {hz - 620}Q{w * 0.5} {hz - 1010} {w * 0.98} {hz - 620}", stone, 44)
    made += [layer("columns", 0.6, arch, columns, rim=0.3, wash=1.0)]
    cross_x = world.x(0.16)
    altar = rect(cross_x - 110, hz - 70, 220, 90, mix(p.tone("#e8e0d0"), p.ink, 0.1)) + line(
        f"M{cross_x} {hz - 70}V{hz - 290}M{cross_x - 60} {hz - 220}H{cross_x + 60}",
        mix(p.tone("#c9a24a"), p.ink, 0.15),
        14,
    )
    candles = "".join(
        rect(cross_x + k - 6, hz - 112, 12, 44, p.paper) + ellipse(cross_x + k, hz - 122, 5, 11, p.lamp)
        for k in (-84, 84)
    )
    made += [
        layer("altar", 0.45, altar, candles, rim=0.2),
        lamp("candles", 0.45, (cross_x, hz - 110), 260, p.lamp, 0.7, flicker=0.2),
    ]
    pews = []
    wood = mix(p.tone("#5a3a26"), p.ink, 0.35)
    for row in range(4):
        y, k = hz + 70 + 95 * row, 1 + 0.35 * row
        for s in (-1, 1):
            x = w / 2 + s * (110 + 190 * k)
            pews.append(
                rect(x - 190 * k, y - 52 * k, 380 * k, 30 * k, mix(wood, p.light, 0.1))
                + rect(x - 190 * k, y - 24 * k, 380 * k, 44 * k, mix(wood, p.ink, 0.2))
                + rect(x - s * 190 * k - 10, y - 66 * k, 20, 90 * k, wood)
            )
    made.append(layer("pews", 0.8, *pews, rim=0.3, wash=0.8))
    return [*made, night_side(world)]


def stage(world: World) -> list[Layer]:
    """Red curtains, boards, footlights, a spot."""
    p, hz = world.palette, world.horizon
    w = world.width
    red = mix(p.vivid("#8f1f26"), p.ink, 0.1)
    made = [
        layer(
            "back",
            0.3,
            wash_down("b", -400, hz + 10, [(0.0, p.ink, 1.0), (1.0, mix(p.tone("#2f2a48"), p.ink, 0.4), 1.0)], world),
            wash=0.8,
        )
    ]
    boards = [
        wash_down(
            "f",
            hz,
            BOTTOM,
            [
                (0.0, mix(p.tone("#6a4426"), p.ink, 0.5), 1.0),
                (0.6, p.tone("#a5703f"), 1.0),
                (1.0, mix(p.tone("#8a5a32"), p.ink, 0.4), 1.0),
            ],
            world,
        )
    ]
    boards += [
        line(f"M{w / 2 + i * 80:.0f} {hz}L{w / 2 + i * 240:.0f} {BOTTOM}", p.ink, 2.5, 0.5) for i in range(-16, 17)
    ]
    made.append(layer("boards", 0.7, *boards, wash=0.8))
    folds = []
    for s in (-1, 1):
        for k in range(7):
            x = w / 2 + s * w * (0.52 - 0.036 * k)
            tone = mix(red, p.ink, 0.14 if k % 2 else 0.5)
            folds.append(
                fill(
                    smooth(
                        [
                            (x - 34, -300),
                            (x + 34, -300),
                            (x + s * -14 + 26, hz * 0.55),
                            (x + s * (10 * k) + 44, hz + 70),
                            (x + s * (10 * k) - 44, hz + 70),
                            (x + s * -14 - 30, hz * 0.55),
                        ]
                    ),
                    tone,
                )
            )
        folds.append(line(f"M{w / 2 + s * w * 0.29} {hz * 0.62}q{s * w * 0.12} 46 {s * w * 0.25} 10", p.lamp, 9))
    swags = "".join(
        fill(
            f"M{w * k / 5 - 40} -300V{60}Q{w * (k + 0.5) / 5} 190 {w * (k + 1) / 5 + 40} 60V-300Z",
            mix(red, p.ink, 0.12 + 0.2 * (k % 2)),
        )
        + line(f"M{w * k / 5 - 30} 66Q{w * (k + 0.5) / 5} 190 {w * (k + 1) / 5 + 30} 66", p.lamp, 6)
        for k in range(-1, 6)
    )
    made.append(
        layer(
            "curtains",
            0.85,
            *folds,
            swags,
            rim=0.2,
            wash=0.9,
            motion=Motion(kind=Sway.BEND, amount=2.0, period_s=6.0, pivot=(w / 2, -200)),
        )
    )
    sx = w * 0.5
    cone = fill(
        poly(
            [(sx - world.side * 260, -300), (sx - world.side * 180, -300), (sx + 250, hz + 200), (sx - 250, hz + 200)]
        ),
        "url(#c)",
    )
    pool = ellipse(sx, hz + 190, 280, 56, p.lamp, 0.34)
    made.append(
        layer(
            "spot",
            0.8,
            fade("c", [(0.0, p.lamp, 0.5), (1.0, p.lamp, 0.12)]),
            cone,
            pool,
            detail=0.3,
            blur=10,
            blend=Blend.LIGHT,
            motion=Motion(kind=Sway.FLICKER, amount=0.07, period_s=3.0),
        )
    )
    lights = "".join(
        ellipse(w * k / 10, 985, 26, 20, mix(p.lamp, "#ffffff", 0.3)) + rect(w * k / 10 - 34, 985, 68, 60, p.ink)
        for k in range(11)
    )
    made.append(layer("footlights", 1.15, lights))
    return [*made, lamp("foot glow", 0.9, (w / 2, 1010), 620, p.lamp, 0.4)]


def unknown(world: World) -> list[Layer]:
    """A room that no word describes: wall, floor, a window's light, nothing else."""
    window = Window(x=world.x(0.72), y=world.horizon - 300, width=240, height=300, across=2, down=2)
    made = [*outside(world, [window]), *shell(world, [window], wall="#b3a892")]
    return [*made, *(hanging_lamp(world, world.x(0.40), 180) if world.palette.lamps else []), night_side(world)]
