"""`python -m director_dagster.cli.keeper`: ends what `director up` has started, when that was killed and cannot.

The keeper stands in the process group of all that it keeps, and reads a pipe that nobody writes to: its end is the end
of `director up`, however that came.
"""

import os
import signal
import subprocess
import sys
import time

import psutil

GRACE_S = 10
LOOK_S = 0.1


MODULE = "director_dagster.cli.keeper"


def start(lock: int, group: int = 0) -> "subprocess.Popen[bytes]":
    """A keeper of the process group (a new one by default); it ends that when this process is gone or closes its stdin.

    It holds the open file `lock` as long as it lives.
    """
    command = [sys.executable, "-m", MODULE]
    return subprocess.Popen(command, stdin=subprocess.PIPE, process_group=group, pass_fds=[lock])


def end(group: int, *, grace_s: float = GRACE_S) -> None:
    """End all of the process group but its keeper: asked first, killed when `grace_s` are over.

    Servers and runs are asked, not what runs have started: they end that themselves.
    """
    for process in _tops(group):
        _send(process, signal.SIGTERM)
    until = time.monotonic() + grace_s
    while members(group) and time.monotonic() < until:
        time.sleep(LOOK_S)
    for process in members(group):
        _send(process, signal.SIGKILL)


def members(group: int) -> list[psutil.Process]:
    """The living processes of the group, without its keeper."""
    return [process for process in psutil.process_iter() if _is_in(process, group) and MODULE not in _words(process)]


def runs(group: int) -> list[psutil.Process]:
    """The processes of the group that make a run each: Dagster's code server spawns one for every run."""
    return [process for process in members(group) if "spawn_main" in _words(process) and _is_top(process, group)]


def _tops(group: int) -> list[psutil.Process]:
    living = members(group)
    makers = runs(group)
    inside = {process.pid for process in living}
    return [process for process in living if process in makers or _parent(process) not in inside]


def _is_top(process: psutil.Process, group: int) -> bool:
    """Whether its parent is a server of ours, or gone; a run's own helpers are spawned in the same way."""
    try:
        parent = process.parent()
        return parent is None or not _is_in(parent, group) or "spawn_main" not in _words(parent)
    except psutil.Error:
        return False


def _is_in(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def main() -> None:
    """Wait for the end of the pipe, then end the group."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    end(os.getpgrp())


if __name__ == "__main__":
    main()
