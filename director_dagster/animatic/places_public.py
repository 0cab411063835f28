"""Rooms where many come: library, church, stage; and a room that no word describes."""

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import area, ellipse, fade, fill, line, mass, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_furniture import hanging_lamp, shelf, table_lamp
from director_dagster.animatic.places_room import Window, night_side, outside, shell
from director_dagster.animatic.world import BOTTOM, World, lamp, layer, wash_down


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
            mass(
                [(dx - 120, hz + 34), (dx - 60, hz + 20), (dx - 10, hz + 32), (dx + 40, hz + 20), (dx + 90, hz + 34)],
                p.tone("#f0e6d0"),
            ),
            rim=0.3,
        )
    )
    return [*made, *table_lamp(world, dx + 120, hz + 36), night_side(world)]


def church(world: World) -> list[Layer]:
    """Tall pointed windows of coloured glass, columns, pews, candles, shafts of light."""
    hz, w = world.horizon, world.width
    wide = min(150.0, w * 0.12)
    windows = [
        Window(x=world.x(s), y=hz - 350, width=wide, height=430, across=2, down=6, shape="pointed")
        for s in (0.78, 0.56, 0.34)
    ]
    return [
        *outside(world, windows, ridge=False),
        *shell(world, windows, wall="#8f8a84", floor="#77706a", boards=False),
        _glass(world, windows),
        _columns(world),
        *_altar(world),
        _pews(world),
        night_side(world),
    ]


def _glass(world: World, windows: list[Window]) -> Layer:
    p, chance = world.palette, world.chance("glass")
    colours = ("#b5332a", "#2a5fa5", "#d8a12f", "#3a8a5a", "#7a3f8a")
    glass = []
    for n, window in enumerate(windows):
        x0, y0, _, _ = window.box
        third = window.width / 3
        panes = [
            rect(x0 + third * i, y0 + 36 * j, third, 36, p.vivid(chance.choice(colours)))
            for i in range(3)
            for j in range(12)
        ]
        shape = f'<clipPath id="p{n}"><path d="{window.path}"/></clipPath>'
        glass.append(f'{shape}<g clip-path="url(#p{n})" opacity="0.62">{"".join(panes)}</g>')
        glass.append(line(window.path, mix(p.tone("#8f8a84"), p.ink, 0.4), 14))
    return layer("glass", 0.36, *glass, wash=0.0)


def _columns(world: World) -> Layer:
    p, hz, w = world.palette, world.horizon, world.width
    stone = mix(p.tone("#9a948c"), p.ink, 0.12)
    parts = [line(f"M{w * 0.02} {hz - 620}Q{w * 0.5} {hz - 1010} {w * 0.98} {hz - 620}", stone, 44)]
    for share in (0.02, 0.98) if w > 800 else (0.0, 1.0):
        x = w * share
        parts.append(rect(x - 46, -300, 92, hz + 360, stone))
        parts.append(rect(x + (18 if world.side < 0 else -46), -300, 28, hz + 360, mix(stone, p.ink, 0.55), 0.7))
        parts.append(rect(x - 64, hz + 40, 128, 26, stone) + rect(x - 60, hz - 640, 120, 24, stone))
    return layer("columns", 0.6, *parts, rim=0.3, wash=1.0)


def _altar(world: World) -> list[Layer]:
    p, hz, x = world.palette, world.horizon, world.x(0.16)
    altar = rect(x - 110, hz - 70, 220, 90, mix(p.tone("#e8e0d0"), p.ink, 0.1))
    cross = line(f"M{x} {hz - 70}V{hz - 290}M{x - 60} {hz - 220}H{x + 60}", mix(p.tone("#c9a24a"), p.ink, 0.15), 14)
    candles = "".join(
        rect(x + k - 6, hz - 112, 12, 44, p.paper) + ellipse(x + k, hz - 122, 5, 11, p.lamp) for k in (-84, 84)
    )
    light = lamp("candles", 0.45, (x, hz - 110), 260, p.lamp, 0.7, flicker=0.2)
    return [layer("altar", 0.45, altar, cross, candles, rim=0.2), light]


def _pews(world: World) -> Layer:
    p, hz, w = world.palette, world.horizon, world.width
    wood = mix(p.tone("#5a3a26"), p.ink, 0.35)
    pews = []
    for row in range(4):
        y, k = hz + 70 + 95 * row, 1 + 0.35 * row
        for s in (-1, 1):
            x = w / 2 + s * (110 + 190 * k)
            pews.append(rect(x - 190 * k, y - 52 * k, 380 * k, 30 * k, mix(wood, p.light, 0.1)))
            pews.append(rect(x - 190 * k, y - 24 * k, 380 * k, 44 * k, mix(wood, p.ink, 0.2)))
            pews.append(rect(x - s * 190 * k - 10, y - 66 * k, 20, 90 * k, wood))
    return layer("pews", 0.8, *pews, rim=0.3, wash=0.8)


def stage(world: World) -> list[Layer]:
    """Red curtains, boards, footlights, a spot."""
    p, hz, w = world.palette, world.horizon, world.width
    dark = [(0.0, p.ink, 1.0), (1.0, mix(p.tone("#2f2a48"), p.ink, 0.4), 1.0)]
    lights = "".join(
        ellipse(w * k / 10, 985, 26, 20, mix(p.lamp, "#ffffff", 0.3)) + rect(w * k / 10 - 34, 985, 68, 60, p.ink)
        for k in range(11)
    )
    return [
        layer("back", 0.3, wash_down("b", -400, hz + 10, dark, world), wash=0.8),
        _boards(world),
        _curtains(world),
        _spot(world),
        layer("footlights", 1.15, lights),
        lamp("foot glow", 0.9, (w / 2, 1010), 620, p.lamp, 0.4),
    ]


def _boards(world: World) -> Layer:
    p, hz, w = world.palette, world.horizon, world.width
    far, near = mix(p.tone("#6a4426"), p.ink, 0.5), mix(p.tone("#8a5a32"), p.ink, 0.4)
    floor = wash_down("f", hz, BOTTOM, [(0.0, far, 1.0), (0.6, p.tone("#a5703f"), 1.0), (1.0, near, 1.0)], world)
    joints = [
        line(f"M{w / 2 + i * 80:.0f} {hz}L{w / 2 + i * 240:.0f} {BOTTOM}", p.ink, 2.5, 0.5) for i in range(-16, 17)
    ]
    return layer("boards", 0.7, floor, *joints, wash=0.8)


def _curtains(world: World) -> Layer:
    """Folds at both sides, tied back with gold; swags above."""
    p, hz, w = world.palette, world.horizon, world.width
    red = mix(p.vivid("#8f1f26"), p.ink, 0.1)
    folds = []
    for s in (-1, 1):
        for k in range(7):
            x, out = w / 2 + s * w * (0.52 - 0.036 * k), s * (10 * k)
            edge = [(x - 34, -300), (x + 34, -300), (x + s * -14 + 26, hz * 0.55)]
            edge += [(x + out + 44, hz + 70), (x + out - 44, hz + 70), (x + s * -14 - 30, hz * 0.55)]
            folds.append(mass(edge, mix(red, p.ink, 0.14 if k % 2 else 0.5)))
        folds.append(line(f"M{w / 2 + s * w * 0.29} {hz * 0.62}q{s * w * 0.12} 46 {s * w * 0.25} 10", p.lamp, 9))
    for k in range(-1, 6):
        swag = f"M{w * k / 5 - 40} -300V{60}Q{w * (k + 0.5) / 5} 190 {w * (k + 1) / 5 + 40} 60V-300Z"
        folds.append(fill(swag, mix(red, p.ink, 0.12 + 0.2 * (k % 2))))
        folds.append(line(f"M{w * k / 5 - 30} 66Q{w * (k + 0.5) / 5} 190 {w * (k + 1) / 5 + 30} 66", p.lamp, 6))
    motion = Motion(kind=Sway.BEND, amount=2.0, period_s=6.0, pivot=(w / 2, -200))
    return layer("curtains", 0.85, *folds, rim=0.2, wash=0.9, motion=motion)


def _spot(world: World) -> Layer:
    p, hz, s = world.palette, world.horizon, world.side
    x = world.width * 0.5
    cone = [(x - s * 260, -300), (x - s * 180, -300), (x + 250, hz + 200), (x - 250, hz + 200)]
    pool = ellipse(x, hz + 190, 280, 56, p.lamp, 0.34)
    shade = fade("c", [(0.0, p.lamp, 0.5), (1.0, p.lamp, 0.12)])
    motion = Motion(kind=Sway.FLICKER, amount=0.07, period_s=3.0)
    return layer("spot", 0.8, shade, area(cone, "url(#c)"), pool, detail=0.3, blur=10, blend=Blend.LIGHT, motion=motion)


def unknown(world: World) -> list[Layer]:
    """A room that no word describes: wall, floor, a window's light, nothing else."""
    window = Window(x=world.x(0.72), y=world.horizon - 300, width=240, height=300, across=2, down=2)
    made = [*outside(world, [window]), *shell(world, [window], wall="#b3a892")]
    return [*made, *(hanging_lamp(world, world.x(0.40), 180) if world.palette.lamps else []), night_side(world)]
