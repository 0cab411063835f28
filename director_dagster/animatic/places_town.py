"""Set pieces of the town: street, roofs, station."""

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import ellipse, fade, fill, line, poly, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.world import BOTTOM, World, lamp, layer, wash_down

_WALLS = ("#c2a283", "#a98f7c", "#d3c3a4", "#9aa09c", "#b57f66", "#8f8377")


def street(world: World) -> list[Layer]:
    """Houses on both sides, running to a vanishing point; a lamp post."""
    vx, hz = world.x(0.38), world.horizon
    made = [_far_houses(world, vx)]
    for side in (-1, 1):
        made.append(_row(world, vx, side))
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
            + fill(
                poly(
                    [
                        (x - 3, world.horizon + 6 - high),
                        (x + wide / 2, world.horizon - 18 - high),
                        (x + wide + 3, world.horizon + 6 - high),
                    ]
                ),
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
        parts.append(fill(poly([(x0, top0), (x1, top1), (x1, foot1), (x0, foot0)]), wall))
        roof = mix(world.tone("#6d4a3e", near), p.ink, 0.2)
        if world.snowy:
            roof = mix(p.paper, p.haze, 0.25)
        parts.append(
            fill(
                poly(
                    [
                        (x0 - side * 6, top0),
                        (x0 + side * (d1 - d0) * 0.25, top0 - d0 * 0.22),
                        (x1, top1 - d1 * 0.22),
                        (x1, top1),
                    ]
                ),
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
                fill(
                    poly(
                        [
                            at(u0 - 0.03, v0 - 0.015),
                            at(u1 + 0.03, v0 - 0.015),
                            at(u1 + 0.03, v1 + 0.02),
                            at(u0 - 0.03, v1 + 0.02),
                        ]
                    ),
                    mix(wall, p.paper, 0.25),
                )
            )
            parts.append(fill(poly([at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)]), pane))
            parts.append(
                line(poly([at((u0 + u1) / 2, v0), at((u0 + u1) / 2, v1)], closed=False), mix(wall, p.ink, 0.4), 2.0)
            )
    door = [at(0.36, 0.70), at(0.60, 0.70), at(0.60, 1.0), at(0.36, 1.0)]
    return "".join(parts) + fill(poly(door), mix(world.tone("#5a3a2c"), p.ink, 0.35))


def _cobbles(world: World, vx: float) -> Layer:
    p, hz = world.palette, world.horizon
    stone = world.tone("#eceff0" if world.snowy else "#8b8378")
    parts = [
        fill(
            poly([(vx - 30, hz + 8), (vx + 30, hz + 8), (vx + 1900, BOTTOM), (vx - 1900, BOTTOM)]),
            mix(stone, p.ink, 0.18),
        )
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
    post += fill(
        poly([(x - 24 * k, top), (x + 24 * k, top), (x + 16 * k, top + 62 * k), (x - 16 * k, top + 62 * k)]), glass
    )
    post += fill(
        poly([(x - 30 * k, top), (x - 10 * k, top - 24 * k), (x + 10 * k, top - 24 * k), (x + 30 * k, top)]), iron
    ) + line(
        f"M{x - 24 * k} {top}L{x - 16 * k} {top + 62 * k}M{x + 24 * k} {top}L{x + 16 * k} {top + 62 * k}M{x} {top}V{top + 62 * k}",
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
    wall = rect(world.left, 812, wide, 60, mix(tile, p.ink, 0.42)) + rect(world.left, 800, wide, 16, bright(world, tile))
    return layer("terrace", 0.97, slab, wall, wash=0.9, rim=0.2)


def _gable(world: World, x: float, foot: float, wide: float, high: float, near: float, luck: float) -> str:
    p = world.palette
    wall = world.tone(_WALLS[int(luck * len(_WALLS))], near)
    tile = mix(world.tone("#8c5442", near), p.ink, 0.1 + 0.2 * luck)
    if world.snowy:
        tile = mix(p.paper, p.haze, 0.12 + 0.2 * luck) if not world.night else mix(p.paper, p.top, 0.5)
    front = poly(
        [
            (x, foot + 20),
            (x, foot - high * 0.45),
            (x + wide * 0.3, foot - high),
            (x + wide * 0.6, foot - high * 0.45),
            (x + wide * 0.6, foot + 20),
        ]
    )
    roof = poly(
        [
            (x + wide * 0.3, foot - high * 1.03),
            (x + wide * 0.86, foot - high * 1.03),
            (x + wide * 1.04, foot - high * 0.4),
            (x + wide * 0.62, foot - high * 0.4),
        ]
    )
    left = poly(
        [
            (x - wide * 0.05, foot - high * 0.38),
            (x + wide * 0.3, foot - high * 1.04),
            (x + wide * 0.33, foot - high * 0.98),
            (x + wide * 0.0, foot - high * 0.36),
        ]
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


def station(world: World) -> list[Layer]:
    """A platform under its roof, a clock, rails that run away, a signal."""
    p, hz = world.palette, world.horizon
    vx = world.x(0.24)
    gravel = world.tone("#e6eaec" if world.snowy else "#6f675e")
    track = [
        fill(
            poly([(vx - 16, hz + 6), (vx + 16, hz + 6), (vx + 330, BOTTOM), (vx - 640, BOTTOM)]),
            mix(gravel, p.ink, 0.3),
        )
    ]
    for i in range(1, 15):
        y = hz + 6 + (BOTTOM - hz) * (i / 15) ** 2.2
        share = (y - hz) / (BOTTOM - hz)
        track.append(
            line(
                f"M{vx - 12 - 560 * share} {y}H{vx + 12 + 270 * share}",
                mix(world.tone("#4b3a2e"), p.ink, 0.3),
                3 + 20 * share,
            )
        )
    for k in (-420.0, 150.0):
        track.append(
            fill(
                poly([(vx + k * 0.02, hz + 6), (vx + k * 0.02 + 3, hz + 6), (vx + k + 20, BOTTOM), (vx + k, BOTTOM)]),
                mix(p.low, p.paper, 0.3),
            )
        )
    side = world.side
    edge = fill(
        poly([(vx + side * 34, hz + 10), (world.x(1.32), hz + 10), (world.x(1.32), BOTTOM), (vx + side * 520, BOTTOM)]),
        world.tone("#eef1f3" if world.snowy else "#a59a8c"),
    )
    edge += fill(
        poly(
            [(vx + side * 34, hz + 10), (vx + side * 40, hz + 10), (vx + side * 600, BOTTOM), (vx + side * 520, BOTTOM)]
        ),
        p.paper,
        0.75,
    )
    return [
        layer("rails", 0.62, *track, wash=0.8),
        layer("platform", 0.7, edge, wash=1.0),
        _canopy(world, vx),
        *_station_clock(world),
        _signal(world, vx - side * 150),
    ]


def _canopy(world: World, vx: float) -> Layer:
    """The platform's roof on iron posts, getting smaller towards the vanishing point; a house and a bench under it."""
    p, hz, side = world.palette, world.horizon, world.side
    iron = mix(world.tone("#3f4a4a", 0.9), p.ink, 0.25)

    def at(far: float, y: float) -> tuple[float, float]:
        """A point `far` (0 at the vanishing point … 1 near) along the platform, `y` times its height above the eye."""
        return (vx + side * (30 + world.width * 0.80 * far), hz - 14 - y * 430 * far)

    roof = fill(poly([at(0.06, 1.0), at(1.3, 1.0), at(1.3, 1.28), at(0.06, 1.34)]), iron)
    roof += fill(
        poly([at(0.06, 1.0), at(1.3, 1.0), at(1.3, 1.04), at(0.06, 1.05)]),
        mix(p.paper if world.snowy else iron, p.ink, 0.2),
    )
    steps = [0.08 * 1.13**i for i in range(24)]
    fringe = "".join(
        fill(poly([at(a, 1.0), at(b, 1.0), at((a + b) / 2, 0.90)]), iron)
        for a, b in zip(steps, steps[1:], strict=False)
    )
    posts = ""
    for far in (0.14, 0.26, 0.48, 0.86):
        (x, top), (_, foot) = at(far, 1.0), at(far, -0.36)
        posts += line(f"M{x:.0f} {foot:.0f}V{top:.0f}", iron, 3 + 13 * far) + line(
            f"M{x - 70 * far:.0f} {top:.0f}Q{x:.0f} {top + 20 * far:.0f} {x:.0f} {top + 90 * far:.0f}Q{x:.0f} {top + 20 * far:.0f} {x + 70 * far:.0f} {top:.0f}",
            iron,
            2 + 7 * far,
        )
    wall = poly([at(0.16, 1.0), at(1.5, 1.0), at(1.5, -0.30), at(0.16, -0.30)])
    house = fill(wall, mix(world.tone("#a5765c", 0.8), p.ink, 0.25))
    for far in (0.22, 0.36, 0.62):
        pane = p.lamp if p.lamps else mix(p.low, p.ink, 0.45)
        house += fill(poly([at(far, 0.62), at(far * 1.18, 0.62), at(far * 1.18, 0.05), at(far, 0.05)]), pane)
    bx, by = world.x(0.70), hz + 130
    wood = mix(world.tone("#6b4a30"), p.ink, 0.15)
    bench = line(f"M{bx - 84} {by}h168M{bx - 84} {by - 34}h168M{bx - 84} {by - 58}h168", wood, 11) + line(
        f"M{bx - 66} {by}v44M{bx + 66} {by}v44M{bx - 74} {by + 4}v-72M{bx + 74} {by + 4}v-72", iron, 7
    )
    return layer("canopy", 0.6, house, posts, roof, fringe, bench, rim=0.25, wash=0.9)


def _station_clock(world: World) -> list[Layer]:
    p = world.palette
    x, y = world.x(0.56), world.horizon - 170
    face = (
        line(f"M{x} {y - 54}V{y - 96}", p.ink, 6)
        + ellipse(x, y, 54, 54, p.ink)
        + ellipse(x, y, 46, 46, mix(p.paper, p.lamp, 0.35 if p.lamps else 0.0))
    )
    face += "".join(
        line(f"M{x + dx * 36:.1f} {y + dy * 36:.1f}L{x + dx * 43:.1f} {y + dy * 43:.1f}", p.ink, 3)
        for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7))
    )
    face += line(f"M{x} {y}L{x + 12} {y - 24}", p.ink, 5) + line(f"M{x} {y}L{x - 20} {y - 28}", p.ink, 3.5)
    made = [layer("clock", 0.62, face, rim=0.3)]
    if p.lamps:
        made.append(lamp("clock light", 0.62, (x, y), 210, p.lamp, 0.7, flicker=0.03))
        made.append(lamp("platform light", 0.7, (world.x(0.80), world.horizon - 120), 360, p.lamp, 0.6))
    return made


def _signal(world: World, x: float) -> Layer:
    p, hz = world.palette, world.horizon
    arm = line(f"M{x} {hz + 40}V{hz - 300}", p.ink, 7) + fill(
        poly([(x, hz - 296), (x - 92, hz - 322), (x - 97, hz - 304), (x, hz - 274)]), p.vivid("#b5332a")
    )
    return layer("signal", 0.4, arm, ellipse(x + 10, hz - 280, 9, 9, p.vivid("#d8403a") if p.lamps else p.ink), rim=0.3)
