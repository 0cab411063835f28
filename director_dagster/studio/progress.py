"""Progress: how far a step is, told while it works: to the terminal, to the log, and to whoever watches it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from director_dagster.studio.report import Made

log = logging.getLogger(__name__)

SAY_S = 1.0
"""Dagster writes each line of ours to its storage while the step waits for it, so there are not more than one in that
time."""

WATCH_S = 10.0
WATCH_PIECES = 200


@dataclass(frozen=True, kw_only=True)
class News:
    """What has happened in a step since the last news: these pieces are done, so many of so many are done in all."""

    pieces: Sequence[Made]
    done: int
    total: int


Watch = Callable[[News], None]


class Progress:
    """Counts a step's pieces as they finish.

    The log has a line at the beginning, at the end, and once a second between; its record bears the step's name, `done`
    and `total`, from which the terminal draws its bars. Whoever watches gets the pieces in batches: every ten seconds,
    or 200 of them.
    """

    def __init__(self, step: str, total: int, watch: Watch | None = None) -> None:
        self._step, self._total, self._watch = step, total, watch
        self._done = 0
        self._fresh: list[Made] = []
        self._said = self._told = time.monotonic()
        self._say("begun")

    def ticked(self, made: Made) -> Made:
        """One more piece is done; returns it."""
        self._done += 1
        self._fresh.append(made)
        now = time.monotonic()
        if self._done == self._total or now - self._said >= SAY_S:
            self._said = now
            self._say(f"{made.slot} {made.outcome}")
        if now - self._told >= WATCH_S or len(self._fresh) >= WATCH_PIECES:
            self._told = now
            self._tell()
        return made

    def _tell(self) -> None:
        if self._watch is not None:
            self._watch(News(pieces=tuple(self._fresh), done=self._done, total=self._total))
        self._fresh.clear()

    def _say(self, what: str) -> None:
        facts = {"step": self._step, "done": self._done, "total": self._total}
        log.info("%s %d/%d: %s", self._step, self._done, self._total, what, extra=facts)
