"""What rooms are built of: walls with holes for windows, the sky outside, floors, shafts of light."""

from dataclasses import dataclass, replace

from director_dagster.animatic import palette, places_sky
from director_dagster.animatic.drawing import Blend, Box, Layer, Motion, Sway
from director_dagster.animatic.ink import across, area, ellipse, fade, fill, line, poly, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.world import BOTTOM, World, layer, wash_down
from director_dagster.story.shot import TimeOfDay, Weather


@dataclass(frozen=True, kw_only=True)
class Window:
    """A hole in a wall: its middle, its size in units, how many panes across and down, round or pointed at its top."""

    x: float
    y: float
    width: float
    height: float
    across: int = 2
    down: int = 2
    shape: str = "square"

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return (self.x - self.width / 2, self.y - self.height / 2, self.x + self.width / 2, self.y + self.height / 2)

    @property
    def path(self) -> str:
        """Its outline."""
        x0, y0, x1, y1 = self.box
        if self.shape == "round":
            rx, ry = self.width / 2, self.height / 2
            return (
                f"M{x0:.1f} {self.y:.1f}A{rx:.1f} {ry:.1f} 0 1 1 {x1:.1f} {self.y:.1f}"
                f"A{rx:.1f} {ry:.1f} 0 1 1 {x0:.1f} {self.y:.1f}Z"
            )
        if self.shape == "pointed":
            rise = self.width * 0.75
            return (
                f"M{x0:.1f} {y1:.1f}V{y0 + rise:.1f}Q{x0:.1f} {y0 + rise * 0.25:.1f} {self.x:.1f} {y0:.1f}"
                f"Q{x1:.1f} {y0 + rise * 0.25:.1f} {x1:.1f} {y0 + rise:.1f}V{y1:.1f}Z"
            )
        return f"M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}Z"


def outside(world: World, windows: list[Window], *, ridge: bool = True) -> list[Layer]:
    """What is seen through the windows: the sky of the hour, a far ridge, and the weather."""
    x0 = min(w.box[0] for w in windows) - 30
    y0 = min(w.box[1] for w in windows) - 30
    x1 = max(w.box[2] for w in windows) + 30
    y1 = max(w.box[3] for w in windows) + 30
    weather, time = world.setting.weather, world.setting.time
    air = palette.outdoors(time, weather)
    sky = [(0.0, air.top, 1.0), (0.7, air.low, 1.0), (1.0, mix(air.low, air.haze, 0.5), 1.0)]
    if weather is Weather.FOG:
        return [_fogged(world, air, (x0, y0, x1, y1))]
    parts = [fade("o", sky), rect(x0, y0, x1 - x0, y1 - y0, "url(#o)")]
    if ridge:
        land = mix(air.haze, air.ink, 0.45)
        parts.append(
            fill(
                f"M{x0} {y1 - 66}"
                f"Q{x0 + (x1 - x0) * 0.3:.0f} {y1 - 130} {x0 + (x1 - x0) * 0.55:.0f} {y1 - 74}T{x1} {y1 - 92}"
                f"V{y1}H{x0}Z",
                land if weather is not Weather.SNOW else mix(air.paper, air.haze, 0.35),
            )
        )
    made = [layer("outside", 0.2, *parts, _body(world, windows[0], air), box=(x0, y0, x1, y1), detail=0.6, wash=0.4)]
    return made + _falling(world, air, (x0, y0, x1, y1))


def _fogged(world: World, air: palette.Palette, box: Box) -> Layer:
    """Fog against the panes: nothing else is seen, and it moves."""
    x0, y0, x1, y1 = box
    pale = mix(air.haze, "#5c6f90", 0.55) if world.night else mix(air.haze, "#d5dde4", 0.35)
    chance = world.chance("fog outside")
    wide, high = x1 - x0, y1 - y0
    wisps = [
        ellipse(
            chance.uniform(x0, x1),
            chance.uniform(y0, y1),
            wide * chance.uniform(0.18, 0.4),
            high * chance.uniform(0.03, 0.08),
            mix(pale, air.paper, 0.35),
            0.2,
        )
        for _ in range(14)
    ]
    ground = [
        fade("o", [(0.0, mix(pale, air.top, 0.45), 1.0), (1.0, pale, 1.0)]),
        rect(x0, y0, wide, high, "url(#o)"),
    ]
    drift = Motion(kind=Sway.BREATHE, amount=0.02, period_s=7.0, pivot=(x0, y1))
    return layer("outside", 0.2, *ground, *wisps, box=box, detail=0.4, wash=0.5, blur=8, motion=drift)


def _body(world: World, window: Window, air: palette.Palette) -> str:
    """Sun, moon or stars in the first window."""
    if world.setting.weather not in {Weather.CLEAR, Weather.WIND}:
        return ""
    x0, y0, x1, y1 = window.box
    time = world.setting.time
    share_y = {TimeOfDay.NIGHT: 0.28, TimeOfDay.DAY: 0.2}.get(time, 0.66)
    x, y = x0 + (x1 - x0) * (0.5 + 0.2 * world.side), y0 + (y1 - y0) * share_y
    radius = min(window.width, window.height) * (0.13 if time is TimeOfDay.NIGHT else 0.15)
    disc = ellipse(x, y, radius * 2.2, radius * 2.2, air.light, 0.25) + ellipse(
        x, y, radius, radius, mix(air.light, "#ffffff", 0.6)
    )
    if time is not TimeOfDay.NIGHT:
        return disc if time is not TimeOfDay.DAY else ""
    chance = world.chance("window stars")
    stars = "".join(
        ellipse(chance.uniform(x0, x1), chance.uniform(y0, y0 + (y1 - y0) * 0.6), 2.2, 2.2, air.paper, 0.8)
        for _ in range(12)
    )
    return stars + disc


def _falling(world: World, air: palette.Palette, box: Box) -> list[Layer]:
    """Rain or snow outside, falling."""
    weather = world.setting.weather
    x0, y0, x1, y1 = box
    chance = world.chance("falling")
    if weather in {Weather.RAIN, Weather.STORM}:
        tone = mix(air.paper, air.haze, 0.3)
        count = int((x1 - x0) / 7)
        marks = []
        for _ in range(count):
            x, y, long = chance.uniform(x0, x1), chance.uniform(y0, y1), chance.uniform(30, 70)
            marks.append(
                line(
                    f"M{x:.1f} {y:.1f}l{-long * 0.2 * world.side:.1f} {long:.1f}", tone, 2.4, chance.uniform(0.35, 0.8)
                )
            )
        return [layer("rain outside", 0.2, *marks, box=box, wash=0.0, motion=Motion(kind=Sway.FALL, amount=900.0))]
    if weather is Weather.SNOW:
        flakes = [
            ellipse(chance.uniform(x0, x1), chance.uniform(y0, y1), r, r, air.paper, 0.9)
            for r in (3.0, 4.0, 6.0)
            for _ in range(int((x1 - x0) / 14))
        ]
        return [layer("snow outside", 0.2, *flakes, box=box, wash=0.0, motion=Motion(kind=Sway.FALL, amount=110.0))]
    return []


def shell(
    world: World, windows: list[Window], *, wall: str, floor: str = "#8a6444", boards: bool = True, paper: str = ""
) -> list[Layer]:
    """Wall with its windows, skirting, floor."""
    p, hz = world.palette, world.horizon
    tone = mix(p.tone(wall), mix(p.top, p.low, 0.5), 0.45)
    left, right = world.left - 200, world.right + 200
    hole = f"M{left} -400H{right}V{hz + 4}H{left}Z" + "".join(w.path for w in windows)
    lit, far = mix(tone, p.light, 0.10 * p.bright), mix(tone, p.ink, 0.5 if world.night else 0.28)
    sides = [(0.0, far, 1.0), (0.5, tone, 1.0), (1.0, lit, 1.0)]
    if world.side < 0:
        sides = [(1 - o, c, a) for o, c, a in reversed(sides)]
    body = [across("w", sides), f'<path d="{hole}" fill="url(#w)" fill-rule="evenodd"/>', paper]
    body += (
        [wash_down("u", -400, 200, [(0.0, p.ink, 0.5), (1.0, p.ink, 0.0)], world)]
        if not windows or min(w.box[1] for w in windows) > 200
        else []
    )
    body += [rect(left, hz - 26, right - left, 30, mix(tone, p.ink, 0.35))]
    body += [_frame_of(world, w, tone) for w in windows]
    made = [layer("wall", 0.35, *body, wash=0.8), _floor(world, floor, boards=boards)]
    made += [shaft(world, w) for w in windows[:2] if _shining(world)]
    return made


def ceiling(world: World, colour: str, *, high: float, depth: float = 0.4) -> Layer:
    """A low ceiling `high` above the floor's far edge: boards that run towards us, two beams across."""
    p, middle = world.palette, world.width / 2
    y, tone = world.horizon - high, mix(world.tone(colour), p.ink, 0.3)
    stops = [(0.0, mix(tone, p.ink, 0.75), 1.0), (1.0, tone, 1.0)]
    parts = [wash_down("k", y - 500, y, stops, world)]
    parts += [
        line(f"M{middle + i * 110:.0f} {y}L{middle + i * 400:.0f} {y - 500}", p.ink, 3, 0.5) for i in range(-16, 17)
    ]
    for above, thick in ((0, 24), (96, 44)):
        top, lit = y - above - thick, mix(tone, p.light, 0.08)
        parts.append(rect(world.left - 200, top, world.width * 1.6 + 400, thick, mix(lit, p.ink, 0.35)))
        parts.append(rect(world.left - 200, y - above - 4, world.width * 1.6 + 400, 6, p.ink, 0.6))
    return layer("ceiling", depth, *parts, wash=0.8)


def _shining(world: World) -> bool:
    return world.palette.bright > 0.3


def _frame_of(world: World, window: Window, tone: str) -> str:
    p = world.palette
    wood = mix(mix(tone, p.paper, 0.5), p.ink, 0.25 if world.night else 0.05)
    x0, y0, x1, y1 = window.box
    bars = "".join(f"M{x0 + window.width * i / window.across:.1f} {y0:.1f}V{y1:.1f}" for i in range(1, window.across))
    bars += "".join(f"M{x0:.1f} {y0 + window.height * i / window.down:.1f}H{x1:.1f}" for i in range(1, window.down))
    frame = line(window.path, mix(wood, p.ink, 0.35), 20) + line(window.path, wood, 12)
    sill = (
        rect(x0 - 22, y1 + 2, window.width + 44, 16, wood) + rect(x0 - 22, y1 + 18, window.width + 44, 7, p.ink, 0.35)
        if window.shape == "square"
        else ""
    )
    return line(bars, wood, 8) + frame + sill


def _floor(world: World, colour: str, *, boards: bool) -> Layer:
    p, hz = world.palette, world.horizon
    tone = mix(p.tone(colour), p.ground, 0.3)
    stops = [(0.0, mix(tone, p.ink, 0.35), 1.0), (0.3, tone, 1.0), (1.0, mix(tone, p.ink, 0.5), 1.0)]
    parts = [wash_down("f", hz, BOTTOM, stops, world)]
    middle = world.width / 2
    if boards:
        parts += [
            line(f"M{middle + i * 95:.0f} {hz}L{middle + i * 290:.0f} {BOTTOM}", p.ink, 2.2, 0.35)
            for i in range(-18, 19)
        ]
        chance = world.chance("boards")
        for _ in range(26):
            i, share = chance.randint(-9, 9), chance.uniform(0.05, 0.8)
            x0 = middle + i * (95 + 195 * share)
            parts.append(line(f"M{x0:.0f} {hz + (BOTTOM - hz) * share:.0f}h{95 + 195 * share:.0f}", p.ink, 2, 0.35))
    return layer("floor", 0.7, *parts, wash=0.8)


def shaft(world: World, window: Window) -> Layer:
    """Light that falls through a window across the room to the floor."""
    p = world.palette
    x0, y0, x1, _y1 = window.box
    way = -world.side * window.height * 1.25
    floor = world.horizon + 210
    shape = poly([(x0, y0), (x1, y0), (x1 + way * 1.5, floor), (x0 + way * 1.5, floor)])
    pool = poly(
        [
            (x0 + way * 1.05, world.horizon + 60),
            (x1 + way * 1.05, world.horizon + 60),
            (x1 + way * 1.6, floor + 70),
            (x0 + way * 1.6, floor + 70),
        ]
    )
    strength = 0.36 * p.bright
    stops = [(0.0, p.light, strength), (1.0, p.light, 0.02)]
    motion = Motion(kind=Sway.FLICKER, amount=0.10, period_s=6.0)
    return layer(
        "shaft",
        0.75,
        fade("s", stops),
        fill(shape, "url(#s)"),
        fill(pool, p.light, strength * 0.9),
        detail=0.3,
        blur=9,
        blend=Blend.LIGHT,
        motion=motion,
    )


def night_side(world: World) -> Layer:
    """The dark that gathers away from window and lamp."""
    p = world.palette
    from_left = world.side > 0
    stops = [(0.0, p.ink, 0.55 if world.night else 0.3), (0.45, p.ink, 0.0)]
    if not from_left:
        stops = [(1 - o, c, a) for o, c, a in reversed(stops)]
    body = across("d", stops) + rect(world.left - 200, -300, world.right - world.left + 400, BOTTOM + 300, "url(#d)")
    return layer("dark", 0.9, body, detail=0.1, wash=0.0)


def dusk_beam(world: World, points: list[tuple[float, float]], strength: float) -> Layer:
    """A free shape of light."""
    return layer(
        "beam",
        0.8,
        area(points, world.palette.light, strength),
        detail=0.3,
        blur=12,
        blend=Blend.LIGHT,
        motion=Motion(kind=Sway.FLICKER, amount=0.08, period_s=5.0),
    )


def sky_behind(world: World) -> list[Layer]:
    """The open sky, for rooms that are nearly all glass."""
    return places_sky.sky(replace(world, palette=palette.outdoors(world.setting.time, world.setting.weather)))
