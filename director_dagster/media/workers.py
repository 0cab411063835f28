"""CPU work in child processes that a cancelled task really ends."""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from director_dagster.errors import WorkerLost, storing

P = ParamSpec("P")
R = TypeVar("R")

ORPHAN_CHECK_S = 0.5
LOST = (ProcessExpired, BrokenProcessPool)
"""What a pool says of a process that is gone, and of all that waited when no process was left."""


class Workers:
    """A pool of child processes, one a core, each kept warm from one piece of work to the next.

    A cancelled `run` kills the process that works for it, `close` kills them all, and they end by themselves within
    a second when this process is killed.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self._pool: ProcessPool | None = None

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns or raises; it, its arguments and its result must be picklable. It is called once more
        when the process that works for it is killed by others, so that it must not matter how often it is.

        Raises WorkerLost when that is killed too, and StorageUnavailable where it finds no room to write.
        """
        try:
            return await self._once(function, *args, **kwargs)
        except LOST:
            # Killed from outside, by a person or for the memory that it took; or by `close`, and then nothing is begun.
            if self._pool is None:
                raise
        try:
            return await self._once(function, *args, **kwargs)
        except LOST as exc:
            told = f" (exit code {exc.exitcode})" if isinstance(exc, ProcessExpired) else ""
            raise WorkerLost(f"the process that worked on it ended twice{told}") from exc

    async def _once(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.wrap_future(self._scheduled(function, *args, **kwargs))

    def _scheduled(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        try:
            scheduled: Future[R] = self._opened().schedule(_work, args=(function, *args), kwargs=kwargs)
        except RuntimeError as exc:
            raise BrokenProcessPool(str(exc)) from exc
        return scheduled

    def warm(self, function: Callable[..., object]) -> None:
        """Start the processes and have each import what `function` needs, while one waits for something else.

        Does nothing where they are at work already.
        """
        if self._pool is None:
            pool = self._opened()
            for _ in range(self.count):
                pool.schedule(import_module, args=(function.__module__,))

    def _opened(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            # A process that is killed while it has nothing to do takes the whole pool with it.
            self.close()
        if self._pool is None:
            # Not fork: a process that runs Dagster, gRPC and an event loop has threads, and a fork of it may dead-lock.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(self.count, initializer=_initialise, initargs=(os.getpid(),), context=context)
        return self._pool

    def close(self) -> None:
        """Kill what still works; a second call does nothing, a later `run` starts anew."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def _work(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    # Here and not in `run`: errors of libraries lose their number, or themselves, on their way through a pickle.
    with storing("the disk of work in progress"):
        return function(*args, **kwargs)


def _initialise(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    # Not PR_SET_PDEATHSIG: it strikes when the *thread* that started us ends, and the pool starts us from a thread.
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_S)
    os._exit(1)
