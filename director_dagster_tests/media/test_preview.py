"""Previews: what of a video they show, how small they are, and what is refused."""

from collections import deque
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import sound
from director_dagster.media.conform import pictures
from director_dagster.media.encode import VideoWriter
from director_dagster.media.preview import preview
from director_dagster.media.probe import Probe, probe
from director_dagster_tests.media.clips import HEIGHT_PX, WIDTH_PX, click, clip, in_a_fresh_process, video

PREVIEW = """
import sys
from pathlib import Path
from director_dagster.media.preview import preview
preview(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def brightening(path: Path, seconds: int, *, width_px: int = 64, height_px: int = 48) -> Path:
    """A video that is black in its first second and a little brighter in each further one."""
    with VideoWriter(path, width_px=width_px, height_px=height_px) as writer:
        for number in range(24 * seconds):
            writer.write(np.full((height_px, width_px, 3), 255 * (number // 24) // seconds, np.uint8))
    return path


def squeezed(path: Path) -> Path:
    """A Matroska file of one second, 25 pictures of 144x120, whose pixels are twice as wide as high."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 144, 120, "yuvj420p"
        stream.sample_aspect_ratio = Fraction(2)
        for _ in range(25):
            frame = VideoFrame.from_ndarray(np.full((120, 144, 3), 200, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def lumas(path: Path) -> list[int]:
    """How bright the middle of each frame is."""
    with av.open(str(path)) as container:
        frames = [np.asarray(frame.to_ndarray()) for frame in container.decode(video=0)]
    return [int(frame[frame.shape[0] // 3, frame.shape[1] // 2]) for frame in frames]


def previewed(path: Path) -> Probe:
    """What the preview of a video is."""
    preview(path, path.with_name("preview.mp4"))
    return probe(path.with_name("preview.mp4"))


def test_a_preview_is_small_and_silent_and_plays_everywhere(tmp_path: Path) -> None:
    described = previewed(clip(tmp_path / "a.mp4", 48, width_px=1280, height_px=720))

    assert described.duration_s == pytest.approx(2.0)
    assert described.audio is None
    assert described.video
    assert (described.video.codec, described.video.pix_fmt, described.video.fps) == ("h264", "yuv420p", Fraction(12))
    assert (described.video.width_px, described.video.height_px, described.video.frames) == (320, 180, 24)
    data = (tmp_path / "preview.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((720, 1280), (180, 320)),
        ((WIDTH_PX, HEIGHT_PX), (WIDTH_PX, HEIGHT_PX)),
        ((1280, 692), (318, 172)),
        ((4, 2), (4, 2)),
    ],
)
def test_a_preview_keeps_the_shape_of_its_video_and_never_enlarges(
    size: tuple[int, int], small: tuple[int, int], tmp_path: Path
) -> None:
    described = previewed(clip(tmp_path / "a.mp4", 4, width_px=size[0], height_px=size[1])).video

    assert described
    assert (described.width_px, described.height_px) == small


def test_a_preview_has_the_shape_in_which_its_video_is_shown_and_no_bars(tmp_path: Path) -> None:
    described = previewed(squeezed(tmp_path / "a.mkv")).video

    assert described
    assert (described.width_px, described.height_px, described.frames) == (144, 60, 12)
    with av.open(str(tmp_path / "preview.mp4")) as container:
        frame = np.asarray(next(container.decode(video=0)).to_ndarray(format="gray"))
    assert frame.min() > 150


@pytest.mark.parametrize(("frames", "shown"), [(1, 1), (3, 2), (143, 72), (144, 72), (150, 72)])
def test_a_short_video_is_shown_whole(frames: int, shown: int, tmp_path: Path) -> None:
    described = previewed(clip(tmp_path / "a.mp4", frames)).video

    assert described
    assert described.frames == shown


def test_of_a_long_video_the_middle_of_each_quarter_is_shown(tmp_path: Path) -> None:
    described = previewed(brightening(tmp_path / "a.mp4", 40))

    seconds = [(luma - 16) / 219 * 40 for luma in lumas(tmp_path / "preview.mp4")]
    assert described.duration_s == pytest.approx(6.0)
    for number, middle in enumerate((5, 15, 25, 35)):
        excerpt = seconds[18 * number :][:18]
        assert excerpt == pytest.approx([middle - 1] * 9 + [middle] * 9, abs=0.6)


def test_a_slow_video_is_shown_at_its_pace(tmp_path: Path) -> None:
    described = previewed(clip(tmp_path / "a.mp4", 4, fps=Fraction(2)))

    assert described.duration_s == pytest.approx(2.0)


def test_the_same_video_gives_the_same_bytes_in_a_fresh_process(tmp_path: Path) -> None:
    long = clip(tmp_path / "a.mp4", 200)

    preview(long, tmp_path / "here.mp4")
    in_a_fresh_process(PREVIEW, long, tmp_path / "there.mp4")

    assert (tmp_path / "here.mp4").read_bytes() == (tmp_path / "there.mp4").read_bytes()


def test_what_is_no_video_is_damaged_and_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "preview.mp4"
    target.write_bytes(b"before")
    (tmp_path / "letter").write_bytes(b"a letter")
    sound.write(tmp_path / "a.wav", click(1.0, 0.5))
    whole = clip(tmp_path / "a.mp4", 400).read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    there = sorted(tmp_path.iterdir())

    for name in ("letter", "a.wav", "half", "nothing"):
        with pytest.raises(MediaDamaged):
            preview(tmp_path / name, target)

    assert target.read_bytes() == b"before"
    assert sorted(tmp_path.iterdir()) == there


def test_a_video_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="8192"):
        preview(clip(tmp_path / "a.mp4", 1, width_px=8194, height_px=16), tmp_path / "preview.mp4")

    assert not (tmp_path / "preview.mp4").exists()


def test_of_a_long_video_only_the_excerpts_are_read(tmp_path: Path) -> None:
    long = clip(tmp_path / "a.mp4", 24 * 60)
    whole = long.read_bytes()
    third = len(whole) // 3
    long.write_bytes(whole[:third] + bytes(2000) + whole[third + 2000 :])

    preview(long, tmp_path / "preview.mp4")

    assert video(tmp_path / "preview.mp4").frames == 72
    with pytest.raises(MediaDamaged):
        deque(islice(pictures(long, first=0, width_px=WIDTH_PX, height_px=HEIGHT_PX), 24 * 60), maxlen=0)
