"""Interrupts: a signal ends what a step does, wherever in it this process happens to be."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dagster as dg

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def interruptible() -> AsyncIterator[None]:
    """A block of a step that a signal cancels; it ends with Dagster's own interrupt.

    Dagster raises that at whatever this process does just then. Where that is a task of the event loop, it is that
    task's error and nobody else's, and the step works on; so meanwhile the loop itself takes the signal.
    """
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, came = asyncio.get_running_loop(), asyncio.Event()

    def interrupt() -> None:
        came.set()
        task.cancel()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if not came.is_set():
            raise
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
    if came.is_set():
        raise dg.DagsterExecutionInterruptedError
