"""The sky: its light, sun or moon, stars, clouds; and the air over land."""

from director_dagster.animatic.drawing import Blend, Layer, Motion, Sway
from director_dagster.animatic.ink import Point, brush, ellipse, fill, glow, line, mass, poly, smooth
from director_dagster.animatic.palette import lighter, mix
from director_dagster.animatic.world import BOTTOM, World, layer, wash_down
from director_dagster.story.shot import TimeOfDay, Weather


def sky(world: World) -> list[Layer]:
    """All that is above the horizon, back to front."""
    made = [_air(world)]
    weather, time = world.setting.weather, world.setting.time
    if time is TimeOfDay.NIGHT and weather in {Weather.CLEAR, Weather.WIND}:
        made.append(_stars(world))
    if weather in {Weather.CLEAR, Weather.WIND, Weather.SNOW, Weather.FOG}:
        made += _sun_or_moon(world)
    made += _clouds(world)
    return [*made, *_bolt(world)] if weather is Weather.STORM else made


def _bolt(world: World) -> list[Layer]:
    """A stroke of lightning and the light about it; on a storyboard it stands, in a film it strikes."""
    chance = world.chance("bolt")
    x, y = world.x(0.78), -60.0
    main: list[Point] = [(x, y)]
    while y < world.horizon * 0.92:
        x, y = x + chance.uniform(-52, 46), y + chance.uniform(45, 85)
        main.append((x, y))
    fork = main[len(main) // 2]
    side = [fork, (fork[0] + 50, fork[1] + 60), (fork[0] + 62, fork[1] + 110), (fork[0] + 120, fork[1] + 170)]
    strokes = line(poly(main, closed=False), "#eaf2ff", 6) + line(poly(side, closed=False), "#eaf2ff", 3, 0.8)
    halo = line(poly(main, closed=False), "#9fb8ff", 44, 0.4)
    motion = Motion(kind=Sway.FLASH)
    return [
        layer("bolt glow", 0.03, halo, detail=0.25, blur=22, blend=Blend.LIGHT, motion=motion),
        layer("bolt", 0.03, strokes, blend=Blend.LIGHT, motion=motion),
    ]


def _air(world: World) -> Layer:
    p = world.palette
    hz = world.horizon
    middle = mix(p.top, p.low, 0.42)
    stops = [(0.0, p.top, 1.0), (0.45, middle, 1.0), (0.86, p.low, 1.0), (1.0, mix(p.low, p.haze, 0.25), 1.0)]
    below = wash_down("b", hz, BOTTOM, [(0.0, mix(p.low, p.haze, 0.4), 1.0), (1.0, p.haze, 1.0)], world)
    return layer("sky", 0.0, wash_down("a", -300, hz + 2, stops, world), below, detail=0.25, wash=0.55)


def _stars(world: World) -> Layer:
    chance = world.chance("stars")
    dots = []
    for _ in range(110):
        x, y = chance.uniform(world.left, world.right), world.horizon * chance.random() ** 1.4 * 0.9 - 80
        size = chance.choice((0.9, 1.2, 1.6, 2.4))
        dots.append(ellipse(x, y, size, size, world.palette.paper, chance.uniform(0.35, 0.95)))
    return layer("stars", 0.0, *dots, wash=0.0, motion=Motion(kind=Sway.FLICKER, amount=0.25, period_s=2.2))


def _sun_or_moon(world: World) -> list[Layer]:
    p, time = world.palette, world.setting.time
    height = {TimeOfDay.DAY: 0.22, TimeOfDay.DAWN: 0.93, TimeOfDay.DUSK: 0.90, TimeOfDay.NIGHT: 0.32}[time]
    x, y = world.light_x, world.horizon * height
    veiled = world.setting.weather in {Weather.FOG, Weather.SNOW}
    reach = {TimeOfDay.DAY: 620.0, TimeOfDay.DAWN: 760.0, TimeOfDay.DUSK: 820.0, TimeOfDay.NIGHT: 430.0}[time]
    strength = {TimeOfDay.DAY: 0.5, TimeOfDay.DAWN: 0.7, TimeOfDay.DUSK: 0.75, TimeOfDay.NIGHT: 0.5}[time]
    halo = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{reach}" fill="url(#h)"/>'
    light = layer("halo", 0.02, glow("h", p.light, strength * (0.8 if veiled else 1.0)), halo, detail=0.2,
                  blend=Blend.LIGHT, motion=Motion(kind=Sway.FLICKER, amount=0.04, period_s=5.0))  # fmt: skip
    disc = {TimeOfDay.DAY: 44.0, TimeOfDay.DAWN: 62.0, TimeOfDay.DUSK: 74.0, TimeOfDay.NIGHT: 46.0}[time]
    face = [ellipse(x, y, disc, disc, mix(p.light, "#ffffff", 0.55), 0.6 if veiled else 1.0)]
    if time is TimeOfDay.NIGHT and not veiled:
        face += [
            ellipse(x - 12, y - 8, 11, 9, p.low, 0.18),
            ellipse(x + 14, y + 12, 8, 7, p.low, 0.16),
            ellipse(x + 4, y - 20, 6, 5, p.low, 0.14),
        ]
    return [light, layer("disc", 0.02, *face, wash=0.0, blur=18.0 if veiled else 1.2)]


def _clouds(world: World) -> list[Layer]:
    weather, p = world.setting.weather, world.palette
    count, dark = {
        Weather.CLEAR: (3, 0.0), Weather.WIND: (5, 0.1), Weather.RAIN: (9, 0.35), Weather.STORM: (11, 0.6),
        Weather.SNOW: (6, 0.15), Weather.FOG: (0, 0.0),
    }[weather]  # fmt: skip
    if not count:
        return []
    heavy = weather in {Weather.RAIN, Weather.STORM, Weather.SNOW}
    made = []
    for row, (depth, speed) in enumerate(((0.03, 10.0), (0.07, 18.0))):
        chance = world.chance(f"clouds {row}")
        body = (
            mix(mix(p.top, p.low, 0.5), p.ink, dark * (0.7 + 0.3 * row))
            if heavy or world.night
            else mix(p.low, p.paper, 0.7)
        )
        shapes = [
            _cloud(
                world,
                chance.uniform(world.left, world.right),
                _cloud_y(world, chance.random(), heavy=heavy),
                chance.uniform(0.6, 1.3),
                row,
                body,
                heavy=heavy,
            )
            for _ in range(count)
        ]
        gust = 2.6 if world.windy else 1.0
        made.append(
            layer(
                "clouds",
                depth,
                *shapes,
                detail=0.5,
                blur=7.0 if heavy else 5.0,
                wash=0.9,
                motion=Motion(kind=Sway.DRIFT, amount=speed * gust * -world.side),
            )
        )
    return made


def _cloud_y(world: World, share: float, *, heavy: bool) -> float:
    return world.horizon * ((-0.05 + 0.5 * share) if heavy else (0.12 + 0.6 * share))


def _cloud(world: World, x: float, y: float, size: float, row: int, colour: str, *, heavy: bool) -> str:
    chance = world.chance(f"cloud {x:.0f} {row}")
    wide, high = (420 * size, 95 * size) if heavy else (260 * size, 34 * size)
    top: list[Point] = [(x - wide, y + high * 0.25)]
    top += [
        (x - wide + 2 * wide * i / 8, y - high * chance.uniform(0.35, 1.0) * (1 - abs(i - 4) / 6)) for i in range(1, 8)
    ]
    top += [(x + wide, y + high * 0.2), (x + wide * 0.4, y + high * 0.5), (x - wide * 0.3, y + high * 0.45)]
    under = brush(
        [(x - wide * 0.8, y + high * 0.3), (x, y + high * 0.45), (x + wide * 0.8, y + high * 0.25)], high * 0.35
    )
    shade = mix(colour, world.palette.ink if heavy else world.palette.top, 0.35)
    lit = mass(top, colour, 0.8 if heavy else 0.75)
    return lit + fill(under, shade, 0.55)


def hills(world: World, *, high: float = 70.0, depth: float = 0.15) -> list[Layer]:
    """Two soft ridges at the horizon."""
    made = []
    for row in range(2):
        chance = world.chance(f"hills {row}")
        near = 0.22 + 0.16 * row
        steps = 9
        span = world.right - world.left
        ridge = [
            (world.left + span * i / steps, world.horizon - high * (1 - 0.45 * row) * chance.uniform(0.15, 1.0))
            for i in range(steps + 1)
        ]
        shape = smooth([*ridge, (world.right + 50, world.horizon + 40), (world.left - 50, world.horizon + 40)])
        made.append(layer("hills", depth + 0.08 * row, fill(shape, world.tone("#5f7466", near)), detail=0.6, wash=0.8))
    return made


def ground(world: World, colour: str, *, depth: float = 0.6, top: float | None = None) -> Layer:
    """The ground, light at the horizon and darker towards us; snow covers it, rain makes it shine."""
    p = world.palette
    start = world.horizon if top is None else top
    local = mix(colour, p.paper, 0.9) if world.snowy else colour
    far, near = world.tone(local, 0.35), world.tone(local, 1.0)
    if world.snowy:
        near = mix(near, p.paper, 0.62 if not world.night else 0.35)
        far = mix(far, p.paper, 0.35 if not world.night else 0.12)
    front = mix(near, p.ink, 0.12 if world.snowy else 0.34)
    stops = [(0.0, far, 1.0), (0.18, mix(far, near, 0.6), 1.0), (0.5, near, 1.0), (1.0, front, 1.0)]
    parts = [wash_down("g", start, BOTTOM, stops, world)]
    if world.wet:
        parts.append(_puddles(world, start))
    return layer("ground", depth, *parts, detail=0.5, wash=1.0)


def _puddles(world: World, top: float) -> str:
    chance = world.chance("puddles")
    shine = lighter(mix(world.palette.low, world.palette.light, 0.3), 0.08)
    marks = []
    for _ in range(16):
        share = chance.random() ** 0.7
        y = top + 30 + (1000 - top) * share
        x, reach = chance.uniform(world.left, world.right), 30 + 190 * share
        marks.append(ellipse(x, y, reach, 3 + 9 * share, shine, 0.5))
        marks.append(ellipse(x + reach * 0.2, y + 2, reach * 0.6, 2 + 4 * share, world.palette.low, 0.6))
    return "".join(marks)


def bright(world: World, colour: str, by: float = 0.06) -> str:
    """`colour`, lit."""
    return lighter(mix(colour, world.palette.light, 0.12 * world.palette.bright), by * world.palette.bright)
