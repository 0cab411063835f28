"""The station: rails, a platform under its roof, a clock, a signal."""

import itertools

from director_dagster.animatic.drawing import Layer
from director_dagster.animatic.ink import area, ellipse, fill, line, poly
from director_dagster.animatic.palette import mix
from director_dagster.animatic.world import BOTTOM, World, lamp, layer


def station(world: World) -> list[Layer]:
    """A platform under its roof, a clock, rails that run away, a signal."""
    p, hz = world.palette, world.horizon
    vx = world.x(0.24)
    gravel = world.tone("#e6eaec" if world.snowy else "#6f675e")
    track = [
        area([(vx - 16, hz + 6), (vx + 16, hz + 6), (vx + 330, BOTTOM), (vx - 640, BOTTOM)], mix(gravel, p.ink, 0.3))
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
    steel = mix(p.low, p.paper, 0.3)
    track += [
        area([(vx + k * 0.02, hz + 6), (vx + k * 0.02 + 3, hz + 6), (vx + k + 20, BOTTOM), (vx + k, BOTTOM)], steel)
        for k in (-420.0, 150.0)
    ]
    side = world.side
    edge = area(
        [(vx + side * 34, hz + 10), (world.x(1.32), hz + 10), (world.x(1.32), BOTTOM), (vx + side * 520, BOTTOM)],
        world.tone("#eef1f3" if world.snowy else "#a59a8c"),
    )
    edge += area(
        [(vx + side * 34, hz + 10), (vx + side * 40, hz + 10), (vx + side * 600, BOTTOM), (vx + side * 520, BOTTOM)],
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

    roof = area([at(0.06, 1.0), at(1.3, 1.0), at(1.3, 1.28), at(0.06, 1.34)], iron)
    roof += area(
        [at(0.06, 1.0), at(1.3, 1.0), at(1.3, 1.04), at(0.06, 1.05)], mix(p.paper if world.snowy else iron, p.ink, 0.2)
    )
    steps = [0.08 * 1.13**i for i in range(24)]
    fringe = "".join(area([at(a, 1.0), at(b, 1.0), at((a + b) / 2, 0.90)], iron) for a, b in itertools.pairwise(steps))
    posts = ""
    for far in (0.14, 0.26, 0.48, 0.86):
        (x, top), (_, foot) = at(far, 1.0), at(far, -0.36)
        posts += line(f"M{x:.0f} {foot:.0f}V{top:.0f}", iron, 3 + 13 * far) + line(
            f"M{x - 70 * far:.0f} {top:.0f}Q{x:.0f} {top + 20 * far:.0f} {x:.0f} {top + 90 * far:.0f}"
            f"Q{x:.0f} {top + 20 * far:.0f} {x + 70 * far:.0f} {top:.0f}",
            iron,
            2 + 7 * far,
        )
    wall = poly([at(0.16, 1.0), at(1.5, 1.0), at(1.5, -0.30), at(0.16, -0.30)])
    house = fill(wall, mix(world.tone("#a5765c", 0.8), p.ink, 0.25))
    for far in (0.22, 0.36, 0.62):
        pane = p.lamp if p.lamps else mix(p.low, p.ink, 0.45)
        house += area([at(far, 0.62), at(far * 1.18, 0.62), at(far * 1.18, 0.05), at(far, 0.05)], pane)
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
    arm = line(f"M{x} {hz + 40}V{hz - 300}", p.ink, 7) + area(
        [(x, hz - 296), (x - 92, hz - 322), (x - 97, hz - 304), (x, hz - 274)], p.vivid("#b5332a")
    )
    return layer("signal", 0.4, arm, ellipse(x + 10, hz - 280, 9, 9, p.vivid("#d8403a") if p.lamps else p.ink), rim=0.3)
