"""SVG by hand: curves through points, tapered strokes, limbs, and the marks made of them."""

import math
from collections.abc import Iterable, Sequence

Point = tuple[float, float]


def num(value: float) -> str:
    """`value` with one decimal, without a trailing ``.0``."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def poly(points: Sequence[Point], *, closed: bool = True) -> str:
    """Path data of straight lines through `points`."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + ("Z" if closed else "")


def smooth(points: Sequence[Point], *, closed: bool = True) -> str:
    """Path data of a Catmull-Rom spline through `points`, as cubic Béziers."""
    count = len(points)

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    parts = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for i in range(count if closed else count - 1):
        before, start, end, after = at(i - 1), at(i), at(i + 1), at(i + 2)
        numbers = (
            start[0] + (end[0] - before[0]) / 6,
            start[1] + (end[1] - before[1]) / 6,
            end[0] - (after[0] - start[0]) / 6,
            end[1] - (after[1] - start[1]) / 6,
            *end,
        )
        parts.append("C" + " ".join(num(v) for v in numbers))
    return "".join(parts) + ("Z" if closed else "")


def around(x: float, y: float, offsets: Sequence[Point], side: int = 1) -> list[Point]:
    """Points at `offsets` from `x`, `y`, mirrored when `side` is −1."""
    return [(x + side * dx, y + dy) for dx, dy in offsets]


def sides(points: Sequence[Point], radii: Sequence[float]) -> list[Point]:
    """The outline, both sides, of a line through `points` that is `radii` thick at each of them."""
    left, right = [], []
    for i, ((x, y), radius) in enumerate(zip(points, radii, strict=True)):
        ax, ay = points[max(i - 1, 0)]
        bx, by = points[min(i + 1, len(points) - 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length * radius, (bx - ax) / length * radius
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def brush(points: Sequence[Point], width: float, *, ends: float = 0.15) -> str:
    """Path data of a brush stroke through `points`: `width` thick in the middle, `ends` of it at both ends."""
    last = max(len(points) - 1, 1)
    radii = [width / 2 * (ends + (1 - ends) * math.sin(math.pi * i / last) ** 0.7) for i in range(len(points))]
    return smooth(sides(points, radii))


def limb(points: Sequence[Point], radii: Sequence[float]) -> str:
    """Path data of a limb: as thick as `radii` say at each of `points`, rounded where it ends."""
    (ax, ay), (bx, by) = points[-2], points[-1]
    length = math.hypot(bx - ax, by - ay) or 1.0
    tip = (bx + (bx - ax) / length * radii[-1] * 0.8, by + (by - ay) / length * radii[-1] * 0.8)
    outline = sides(points, radii)
    half = len(points)
    return smooth([*outline[:half], tip, *outline[half:]])


def fill(data: str, colour: str, opacity: float = 1.0) -> str:
    """A filled path."""
    return f'<path d="{data}" fill="{colour}"{_opacity("fill-opacity", opacity)}/>'


def area(points: Sequence[Point], colour: str, opacity: float = 1.0) -> str:
    """A filled polygon."""
    return fill(poly(points), colour, opacity)


def mass(points: Sequence[Point], colour: str, opacity: float = 1.0) -> str:
    """A filled shape with a smooth edge through `points`."""
    return fill(smooth(points), colour, opacity)


def line(data: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """A stroked path with round ends."""
    return (
        f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{num(width)}" stroke-linecap="round" '
        f'stroke-linejoin="round"{_opacity("stroke-opacity", opacity)}/>'
    )


def rect(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1.0) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}" fill="{colour}"'
        f"{_opacity('fill-opacity', opacity)}/>"
    )


def ellipse(x: float, y: float, rx: float, ry: float, colour: str, opacity: float = 1.0) -> str:
    """A filled ellipse."""
    return (
        f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" fill="{colour}"'
        f"{_opacity('fill-opacity', opacity)}/>"
    )


def group(parts: Iterable[str], transform: str = "") -> str:
    """Parts together, under one `transform`."""
    body = "".join(parts)
    return f'<g transform="{transform}">{body}</g>' if transform else body


def place(
    parts: Iterable[str], *, x: float, y: float, scale: float = 1.0, flip: bool = False, turn: float = 0.0
) -> str:
    """Parts drawn around 0, 0, set at `x`, `y`, `scale` as large, turned by degrees, then mirrored if `flip`."""
    across = -scale if flip else scale
    rotate = f" rotate({num(turn)})" if turn else ""
    return group(parts, f"translate({num(x)} {num(y)}) scale({across:.4f} {scale:.4f}){rotate}")


def fade(name: str, stops: Sequence[tuple[float, str, float]]) -> str:
    """A gradient from top to bottom, used as ``url(#name)``; stops are (offset, colour, opacity)."""
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{_stops(stops)}</linearGradient>'


def across(name: str, stops: Sequence[tuple[float, str, float]]) -> str:
    """A gradient from left to right, used as ``url(#name)``."""
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="1" y2="0">{_stops(stops)}</linearGradient>'


def glow(name: str, colour: str, strength: float) -> str:
    """A round gradient from `strength` in its middle to nothing at its rim, falling as light does."""
    falling = [(0.0, 1.0), (0.12, 0.78), (0.3, 0.42), (0.55, 0.16), (0.8, 0.04), (1.0, 0.0)]
    stops = [(offset, colour, strength * share) for offset, share in falling]
    return f'<radialGradient id="{name}">{_stops(stops)}</radialGradient>'


def _stops(stops: Sequence[tuple[float, str, float]]) -> str:
    return "".join(
        f'<stop offset="{offset:.3f}" stop-color="{colour}"{_opacity("stop-opacity", alpha)}/>'
        for offset, colour, alpha in stops
    )


def _opacity(name: str, value: float) -> str:
    return "" if value >= 1 else f' {name}="{max(value, 0.0):.3f}"'
