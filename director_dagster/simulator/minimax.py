"""MiniMax's side: both versions of its API, the first of which says everything with status 200, and speech."""

import asyncio
import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charge, Charges
from director_dagster.simulator.counter import REFUSED_WORD, Counter
from director_dagster.simulator.faults import STRANGE_WORD, At, Fault, Faults, refusal, spoil
from director_dagster.simulator.jobs import Job, Jobs, base_of

NAME = "minimax"
SECOND_USD: Mapping[str, Mapping[str, str]] = {
    "MiniMax-H3": {"768P": "0.08", "2K": "0.13"},
    "MiniMax-H3-Max": {"480P": "0.05", "768P": "0.08"},
}
CLIP_USD: Mapping[tuple[int, str], str] = {(6, "768P"): "0.28", (10, "768P"): "0.56"}
OLD_MODEL = "MiniMax-Hailuo-2.3"
LETTERS_USD: Mapping[str, str] = {"speech-2.8-hd": "100", "speech-2.8-turbo": "60"}
"""In dollars, for a million letters; what MiniMax charges, told apart from what we believe that it does."""

CLONES, VOICE_MICROUSD = "rapid-voice-cloning", 1_500_000
"""A cloned voice is charged when it first speaks."""

SHORTEST_SAMPLE_S, LONGEST_SAMPLE_S = 10.0, 300.0
VOICE_ID = re.compile(r"[A-Za-z][\w-]{6,254}[A-Za-z0-9]")
SHORTEST: Mapping[str, int] = {"MiniMax-H3": 4, "MiniMax-H3-Max": 5}
LONGEST = 15
LONGEST_PROMPT, LONGEST_OLD_PROMPT = 7000, 2000


class MiniMax:
    """The routes of its API, and of its media below ``/files``."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._jobs, self._counter = Jobs(NAME, charges, faults), Counter(NAME, charges, faults)
        self._charges = charges
        self._samples: dict[int, float] = {}
        self._voices: dict[str, bool] = {}
        """By id, whether each has spoken."""

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [
            Route("/files/{job}.mp4", self._jobs.download),
            Route("/v1/video_generation", self.film_of_old, methods=["POST"]),
            Route("/v1/query/video_generation", self.task_of_old),
            Route("/v1/files/retrieve", self.file),
            Route("/v2/video_generation", self.film, methods=["POST"]),
            Route("/v2/query/video_generation/{id}", self.task),
            Route("/v1/t2a_v2", self.speak, methods=["POST"]),
            Route("/v1/files/upload", self.upload, methods=["POST"]),
            Route("/v1/voice_clone", self.clone, methods=["POST"]),
        ]

    async def film(self, request: Request) -> Response:
        """Queue a shot by the second version."""
        asked = await request.json()
        parts = {each.get("role", each["type"]): each for each in asked["content"]}
        words = parts.get("text", {}).get("text", "")
        frame = parts.get("first_frame", {}).get("image_url", {}).get("url", "")
        refused = _error_of_film(asked, words, frame)
        told = {"words": words, "frame": frame, "seconds": asked["duration"]}
        usd = Decimal(SECOND_USD.get(asked["model"], {}).get(asked["resolution"], "0")) * asked["duration"]
        if _unknown(request):
            refused = _error(401, 1004, "login fail")
        return self._take(asked["model"], told, usd, refused)

    async def film_of_old(self, request: Request) -> Response:
        """Queue a shot by the first version."""
        asked = await request.json()
        words, frame = asked.get("prompt", ""), asked.get("first_frame_image", "")
        price = CLIP_USD.get((asked.get("duration", 6), asked.get("resolution", "768P")))
        refused = None
        if asked["model"] != OLD_MODEL or price is None or not frame.startswith("data:image/"):
            refused = _resp(2013, "invalid params")
        if len(words) > LONGEST_OLD_PROMPT:
            refused = _resp(2013, "invalid params, prompt is too long")
        if REFUSED_WORD in words:
            refused = _resp(1026, "input new_sensitive")
        if _unknown(request):
            refused = _resp(1004, "login fail")
        told = {"words": words, "frame": frame, "seconds": asked.get("duration", 6)}
        return self._take(asked["model"], told, Decimal(price or 0), refused)

    async def task(self, request: Request) -> Response:
        """A job of the second version."""
        name = request.path_params["id"]
        return self._answered(request, name, _task, JSONResponse({"error": {"message": "no such task"}}, 404))

    async def task_of_old(self, request: Request) -> Response:
        """A job of the first version."""
        name = request.query_params["task_id"]
        return self._answered(request, name, _old_task, _resp(2013, "invalid params, task_id"))

    async def file(self, request: Request) -> Response:
        """Where a file of the first version is downloaded; its id is that of its job."""
        job = self._jobs.get(request.query_params["file_id"])
        if job is None or not job.done:
            return _resp(2013, "invalid params, file_id")
        file = {"file_id": job.id, "bytes": 0, "created_at": 1, "filename": "out.mp4", "purpose": "video_generation"}
        return _resp(0, "success", file={**file, "download_url": f"{base_of(request)}/files/{job.id}.mp4"})

    async def speak(self, request: Request) -> Response:
        """A text, spoken, in hexadecimal digits."""
        asked = await request.json()
        text, model = asked["text"], asked["model"]

        async def make(job: str) -> tuple[int, Response]:
            wav = await asyncio.to_thread(media.speech, text, asked["voice_setting"].get("speed", 1.0))
            spoken, seconds = await asyncio.to_thread(media.mp3, wav)
            extra = {"audio_length": round(seconds * 1000), "audio_format": "mp3", "usage_characters": len(text)}
            data = {"audio": spoken.hex(), "status": 2}
            self._charge_voice(asked["voice_setting"]["voice_id"])
            cost = round(Decimal(LETTERS_USD[model]) * len(text))
            return cost, _resp(0, "success", data=data, extra_info=extra, trace_id=job)

        refused = None if model in LETTERS_USD else _resp(2013, "invalid params, model")
        if REFUSED_WORD in text:
            refused = _resp(1026, "input new_sensitive")
        if _unknown(request):
            refused = _resp(1004, "login fail")
        return await self._counter.sell(model, text, refused, make)

    async def upload(self, request: Request) -> Response:
        """A sample of a voice, as a file."""
        async with request.form() as asked:
            purpose, file = asked["purpose"], asked["file"]
            data = b"" if isinstance(file, str) else await file.read()
        if _unknown(request):
            return _resp(1004, "login fail")
        if purpose != "voice_clone":
            return _resp(2013, "invalid params, purpose")
        _, seconds = await asyncio.to_thread(media.mp3, data)
        sample = uuid4().int % 10**15
        self._samples[sample] = seconds
        told = {"file_id": sample, "bytes": len(data), "created_at": 1, "filename": "sample", "purpose": purpose}
        return _resp(0, "success", file=told)

    async def clone(self, request: Request) -> Response:
        """A voice of a sample, under an id that must be new."""
        asked = await request.json()
        voice = asked["voice_id"]

        async def make(_: str) -> tuple[int, Response]:
            self._voices[voice] = False
            return 0, _resp(0, "success", input_sensitive=False, input_sensitive_type=0, demo_audio="")

        refused = self._clone_refusal(asked["file_id"], voice)
        if _unknown(request):
            refused = _resp(1004, "login fail")
        return await self._counter.sell(CLONES, voice, refused, make)

    def _clone_refusal(self, sample: int, voice: str) -> Response | None:
        seconds = self._samples.get(sample)
        if seconds is None or not VOICE_ID.fullmatch(voice):
            return _resp(2013, "invalid params")
        if not SHORTEST_SAMPLE_S <= seconds <= LONGEST_SAMPLE_S:
            return _resp(2037, f"voice duration too {'short' if seconds < SHORTEST_SAMPLE_S else 'long'}")
        return _resp(2039, "voice clone voice id duplicate") if voice in self._voices else None

    def _charge_voice(self, voice: str) -> None:
        """Charge a cloned voice that speaks for the first time."""
        if self._voices.get(voice) is False:
            self._voices[voice] = True
            self._charges.add(
                Charge(provider=NAME, job=voice, model=CLONES, what="first words", microusd=VOICE_MICROUSD)
            )

    def _take(self, model: str, told: Mapping[str, Any], usd: Decimal, refused: Response | None) -> Response:
        fault = self._jobs.fault()
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        if refused is not None:
            return refused
        name = str(uuid4().int)[:15]
        frame = base64.b64decode(told["frame"].partition(",")[2])
        job = Job(
            id=name,
            model=model,
            what=told["words"],
            microusd=round(usd * 1_000_000),
            make=partial(media.clip, frame, told["seconds"], name),
        )
        self._jobs.take(job, fault)
        taken = JSONResponse({"task_id": name}) if model in SECOND_USD else _resp(0, "success", task_id=name)
        return spoil(fault, taken)

    def _answered(self, request: Request, name: str, told: Any, absent: Response) -> Response:  # noqa: ANN401 (of both)
        fault = self._jobs.fault(At.POLL)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        job = self._jobs.get(name)
        if job is None:
            return spoil(fault, absent)
        job.look()
        strange = fault is not None and fault.fault is Fault.STRANGE
        answer: Response = told(job, base_of(request), STRANGE_WORD if strange else "")
        return spoil(fault, answer)


def _task(job: Job, base: str, strange: str) -> Response:
    seconds = float(Decimal(job.microusd) / 1_000_000 / Decimal(SECOND_USD[job.model]["768P"]))
    word, more = "running", dict[str, Any]()
    if job.done:
        usage = {"total_seconds": seconds, "input_seconds": 0, "output_seconds": seconds}
        word, more = "succeeded", {"content": {"url": f"{base}/files/{job.id}.mp4"}, "usage": usage}
    if job.done and job.failure:
        word, more = "failed", {"error": {"code": "1027", "message": job.failure}}
    return JSONResponse({"task": {"id": job.id, "model": job.model, "status": strange or word, **more}})


def _old_task(job: Job, _: str, strange: str) -> Response:
    if job.done and job.failure:
        return _resp(1027, "output new_sensitive", task_id=job.id, status="Fail", file_id="")
    word = "Success" if job.done else "Processing"
    return _resp(0, "success", task_id=job.id, status=strange or word, file_id=job.id if job.done else "")


def _error_of_film(asked: Mapping[str, Any], words: str, frame: str) -> Response | None:
    model = asked["model"]
    if model not in SECOND_USD or asked["resolution"] not in SECOND_USD[model]:
        return _error(400, 2013, "invalid params")
    if not SHORTEST[model] <= asked["duration"] <= LONGEST or len(words) > LONGEST_PROMPT:
        return _error(400, 2013, "invalid params")
    if not frame.startswith("data:image/") or asked["ratio"] != "adaptive":
        return _error(400, 2013, "invalid params")
    return _error(422, 1026, "input new_sensitive") if REFUSED_WORD in words else None


def _unknown(request: Request) -> bool:
    return not request.headers.get("Authorization", "").removeprefix("Bearer ")


def _resp(code: int, message: str, **more: object) -> Response:
    """As the first version says anything."""
    return JSONResponse({**more, "base_resp": {"status_code": code, "status_msg": message}})


def _error(status: int, code: int, message: str) -> Response:
    """As the second version says that something is wrong."""
    error = {"type": "error", "message": f"{message} ({code})", "http_code": str(status)}
    return JSONResponse({"type": "error", "error": error, "request_id": uuid4().hex}, status)
