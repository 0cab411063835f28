"""G10: a film from 60 clips, against copying their bytes, and against MoviePy."""

import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import copyfile

import numpy as np

from benchmarks.harness import Figure, Goal, Pairs, durable, in_turn, peak_mib, peer
from director_dagster.media.assemble import Film, assemble
from director_dagster.media.encode import Pixels, VideoWriter, encode_aac
from director_dagster.media.probe import decode_check, probe
from director_dagster.media.transitions import ClipFile
from director_dagster.story.cut import FPS

CLIPS = 60
CLIP_FRAMES = 96
WIDTH_PX, HEIGHT_PX = 1280, 720
DIFFERENT = 6
"""So many clips are drawn, the others are copies of them under other names."""

MOVIEPY = "moviepy==2.2.1"
MOVIEPY_JOIN = """
import sys
from moviepy import VideoFileClip, concatenate_videoclips
clips = [VideoFileClip(path, audio=False) for path in sys.argv[2:]]
film = concatenate_videoclips(clips)
film.write_videofile(sys.argv[1], fps=24, preset="ultrafast", audio=False, logger=None)
"""

JOIN = """
import sys
from pathlib import Path
from director_dagster.media.assemble import Film, assemble
from director_dagster.media.transitions import ClipFile
clips = [ClipFile(path=Path(path), frames=96) for path in sys.argv[4:]] * int(sys.argv[2])
assemble(Film(fade_frames=int(sys.argv[3])), clips, sound=None, speeches=[], out=Path(sys.argv[1]))
"""


def measure() -> Iterator[Figure]:
    """The figures of G10."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips, sound, film = _clips(folder), folder / "sound.m4a", folder / "film.mp4"
        encode_aac(np.zeros((round(CLIPS * CLIP_FRAMES / FPS * 48_000), 2), np.float32), sound)
        copy = partial(_copy, clips, folder / "copy")
        join = partial(_join, Film(), clips, None, film)
        yield in_turn(join, copy).ratio("picture part / cat and sync", Goal(limit=2.5))
        _check(film)
        whole = partial(_join, Film(fade_frames=24), clips, sound, film)
        yield in_turn(whole, copy).ratio("with two fades of 1 s and sound / cat and sync", None)
        for times, fade in ((1, 0), (10, 0), (10, 24)):
            peak = peak_mib(JOIN, film, times, fade, *clips)
            what = f"peak MiB, {times * CLIPS} clips{', with fades' if fade else ''}"
            yield Figure(what=what, value=peak, smallest=peak, largest=peak, goal=Goal(limit=128))
        yield _against_moviepy(folder, clips).ratio("MoviePy, ultrafast / picture part", Goal(limit=40, at_least=True))


def _against_moviepy(folder: Path, clips: list[Path]) -> Pairs:
    python = peer(folder / "peer", MOVIEPY)
    theirs = [python, "-c", MOVIEPY_JOIN, folder / "theirs.mp4", *clips]
    return in_turn(
        partial(subprocess.run, theirs, check=True, capture_output=True),
        partial(_join, Film(), clips, None, folder / "ours.mp4"),
    )


def _clips(folder: Path) -> list[Path]:
    paths = [folder / f"{number:02}.mp4" for number in range(CLIPS)]
    for number, path in enumerate(paths):
        if number < DIFFERENT:
            _draw(path, number)
        else:
            copyfile(paths[number % DIFFERENT], path)
    return paths


def _draw(path: Path, seed: int) -> None:
    picture = _picture(seed)
    with VideoWriter(path, width_px=WIDTH_PX, height_px=HEIGHT_PX) as writer:
        for frame in range(CLIP_FRAMES):
            writer.write(picture[frame // 2 :, frame:][:HEIGHT_PX, :WIDTH_PX])


def _picture(seed: int) -> Pixels:
    """Soft waves of colour with some grain, larger than a frame: a camera can move over it."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: HEIGHT_PX + CLIP_FRAMES, : WIDTH_PX + CLIP_FRAMES]
    waves = [np.sin(x / across + y / down) for across, down in random.uniform(30, 200, (3, 2))]
    return np.clip(120 + 60 * np.stack(waves, axis=2) + random.normal(0, 2, (*x.shape, 1)), 0, 255).astype(np.uint8)


def _copy(clips: list[Path], out: Path) -> None:
    with out.open("wb") as file:
        subprocess.run(["cat", *clips], stdout=file, check=True)
    durable(out)


def _join(film: Film, clips: list[Path], sound: Path | None, out: Path) -> None:
    assemble(film, [ClipFile(path=path, frames=CLIP_FRAMES) for path in clips], sound=sound, speeches=[], out=out)
    durable(out)


def _check(film: Path) -> None:
    described = probe(film).video
    assert described
    assert described.frames == CLIPS * CLIP_FRAMES
    decode_check(film)
