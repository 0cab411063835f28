"""The provider's side of the loopback: `python -m director_dagster_tests.loopback.server FOLDER` prints its URL.

A job is charged when it is taken. The charges are lines of the file ``charges`` in FOLDER, written before the answer
leaves: the oracle that no crash of ours can falsify. The same Idempotency-Key is the same job and the same charge.
"""

import asyncio
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster_tests.loopback.media import deliver

WAIT_S = 10.0
KEEP_ALIVE_S = 3600
FAILED = "BROKEN"


@dataclass
class Job:
    """A job that was taken: when it is done, and what was asked."""

    done_at: float
    request: dict[str, Any]


class Works:
    """All jobs of a server that is working."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._charges = (folder / "charges").open("a", buffering=1)
        self._jobs: dict[str, Job] = {}
        self._by_key: dict[str, str] = {}

    async def submit(self, request: Request) -> Response:
        """Take a job, or refuse it; the body is the request and how many seconds it takes."""
        asked = await request.json()
        key = request.headers["Idempotency-Key"]
        if any(word in asked["prompt"] for word in self._refused()):
            return JSONResponse({"error": "against our rules"}, 422)
        if key not in self._by_key:
            job = uuid4().hex
            self._charge(job, key, asked)
            self._by_key[key] = job
            self._jobs[job] = Job(asyncio.get_running_loop().time() + asked.pop("seconds"), asked)
        return JSONResponse({"job": self._by_key[key]}, 201)

    async def status(self, request: Request) -> Response:
        """Where a job stands, at the latest after WAIT_S."""
        job = self._jobs[request.path_params["job"]]
        await asyncio.sleep(min(WAIT_S, job.done_at - asyncio.get_running_loop().time()))
        if job.done_at > asyncio.get_running_loop().time():
            return JSONResponse({"state": "running"})
        if FAILED in job.request["prompt"]:
            return JSONResponse({"state": "failed", "reason": "the model broke down"})
        return JSONResponse({"state": "done"})

    async def output(self, request: Request) -> Response:
        """What a job has made."""
        job = request.path_params["job"]
        media_type, data, details = deliver(self._jobs[job].request, job)
        return Response(data, media_type=media_type, headers={"X-Details": json.dumps(details)})

    async def find(self, request: Request) -> Response:
        """The job of a key, if there is one."""
        return JSONResponse({"job": self._by_key.get(request.query_params["key"])})

    def _refused(self) -> list[str]:
        """The words that are against the rules now: those in the file ``rules``."""
        rules = self._folder / "rules"
        return rules.read_text().split() if rules.exists() else []

    def _charge(self, job: str, key: str, asked: dict[str, Any]) -> None:
        said = {"job": job, "key": key, "operation": asked["operation"], "model": asked["model"], "at": asked["prompt"]}
        self._charges.write(json.dumps(said) + "\n")


def main(folder: Path) -> None:
    """Serve on a free port until the process is ended; the URL is one line on stdout."""
    works = Works(folder)
    routes = [
        Route("/jobs", works.submit, methods=["POST"]),
        Route("/jobs", works.find),
        Route("/jobs/{job}", works.status),
        Route("/jobs/{job}/output", works.output),
    ]
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 (it is what the starter reads)
    # A connection that the server closes while a request is on its way leaves nobody knowing whether it was charged.
    config = uvicorn.Config(
        Starlette(routes=routes), log_level="warning", access_log=False, timeout_keep_alive=KEEP_ALIVE_S
    )
    os.setpgid(0, 0)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
