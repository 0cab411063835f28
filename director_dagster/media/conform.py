"""A clip's pictures as the film needs them: its size, its frame rate, its colours, faded and blended."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat
from math import floor
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from director_dagster.errors import MediaDamaged
from director_dagster.media.encode import EXACT, Pixels
from director_dagster.media.probe import opened, picture_stream
from director_dagster.story.cut import FPS

# Pictures are held as FFmpeg's planar 4:2:0: uint8, shape (height * 3 / 2, width), first Y, then U, then V.
BLACK = (16, 128, 128)
WHOLE = 256
"""The weight of a picture that is seen alone."""

UNTAGGED = 2
"""FFmpeg's AVCOL_SPC_UNSPECIFIED."""

HD_LINES = 720
"""A picture without a colour tag is BT.709 from so many lines on and BT.601 below, as players take it."""


def pictures(path: Path, *, first: int, width_px: int, height_px: int, fps: Fraction = FPS) -> Iterator[Pixels]:
    """The clip's pictures from frame `first` on (0: the clip's start), at the film's size and rate (or another `fps`).

    They are scaled into the size with black bars. After the clip's end its last picture is held, for ever. Raises
    `MediaDamaged` when the clip cannot be read.
    """
    with opened(path) as container:
        stream = picture_stream(container, path)
        stream.thread_count = 1
        fit = _Fitter(width_px, height_px, Fraction(stream.sample_aspect_ratio or 1))
        start_s = (stream.start_time or 0) * Fraction(stream.time_base or 1)
        if first:
            container.seek(floor((start_s + first / fps) / Fraction(stream.time_base or 1)), stream=stream)
        shown, number = None, first
        for frame in container.decode(stream):
            due = floor((_time_s(frame) - start_s) * fps + Fraction(1, 2))
            while shown is not None and number < due:
                yield fit(shown)
                number += 1
            shown = frame
    if shown is None:
        raise MediaDamaged(f"{path.name}: no picture decodes")
    yield from repeat(fit(shown))


def blend(below: Pixels, above: Pixels, weight: int) -> Pixels:
    """`above` over `below`: weight 0 shows `below` alone, `WHOLE` shows `above` alone."""
    mixed = np.multiply(below, WHOLE - weight, dtype=np.uint16)
    mixed += np.multiply(above, weight, dtype=np.uint16)
    mixed += WHOLE // 2
    mixed //= WHOLE
    return mixed.astype(np.uint8)


def black(width_px: int, height_px: int) -> Pixels:
    """A black picture."""
    picture = np.empty((height_px * 3 // 2, width_px), np.uint8)
    for plane, value in zip(_planes(picture), BLACK, strict=True):
        plane[:] = value
    return picture


def inside(aspect: Fraction, size: tuple[int, int]) -> tuple[int, int]:
    """The largest even size of the given aspect within `size`."""
    width, height = size
    if aspect > Fraction(width, height):
        return width, max(2, round(width / aspect / 2) * 2)
    return max(2, round(height * aspect / 2) * 2), height


def _time_s(frame: VideoFrame) -> Fraction:
    if frame.pts is None:
        raise MediaDamaged("a frame without a time")
    return frame.pts * Fraction(frame.time_base or 1)


class _Fitter:
    """Makes a picture of one size from any frame; `aspect` is the width of its pixels over their height."""

    def __init__(self, width_px: int, height_px: int, aspect: Fraction) -> None:
        self._size = (width_px, height_px)
        self._aspect = aspect
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Pixels:
        inner = inside(frame.width * self._aspect / frame.height, self._size)
        untagged = Colorspace.ITU709 if frame.height >= HD_LINES else Colorspace.ITU601
        scaled = self._reformatter.reformat(
            frame,
            width=inner[0],
            height=inner[1],
            format="yuv420p",
            src_colorspace=untagged if frame.colorspace == UNTAGGED else None,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=EXACT,
            threads=1,
        )
        planes = np.asarray(scaled.to_ndarray(), np.uint8)
        return planes if inner == self._size else _framed(planes, self._size)


def _framed(picture: Pixels, size: tuple[int, int]) -> Pixels:
    frame = black(*size)
    # In steps of two pixels, which are one of colour.
    for outer, inner, step in zip(_planes(frame), _planes(picture), (2, 1, 1), strict=True):
        top, left = ((whole - part) // (2 * step) * step for whole, part in zip(outer.shape, inner.shape, strict=True))
        outer[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return frame


def _planes(picture: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Views of Y, U and V."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    blue, red = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], blue, red
