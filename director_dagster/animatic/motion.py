"""What moves by itself in a picture: breath, wind, waves, flames, beams, steps, mouths; all functions of time."""

import math
import random
from dataclasses import dataclass

import numpy as np

from director_dagster.animatic.bones import STEPS
from director_dagster.animatic.drawing import Motion, Sway
from director_dagster.animatic.raster import Affine, Pixels, Sheet
from director_dagster.story.shot import Mouth

FPS = 24


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A moment of a shot: its frame, seconds since it began, and how far it is, 0 … 1."""

    frame: int
    time_s: float
    progress: float
    length_s: float


@dataclass(frozen=True, kw_only=True)
class Speaking:
    """How loud each character is, frame by frame, smoothed as a jaw is."""

    levels: dict[str, tuple[float, ...]]

    def at(self, actor: str, frame: int) -> float:
        """Loudness of `actor` at `frame`, 0 … 1."""
        levels = self.levels.get(actor, ())
        return levels[frame] if 0 <= frame < len(levels) else 0.0


def speaking(mouths: tuple[Mouth, ...], frames: int) -> Speaking:
    """`mouths` on the shot's own frames."""
    levels: dict[str, list[float]] = {}
    for mouth in mouths:
        track = levels.setdefault(mouth.character, [0.0] * frames)
        held = 0.0
        for index, level in enumerate(mouth.levels):
            held = max(min(max(level, 0.0), 1.0), held * 0.45)
            if 0 <= mouth.first_frame + index < frames:
                track[mouth.first_frame + index] = held
    return Speaking(levels={name: tuple(track) for name, track in levels.items()})


def cel(sheet: Sheet, clock: Clock, voices: Speaking, seed: int) -> int:
    """Which of the sheet's cels is shown."""
    kind = sheet.motion.kind
    if len(sheet.cels) == 1:
        return 0
    if kind is Sway.MOUTH:
        return _mouth_cel(voices.at(sheet.actor, clock.frame))
    if kind is Sway.BLINK:
        return int(_blinks(sheet.actor, clock.time_s, seed))
    if kind is Sway.STEP:
        return int(clock.time_s / _pace_s(sheet.motion, clock) * STEPS) % STEPS
    return 0


def gain(motion: Motion, clock: Clock) -> float:
    """How bright a light is, around 1."""
    turn = 2 * math.pi * (clock.time_s / motion.period_s + motion.phase)
    if motion.kind is Sway.FLICKER:
        return 1 - motion.amount * (
            0.5 + 0.28 * math.sin(turn) + 0.14 * math.sin(2.7 * turn + 1) + 0.08 * math.sin(5.3 * turn + 2)
        )
    if motion.kind is Sway.FLASH:
        return flash(clock.time_s) if clock.length_s else 1.0
    if motion.kind is Sway.BEAM:
        return 0.55 + 0.45 * abs(math.cos(turn))
    return 1.0


def flash(time_s: float) -> float:
    """Lightning: two quick strokes, every four seconds or so."""
    since = (time_s + 2.6) % 4.3
    return max(
        math.exp(-since * 9) if since < 0.6 else 0.0, 0.8 * math.exp(-(since - 0.22) * 7) if since >= 0.22 else 0.0
    )


def sway(sheet: Sheet, clock: Clock, voices: Speaking, unit: float) -> Affine:
    """How the sheet lies by its own motion, in pixels of the frame before the camera moves; `unit` pixels a unit."""
    motion = sheet.motion
    turn = 2 * math.pi * (clock.time_s / motion.period_s + motion.phase) if clock.length_s else 0.0
    wave = math.sin(turn)
    x, y = motion.pivot[0] * unit, motion.pivot[1] * unit
    match motion.kind:
        case Sway.BREATHE | Sway.MOUTH | Sway.BLINK:
            level = voices.at(sheet.actor, clock.frame)
            return _about(
                x, y, 1.0, 1 + motion.amount * (0.5 * wave + 0.55 * level), 0.16 * math.sin(turn * 0.43) + 0.5 * level
            )
        case Sway.BEND:
            lean = motion.amount * unit / (400 * unit) * (0.7 * wave + 0.3 * math.sin(2.3 * turn + 1))
            return np.array([[1.0, -lean, lean * y], [0.0, 1.0, 0.0]])
        case Sway.SWELL:
            return _move(motion.amount * unit * wave, motion.amount * unit * 0.22 * math.cos(turn))
        case Sway.DRIFT:
            return _move(_drift(motion, clock) * unit, 0.0)
        case Sway.STEP:
            return _move(stride(motion, clock) * unit, 0.0)
        case Sway.SWING:
            return _about(x, y, 1.0, 1.0, motion.amount * wave)
        case Sway.ROCK:
            return _move(0.0, 1.6 * motion.amount * unit * math.cos(turn)) @ _square(
                _about(x, y, 1.0, 1.0, 0.5 * motion.amount * wave)
            )
        case Sway.BEAM:
            return _about(x, y, math.cos(turn) if clock.length_s else 0.93, 1.0, 0.0)
        case _:
            return _move(0.0, 0.0)


def stride(motion: Motion, clock: Clock) -> float:
    """How far a walker is from the middle of its way, in units: at its own pace, but never out of the picture."""
    way = abs(motion.amount) / motion.period_s * clock.length_s
    return math.copysign(min(way, _LONGEST_WAY), motion.amount) * (clock.progress - 0.5) if clock.length_s else 0.0


def rolled(cel: Pixels, motion: Motion, clock: Clock) -> Pixels:
    """`cel` run through sideways (a landscape passing a window, mirrored where it ends) or downwards (rain)."""
    if motion.kind is Sway.FALL:
        return np.roll(cel, int(motion.amount * clock.time_s) % cel.shape[0], axis=0)
    width = cel.shape[1]
    offset = int(motion.amount * clock.time_s) % (2 * width)
    return np.ascontiguousarray(np.roll(np.concatenate((cel, cel[:, ::-1]), axis=1), -offset, axis=1)[:, :width])


_LONGEST_WAY = 420.0
_LONGEST_DRIFT = 130.0


def _pace_s(motion: Motion, clock: Clock) -> float:
    """Seconds for two steps: slower where the way is short."""
    way = abs(motion.amount) / motion.period_s * max(clock.length_s, 1e-6)
    return motion.period_s * max(1.0, way / _LONGEST_WAY)


def _drift(motion: Motion, clock: Clock) -> float:
    way = min(abs(motion.amount) * clock.length_s, _LONGEST_DRIFT)
    return math.copysign(way, motion.amount) * (clock.progress - 0.5) if clock.length_s else 0.0


def _mouth_cel(level: float) -> int:
    return sum(level >= bound for bound in (0.08, 0.30, 0.62))


def _blinks(actor: str, time_s: float, seed: int) -> bool:
    """Eyes close for an eighth of a second, every two to five seconds."""
    chance = random.Random(f"blink {actor} {seed}")
    at = chance.uniform(0.8, 3.0)
    while at < time_s:
        if time_s - at < 0.13:
            return True
        at += chance.uniform(2.0, 5.0)
    return False


def _move(dx: float, dy: float) -> Affine:
    return np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])


def _about(x: float, y: float, across: float, down: float, degrees: float) -> Affine:
    """Scale and turn about a point."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a, b, d, e = c * across, -s * down, s * across, c * down
    return np.array([[a, b, x - a * x - b * y], [d, e, y - d * x - e * y]])


def _square(matrix: Affine) -> Affine:
    return np.vstack((matrix, (0.0, 0.0, 1.0)))
