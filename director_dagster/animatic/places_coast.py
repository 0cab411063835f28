"""Set pieces at the water's edge: lighthouse, harbour, bridge, and a jetty."""

import random

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import across, area, around, brush, ellipse, fill, line, mass, poly, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_sky import bright
from director_dagster.animatic.world import BOTTOM, LANDMARKS, World, lamp, layer, wash_down
from director_dagster.story.shot import Weather


def lighthouse(world: World) -> list[Layer]:
    """A tower on its headland; when it is dark its beam turns."""
    p = world.palette
    x, base = world.x(LANDMARKS["lighthouse"].share), world.horizon + 26
    top = base - min(470.0, world.horizon * 0.78)
    high = base - top
    stone, red = world.tone("#ece4d4", 0.92), mix(world.tone("#b23a2e", 0.95), p.ink, 0.1)
    head = around(
        x, base, [(-330, 70), (-240, 6), (-120, -34), (-20, -40), (110, -30), (190, 14), (330, 48), (460, 84)]
    )
    rock = mix(world.tone("#4b4f55", 0.8), p.ink, 0.15)
    cliff = mass([*head, (x + 460, base + 130), (x - 330, base + 130)], rock)
    cliff += mass(
        [(x - 110, base - 30), (x - 20, base - 38), (x + 105, base - 28), (x + 160, base), (x + 20, base - 14)],
        world.tone("#e9eef2" if world.snowy else "#6d7a58", 0.8),
    )
    wide = high * 0.105

    def half(share: float) -> float:
        return wide * (1 - 0.38 * share)

    tower = poly([(x - half(0), base - 30), (x - half(1), top + 70), (x + half(1), top + 70), (x + half(0), base - 30)])
    shape = fill(tower, stone)
    for low, up in ((0.16, 0.36), (0.58, 0.78)):
        y0, y1 = base - 30 - (high - 100) * low, base - 30 - (high - 100) * up
        shape += area([(x - half(low), y0), (x - half(up), y1), (x + half(up), y1), (x + half(low), y0)], red)
    dark = -world.side
    shade = poly(
        [
            (x + dark * half(0), base - 30),
            (x + dark * half(1), top + 70),
            (x + dark * 2, top + 70),
            (x + dark * 6, base - 30),
        ]
    )
    shape += fill(shade, p.ink, 0.34)
    for share in (0.12, 0.46, 0.86):
        lit = p.lamp if p.lamps else mix(stone, p.ink, 0.7)
        shape += rect(x - 5, base - 30 - (high - 100) * share - 18, 10, 18, lit)
    shape += _lantern_room(world, x, top, half(1))
    return [
        layer("headland", 0.45, cliff, _lying(world, x, base), rim=0.3, wash=1.0),
        layer("lighthouse", 0.46, shape, rim=0.6),
        *_beam(world, x, top + 34),
    ]


def _lying(world: World, x: float, base: float) -> str:
    """Snow on the headland's back."""
    if not world.snowy:
        return ""
    snow = mix(world.palette.paper, world.palette.haze, 0.25)
    over = [(-330, 66), (-240, 0), (-120, -40), (-20, -46), (110, -36), (190, 8), (330, 42), (450, 80)]
    under = [(330, 62), (200, 40), (120, 0), (40, 18), (-30, -8), (-110, 8), (-170, 2), (-240, 40)]
    return mass(around(x, base, [*over, *under]), snow)


def _lantern_room(world: World, x: float, top: float, half: float) -> str:
    p = world.palette
    iron = mix(world.tone("#3a3d44", 0.95), p.ink, 0.3)
    glass = p.lamp if p.lamps else mix(p.low, p.paper, 0.4)
    gallery = rect(x - half * 1.75, top + 60, half * 3.5, 10, iron) + line(
        f"M{x - half * 1.7} {top + 60}v-16h{half * 3.4}v16", iron, 2.5
    )
    room = rect(x - half * 0.85, top + 16, half * 1.7, 46, glass)
    bars = "".join(line(f"M{x + half * 0.85 * k} {top + 16}v46", iron, 2.5) for k in (-1.0, -0.33, 0.33, 1.0))
    dome = fill(
        f"M{x - half} {top + 18}Q{x - half * 0.8} {top - 14} {x} {top - 18}"
        f"Q{x + half * 0.8} {top - 14} {x + half} {top + 18}Z",
        iron,
    )
    if world.snowy:
        white = mix(p.paper, p.haze, 0.2)
        reach = half * 0.93
        cap = f"M{x - reach} {top + 4}Q{x - half * 0.7} {top - 18} {x} {top - 22}Q{x + half * 0.7} {top - 18} "
        dome += fill(f"{cap}{x + reach} {top + 4}Q{x} {top - 8} {x - reach} {top + 4}Z", white)
        gallery += rect(x - half * 1.75, top + 55, half * 3.5, 6, white)
    return gallery + room + bars + dome + line(f"M{x} {top - 16}v-18", iron, 3)


def _beam(world: World, x: float, y: float) -> list[Layer]:
    p = world.palette
    dim = world.setting.weather in {Weather.FOG, Weather.STORM, Weather.RAIN, Weather.SNOW}
    if not (p.lamps or dim):
        return []
    reach = 1500.0
    most = 0.46 if p.lamps else 0.16
    stops = [(0.0, p.lamp, most), (0.3, p.lamp, most * 0.45), (0.7, p.lamp, most * 0.1), (1.0, p.lamp, 0.0)]
    back = [(1 - offset, colour, alpha) for offset, colour, alpha in reversed(stops)]
    right, left = across("r", stops), across("l", back)
    # Narrower and narrower wedges, one on the other: brightest along its middle.
    for share in (1.0, 0.72, 0.46, 0.22):
        up, down = y - 120 * share, y + 84 * share
        right += area([(x, y - 8), (x + reach, up), (x + reach, down), (x, y + 8)], "url(#r)")
        left += area([(x, y - 8), (x - reach, up), (x - reach, down), (x, y + 8)], "url(#l)")
    motion = Motion(kind=Sway.BEAM, amount=1.0, period_s=7.0, phase=0.12, pivot=(x, y))
    return [
        layer("beam", 0.46, left, right, detail=0.4, blend=Blend.LIGHT, motion=motion, blur=9),
        lamp("lantern", 0.46, (x, y), 150, p.lamp, 0.95),
    ]


def harbour(world: World) -> list[Layer]:
    """Houses along the water, masts, a quay of stone."""
    chance = world.chance("harbour")
    houses, x = [], world.left
    while x < world.right:
        wide, high = chance.uniform(70, 120), chance.uniform(70, 140)
        houses.append(_house(world, x, wide, high, chance))
        x += wide
    masts = [_moored(world, chance) for _ in range(6)]
    rocking = Motion(kind=Sway.ROCK, amount=1.0, period_s=5.0, pivot=(world.width / 2, world.horizon + 90))
    return [
        layer("houses", 0.25, *houses, wash=0.8),
        layer("masts", 0.5, *masts, rim=0.35, motion=rocking),
        *_quay(world),
    ]


def _house(world: World, x: float, wide: float, high: float, chance: random.Random) -> str:
    p, hz = world.palette, world.horizon
    wall = world.tone(chance.choice(("#c9a27a", "#b7856a", "#d9c9a8", "#8fa0a0", "#c0705a")), 0.55)
    roof = mix(world.tone("#6b4438", 0.5), p.ink, 0.1) if not world.snowy else mix(p.paper, p.haze, 0.3)
    eaves = hz + 8 - high
    parts = [rect(x, eaves, wide + 1, high, wall)]
    parts.append(area([(x - 5, eaves), (x + wide / 2, hz - 34 - high), (x + wide + 5, eaves)], roof))
    for share in (0.22, 0.58):
        pane = p.lamp if p.lamps and chance.random() < 0.7 else mix(wall, p.ink, 0.5)
        parts.append(rect(x + wide * share, hz - high * 0.62, 13, 20, pane))
    return "".join(parts)


def _moored(world: World, chance: random.Random) -> str:
    """A fishing boat at its mooring, its sail furled."""
    p, y = world.palette, world.horizon + 80
    x, tall = chance.uniform(0.02, 0.98) * world.width, chance.uniform(230, 400)
    hull = mix(world.tone(chance.choice(("#3b4a58", "#6b3a30", "#2f4a44")), 0.8), p.ink, 0.15)
    wood = mix(world.tone("#5a4636", 0.85), p.ink, 0.35)
    side = f"M{x - 74} {y - 22}Q{x} {y - 12} {x + 80} {y - 28}L{x + 58} {y + 12}Q{x} {y + 20} {x - 54} {y + 12}Z"
    sail = brush([(x - 46, y - tall * 0.59), (x, y - tall * 0.56), (x + 46, y - tall * 0.59)], 13)
    mast = line(f"M{x} {y - 18}V{y - tall}M{x - 50} {y - tall * 0.6}H{x + 50}", wood, 4.5)
    stays = line(f"M{x} {y - tall}L{x - 70} {y - 24}M{x} {y - tall}L{x + 74} {y - 28}", wood, 1.3, 0.8)
    return fill(side, hull) + mast + stays + fill(sail, world.tone("#d8cfba", 0.8))


def _quay(world: World) -> list[Layer]:
    p = world.palette
    top = world.horizon + (1000 - world.horizon) * 0.56
    stone = world.tone("#e6e9ec" if world.snowy else "#9a938a")
    stops = [(0.0, bright(world, stone), 1.0), (0.4, stone, 1.0), (1.0, mix(stone, p.ink, 0.45), 1.0)]
    parts = [
        wash_down("q", top, BOTTOM, stops, world),
        rect(world.left, top, world.right - world.left, 14, mix(stone, p.ink, 0.5)),
    ]
    for i in range(-6, 16):
        x = world.width * i / 9
        parts.append(
            line(f"M{x} {top + 14}L{x + (x - world.width / 2) * 0.9} {BOTTOM}", mix(stone, p.ink, 0.45), 2, 0.5)
        )
    for share in (0.12, 0.46, 0.88):
        x = world.x(share)
        parts.append(
            mass(around(x, top, [(-17, 8), (-15, -34), (-24, -44), (0, -54), (24, -44), (15, -34), (17, 8)]), p.ink)
        )
    return [layer("quay", 0.85, *parts, wash=0.9, rim=0.2)]


def bridge(world: World) -> list[Layer]:
    """A stone bridge of three arches."""
    p, hz = world.palette, world.horizon
    stone = world.tone("#a3978a", 0.8)
    deck, foot = hz - 110, hz + 110
    left, right = world.left, world.right
    span = world.width * 0.36
    outline = f"M{left} {deck}L{right} {deck}L{right} {foot}"
    x = world.width * 0.5 + span * 1.5
    while x > left:
        outline += (
            f"L{x - 22:.0f} {foot}L{x - 22:.0f} {foot - 60}Q{x - 22:.0f} {deck + 34} {x - span / 2:.0f} {deck + 34}"
            f"Q{x - span + 22:.0f} {deck + 34} {x - span + 22:.0f} {foot - 60}L{x - span + 22:.0f} {foot}"
        )
        x -= span
    parts = [fill(outline + f"L{left} {foot}Z", stone)]
    chance = world.chance("bridge")
    for _ in range(60):
        bx, by = chance.uniform(left, right), chance.uniform(deck + 8, deck + 40)
        parts.append(rect(bx, by, chance.uniform(18, 36), 11, mix(stone, p.ink, chance.uniform(0.08, 0.3)), 0.5))
    coping = mix(p.paper, stone, 0.3) if world.snowy else bright(world, stone, 0.1)
    parts += [
        rect(left, deck - 34, right - left, 36, mix(stone, p.ink, 0.12)),
        rect(left, deck - 42, right - left, 11, coping),
    ]
    made = [layer("bridge", 0.5, *parts, rim=0.35, wash=1.0)]
    for share in (0.14, 0.5, 0.86):
        lx = world.width * share
        post = (
            line(f"M{lx} {deck - 36}v-130", p.ink, 6)
            + rect(lx - 11, deck - 196, 22, 32, p.lamp if p.lamps else mix(p.paper, stone, 0.5))
            + area([(lx - 15, deck - 196), (lx, deck - 214), (lx + 15, deck - 196)], p.ink)
        )
        made.append(layer("lamp post", 0.5, post))
        if p.lamps:
            made.append(lamp("lamp", 0.5, (lx, deck - 180), 170, p.lamp, 0.75))
    return made


def jetty(world: World) -> Layer:
    """Planks to stand on, over open water."""
    p = world.palette
    wood = world.tone("#eaeef0" if world.snowy else "#8a6a4c")
    if world.night:
        # Towards us the planks lie in the dark: what is lit stands out behind them.
        wood = mix(wood, p.ink, 0.5)
    top, middle = 838.0, world.width / 2
    stops = [(0.0, bright(world, wood), 1.0), (0.5, wood, 1.0), (1.0, mix(wood, p.ink, 0.5), 1.0)]
    planks = [wash_down("j", top, BOTTOM, stops, world)]
    planks += [
        line(f"M{middle + i * 120:.0f} {top}L{middle + i * 190:.0f} {BOTTOM}", p.ink, 4, 0.5) for i in range(-14, 15)
    ]
    planks.append(rect(world.left, top - 6, world.right - world.left, 12, mix(wood, p.ink, 0.55)))
    for share in (0.04, 0.97):
        x = world.x(share)
        planks.append(rect(x - 20, top - 96, 40, 260, mix(wood, p.ink, 0.6)))
        planks.append(ellipse(x, top - 96, 20, 7, bright(world, wood)))
    sag = f"M{world.x(0.04):.0f} {top - 70}Q{middle:.0f} {top + 10} {world.x(0.97):.0f} {top - 70}"
    rope = line(sag, mix(world.tone("#cbb68a"), p.ink, 0.25), 7)
    return layer("jetty", 0.95, *planks, rope, wash=0.9, rim=0.25)
