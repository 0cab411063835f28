"""Child processes work, fail and end as asked."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from director_dagster.errors import BadInput, WorkerLost
from director_dagster.media.workers import Workers


def double(number: int) -> int:
    return 2 * number


def refuse() -> None:
    raise BadInput("no such thing")


def sleep_as(pid_file: Path) -> None:
    pid_file.write_text(str(os.getpid()))
    time.sleep(60)


async def _pid(pid_file: Path) -> int:
    while not (pid_file.exists() and pid_file.read_text()):
        await asyncio.sleep(0.02)
    return int(pid_file.read_text())


async def _gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while _alive(pid):
            await asyncio.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_results_and_errors_come_back_as_they_are() -> None:
    with Workers(1) as workers:
        assert await workers.run(double, 21) == 42
        with pytest.raises(BadInput, match="no such thing"):
            await workers.run(refuse)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_cancelling_a_task_ends_the_process_that_works_for_it(tmp_path: Path) -> None:
    with Workers(1) as workers:
        task = asyncio.create_task(workers.run(sleep_as, tmp_path / "pid"))
        pid = await _pid(tmp_path / "pid")

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        await _gone(pid)
        assert await workers.run(double, 1) == 2


def count_and_sleep(folder: Path) -> str:
    number = len(list(folder.iterdir()))
    (folder / str(number)).write_text(str(os.getpid()))
    if number < len(os.environ["KILLED"]):  # noqa: TID251 (what the test tells its child)
        time.sleep(60)
    return "done"


@pytest.mark.skipif(sys.platform != "linux", reason="kills a process")
@pytest.mark.parametrize("kills", [1, 2])
async def test_what_a_killed_process_worked_on_is_done_once_more(
    kills: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILLED", "x" * kills)
    with Workers(1) as workers:
        task = asyncio.create_task(workers.run(count_and_sleep, tmp_path))
        for number in range(kills):
            os.kill(await _pid(tmp_path / str(number)), signal.SIGKILL)

        if kills == 1:
            assert await task == "done"
        else:
            with pytest.raises(WorkerLost, match="ended twice"):
                await task
        assert await workers.run(double, 1) == 2


@pytest.mark.parametrize("count", [1, 2])
async def test_a_process_that_is_killed_while_it_has_nothing_to_do_does_not_end_the_others(count: int) -> None:
    with Workers(count) as workers:
        idle = {await workers.run(os.getpid) for _ in range(4 * count)}
        for pid in idle:
            os.kill(pid, signal.SIGKILL)
        at_once = await asyncio.gather(*(workers.run(double, number) for number in range(8)))
        await asyncio.sleep(0.5)

        assert at_once == [2 * number for number in range(8)]
        assert await workers.run(double, 4) == 8
        assert not idle & {await workers.run(os.getpid) for _ in range(4)}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_closing_ends_what_still_works(tmp_path: Path) -> None:
    workers = Workers(1)
    task = asyncio.create_task(workers.run(sleep_as, tmp_path / "pid"))
    pid = await _pid(tmp_path / "pid")

    await asyncio.to_thread(workers.close)

    await _gone(pid)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


PARENT = """
import asyncio, pathlib, sys
from director_dagster.media.workers import Workers
from director_dagster_tests.media.test_workers import sleep_as
if __name__ == "__main__":
    asyncio.run(Workers(1).run(sleep_as, pathlib.Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_killed_parent_takes_its_workers_with_it(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script), str(tmp_path / "pid")]) as parent:
        pid = await _pid(tmp_path / "pid")

        parent.send_signal(signal.SIGKILL)

    await _gone(pid)
