"""The loopback provider started, and installed for processes of ours as a user would install it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from director_dagster_tests.loopback.provider import URL

ROOT = Path(__file__).parents[2]
ENTRY_POINTS = "[director_dagster.providers]\nloopback = director_dagster_tests.loopback.provider:open_provider\n"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A loopback provider at work.

    Attributes:
        url: Where its server listens.
        folder: Its own; the charges lie there.
        process: The server.
    """

    url: str
    folder: Path
    process: "subprocess.Popen[str]"

    @property
    def environment(self) -> dict[str, str]:
        """What a process of ours needs to have it among its providers."""
        return {URL: self.url, "PYTHONPATH": f"{self.folder / 'site'}:{ROOT}"}

    def refuse(self, *words: str) -> None:
        """From now on refuse what is asked with one of these words, and nothing else."""
        (self.folder / "rules").write_text(" ".join(words))

    def charges(self) -> list[dict[str, Any]]:
        """Every charge, in order."""
        return [json.loads(line) for line in (self.folder / "charges").read_text().splitlines()]


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Start the server with its things in `folder`; it is ended with the block."""
    installed = folder / "site" / "loopback-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: loopback\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(ENTRY_POINTS)
    command = [sys.executable, "-m", "director_dagster_tests.loopback.server", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Running(url=process.stdout.readline().strip(), folder=folder, process=process)
        finally:
            process.kill()
