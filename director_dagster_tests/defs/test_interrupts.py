"""A signal ends a step also when this process is busy with something else than the step itself."""

import signal
import subprocess
import sys

import pytest

BUSY = """
import asyncio
import dagster as dg
from director_dagster.defs.interrupts import interruptible

async def at_work():
    while True:
        sum(range(200_000))  # here the signal comes, nearly surely
        await asyncio.sleep(0)

@dg.op
async def step():
    async with interruptible():
        working = asyncio.create_task(at_work())
        print("at work", flush=True)
        try:
            await asyncio.sleep(600)
        finally:
            working.cancel()
            print("let go", flush=True)

@dg.job
def busy():
    step()

busy.execute_in_process()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_a_step_while_another_task_is_at_work(number: signal.Signals) -> None:
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(number)
        said, told = process.communicate(timeout=300)

    assert said == "let go\n"
    assert "DagsterExecutionInterruptedError" in told
    assert process.returncode == 1
