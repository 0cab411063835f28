"""What a media file is: opened without trusting it, described, decoded to the end, and measured."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.frame import Frame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from director_dagster.errors import BadInput, MediaDamaged

MAX_SIDE_PX = 8192
MAX_DURATION_S = 4 * 3600
MAX_STREAMS = 16
IO_TIMEOUT_S = 30

# Only these demuxers, only plain files: a playlist or a picture that names other files or hosts is never parsed.
SAFE = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,wav,mp3,aac,flac,ogg",
    "max_streams": str(MAX_STREAMS),
}

# Of what a decoder notices nothing is overlooked.
STRICT = "crccheck+bitstream+buffer+explode"

# A full disk, say, is not the file's fault.
MACHINE_ERRORS = {errno.EACCES, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC}

# Mean difference of luma, of 255, under which two frames count as one: freezedetect's default of -60 dB.
FROZEN_LUMA = 0.255


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video stream. `extradata` is the SHA-256 of its codec parameters: streams with equal ones can be joined."""

    codec: str
    width_px: int
    height_px: int
    fps: Fraction
    frames: int
    pix_fmt: str
    extradata: str


@dataclass(frozen=True, kw_only=True)
class Audio:
    """An audio stream."""

    codec: str
    rate_hz: int
    channels: int


@dataclass(frozen=True, kw_only=True)
class Subtitles:
    """A subtitle stream; `language` is ISO 639-2, ``und`` when the file does not say."""

    codec: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A media file: its container, its first video and audio streams, and all its subtitle streams."""

    container: str
    duration_s: float
    video: Video | None
    audio: Audio | None
    subtitles: tuple[Subtitles, ...]


@contextmanager
def opened(path: Path, *, packets_only: bool = False) -> Iterator[InputContainer]:
    """The local media file at `path`, for reading; FFmpeg's errors in the block become ours, the machine's stay.

    `packets_only` leaves out FFmpeg's look at the first pictures: 0.2 ms instead of 18 (720p, 2026-11), for a file
    whose packets are copied and not decoded; its pixel format is then unknown.

    Raises `MediaDamaged` for what is no readable media (or not a plain file), `BadInput` for what is larger than any
    film of ours: 8192 pixels a side, 4 hours, 16 streams.
    """
    if not path.is_file():
        raise MediaDamaged(f"{path.name}: there is no such file")
    options = SAFE | {"codec_whitelist": "none"} if packets_only else SAFE
    try:
        with av.open(f"file:{path.absolute()}", container_options=options, timeout=IO_TIMEOUT_S) as container:
            _refuse_huge(path, container)
            yield container
    except av.FFmpegError as exc:
        if exc.errno in MACHINE_ERRORS:
            raise
        raise MediaDamaged(f"{path.name}: {exc.strerror}") from exc


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first video stream of what was opened at `path`. Raises `MediaDamaged` without one."""
    if not container.streams.video:
        raise MediaDamaged(f"{path.name}: there is no picture in it")
    return container.streams.video[0]


def _refuse_huge(path: Path, container: InputContainer) -> None:
    sides = [side for stream in container.streams.video for side in (stream.width, stream.height)]
    if max(sides, default=0) > MAX_SIDE_PX:
        raise BadInput(f"{path.name}: a picture of {sides[0]}x{sides[1]} px; at most {MAX_SIDE_PX} a side are read")
    if (container.duration or 0) > MAX_DURATION_S * av.time_base:
        raise BadInput(f"{path.name}: longer than {MAX_DURATION_S // 3600} hours")


def probe(path: Path) -> Probe:
    """Describe the media file at `path` from its headers. Raises as `opened` does, and `MediaDamaged` without a
    picture, sound or length."""
    with opened(path) as container:
        streams = container.streams
        if container.duration is None or not (streams.video or streams.audio):
            raise MediaDamaged(f"{path.name}: no picture, sound or length")
        return Probe(
            container=container.format.name,
            duration_s=container.duration / av.time_base,
            video=_video(container) if streams.video else None,
            audio=_audio(container) if streams.audio else None,
            subtitles=tuple(
                Subtitles(codec=s.codec_context.name, language=s.metadata.get("language", "und"))
                for s in streams.subtitles
            ),
        )


def _video(container: InputContainer) -> Video:
    stream = container.streams.video[0]
    codec = stream.codec_context
    return Video(
        codec=codec.name,
        width_px=codec.width,
        height_px=codec.height,
        fps=stream.average_rate or Fraction(0),
        frames=stream.frames or sum(1 for packet in container.demux(stream) if packet.size),
        pix_fmt=codec.pix_fmt or "",
        extradata=hashlib.sha256(codec.extradata or b"").hexdigest(),
    )


def _audio(container: InputContainer) -> Audio:
    codec = container.streams.audio[0].codec_context
    return Audio(codec=codec.name, rate_hz=codec.sample_rate, channels=codec.layout.nb_channels)


def decode_check(path: Path) -> None:
    """Decode every stream of `path` to its end. Raises `MediaDamaged` at the first error, or as `opened` does.

    An error that the codec cannot notice (a flipped bit may decode to another picture) is the digest's to find.
    """
    with opened(path) as container:
        for stream in (*container.streams.video, *container.streams.audio):
            stream.codec_context.options = {"err_detect": STRICT}
        frames = 0
        for frame in container.decode(*container.streams.video, *container.streams.audio):
            if isinstance(frame, Frame) and frame.is_corrupt:
                raise MediaDamaged(f"{path.name}: the frame at {frame.time} s is damaged")
            frames += isinstance(frame, VideoFrame)
        expected = sum(stream.frames for stream in container.streams.video)
    if frames < expected:
        raise MediaDamaged(f"{path.name}: {frames} of {expected} frames decode")


def keyframe_check(path: Path) -> None:
    """Read every packet of a video and decode its keyframes. Raises `MediaDamaged` at the first error, or as `opened`.

    A fifth of the work of `decode_check` (720p, a keyframe every half second): 2.6 instead of 12.9 processor seconds
    for the example's shots and film, 2026-11. What it misses, a frame between that decodes to another picture, is the
    digest's to find.
    """
    with opened(path) as container:
        stream = picture_stream(container, path)
        packets = sum(1 for packet in container.demux(stream) if packet.size)
        if packets < stream.frames:
            raise MediaDamaged(f"{path.name}: {packets} of {stream.frames} frames are there")
    with opened(path) as container:
        stream = picture_stream(container, path)
        stream.codec_context.options = {"err_detect": STRICT, "skip_frame": "nokey"}
        decoded = [not frame.is_corrupt for frame in container.decode(stream)]
    if not decoded or not all(decoded):
        raise MediaDamaged(f"{path.name}: {decoded.count(True)} of {len(decoded)} keyframes decode")


def lumas(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The brightness of every frame in turn: uint8 (height, width), 16 black ... 235 white. Raises as `opened`."""
    with opened(path) as container:
        for frame in container.decode(picture_stream(container, path)):
            yield np.asarray(frame.reformat(format="yuv420p").to_ndarray(), np.uint8)[: frame.height]


def luma_deviations(path: Path) -> tuple[float, ...]:
    """Standard deviation of the brightness (0 ... 255) of each frame: how far from flat it is."""
    return tuple(float(luma.std()) for luma in lumas(path))


def longest_freeze_s(path: Path) -> float:
    """Length in seconds of the longest run of frames that stay like its first one, as FFmpeg's freezedetect tells."""
    longest = run = 0
    first: NDArray[np.int16] | None = None
    for luma in lumas(path):
        frame = luma.astype(np.int16)
        if first is None or np.abs(frame - first).mean() > FROZEN_LUMA:
            first, run = frame, 0
        run += 1
        longest = max(longest, run)
    video = probe(path).video
    return float(longest / video.fps) if video else 0.0


def dhash(image: Image.Image) -> int:
    """Difference hash of 64 bits: is each of 9x8 grey pixels brighter than its right neighbour, row by row.

    Alike pictures differ in few bits: ``(a ^ b).bit_count()``.
    """
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS))
    return int.from_bytes(np.packbits(grey[:, :-1] > grey[:, 1:]).tobytes(), "big")
