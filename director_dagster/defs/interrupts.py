"""Interrupts: what ends a step, wherever in it this process happens to be: a signal, or its run's end in Dagster."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

SIGNALS = (signal.SIGINT, signal.SIGTERM)
OVER = {dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE}
LOOK_S = 2.0

Context = dg.AssetExecutionContext | dg.OpExecutionContext | dg.AssetCheckExecutionContext

_log = logging.getLogger(__name__)


@asynccontextmanager
async def interruptible(context: Context) -> AsyncIterator[None]:
    """A block of a step that a signal cancels, or that its run is over for Dagster; it ends with Dagster's interrupt.

    Dagster raises that at whatever this process does just then. Where that is a task of the event loop, it is that
    task's error and nobody else's, and the step works on; so meanwhile the loop itself takes the signal. The signal of
    a run that is cancelled comes from the code server that has launched it, and from no other (1.13.27): without that
    one, only the run's own status tells.
    """
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, came = asyncio.get_running_loop(), asyncio.Event()

    def interrupt() -> None:
        came.set()
        task.cancel()

    watching = asyncio.create_task(_watch(context, interrupt))
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if not came.is_set():
            raise
    finally:
        watching.cancel()
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
    if came.is_set():
        raise dg.DagsterExecutionInterruptedError


async def _watch(context: Context, interrupt: Callable[[], None]) -> None:
    while True:
        if await asyncio.to_thread(_is_over, context):
            interrupt()
            return
        await asyncio.sleep(LOOK_S)


def _is_over(context: Context) -> bool:
    """Whether somebody has ended the run, or reported it as failed; not while Dagster's storage cannot be asked."""
    try:
        run = context.instance.get_run_by_id(context.run.run_id)
    except (SQLAlchemyError, dg.DagsterError) as exc:
        _log.debug("run %s: its status cannot be asked: %s", context.run.run_id, exc)
        return False
    return run is not None and run.status in OVER
