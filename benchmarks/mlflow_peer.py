"""MLflow as a peer of lineages: runs whose tag names the run that they were made from.

It has no question for a lineage. Whoever wants one asks for the tag run by run on the way up, and searches for it on
the way down.
"""

import json
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from benchmarks.harness import peer

MLFLOW = "mlflow==3.17.2"
START_S = 120
DEPTH = 10
MADE_FROM = "made_from"


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """A tracking server of theirs, with a chain of runs among many others.

    Attributes:
        port: Of its API.
        chain: Ids of runs, each made from the one before; in the middle stands the one whose lineage is asked for.
    """

    port: int
    chain: tuple[str, ...]

    def ancestors(self) -> None:
        """Walk up."""
        with closing(HTTPConnection("127.0.0.1", self.port)) as client:
            self._up(client)

    def both_ways(self) -> None:
        """Walk up and down."""
        with closing(HTTPConnection("127.0.0.1", self.port)) as client:
            self._up(client)
            at, seen = self.chain[DEPTH], 0
            while made := _asked(client, "POST", "runs/search", _made_from(at)).get("runs"):
                at, seen = made[0]["info"]["run_id"], seen + 1
            assert seen == DEPTH

    def _up(self, client: HTTPConnection) -> None:
        at: str | None = self.chain[DEPTH]
        seen = -1
        while at is not None:
            run = _asked(client, "GET", f"runs/get?run_id={at}")["run"]
            at = {tag["key"]: tag["value"] for tag in run["data"].get("tags", [])}.get(MADE_FROM)
            seen += 1
        assert seen == DEPTH


@contextmanager
def tracking(folder: Path, *, runs: int) -> Iterator[Tracker]:
    """Their server, installed in `folder`, with so many runs."""
    python, database = peer(folder / "peer", MLFLOW), folder / "mlflow.db"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [str(python), "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{database}"]
    command += ["--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with closing(_connected(port)) as client:
            chain: list[str] = []
            for _ in range(2 * DEPTH + 1):
                tags = [{"key": MADE_FROM, "value": chain[-1]}] if chain else []
                made = _asked(client, "POST", "runs/create", {"experiment_id": "0", "start_time": 1, "tags": tags})
                chain.append(made["run"]["info"]["run_id"])
        _fill(database, runs - len(chain))
        yield Tracker(port=port, chain=tuple(chain))
    finally:
        process.terminate()
        process.wait()


def _made_from(run: str) -> Mapping[str, Any]:
    return {"experiment_ids": ["0"], "filter": f"tags.{MADE_FROM} = '{run}'"}


def _connected(port: int) -> HTTPConnection:
    until = monotonic() + START_S
    while True:
        client = HTTPConnection("127.0.0.1", port)
        try:
            client.connect()
        except OSError:
            assert monotonic() < until, "MLflow does not start"
            sleep(0.2)
        else:
            return client


def _asked(client: HTTPConnection, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (their JSON)
    sent = None if body is None else json.dumps(body)
    client.request(method, f"/api/2.0/mlflow/{path}", sent, {"Content-Type": "application/json"})
    answer = client.getresponse()
    told = json.loads(answer.read())
    assert answer.status == HTTPStatus.OK, told
    return told


def _fill(database: Path, runs: int) -> None:
    """Add runs as their API would, but all at once: copies of one, each made from one that is nowhere."""
    with closing(sqlite3.connect(database, timeout=START_S)) as connection, connection:
        found = connection.execute("SELECT * FROM runs LIMIT 1")
        names = [column[0] for column in found.description]
        one = dict(zip(names, found.fetchone(), strict=True))
        ids = [uuid4().hex for _ in range(runs)]
        rows = ([{**one, "run_uuid": each, "name": each}[name] for name in names] for each in ids)
        connection.executemany(f"INSERT INTO runs VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608 (places alone)
        tags = ((MADE_FROM, uuid4().hex, each) for each in ids)
        connection.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", tags)
