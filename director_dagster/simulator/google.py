"""Google's side: the Gemini API's scripts and speech, counted in tokens."""

import asyncio
import base64
import json
import wave
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charges
from director_dagster.simulator.counter import REFUSED_WORD, Counter
from director_dagster.simulator.faults import Faults

NAME = "google"
PRICES: Mapping[str, tuple[str, str]] = {
    "gemini-3.8-flash": ("0.75", "3.75"),
    "gemini-3.5-flash-lite": ("0.3", "2.5"),
    "gemini-3.8-flash-tts": ("0.5", "9"),
    "gemini-3.8-flash-lite-tts": ("0.5", "6"),
}
"""In dollars for a million tokens in and out; what Google charges, told apart from what we believe that it does."""

TOKENS_A_SECOND = 25
THOUGHT = 300
"""So many tokens a writer thinks."""


class Google:
    """The routes of its API."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._counter = Counter(NAME, charges, faults)

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [Route("/v1beta/models/{model}:generateContent", self.generate, methods=["POST"])]

    async def generate(self, request: Request) -> Response:
        """A text in the form that was asked for, or a text, spoken."""
        asked, model = await request.json(), request.path_params["model"]
        words = asked["contents"][-1]["parts"][0]["text"]

        async def make(write: media.Writer, job: str) -> tuple[int, Response]:
            spoken = asked["generationConfig"].get("responseModalities") == ["AUDIO"]
            part, out = await _spoken(words) if spoken else await _written(asked, words, write)
            thought = 0 if spoken else THOUGHT
            usage = _usage(len(json.dumps(asked["contents"])) // 4, out, thought)
            answer = {
                "candidates": [{"content": {"parts": [part], "role": "model"}, "finishReason": "STOP", "index": 0}]
            }
            body = {**answer, "usageMetadata": usage, "modelVersion": model, "responseId": job}
            return _cost(model, usage["promptTokenCount"], out + thought), JSONResponse(body)

        refused = _refusal(request, model, words)
        made, rambled = partial(make, media.screenplay), partial(make, media.ramblings)
        return await self._counter.sell(model, words, refused, made, ramble=rambled)


async def _written(asked: Mapping[str, Any], idea: str, write: media.Writer) -> tuple[Mapping[str, Any], int]:
    language = asked["systemInstruction"]["parts"][0]["text"].rpartition("code ")[2][:2]
    text = json.dumps({"screenplay": await asyncio.to_thread(write, idea, language)})
    return {"text": text}, len(text) // 4


async def _spoken(text: str) -> tuple[Mapping[str, Any], int]:
    with wave.open(BytesIO(await asyncio.to_thread(media.speech, text, 1.0))) as sound:
        rate, samples = sound.getframerate(), sound.readframes(sound.getnframes())
        seconds = sound.getnframes() / rate
    data = base64.b64encode(samples).decode()
    mime_type = f"audio/L16;codec=pcm;rate={rate}"
    return {"inlineData": {"mimeType": mime_type, "data": data}}, round(TOKENS_A_SECOND * seconds)


def _usage(read: int, out: int, thought: int) -> dict[str, int]:
    more = {"thoughtsTokenCount": thought} if thought else {}
    return {"promptTokenCount": read, "candidatesTokenCount": out, **more, "totalTokenCount": read + out + thought}


def _refusal(request: Request, model: str, words: str) -> Response | None:
    if not request.headers.get("x-goog-api-key"):
        return _error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
    if model not in PRICES:
        return _error(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
    if REFUSED_WORD in words:
        return JSONResponse({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "responseId": "blocked"})
    return None


def _error(status: int, word: str, message: str) -> Response:
    return JSONResponse({"error": {"code": status, "message": message, "status": word}}, status)


def _cost(model: str, read: int, out: int) -> int:
    """In micro-dollars: dollars for a million are micro-dollars for one."""
    price_in, price_out = PRICES[model]
    return round(Decimal(price_in) * read + Decimal(price_out) * out)
