"""Rooms where people live: room, kitchen, bedroom."""

from director_dagster.animatic.drawing import Layer, Motion, Sway
from director_dagster.animatic.ink import around, brush, ellipse, fill, line, mass, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_furniture import hanging_lamp, shelf, table, table_lamp
from director_dagster.animatic.places_room import Window, ceiling, night_side, outside, shell
from director_dagster.animatic.world import World, lamp, layer


def room(world: World) -> list[Layer]:
    """A sitting room: window with curtains, armchair, picture, rug, lamp."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.74), y=hz - 290, width=270, height=330, across=2, down=3)
    middle, stand, wood = world.width / 2, world.x(0.92), p.tone("#6b4a30")
    rug = ellipse(middle, hz + 210, 520, 80, mix(p.tone("#8a3f38"), p.ink, 0.2))
    rug += ellipse(middle, hz + 210, 440, 62, p.tone("#b58a5a"), 0.5)
    legs = line(f"M{stand - 44} {hz}v120M{stand + 44} {hz}v120", mix(wood, p.ink, 0.4), 10)
    return [
        *outside(world, [window]),
        *shell(world, [window], wall="#c9b68e"),
        layer("curtains", 0.4, _curtains(world, window), _picture(world, world.x(0.32)), rim=0.25, wash=0.8),
        layer("rug", 0.72, rug, wash=0.9),
        _armchair(world, world.x(0.13), hz + 120),
        layer("stand", 0.8, rect(stand - 56, hz - 8, 112, 14, mix(wood, p.ink, 0.2)), legs),
        *table_lamp(world, stand, hz - 8),
        night_side(world),
    ]


def _curtains(world: World, window: Window) -> str:
    p, cloth = world.palette, world.palette.tone("#a4574a")
    x0, y0, x1, y1 = window.box
    parts = []
    for x, s in ((x0 - 26, -1), (x1 + 26, 1)):
        high = [(x + s * 4, y0 - 40), (x + s * 76, y0 - 40), (x + s * 66, y0 + 160)]
        low = [(x + s * 84, y1 + 60), (x - s * 2, y1 + 60), (x - s * 12, y0 + 120)]
        fold = f"M{x + s * 34} {y0 - 30}Q{x + s * 24} {y0 + 160} {x + s * 44} {y1 + 50}"
        parts.append(mass([*high, *low], cloth) + line(fold, mix(cloth, p.ink, 0.45), 4, 0.7))
    return "".join(parts) + line(f"M{x0 - 120} {y0 - 46}H{x1 + 120}", mix(p.tone("#6b4a30"), p.ink, 0.3), 9)


def _picture(world: World, x: float) -> str:
    p, hz = world.palette, world.horizon
    frame = rect(x - 95, hz - 400, 190, 140, mix(p.tone("#8a6a32"), p.ink, 0.25))
    view = rect(x - 80, hz - 385, 160, 110, p.tone("#8fa5a8"))
    peaks = f"M{x - 80} {hz - 300}L{x - 20} {hz - 350}L{x + 25} {hz - 310}L{x + 50} {hz - 330}L{x + 80} {hz - 305}"
    return frame + view + fill(f"{peaks}V{hz - 275}H{x - 80}Z", p.tone("#4a5f52"))


def _armchair(world: World, x: float, y: float) -> Layer:
    p = world.palette
    cloth = p.tone("#4f6a5c")
    dark = mix(cloth, p.ink, 0.4)
    back = mass(
        around(x, y, [(-105, 0), (-118, -190), (-80, -270), (0, -285), (80, -270), (118, -190), (105, 0)]), cloth
    )
    seat = mass(
        [(x - 96, y - 30), (x - 90, y - 110), (x, y - 124), (x + 90, y - 110), (x + 96, y - 30)],
        mix(cloth, p.light, 0.12),
    )
    arms = "".join(
        mass(around(x, y, [(s * 92, 14), (s * 84, -120), (s * 112, -158), (s * 142, -120), (s * 136, 14)]), dark)
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
    hz = world.horizon
    window = Window(x=world.x(0.60), y=hz - 262, width=290, height=220, across=3, down=2)
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#d6cba6", floor="#a08a6c"),
        ceiling(world, "#8a7452", high=425),
        layer("counter", 0.45, _counter(world, window.x), _pans(world), rim=0.2, wash=0.9),
        *_stove(world, world.x(0.12), hz + 60),
    ]
    made += [table(world, world.x(0.78), hz + 130, 420), *hanging_lamp(world, world.x(0.44), hz - 335, size=0.85)]
    return [*made, night_side(world)]


def _counter(world: World, sink_x: float) -> str:
    """Cupboards under a worktop, the tap, tiles above, plates and jars."""
    p, hz = world.palette, world.horizon
    y, front = hz - 100, mix(p.tone("#5f7a70"), p.ink, 0.12)
    left, right = min(world.x(0.28), world.x(1.4)), max(world.x(0.28), world.x(1.4))
    parts = [rect(left + 8, y, right - left - 16, 158, front), rect(left + 8, hz + 44, right - left - 16, 14, p.ink)]
    for i in range(9):
        x, wide = left + (right - left) * i / 9, (right - left) / 9
        parts.append(rect(x + 14, y + 38, wide - 26, 98, mix(front, p.ink, 0.35)))
        parts.append(rect(x + 18, y + 42, wide - 34, 90, mix(front, p.paper, 0.06)))
        parts.append(ellipse(x + wide - 28, y + 80, 5, 5, mix(p.tone("#c9a24a"), p.ink, 0.1)))
    parts.append(rect(left, y + 20, right - left, 12, p.ink, 0.45))
    parts.append(rect(left, y - 4, right - left, 26, mix(p.tone("#e6dcc4"), p.ink, 0.05)))
    tap = f"M{sink_x + 50} {y}v-44q0 -22 -24 -22q-20 0 -20 18"
    tiles = "".join(line(f"M{left} {y - 40 * k}H{right}", mix(front, p.ink, 0.3), 1.4, 0.4) for k in range(1, 3))
    plates = shelf(world, world.x(0.88), hz - 345, 270, things="plates")
    jars = shelf(world, world.x(0.88), hz - 245, 270, things="jars")
    return "".join([tiles, *parts, line(tap, mix(p.tone("#8f979a"), p.ink, 0.25), 9), plates, jars])


def _pans(world: World) -> str:
    """Three pans on a rail, beside the stove."""
    p, s, x, y = world.palette, world.side, world.x(0.235), world.horizon - 345
    hung = "".join(
        line(f"M{x + s * 66 * k} {y}v34", p.ink, 4)
        + ellipse(x + s * 66 * k, y + 62 + 4 * k, 29 - 3 * k, 31 - 3 * k, mix(p.tone("#a5623a"), p.ink, 0.15 * k))
        for k in range(3)
    )
    return hung + line(f"M{x - s * 36} {y}h{s * 204}", p.ink, 6)


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
    p, hz, x = world.palette, world.horizon, world.x(0.52)
    window = Window(x=world.x(0.70), y=hz - 300, width=250, height=320, across=2, down=2)
    wood = mix(p.tone("#6b4530"), p.ink, 0.25)
    drawer = rect(x - 42, hz - 56, 84, 30, mix(wood, p.ink, 0.4)) + ellipse(x, hz - 41, 5, 5, p.lamp)
    return [
        *outside(world, [window]),
        *shell(world, [window], wall="#b3b7a6", floor="#86674c"),
        _bed(world, world.x(0.20), hz + 90, wood),
        layer("night table", 0.6, rect(x - 52, hz - 70, 104, 100, wood), drawer),
        *table_lamp(world, x, hz - 70, depth=0.6),
        night_side(world),
    ]


def _bed(world: World, x: float, y: float, wood: str) -> Layer:
    p, s = world.palette, world.side
    sheet, cover = p.tone("#eee6d6"), p.tone("#7a3d44")
    mattress = [(-130, -90), (-60, -128), (150, -116), (370, -84), (392, 6), (-130, 16)]
    fold = [(-134, -90), (-60, -126), (30, -124), (62, -74), (-10, -58), (-130, -62)]
    pillow = [(-128, -96), (-110, -150), (-20, -162), (12, -128), (-20, -104)]
    parts = [
        fill(f"M{x - s * 170} {y + 40}V{y - 240}Q{x - s * 120} {y - 310} {x - s * 60} {y - 240}V{y + 40}Z", wood),
        mass(around(x, y, mattress, s), cover),
        mass(around(x, y, fold, s), sheet),
        mass(around(x, y, pillow, s), mix(sheet, p.light, 0.3)),
    ]
    for k in range(4):
        crease = [(90 + 70 * k, -108), (100 + 70 * k, -60), (96 + 72 * k, 0)]
        parts.append(fill(brush(around(x, y, crease, s), 7), mix(cover, p.ink, 0.5), 0.6))
    parts.append(rect(min(x + s * 372, x + s * 402), y - 130, 30, 176, wood))
    return layer("bed", 0.8, *parts, rim=0.35, wash=0.9)
