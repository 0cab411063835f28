"""What stands and hangs in rooms: lamps, tables, chairs, shelves."""

from dataclasses import replace

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import area, around, ellipse, fade, fill, glow, line, poly, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.world import World, lamp, layer


def hanging_lamp(
    world: World, x: float, y: float, *, size: float = 1.0, swing: float = 0.8, depth: float = 0.75
) -> list[Layer]:
    """A lamp with a shade on a cord, and its light when it is lit."""
    p = world.palette
    shade = area(
        [(x - 20 * size, y - 46 * size), (x + 20 * size, y - 46 * size), (x + 62 * size, y), (x - 62 * size, y)],
        mix(p.tone("#3f5248"), p.ink, 0.3),
    )
    bulb = ellipse(
        x, y + 6 * size, 17 * size, 15 * size, mix(p.lamp, "#ffffff", 0.45) if p.lamps else mix(p.paper, p.haze, 0.3)
    )
    cord = line(f"M{x} {y - 700}V{y - 44 * size}", p.ink, 4)
    motion = Motion(kind=Sway.SWING, amount=swing, period_s=4.4, pivot=(x, -60.0))
    made = [layer("lamp", depth, cord, bulb, shade, rim=0.3, motion=motion)]
    if p.lamps:
        # Light falls softly, and lies on the floor.
        floor = max(y + 300, world.horizon + 190)
        cone = area(
            [(x - 50 * size, y), (x + 50 * size, y), (x + 330 * size, floor), (x - 330 * size, floor)], "url(#c)"
        )
        stops = [(0.0, p.lamp, 0.26), (0.5, p.lamp, 0.10), (1.0, p.lamp, 0.03)]
        pool = glow("q", p.lamp, 0.5) + ellipse(x, floor, 520 * size, 120 * size, "url(#q)")
        made.append(
            layer(
                "cone",
                depth,
                fade("c", stops),
                cone,
                pool,
                detail=0.25,
                blur=28,
                blend=Blend.LIGHT,
                motion=replace(motion, kind=Sway.FLICKER, amount=0.08, period_s=1.3),
            )
        )
        made.append(lamp("glow", depth, (x, y + 6 * size), 420 * size, p.lamp, 0.85, flicker=0.06))
    return made


def table_lamp(world: World, x: float, y: float, *, depth: float = 0.8, size: float = 1.0) -> list[Layer]:
    """A lamp that stands on something at `y`."""
    p = world.palette
    stem = line(
        f"M{x} {y}V{y - 70 * size}M{x - 24 * size} {y}h{48 * size}", mix(p.tone("#8a6a3a"), p.ink, 0.35), 7 * size
    )
    shade = area(
        around(
            x,
            y,
            [(-26 * size, -122 * size), (26 * size, -122 * size), (50 * size, -62 * size), (-50 * size, -62 * size)],
        ),
        mix(p.lamp, "#fff2d8", 0.35) if p.lamps else p.tone("#d8c8a4"),
    )
    made = [layer("table lamp", depth, stem, shade, rim=0.2)]
    return (
        [*made, lamp("table light", depth, (x, y - 86 * size), 430 * size, p.lamp, 0.85, flicker=0.05)]
        if p.lamps
        else made
    )


def table(world: World, x: float, y: float, wide: float, *, cloth: str = "#7a5236", depth: float = 0.85) -> Layer:
    """A table with its top at `y`."""
    p = world.palette
    wood = p.tone(cloth)
    dark = mix(wood, p.ink, 0.45)
    top = poly([(x - wide * 0.44, y - 22), (x + wide * 0.44, y - 22), (x + wide / 2, y + 4), (x - wide / 2, y + 4)])
    legs = line(
        f"M{x - wide * 0.44} {y + 8}l-6 150M{x + wide * 0.44} {y + 8}l6 150"
        f"M{x - wide * 0.34} {y + 8}v96M{x + wide * 0.34} {y + 8}v96",
        dark,
        12,
    )
    return layer(
        "table", depth, legs, fill(top, mix(wood, p.light, 0.15)), rect(x - wide / 2, y + 4, wide, 16, dark), rim=0.3
    )


def chair(world: World, x: float, y: float, *, flip: bool = False, depth: float = 0.85) -> Layer:
    """A plain chair; its feet stand at `y`."""
    p = world.palette
    wood = mix(p.tone("#5f4330"), p.ink, 0.35)
    s = -1 if flip else 1
    shape = line(
        f"M{x - 34 * s} {y}V{y - 210}M{x + 34 * s} {y}V{y - 96}M{x - 34 * s} {y - 96}"
        f"H{x + 38 * s}M{x - 34 * s} {y - 200}l12 0M{x - 34 * s} {y - 160}l0 30",
        wood,
        9,
    )
    back = rect(min(x - 40 * s, x - 26 * s), y - 212, 14, 70, wood)
    return layer("chair", depth, shape, back, rim=0.3)


def shelf(
    world: World, x: float, y: float, wide: float, *, things: str = "books", rows: int = 1, gap: float = 90.0
) -> str:
    """Boards on the wall with books, plates, jars or bottles."""
    p = world.palette
    chance = world.chance(f"shelf {x:.0f} {y:.0f} {things}")
    wood = mix(p.tone("#6b4a30"), p.ink, 0.25)
    parts = []
    for row in range(rows):
        base = y + row * gap
        parts.append(rect(x - wide / 2, base, wide, 9, wood) + rect(x - wide / 2, base + 9, wide, 5, p.ink, 0.35))
        at = x - wide / 2 + 6
        while at < x + wide / 2 - 26:
            parts.append(_thing(world, things, at, base, gap, chance.random()))
            at += {"books": 15.0, "plates": 46.0, "jars": 36.0, "bottles": 25.0}[things] * (0.8 + 0.5 * chance.random())
    return "".join(parts)


_SPINES = ("#7a2f2a", "#2f4a5a", "#8a6a32", "#3d5240", "#5a3a52", "#b09a72", "#44362c")


def _thing(world: World, kind: str, x: float, base: float, gap: float, luck: float) -> str:
    p = world.palette
    colour = p.tone(_SPINES[int(luck * len(_SPINES))])
    if kind == "books":
        tall = gap * (0.5 + 0.3 * luck)
        return rect(x, base - tall, 13, tall, colour) + rect(x, base - tall * 0.8, 13, 3, p.tone("#d8c08a"), 0.6)
    if kind == "plates":
        return ellipse(x + 20, base - 22, 21, 22, p.tone("#ece4d2")) + ellipse(
            x + 20, base - 22, 13, 14, p.tone("#b9c4c8")
        )
    if kind == "jars":
        return rect(x, base - 40 - 14 * luck, 26, 40 + 14 * luck, mix(colour, p.tone("#d9c9a0"), 0.5)) + rect(
            x - 2, base - 48 - 14 * luck, 30, 9, p.tone("#6b4a30")
        )
    tall = 48 + 20 * luck
    return (
        rect(x, base - tall, 16, tall, mix(colour, p.tone("#2f5a48"), 0.5))
        + rect(x + 5, base - tall - 22, 6, 24, mix(colour, p.ink, 0.3))
        + rect(x + 3, base - tall + 6, 3, tall * 0.5, p.paper, 0.4)
    )
