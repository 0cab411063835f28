"""Set pieces of the country: forest, field, mountain, desert, garden, ruins, and open ground."""

import random

from director_dagster.animatic.drawing import Layer
from director_dagster.animatic.ink import Point, area, ellipse, fill, limb, line, mass, poly, rect, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.places_trees import bend, grass, tree
from director_dagster.animatic.world import BOTTOM, World, layer


def field(world: World) -> list[Layer]:
    """Furrows that run to the horizon, a fence, a tree, grass before us."""
    hz, p = world.horizon, world.palette
    wheat = world.tone("#e8edf0" if world.snowy else "#c9a94e", 0.9)
    centre = world.x(0.6)
    rows = []
    for i in range(-16, 17):
        x0, x1 = centre + i * 26, centre + i * 190
        rows.append(
            area(
                [(x0, hz + 4), (x0 + 9, hz + 4), (x1 + 85, BOTTOM), (x1, BOTTOM)],
                mix(wheat, p.ink, 0.22 if i % 2 else 0.08),
                0.55,
            )
        )
    posts = []
    for i in range(9):
        x, y, high = world.x(0.98 - 0.115 * i), hz + 150 - 14 * i, 105 - 9.5 * i
        posts.append(line(f"M{x} {y}v{-high}", mix(world.tone("#5b4632"), p.ink, 0.3), 11 - i))
    for drop in (0.25, 0.6):
        wire = [(world.x(0.98 - 0.115 * i), hz + 150 - 14 * i - (105 - 9.5 * i) * (1 - drop)) for i in range(9)]
        posts.append(line(poly(wire, closed=False), mix(world.tone("#5b4632"), p.ink, 0.3), 4))
    return [
        layer("furrows", 0.62, *rows, wash=0.9),
        tree(world, world.x(0.26), hz + 30, 330, 0.45),
        layer("fence", 0.7, *posts, rim=0.3),
        grass(world),
    ]


def mountain(world: World) -> list[Layer]:
    """Three ranges, the highest with snow on it."""
    made = []
    p, hz = world.palette, world.horizon
    for row, (near, high) in enumerate(((0.25, 0.74), (0.45, 0.46), (0.65, 0.22))):
        chance = world.chance(f"mountain {row}")
        peaks: list[Point] = [(world.left, hz + 30)]
        x = world.left
        up = True
        while x < world.right:
            x += world.width * chance.uniform(0.08, 0.17)
            y = hz - hz * high * (chance.uniform(0.72, 1.0) if up else chance.uniform(0.25, 0.45))
            peaks.append((x, y))
            up = not up
        rock = mix(world.tone("#5b6676", near), p.ink, 0.05)
        parts = [area([*peaks, (world.right, hz + 60), (world.left, hz + 60)], rock)]
        capped = row == 0 or world.snowy
        parts += [
            _peak(world, before, top, after, rock, capped=capped)
            for before, top, after in zip(peaks, peaks[1:], peaks[2:], strict=False)
            if top[1] < before[1]
        ]
        made.append(layer("mountain", 0.1 + 0.15 * row, *parts, wash=1.0, detail=0.8))
    return made


def _peak(world: World, before: Point, top: Point, after: Point, rock: str, *, capped: bool) -> str:
    lit = after if world.side > 0 else before
    foot = (top[0] + (lit[0] - top[0]) * 0.2, lit[1])
    shape = area(
        [top, lit, foot, (top[0] + (lit[0] - top[0]) * 0.12, (top[1] + lit[1]) / 2)], bright(world, rock, 0.13), 0.9
    )
    if not capped:
        return shape

    def down(point: Point, share: float) -> Point:
        return (top[0] + (point[0] - top[0]) * share, top[1] + (point[1] - top[1]) * share)

    a, b = down(before, 0.36), down(after, 0.36)
    ragged = [
        top,
        b,
        (top[0] + (b[0] - top[0]) * 0.5, b[1] - 16),
        (top[0] + 4, b[1] + 24),
        (top[0] + (a[0] - top[0]) * 0.5, a[1] - 12),
        a,
    ]
    snow = (
        mix(world.palette.paper, world.palette.haze, 0.15)
        if not world.night
        else mix(world.palette.paper, world.palette.top, 0.45)
    )
    shaded = (
        [top, (top[0] + 4, b[1] + 24), (top[0] + (a[0] - top[0]) * 0.5, a[1] - 12), a]
        if world.side > 0
        else [top, b, (top[0] + (b[0] - top[0]) * 0.5, b[1] - 16), (top[0] + 4, b[1] + 24)]
    )
    return shape + area(ragged, snow) + area(shaded, rock, 0.5)


def desert(world: World) -> list[Layer]:
    """Dunes, each with a lit and a dark side."""
    made = []
    hz, p = world.horizon, world.palette
    for row, (near, y, high) in enumerate(((0.45, 20, 90), (0.7, 110, 90), (0.95, 250, 80))):
        chance = world.chance(f"dune {row}")
        sand = world.tone("#dcae6c", near)
        top = hz + y * (1000 - hz) / 380
        crest = [
            (world.left, top),
            (world.x(chance.uniform(0.0, 0.2)), top - high * 0.2),
            (world.x(chance.uniform(0.35, 0.6)), top - high),
            (world.x(chance.uniform(0.75, 0.9)), top - high * 0.3),
            (world.right, top - high * 0.1),
        ]
        crest.sort()
        body = smooth([*crest, (world.right + 80, BOTTOM), (world.left - 80, BOTTOM)])
        peak = min(crest, key=lambda q: q[1])
        dark = smooth(
            [
                peak,
                (peak[0] - world.side * 60, peak[1] + 60),
                (peak[0] - world.side * 190, top + 90),
                (peak[0] - world.side * 520, top + 110),
                (peak[0] - world.side * 300, top + 10),
                (peak[0] - world.side * 110, peak[1] + 22),
            ]
        )
        ripples = "".join(
            line(
                f"M{peak[0] + world.side * 60} {top + 30 + 16 * k}q{world.side * 150} {-14} {world.side * 420} {10}",
                mix(sand, p.ink, 0.3),
                1.6,
                0.5,
            )
            for k in range(5)
        )
        made.append(
            layer("dune", near * 0.9, fill(body, sand), fill(dark, mix(sand, p.ink, 0.4), 0.75), ripples, wash=1.0)
        )
    return made


def garden(world: World) -> list[Layer]:
    """A hedge, a gate under an arch of leaves, flower beds, a tree."""
    hz, p = world.horizon, world.palette
    chance = world.chance("garden")
    green = world.tone("#e4ebee" if world.snowy else "#4e7048", 0.7)
    span = world.right - world.left
    hedge = []
    for i in range(44):
        x, y = world.left + span * i / 43, hz - 40 + chance.uniform(-16, 12)
        hedge.append(ellipse(x, y, 48, 42, mix(green, p.ink, chance.uniform(0.1, 0.35))))
    hedge.append(rect(world.left, hz - 40, span, 100, mix(green, p.ink, 0.3)))
    gx, px, wide = world.x(0.64), world.x(0.6), world.x(0.66)
    way = [(gx - 52, hz + 58), (gx + 52, hz + 58), (wide + 100, hz + 150), (px + 260, BOTTOM), (px - 260, BOTTOM)]
    path = mass([*way, (px - 120, hz + 160)], world.tone("#eef1f2" if world.snowy else "#cbb896"))
    return [
        layer("path", 0.62, path, wash=1.0),
        layer("hedge", 0.5, *hedge, _gate(world, gx, green, chance), wash=1.0, rim=0.25),
        tree(world, world.x(0.14), hz + 80, 470, 0.62),
        _flowers(world),
    ]


def _gate(world: World, x: float, green: str, chance: random.Random) -> str:
    """An iron gate under an arch of leaves."""
    hz, p = world.horizon, world.palette
    parts = [rect(x - 70, hz - 120, 140, 182, mix(p.low, p.haze, 0.3))]
    parts += [line(f"M{x + k} {hz + 58}V{hz - 72 - 30 * (1 - (k / 62) ** 2)}", p.ink, 5) for k in range(-60, 61, 20)]
    parts.append(line(f"M{x - 62} {hz - 10}H{x + 62}M{x - 62} {hz + 40}H{x + 62}", p.ink, 5))
    leaves = [(x - 84 + 168 * k / 16, hz - 110 - 74 * (1 - ((k - 8) / 8) ** 2), 32, 30) for k in range(17)]
    leaves += [(x + s * 92, hz - 100 + 40 * k, 28, 32) for k in range(5) for s in (-1, 1)]
    parts += [ellipse(*leaf, mix(green, p.ink, chance.uniform(0.0, 0.3))) for leaf in leaves]
    return "".join(parts)


def _flowers(world: World) -> Layer:
    chance = world.chance("flowers")
    parts = []
    for _ in range(80):
        share = chance.random()
        x = world.width * chance.choice((chance.uniform(-0.15, 0.28), chance.uniform(0.80, 1.15)))
        y = 930 + 110 * share
        stem = 50 + 60 * chance.random()
        parts.append(
            line(
                f"M{x} {y + 60}L{x + chance.uniform(-8, 8)} {y - stem + 6}",
                mix(world.tone("#4e7048"), world.palette.ink, 0.35),
                3.5,
            )
        )
        bloom = world.palette.vivid(chance.choice(("#d8553f", "#e8c24a", "#f2ead8", "#a85a9a", "#e58a8a")))
        if world.snowy:
            bloom = world.palette.paper
        parts.append(ellipse(x, y - stem, 11, 9, bloom) + ellipse(x, y - stem, 3.5, 3, world.palette.ink, 0.6))
    return layer("flowers", 1.25, *parts, motion=bend(world, (world.width / 2, 1080), 4.0))


def ruins(world: World) -> list[Layer]:
    """Broken arches and fallen columns."""
    p, hz = world.palette, world.horizon
    stone = world.tone("#9c9284", 0.75)
    dark = mix(stone, p.ink, 0.45)
    parts = []
    for share, tall in ((0.10, 400), (0.36, 330), (0.88, 450)):
        x, foot = world.x(share), hz + 60
        parts += [
            rect(x - 24, foot - tall, 48, tall, stone),
            rect(x - 24 if world.side > 0 else x + 8, foot - tall, 16, tall, dark, 0.6),
            rect(x - 34, foot - 18, 68, 22, stone),
        ]
        parts.append(
            area(
                [
                    (x - 24, foot - tall),
                    (x - 30, foot - tall - 18),
                    (x - 8, foot - tall - 6),
                    (x + 6, foot - tall - 26),
                    (x + 30, foot - tall - 4),
                    (x + 24, foot - tall + 6),
                ],
                stone,
            )
        )
        parts += [line(f"M{x - 8} {foot - tall + 20}V{foot - 24}M{x + 8} {foot - tall + 20}V{foot - 24}", dark, 2, 0.6)]
        if world.snowy:
            parts.append(rect(x - 32, foot - tall - 14, 64, 12, p.paper))
    x0, x1, foot = world.x(0.10), world.x(0.36), hz + 60
    rise, top = abs(x1 - x0) / 2, foot - 330
    mid = (x0 + x1) / 2
    parts.append(
        f'<path d="M{min(x0, x1)} {top}A{rise} {rise * 0.9} 0 0 1 {mid + rise * 0.35}'
        f' {top - rise * 0.83}" fill="none" stroke="{stone}" stroke-width="40"/>'
    )
    fallen = fill(limb([(world.x(0.52), hz + 110), (world.x(0.76), hz + 130)], [30, 30]), stone) + ellipse(
        world.x(0.52), hz + 110, 16, 30, dark
    )
    blocks = "".join(
        area(
            [
                (world.x(s), hz + 90 + d),
                (world.x(s) + 60, hz + 78 + d),
                (world.x(s) + 84, hz + 108 + d),
                (world.x(s) + 12, hz + 124 + d),
            ],
            mix(stone, p.ink, 0.2),
        )
        for s, d in ((0.2, 40), (0.3, 20), (0.68, 80), (0.94, 30))
    )
    return [
        layer("ruins", 0.55, *parts, rim=0.5, wash=1.0),
        layer("fallen", 0.7, fallen, blocks, rim=0.4, wash=1.0),
        grass(world),
    ]


def open_ground(world: World) -> list[Layer]:
    """What a place is that no word describes: ground and air."""
    return [grass(world)] if not world.snowy else []
