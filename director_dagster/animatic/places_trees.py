"""What grows: forest, trees, grass, reeds, banks; and how it bends."""

import math
import random

from director_dagster.animatic.drawing import Layer, Motion, Sway
from director_dagster.animatic.ink import Point, area, brush, ellipse, fill, limb, line, rect, smooth
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
    return trunk + area(ordered, green) + snow


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


def bank(world: World) -> Layer:
    """Grassy ground along the lower edge, to stand on where the rest is water."""
    p = world.palette
    tone = world.tone("#eef2f4" if world.snowy else "#6c7a45")
    w = world.width
    edge = [(world.left, 862.0), (w * 0.1, 850.0), (w * 0.4, 866.0), (w * 0.7, 852.0), (world.right, 868.0)]
    body = smooth([*edge, (world.right + 60, BOTTOM), (world.left - 60, BOTTOM)])
    rim = line(smooth(edge, closed=False), bright(world, tone, 0.1), 6, 0.7)
    return layer("bank", 0.95, fill(body, mix(tone, p.ink, 0.18)), rim, wash=1.0)
