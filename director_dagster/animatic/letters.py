"""Lettering: text in lines that fit, in Lato or, for letters it lacks, in Source Sans; laid over a picture."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from director_dagster.animatic.raster import Pixels
from director_dagster.media import fonts
from director_dagster.story.shot import Size

Font = ImageFont.FreeTypeFont

_INK = (246, 238, 222)
_LEADING = 1.22


def fitted(text: str, room: tuple[float, float], largest: float, least: float) -> tuple[list[str], Font]:
    """`text` in lines, as large as fits `room` (width, height, in pixels); at the least size the rest is cut."""
    size = largest
    while True:
        font = font_for(text, size)
        lines = _wrapped(text, font, room[0])
        fits = len(lines) * size * _LEADING <= room[1] and all(font.getlength(row) <= room[0] for row in lines)
        if fits or size <= least:
            return [_cut(row, font, room[0]) for row in _at_most(lines, int(room[1] / (size * _LEADING)))], font
        size = max(least, size * 0.93)


def on_one_line(text: str, room: float, largest: float) -> Font:
    """The font in which `text` is at most `room` pixels long."""
    length = font_for(text, largest).getlength(text)
    return font_for(text, max(largest * min(1.0, room / max(length, 1.0)), 6.0))


def font_for(text: str, size: float) -> Font:
    """The first of our fonts that has all letters of `text` (the first of all when none has), at `size` pixels."""
    wanted = {ord(letter) for letter in text if not letter.isspace()}
    regular = [file for file in fonts.files() if file.stem.endswith("-Regular")]
    return _font(next((file for file in regular if wanted <= _has(file)), regular[0]), size)


def caption(text: str, size: Size) -> Pixels:
    """What `text` covers of a frame when it stands low on it: uint8, shape (height, width)."""
    page = Image.new("L", (size.width_px, size.height_px), 0)
    pen = ImageDraw.Draw(page)
    unit = min(size.width_px, size.height_px)
    lines, font = fitted(text, (size.width_px * 0.8, unit * 0.22), unit * 0.052, unit * 0.022)
    top = size.height_px * 0.87 - font.size * _LEADING * len(lines)
    for i, row in enumerate(lines):
        pen.text((size.width_px / 2, top + font.size * _LEADING * (i + 0.5)), row, font=font, fill=255, anchor="mm")
    return np.asarray(page, dtype=np.uint8)


def behind(cover: Pixels) -> Pixels:
    """A soft shade behind words, wide enough to carry them."""
    wide = cv2.dilate(cover, np.ones((25, 61), np.uint8))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), min(cover.shape) / 22), dtype=np.uint8)


def lay(picture: Pixels, cover: Pixels, shade: Pixels, shown: float) -> Pixels:
    """`picture` (RGB) with words on it: what they cover, over their `shade`; `shown` 0 not yet … 1 fully."""
    if shown <= 0:
        return picture
    dark = cv2.cvtColor(cv2.addWeighted(shade, -0.6 * shown, shade, 0.0, 255), cv2.COLOR_GRAY2RGB)
    words = cv2.cvtColor(cv2.convertScaleAbs(cover, alpha=shown), cv2.COLOR_GRAY2RGB)
    under = cv2.multiply(cv2.multiply(picture, dark, scale=1 / 255), cv2.bitwise_not(words), scale=1 / 255)
    return np.asarray(cv2.add(under, cv2.multiply(np.full_like(picture, _INK), words, scale=1 / 255)), dtype=np.uint8)


def _wrapped(text: str, font: Font, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _at_most(lines: list[str], most: int) -> list[str]:
    most = max(1, most)
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + "…"]


def _cut(text: str, font: Font, room: float) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


@cache
def _font(file: Path, size: float) -> Font:
    return ImageFont.truetype(file, size)


@cache
def _has(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())
