"""The preview of a video: a few seconds of it, small and silent, to be played under a mouse; always the same bytes."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from director_dagster.errors import MediaDamaged
from director_dagster.media.conform import inside, pictures
from director_dagster.media.encode import Pixels, VideoWriter
from director_dagster.media.probe import opened, picture_stream

SIDE_PX = 320
FPS = Fraction(12)

EXCERPTS = 4
EXCERPT_FRAMES = 18
WHOLE_FRAMES = EXCERPTS * EXCERPT_FRAMES
"""A video of up to so many frames at `FPS`, 6 s, is shown whole."""


def preview(video: Path, target: Path) -> None:
    """Write an MP4 of a video to `target`: H.264, at most 320 pixels a side and 6 s at 12 frames a second, no sound.

    Of a longer video four excerpts are joined, from the middle of each quarter, so that it shows all of itself. What
    was at `target` is replaced when the preview is whole. Raises `MediaDamaged` for what is no video, has no length or
    does not decode there, `BadInput` for one that is larger than any of ours.
    """
    (width_px, height_px), frames = _measured(video)
    with VideoWriter(target, width_px=width_px, height_px=height_px, fps=FPS) as writer:
        for picture in _excerpts(video, frames, width_px=width_px, height_px=height_px):
            writer.write_frame(VideoFrame.from_ndarray(picture, format="yuv420p"))


def _excerpts(video: Path, frames: int, *, width_px: int, height_px: int) -> Iterator[Pixels]:
    for first, count in _spans(frames):
        yield from islice(pictures(video, first=first, width_px=width_px, height_px=height_px, fps=FPS), count)


def _spans(frames: int) -> list[tuple[int, int]]:
    """The first frame and the number of frames of each excerpt."""
    if frames <= WHOLE_FRAMES:
        return [(0, frames)]
    middles = [frames * (2 * number + 1) // (2 * EXCERPTS) for number in range(EXCERPTS)]
    return [(middle - EXCERPT_FRAMES // 2, EXCERPT_FRAMES) for middle in middles]


def _measured(video: Path) -> tuple[tuple[int, int], int]:
    """The size of the preview and how many frames the whole video would have in it."""
    with opened(video) as container:
        stream = picture_stream(container, video)
        if min(stream.width, stream.height) <= 0:
            raise MediaDamaged(f"{video.name}: a picture of {stream.width}x{stream.height} px")
        return _size(stream), max(1, round(_length_s(container, stream, video) * FPS))


def _length_s(container: InputContainer, stream: VideoStream, video: Path) -> Fraction:
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    if container.duration:
        return Fraction(container.duration, av.time_base)
    raise MediaDamaged(f"{video.name}: it does not say how long it is")


def _size(stream: VideoStream) -> tuple[int, int]:
    """The largest even size within `SIDE_PX`, not above the video's own, of the shape in which it is shown."""
    shape = Fraction(stream.width, stream.height) * Fraction(stream.sample_aspect_ratio or 1)
    side = min(SIDE_PX, max(2, stream.width // 2 * 2, stream.height // 2 * 2))
    # Twice: what fits into the first, rounded, size may be 2 pixels less, and would have a black edge there.
    return inside(shape, inside(shape, (side, side)))
