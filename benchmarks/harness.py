"""How a benchmark measures: interleaved pairs, medians with their spread, peers in an environment of their own."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

PAIRS = 5
"""At least so many; every figure is their median."""

STEADY = 2.0
"""Runs of one and the same thing that differ by more than this factor say nothing: the machine was busy."""

PEER_TIMEOUT_S = 900


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure should be: at most, or at least, `limit`."""

    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Whether `value` is what it should be."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table: a median with its smallest and largest, and a note; `goal` None: for information."""

    what: str
    value: float
    smallest: float
    largest: float
    goal: Goal | None
    steady: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        """``discarded`` when the machine was too busy to tell, else whether the goal is met."""
        if not self.steady:
            return "discarded"
        if self.goal is None:
            return ""
        return "met" if self.goal.met(self.value) else "MISSED"


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Seconds of two things that were run in turn."""

    first: tuple[float, ...]
    second: tuple[float, ...]

    def ratio(self, what: str, goal: Goal | None) -> Figure:
        """The first over the second, pair by pair."""
        ratios = [one / other for one, other in zip(self.first, self.second, strict=True)]
        return Figure(
            what=what,
            value=median(ratios),
            smallest=min(ratios),
            largest=max(ratios),
            goal=goal,
            steady=all(max(runs) <= STEADY * min(runs) for runs in (self.first, self.second)),
            note=f"{median(self.first):.3g} s against {median(self.second):.3g} s",
        )


def in_turn(
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    pairs: int = PAIRS,
    before: Callable[[], object] = lambda: None,
) -> Pairs:
    """Run both in turn, after a run of each that does not count; `before` each is called what does not count either."""

    def seconds(run: Callable[[], object]) -> float:
        before()
        return _seconds(run)

    seconds(first), seconds(second)
    runs = [(seconds(first), seconds(second)) for _ in range(pairs)]
    ones, others = zip(*runs, strict=True)
    return Pairs(first=tuple(ones), second=tuple(others))


def peer(folder: Path, *requirements: str) -> Path:
    """The Python of a new environment in `folder` with `requirements` installed."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True, timeout=PEER_TIMEOUT_S)
    return python


def peak_mib(code: str, *arguments: object) -> float:
    """The largest resident memory, in MiB, of a new process that runs `code` (Linux)."""
    code += '\nprint(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))'
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024


def durable(path: Path) -> None:
    """Wait until the bytes of `path` are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
