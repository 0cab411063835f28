"""Set pieces of water: sea, shore, boat, river."""

import math

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import Point, area, around, brush, ellipse, fade, fill, group, line, mass, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.places_trees import bank
from director_dagster.animatic.world import BOTTOM, LANDMARKS, World, lamp, layer, wash_down
from director_dagster.story.shot import Weather


def water_colours(world: World) -> tuple[str, str]:
    """Far and near water: the sky's own light, darker."""
    p = world.palette
    far = mix(p.low, world.tone("#3f6f8c"), 0.5)
    return far, mix(world.tone("#1f4a66"), p.ink, 0.25)


def sea(world: World) -> list[Layer]:
    """Open water to the horizon, with the light's road on it and waves that come in."""
    hz, p = world.horizon, world.palette
    far, near = water_colours(world)
    stops = [(0.0, far, 1.0), (0.25, mix(far, near, 0.45), 1.0), (1.0, near, 1.0)]
    made = [
        layer("sea", 0.12, wash_down("w", hz, BOTTOM, stops, world), detail=0.4, wash=0.6),
        *_road(world),
        _glitter(world),
    ]
    storm = world.setting.weather is Weather.STORM
    rows = ((0.10, 0.25, 6.0), (0.30, 0.42, 10.0), (0.58, 0.62, 16.0))
    for i, (share, depth, high) in enumerate(rows):
        y = hz + (1000 - hz) * share
        tone = mix(mix(far, near, 0.25 + share), p.low, 0.10)
        made.append(_wave(world, i, y, high * (2.4 if storm else 1.5 if world.windy else 1.0), depth, tone))
    return made


def _road(world: World) -> list[Layer]:
    """The moon's broad light on the water."""
    if not world.night or world.setting.weather in {Weather.RAIN, Weather.STORM}:
        return []
    x, hz = world.light_x, world.horizon
    stops = [(0.0, world.palette.light, 0.62), (0.4, world.palette.light, 0.34), (1.0, world.palette.light, 0.0)]
    shape = area([(x - 60, hz), (x + 60, hz), (x + 190, 960), (x - 190, 960)], "url(#m)")
    motion = Motion(kind=Sway.FLICKER, amount=0.12, period_s=4.1)
    return [layer("road", 0.13, fade("m", stops), shape, detail=0.3, blur=26, blend=Blend.LIGHT, motion=motion)]


def _glitter(world: World) -> Layer:
    chance = world.chance("glitter")
    hz = world.horizon
    marks = []
    for _ in range(70):
        share = chance.random() ** 1.6
        x = world.light_x + chance.gauss(0, 24 + 120 * share)
        y = hz + 5 + (1000 - hz) * 0.62 * share
        marks.append(ellipse(x, y, 9 + 34 * share, 1.1 + 2.2 * share, world.palette.light, chance.uniform(0.3, 0.9)))
    strength = 0.9 if world.palette.bright > 0.3 or world.night else 0.35
    body = f'<g opacity="{strength}">{"".join(marks)}</g>'
    return layer("glitter", 0.14, body, wash=0.0, detail=0.8, motion=Motion(kind=Sway.SWELL, amount=7, period_s=3.1))


def _wave(world: World, row: int, y: float, high: float, depth: float, tone: str) -> Layer:
    chance = world.chance(f"wave {row}")
    span = world.right - world.left
    steps = 22
    crest: list[Point] = []
    for i in range(steps + 1):
        rise = high * (0.5 + 0.5 * math.sin(i * 1.9 + row * 2)) * chance.uniform(0.5, 1.0)
        crest.append((world.left + span * i / steps, y - rise))
    body = smooth([*crest, (world.right + 60, BOTTOM), (world.left - 60, BOTTOM)])
    foam = []
    for i in range(2, steps - 1, 2):
        (x0, y0), (x1, y1), (x2, y2) = crest[i - 1], crest[i], crest[i + 1]
        foam.append(
            fill(
                brush([(x0, y0 + 3), (x1, y1 + 3), (x2, y2 + 3)], 2.5 + high * 0.16),
                mix(world.palette.paper, tone, 0.35 if not world.night else 0.6),
                0.65,
            )
        )
    motion = Motion(kind=Sway.SWELL, amount=10 + high * 0.6, period_s=4.6 + row * 0.8, phase=row * 0.31)
    return layer("wave", depth, fill(body, tone, 0.62), *foam, wash=0.9, detail=0.75, motion=motion)


def shore(world: World) -> list[Layer]:
    """A beach that comes in from one side, its wet edge, rocks."""
    p = world.palette
    hz = world.horizon
    edge_y = hz + (1000 - hz) * 0.36
    sand = world.tone("#d8bf90")
    if world.snowy:
        sand = mix(sand, p.paper, 0.88 if not world.night else 0.4)
    rim = [
        (world.left, edge_y + 40),
        (world.x(0.1), edge_y + 26),
        (world.x(0.4), edge_y + 60),
        (world.x(0.65), edge_y + 40),
        (world.x(0.9), edge_y + 90),
        (world.right, edge_y + 70),
    ]
    if world.side < 0:
        rim = sorted(rim)
    foam = line(smooth(rim, closed=False), mix(p.paper, sand, 0.2), 7, 0.9)
    wet = smooth([*rim, (world.right, BOTTOM), (world.left, BOTTOM)])
    dry = smooth([*[(x, y + 34 + 10 * math.sin(x / 90)) for x, y in rim], (world.right, BOTTOM), (world.left, BOTTOM)])
    body = fill(wet, mix(sand, p.ink, 0.35)) + foam + fill(dry, "url(#s)")
    stops = [
        (0.0, bright(world, sand), 1.0),
        (0.5, sand, 1.0),
        (1.0, mix(sand, p.ink, 0.18 if world.snowy else 0.4), 1.0),
    ]
    from_top = wash_stops("s", stops)
    return [
        layer("beach", 0.8, from_top, body, wash=1.0),
        rocks(world, "shore rocks", world.x(0.06), edge_y + 100, 150, 0.72),
    ]


def wash_stops(name: str, stops: list[tuple[float, str, float]]) -> str:
    """A top-to-bottom gradient to fill a path with."""
    return fade(name, stops)


def rocks(world: World, what: str, x: float, y: float, size: float, depth: float) -> Layer:
    """A heap of rocks around `x`, standing on `y`."""
    chance = world.chance(what)
    parts = []
    stone = world.tone("#54565c", 0.75)
    if world.snowy:
        cap = mix(world.palette.paper, stone, 0.25)
    for i in range(5):
        cx, wide, high = (
            x + chance.uniform(-1, 1) * size,
            size * chance.uniform(0.4, 0.8),
            size * chance.uniform(0.25, 0.6),
        )
        ridge = around(
            cx,
            y,
            [(-wide, 20), (-wide * 0.7, -high * 0.55), (-wide * 0.1, -high), (wide * 0.45, -high * 0.7), (wide, 20)],
        )
        parts.append(area(ridge, mix(stone, world.palette.ink, 0.12 * i)))
        lit = (
            [ridge[2], ridge[3], (cx + wide * 0.5, y + 10), (cx + wide * 0.1, y - high * 0.2)]
            if world.side > 0
            else [ridge[1], ridge[2], (cx - wide * 0.05, y - high * 0.2), (cx - wide * 0.5, y + 10)]
        )
        parts.append(area(lit, bright(world, stone, 0.14), 0.75))
        if world.snowy:
            parts.append(
                area(
                    [
                        ridge[1],
                        ridge[2],
                        ridge[3],
                        (cx + wide * 0.2, y - high * 0.66),
                        (cx - wide * 0.3, y - high * 0.58),
                    ],
                    cap,
                )
            )
    return layer("rocks", depth, *parts, rim=0.35, detail=0.8, wash=0.9)


def boat(world: World) -> list[Layer]:
    """A fishing boat with one sail, rocking."""
    p = world.palette
    x, y = world.x(LANDMARKS["boat"].share), world.horizon + (1000 - world.horizon) * 0.22
    wood, dark = world.tone("#7a4a32", 0.9), p.ink
    hull = fill(
        f"M{x - 190} {y - 46}Q{x} {y - 18} {x + 200} {y - 62}Q{x + 170} {y + 20} {x + 110} {y + 30}"
        f"L{x - 120} {y + 30}Q{x - 170} {y + 10} {x - 190} {y - 46}Z",
        mix(wood, dark, 0.25),
    )
    hull += fill(
        f"M{x - 190} {y - 46}Q{x} {y - 18} {x + 200} {y - 62}L{x + 196} {y - 44}Q{x} {y - 2} {x - 184} {y - 28}Z",
        world.tone("#d9cdb4", 0.9),
    )
    mast = line(f"M{x - 6} {y - 30}L{x - 2} {y - 400}", mix(wood, dark, 0.4), 8)
    sail = fill(
        f"M{x + 8} {y - 390}Q{x + 150} {y - 200} {x + 160} {y - 78}L{x + 8} {y - 66}Z", world.tone("#e9dcc0", 0.95)
    )
    jib = fill(
        f"M{x - 12} {y - 380}Q{x - 100} {y - 180} {x - 170} {y - 64}L{x - 14} {y - 74}Z", world.tone("#cdb992", 0.95)
    )
    seams = line(
        f"M{x + 8} {y - 280}L{x + 96} {y - 276}M{x + 8} {y - 180}L{x + 142} {y - 176}", mix(wood, dark, 0.2), 2, 0.5
    )
    mirror = fill(brush([(x - 170, y + 38), (x, y + 44), (x + 180, y + 36)], 20), dark, 0.4)
    way = -world.side
    sailing = group(
        [mast, sail, jib, seams, hull],
        f"translate({x:.1f} {y + 30:.1f}) rotate({7 * way}) scale({way} 1) translate({-x:.1f} {-y - 30:.1f})",
    )
    made = [
        layer("mirror", 0.5, mirror, wash=0.0, detail=0.5),
        layer(
            "boat",
            0.55,
            sailing if world.windy else mast + sail + jib + seams + hull,
            rim=0.5,
            motion=Motion(kind=Sway.ROCK, amount=2.2, period_s=5.2, pivot=(x, y + 30)),
        ),
    ]
    if p.lamps:
        made.append(lamp("boat lamp", 0.55, (x - 8, y - 120), 300 if world.night else 150, p.lamp, 0.9))
        made.append(_lamp_road(world, x - 8, y + 40))
    return made


def _lamp_road(world: World, x: float, y: float) -> Layer:
    """A lamp's broken reflection below it."""
    chance = world.chance("lamp road")
    marks = []
    for step in range(18):
        wide = (16 + 2.2 * step) * chance.uniform(0.6, 1.3)
        at = x + chance.gauss(0, 3 + 1.2 * step)
        marks.append(ellipse(at, y + 10 * step, wide, 2.4 + 0.12 * step, world.palette.lamp, 0.75 - 0.04 * step))
    motion = Motion(kind=Sway.SWELL, amount=6, period_s=2.7)
    return layer("lamp road", 0.55, *marks, detail=0.8, blend=Blend.LIGHT, motion=motion)


def river(world: World) -> list[Layer]:
    """A river that winds from the hills towards us, reeds at its edge."""
    p, hz = world.palette, world.horizon
    w, deep = world.width, 1000 - hz
    far, near = water_colours(world)
    left = [(0.56, 0.0), (0.50, 0.08), (0.60, 0.18), (0.44, 0.36), (0.30, 0.62), (0.12, 1.25)]
    right = [(1.16, 1.25), (0.86, 0.62), (0.76, 0.36), (0.74, 0.18), (0.58, 0.08), (0.59, 0.0)]
    band = [(world.x(sx), hz + deep * sy) for sx, sy in left + right]
    stops = [(0.0, mix(far, p.low, 0.4), 1.0), (0.4, far, 1.0), (1.0, near, 1.0)]
    chance = world.chance("river")
    lights = []
    for _ in range(46):
        share = chance.uniform(0.1, 1.0)
        x = world.x(0.62 - 0.02 * share + chance.uniform(-0.16, 0.2) * share)
        lights.append(ellipse(x, hz + deep * share, 10 + 40 * share, 1 + 2 * share, mix(p.light, p.low, 0.4), 0.6))
    water = layer("river", 0.62, wash_stops("r", stops), mass(band, "url(#r)"), wash=0.8)
    shine = layer("shine", 0.62, *lights, wash=0.0, detail=0.8, motion=Motion(kind=Sway.SWELL, amount=8, period_s=2.8))
    return [water, shine, bank(world), reeds(world, world.x(0.05), w * 0.24)]


def reeds(world: World, x: float, reach: float) -> Layer:
    """Reeds in the foreground, bending."""
    chance = world.chance("reeds")
    lean = -world.side * (80 if world.windy else 18)
    stems = []
    tone = mix(world.tone("#4c5538"), world.palette.ink, 0.35)
    for _ in range(34):
        bx, tall = x + chance.uniform(-reach, reach), chance.uniform(90, 250)
        tip = (bx + lean * chance.uniform(0.4, 1.2) + chance.uniform(-14, 14), 1040 - tall)
        stems.append(fill(brush([(bx, 1100), (bx + (tip[0] - bx) * 0.3, 1040 - tall * 0.55), tip], 6, ends=0.1), tone))
        if chance.random() < 0.35:
            stems.append(
                fill(
                    brush(
                        [(tip[0], tip[1] - 6), (tip[0] + lean * 0.05, tip[1] + 18), (tip[0] - lean * 0.1, tip[1] + 40)],
                        11,
                        ends=0.5,
                    ),
                    mix(world.tone("#5e3d25"), world.palette.ink, 0.2),
                )
            )
    motion = Motion(
        kind=Sway.BEND, amount=14 if world.windy else 5, period_s=2.4 if world.windy else 4.2, pivot=(x, 1080)
    )
    return layer("reeds", 1.25, *stems, rim=0.25, motion=motion)
