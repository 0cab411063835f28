"""A signal ends a step also when this process is busy with something else, and its run's end without any signal."""

import asyncio
import signal
import subprocess
import sys

import dagster as dg
import pytest

from director_dagster.defs.interrupts import OVER, interruptible

BUSY = """
import asyncio
import dagster as dg
from director_dagster.defs.interrupts import interruptible

async def at_work():
    while True:
        sum(range(200_000))  # here the signal comes, nearly surely
        await asyncio.sleep(0)

@dg.op
async def step(context: dg.OpExecutionContext):
    async with interruptible(context):
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


@pytest.mark.parametrize("over", sorted(OVER, key=str))
def test_it_ends_when_its_run_is_over_for_dagster(over: dg.DagsterRunStatus) -> None:
    @dg.op
    async def step(context: dg.OpExecutionContext) -> None:
        async with interruptible(context):
            _end(context, over)
            await asyncio.sleep(600)

    @dg.job
    def endless() -> None:
        step()

    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(dg.DagsterExecutionInterruptedError):
        endless.execute_in_process(instance=instance)


def _end(context: dg.OpExecutionContext, status: dg.DagsterRunStatus) -> None:
    """As Dagster's daemon does it."""
    event = {
        dg.DagsterRunStatus.CANCELING: dg.DagsterEventType.RUN_CANCELING,
        dg.DagsterRunStatus.CANCELED: dg.DagsterEventType.RUN_CANCELED,
        dg.DagsterRunStatus.FAILURE: dg.DagsterEventType.RUN_FAILURE,
    }[status]
    told = dg.DagsterEvent(event_type_value=event.value, job_name=context.job_name, message="it is over")
    context.instance.report_dagster_event(told, run_id=context.run_id)
