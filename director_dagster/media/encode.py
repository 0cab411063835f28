"""Encoding: frames to H.264 in MP4 and samples to AAC, always the same bytes for the same input."""

import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from numpy.typing import NDArray

from director_dagster.errors import BadInput
from director_dagster.media.probe import opened
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster.story.cut import FPS

Pixels: TypeAlias = NDArray[np.uint8]

AAC_BPS = 192_000

GOP_FRAMES = 12
"""Every GOP_FRAMES-th frame of a clip is a keyframe; clips are cut and joined there without encoding."""

# x264's AVX-512 code reads beyond its rows when it weighs blocks by their use (x264 core 165, 2026-11): the same frames
# gave other bytes in one of ten processes. SSE4.2, which NumPy asks for too, is no slower with these settings.
SAME_ON_EVERY_X86 = (
    {"x264-params": "asm=MMX2,SSE2Fast,SSSE3,SSE4.2"} if platform.machine().lower() in {"x86_64", "amd64"} else {}
)

# One thread, fixed GOPs and no B-frames: the same bytes on any number of cores, decoding order is showing order,
# any prefix of a clip decodes, and any keyframe can follow any frame. Looking further ahead gains nothing in GOPs so
# short and costs memory.
X264 = {
    "preset": "veryfast",
    "crf": "20",
    "g": str(GOP_FRAMES),
    "keyint_min": str(GOP_FRAMES),
    "rc-lookahead": str(GOP_FRAMES // 3),
    "sc_threshold": "0",
    "bf": "0",
    "flags": "+cgop",
    "threads": "1",
} | SAME_ON_EVERY_X86
# The most that an MP4's index holds of a frame or a packet of sound, and of a whole file, in bytes.
INDEX_PACKET_BYTES = 32
INDEX_BYTES = 8192

# swscale's fast paths differ between processors; these flags ask for the reference arithmetic.
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
EXACT_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A name in `path`'s folder to write to; it becomes `path` when the block ends well and is removed when not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def create(path: Path, *, packets: int | None = None) -> OutputContainer:
    """An MP4 to be written at `path`, its index in front, without a clock or a library's version in it.

    With a bound on how many `packets` it will have, room is left for the index and the file is written once; else it
    is written again when it is whole.
    """
    options = {"fflags": "+bitexact"}
    if packets is None:
        options["movflags"] = "+faststart"
    else:
        options["moov_size"] = str(INDEX_BYTES + packets * INDEX_PACKET_BYTES)
    return av.open(f"file:{path}", "w", format="mp4", options=options)


class VideoWriter:
    """Writes frames to an H.264 MP4: 4:2:0, BT.709, limited range, a keyframe every `GOP_FRAMES`, no sound.

    A context manager. The file appears at `path` when the block ends well, replacing what was there; when it ends by
    an exception nothing appears. Clips of one size have equal codec parameters, so `assemble` joins them by copying.
    """

    def __init__(self, path: Path, *, width_px: int, height_px: int, fps: Fraction = FPS) -> None:
        """Raises `BadInput` when a side is odd or not positive (4:2:0 has half as many colours as pixels)."""
        if width_px <= 0 or height_px <= 0 or width_px % 2 or height_px % 2:
            raise BadInput(f"a picture of {width_px}x{height_px} cannot be encoded: both sides must be even")
        self._path = path
        self._size = (width_px, height_px)
        self._fps = Fraction(fps)
        self._frames = 0
        self._stack = ExitStack()
        self._reformatter = VideoReformatter()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            part = stack.enter_context(beside(self._path))
            self._container = stack.enter_context(create(part))
            self._stream = self._container.add_stream("libx264", rate=self._fps, options=X264)
            _shape(self._stream.codec_context, self._size, self._fps)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            if not self._frames:
                raise BadInput(f"{self._path.name}: a clip without frames")
            self._container.mux(self._stream.encode(None))

    def write(self, rgb: Pixels) -> None:
        """Append one frame: uint8, shape (height, width, 3), sRGB. Raises `BadInput` for another shape or type."""
        width, height = self._size
        if rgb.shape != (height, width, 3) or rgb.dtype != np.uint8:
            raise BadInput(f"a frame of {rgb.dtype} {rgb.shape}, not uint8 {(height, width, 3)}")
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        self.write_frame(
            self._reformatter.reformat(
                frame,
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=EXACT,
                threads=1,
            )
        )

    def write_frame(self, frame: VideoFrame) -> None:
        """Append a frame that is yuv420p, BT.709, limited range and of the clip's size already."""
        frame.pts = self._frames
        frame.time_base = 1 / self._fps
        self._container.mux(self._stream.encode(frame))
        self._frames += 1


def encode_aac(sound: Samples | Path, out: Path) -> None:
    """Write one continuous AAC track (48 kHz stereo, 192 kb/s) to the MP4 file `out`, replacing what was there.

    `sound` is float32 of shape (samples, 2), -1...1 at 48 kHz, or a local audio file, which is read as a stream and
    resampled to that. Raises `BadInput` for an array of another shape, with samples that are no numbers, or empty.
    """
    frames = _file_frames(sound) if isinstance(sound, Path) else _array_frames(sound)
    with beside(out) as part, create(part) as container:
        stream = container.add_stream("aac", rate=RATE_HZ, options={"flags": "+bitexact", "threads": "1"})
        stream.bit_rate = AAC_BPS
        for frame in frames:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _array_frames(samples: Samples) -> Iterator[AudioFrame]:
    if samples.ndim != 2 or samples.shape[1] != 2 or samples.dtype != np.float32 or not len(samples):
        raise BadInput(f"sound of {samples.dtype} {samples.shape}, not float32 (samples, 2)")
    for first in range(0, len(samples), RATE_HZ):
        second = samples[first : first + RATE_HZ]
        if not np.isfinite(second).all():
            raise BadInput(f"sound with samples that are no numbers after {first / RATE_HZ:.0f} s")
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(second.T), format="fltp", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = first
        yield frame


def _file_frames(path: Path) -> Iterator[AudioFrame]:
    with opened(path) as container:
        if not container.streams.audio:
            raise BadInput(f"{path.name}: there is no sound in it")
        yield from container.decode(audio=0)


def _shape(codec: VideoCodecContext, size: tuple[int, int], fps: Fraction) -> None:
    codec.width, codec.height = size
    codec.pix_fmt = "yuv420p"
    codec.time_base = 1 / fps
    codec.colorspace = Colorspace.ITU709
    codec.color_range = ColorRange.MPEG
    codec.color_primaries = ColorPrimaries.BT709
    codec.color_trc = ColorTrc.BT709
