"""Small real media for the tests: clips with a moving bar, sounds with a click, and fresh processes to make them in."""

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from director_dagster.media.encode import Pixels, VideoWriter
from director_dagster.media.probe import Video, probe
from director_dagster.media.sound import RATE_HZ, Samples
from director_dagster.story.cut import FPS

WIDTH_PX, HEIGHT_PX = 160, 90


def moving(frames: int, *, level: int = 100, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Iterator[Pixels]:
    """Grey frames with a white bar that goes from left to right."""
    for frame in range(frames):
        picture = np.full((height_px, width_px, 3), level, np.uint8)
        picture[:, frame * 2 % (width_px // 2) :][:, :8] = 255
        yield picture


def clip(
    path: Path,
    frames: int,
    *,
    level: int = 100,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    fps: Fraction = FPS,
) -> Path:
    """A clip of `moving` frames at `path`."""
    with VideoWriter(path, width_px=width_px, height_px=height_px, fps=fps) as writer:
        for picture in moving(frames, level=level, width_px=width_px, height_px=height_px):
            writer.write(picture)
    return path


def click(length_s: float, at_s: float) -> Samples:
    """Faint noise with a click in it."""
    samples = (np.random.default_rng(0).standard_normal((round(length_s * RATE_HZ), 2)) * 1e-4).astype(np.float32)
    samples[round(at_s * RATE_HZ) :][:10] = 0.9
    return samples


def heard(path: Path) -> Samples:
    """The sound of a file as a player plays it."""
    with av.open(str(path)) as container:
        parts = [np.asarray(frame.to_ndarray(), np.float32) for frame in container.decode(audio=0)]
    return np.concatenate(parts, axis=1).T


def lumas(path: Path, column: int = WIDTH_PX - 10) -> list[int]:
    """The brightness of one point of each frame, away from the bar."""
    with av.open(str(path)) as container:
        return [int(np.asarray(f.to_ndarray())[f.height // 2, column]) for f in container.decode(video=0)]


def video(path: Path) -> Video:
    """The video stream of a file that has one."""
    described = probe(path).video
    assert described
    return described


def in_a_fresh_process(code: str, *arguments: Path, cores: int | None = None) -> str:
    """What `code` prints in a new interpreter, on so many cores (None: all); it finds `arguments` in sys.argv[1:]."""
    bound = f"import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cores}])\n" if cores else ""
    command = [sys.executable, "-c", bound + code, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
