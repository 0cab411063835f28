"""Rooms one is carried in or lost in: train, car, a lighthouse's lamp room, a cave."""

import math
from dataclasses import replace

from director_dagster.animatic import palette, places_water
from director_dagster.animatic.drawing import Layer, Motion, Sway
from director_dagster.animatic.ink import area, around, brush, ellipse, fade, fill, glow, line, mass, rect, smooth
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_furniture import hanging_lamp
from director_dagster.animatic.places_room import Window, night_side, outside, shell, sky_behind
from director_dagster.animatic.world import BOTTOM, LANDMARKS, World, lamp, layer
from director_dagster.story.shot import Weather


def _landscape(world: World, y0: float, y1: float, speed: float) -> list[Layer]:
    """Land that passes by outside: a far ridge, trees and poles near."""
    air = palette.outdoors(world.setting.time, world.setting.weather)
    left, right = -0.11 * world.width, 1.11 * world.width
    span = right - left
    made = []
    for row, (near, rate, base) in enumerate(((0.3, 0.12, 0.62), (0.7, 0.55, 0.86))):
        chance = world.chance(f"passing {row}")
        y = y0 + (y1 - y0) * base
        local = mix(air.haze, air.ink, 0.25 + 0.5 * near)
        if world.setting.weather is Weather.SNOW:
            local = mix(local, air.paper, 0.6)
        ridge = [(left + span * i / 8, y - (y1 - y0) * chance.uniform(0.02, 0.18) * (1 - 0.6 * row)) for i in range(9)]
        parts = [mass([*ridge, (right, y1 + 20), (left, y1 + 20)], local)]
        if row:
            for _ in range(9):
                x, tall = chance.uniform(left + 40, right - 40), chance.uniform(50, 120)
                parts.append(
                    ellipse(x, y - tall * 0.6, tall * 0.4, tall * 0.5, mix(local, air.ink, 0.35))
                    + rect(x - 4, y - tall * 0.4, 8, tall * 0.5, air.ink)
                )
            parts.append(line(f"M{left + span * 0.4} {y1}V{y0}M{left + span * 0.4 - 30} {y0 + 50}h60", air.ink, 8))
        box = (left, y0, right, y1)
        made.append(
            layer(
                "passing",
                0.2 + 0.05 * row,
                *parts,
                box=box,
                detail=0.6,
                wash=0.4,
                motion=Motion(kind=Sway.RUSH, amount=speed * rate),
            )
        )
    return made


def train(world: World) -> list[Layer]:
    """A compartment: benches face to face, a wide window, the land running past."""
    p, hz = world.palette, world.horizon
    w = world.width
    window = Window(x=w / 2, y=hz - 270, width=w * 0.62, height=330, across=2, down=1)
    made = [
        outside(world, [window], ridge=False)[0],
        *_landscape(world, window.box[1], window.box[3], 700.0),
        *outside(world, [window], ridge=False)[1:],
    ]
    made += shell(world, [window], wall="#7d5a3e", floor="#4f4038", boards=False)
    brass = mix(p.tone("#b8924a"), p.ink, 0.15)
    rack = "".join(
        line(f"M{x0} {hz - 500}h{w * 0.26}M{x0} {hz - 484}h{w * 0.26}", brass, 5)
        + rect(x0 + 30, hz - 566, 120, 62, mix(p.tone("#6b3f2a"), p.ink, 0.2))
        + line(f"M{x0 + 70} {hz - 566}q20 -18 40 0", p.ink, 6)
        for x0 in (w * 0.02, w * 0.72)
    )
    made.append(layer("rack", 0.5, rack, rim=0.3))
    cloth = mix(p.tone("#7a2f38"), p.ink, 0.1)
    dark = mix(cloth, p.ink, 0.45)
    seats = []
    for s in (-1, 1):
        x = w / 2 + s * w * 0.44
        back = [(x + s * 140, hz - 300), (x - s * 20, hz - 300), (x - s * 70, hz + 40), (x + s * 140, hz + 40)]
        seat = [(x + s * 140, hz + 20), (x - s * 150, hz + 20), (x - s * 170, hz + 96), (x + s * 140, hz + 96)]
        seats.append(
            mass(back, cloth)
            + "".join(
                line(f"M{x - s * (10 + 12 * k)} {hz - 230 + 70 * k}L{x + s * 140} {hz - 236 + 70 * k}", dark, 4, 0.8)
                for k in range(4)
            )
        )
        seats.append(
            rect(min(x - s * 30, x + s * 10), hz - 320, 40, 90, p.tone("#eee6d2"))
            + area(seat, mix(cloth, p.light, 0.12))
            + rect(min(x - s * 160, x + s * 160), hz + 92, 320, 110, mix(p.tone("#3f2c22"), p.ink, 0.4))
        )
    made.append(layer("seats", 0.8, *seats, rim=0.3, wash=0.9))
    fold = rect(w / 2 - 90, hz - 92, 180, 14, brass) + line(f"M{w / 2} {hz - 78}v110", p.ink, 9)
    made.append(layer("fold table", 0.6, fold, rim=0.2))
    return [*made, *hanging_lamp(world, w / 2, 90, size=0.5, swing=2.0), night_side(world)]


def car(world: World) -> list[Layer]:
    """Inside a car: the road before the windscreen, wheel, mirror, dashboard."""
    p, hz, w = world.palette, world.horizon, world.width
    air = palette.outdoors(world.setting.time, world.setting.weather)
    outer = replace(world, palette=air, horizon=hz - 180)
    beams = [lamp("headlights", 0.3, (w / 2, hz - 60), 420, p.lamp, 0.6, flicker=0.08)] if p.lamps else []
    wipers = line(f"M{w * 0.3} {hz - 44}L{w * 0.5} {hz - 96}M{w * 0.6} {hz - 48}L{w * 0.8} {hz - 100}", p.ink, 6)
    return [
        *sky_behind(outer),
        _road(world, air),
        *_landscape(outer, hz - 420, hz - 150, 160.0)[1:],
        *beams,
        *outside(world, [Window(x=w / 2, y=hz - 240, width=w * 0.9, height=440)], ridge=False)[1:],
        layer("wipers", 0.4, wipers),
        _car_body(world, air),
        _dashboard(world),
    ]


def _road(world: World, air: palette.Palette) -> Layer:
    hz, x = world.horizon, world.width / 2
    land = rect(world.left, hz - 182, world.right - world.left, 500, mix(air.ground, air.ink, 0.35))
    lane = area(around(x, hz, [(-20, -180), (20, -180), (560, 200), (-560, 200)]), mix(air.haze, air.ink, 0.6))
    dashes = ""
    for k in range(1, 5):
        far, near, y0, y1 = 3 + 3 * k, 4 + 4 * k, 14 * k * k - 176, 17 * k * k - 166
        dashes += area(around(x, hz, [(-far, y0), (far, y0), (near, y1), (-near, y1)]), air.paper, 0.8)
    return layer("road", 0.2, land, lane, dashes, detail=0.7)


def _car_body(world: World, air: palette.Palette) -> Layer:
    p, hz, w = world.palette, world.horizon, world.width
    body = mix(p.tone("#2f3238"), p.ink, 0.5)
    hole = (
        f"M{w * 0.08} {hz - 30}L{w * 0.16} {hz - 430}Q{w / 2} {hz - 490} {w * 0.84} {hz - 430}"
        f"L{w * 0.92} {hz - 30}Q{w / 2} {hz - 70} {w * 0.08} {hz - 30}Z"
    )
    parts = [f'<path d="M{-w} -400H{2 * w}V{BOTTOM}H{-w}Z{hole}" fill="{body}" fill-rule="evenodd"/>']
    parts.append(line(hole, mix(body, p.light, 0.18), 10))
    parts.append(line(f"M{w / 2} {hz - 470}v40", p.ink, 8) + rect(w / 2 - 90, hz - 436, 180, 52, p.ink))
    parts.append(rect(w / 2 - 80, hz - 428, 160, 36, mix(air.low, air.haze, 0.5)))
    return layer("car", 0.5, *parts, rim=0.0, wash=0.7)


def _dashboard(world: World) -> Layer:
    """Dashboard, dials and wheel, before those who sit there."""
    p, hz, w, x = world.palette, world.horizon, world.width, world.x(0.30)
    panel, y = mix(p.tone("#3b3230"), p.ink, 0.4), world.horizon + 190
    parts = [fill(f"M{-w} {BOTTOM}V{hz + 50}Q{w / 2} {hz - 20} {2 * w} {hz + 50}V{BOTTOM}Z", panel)]
    dials = (x - 50, x + 50)
    parts += [ellipse(at, hz + 100, 34, 34, p.ink) + line(f"M{at} {hz + 100}l14 -18", p.lamp, 4) for at in dials]
    parts.append(f'<ellipse cx="{x}" cy="{y}" rx="190" ry="180" fill="none" stroke="{p.ink}" stroke-width="26"/>')
    parts.append(line(f"M{x - 186} {y}Q{x} {y - 50} {x + 186} {y}M{x} {y - 10}V{y + 180}", p.ink, 20))
    parts.append(ellipse(x, y, 44, 40, mix(p.tone("#3b3230"), p.ink, 0.5)))
    return layer("dashboard", 1.1, *parts, rim=0.2, wash=0.7)


def lamp_room(world: World) -> list[Layer]:
    """The top of a lighthouse: a great lens, glass all around, the sea below."""
    hz, w = world.horizon, world.width
    air = palette.outdoors(world.setting.time, world.setting.weather)
    outer = replace(world, palette=air, horizon=hz - 60)
    if world.setting.weather is Weather.FOG:
        made = outside(world, [Window(x=w / 2, y=hz - 200, width=w * 2.4, height=1000)])
    else:
        made = [*sky_behind(outer), *places_water.sea(outer)[:2]]
        made += outside(world, [Window(x=w / 2, y=hz - 280, width=w * 1.2, height=520)], ridge=False)[1:]
    return [*made, *_gallery(world), *_lens(world, world.x(LANDMARKS["lamp-room"].share)), night_side(world)]


def _gallery(world: World) -> list[Layer]:
    """The round of glass: bars that stand closer at its sides, bowed rails, the dome above, the floor."""
    p, hz, w = world.palette, world.horizon, world.width
    iron = mix(p.tone("#39424a"), p.ink, 0.45)
    turns = [math.radians(15 * k) for k in range(-5, 6)]
    across = [(w / 2 + 0.66 * w * math.sin(turn), math.cos(turn)) for turn in turns]
    bars = "".join(line(f"M{x:.0f} {hz - 470 - 60 * (1 - c):.0f}V{hz + 60}", iron, 9 + 7 * (1 - c)) for x, c in across)
    for above, bow in ((300, -110), (150, -50)):
        bars += line(f"M{-0.4 * w} {hz - above + bow}Q{w / 2} {hz - above - bow} {1.4 * w} {hz - above + bow}", iron, 8)
    dome = fill(f"M{-w} -700H{2 * w}V{hz - 640}Q{w / 2} {hz - 260} {-w} {hz - 640}Z", mix(iron, p.ink, 0.45))
    ribs = "".join(
        line(f"M{x:.0f} {hz - 470 - 60 * (1 - c):.0f}L{w / 2 + (x - w / 2) * 0.3:.0f} {hz - 1000}", iron, 9)
        for x, c in across
    )
    sill = f"M{-w} {hz + 150}Q{w / 2} {hz - 90} {2 * w} {hz + 150}"
    wall = fill(f"{sill}V{hz + 300}H{-w}Z", mix(iron, p.light, 0.06)) + line(sill, mix(iron, p.light, 0.22), 10)
    stops = [(0.0, mix(iron, p.ink, 0.2), 1.0), (0.5, mix(p.tone("#5c5148"), p.ink, 0.2), 1.0), (1.0, p.ink, 1.0)]
    floor = fade("f", stops) + fill(f"M{-w} {hz + 220}Q{w / 2} {hz - 20} {2 * w} {hz + 220}V{BOTTOM}H{-w}Z", "url(#f)")
    return [
        layer("bars", 0.4, bars, dome, ribs, rim=0.2),
        layer("sill", 0.5, wall, rim=0.2, wash=0.8),
        layer("floor", 0.7, floor, wash=0.8),
    ]


def _lens(world: World, x: float) -> list[Layer]:
    """A great lens: a belt of bull's eyes, prisms above and below it, a warm core, brass, a foot on the floor."""
    p, y = world.palette, world.horizon - 165.0
    brass = mix(p.tone("#b08a44"), p.ink, 0.15)
    glass = mix(mix(p.lamp, "#8fb8ae", 0.55), p.ink, 0.25) if p.lamps else mix(mix(p.low, "#8fb8ae", 0.4), p.ink, 0.25)
    steps = [k / 12 for k in range(-12, 13)]
    edge = [(x + _half(t), y + _HIGH * t) for t in steps] + [(x - _half(t), y + _HIGH * t) for t in steps[::-1]]
    core = glow("core", "#fff6dc", 1.0) + ellipse(x, y, _WIDE * 0.95, _HIGH * 0.8, "url(#core)") if p.lamps else ""
    parts = [area(edge, glass), core, *_prisms(world, glass, x, y), _bulls_eyes(world, glass, x, y)]
    for k in (-1.0, -0.42, 0.42, 1.0):
        end, side = x + k * _WIDE * 0.62, x + k * _WIDE * 1.05
        parts.append(line(f"M{end} {y - _HIGH}Q{side} {y} {end} {y + _HIGH}", brass, 9))
    for t in (-0.34, 0.34):
        r, at = _half(t) + 3, y + _HIGH * t
        parts.append(line(f"M{x - r:.1f} {at:.1f}Q{x} {at + 26 * t:.1f} {x + r:.1f} {at:.1f}", brass, 12))
    made = [layer("lens foot", 0.8, _foot(world, x, y + _HIGH, brass), rim=0.3), layer("lens", 0.8, *parts, rim=0.3)]
    if p.lamps:
        made.append(lamp("lens light", 0.8, (x, y), 640, p.lamp, 0.7, flicker=0.05))
    return made


_WIDE, _HIGH = 150.0, 235.0


def _half(share: float) -> float:
    """Half the lens' width, `share` (-1 ... 1) of half its height below its middle."""
    return _WIDE * math.sqrt(max(0.0, 1 - 0.62 * share * share))


def _prisms(world: World, glass: str, x: float, y: float) -> list[str]:
    """Steps of glass above and below the belt: each a dark edge and the light it catches at one end."""
    p, made = world.palette, []
    shine, shade = mix(glass, p.paper, 0.8), mix(glass, p.ink, 0.6)
    for k in range(4, 12):
        for t in (-k / 11.5, k / 11.5):
            r, at, bow = _half(t), y + _HIGH * t, 30 * t
            made.append(line(f"M{x - r:.1f} {at:.1f}Q{x} {at + bow:.1f} {x + r:.1f} {at:.1f}", shade, 4, 0.6))
            made.append(line(f"M{x - r * 0.9:.1f} {at + 7:.1f}Q{x - r * 0.6:.1f} {at + 7 + bow * 0.4:.1f} "
                             f"{x - r * 0.3:.1f} {at + 7 + bow * 0.5:.1f}", shine, 4, 0.8))  # fmt: skip
    return made


def _bulls_eyes(world: World, glass: str, x: float, y: float) -> str:
    """The belt's three panels of glass rings, narrower where the drum turns away."""
    shade = mix(glass, world.palette.ink, 0.55)
    eyes = [(x - 100, 0.42), (x, 0.86), (x + 100, 0.42)]
    rings = [(at, across, reach) for at, across in eyes for reach in (68, 52, 36, 20)]
    drawn = "".join(line(_ring(at, y, reach * across, reach), shade, 3, 0.5) for at, across, reach in rings)
    return drawn + ellipse(x, y, 15, 20, "#fffdf2" if world.palette.lamps else mix(glass, world.palette.paper, 0.7))


def _ring(x: float, y: float, rx: float, ry: float) -> str:
    return f"M{x - rx:.1f} {y}a{rx:.1f} {ry} 0 1 0 {2 * rx:.1f} 0a{rx:.1f} {ry} 0 1 0 {-2 * rx:.1f} 0Z"


def _foot(world: World, x: float, y: float, brass: str) -> str:
    """What the lens stands on, and its cap."""
    ink = world.palette.ink
    dark, cap = mix(brass, ink, 0.5), y - 500
    pillar = fill(
        f"M{x - 66} {y + 20}Q{x - 40} {y + 70} {x - 84} {y + 128}H{x + 84}Q{x + 40} {y + 70} {x + 66} {y + 20}Z", dark
    )
    plate = rect(x - 108, y, 216, 24, brass) + ellipse(x, y + 132, 132, 22, mix(brass, ink, 0.35))
    hood = fill(
        f"M{x - 100} {cap + 36}Q{x - 84} {cap - 12} {x} {cap - 18}Q{x + 84} {cap - 12} {x + 100} {cap + 36}Z", brass
    )
    return ellipse(x + 6, y + 150, 170, 22, ink, 0.5) + plate + pillar + hood


def cave(world: World) -> list[Layer]:
    """Rock all around, daylight in its mouth, a fire when it is dark."""
    p, hz, w = world.palette, world.horizon, world.width
    air = palette.outdoors(world.setting.time, world.setting.weather)
    mouth = world.x(0.60)
    land = f"M{world.left} {hz - 20}Q{mouth} {hz - 90} {world.right} {hz - 10}V{BOTTOM}H{world.left}Z"
    made = [
        *sky_behind(replace(world, palette=air)),
        layer("land", 0.2, fill(land, mix(air.haze, air.ink, 0.4)), detail=0.6),
        *outside(world, [Window(x=mouth, y=hz - 220, width=w * 0.7, height=520)], ridge=False)[1:],
    ]
    stone = p.tone("#4d4640")
    for row in range(3):
        made += _rock(world, mouth, row, stone)
    teeth = "".join(
        area([(x - 26, -200), (x + 26, -200), (x + 4, tip), (x - 3, tip)], mix(stone, p.ink, 0.75))
        for x, tip in ((w * 0.12, 210), (w * 0.22, 130), (w * 0.8, 170), (w * 0.93, 260))
    )
    made.append(layer("stalactites", 1.15, teeth, rim=0.4))
    return [*made, *_fire(world, world.x(0.26), hz + 190)] if p.lamps else made


# The edge of a cave's mouth, around its middle.
_MOUTH = (
    (-1, 0.2), (-0.92, -0.4), (-0.8, -0.75), (-0.55, -1), (-0.2, -1.1), (0.15, -1.12), (0.5, -1.02), (0.8, -0.78),
    (0.95, -0.4), (1, 0.1), (0.98, 0.45), (0.9, 0.62), (0.6, 0.64), (0.1, 0.66), (-0.5, 0.64), (-0.9, 0.6),
)  # fmt: skip


def _rock(world: World, mouth: float, row: int, stone: str) -> list[Layer]:
    """One wall of rock with a hole in it, wider towards us, and the floor before it."""
    p, hz, w = world.palette, world.horizon, world.width
    chance = world.chance(f"cave {row}")
    reach = min(w * 0.26, 420) * (1.0, 1.32, 1.75)[row]
    near = (0.35, 0.6, 0.85)[row]
    edge = []
    for dx, dy in _MOUTH:
        k = reach * chance.uniform(0.86, 1.08)
        edge.append((mouth + dx * k, hz - 150 + dy * k * 0.95 if dy < 0.5 else hz + 40 + 60 * row))
    wall = f"M{-w} -500H{2 * w}V{BOTTOM}H{-w}Z{smooth(edge)}"
    tone = mix(stone, p.ink, 0.35 + 0.22 * row)
    y = hz + 70 * row
    floor = [(-w, y + 60), (mouth, y + 30), (2 * w, y + 70), (2 * w, BOTTOM), (-w, BOTTOM)]
    rock = f'<path d="{wall}" fill="{tone}" fill-rule="evenodd"/>'
    return [
        layer("rock", near, rock, wash=1.0, rim=0.35, detail=0.8),
        layer("cave floor", near + 0.05, mass(floor, mix(stone, p.ink, 0.3 + 0.2 * row)), wash=1.0),
    ]


def _fire(world: World, x: float, y: float) -> list[Layer]:
    p = world.palette
    logs = fill(brush([(x - 80, y), (x, y - 20), (x + 80, y + 4)], 34, ends=0.7), p.ink) + fill(
        brush([(x - 70, y + 6), (x, y - 10), (x + 74, y - 18)], 30, ends=0.7), mix(p.tone("#5a3a26"), p.ink, 0.4)
    )
    flames = "".join(
        mass(
            [
                (x + k - s, y - 12),
                (x + k - s * 0.7, y - h * 0.4),
                (x + k + 6, y - h),
                (x + k + s * 0.8, y - h * 0.36),
                (x + k + s, y - 12),
            ],
            c,
        )
        for k, s, h, c in (
            (-26, 26, 90, "#e2571e"),
            (24, 28, 110, "#e2571e"),
            (0, 34, 150, "#f08a24"),
            (2, 20, 96, "#ffd76a"),
        )
    )
    dance = Motion(kind=Sway.BEND, amount=26, period_s=0.8, pivot=(x, y))
    return [
        layer("flames", 0.85, flames, wash=0.0, motion=dance),
        layer("logs", 0.85, logs),
        lamp("fire light", 0.85, (x, y - 50), 700, p.lamp, 0.9, flicker=0.3),
    ]
