"""OpenAI's side: chat completions, pictures and speech, with its errors and its ways of counting."""

import asyncio
import base64
import json
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charges
from director_dagster.simulator.counter import REFUSED_WORD, Counter, Make
from director_dagster.simulator.faults import Faults

NAME = "openai"
PRICES: Mapping[str, Mapping[str, str]] = {
    "gpt-6-luna": {"in": "0.10", "out": "0.50"},
    "gpt-image-2": {"text": "5", "image": "8", "out": "30"},
    "tts-1": {"characters": "15"},
}
"""In dollars for a million of each; what OpenAI charges, told apart from what we believe that it does."""

TOKENS = {"low": 272, "medium": 1056, "high": 4160}
INPUT_TOKENS = 1500
LONGEST_PROMPT = 32_000


class OpenAI:
    """The routes of its API."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._counter = Counter(NAME, charges, faults)

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        paths: dict[str, Callable[[Request], Any]] = {
            "/chat/completions": self.write,
            "/images/generations": self.draw,
            "/images/edits": self.edit,
            "/audio/speech": self.speak,
        }
        return [Route(path, endpoint, methods=["POST"]) for path, endpoint in paths.items()]

    async def write(self, request: Request) -> Response:
        """A text in the form that was asked for."""
        asked = await request.json()
        idea = asked["messages"][-1]["content"]
        language = asked["messages"][0]["content"].rpartition("code ")[2][:2]

        async def make(write: media.Writer, job: str) -> tuple[int, Response]:
            written = await asyncio.to_thread(write, idea, language)
            content = json.dumps({"screenplay": written})
            read, out = len(json.dumps(asked["messages"])) // 4, len(content) // 4
            usage = {"prompt_tokens": read, "completion_tokens": out, "total_tokens": read + out}
            message = {"role": "assistant", "content": content, "refusal": None}
            choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}
            body = {"id": job, "object": "chat.completion", "created": 1, "model": asked["model"]}
            return _cost(asked["model"], {"in": read, "out": out}), JSONResponse(
                {**body, "choices": [choice], "usage": usage}
            )

        made, rambled = partial(make, media.screenplay), partial(make, media.ramblings)
        return await self._sell(request, asked["model"], idea, made, ramble=rambled)

    async def draw(self, request: Request) -> Response:
        """A picture of words alone."""
        asked = await request.json()
        return await self._sell(request, asked["model"], asked["prompt"], partial(self._picture, asked, 0))

    async def edit(self, request: Request) -> Response:
        """A picture after others."""
        async with request.form() as form:
            asked = {name: value for name, value in form.items() if isinstance(value, str)}
            seen = len(form.getlist("image[]"))
        return await self._sell(request, asked["model"], asked["prompt"], partial(self._picture, asked, seen))

    async def speak(self, request: Request) -> Response:
        """A text, spoken."""
        asked = await request.json()

        async def make(_: str) -> tuple[int, Response]:
            spoken = await asyncio.to_thread(media.speech, asked["input"], asked.get("speed", 1.0))
            # As OpenAI streams it: the sizes in the head of its WAV are not known when it begins.
            head = spoken[:4] + struct.pack("<I", 0xFFFFFFFF) + spoken[8:]
            cost = _cost(asked["model"], {"characters": len(asked["input"])})
            return cost, Response(head, media_type="audio/wav")

        return await self._sell(request, asked["model"], asked["input"], make)

    async def _picture(self, asked: Mapping[str, Any], seen: int, job: str) -> tuple[int, Response]:
        wide, high = (int(side) for side in asked["size"].split("x"))
        drawn = await asyncio.to_thread(media.picture, asked["prompt"], wide, high, job)
        text, image = len(asked["prompt"]) // 4, seen * INPUT_TOKENS
        out = TOKENS[asked["quality"]] * wide * high // (1024 * 1024)
        usage = {
            "input_tokens": text + image,
            "output_tokens": out,
            "total_tokens": text + image + out,
            "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        }
        # Its OpenAPI file knows three sizes of an answer, although any may be asked for: so none is told.
        told = {"quality": asked["quality"], "output_format": "png", "background": "opaque"}
        data = [{"b64_json": base64.b64encode(drawn).decode()}]
        cost = _cost(asked["model"], {"text": text, "image": image, "out": out})
        return cost, JSONResponse({"created": 1, "data": data, **told, "usage": usage})

    async def _sell(
        self, request: Request, model: str, words: str, make: Make, *, ramble: Make | None = None
    ) -> Response:
        async def made(make: Make, job: str) -> tuple[int, Response]:
            cost, answer = await make(job)
            answer.headers["x-request-id"] = job
            return cost, answer

        rambled = None if ramble is None else partial(made, ramble)
        refused = _refusal(request, model, words)
        return await self._counter.sell(model, words, refused, partial(made, make), ramble=rambled)


def _refusal(request: Request, model: str, words: str) -> Response | None:
    if not request.headers.get("Authorization", "").removeprefix("Bearer "):
        return _error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
    if model not in PRICES:
        return _error(404, "invalid_request_error", "model_not_found", f"The model `{model}` does not exist.")
    if len(words) > LONGEST_PROMPT:
        return _error(400, "invalid_request_error", "string_above_max_length", "The prompt is too long.")
    if REFUSED_WORD in words:
        told = "Your request was rejected by the safety system."
        return _error(400, "image_generation_user_error", "moderation_blocked", told)
    return None


def _error(status: int, type_: str, code: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": type_, "param": None, "code": code}}, status)


def _cost(model: str, counts: Mapping[str, int]) -> int:
    """In micro-dollars: dollars for a million are micro-dollars for one."""
    return round(sum(Decimal(PRICES[model][unit]) * count for unit, count in counts.items()))
