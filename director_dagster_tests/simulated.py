"""The simulator at work, as a user starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from director_dagster.simulator.app import PATHS


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A running `director simulate`.

    Attributes:
        accounts: What it says is to be set, as settings have it.
        variables: The same, as the environment says it.
        charges_file: What it has charged.
    """

    accounts: dict[str, dict[str, str]]
    variables: dict[str, str]
    charges_file: Path

    def charges(self) -> list[dict[str, Any]]:
        """Every sale, in order."""
        text = self.charges_file.read_text() if self.charges_file.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def spoil(self, fault: str, **more: object) -> None:
        """Let the next request go wrong; `more` are the other fields of a planned fault."""
        url = httpx.URL(self.accounts["openai"]["url"]).copy_with(path="/faults")
        httpx.post(url, json={"fault": fault, **more}, trust_env=False).raise_for_status()


@contextmanager
def simulated(folder: Path) -> Iterator[Simulated]:
    """The simulator, on a free port, ended with the block."""
    file = folder / "charges"
    command = [sys.executable, "-m", "director_dagster.cli", "simulate", "--port", "0", "--charges", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            words = [word for _ in PATHS for word in process.stdout.readline().split()[1:]]
            variables = dict(word.split("=", 1) for word in words)
            accounts = {
                name: {kind.lower(): variables[f"DIRECTOR_{name.upper()}_{kind}"] for kind in ("KEY", "URL")}
                for name in PATHS
            }
            yield Simulated(accounts=accounts, variables=variables, charges_file=file)
        finally:
            process.terminate()
