"""What is made of blobs for the pages alone, made once and kept in a cache that anyone may delete."""

import asyncio
from pathlib import Path

from director_dagster.media.preview import preview
from director_dagster.media.workers import Workers


class Renditions:
    """Previews of videos below `folder`, which need not be there; at most as many are made at once as `workers` are.

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
        target = self._folder / digest[:2] / f"{digest}.mp4"
        if not await asyncio.to_thread(_is_there, target):
            await asyncio.shield(self._made(source, target))
        return target

    def _made(self, source: Path, target: Path) -> asyncio.Task[None]:
        if target not in self._making:
            task = asyncio.create_task(self._workers.run(_make, source, target))
            task.add_done_callback(lambda _: self._making.pop(target))
            self._making[target] = task
        return self._making[target]


def _is_there(target: Path) -> bool:
    # A crash of the machine may leave a name without its bytes: nothing is flushed here.
    return target.is_file() and target.stat().st_size > 0


def _make(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    preview(source, target)
