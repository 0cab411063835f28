"""Kling's side: both generations of its API, keys and signed tokens, jobs that are found by the buyer's reference."""

import base64
import hmac
import json
import time
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

NAME = "kling"
SECRET = "simulated"  # noqa: S105 (it opens nothing)
"""What tokens must be signed with."""

PRICES: Mapping[str, Mapping[str, str]] = {
    "kling-3.0": {"720p": "0.084", "1080p": "0.112", "4k": "0.42"},
    "kling-v2-6": {"std": "0.042", "pro": "0.07"},
    "kling-v2-5-turbo": {"std": "0.042", "pro": "0.07"},
}
"""In dollars for a second without sound; what Kling charges, told apart from what we believe that it does."""

SOUND: Mapping[str, Mapping[str, str]] = {
    "kling-3.0": {"720p": "1.5", "1080p": "1.5", "4k": "1"},
    "kling-v2-6": {"pro": "2"},
}
"""By how much dearer a second with sound is, where there is any."""

UNIT_USD = Decimal("0.14")
LENGTHS: Mapping[str, range | set[int]] = {
    "kling-3.0": range(3, 16),
    "kling-v2-6": {5, 10},
    "kling-v2-5-turbo": {5, 10},
}
LONGEST_PROMPT = 2500
OLD = "/v1/videos/image2video"


class Kling:
    """The routes of its API, and of its media below ``/files``."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._jobs = Jobs(NAME, charges, faults)

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [
            Route("/files/{job}.mp4", self._jobs.download),
            Route("/image-to-video/{model}", self.submit, methods=["POST"]),
            Route("/tasks", self.tasks),
            Route(OLD, self.submit_of_old, methods=["POST"]),
            Route(OLD + "/{name}", self.task_of_old),
        ]

    async def submit(self, request: Request) -> Response:
        """Queue a request of the newer generation."""
        asked, model = await request.json(), request.path_params["model"]
        parts = {each["type"]: each.get("text", each.get("url")) for each in asked["contents"]}
        settings = asked.get("settings", {})
        told = {
            "prompt": parts.get("prompt", ""),
            "frame": parts.get("first_frame", ""),
            "seconds": settings.get("duration", 5),
            "quality": settings.get("resolution", "720p"),
            "sound": settings.get("audio", "off") != "off",
            "ref": asked.get("options", {}).get("external_task_id", ""),
        }
        return self._queue(request, model, told, _task)

    async def submit_of_old(self, request: Request) -> Response:
        """Queue a request of the older generation, where a length is a text."""
        asked = await request.json()
        length = asked.get("duration", "5")
        told = {
            "prompt": asked.get("prompt", ""),
            "frame": asked.get("image", ""),
            "seconds": int(length) if isinstance(length, str) else 0,
            "quality": asked.get("mode", "std"),
            "sound": asked.get("sound", "off") != "off",
            "ref": asked.get("external_task_id", ""),
        }
        return self._queue(request, asked.get("model_name", "kling-v1"), told, _old_task)

    async def tasks(self, request: Request) -> Response:
        """Jobs of the newer generation, by their ids or by the buyer's references."""
        names = request.query_params.get("task_ids") or request.query_params.get("external_task_ids", "")
        found = [job for name in names.split(",") if (job := self._jobs.get(name)) and not _is_old(job)]
        return self._answered(request, found, lambda job, word: _task(job, word, base_of(request)), listed=True)

    async def task_of_old(self, request: Request) -> Response:
        """A job of the older generation, by its id or by the buyer's reference."""
        job = self._jobs.get(request.path_params["name"])
        found = [job] if job is not None and _is_old(job) else []
        return self._answered(request, found, lambda job, word: _old_task(job, word, base_of(request)), listed=False)

    def _queue(
        self,
        request: Request,
        model: str,
        told: Mapping[str, Any],
        as_task: Callable[[Job, str, str], Mapping[str, Any]],
    ) -> Response:
        fault = self._jobs.fault()
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        refused = _unknown(request) or _refusal(model, told)
        if refused is not None:
            return refused
        cost = Decimal(PRICES[model][told["quality"]]) * told["seconds"]
        if told["sound"]:
            cost *= Decimal(SOUND[model][told["quality"]])
        name = str(uuid4().int)[:18]
        frame = base64.b64decode(told["frame"])
        job = Job(
            id=name,
            model=model,
            what=told["prompt"],
            microusd=round(cost * 1_000_000),
            make=partial(media.clip, frame, told["seconds"], name, aloud=told["prompt"] if told["sound"] else None),
            ref=told["ref"],
        )
        self._jobs.take(job, fault)
        return spoil(fault, _said(as_task(job, "submitted", base_of(request))))

    def _answered(
        self, request: Request, found: list[Job], told: Callable[[Job, str], Mapping[str, Any]], *, listed: bool
    ) -> Response:
        fault = self._jobs.fault(At.POLL)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        refused = _unknown(request)
        if fault is not None and fault.fault is Fault.HIDE:
            found = []
        if refused is None and not found and not listed:
            refused = _error(404, 1203, "The requested resource does not exist")
        if refused is not None:
            return spoil(fault, refused)
        data = []
        for job in found:
            job.look()
            strange = fault is not None and fault.fault is Fault.STRANGE
            data.append(told(job, STRANGE_WORD if strange else _word(job)))
        return spoil(fault, _said(data if listed else data[0]))


def _word(job: Job) -> str:
    """Where a job stands; each generation spells success in its own way."""
    if not job.done:
        return "processing"
    done = "succeed" if _is_old(job) else "succeeded"
    return "failed" if job.failure else done


def _is_old(job: Job) -> bool:
    return job.model.startswith("kling-v")


def _task(job: Job, word: str, base: str) -> Mapping[str, Any]:
    paid = Decimal(job.microusd) / 1_000_000
    bill = {"charge_type": "cash", "cash_type": "balance", "amount": str(paid), "currency": "USD"}
    video = {"type": "video", "id": job.id, "url": f"{base}/files/{job.id}.mp4", "watermark_url": "", "duration": "5"}
    return {
        "id": job.id,
        "status": word,
        "message": job.failure,
        "create_time": 1,
        "update_time": 1,
        "external_id": job.ref,
        "outputs": [video] if word == "succeeded" else [],
        "billing": [{**bill, "list_price": str(paid)}] if word == "succeeded" else [],
    }


def _old_task(job: Job, word: str, base: str) -> Mapping[str, Any]:
    videos = [{"id": job.id, "url": f"{base}/files/{job.id}.mp4", "duration": "5.1"}]
    done = {
        "task_result": {"videos": videos},
        "final_unit_deduction": str(Decimal(job.microusd) / 1_000_000 / UNIT_USD),
    }
    failed = {"final_unit_deduction": "0"} if word == "failed" else {}
    return {
        "task_id": job.id,
        "task_status": word,
        "task_status_msg": job.failure,
        "task_info": {"external_task_id": job.ref},
        "created_at": 1,
        "updated_at": 1,
        **(done if word == "succeed" else failed),
    }


def _refusal(model: str, told: Mapping[str, Any]) -> Response | None:
    if model not in PRICES:
        return _error(404, 1203, f"Model {model} does not exist")
    if REFUSED_WORD in told["prompt"]:
        return _error(400, 1301, "The request contains content that is against the rules")
    if len(told["prompt"]) > LONGEST_PROMPT or told["quality"] not in PRICES[model]:
        return _error(400, 1201, "Invalid parameters")
    if told["sound"] and told["quality"] not in SOUND.get(model, {}):
        return _error(400, 1201, "sound is not supported by this model and mode")
    if told["seconds"] not in LENGTHS[model]:
        return _error(400, 1201, "duration is invalid")
    if told["frame"].startswith("data:") or not told["frame"]:
        return _error(400, 1201, "image is no address and no base64")
    return None


def _unknown(request: Request) -> Response | None:
    """Why the buyer is not known, by a key or by a token that is signed with the secret; None for one who is."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not shown:
        return _error(401, 1001, "Authorization is empty")
    if shown.count(".") != 2:
        return None
    head, _, signature = shown.rpartition(".")
    if not hmac.compare_digest(_bytes(signature), hmac.digest(SECRET.encode(), head.encode(), "sha256")):
        return _error(401, 1002, "Authorization is invalid")
    claims, now_s = json.loads(_bytes(head.partition(".")[2])), time.time()
    if claims["nbf"] > now_s:
        return _error(401, 1003, "Authorization is not yet valid")
    return _error(401, 1004, "Authorization has expired") if claims["exp"] < now_s else None


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _said(data: object) -> JSONResponse:
    return JSONResponse({"code": 0, "message": "SUCCEED", "request_id": uuid4().hex, "data": data})


def _error(status: int, code: int, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, "request_id": uuid4().hex}, status)
