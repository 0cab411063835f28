"""Layers to pixels: SVG is rasterised once, washed like paper, lit at its edges, and laid in a stack."""

import math
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

from director_dagster.animatic.drawing import Blend, Box, Drawing, Layer, Motion, Sway, bleed_box
from director_dagster.animatic.ink import num

Pixels = NDArray[np.uint8]
Affine = NDArray[np.float64]

# One thread: a shot is drawn by one process, and the studio runs one such process a core.
cv2.setNumThreads(1)


def pixels(picture: object) -> Pixels:
    """What OpenCV gives back, as what it is: its stubs do not say that bytes stay bytes."""
    return np.asarray(picture, dtype=np.uint8)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A layer in pixels.

    Attributes:
        cels: uint8, shape (height, width, 4): BGR multiplied by alpha, then 255 − alpha.
        to_frame: Takes its pixels to pixels of the frame when nothing moves.
        opaque: It covers all that is behind it.
    """

    name: str
    depth: float
    cels: tuple[Pixels, ...]
    to_frame: Affine
    blend: Blend
    motion: Motion
    actor: str
    opaque: bool


def sheets(drawing: Drawing) -> list[Sheet]:
    """The layers of `drawing` in pixels, back to front; empty ones left out."""
    made = [_sheet(layer, drawing) for layer in drawing.layers]
    return [sheet for sheet in made if sheet is not None]


def merged(stack: list[Sheet], drawing: Drawing) -> list[Sheet]:
    """`stack` with neighbours that nothing moves apart laid into one sheet; fewer sheets are faster to film."""
    apart = 0.09 * drawing.near**2
    made: list[Sheet] = []
    for sheet in stack:
        if made and _together(made[-1], sheet, apart):
            made[-1] = _one(made[-1], sheet, drawing)
        else:
            made.append(sheet)
    return made


def _together(below: Sheet, above: Sheet, apart: float) -> bool:
    plain = all(s.motion.kind is Sway.STILL and s.blend is Blend.OVER and len(s.cels) == 1 for s in (below, above))
    return plain and not (below.actor or above.actor) and abs(below.depth - above.depth) <= apart


def _one(below: Sheet, above: Sheet, drawing: Drawing) -> Sheet:
    box = bleed_box(drawing.size)
    unit = drawing.size.height_px / 1000
    columns, rows = math.ceil((box[2] - box[0]) * unit), math.ceil((box[3] - box[1]) * unit)
    shift = np.array([[1.0, 0.0, -box[0] * unit], [0.0, 1.0, -box[1] * unit]])
    border = cv2.BORDER_REPLICATE if below.opaque else cv2.BORDER_CONSTANT
    base = _moved(below.cels[0], times(shift, below.to_frame), columns, rows, border)
    top = _moved(above.cels[0], times(shift, above.to_frame), columns, rows, cv2.BORDER_CONSTANT)
    through = cv2.extractChannel(top, 3)
    under = cv2.multiply(base, cv2.merge([through] * 4), scale=1 / 255)
    cv2.insertChannel(np.zeros_like(through), top, 3)
    both = pixels(cv2.add(under, top))
    back = np.array([[1.0, 0.0, box[0] * unit], [0.0, 1.0, box[1] * unit]])
    return replace(below, name=f"{below.name}, {above.name}", cels=(both,), to_frame=back)


def _moved(cel: Pixels, matrix: Affine, columns: int, rows: int, border: int) -> Pixels:
    moved = cv2.warpAffine(
        cel, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=(0, 0, 0, 255)
    )
    return pixels(moved)


def lay(stack: Pixels, cel: Pixels, matrix: Affine, blend: Blend, *, gain: float = 1.0) -> None:
    """Lay `cel`, moved by `matrix`, on the picture `stack` (uint8, BGRA; its fourth channel means nothing)."""
    height, width = stack.shape[:2]
    left, top, right, bottom = _reach(cel, matrix, width, height)
    if right <= left or bottom <= top:
        return
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    part = cv2.warpAffine(cel, moved, (right - left, bottom - top), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0, 255))
    under = stack[top:bottom, left:right]
    if blend is Blend.LIGHT:
        stack[top:bottom, left:right] = cv2.addWeighted(under, 1.0, part, gain, 0.0)
        return
    through = cv2.cvtColor(cv2.extractChannel(part, 3), cv2.COLOR_GRAY2BGRA)
    if gain < 1.0:
        through = cv2.addWeighted(through, gain, through, 0.0, 255 * (1 - gain))
        part = cv2.convertScaleAbs(part, alpha=gain)
    if blend is Blend.SHADE:
        stack[top:bottom, left:right] = cv2.multiply(under, through, scale=1 / 255)
        return
    stack[top:bottom, left:right] = cv2.add(cv2.multiply(under, through, scale=1 / 255), part)


def cover(sheet: Sheet, matrix: Affine, width: int, height: int) -> Pixels:
    """A picture of nothing but `sheet`, moved by `matrix`, its edges drawn out."""
    return _moved(sheet.cels[0], matrix, width, height, cv2.BORDER_REPLICATE)


def times(outer: Affine, inner: Affine) -> Affine:
    """The map that does `inner`, then `outer` (both 2x3)."""
    product: Affine = outer[:, :2] @ inner
    product[:, 2] += outer[:, 2]
    return product


def _reach(cel: Pixels, matrix: Affine, width: int, height: int) -> tuple[int, int, int, int]:
    rows, columns = cel.shape[:2]
    corners = np.array([(-1, -1, 1), (columns, -1, 1), (-1, rows, 1), (columns, rows, 1)], dtype=np.float64)
    xs, ys = matrix @ corners.T
    left, top = max(math.floor(xs.min()), 0), max(math.floor(ys.min()), 0)
    return left, top, min(math.ceil(xs.max()) + 1, width), min(math.ceil(ys.max()) + 1, height)


def _sheet(layer: Layer, drawing: Drawing) -> Sheet | None:
    box = _inked(layer, drawing)
    scale = drawing.size.height_px / 1000 * layer.detail
    columns, rows = math.ceil((box[2] - box[0]) * scale), math.ceil((box[3] - box[1]) * scale)
    if columns < 2 or rows < 2:
        return None
    cels = [_finish(_paint(svg, box, columns, rows), layer, drawing, scale) for svg in layer.cels]
    if not any(int(cel[..., 3].min()) < 255 for cel in cels):
        return None
    whole = box == bleed_box(drawing.size) and layer.blend is Blend.OVER and len(cels) == 1
    opaque = whole and not cels[0][..., 3].any()
    cels, left, top = _trim(cels)
    back = 1 / layer.detail
    to_frame = np.array(
        [
            [back, 0.0, (left + 0.5) * back - 0.5 + box[0] * scale * back],
            [0.0, back, (top + 0.5) * back - 0.5 + box[1] * scale * back],
        ]
    )
    return Sheet(
        name=layer.name, depth=layer.depth, cels=tuple(cels), to_frame=to_frame, blend=layer.blend,
        motion=layer.motion, actor=layer.actor, opaque=opaque,
    )  # fmt: skip


def _inked(layer: Layer, drawing: Drawing) -> Box:
    """Where the layer has anything, found on a small proof: what is small is then rasterised small."""
    whole = _within(layer.box, _room(layer, drawing))
    if whole[2] - whole[0] < 2 or whole[3] - whole[1] < 2:
        return (0.0, 0.0, 0.0, 0.0)
    columns = math.ceil((whole[2] - whole[0]) * _PROOF)
    rows = math.ceil((whole[3] - whole[1]) * _PROOF)
    there = np.zeros((rows, columns), dtype=bool)
    for svg in layer.cels:
        there |= _paint(svg, whole, columns, rows)[..., 3] > 0
    ys, xs = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(xs):
        return (0.0, 0.0, 0.0, 0.0)
    margin = 2 / _PROOF + 3 * layer.blur
    found = (
        xs[0] / _PROOF - margin,
        ys[0] / _PROOF - margin,
        (xs[-1] + 1) / _PROOF + margin,
        (ys[-1] + 1) / _PROOF + margin,
    )
    left, top = whole[0], whole[1]
    return _within((left + found[0], top + found[1], left + found[2], top + found[3]), whole)


def _room(layer: Layer, drawing: Drawing) -> Box:
    """What of a layer can come to be seen: a beam that turns is narrowed, and would show where it was cut off."""
    left, top, right, bottom = bleed_box(drawing.size)
    more = drawing.width if layer.motion.kind is Sway.BEAM else 0.0
    return (left - more, top, right + more, bottom)


_PROOF = 0.1
"""Pixels a unit of a proof."""


def _within(box: Box | None, limit: Box) -> Box:
    if box is None:
        return limit
    return (max(box[0], limit[0]), max(box[1], limit[1]), min(box[2], limit[2]), min(box[3], limit[3]))


def _trim(cels: list[Pixels]) -> tuple[list[Pixels], int, int]:
    """The cels without their empty margins, and how much was taken off at left and top."""
    there = np.zeros(cels[0].shape[:2], dtype=bool)
    for cel in cels:
        there |= cel[..., 3] < 255
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return [np.ascontiguousarray(cel[top:bottom, left:right]) for cel in cels], int(left), int(top)


def _paint(svg: str, box: Box, columns: int, rows: int) -> Pixels:
    """`svg` rasterised: uint8 BGRA, multiplied by alpha."""
    view = " ".join(num(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns}" height="{rows}" viewBox="{view}" '
        f'preserveAspectRatio="none">{svg}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)
    return premultiply(_bgra(pixels(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED))))


def _bgra(picture: Pixels) -> Pixels:
    if picture.ndim == 3 and picture.shape[2] == 4:
        return picture
    code = cv2.COLOR_GRAY2BGRA if picture.ndim == 2 else cv2.COLOR_BGR2BGRA
    return pixels(cv2.cvtColor(picture, code))


def premultiply(straight: Pixels) -> Pixels:
    """BGRA with its colours multiplied by its alpha."""
    alpha = cv2.extractChannel(straight, 3)
    product = cv2.multiply(straight, cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGRA), scale=1 / 255)
    cv2.insertChannel(alpha, product, 3)
    return pixels(product)


def _finish(picture: Pixels, layer: Layer, drawing: Drawing, scale: float) -> Pixels:
    """`picture` out of focus, washed and lit as `layer` asks, its fourth channel turned into 255 − alpha."""
    if layer.blur:
        picture = pixels(cv2.GaussianBlur(picture, (0, 0), layer.blur * scale, borderType=cv2.BORDER_REPLICATE))
    alpha = pixels(cv2.extractChannel(picture, 3))
    if layer.wash:
        picture = _wash(picture, alpha, layer.wash, scale, drawing.seed)
    if layer.rim:
        picture = _rim(picture, alpha, layer.rim, drawing, scale)
    cv2.insertChannel(cv2.bitwise_not(alpha), picture, 3)
    return picture


def _wash(picture: Pixels, alpha: Pixels, strength: float, scale: float, seed: int) -> Pixels:
    """Pigment lies unevenly and gathers at the edge of a wash."""
    rows, columns = alpha.shape
    grain = _paper_for(rows, columns, scale, seed)
    size = max(3, int(9 * scale) | 1)
    inner = cv2.blur(cv2.blur(alpha, (size, size)), (size, size))
    edge = cv2.subtract(alpha, inner)
    kept = cv2.addWeighted(grain, strength, edge, -0.55 * strength, 128 * (1 - strength))
    return pixels(cv2.multiply(picture, cv2.cvtColor(kept, cv2.COLOR_GRAY2BGRA), scale=1 / 128))


def _paper_for(rows: int, columns: int, scale: float, seed: int) -> Pixels:
    """Paper whose mottles are as large in the frame whatever the layer's resolution."""
    sheet = paper(seed % 8)
    step = 0.72 / scale
    if step <= 1.5:
        return sheet[:rows, :columns]
    high, wide = min(round(rows * step), sheet.shape[0]), min(round(columns * step), sheet.shape[1])
    return pixels(cv2.resize(sheet[:high, :wide], (columns, rows), interpolation=cv2.INTER_AREA))


@cache
def paper(variant: int) -> Pixels:
    """Mottled paper: uint8 around 128, larger than any frame with its bleed."""
    chance = np.random.Generator(np.random.PCG64(variant))
    side = 1664
    sheet = np.zeros((side, side), dtype=np.float32)
    for cells, weight in ((7, 6.0), (22, 4.5), (70, 3.5), (300, 3.5)):
        noise = chance.standard_normal((cells, cells)).astype(np.float32)
        sheet += cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC) * weight
    return np.asarray(np.clip(128 + sheet, 64, 192), dtype=np.uint8)


def _rim(picture: Pixels, alpha: Pixels, strength: float, drawing: Drawing, scale: float) -> Pixels:
    """Light along the edge that faces its source, and a soft shade on the other side: a body, not a cut-out."""
    side = 1 if drawing.light_from >= 0 else -1
    reach = max(1.0, 7 * scale * min(strength * 2, 1.6))
    edge = cv2.subtract(alpha, _shift(alpha, -side * reach, reach * 0.75))
    edge = cv2.min(cv2.blur(edge, (3, 3)), alpha)
    body = max(9, int(min(alpha.shape) * 0.16) | 1)
    soft = pixels(cv2.blur(cv2.blur(alpha, (body, body)), (body, body)))
    away = cv2.subtract(alpha, _shift(soft, side * body * 0.55, body * 0.1))
    kept = cv2.addWeighted(away, -0.42, away, 0.0, 255)
    shaded = cv2.multiply(picture, cv2.cvtColor(kept, cv2.COLOR_GRAY2BGRA), scale=1 / 255)
    blue, green, red = (int(drawing.light[i : i + 2], 16) / 255 for i in (5, 3, 1))
    lit = cv2.merge([cv2.convertScaleAbs(edge, alpha=c * strength) for c in (blue, green, red)] + [alpha * 0])
    return pixels(cv2.add(shaded, lit))


def _shift(channel: Pixels, dx: float, dy: float) -> Pixels:
    rows, columns = channel.shape
    matrix = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])
    return pixels(cv2.warpAffine(channel, matrix, (columns, rows)))
