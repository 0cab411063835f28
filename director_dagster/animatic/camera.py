"""The camera: films a drawn frame, layer by layer, or any other picture flat; eased, and never quite still."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from director_dagster.animatic import air, letters, motion, raster
from director_dagster.animatic.drawing import BLEED, STILL, Blend, Drawing, Sway, read
from director_dagster.animatic.motion import FPS, Clock, Speaking
from director_dagster.animatic.raster import Affine, Pixels, Sheet
from director_dagster.errors import BadInput
from director_dagster.media.encode import VideoWriter
from director_dagster.story.shot import Mouth, Move, Size, TimeOfDay, Weather

_ZOOM = 0.085
_PAN = 0.055
_TILT = 0.055


@dataclass(frozen=True, kw_only=True)
class Lens:
    """Where the camera is: how much larger the plane of the figures is, and how far it is shifted, in frame sides."""

    zoom: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def at(self, depth: float, size: Size) -> Affine:
        """What it does to a plane at `depth`."""
        scale = 1 + (self.zoom - 1) * (0.35 + 0.65 * depth)
        share = 0.2 + 0.8 * min(depth, 1.5)
        x, y = size.width_px / 2, size.height_px / 2
        return np.array([[scale, 0.0, x * (1 - scale) + self.dx * share * size.width_px],
                         [0.0, scale, y * (1 - scale) + self.dy * share * size.height_px]])  # fmt: skip


def still(drawing: Drawing) -> Pixels:
    """The drawing as it stands on a storyboard: RGB, uint8."""
    return picture(
        film(drawing), Lens(), Clock(frame=0, time_s=0.0, progress=0.5, length_s=0.0), Speaking(levels={}), 0
    )


def shoot(
    frame: bytes, *, move: Move, frames: int, size: Size, mouths: tuple[Mouth, ...], seed: int, out: Path
) -> None:
    """Film `frame` (PNG or any other picture) for `frames` frames and write the moving picture to `out`.

    A picture that carries its drawing is filmed in depth, its people breathe and those of `mouths` speak; any other
    one is filmed flat. The same arguments give the same bytes. Raises BadInput when `frame` is no picture.
    """
    drawing = read(frame)
    made = _flat(frame, size, seed) if drawing is None else film(replace(drawing, size=size))
    voices = motion.speaking(mouths, frames)
    length_s = frames / FPS
    with VideoWriter(out, width_px=size.width_px, height_px=size.height_px) as writer:
        for index in range(frames):
            progress = index / max(frames - 1, 1)
            clock = Clock(frame=index, time_s=index / FPS, progress=progress, length_s=length_s)
            writer.write(picture(made, lens(move, clock, seed), clock, voices, seed))


@dataclass(frozen=True, kw_only=True)
class Film:
    """All that is made once a shot."""

    drawing: Drawing
    sheets: tuple[Sheet, ...]
    veils: tuple[air.Veil, ...]
    corners: Pixels
    grain: Pixels
    caption: tuple[Pixels, Pixels] | None = None


def film(drawing: Drawing) -> Film:
    """All of `drawing` in pixels."""
    words = letters.caption(drawing.caption, drawing.size) if drawing.caption else None
    return Film(
        drawing=drawing,
        sheets=tuple(raster.merged(raster.sheets(drawing), drawing)),
        veils=tuple(air.veils(drawing)),
        corners=air.corners(drawing.size, drawing.vignette),
        grain=air.grain(drawing.size, drawing.seed),
        caption=None if words is None else (words, letters.behind(words)),
    )


def _flat(frame: bytes, size: Size, seed: int) -> Film:
    """A film of one plane: the picture, covering the frame and the room that the camera needs."""
    picture = cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadInput("the frame to be filmed is no picture")
    rows, columns = picture.shape[:2]
    scale = max(size.width_px / columns, size.height_px / rows) * (1 + 2 * BLEED)
    to_frame = np.array(
        [[scale, 0.0, (size.width_px - columns * scale) / 2], [0.0, scale, (size.height_px - rows * scale) / 2]]
    )
    colours = raster.pixels(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA))
    colours[..., 3] = 0
    sheet = Sheet(
        name="picture",
        depth=1.0,
        cels=(colours,),
        to_frame=to_frame,
        blend=Blend.OVER,
        motion=STILL,
        actor="",
        opaque=True,
    )
    drawing = Drawing(size=size, layers=(), interior=True, time=TimeOfDay.DAY, weather=Weather.CLEAR, light="#ffffff",
                      light_from=1.0, fog="#ffffff", vignette=0.15, near=1.0, seed=seed)  # fmt: skip
    return Film(
        drawing=drawing, sheets=(sheet,), veils=(), corners=air.corners(size, 0.15), grain=air.grain(size, seed)
    )


def lens(move: Move, clock: Clock, seed: int) -> Lens:
    """Where the camera is: eased in and out, with the little unrest of a hand."""
    eased = 0.5 - 0.5 * math.cos(math.pi * clock.progress)
    away = eased - 0.5
    reach = min(1.0, 0.45 + clock.length_s / 8)
    phase = seed % 628 / 100
    hand_x = 0.0028 * math.sin(0.9 * clock.time_s + phase) + 0.0012 * math.sin(2.1 * clock.time_s + 2 * phase)
    hand_y = 0.0024 * math.sin(0.7 * clock.time_s + 1 + phase)
    base = 1.022
    view = {
        Move.HOLD: Lens(zoom=base + 0.012 * eased),
        Move.PUSH: Lens(zoom=base + _ZOOM * reach * eased),
        Move.PULL: Lens(zoom=base + _ZOOM * reach * (1 - eased)),
        Move.PAN_LEFT: Lens(zoom=base, dx=_PAN * reach * 2 * away),
        Move.PAN_RIGHT: Lens(zoom=base, dx=-_PAN * reach * 2 * away),
        Move.TILT_UP: Lens(zoom=base, dy=_TILT * reach * 2 * away),
        Move.TILT_DOWN: Lens(zoom=base, dy=-_TILT * reach * 2 * away),
        Move.DRIFT: Lens(zoom=base + 0.03 * eased, dx=(0.5 if seed % 2 else -0.5) * _PAN * 2 * away),
    }[move]
    return replace(view, dx=view.dx + hand_x, dy=view.dy + hand_y)


def picture(made: Film, view: Lens, clock: Clock, voices: Speaking, seed: int) -> Pixels:
    """One frame, RGB."""
    size = made.drawing.size
    unit = size.height_px / 1000
    stack = np.zeros((size.height_px, size.width_px, 4), np.uint8)
    first = max((i for i, sheet in enumerate(made.sheets) if sheet.opaque), default=0)
    for sheet in made.sheets[first:]:
        own = motion.sway(sheet, clock, voices, unit)
        matrix = raster.times(view.at(sheet.depth, size), raster.times(own, sheet.to_frame))
        if sheet.opaque:
            stack = raster.cover(sheet, matrix, size.width_px, size.height_px)
            continue
        _lay(stack, sheet, matrix, clock, voices, seed)
    air.lightning(made.drawing, stack, clock.time_s if clock.length_s else 2.0)
    for veil in made.veils:
        veil.lay(stack, clock.time_s + 1.0)
    cv2.multiply(stack, made.corners, dst=stack, scale=1 / 255)
    _roughen(stack, made.grain, clock.frame)
    rgb = raster.pixels(cv2.cvtColor(stack, cv2.COLOR_BGRA2RGB))
    return letters.lay(rgb, *made.caption, _shown(clock)) if made.caption else rgb


def _shown(clock: Clock) -> float:
    """How much of a caption is seen: it comes and goes within the shot, and stands on a storyboard."""
    return min(clock.time_s - 0.4, clock.length_s - 0.3 - clock.time_s, 1.0) if clock.length_s else 1.0


def _lay(stack: Pixels, sheet: Sheet, matrix: Affine, clock: Clock, voices: Speaking, seed: int) -> None:
    cel = sheet.cels[motion.cel(sheet, clock, voices, seed)]
    kind = sheet.motion.kind
    if kind is Sway.RISE:
        _rise(stack, sheet, matrix, clock)
    elif kind in {Sway.RUSH, Sway.FALL}:
        raster.lay(stack, motion.rolled(cel, sheet.motion, clock), matrix, sheet.blend)
    else:
        raster.lay(stack, cel, matrix, sheet.blend, gain=motion.gain(sheet.motion, clock))


def _rise(stack: Pixels, sheet: Sheet, matrix: Affine, clock: Clock) -> None:
    """Smoke: two of it, each rising and fading while the other one begins."""
    for half in (0.0, 0.5):
        share = (clock.time_s / sheet.motion.period_s + half) % 1.0
        lifted = matrix.copy()
        lifted[1, 2] -= sheet.motion.amount * share * abs(matrix[1, 1])
        raster.lay(stack, sheet.cels[0], lifted, sheet.blend, gain=1 - abs(2 * share - 1))


def _roughen(stack: Pixels, grain: Pixels, frame: int) -> None:
    """Grain, another one in each frame; what it adds on average it takes away."""
    rows, columns = stack.shape[:2]
    a, b = (frame * 29) % 61, (frame * 17) % 59
    cv2.add(stack, grain[a : a + rows, b : b + columns], dst=stack)
    cv2.subtract(stack, grain[b : b + rows, a : a + columns], dst=stack)
