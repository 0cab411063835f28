"""What a fetched file is: proved to be what it is declared, measured, and small enough to look at."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from director_dagster.errors import MediaDamaged
from director_dagster.media.probe import MAX_SIDE_PX, probe
from director_dagster.media.thumbnail import page, thumbnail

IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """A file as it was found; None is what its kind does not have. `thumbnail` is a WebP."""

    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    thumbnail: bytes | None = None


def picture_type(path: Path) -> str:
    """The media type of a picture that nobody has declared. Raises MediaDamaged when it is none that is kept."""
    try:
        with Image.open(path, formats=list(IMAGES.values())) as image:
            found = image.format
    except (OSError, SyntaxError, Image.DecompressionBombError) as exc:
        raise MediaDamaged(f"{path.name} is no picture that can be read: PNG, JPEG and WebP can") from exc
    return next(media_type for media_type, format_ in IMAGES.items() if format_ == found)


def sound_type(path: Path) -> str:
    """The media type of a sound that nobody has declared. Raises MediaDamaged when it is none that is kept."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] == b"RIFF" and start[8:] == b"WAVE":
        return "audio/wav"
    if start[:3] == b"ID3" or (start[:1] == b"\xff" and start[1:2] >= b"\xe0"):
        return "audio/mpeg"
    raise MediaDamaged(f"{path.name} is no sound that can be read: WAV and MP3 can")


def inspect(path: Path, media_type: str) -> Inspection:
    """Look at a file that is declared to be of `media_type`. Raises MediaDamaged when it is not, or cannot be read."""
    family = media_type.partition("/")[0]
    if family == "image":
        return _image(path, media_type)
    if family == "video":
        return _video(path)
    if family == "audio":
        return _audio(path)
    return _text(path)


def _image(path: Path, media_type: str) -> Inspection:
    try:
        with Image.open(path, formats=[IMAGES[media_type]]) as image:
            width, height = image.size
    except Image.DecompressionBombError as exc:
        raise MediaDamaged(f"{path.name}: too large a picture; at most {MAX_SIDE_PX} px a side are read") from exc
    except UnidentifiedImageError as exc:  # it names the whole path
        raise MediaDamaged(f"{path.name}: declared {media_type}, and it is not") from exc
    except (OSError, SyntaxError, KeyError) as exc:
        raise MediaDamaged(f"{path.name}: declared {media_type}, and it is not: {exc}") from exc
    if max(width, height) > MAX_SIDE_PX:
        raise MediaDamaged(f"{path.name}: a picture of {width}x{height} px; at most {MAX_SIDE_PX} a side are read")
    return Inspection(width_px=width, height_px=height, thumbnail=thumbnail(path))


def _video(path: Path) -> Inspection:
    found = probe(path)
    if found.video is None:
        raise MediaDamaged(f"{path.name}: declared a video, and there is no picture in it")
    return Inspection(
        width_px=found.video.width_px,
        height_px=found.video.height_px,
        duration_s=found.duration_s,
        thumbnail=thumbnail(path),
    )


def _audio(path: Path) -> Inspection:
    found = probe(path)
    if found.audio is None:
        raise MediaDamaged(f"{path.name}: declared a sound, and there is none in it")
    return Inspection(duration_s=found.duration_s, thumbnail=thumbnail(path))


def _text(path: Path) -> Inspection:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise MediaDamaged(f"{path.name}: declared a text, and it is no UTF-8: {exc}") from exc
    return Inspection(thumbnail=page(text))
