"""Whether a filed file is still what its row declares: measured by its headers, and read to its end."""

import wave
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image, UnidentifiedImageError

from director_dagster.errors import MediaDamaged
from director_dagster.media import loudness, sound
from director_dagster.media.inspect import IMAGES
from director_dagster.media.loudness import Loudness
from director_dagster.media.probe import decode_check, keyframe_check, opened, picture_stream

WAV = "audio/wav"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What a file's headers say; None is what its kind does not have."""

    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None

    def __str__(self) -> str:
        size = [] if self.width_px is None else [f"{self.width_px}x{self.height_px} px"]
        seconds = [] if self.duration_s is None else [f"{self.duration_s:.3f} s"]
        return ", ".join([*size, *seconds]) or "neither size nor length"


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a film is: frames of its picture, and seconds of its picture and of its sound (None without any)."""

    frames: int
    picture_s: float
    sound_s: float | None


def measure(path: Path, media_type: str) -> Measures:
    """What the headers of a file of `media_type` say, in a millisecond. Raises MediaDamaged when it is none."""
    match media_type.partition("/")[0]:
        case "image":
            return _image(path, media_type, whole=False)
        case "video":
            return _video(path)
        case "audio":
            return _audio(path, media_type)
    return Measures()


def play(path: Path, media_type: str) -> None:
    """Read a file to its end. Raises MediaDamaged at the first thing that cannot be read.

    Of a video each packet is read and each keyframe is decoded (`probe.keyframe_check` says why); all else is decoded.
    """
    match media_type.partition("/")[0]:
        case "image":
            _image(path, media_type, whole=True)
        case "video":
            keyframe_check(path)
        case "audio":
            _play_audio(path, media_type)
        case _:
            _text(path)


def length(film: Path) -> Length:
    """How long the streams of a film's file are, by its index. Raises as `probe.opened`."""
    with opened(film, packets_only=True) as container:
        picture = picture_stream(container, film)
        heard = container.streams.audio[0] if container.streams.audio else None
        return Length(
            frames=picture.frames,
            picture_s=_seconds(picture),
            sound_s=None if heard is None else _seconds(heard),
        )


def loudness_of(film: Path) -> Loudness:
    """How loud a film's file is as it is heard. Raises BadInput without sound, and as `probe.opened`."""
    return loudness.measure(sound.read(film))


def _seconds(stream: av.video.stream.VideoStream | av.audio.stream.AudioStream) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _image(path: Path, media_type: str, *, whole: bool) -> Measures:
    try:
        with Image.open(path, formats=[IMAGES[media_type]]) as image:
            if whole:
                image.load()
            return Measures(width_px=image.width, height_px=image.height)
    except UnidentifiedImageError as exc:  # it names the whole path
        raise MediaDamaged(f"{path.name}: no whole {media_type}") from exc
    except (OSError, SyntaxError, KeyError, Image.DecompressionBombError) as exc:
        raise MediaDamaged(f"{path.name}: no whole {media_type}: {exc}") from exc


def _video(path: Path) -> Measures:
    with opened(path, packets_only=True) as container:
        picture = picture_stream(container, path)
        seconds = None if container.duration is None else container.duration / av.time_base
        return Measures(width_px=picture.width, height_px=picture.height, duration_s=seconds)


def _audio(path: Path, media_type: str) -> Measures:
    # FFmpeg reads on for 20 ms a file to guess what a WAV's header says.
    if media_type == WAV:
        with _wav(path) as file:
            return Measures(duration_s=file.getnframes() / file.getframerate())
    with opened(path, packets_only=True) as container:
        return Measures(duration_s=None if container.duration is None else container.duration / av.time_base)


def _play_audio(path: Path, media_type: str) -> None:
    if media_type != WAV:
        decode_check(path)
        return
    with _wav(path) as file:
        frames = file.getnframes()
        read = len(file.readframes(frames)) // (file.getnchannels() * file.getsampwidth())
    if read < frames:
        raise MediaDamaged(f"{path.name}: {read} of {frames} samples are there")


def _wav(path: Path) -> wave.Wave_read:
    try:
        return wave.open(str(path), "rb")
    except (wave.Error, EOFError, FileNotFoundError) as exc:
        raise MediaDamaged(f"{path.name}: no {WAV}: {exc}") from exc


def _text(path: Path) -> None:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise MediaDamaged(f"{path.name}: no UTF-8: {exc}") from exc
