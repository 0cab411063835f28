"""Runway's side: its tasks, what they cost in credits, and the server of the media."""

import base64
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charges
from director_dagster.simulator.counter import REFUSED_WORD
from director_dagster.simulator.faults import STRANGE_WORD, At, Fault, Faults, refusal, spoil
from director_dagster.simulator.jobs import Job, Jobs, base_of

NAME = "runway"
VERSION = "2024-11-06"
CREDITS: Mapping[str, int] = {"gen4_turbo": 5, "gen4.5": 12}
"""For a second; what Runway charges, told apart from what we believe that it does."""

PICTURE, SMALL_PICTURE, LARGE_PICTURE, SMALL_PX = "gen4_image", 5, 8, 720
CREDIT_MICROUSD = 10_000
LENGTHS = range(2, 11)
LONGEST_PROMPT = 1000
UNSAFE = "SAFETY.INPUT.TEXT"


class Runway:
    """The routes of its API, and of its media below ``/files``."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._jobs = Jobs(NAME, charges, faults)

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [
            Route("/files/{job}", self._jobs.download),
            Route("/v1/image_to_video", self.film, methods=["POST"]),
            Route("/v1/text_to_image", self.draw, methods=["POST"]),
            Route("/v1/tasks/{id}", self.task),
        ]

    async def film(self, request: Request) -> Response:
        """Take on a shot."""
        asked = await request.json()
        model, seconds, uri = asked["model"], asked.get("duration", 10), asked.get("promptImage", "")
        refused = None if seconds in LENGTHS else _bad("duration", "Must be between 2 and 10")
        if not uri.startswith("data:image/"):
            refused = _bad("promptImage", "Invalid image")
        if model not in CREDITS:
            refused = _bad("model", "Invalid model")
        make = partial(media.clip, base64.b64decode(uri.partition(",")[2]), seconds)
        return self._take(request, asked, CREDITS.get(model, 0) * seconds, make, refused)

    async def draw(self, request: Request) -> Response:
        """Take on a picture."""
        asked = await request.json()
        refused = None if asked["model"] == PICTURE else _bad("model", "Invalid model")
        wide, high = (int(side) for side in asked["ratio"].split(":"))
        spent = LARGE_PICTURE if min(wide, high) > SMALL_PX else SMALL_PICTURE
        make = partial(media.picture, asked["promptText"], wide, high)
        return self._take(request, asked, spent, make, refused, media_type="image/png")

    async def task(self, request: Request) -> Response:
        """Where a job stands."""
        fault = self._jobs.fault(At.POLL)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        job = self._jobs.get(request.path_params["id"])
        if job is None:
            return spoil(fault, JSONResponse({"error": "Task not found"}, 404))
        job.look()
        told = {"id": job.id, "createdAt": "2026-11-22T10:00:00.000Z", **_state(job, base_of(request))}
        strange = {"status": STRANGE_WORD} if fault is not None and fault.fault is Fault.STRANGE else {}
        return spoil(fault, JSONResponse({**told, **strange}))

    def _take(
        self,
        request: Request,
        asked: Mapping[str, Any],
        spent: int,
        make: Callable[[str], bytes],
        refused: Response | None,
        *,
        media_type: str = "video/mp4",
    ) -> Response:
        """Take a request on, unless it is refused. What is against the rules is found out later, and not charged."""
        fault = self._jobs.fault()
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        refused = _unknown(request) or refused
        if len(asked["promptText"]) > LONGEST_PROMPT:
            refused = _bad("promptText", "Too long")
        if refused is not None:
            return refused
        name = str(uuid4())
        job = Job(
            id=name,
            model=asked["model"],
            what=asked["promptText"],
            microusd=spent * CREDIT_MICROUSD,
            make=partial(make, name),
            media_type=media_type,
            failure=UNSAFE if REFUSED_WORD in asked["promptText"] else "",
        )
        self._jobs.take(job, fault)
        return spoil(fault, JSONResponse({"id": name, "estimatedCost": {"credits": spent}}))


def _state(job: Job, base: str) -> Mapping[str, Any]:
    spent = int(Decimal(job.microusd) / CREDIT_MICROUSD)
    if not job.done:
        return {"status": "RUNNING", "progress": 0.5, "estimatedCost": {"credits": spent}}
    if job.failure:
        code = job.failure if job.failure == UNSAFE else "INTERNAL.BAD_OUTPUT.CODE01"
        return {"status": "FAILED", "failure": job.failure, "failureCode": code, "cost": {"credits": 0}}
    return {"status": "SUCCEEDED", "output": [f"{base}/files/{job.id}"], "cost": {"credits": spent}}


def _unknown(request: Request) -> Response | None:
    if not request.headers.get("Authorization", "").removeprefix("Bearer "):
        return JSONResponse({"error": "Unauthorized"}, 401)
    if request.headers.get("X-Runway-Version") != VERSION:
        return JSONResponse({"error": "X-Runway-Version is not set, or is none that there is"}, 400)
    return None


def _bad(field: str, message: str) -> Response:
    issue = {"code": "invalid", "path": [field], "message": message}
    return JSONResponse({"error": "Validation of body failed", "issues": [issue]}, 400)
