"""What is made of blobs for the pages alone, made once and kept in a cache that anyone may delete."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from director_dagster.media.preview import preview
from director_dagster.media.thumbnail import waveform
from director_dagster.media.workers import Workers

WAVE_PX = (1536, 320)
"""Twice as fine as a page shows it."""

Make = Callable[[Path, Path], None]


class Renditions:
    """Previews of videos and pictures of sounds below `folder`, which need not be there; at most as many are made at
    once as `workers` are.

    One object serves one event loop. Of two processes that make the same one at once, both replace it whole.
    """

    def __init__(self, folder: Path, workers: Workers) -> None:
        self._folder = folder
        self._workers = workers
        self._making: dict[Path, asyncio.Task[None]] = {}

    async def preview(self, digest: str, source: Path) -> Path:
        """The preview of the video at `source`, whose SHA-256 is `digest`; made where there is none.

        Whoever asks meanwhile waits for the same one; it is made to its end also when all who asked have gone. A
        failure is not kept: the next call tries again. Raises as `media.preview.preview` and `Workers.run`.
        """
        return await self._there(self._folder / digest[:2] / f"{digest}.mp4", preview, source)

    async def wave(self, digest: str, source: Path) -> Path:
        """How loud the sound at `source` is over its time, as a PNG as wide as a page; else as `preview`."""
        return await self._there(self._folder / digest[:2] / f"{digest}.png", _draw_wave, source)

    async def _there(self, target: Path, make: Make, source: Path) -> Path:
        if not await asyncio.to_thread(_is_there, target):
            await asyncio.shield(self._made(make, source, target))
        return target

    def _made(self, make: Make, source: Path, target: Path) -> asyncio.Task[None]:
        if target not in self._making:
            task = asyncio.create_task(self._workers.run(_make, make, source, target))
            task.add_done_callback(lambda _: self._making.pop(target))
            self._making[target] = task
        return self._making[target]


def _is_there(target: Path) -> bool:
    # A crash of the machine may leave a name without its bytes: nothing is flushed here.
    return target.is_file() and target.stat().st_size > 0


def _make(make: Make, source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    make(source, target)


def _draw_wave(source: Path, target: Path) -> None:
    drawn = target.with_name(f"{target.name}.{os.getpid()}")
    drawn.write_bytes(waveform(source, WAVE_PX))
    drawn.replace(target)
