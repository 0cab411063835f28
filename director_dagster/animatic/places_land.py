"""Set pieces of the country: forest, field, mountain, desert, garden, ruins, and open ground."""

import math
import random

from director_dagster.animatic.drawing import Layer, Motion, Sway
from director_dagster.animatic.ink import Point, brush, ellipse, fill, limb, line, poly, rect, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.world import BOTTOM, World, layer
from director_dagster.story.shot import TimeOfDay


def bend(world: World, pivot: Point, amount: float) -> Motion:
    """How plants move: a little always, much in wind."""
    gust = 2.8 if world.windy else 1.0
    return Motion(
        kind=Sway.BEND,
        amount=amount * gust,
        period_s=2.2 if world.windy else 4.6,
        phase=pivot[0] % 97 / 97,
        pivot=pivot,
    )


def forest(world: World) -> list[Layer]:
    """Firs in three depths, the last ones trunks that stand before us."""
    made = []
    hz = world.horizon
    for row, (near, count, tall, foot) in enumerate(((0.25, 17, 300, 14), (0.5, 12, 430, 50), (0.76, 7, 640, 110))):
        chance = world.chance(f"forest {row}")
        trees = []
        for i in range(count):
            x = world.left + (world.right - world.left) * (i + chance.uniform(0.1, 0.9)) / count
            if row == 2 and 0.32 < x / world.width < 0.68:
                continue
            trees.append(fir(world, x, hz + foot + chance.uniform(-10, 14), tall * chance.uniform(0.75, 1.15), near))
        made.append(
            layer(
                "trees",
                near,
                *trees,
                rim=0.3 if row else 0.0,
                detail=0.7 if row == 0 else 1.0,
                wash=0.9,
                motion=bend(world, (world.width / 2, hz + foot), 3.0 + 2 * row),
            )
        )
    return [*made, *_trunks(world)]


def fir(world: World, x: float, foot: float, tall: float, near: float) -> str:
    """One fir, ragged, snow on it where there is snow."""
    chance = world.chance(f"fir {x:.0f}")
    green = mix(world.tone("#2f4a3a", near), world.palette.ink, 0.12)
    lean = -world.side * (tall * 0.10 if world.windy else 0.0)
    left, right = [], []
    tiers = 6
    for i in range(tiers):
        share = (i + 1) / tiers
        y = foot - tall * (1 - share) * 0.94 - tall * 0.06
        half = tall * 0.20 * share * chance.uniform(0.85, 1.1)
        tip = lean * (1 - share) ** 1.5
        left += [(x + tip - half, y), (x + tip - half * 0.55, y - tall * 0.02)]
        right += [(x + tip + half, y), (x + tip + half * 0.55, y - tall * 0.02)]
    outline = [(x + lean, foot - tall), *right, *left[::-1]]
    ordered = [
        outline[0],
        *[p for i in range(tiers) for p in (right[2 * i], right[2 * i + 1])],
        *[p for i in reversed(range(tiers)) for p in (left[2 * i + 1], left[2 * i])],
    ]
    trunk = rect(x - tall * 0.018, foot - tall * 0.08, tall * 0.036, tall * 0.1, world.palette.ink)
    snow = ""
    if world.snowy:
        white = mix(world.palette.paper, green, 0.2)
        snow = "".join(
            fill(
                brush(
                    [
                        (left[2 * i][0] + 4, left[2 * i][1] - 3),
                        (x + lean * 0.4, left[2 * i][1] - tall * 0.055),
                        (right[2 * i][0] - 4, right[2 * i][1] - 3),
                    ],
                    tall * 0.035,
                ),
                white,
                0.9,
            )
            for i in range(tiers)
        )
    return trunk + fill(poly(ordered), green) + snow


def _trunks(world: World) -> list[Layer]:
    """Two great trunks at the frame's edges, snow or light on one side."""
    p = world.palette
    made = []
    bark = mix(world.tone("#3a2e26"), p.ink, 0.4)
    for i, share in enumerate((0.035, 0.955)):
        x, chance = world.width * share, world.chance(f"trunk {i}")
        wide = 60.0 - 16 * i
        trunk = limb(
            [(x - 6, 1180), (x + 4, 900), (x + 8, 500), (x - 2, 100), (x, -260)],
            [wide * 1.6, wide, wide * 0.84, wide * 0.76, wide * 0.7],
        )
        marks = []
        for _ in range(26):
            mx, my, long = x + chance.uniform(-0.7, 0.7) * wide, chance.uniform(-100, 1080), chance.uniform(60, 150)
            marks.append(
                fill(
                    brush([(mx, my), (mx + chance.uniform(-6, 6), my + long / 2), (mx + 2, my + long)], 7, ends=0.1),
                    p.ink,
                    0.55,
                )
            )
        twig = 1 - 2 * i
        boughs = "".join(
            fill(brush([(x, y), (x + twig * reach * 0.5, y + 20), (x + twig * reach, y - 24)], 22, ends=0.25), bark)
            for y, reach in ((250, 190), (90, 260))
        )
        if world.snowy:
            boughs += "".join(
                fill(
                    brush(
                        [(x + twig * 40, y - 4), (x + twig * reach * 0.5, y + 8), (x + twig * reach * 0.9, y - 30)],
                        11,
                        ends=0.1,
                    ),
                    p.paper,
                )
                for y, reach in ((250, 190), (90, 260))
            )
            boughs += fill(
                brush(
                    [
                        (x + world.side * wide * 0.6, 1100),
                        (x + world.side * wide * 0.75, 500),
                        (x + world.side * wide * 0.6, -100),
                    ],
                    16,
                    ends=0.4,
                ),
                p.paper,
                0.8,
            )
        made.append(layer("trunk", 1.3, boughs, fill(trunk, bark), *marks, rim=0.5))
    return made


def tree(world: World, x: float, foot: float, tall: float, near: float) -> Layer:
    """A broad tree, bare in snow; it bends in wind."""
    chance = world.chance(f"tree {x:.0f}")
    lean = -world.side * (tall * 0.16 if world.windy else tall * 0.02)
    bark = mix(world.tone("#43342a", near), world.palette.ink, 0.25)
    stem = [(x, foot + 12), (x + lean * 0.15, foot - tall * 0.3), (x + lean * 0.5, foot - tall * 0.6)]
    parts = [fill(limb(stem, [tall * 0.05, tall * 0.034, tall * 0.02]), bark)]
    crown = (x + lean * 0.8, foot - tall * 0.68)
    for i in range(7):
        angle = (i - 3) * 0.32
        end = (crown[0] + tall * 0.42 * angle + lean * 0.5, crown[1] - tall * (0.3 - abs(angle) * 0.16))
        middle = ((x + end[0]) / 2 + lean * 0.3, (foot - tall * 0.5 + end[1]) / 2)
        parts.append(fill(brush([(x + lean * 0.3, foot - tall * 0.42), middle, end], tall * 0.03, ends=0.25), bark))
    if world.snowy:
        left, right = (crown[0] - tall * 0.3, crown[1] - tall * 0.1), (crown[0] + tall * 0.3, crown[1] - tall * 0.1)
        over = (crown[0], crown[1] - tall * 0.26)
        parts.append(fill(brush([left, over, right], tall * 0.02), world.palette.paper, 0.8))
    else:
        leaf = world.tone("#58713f" if world.setting.time is not TimeOfDay.DUSK else "#6b5a35", near)
        parts += [_leaves(world, crown, tall, leaf, chance, row) for row in range(3)]
    return layer("tree", near, *parts, rim=0.4, wash=0.9, motion=bend(world, (x, foot), 5.0))


def _leaves(world: World, crown: Point, tall: float, leaf: str, chance: random.Random, row: int) -> str:
    """One coat of a tree's leaves: dark and wide behind, lit and small in front."""
    dark, shift, rise, reach = ((0.42, -0.05, 0.03, 1.0), (0.2, 0.0, 0.0, 0.92), (0.0, 0.05, -0.04, 0.7))[row]
    tone = mix(leaf, world.palette.ink, dark) if dark else bright(world, leaf, 0.1)
    lean = -world.side * tall * (0.08 if world.windy else 0.0)
    x, y = crown[0] + world.side * shift * tall + lean, crown[1] - tall * (0.08 - rise)
    parts = [ellipse(x, y, tall * 0.25 * reach, tall * 0.16 * reach, tone)]
    for i in range(11):
        turn = 2 * math.pi * i / 11
        size = tall * chance.uniform(0.10, 0.135) * reach
        at = (x + math.cos(turn) * tall * 0.25 * reach, y + math.sin(turn) * tall * 0.15 * reach)
        parts.append(ellipse(*at, size * 1.2, size, tone))
    return "".join(parts)


def field(world: World) -> list[Layer]:
    """Furrows that run to the horizon, a fence, a tree, grass before us."""
    hz, p = world.horizon, world.palette
    wheat = world.tone("#e8edf0" if world.snowy else "#c9a94e", 0.9)
    centre = world.x(0.6)
    rows = []
    for i in range(-16, 17):
        x0, x1 = centre + i * 26, centre + i * 190
        rows.append(
            fill(
                poly([(x0, hz + 4), (x0 + 9, hz + 4), (x1 + 85, BOTTOM), (x1, BOTTOM)]),
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
        layer("furrows", 0.62, *rows, wash=0.9), tree(world, world.x(0.26), hz + 30, 330, 0.45), layer("fence", 0.7, *posts, rim=0.3), grass(world),
    ]  # fmt: skip


def grass(world: World) -> Layer:
    """Blades of grass at the lower edge."""
    chance = world.chance("grass")
    lean = -world.side * (46 if world.windy else 8)
    blades = []
    tone = mix(world.tone("#dfe6ea" if world.snowy else "#6f6a38"), world.palette.ink, 0.45)
    count = int((world.right - world.left) / 13)
    for i in range(count):
        x = world.left + i * 13 + chance.uniform(-8, 8)
        tall = chance.uniform(40, 125) * (0.6 + 0.7 * abs(x / world.width - 0.5))
        blades.append(
            fill(
                brush(
                    [(x, 1100), (x + lean * 0.3, 1030 - tall * 0.5), (x + lean + chance.uniform(-10, 10), 1024 - tall)],
                    6.5,
                    ends=0.1,
                ),
                tone,
            )
        )
    return layer("grass", 1.3, *blades, rim=0.2, motion=bend(world, (world.width / 2, 1080), 6.0))


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
        parts = [fill(poly([*peaks, (world.right, hz + 60), (world.left, hz + 60)]), rock)]
        for i in range(1, len(peaks) - 1):
            if peaks[i][1] < peaks[i - 1][1]:
                parts.append(_peak(world, peaks[i - 1], peaks[i], peaks[i + 1], rock, capped=row == 0 or world.snowy))
        made.append(layer("mountain", 0.1 + 0.15 * row, *parts, wash=1.0, detail=0.8))
    return made


def _peak(world: World, before: Point, top: Point, after: Point, rock: str, *, capped: bool) -> str:
    lit = after if world.side > 0 else before
    foot = (top[0] + (lit[0] - top[0]) * 0.2, lit[1])
    shape = fill(
        poly([top, lit, foot, (top[0] + (lit[0] - top[0]) * 0.12, (top[1] + lit[1]) / 2)]),
        bright(world, rock, 0.13),
        0.9,
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
    return shape + fill(poly(ragged), snow) + fill(poly(shaded), rock, 0.5)


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
    hedge = []
    for i in range(44):
        x = world.left + (world.right - world.left) * i / 43
        hedge.append(
            ellipse(x, hz - 40 + chance.uniform(-16, 12), 48, 42, mix(green, p.ink, chance.uniform(0.1, 0.35)))
        )
    hedge.append(rect(world.left, hz - 40, world.right - world.left, 100, mix(green, p.ink, 0.3)))
    gx = world.x(0.64)
    gate = "".join(
        line(f"M{gx + k} {hz + 58}V{hz - 72 - 30 * (1 - (k / 62) ** 2)}", p.ink, 5) for k in range(-60, 61, 20)
    )
    gate = (
        rect(gx - 70, hz - 120, 140, 182, mix(p.low, p.haze, 0.3))
        + gate
        + line(f"M{gx - 62} {hz - 10}H{gx + 62}M{gx - 62} {hz + 40}H{gx + 62}", p.ink, 5)
    )
    arch = "".join(
        ellipse(
            gx + 88 * (1 if k > 8 else -1) if k > 16 else gx - 84 + 168 * k / 16,
            hz - 110 - 74 * (1 - ((k - 8) / 8) ** 2) if k <= 16 else hz - 40,
            32,
            30,
            mix(green, p.ink, chance.uniform(0.0, 0.3)),
        )
        for k in range(17)
    )
    arch += "".join(
        ellipse(gx + s * 92, hz - 100 + 40 * k, 28, 32, mix(green, p.ink, chance.uniform(0.0, 0.3)))
        for k in range(5)
        for s in (-1, 1)
    )
    path = fill(
        smooth(
            [
                (gx - 52, hz + 58),
                (gx + 52, hz + 58),
                (world.x(0.66) + 100, hz + 150),
                (world.x(0.6) + 260, BOTTOM),
                (world.x(0.6) - 260, BOTTOM),
                (world.x(0.6) - 120, hz + 160),
            ]
        ),
        world.tone("#eef1f2" if world.snowy else "#cbb896"),
    )
    return [
        layer("path", 0.62, path, wash=1.0), layer("hedge", 0.5, *hedge, gate, arch, wash=1.0, rim=0.25),
        tree(world, world.x(0.14), hz + 80, 470, 0.62), _flowers(world),
    ]  # fmt: skip


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


def bank(world: World) -> Layer:
    """Grassy ground along the lower edge, to stand on where the rest is water."""
    p = world.palette
    tone = world.tone("#eef2f4" if world.snowy else "#6c7a45")
    w = world.width
    edge = [(world.left, 862.0), (w * 0.1, 850.0), (w * 0.4, 866.0), (w * 0.7, 852.0), (world.right, 868.0)]
    body = smooth([*edge, (world.right + 60, BOTTOM), (world.left - 60, BOTTOM)])
    rim = line(smooth(edge, closed=False), bright(world, tone, 0.1), 6, 0.7)
    return layer("bank", 0.95, fill(body, mix(tone, p.ink, 0.18)), rim, wash=1.0)


def ruins(world: World) -> list[Layer]:
    """Broken arches and fallen columns."""
    p, hz = world.palette, world.horizon
    stone = world.tone("#9c9284", 0.75)
    dark = mix(stone, p.ink, 0.45)
    parts = []
    for k, (share, tall) in enumerate(((0.10, 400), (0.36, 330), (0.88, 450))):
        x, foot = world.x(share), hz + 60
        parts += [
            rect(x - 24, foot - tall, 48, tall, stone),
            rect(x - 24 if world.side > 0 else x + 8, foot - tall, 16, tall, dark, 0.6),
            rect(x - 34, foot - 18, 68, 22, stone),
        ]
        parts.append(
            fill(
                poly(
                    [
                        (x - 24, foot - tall),
                        (x - 30, foot - tall - 18),
                        (x - 8, foot - tall - 6),
                        (x + 6, foot - tall - 26),
                        (x + 30, foot - tall - 4),
                        (x + 24, foot - tall + 6),
                    ]
                ),
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
        f'<path d="M{min(x0, x1)} {top}A{rise} {rise * 0.9} 0 0 1 {mid + rise * 0.35} {top - rise * 0.83}" fill="none" stroke="{stone}" stroke-width="40"/>'
    )
    fallen = fill(limb([(world.x(0.52), hz + 110), (world.x(0.76), hz + 130)], [30, 30]), stone) + ellipse(
        world.x(0.52), hz + 110, 16, 30, dark
    )
    blocks = "".join(
        fill(
            poly(
                [
                    (world.x(s), hz + 90 + d),
                    (world.x(s) + 60, hz + 78 + d),
                    (world.x(s) + 84, hz + 108 + d),
                    (world.x(s) + 12, hz + 124 + d),
                ]
            ),
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
