"""Rooms one passes through or works in: corridor, stairs, office."""

from dataclasses import dataclass

from director_dagster.animatic.drawing import Blend, Layer
from director_dagster.animatic.ink import Point, area, brush, ellipse, fade, fill, line, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.places_furniture import hanging_lamp, table_lamp
from director_dagster.animatic.places_room import Window, dusk_beam, night_side, outside, shell
from director_dagster.animatic.world import BOTTOM, World, lamp, layer


@dataclass(frozen=True)
class _Tunnel:
    """A corridor in perspective: its vanishing point and the half width of its far end."""

    x: float
    y: float
    far: float = 120.0

    def at(self, side: int, depth: float, height: float) -> Point:
        """A point of a side wall: depth 0 far … 1 near, height −1 ceiling … 1 floor."""
        k = self.far * (1 + 9 * depth**1.8)
        return (self.x + side * k, self.y + height * k * (0.95 if height > 0 else 1.05))

    def pane(self, side: int, depths: tuple[float, float], heights: tuple[float, float]) -> list[Point]:
        """A piece of a side wall between two depths and two heights."""
        (d0, d1), (up, down) = depths, heights
        return [self.at(side, d0, up), self.at(side, d1, up), self.at(side, d1, down), self.at(side, d0, down)]


def corridor(world: World) -> list[Layer]:
    """Walls, doors and lamps that run to a window at the far end."""
    p = world.palette
    tunnel = _Tunnel(world.x(0.42), world.horizon - 90)
    vx, vy = tunnel.x, tunnel.y
    wall = mix(p.tone("#a8a48e"), mix(p.top, p.low, 0.4), 0.4)
    end = Window(x=vx, y=vy - 10, width=104, height=150, across=2, down=3)
    pool = [(vx - 52, vy + 60), (vx + 52, vy + 60), (vx + 150, world.horizon + 240), (vx - 150, world.horizon + 240)]
    return [
        *outside(world, [end]),
        _far_end(world, tunnel, end, wall),
        _side_walls(world, tunnel, wall),
        *_ceiling_lamps(world, tunnel, wall),
        dusk_beam(world, pool, 0.35 * p.bright),
    ]


def _far_end(world: World, tunnel: _Tunnel, end: Window, wall: str) -> Layer:
    p = world.palette
    a, b = tunnel.at(-1, 0, -1), tunnel.at(1, 0, 1)
    back = f"M{a[0]} {a[1]}H{b[0]}V{b[1]}H{a[0]}Z" + end.path
    frame = mix(wall, p.paper, 0.4)
    return layer(
        "end", 0.2, f'<path d="{back}" fill="{mix(wall, p.light, 0.1)}" fill-rule="evenodd"/>',
        line(end.path, frame, 8), line(f"M{tunnel.x} {end.box[1]}V{end.box[3]}", frame, 5), wash=0.6,
    )  # fmt: skip


def _side_walls(world: World, tunnel: _Tunnel, wall: str) -> Layer:
    p, at = world.palette, tunnel.at
    parts = [
        area([at(-1, 0, -1), at(1, 0, -1), at(1, 1.2, -1), at(-1, 1.2, -1)], mix(wall, p.ink, 0.5)),
        area([at(-1, 0, 1), at(1, 0, 1), at(1, 1.2, 1), at(-1, 1.2, 1)], mix(p.tone("#6d5140"), p.ink, 0.3)),
    ]
    for side in (-1, 1):
        shade = mix(wall, p.ink, 0.16 if side != world.side else 0.42)
        parts.append(area(tunnel.pane(side, (0, 1.2), (-1, 1)), shade))
        parts.append(area(tunnel.pane(side, (0, 1.2), (0.42, 1)), mix(shade, p.tone("#4f5f58"), 0.55)))
        for d0, d1 in ((0.14, 0.27), (0.44, 0.57), (0.76, 0.92)):
            knob = at(side, d0 + (d1 - d0) * 0.15, 0.34)
            parts.append(area(tunnel.pane(side, (d0 - 0.015, d1 + 0.02), (-0.48, 1)), mix(shade, p.paper, 0.3)))
            parts.append(area(tunnel.pane(side, (d0, d1), (-0.42, 1)), mix(p.tone("#6b3f2c"), p.ink, 0.25)))
            parts.append(ellipse(*knob, 5 + 10 * d0, 5 + 10 * d0, p.lamp))
    x, y, far = tunnel.x, tunnel.y + tunnel.far * 0.95, tunnel.far
    runner = [(x - far * 0.4, y), (x + far * 0.4, y), (x + far * 4.6, BOTTOM), (x - far * 4.6, BOTTOM)]
    return layer("walls", 0.6, *parts, area(runner, mix(p.tone("#8a3a38"), p.ink, 0.2), 0.9), wash=0.9)


def _ceiling_lamps(world: World, tunnel: _Tunnel, wall: str) -> list[Layer]:
    p, x = world.palette, tunnel.x
    globe = mix(p.lamp, "#ffffff", 0.35) if p.lamps else mix(p.paper, wall, 0.3)
    made = []
    for depth in (0.1, 0.36, 0.7):
        y, size = tunnel.at(1, depth, -1)[1] + 26 * (1 + 4 * depth), 0.3 + 1.1 * depth
        cord = line(f"M{x} {y - 60 * size}V{y}", p.ink, 4)
        made.append(layer("ceiling lamp", 0.6, cord, ellipse(x, y, 44 * size, 22 * size, globe)))
        if p.lamps:
            flicker = 0.12 if depth == 0.36 else 0.04
            made.append(lamp("ceiling light", 0.6, (x, y), 420 * size, p.lamp, 0.75, flicker=flicker))
    return made


def stairs(world: World) -> list[Layer]:
    """A staircase with its banister, a tall window on the landing."""
    p, hz = world.palette, world.horizon
    s = world.side
    window = Window(x=world.x(0.28), y=hz - 330, width=170, height=370, across=2, down=4)
    made = [*outside(world, [window]), *shell(world, [window], wall="#b0a58e", floor="#6d5444")]
    wood, dark = mix(p.tone("#7d5a40"), p.ink, 0.15), mix(p.tone("#5a3c2a"), p.ink, 0.4)
    x, y = world.x(0.42), hz + 130
    steps, rails = [], []
    run, rise = world.width * 0.058, 52.0
    outline = [(x, y)]
    for i in range(14):
        outline += [(x + s * run * i, y - rise * (i + 1)), (x + s * run * (i + 1), y - rise * (i + 1))]
        steps.append(
            line(
                f"M{x + s * run * i - s * 8:.0f} {y - rise * (i + 1):.0f}h{s * (run + 10):.0f}",
                mix(wood, p.light, 0.35),
                9,
            )
        )
        bx, by = x + s * run * (i + 0.5), y - rise * (i + 1)
        rails.append(line(f"M{bx:.0f} {by:.0f}v-150", dark, 7))
    outline += [(x + s * run * 14, y)]
    side = area(outline, wood) + area(
        [(x + s * run * 0.8, y), (x + s * run * 14, y - rise * 13.2), (x + s * run * 14, y)], mix(wood, p.ink, 0.45)
    )
    handrail = fill(
        brush(
            [(x - s * 6, y - 196), (x + s * run * 7, y - 196 - rise * 7), (x + s * run * 14, y - 196 - rise * 14)],
            26,
            ends=0.8,
        ),
        dark,
    )
    newel = rect(x - 22, y - 240, 36, 240, dark) + ellipse(x - 4, y - 254, 27, 27, dark)
    made.append(layer("stairs", 0.78, side, *steps, *rails, handrail, newel, rim=0.3, wash=0.9))
    return [*made, *hanging_lamp(world, world.x(0.60), 110, size=0.8), night_side(world)]


def office(world: World) -> list[Layer]:
    """A desk with papers and a lamp, blinds, cabinets."""
    p, hz = world.palette, world.horizon
    window = Window(x=world.x(0.66), y=hz - 310, width=min(480.0, world.width * 0.42), height=300, across=1, down=1)
    x0, y0, x1, y1 = window.box
    slat = mix(p.tone("#d9d2c2"), p.ink, 0.15 if not world.night else 0.35)
    blinds = "".join(rect(x0 - 4, y0 + 20 * k, x1 - x0 + 8, 9, slat) for k in range(15))
    blinds += line(f"M{x0 + 40} {y0}V{y1}M{x1 - 40} {y0}V{y1}", slat, 3)
    made = [
        *outside(world, [window]),
        *shell(world, [window], wall="#a9a99a", floor="#75685a", boards=False),
        layer("blinds", 0.4, blinds),
        _cabinets(world),
    ]
    if p.bright > 0.3:
        made.append(_slats_of_light(world, window))
    x, y, wide = world.x(0.80), hz + 110, 620 * min(1.0, world.width / 1100)
    lamps = table_lamp(world, x + wide * 0.34, y - 26, depth=0.86)
    return [*made, _desk(world, x, y, wide), *lamps, night_side(world)]


def _cabinets(world: World) -> Layer:
    p, hz = world.palette, world.horizon
    steel = mix(p.tone("#6f7a78"), p.ink, 0.2)
    parts = []
    for k in range(2):
        x = world.x(0.12) + (k - 1) * 130
        parts.append(rect(x, hz - 250, 124, 300, mix(steel, p.ink, 0.1 * k)))
        for j in range(4):
            parts.append(rect(x + 10, hz - 240 + 74 * j, 104, 64, mix(steel, p.light, 0.08)))
            parts.append(rect(x + 44, hz - 214 + 74 * j, 36, 9, p.ink))
    return layer("cabinets", 0.5, *parts, rim=0.25)


def _slats_of_light(world: World, window: Window) -> Layer:
    p = world.palette
    x0, y0, x1, _ = window.box
    away = world.side * 480
    stripes = [
        area([(x0, y), (x1, y), (x1 - away, y + 330), (x0 - away, y + 330)], "url(#s)")
        for y in (y0 + 40 * k for k in range(9))
    ]
    shade = fade("s", [(0.0, p.light, 0.3 * p.bright), (1.0, p.light, 0.05)])
    return layer("slats", 0.8, shade, *stripes, detail=0.4, blur=5, blend=Blend.LIGHT)


def _desk(world: World, x: float, y: float, wide: float) -> Layer:
    p = world.palette
    wood = mix(p.tone("#6b4630"), p.ink, 0.2)
    top = rect(x - wide / 2, y - 26, wide, 30, mix(wood, p.light, 0.16))
    front = rect(x - wide * 0.47, y + 4, wide * 0.94, 170, mix(wood, p.ink, 0.3))
    drawers = "".join(rect(x + wide * 0.18, y + 16 + 50 * k, wide * 0.25, 40, mix(wood, p.ink, 0.1)) for k in range(3))
    papers = rect(x - wide * 0.1, y - 40, 120, 15, p.tone("#f2ead8"))
    papers += rect(x - wide * 0.12, y - 52, 116, 12, p.tone("#d9cfb8"))
    screen = [(x - wide * 0.36, y - 26), (x - wide * 0.33, y - 90), (x - wide * 0.17, y - 90), (x - wide * 0.2, y - 26)]
    return layer("desk", 0.85, top, front, drawers, papers, area(screen, p.ink), rim=0.3, wash=0.9)
