"""The provider's side: `python -m director_dagster_tests.torture.server CHARGES SEED LAG_S` prints its URL.

It charges when it takes a job: a line in the file of charges, written before its answer leaves, which no crash of ours
can falsify. Then it does what providers do: it loses answers after charging, breaks down after charging, is busy, sends
half of an output, fails jobs (and charges for them), and its list lags behind.
"""

import asyncio
import json
import os
import random
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from director_dagster_tests.torture.provider import PRICE_MICROUSD

LOST, BROKEN, BUSY, HALF, FAILING = 0.05, 0.04, 0.06, 0.05, 0.03
"""How often: answers lost after charging, a 500 after charging, a 429 or 503 before it, half outputs, failing jobs."""

LONGEST_S = 0.3
KEEP_ALIVE_S = 3600


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One sale: in which mode, of which words, under which of our references, for how much."""

    mode: str
    job: str
    ref: str
    words: str
    microusd: int


@dataclass(frozen=True, kw_only=True)
class Job:
    """A sale under way."""

    charge: Charge
    taken_at: float
    done_at: float
    fails: bool


class Works:
    """All jobs of the server."""

    def __init__(self, charges: Path, seed: int, lag_s: float) -> None:
        self._charges = charges.open("a", buffering=1)
        self._dice, self._lag_s = random.Random(seed), lag_s
        self._jobs: dict[str, Job] = {}
        self._by_ref: dict[tuple[str, str], str] = {}

    async def submit(self, request: Request) -> Response:
        """Take a job; in the mode ``key`` the same reference is the same job."""
        mode, asked = request.path_params["mode"], await request.json()
        if self._happens(BUSY):
            return Response(status_code=self._dice.choice((429, 503)))
        known = self._by_ref.get((mode, asked["ref"])) if mode == "key" else None
        job = known or self._sell(mode, asked["ref"], asked["words"])
        if self._happens(LOST):
            return StreamingResponse(_broken_off(), headers={"Content-Length": "1000"})
        return Response(status_code=500) if self._happens(BROKEN) else JSONResponse({"job": job})

    async def status(self, request: Request) -> Response:
        """Where a job stands, as soon as it is done."""
        job = self._jobs[request.path_params["job"]]
        await asyncio.sleep(job.done_at - time.monotonic())
        if job.fails:
            return JSONResponse({"state": "failed", "reason": "a bad day", "microusd": job.charge.microusd})
        return JSONResponse({"state": "done"})

    async def output(self, request: Request) -> Response:
        """What a job has made."""
        job = self._jobs[request.path_params["job"]]
        whole = f"{job.charge.words}\n{job.charge.job}\n".encode()
        headers = {"X-Microusd": str(job.charge.microusd), "Content-Length": str(len(whole))}
        if self._happens(HALF):
            return StreamingResponse(_broken_off(whole[: len(whole) // 2]), headers=headers)
        return Response(whole, media_type="text/plain", headers=headers)

    async def find(self, request: Request) -> Response:
        """The job of a reference, as soon as the list has it."""
        job = self._by_ref.get((request.path_params["mode"], request.query_params["ref"]))
        listed = job is not None and time.monotonic() > self._jobs[job].taken_at + self._lag_s
        return JSONResponse({"job": job if listed else None})

    def _sell(self, mode: str, ref: str, words: str) -> str:
        cost = self._dice.randint(PRICE_MICROUSD // 2, PRICE_MICROUSD)
        charge = Charge(mode=mode, job=uuid4().hex, ref=ref, words=words, microusd=cost)
        self._charges.write(json.dumps(asdict(charge)) + "\n")
        now = time.monotonic()
        done_at = now + self._dice.uniform(0, LONGEST_S)
        self._jobs[charge.job] = Job(charge=charge, taken_at=now, done_at=done_at, fails=self._happens(FAILING))
        self._by_ref[mode, ref] = charge.job
        return charge.job

    def _happens(self, chance: float) -> bool:
        return self._dice.random() < chance


async def _broken_off(data: bytes = b"{") -> AsyncIterator[bytes]:
    yield data
    raise ConnectionAbortedError("the provider hangs up, as it was told")


def main(charges: Path, seed: int, lag_s: float) -> None:
    """Serve on a free port until the process is ended; the URL is one line on stdout."""
    works = Works(charges, seed, lag_s)
    routes = [
        Route("/{mode}/jobs", works.submit, methods=["POST"]),
        Route("/{mode}/jobs", works.find),
        Route("/{mode}/jobs/{job}", works.status),
        Route("/{mode}/jobs/{job}/output", works.output),
    ]
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 (it is what the starter reads)
    config = uvicorn.Config(
        Starlette(routes=routes), log_level="critical", access_log=False, timeout_keep_alive=KEEP_ALIVE_S
    )
    os.setpgid(0, 0)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
