"""Pictures of assets for people: stills, posters, thumbnails, contact sheets and waveforms; always the same bytes."""

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import fonts
from director_dagster.media.encode import EXACT, EXACT_AREA
from director_dagster.media.probe import MAX_SIDE_PX, opened, picture_stream, probe

FORMATS = ("PNG", "JPEG", "WEBP")
THUMBNAIL_PX = 480
POSTER_QUALITY = 90
THUMBNAIL_QUALITY = 80
THUMBNAIL_METHOD = 2

COLUMNS = 4
FEW = 48
"""So many pictures are in rows of `COLUMNS`; of more, a sheet is about as many pictures wide as high."""

CELL_PX = (480, 360)
GAP_PX = 16
LABEL_PX = 26
LABEL_ROOM_PX = 44
PAPER = "#16181d"
INK = "#e8e6e1"

OVERVIEW_PX = (720, 720)
OVERVIEW_QUALITY = 70

PAGE_PX = (480, 360)
PAGE_MARGIN_PX = 24
PAGE_LINE_PX = 20
PAGE_LETTER_PX = 15

WAVE_PX = (480, 160)
WAVE_INK = "#7fb2d9"


def still(video: Path, at_s: float, *, within_px: int | None = None) -> Image.Image:
    """The picture seen `at_s` seconds into a video; its first or last one outside of it. Raises as `probe.opened`.

    With `within_px` it is scaled down to fit into a square of that side.
    """
    with opened(video) as container:
        stream = picture_stream(container, video)
        container.seek(max(0, round(at_s * av.time_base)))
        seen = None
        for frame in container.decode(stream):
            if seen and (frame.time or 0) > at_s:
                break
            seen = frame
        if seen is None:
            raise MediaDamaged(f"{video.name}: no picture decodes")
        scale = min(1.0, (within_px or math.inf) / max(seen.width, seen.height))
        width, height = (max(1, round(side * scale)) for side in (seen.width, seen.height))
        rgb = seen.to_ndarray(
            width=width,
            height=height,
            format="rgb24",
            interpolation=EXACT if scale == 1 else EXACT_AREA,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return Image.fromarray(np.asarray(rgb, np.uint8))


def poster(video: Path, at_s: float) -> bytes:
    """The picture seen `at_s` seconds into a video, whole, as JPEG. Raises as `still`."""
    return _saved(still(video, at_s), "JPEG", quality=POSTER_QUALITY)


def thumbnail(path: Path) -> bytes:
    """A WebP of at most 480 pixels a side of an image, of a video a third into it, or of a sound's waveform.

    Raises `MediaDamaged` for what is none of these, `BadInput` for an image or a video of more than 8192 a side.
    """
    picture = _seen(path)
    # Halving first, and a less thorough search, are as good to the eye and a third of the work: each piece has one.
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _saved(picture, "WEBP", quality=THUMBNAIL_QUALITY, method=THUMBNAIL_METHOD)


def waveform(path: Path, size_px: tuple[int, int]) -> bytes:
    """How loud a sound is over its time, left to right, as PNG. Raises `BadInput` when there is no sound in it."""
    return _saved(_wave(path, size_px), "PNG")


def page(text: str) -> bytes:
    """The beginning of a text as a typed page, as WebP."""
    sheet = Image.new("RGB", PAGE_PX, PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(fonts.regular()), PAGE_LETTER_PX)
    wide = PAGE_PX[0] - 2 * PAGE_MARGIN_PX
    for number, line in enumerate(text.splitlines()[: (PAGE_PX[1] - 2 * PAGE_MARGIN_PX) // PAGE_LINE_PX]):
        at = (PAGE_MARGIN_PX, PAGE_MARGIN_PX + number * PAGE_LINE_PX)
        draw.text(at, _shortened(line.expandtabs(4)[:200], font, wide), INK, font)
    return _saved(sheet, "WEBP", quality=THUMBNAIL_QUALITY)


def overview(frames: Sequence[tuple[str, bytes]]) -> bytes:
    """A contact sheet small enough for a note: at most 720 pixels a side, as JPEG. Raises as `contact_sheet`."""
    sheet = _image(BytesIO(contact_sheet(frames)))
    sheet.thumbnail(OVERVIEW_PX, Image.Resampling.LANCZOS)
    return _saved(sheet, "JPEG", quality=OVERVIEW_QUALITY)


def contact_sheet(frames: Sequence[tuple[str, bytes]]) -> bytes:
    """Pictures (PNG, JPEG or WebP) in rows of four, each over its label, as PNG; many are smaller and in longer rows.

    Raises `BadInput` without pictures or for one that is too large, `MediaDamaged` for one that cannot be read.
    """
    if not frames:
        raise BadInput("a contact sheet needs at least one picture")
    columns = min(COLUMNS, len(frames)) if len(frames) <= FEW else math.ceil(math.sqrt(len(frames)))
    room = min(CELL_PX[0], MAX_SIDE_PX // columns - 2 * GAP_PX)
    pictures = [_fitted(label, picture, (room, CELL_PX[1])) for label, picture in frames]
    cell = max(picture.height for picture in pictures)
    wide, high = room + GAP_PX, cell + LABEL_ROOM_PX + GAP_PX
    sheet = Image.new("RGB", (columns * wide + GAP_PX, -(-len(frames) // columns) * high + GAP_PX), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(fonts.regular()), LABEL_PX)
    for number, ((label, _), picture) in enumerate(zip(frames, pictures, strict=True)):
        x, y = GAP_PX + number % columns * wide, GAP_PX + number // columns * high
        sheet.paste(picture, (x + (room - picture.width) // 2, y + (cell - picture.height) // 2))
        draw.text((x, y + cell + LABEL_ROOM_PX // 2), _shortened(label, font, room), INK, font, anchor="lm")
    return _saved(sheet, "PNG")


def _seen(path: Path) -> Image.Image:
    try:
        return _image(path)
    except UnidentifiedImageError:
        described = probe(path)
        third_s = described.duration_s / 3
        return still(path, third_s, within_px=THUMBNAIL_PX) if described.video else _wave(path, WAVE_PX)


def _image(source: Path | BytesIO) -> Image.Image:
    """The image in RGB. Pillow's UnidentifiedImageError says that it is none; other errors are ours."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE_PX:
                raise BadInput(f"an image of {image.width}x{image.height} px; at most {MAX_SIDE_PX} a side are read")
            return image.convert("RGB")
    except UnidentifiedImageError:
        raise
    except Image.DecompressionBombError as exc:
        raise BadInput(str(exc)) from exc
    except (OSError, SyntaxError, ValueError) as exc:
        raise MediaDamaged(f"an image that cannot be read: {exc}") from exc


def _fitted(label: str, data: bytes, within_px: tuple[int, int]) -> Image.Image:
    try:
        image = _image(BytesIO(data))
    except UnidentifiedImageError as exc:
        raise MediaDamaged(f"{label}: not an image") from exc
    image.thumbnail(within_px, Image.Resampling.LANCZOS)
    return image


def _shortened(label: str, font: ImageFont.FreeTypeFont, width_px: int) -> str:
    if font.getlength(label) <= width_px:
        return label
    fitting = next(end for end in range(len(label), -1, -1) if font.getlength(label[:end] + "…") <= width_px)
    return label[:fitting].rstrip() + "…"


def _wave(path: Path, size_px: tuple[int, int]) -> Image.Image:
    peaks = _peaks(path)
    width, height = size_px
    columns = np.maximum.reduceat(peaks, np.arange(width) * len(peaks) // width)
    picture = Image.new("RGB", size_px, PAPER)
    draw = ImageDraw.Draw(picture)
    for x, peak in enumerate(columns):
        reach = round(min(1.0, float(peak)) * (height / 2 - 1))
        draw.line((x, height // 2 - reach, x, height // 2 + reach), WAVE_INK)
    return picture


def _peaks(path: Path) -> NDArray[np.float32]:
    """The largest magnitude of each packet's worth of samples."""
    resampler = av.AudioResampler(format="flt", layout="mono")
    with opened(path) as container:
        if not container.streams.audio:
            raise BadInput(f"{path.name}: there is no sound in it")
        parts = (part for frame in container.decode(audio=0) for part in resampler.resample(frame))
        peaks = [np.abs(part.to_ndarray()).max() for part in parts]
    if not peaks:
        raise MediaDamaged(f"{path.name}: no sound decodes")
    return np.asarray(peaks, np.float32)


def _saved(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
