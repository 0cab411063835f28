"""A server that `director up` keeps running: started again when it dies, its words in a file, its warnings shown."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from director_dagster.cli.home import say
from director_dagster.errors import Failed

QUICK_S = 10
QUICK_DEATHS = 5
LONGEST_PAUSE_S = 30
END_S = 10
LOG_LIMIT_BYTES = 8_000_000
_COLOUR = re.compile(r"\x1b\[\d*m")
# Not what the daemon says of every new database, nor that each later step of a failed run was left out.
_TELLING = re.compile(r" - (WARNING|ERROR|CRITICAL) - (?!No cursor for event type|.*Dependencies for step)")


class NotServed(Failed):
    """A server does not come up, or does not stay."""


@dataclass(kw_only=True)
class Child:
    """One server.

    Attributes:
        name: What people call it.
        arguments: Of Python.
        log: Where all that it says is kept.
        group: The process group that it joins.
    """

    name: str
    arguments: Sequence[str]
    log: Path
    group: int
    _process: "subprocess.Popen[bytes] | None" = None
    _started: float = 0.0
    _due: float = 0.0
    _quick: int = 0
    _told: int = field(default=0, repr=False)

    def tend(self) -> None:
        """Start it when it does not run and its pause is over; raises NotServed when it dies again and again."""
        if self._process is not None:
            self._show_warnings()
            if self._process.poll() is None:
                return
            self._mourn(self._process.returncode)
            self._process = None
        if time.monotonic() >= self._due:
            self._start()

    def end(self) -> None:
        """Ask it to end, and kill it when it does not; it is started again when it is tended again."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._told = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", *self.arguments],
                cwd=self.log.parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=self.group,
            )  # fmt: skip
        self._started = time.monotonic()

    def _mourn(self, code: int) -> None:
        quick = time.monotonic() - self._started < QUICK_S
        self._quick = self._quick + 1 if quick else 0
        if self._quick >= QUICK_DEATHS:
            raise NotServed(
                f"the {self.name} ended {self._quick} times within seconds (exit code {code}): see {self.log}"
            )
        pause = min(2**self._quick - 1, LONGEST_PAUSE_S)
        self._due = time.monotonic() + pause
        say(f"the {self.name} ended (exit code {code}) and is started again{f' in {pause} s' if pause else ''}")

    def _show_warnings(self) -> None:
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._told)
            for line in log.read().splitlines():
                plain = _COLOUR.sub("", line)
                if _TELLING.search(plain):
                    say(f"{self.name}: {plain}")
            self._told = log.tell()
