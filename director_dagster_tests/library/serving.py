"""The library as a real process, on a free port."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from director_dagster.cli import supervisor
from director_dagster_tests.serving import environment, eventually, free_port


@contextmanager
def served(home: Path, database_url: str) -> Iterator[str]:
    """The address of a library on a home and its migrated database, ended after."""
    port = free_port()
    command = [sys.executable, "-m", "director_dagster.library", "--port", str(port)]
    server = subprocess.Popen(command, env=environment(home, database_url))
    try:
        eventually(lambda: supervisor.is_open(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
