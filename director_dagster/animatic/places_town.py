"""Set pieces of the town: street and roofs."""

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import area, around, ellipse, fade, fill, line, poly, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.world import BOTTOM, World, lamp, layer, wash_down

_WALLS = ("#c2a283", "#a98f7c", "#d3c3a4", "#9aa09c", "#b57f66", "#8f8377")


def street(world: World) -> list[Layer]:
    """Houses on both sides, running to a vanishing point; a lamp post."""
    vx, hz = world.x(0.38), world.horizon
    made = [_far_houses(world, vx), _row(world, vx, -1), _row(world, vx, 1)]
    made += [
        _cobbles(world, vx),
        *_post(world, world.x(0.86), hz + 250, 640, 0.95),
        *_post(world, world.x(0.22), hz + 92, 300, 0.7),
    ]
    return made


def _far_houses(world: World, vx: float) -> Layer:
    chance = world.chance("far houses")
    parts, x = [], vx - 130
    while x < vx + 130:
        wide, high = chance.uniform(34, 60), chance.uniform(70, 150)
        wall = world.tone(chance.choice(_WALLS), 0.3)
        parts.append(
            rect(x, world.horizon + 6 - high, wide + 1, high, wall)
            + area(
                [
                    (x - 3, world.horizon + 6 - high),
                    (x + wide / 2, world.horizon - 18 - high),
                    (x + wide + 3, world.horizon + 6 - high),
                ],
                mix(wall, world.palette.ink, 0.2),
            )
        )
        x += wide
    return layer("far houses", 0.25, *parts, detail=0.7, wash=0.9)


def _row(world: World, vx: float, side: int) -> Layer:
    """One side of the street, from the far end towards us."""
    chance = world.chance(f"row {side}")
    p, hz = world.palette, world.horizon
    parts = []
    edges = [110.0, 165.0, 245.0, 360.0, 540.0, 820.0, 1250.0, 1900.0]
    for i in range(len(edges) - 1):
        near = 0.4 + 0.085 * i
        d0, d1 = edges[i] * world.width / 1778**0.5 / 42.2, edges[i + 1] * world.width / 1778**0.5 / 42.2
        wall = mix(world.tone(chance.choice(_WALLS), near), p.ink, 0.06 if side == -world.side else 0.34)
        tall = chance.uniform(0.85, 1.25)
        x0, x1 = vx + side * d0, vx + side * d1
        top0, top1 = hz - d0 * 1.12 * tall, hz - d1 * 1.12 * tall
        foot0, foot1 = hz + d0 * 0.30, hz + d1 * 0.30
        parts.append(area([(x0, top0), (x1, top1), (x1, foot1), (x0, foot0)], wall))
        roof = mix(world.tone("#6d4a3e", near), p.ink, 0.2)
        if world.snowy:
            roof = mix(p.paper, p.haze, 0.25)
        parts.append(
            area(
                [
                    (x0 - side * 6, top0),
                    (x0 + side * (d1 - d0) * 0.25, top0 - d0 * 0.22),
                    (x1, top1 - d1 * 0.22),
                    (x1, top1),
                ],
                roof,
            )
        )
        parts.append(_windows(world, (x0, top0, foot0), (x1, top1, foot1), wall, chance.random(), i))
    return layer("row", 0.55, *parts, rim=0.15, wash=1.0)


def _windows(
    world: World, a: tuple[float, float, float], b: tuple[float, float, float], wall: str, luck: float, row: int
) -> str:
    """Windows, and a door, between two edges (x, top, foot) of a wall in perspective."""
    p = world.palette

    def at(u: float, v: float) -> tuple[float, float]:
        top, foot = a[1] + (b[1] - a[1]) * u, a[2] + (b[2] - a[2]) * u
        return (a[0] + (b[0] - a[0]) * u, top + (foot - top) * v)

    parts = []
    for j, (u0, u1) in enumerate(((0.14, 0.40), (0.60, 0.86))):
        for k, (v0, v1) in enumerate(((0.12, 0.30), (0.42, 0.60))):
            lit = p.lamps and (luck * 37 + j * 3 + k * 5 + row) % 3 < 1.7
            pane = p.lamp if lit else mix(mix(wall, p.ink, 0.55), p.low, 0.18)
            parts.append(
                area(
                    [
                        at(u0 - 0.03, v0 - 0.015),
                        at(u1 + 0.03, v0 - 0.015),
                        at(u1 + 0.03, v1 + 0.02),
                        at(u0 - 0.03, v1 + 0.02),
                    ],
                    mix(wall, p.paper, 0.25),
                )
            )
            parts.append(area([at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)], pane))
            parts.append(
                line(poly([at((u0 + u1) / 2, v0), at((u0 + u1) / 2, v1)], closed=False), mix(wall, p.ink, 0.4), 2.0)
            )
    door = [at(0.36, 0.70), at(0.60, 0.70), at(0.60, 1.0), at(0.36, 1.0)]
    return "".join(parts) + area(door, mix(world.tone("#5a3a2c"), p.ink, 0.35))


def _cobbles(world: World, vx: float) -> Layer:
    p, hz = world.palette, world.horizon
    stone = world.tone("#eceff0" if world.snowy else "#8b8378")
    parts = [
        area([(vx - 30, hz + 8), (vx + 30, hz + 8), (vx + 1900, BOTTOM), (vx - 1900, BOTTOM)], mix(stone, p.ink, 0.18))
    ]
    chance = world.chance("cobbles")
    for i in range(1, 13):
        y = hz + 8 + (BOTTOM - hz) * (i / 13) ** 2.1
        parts.append(
            line(
                f"M{vx - (y - hz) * 2.8} {y}Q{vx} {y + 5} {vx + (y - hz) * 2.8} {y}",
                mix(stone, p.ink, 0.45),
                1 + i * 0.22,
                0.35,
            )
        )
    for _ in range(50):
        y = hz + 20 + (1000 - hz) * chance.random() ** 0.8
        x = vx + (y - hz) * chance.uniform(-2.4, 2.4)
        reach = (y - hz) * 0.09
        parts.append(ellipse(x, y, reach, reach * 0.22, bright(world, stone, 0.1), 0.35))
    return layer("cobbles", 0.8, *parts, wash=0.8)


def _mirrored(world: World, vx: float) -> list[Layer]:
    """Windows and lamps mirrored in the stones: long soft lights, more of them when it rains."""
    p, hz = world.palette, world.horizon
    if not (world.wet or p.lamps):
        return []
    colour, strength = (p.lamp, 0.55 if world.wet else 0.2) if p.lamps else (p.low, 0.5)
    chance = world.chance("mirrored")
    marks = [fade("m", [(0.0, colour, strength), (0.35, colour, strength * 0.6), (1.0, colour, 0.0)])]
    for k in (-5, -4, -2.5, -1.5, 1.5, 2.5, 4, 5.5, 7):
        x, y = vx + k * 82, hz + 24 + 22 * abs(k)
        wide, long = (10 + 5 * abs(k)) * chance.uniform(0.8, 1.4), (120 + 46 * abs(k)) * chance.uniform(0.8, 1.2)
        marks.append(rect(x - wide / 2, y, wide, long, "url(#m)"))
    motion = Motion(kind=Sway.FLICKER, amount=0.2, period_s=1.7)
    return [layer("mirrored", 0.8, *marks, detail=0.4, blur=9, blend=Blend.LIGHT, motion=motion)]


def _post(world: World, x: float, foot: float, tall: float, depth: float) -> list[Layer]:
    """A street lamp, lit when it is dark."""
    p = world.palette
    k = tall / 500
    iron = p.ink
    top = foot - tall
    post = (
        line(f"M{x} {foot}V{top + 60 * k}", iron, 9 * k)
        + rect(x - 13 * k, foot - 46 * k, 26 * k, 46 * k, iron)
        + line(f"M{x - 26 * k} {top + 92 * k}H{x + 26 * k}", iron, 5 * k)
    )
    glass = p.lamp if p.lamps else mix(p.paper, p.haze, 0.4)
    post += area([(x - 24 * k, top), (x + 24 * k, top), (x + 16 * k, top + 62 * k), (x - 16 * k, top + 62 * k)], glass)
    post += area(
        [(x - 30 * k, top), (x - 10 * k, top - 24 * k), (x + 10 * k, top - 24 * k), (x + 30 * k, top)], iron
    ) + line(
        f"M{x - 24 * k} {top}L{x - 16 * k} {top + 62 * k}M{x + 24 * k} {top}"
        f"L{x + 16 * k} {top + 62 * k}M{x} {top}V{top + 62 * k}",
        iron,
        3.5 * k,
    )
    made = [layer("lamp post", depth, post, rim=0.3)]
    if p.lamps:
        made.append(lamp("street lamp", depth, (x, top + 30 * k), 420 * k, p.lamp, 0.9, flicker=0.06))
    return made


def roofs(world: World) -> list[Layer]:
    """A town from above: gables in three depths, chimneys that smoke."""
    made: list[Layer] = []
    p = world.palette
    for row, (near, base, wide, high) in enumerate(((0.35, 10, 110, 90), (0.62, 120, 190, 150), (0.95, 330, 340, 250))):
        chance = world.chance(f"roofs {row}")
        parts, smoke, x = [], [], world.left - chance.uniform(0, 90)
        foot = world.horizon + base
        while x < world.right:
            w, h = wide * chance.uniform(0.8, 1.25), high * chance.uniform(0.7, 1.15)
            parts.append(_gable(world, x, foot, w, h, near, chance.random()))
            if chance.random() < 0.55:
                cx = x + w * chance.choice((0.3, 0.68))
                parts.append(
                    rect(cx - w * 0.05, foot - h * 1.22, w * 0.1, h * 0.5, mix(world.tone("#7d5446", near), p.ink, 0.3))
                    + rect(cx - w * 0.065, foot - h * 1.25, w * 0.13, h * 0.06, p.ink)
                )
                smoke.append((cx, foot - h * 1.26, w * 0.2))
            x += w * 0.86
        made.append(
            layer(
                "roofs",
                near * 0.9,
                *parts,
                rect(
                    world.left,
                    foot - 10,
                    world.right - world.left,
                    BOTTOM,
                    mix(world.tone("#5f5348", near), p.ink, 0.55),
                ),
                rim=0.3 if row else 0.1,
                wash=1.0,
            )
        )
        made += [chimney_smoke(world, at, near * 0.9) for at in smoke[:2]]
    return [*made, _terrace(world)]


def _terrace(world: World) -> Layer:
    """A flat roof before us, to stand on, with a low wall."""
    p = world.palette
    tile = world.tone("#eef1f3" if world.snowy else "#8f7a68")
    slab = wash_down("t", 868, BOTTOM, [(0.0, tile, 1.0), (1.0, mix(tile, p.ink, 0.5), 1.0)], world)
    wide = world.right - world.left
    wall = rect(world.left, 812, wide, 60, mix(tile, p.ink, 0.42)) + rect(
        world.left, 800, wide, 16, bright(world, tile)
    )
    return layer("terrace", 0.97, slab, wall, wash=0.9, rim=0.2)


def _gable(world: World, x: float, foot: float, wide: float, high: float, near: float, luck: float) -> str:
    p = world.palette
    wall = world.tone(_WALLS[int(luck * len(_WALLS))], near)
    tile = mix(world.tone("#8c5442", near), p.ink, 0.1 + 0.2 * luck)
    if world.snowy:
        tile = mix(p.paper, p.haze, 0.12 + 0.2 * luck) if not world.night else mix(p.paper, p.top, 0.5)
    front = poly(
        around(x, foot, [(0, 20), (0, -high * 0.45), (wide * 0.3, -high), (wide * 0.6, -high * 0.45), (wide * 0.6, 20)])
    )
    roof = poly(
        around(
            x,
            foot,
            [
                (wide * 0.3, -high * 1.03),
                (wide * 0.86, -high * 1.03),
                (wide * 1.04, -high * 0.4),
                (wide * 0.62, -high * 0.4),
            ],
        )
    )
    left = poly(
        around(
            x,
            foot,
            [
                (-wide * 0.05, -high * 0.38),
                (wide * 0.3, -high * 1.04),
                (wide * 0.33, -high * 0.98),
                (wide * 0.0, -high * 0.36),
            ],
        )
    )
    lit = p.lamps and luck > 0.35
    pane = p.lamp if lit else mix(wall, p.ink, 0.6)
    window = rect(x + wide * 0.24, foot - high * 0.52, wide * 0.13, high * 0.2, pane) + line(
        f"M{x + wide * 0.305} {foot - high * 0.52}v{high * 0.2}", mix(wall, p.ink, 0.4), 2
    )
    rows = "".join(
        line(
            f"M{x + wide * (0.36 + 0.07 * k)} {foot - high * (0.9 - 0.14 * k)}H{x + wide * (0.9 + 0.035 * k)}",
            mix(tile, p.ink, 0.4),
            1.4,
            0.5,
        )
        for k in range(4)
    )
    return (
        fill(front, wall if world.side < 0 else mix(wall, p.ink, 0.3))
        + rect(x + wide * 0.58, foot - high * 0.42, wide * 0.46, high * 0.7, mix(wall, p.ink, 0.25))
        + fill(roof, tile)
        + fill(left, mix(tile, p.ink, 0.4))
        + window
        + rows
    )


def chimney_smoke(world: World, at: tuple[float, float, float], depth: float) -> Layer:
    """Smoke that rises and is blown aside."""
    x, y, size = at
    lean = -world.side * (3.2 if world.windy else 0.9)
    tone = mix(world.palette.haze, world.palette.paper, 0.35)
    puffs = [
        ellipse(
            x + lean * size * (k * 0.55) ** 1.25,
            y - size * 0.8 * k,
            size * (0.35 + 0.17 * k),
            size * (0.3 + 0.13 * k),
            tone,
            0.5 - 0.055 * k,
        )
        for k in range(8)
    ]
    return layer(
        "smoke",
        depth,
        *puffs,
        detail=0.5,
        blur=size * 0.16,
        wash=0.0,
        motion=Motion(kind=Sway.RISE, amount=size * 0.5, period_s=3.6, pivot=(x, y)),
    )
