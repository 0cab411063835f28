"""Progress in a terminal, one bar a step, drawn from the records of the studio's log."""

import logging
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LOGGER = "director_dagster"


class Bars(logging.Handler):
    """While open, a bar for every step that the log tells of; each warning and notice once, as a line above the bars.

    Where stderr is no terminal, a line a step.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._console = Console(stderr=True)
        self._said: set[str] = set()
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description:>11}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Draw a record of progress, say a warning or a notice, leave out all else."""
        step = getattr(record, "step", None)
        if step is not None:
            self._draw(step, record.__dict__["done"], record.__dict__["total"])
        elif record.levelno >= logging.WARNING or hasattr(record, "notice"):
            # What libraries warn of, as Dagster's of a lost database, is a page each time; its first line says it.
            ours = record.name.startswith(LOGGER)
            self._say(record.getMessage() if ours else record.getMessage().partition("\n")[0])

    def __enter__(self) -> Self:
        logger = logging.getLogger(LOGGER)
        logger.addHandler(self)
        logger.setLevel(min(logger.level or logging.INFO, logging.INFO))
        logger.propagate = False
        logging.getLogger().addHandler(self)
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for name in (LOGGER, None):
            logging.getLogger(name).removeHandler(self)
        self._progress.stop()

    def _draw(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)
        if done == total and not self._console.is_terminal:
            self._say(f"{step}: {done} of {total}")

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            # Dagster has what a step says go through a file in its home: a full disk must not end the work.
            with suppress(OSError):
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)
