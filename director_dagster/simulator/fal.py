"""fal's side: its queue, what comes of jobs, and the server of the media."""

import asyncio
import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charge, Charges
from director_dagster.simulator.counter import REFUSED_WORD
from director_dagster.simulator.faults import STRANGE_WORD, At, Fault, Faults, Planned, refusal, spoil
from director_dagster.simulator.jobs import POLLS, base_of

NAME = "fal"
KLING = ("fal-ai/kling-video/v3/standard/image-to-video", "fal-ai/kling-video/v3/pro/image-to-video")
PRICES: Mapping[str, str] = {
    "fal-ai/flux/dev": "0.025",
    "fal-ai/flux/schnell": "0.003",
    KLING[0]: "0.084",
    KLING[1]: "0.112",
}
"""In dollars for a megapixel, or a second without sound; what fal charges, told apart from what we believe."""

SOUND = Decimal("1.5")
LENGTHS = {str(seconds) for seconds in range(3, 16)}
BLACKENED_WORD = "UNDRESSED"
"""A picture of words with this in them is made, charged and not shown."""


@dataclass
class Job:
    """One request of the queue. `failure` is the answer that it ends with, if it ends badly."""

    id: str
    model: str
    asked: Mapping[str, Any]
    failure: Response | None
    looks: int = 0

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self.looks >= POLLS

    @property
    def units(self) -> Decimal:
        """What is charged: begun megapixels, or seconds."""
        if self.model in KLING:
            return int(self.asked["duration"]) * (SOUND if self.heard else Decimal(1))
        size = self.asked["image_size"]
        return Decimal(math.ceil(size["width"] * size["height"] / 1_000_000))

    @property
    def heard(self) -> bool:
        """Whether it is filmed with sound, as it is unless it is asked not to be."""
        return bool(self.asked.get("generate_audio", True))

    @property
    def file(self) -> str:
        """The name of what it makes."""
        return f"{self.id}.{'mp4' if self.model in KLING else 'png'}"

    @property
    def headers(self) -> dict[str, str]:
        """What its answer says beside."""
        return {"x-fal-request-id": self.id, **({} if self.failure else {"x-fal-billable-units": str(self.units)})}


class Fal:
    """The routes of its queue, and of its media below ``/files``."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._charges, self._faults = charges, faults
        self._jobs: dict[str, Job] = {}

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [
            Route("/files/{file}", self.download),
            Route("/{app:path}/requests/{id}/status", self.status),
            Route("/{app:path}/requests/{id}/cancel", self.cancel, methods=["PUT"]),
            Route("/{app:path}/requests/{id}", self.result),
            Route("/{model:path}", self.submit, methods=["POST"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Queue a request. What is taken will be made, so it is charged now."""
        fault = self._faults.next(NAME)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        model = request.path_params["model"]
        if not request.headers.get("Authorization", "").removeprefix("Key "):
            return _told(401, "Authentication is required to access this application")
        if model not in PRICES:
            return _told(404, f"Application '{model}' not found")
        asked = await request.json()
        job = Job(id=str(uuid4()), model=model, asked=asked, failure=_failure(model, asked, fault))
        self._jobs[job.id] = job
        if job.failure is None:
            cost = round(Decimal(PRICES[model]) * job.units * 1_000_000)
            what = asked["prompt"][:200]
            self._charges.add(Charge(provider=NAME, job=job.id, model=model, what=what, microusd=cost))
        here = f"{base_of(request)}/{'/'.join(model.split('/')[:2])}/requests/{job.id}"
        body = {
            "status": "IN_QUEUE",
            "request_id": job.id,
            "response_url": here,
            "status_url": f"{here}/status",
            "cancel_url": f"{here}/cancel",
            "queue_position": 0,
        }
        return spoil(fault, JSONResponse(body))

    async def status(self, request: Request) -> Response:
        """Where a job stands."""

        def told(job: Job, fault: Planned | None) -> Response:
            job.looks += 1
            word = "COMPLETED" if job.done else "IN_QUEUE"
            if fault is not None and fault.fault is Fault.STRANGE:
                word = STRANGE_WORD
            failed = {"error": "the job failed"} if job.done and job.failure else {}
            body = {"status": word, "request_id": job.id, "response_url": str(request.url).removesuffix("/status")}
            return JSONResponse({**body, **failed}, 200 if job.done else 202)

        return self._answered(request, At.POLL, told)

    async def result(self, request: Request) -> Response:
        """What came of a job."""

        def told(job: Job, _: Planned | None) -> Response:
            if not job.done:
                return _told(400, "Request is still in progress")
            if job.failure is not None:
                return Response(job.failure.body, job.failure.status_code, {**job.failure.headers, **job.headers})
            url = f"{base_of(request)}/files/{job.file}"
            if job.model in KLING:
                made: Mapping[str, Any] = {"video": {"url": url, "content_type": "video/mp4", "file_name": "out.mp4"}}
            else:
                file = {"url": url, "content_type": "image/png", **job.asked["image_size"]}
                black = BLACKENED_WORD in job.asked["prompt"]
                made = {"images": [file], "seed": job.asked["seed"], "has_nsfw_concepts": [black]}
            return JSONResponse(made, headers=job.headers)

        return self._answered(request, At.RESULT, told)

    async def cancel(self, request: Request) -> Response:
        """Stop a job; it is only asked to."""

        def told(job: Job, _: Planned | None) -> Response:
            if job.done:
                return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
            return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)

        return self._answered(request, At.POLL, told)

    async def download(self, request: Request) -> Response:
        """The bytes that a job has made, the same each time."""
        fault = self._faults.next(NAME, At.DOWNLOAD)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        job = self._jobs.get(request.path_params["file"].partition(".")[0])
        if job is None or request.path_params["file"] != job.file:
            return _told(404, "File not found")
        if job.model in KLING:
            frame = base64.b64decode(job.asked["start_image_url"].partition(",")[2])
            aloud = job.asked["prompt"] if job.heard else None
            made = await asyncio.to_thread(media.clip, frame, int(job.asked["duration"]), job.id, aloud=aloud)
            return spoil(fault, Response(made, media_type="video/mp4"))
        wide, high = job.asked["image_size"]["width"], job.asked["image_size"]["height"]
        made = await asyncio.to_thread(media.picture, job.asked["prompt"], wide, high, job.id)
        return spoil(fault, Response(made, media_type="image/png"))

    def _answered(self, request: Request, at: At, told: Callable[[Job, Planned | None], Response]) -> Response:
        fault = self._faults.next(NAME, at)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        job = self._jobs.get(request.path_params["id"])
        return spoil(fault, _told(404, "Request not found") if job is None else told(job, fault))


def _failure(model: str, asked: Mapping[str, Any], fault: Planned | None) -> Response | None:
    """What the model says of a request that it does not carry out."""
    if fault is not None and fault.fault is Fault.FAIL:
        body = {"detail": "The runner was disconnected", "error_type": "runner_disconnected"}
        return JSONResponse(body, 503, headers={"x-fal-error-type": "runner_disconnected"})
    if REFUSED_WORD in asked.get("prompt", ""):
        return _complaint("prompt", "content_policy_violation", "The content could not be processed.")
    if not asked.get("prompt"):
        return _complaint("prompt", "missing", "Field required")
    if model in KLING and not asked.get("start_image_url", "").startswith("data:image/"):
        return _complaint("start_image_url", "file_download_error", "Failed to download the file.")
    if model in KLING and asked.get("duration") not in LENGTHS:
        return _complaint("duration", "literal_error", "Input should be '3' to '15'")
    return None


def _complaint(where: str, kind: str, message: str) -> Response:
    return JSONResponse({"detail": [{"loc": ["body", where], "msg": message, "type": kind}]}, 422)


def _told(status: int, words: str) -> Response:
    return JSONResponse({"detail": words}, status)
