"""The harness: starts workers, kills, wakes and replaces them, crashes Postgres, and asks the oracle in the end."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from asyncio import run
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from director_dagster.catalog.session import migrate
from director_dagster.postgres import server as postgres
from director_dagster_tests.torture import oracle, worker
from director_dagster_tests.torture.mutants import MUTANTS
from director_dagster_tests.torture.oracle import Found
from director_dagster_tests.torture.plan import films_of, prepare
from director_dagster_tests.torture.worker import Work

ROOT = Path(__file__).parents[2]
WORKERS = 4
FILMS = 12
"""Of a round of work; when all are finished, the next round begins."""

TICK_S = 0.05
CHANCE = 0.1
"""How likely at each tick a worker is killed wherever it is; as many die so as at a point of the gate."""

LATEST = 8
"""A worker dies at the latest when it comes to its point for this time."""

SLEEP_S = worker.LEASE_S + 5.0
"""So long a worker sleeps: until its lease is over, and the provider's list would be believed if it were dead."""

POINTS = ("claimed", "submitting", "submitted", "acknowledged", "fetched", "stored", "settled")
TOO_LONG_S, A_KILL_S = 600.0, 10.0
"""How long it may take in all, and for each kill that is asked for: several times as long as it does."""


@dataclass(frozen=True, kw_only=True)
class Torment:
    """What is done to the workers.

    Attributes:
        kills: How many are killed, at random instants and at each point of the gate; of a mutant's at the most.
        at_each: How many die at each point at least.
        sleeps: How many fall asleep, at least, before they send.
        crashes: How often Postgres crashes.
        seed: Of all dice.
        mutant: The broken variant they work with; None is the gate as it is.
    """

    kills: int
    at_each: int = 0
    sleeps: int = 0
    crashes: int = 0
    seed: int = 1
    mutant: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done, and what the oracle found.

    Attributes:
        kills: Workers that died.
        at_points: How many of them at which point, and how many fell asleep (``asleep``).
        crashes: Of Postgres.
        rounds: Of work.
        charges: Sales of the provider.
        bugs: Workers that ended with an error of their own.
        at_once: Rows without bytes at the moment of a kill, before anybody could repair them.
        found: The oracle's word when everything was finished.
    """

    kills: int
    at_points: dict[str, int]
    crashes: int
    rounds: int
    charges: int
    bugs: int
    at_once: int
    found: Found
    seconds: float

    @property
    def faults(self) -> dict[str, int]:
        """All that should be 0 and is not."""
        own = {"bugs": self.bugs, "rows_without_bytes_at_once": self.at_once}
        return {**self.found.faults, **{name: value for name, value in own.items() if value}}

    def told(self) -> str:
        """As one line of JSON."""
        return json.dumps({**asdict(self), "faults": self.faults})


def torture(torment: Torment, folder: Path) -> Report:
    """Torture the gate in `folder`, which holds all there is; raises TimeoutError when that takes far too long."""
    started = time.monotonic()
    url = postgres.ensure(folder / "postgres")
    migrate(url)
    mutant = MUTANTS.get(torment.mutant or "")
    try:
        with _provider(folder, torment.seed, lag_s=mutant.lag_s if mutant else 0.3) as provider_url:
            crowd = Crowd(torment=torment, folder=folder, database_url=url, provider_url=provider_url)
            crowd.torment_all()
            crowd.finish_all()
            found = oracle.judge(crowd.database_url, folder, crowd.films)
    finally:
        postgres.stop(folder / "postgres")
    return Report(
        kills=crowd.kills,
        at_points=crowd.at_points,
        crashes=crowd.crashes,
        rounds=crowd.rounds,
        charges=len(oracle.charges_in(folder / "charges")),
        bugs=crowd.bugs,
        at_once=crowd.at_once,
        found=found,
        seconds=time.monotonic() - started,
    )


@dataclass(kw_only=True)
class Crowd:
    """The workers, and what has been done to them so far."""

    torment: Torment
    folder: Path
    database_url: str
    provider_url: str
    kills: int = 0
    crashes: int = 0
    rounds: int = 0
    bugs: int = 0
    at_once: int = 0
    films: list[str] = field(default_factory=list)
    _by_chance: int = 0
    _alive: list[BaseProcess] = field(default_factory=list)
    _asleep_since: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.torment.seed)
        self._limit_s = TOO_LONG_S + self.torment.kills * A_KILL_S
        self._deadline = time.monotonic() + self._limit_s
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload([worker.__name__])

    @property
    def at_points(self) -> dict[str, int]:
        """How many workers have died at which point, or fallen asleep."""
        file = self.folder / "points"
        return dict(Counter(file.read_text().split())) if file.exists() else {}

    def torment_all(self) -> None:
        """Rounds of work, until all has been done to the workers that there is to do; then all of them are dead."""
        while not self._done() and not self._found_out():
            self.rounds += 1
            films = films_of(f"round{self.rounds}", FILMS)
            run(prepare(self.database_url, films))
            self.films += films
            self._torment(films)

    def finish_all(self) -> None:
        """What was begun is finished by workers that nobody disturbs."""
        work = self._work(self.films)
        self._alive = [self._start(work) for _ in range(WORKERS // 2)]
        while self._alive:
            self._tick()

    def _torment(self, films: list[str]) -> None:
        finished = False
        while not finished and not self._done():
            while len(self._alive) < WORKERS:
                self._alive.append(self._start(self._doomed(films)))
            finished = self._tick()
            if self._alive and self._by_chance < sum(self.at_points.values()) and self._dice.random() < CHANCE:
                self._kill([self._dice.choice(self._alive)])
                self._by_chance += 1
                self.at_once = max(self.at_once, oracle.rows_without_bytes(self.database_url, self.folder / "vault"))
            if self.crashes < self.torment.crashes * min(1.0, self.kills / max(1, self.torment.kills)) - 0.5:
                self._crash()
        self._kill(self._alive)
        self._tick()

    def _done(self) -> bool:
        points = self.at_points
        each = min(points.get(point, 0) for point in POINTS) >= self.torment.at_each
        slept = points.get("asleep", 0) >= self.torment.sleeps
        return each and slept and self.kills >= self.torment.kills and self.crashes >= self.torment.crashes

    def _found_out(self) -> bool:
        """Whether what is broken in a mutant shows already: what holds at any moment does not."""
        if self.torment.mutant is None or not self.films:
            return False
        found = oracle.judge(self.database_url, self.folder, self.films)
        return bool(found.double_payments or found.overshoot_microusd or self.at_once)

    def _doomed(self, films: list[str]) -> Work:
        """Work for somebody who will die, or fall asleep, where that has happened least often."""
        points = self.at_points
        often = self._dice.randint(1, LATEST)
        many_sleep = self.torment.mutant is not None and MUTANTS[self.torment.mutant].asleep
        if many_sleep and self._dice.random() < 0.5:  # the others must be awake to take over
            return replace(self._work(films), end=("submitting", often), asleep=True)
        turn = self.torment.sleeps > 0 and points.get("asleep", 0) <= min(points.get(point, 0) for point in POINTS)
        if turn:
            return replace(self._work(films), end=("submitting", often), asleep=True)
        rarest = min(POINTS, key=lambda point: (points.get(point, 0), self._dice.random()))
        return replace(self._work(films), end=(rarest, often))

    def _work(self, films: list[str]) -> Work:
        return Work(
            database_url=self.database_url,
            provider_url=self.provider_url,
            folder=self.folder,
            films=films,
            seed=self._dice.randrange(1 << 30),
            mutant=self.torment.mutant,
        )

    def _start(self, work: Work) -> BaseProcess:
        process = self._processes.Process(target=worker.main, args=(work,), daemon=True)
        process.start()
        return process

    def _tick(self) -> bool:
        """Wait a moment, wake who has slept enough and count the dead; whether one has found all films finished."""
        if time.monotonic() > self._deadline:
            self._kill(self._alive)
            raise TimeoutError(f"still at it after {self._limit_s:.0f} s: {self.kills} kills, {self.at_points}")
        time.sleep(TICK_S)
        self._wake()
        ended = [process for process in self._alive if not process.is_alive()]
        self._alive = [process for process in self._alive if process.is_alive()]
        self.kills += sum(process.exitcode == -signal.SIGKILL for process in ended)
        self.bugs += sum(process.exitcode not in {0, -signal.SIGKILL} for process in ended)
        return any(process.exitcode == 0 for process in ended)

    def _wake(self) -> None:
        now = time.monotonic()
        for process in self._alive:
            assert process.pid is not None
            if _stopped(process.pid) and now - self._asleep_since.setdefault(process.pid, now) > SLEEP_S:
                os.kill(process.pid, signal.SIGCONT)
                del self._asleep_since[process.pid]

    def _kill(self, processes: list[BaseProcess]) -> None:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()

    def _crash(self) -> None:
        server = postgres.status(self.folder / "postgres")
        assert server is not None
        os.kill(server.pid, signal.SIGQUIT)  # Postgres's "immediate shutdown": as in a crash, its log is replayed
        before, self.database_url = self.database_url, postgres.ensure(self.folder / "postgres")
        if self.database_url != before:  # another program was quicker at its port: nobody here can find it any more
            self._kill(self._alive)
        self.crashes += 1


def _stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


@contextmanager
def _provider(folder: Path, seed: int, *, lag_s: float) -> Iterator[str]:
    module = "director_dagster_tests.torture.server"
    command = [sys.executable, "-m", module, str(folder / "charges"), str(seed), str(lag_s)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
