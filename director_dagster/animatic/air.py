"""What is between us and the picture: rain, snow, veils, blown leaves, lightning; and the film's own grain."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from director_dagster.animatic.drawing import Drawing
from director_dagster.animatic.motion import flash
from director_dagster.animatic.palette import mix
from director_dagster.animatic.raster import Pixels, pixels, premultiply
from director_dagster.story.shot import Size, TimeOfDay, Weather


@dataclass(frozen=True, kw_only=True)
class Veil:
    """A tile that wanders over the picture, with what it lets through: repeated, so that any part can be cut out."""

    tile: Pixels
    through: Pixels
    dx_px_s: float
    dy_px_s: float

    def lay(self, stack: Pixels, time_s: float) -> None:
        """Lay it on `stack` where it is after `time_s`."""
        rows, columns = stack.shape[:2]
        left, top = int(-self.dx_px_s * time_s) % columns, int(-self.dy_px_s * time_s) % rows
        cut = (slice(top, top + rows), slice(left, left + columns))
        cv2.multiply(stack, self.through[cut], dst=stack, scale=1 / 255)
        cv2.add(stack, self.tile[cut], dst=stack)


def veils(drawing: Drawing) -> list[Veil]:
    """The veils of a drawing's weather; none indoors."""
    if drawing.interior:
        return []
    make: dict[Weather, Callable[[Drawing], list[Veil]]] = {
        Weather.RAIN: _rain, Weather.STORM: _rain, Weather.SNOW: _snow, Weather.FOG: _fog, Weather.WIND: _wind,
    }  # fmt: skip
    return make[drawing.weather](drawing) if drawing.weather in make else []


def lightning(drawing: Drawing, stack: Pixels, time_s: float) -> None:
    """Brighten all of `stack` while lightning strikes."""
    if drawing.weather is Weather.STORM:
        level = flash(time_s) * (0.35 if drawing.interior else 0.6)
        if level > 0.01:
            cv2.convertScaleAbs(stack, dst=stack, alpha=1 + level, beta=26 * level)


def corners(size: Size, strength: float) -> Pixels:
    """What each pixel keeps of its light: less in the corners. uint8 BGRA."""
    ys, xs = np.mgrid[-1 : 1 : size.height_px * 1j, -1 : 1 : size.width_px * 1j]
    far = np.clip((xs**2 + ys**2 - 0.45) / 1.55, 0, 1)
    kept = np.asarray(255 * (1 - strength * far**1.2), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(kept, cv2.COLOR_GRAY2BGRA), dtype=np.uint8)


def grain(size: Size, seed: int) -> Pixels:
    """A sheet of grain, 0 … 8, twice the frame's size less a little: any part of it can be cut out."""
    chance = np.random.Generator(np.random.PCG64(seed))
    rows, columns = size.height_px + 64, size.width_px + 64
    noise = chance.normal(4.0, 1.2, (rows, columns)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.7) * 1.5 - 2.0
    return np.asarray(cv2.cvtColor(np.clip(soft, 0, 8).astype(np.uint8), cv2.COLOR_GRAY2BGRA), dtype=np.uint8)


def _chance(drawing: Drawing, what: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([drawing.seed, what]))


def _veil(straight: Pixels, dx_px_s: float, dy_px_s: float) -> Veil:
    """A veil of straight BGRA, twice over in both directions."""
    once = premultiply(straight)
    through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(once, 3)), cv2.COLOR_GRAY2BGRA)
    tile, kept = np.tile(once, (2, 2, 1)), np.tile(through, (2, 2, 1))
    return Veil(tile=tile, through=pixels(kept), dx_px_s=dx_px_s, dy_px_s=dy_px_s)


def _sheet(size: Size, colour: str, alpha: Pixels) -> Pixels:
    straight = np.empty((size.height_px, size.width_px, 4), np.uint8)
    straight[..., :3] = [int(colour[i : i + 2], 16) for i in (5, 3, 1)]
    straight[..., 3] = alpha
    return straight


def _repeats(mask: Pixels) -> list[tuple[int, int]]:
    """Where a mark is drawn again, so that it goes on at the other side when it crosses the tile's edge."""
    rows, columns = mask.shape
    return [(dx, dy) for dx in (-columns, 0, columns) for dy in (-rows, 0, rows)]


def _speck(mask: Pixels, at: tuple[int, int], axes: tuple[int, int], degrees: float, alpha: int) -> None:
    for dx, dy in _repeats(mask):
        cv2.ellipse(mask, (at[0] + dx, at[1] + dy), axes, degrees, 0, 360, alpha, -1, cv2.LINE_AA)


def _rain(drawing: Drawing) -> list[Veil]:
    """Fine rain behind, larger drops before it; in a storm more of it, aslant."""
    dark = drawing.time in {TimeOfDay.NIGHT, TimeOfDay.DUSK} or drawing.weather is Weather.STORM
    pale = mix(drawing.fog, "#ffffff", 0.55 if dark else 0.85)
    grey = pale if dark else mix(drawing.fog, "#1c2733", 0.6)
    return [
        _rainfall(drawing, 0, [(300, 0.07, 1, 95)], 1.5, grey),
        _rainfall(drawing, 1, [(130, 0.13, 2, 120), (40, 0.2, 3, 90)], 2.4, pale),
    ]


def _rainfall(
    drawing: Drawing, which: int, drops: list[tuple[int, float, int, int]], speed: float, colour: str
) -> Veil:
    """Drops given by how many, how long (in heights), how thick (in pixels of 720), how dense (alpha)."""
    size, chance, storm = drawing.size, _chance(drawing, which), drawing.weather is Weather.STORM
    slant = (0.42 if storm else 0.20) * -drawing.light_from
    mask = np.zeros((size.height_px, size.width_px), np.uint8)
    for count, long, wide, alpha in drops:
        thick = max(1, round(wide * size.height_px / 720))
        length = long * size.height_px * (1 + 0.2 * drawing.near)
        for _ in range(int(count * (1.5 if storm else 1.0))):
            x, y = chance.uniform(0, size.width_px), chance.uniform(0, size.height_px)
            reach, dense = length * chance.uniform(0.6, 1.2), alpha * chance.uniform(0.5, 1.0) / drawing.near**0.45
            _streak(mask, (x, y), (x + reach * slant, y + reach), int(dense), thick)
    speed_px = speed * size.height_px
    return _veil(_sheet(size, colour, mask), speed_px * slant, speed_px)


def _streak(mask: Pixels, start: tuple[float, float], end: tuple[float, float], alpha: int, wide: int) -> None:
    for dx, dy in _repeats(mask):
        first, last = (round(start[0] + dx), round(start[1] + dy)), (round(end[0] + dx), round(end[1] + dy))
        cv2.line(mask, first, last, alpha, wide, cv2.LINE_AA)


def _snow(drawing: Drawing) -> list[Veil]:
    size = drawing.size
    white = mix("#ffffff", drawing.fog, 0.35 if drawing.time is TimeOfDay.NIGHT else 0.0)
    made = []
    for row, (count, radius, fall, soft) in enumerate(
        ((230, 1.2, 0.07, 0.7), (70, 2.6, 0.12, 1.1), (13, 8.0, 0.21, 4.2))
    ):
        chance = _chance(drawing, 10 + row)
        mask = np.zeros((size.height_px, size.width_px), np.uint8)
        for _ in range(round(count / drawing.near**0.7)):
            x, y = int(chance.integers(size.width_px)), int(chance.integers(size.height_px))
            size_px = radius * chance.uniform(0.5, 1.7) * size.height_px / 720 * (0.8 + 0.2 * drawing.near)
            reach = max(1, round(size_px))
            tall = max(1, round(size_px * chance.uniform(0.7, 1.0)))
            _speck(mask, (x, y), (reach, tall), float(chance.uniform(0, 90)), int(chance.uniform(110, 245)))
        mask = np.asarray(
            cv2.GaussianBlur(mask, (0, 0), soft * size.height_px / 720, borderType=cv2.BORDER_REFLECT), np.uint8
        )
        fall_px = fall * size.height_px
        made.append(_veil(_sheet(size, white, mask), fall_px * 0.35 * -drawing.light_from, fall_px))
    return made


def _fog(drawing: Drawing) -> list[Veil]:
    size = drawing.size
    night = drawing.time is TimeOfDay.NIGHT
    white = mix(drawing.fog, "#dfe6ee", 0.46 if night else 0.12)
    made = []
    for row, (cells, speed, most) in enumerate(((3, 0.018, 150), (5, -0.03, 110))):
        chance = _chance(drawing, 20 + row)
        noise = chance.random((cells, cells * 2)).astype(np.float32)
        wide = np.hstack((noise, noise, noise))
        smooth = cv2.resize(wide, (size.width_px * 3, size.height_px), interpolation=cv2.INTER_CUBIC)
        band = np.clip((smooth[:, size.width_px : 2 * size.width_px] - 0.15) / 0.7, 0, 1)
        ys = np.linspace(0, 1, size.height_px, dtype=np.float32)[:, None]
        lie = np.exp(-(((ys - 0.58) / (0.24 if night else 0.32)) ** 2)) * 0.8 + (0.16 if night else 0.2)
        alpha = np.asarray(
            most * (1.05 if night else 1.0) / drawing.near**0.6 * (0.35 + 0.65 * band) * lie, dtype=np.uint8
        )
        made.append(_veil(_sheet(size, white, alpha), speed * size.width_px, 0.0))
    return made


def _wind(drawing: Drawing) -> list[Veil]:
    size = drawing.size
    way = -drawing.light_from
    made = []
    leaf = mix(drawing.light, "#6b3d16", 0.72)
    unit = size.height_px / 720
    for row, (count, speed) in enumerate(((9, 0.55), (5, 0.9))):
        chance = _chance(drawing, 30 + row)
        mask = np.zeros((size.height_px, size.width_px), np.uint8)
        for _ in range(count):
            at = (int(chance.integers(size.width_px)), int(chance.integers(size.height_px)))
            long = chance.uniform(6, 11) * (1 + row * 0.7) * unit
            tilt = float(chance.uniform(-24, 24))
            _speck(mask, at, (round(long), max(2, round(long * 0.36))), tilt, 240)
        # What flies past is drawn out along its way.
        flown = pixels(cv2.GaussianBlur(mask, (0, 0), (2.6 + 1.6 * row) * unit, sigmaY=0.7 * unit,
                                        borderType=cv2.BORDER_REFLECT))  # fmt: skip
        made.append(_veil(_sheet(size, leaf, flown), way * speed * size.width_px, 0.06 * size.height_px))
    return [*made, _dust(drawing)]


def _dust(drawing: Drawing) -> Veil:
    """Streaks that the wind draws."""
    size, way = drawing.size, -drawing.light_from
    chance = _chance(drawing, 39)
    dust = np.zeros((size.height_px, size.width_px), np.uint8)
    unit = size.height_px / 720
    for _ in range(16):
        x, y = chance.uniform(0, size.width_px), chance.uniform(0.1, 0.9) * size.height_px
        long, bow = chance.uniform(0.14, 0.3) * size.width_px, chance.uniform(-0.06, 0.06)
        steps = np.linspace(0, 1, 13)
        xs, ys = x + long * steps, y + long * bow * np.sin(math.pi * steps)
        shade, wide = int(chance.uniform(60, 110)), max(2, round(chance.uniform(2, 5) * unit))
        for dx, dy in _repeats(dust):
            arc = np.stack([xs + dx, ys + dy], axis=1).round().astype(np.int32)
            cv2.polylines(dust, [arc], isClosed=False, color=shade, thickness=wide, lineType=cv2.LINE_AA)
    dust = np.asarray(
        cv2.GaussianBlur(dust, (0, 0), 14 * unit, sigmaY=2.2 * unit, borderType=cv2.BORDER_REFLECT), np.uint8
    )
    pale = mix(drawing.fog, "#ffffff", 0.6)
    return _veil(_sheet(size, pale, dust), way * 0.8 * size.width_px, 0.02 * size.height_px)
