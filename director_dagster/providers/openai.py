"""OpenAI: scripts, pictures and speech, each in one answer. API reference and deprecations as of 2026-11-22."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from director_dagster.errors import (
    AnswerMalformed,
    BadInput,
    ModelRetired,
)
from director_dagster.providers import writing
from director_dagster.providers.at_once import AtOnce
from director_dagster.providers.contract import (
    Accepted,
    Ask,
    Input,
    JobState,
    JobStatus,
    Json,
    Medium,
    Output,
    Price,
    Provider,
    Request,
    Terms,
)
from director_dagster.providers.http import MEDIA_BYTES, keep
from director_dagster.providers.openai_answers import Choice, Completion, Pictures, judge
from director_dagster.providers.pictures import media_type
from director_dagster.providers.registry import Tools
from director_dagster.providers.speaking import cast, pace

URL = "https://api.openai.com/v1"
MODELS: Mapping[Medium, str] = {Medium.SCRIPT: "gpt-6-luna", Medium.IMAGE: "gpt-image-2", Medium.SPEECH: "tts-1"}
"""What is asked for unless the crew names another."""

KNOWN: Mapping[Medium, Sequence[str]] = {
    Medium.SCRIPT: (MODELS[Medium.SCRIPT], "gpt-5.4-mini"),
    Medium.IMAGE: (MODELS[Medium.IMAGE], "gpt-image-2.5"),
    Medium.SPEECH: (MODELS[Medium.SPEECH], "tts-1-hd"),
}
RETIRED: Mapping[str, str] = {
    "dall-e-2": "gpt-image-2",
    "dall-e-3": "gpt-image-2",
    "gpt-image-1": "gpt-image-2",
    "sora-2": "no other of OpenAI",
    "sora-2-pro": "no other of OpenAI",
    "gpt-3.5-turbo": "gpt-6-luna",
    "gpt-4-turbo": "gpt-6-luna",
    "gpt-4.1-nano": "gpt-6-luna",
    "o1": "gpt-6-luna",
    "o4-mini": "gpt-6-luna",
}
QUALITY = "medium"
MEGAPIXEL = 1024 * 1024
TOKENS_PER_MEGAPIXEL = 1056  # of a medium picture of 1024 × 1024
TOKENS_PER_INPUT = 6240  # of the largest picture that is read, at high fidelity
MARGIN = Decimal("1.25")
"""A hold is for the highest price: what a picture takes is told afterwards, and never by this much more (2026-11)."""

SPEECH_CHARS = 4096
SLOWEST, FASTEST = 0.25, 4.0
PROMPT_CHARS = 32_000
VOICES: Mapping[bool, tuple[str, ...]] = {
    True: ("onyx", "echo", "ash", "ballad", "verse"),
    False: ("nova", "shimmer", "coral", "sage", "alloy"),
}
"""By whether the voice is a deep one."""


def open_provider(tools: Tools) -> Provider:
    """OpenAI, with the key that is set for it; the entry point by which the studio finds it."""
    return OpenAI(tools)


class OpenAI(AtOnce):
    """Sells texts, pictures and speech. It has no idempotency key and lists nothing: what is lost is unknown."""

    name = "openai"
    models = KNOWN
    terms = Terms(at_once=8)

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent. Raises BadInput for what OpenAI does not make, or not so long."""
        if ask.medium not in MODELS or ask.operation == "ambience":
            raise BadInput(f"openai makes no {ask.medium}; let another provider of the crew make it")
        model = model or MODELS[ask.medium]
        if model in RETIRED:
            raise ModelRetired(f"openai has no {model} any more: use {RETIRED[model]}")
        prompt, params = _PLANS[ask.medium](ask)
        inputs = ask.inputs if ask.medium is Medium.IMAGE else ()
        return self._request(ask, model=model, params=params, prompt=prompt, inputs=inputs)

    def price(self, request: Request) -> Price:
        """What the request costs at most; of speech exactly that. Unknown for a model that the price book lacks."""
        if "voice" in request.params:
            return self._priced(request, {"thousand characters": Decimal(len(request.prompt)) / 1000}, "computed")
        if "size" in request.params:
            out = MARGIN * TOKENS_PER_MEGAPIXEL * _pixels(request) / MEGAPIXEL
            held = _image_units(
                text=math.ceil(len(request.prompt) / writing.CHARS_PER_TOKEN),
                image=TOKENS_PER_INPUT * len(request.inputs),
                out=math.ceil(out),
            )
            surely = _image_units(text=0, image=0, out=math.floor(out / MARGIN))
            return self._between(request, surely, held)
        held = _text_units(read=writing.tokens_read(request), written=writing.TOKENS)
        return self._between(request, _text_units(read=0, written=0), held)

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        """Send it; what is made comes with the answer."""
        if "voice" in request.params:
            return await self._speak(request, client_ref, into)
        if "size" in request.params:
            return await self._draw(request, client_ref, into)
        return await self._write(request, into)

    async def _write(self, request: Request, into: Path) -> Accepted:
        task, wish = writing.told(request)
        body = {
            "model": request.model,
            "messages": [{"role": "system", "content": task}, {"role": "user", "content": wish}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "screenplay", "strict": True, "schema": writing.FORM},
            },
            "max_completion_tokens": writing.TOKENS,
        }
        answer = await self._pay(request, "POST", "/chat/completions", json=body)
        done = answer.read(Completion)
        units = _text_units(read=done.usage.prompt_tokens, written=done.usage.completion_tokens)
        cost = self._priced(request, units, "reported").microusd
        raw = {"usage": done.usage.model_dump()}
        if not done.choices:
            raise AnswerMalformed("openai: an answer without a text")
        choice = done.choices[0]
        ended = _ended(choice, cost)
        if ended is not None:
            return Accepted(job_id=done.id, ended=ended, raw=raw)
        screenplay = writing.screenplay_of(choice.message.content or "")
        if screenplay is None:
            failed = JobStatus(state=JobState.FAILED, reason="the writer did not keep to the form", microusd=cost)
            return Accepted(job_id=done.id, ended=failed, raw=raw)
        await keep(screenplay.encode("utf-8"), into)
        return Accepted(
            job_id=done.id, output=Output(media_type="text/vnd.fountain", details=raw, microusd=cost), raw=raw
        )

    async def _draw(self, request: Request, client_ref: str, into: Path) -> Accepted:
        asked = {
            "model": request.model,
            "prompt": request.prompt,
            "size": request.params["size"],
            "quality": request.params["quality"],
            "output_format": "png",
            "n": 1,
        }
        if request.inputs:
            files = [("image[]", _part(each)) for each in request.inputs]
            fields = {name: str(value) for name, value in asked.items()}
            answer = await self._pay(
                request, "POST", "/images/edits", data=fields, files=files, limit_bytes=MEDIA_BYTES
            )
        else:
            answer = await self._pay(request, "POST", "/images/generations", json=asked, limit_bytes=MEDIA_BYTES)
        made = answer.read(Pictures)
        if not made.data:
            raise AnswerMalformed("openai: an answer without a picture")
        try:
            picture = base64.b64decode(made.data[0].b64_json, validate=True)
        except ValueError as exc:
            raise AnswerMalformed("openai: a picture that is no base64") from exc
        await keep(picture, into)
        usage, cost = made.usage, None
        if usage is not None:
            read = usage.input_tokens_details
            units = _image_units(text=read.text_tokens, image=read.image_tokens, out=usage.output_tokens)
            cost = self._priced(request, units, "reported").microusd
        raw = {} if usage is None else {"usage": usage.model_dump()}
        job = answer.headers.get("x-request-id", client_ref)
        return Accepted(job_id=job, output=Output(media_type="image/png", details=raw, microusd=cost), raw=raw)

    async def _speak(self, request: Request, client_ref: str, into: Path) -> Accepted:
        body = {
            "model": request.model,
            "input": request.prompt,
            "voice": request.params["voice"],
            "speed": request.params["speed"],
            "response_format": "wav",
        }
        answer = await self._pay(request, "POST", "/audio/speech", json=body, limit_bytes=MEDIA_BYTES)
        await keep(answer.body, into)
        job = answer.headers.get("x-request-id", client_ref)
        return Accepted(job_id=job, output=Output(media_type="audio/wav", details={}))

    def _between(self, request: Request, surely: Mapping[str, Decimal], held: Mapping[str, Decimal]) -> Price:
        """The price of what is held for it, and at the least of what it surely takes."""
        low = self._priced(request, surely, "estimated").microusd
        return replace(self._priced(request, held, "estimated"), low_microusd=low)

    def _priced(self, request: Request, units: Mapping[str, Decimal], basis: str) -> Price:
        return self._prices.together(self.name, request.model, units, basis=basis)


def _part(picture: Input) -> tuple[str, bytes, str]:
    """A picture as it is sent: its name, which says what kind it is, its bytes and that kind."""
    data = picture.path.read_bytes()
    kind = media_type(data)
    return f"{picture.role}.{kind.partition('/')[2]}", data, kind


def _ended(choice: Choice, cost: int | None) -> JobStatus | None:
    """How the writing ended badly, or None."""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return JobStatus(state=JobState.REFUSED, reason=choice.message.refusal or "content filter", microusd=cost)
    if choice.finish_reason != "stop":
        return JobStatus(state=JobState.FAILED, reason=f"the text ended by {choice.finish_reason}", microusd=cost)
    return None


def _plan_script(ask: Ask) -> tuple[str, Json]:
    return ask.prompt, writing.plan(ask)


def _plan_image(ask: Ask) -> tuple[str, Json]:
    if len(ask.prompt) > PROMPT_CHARS:
        raise BadInput(f"openai reads {PROMPT_CHARS:,} characters of a prompt; this one has {len(ask.prompt):,}")
    size = ask.params["size"]
    wide, high = (16 * round(size[side] / 16) for side in ("width_px", "height_px"))
    return ask.prompt, {"size": f"{wide}x{high}", "quality": QUALITY}


def _plan_speech(ask: Ask) -> tuple[str, Json]:
    text, voice = ask.params["text"], ask.params["voice"]
    if len(text) > SPEECH_CHARS:
        raise BadInput(f"openai speaks {SPEECH_CHARS:,} characters at a time; this line has {len(text):,}")
    return text, {"voice": cast(ask.params, VOICES), "speed": pace(voice, SLOWEST, FASTEST)}


_PLANS = {Medium.SCRIPT: _plan_script, Medium.IMAGE: _plan_image, Medium.SPEECH: _plan_speech}


def _pixels(request: Request) -> int:
    wide, high = (int(side) for side in request.params["size"].split("x"))
    return wide * high


def _text_units(*, read: int, written: int) -> Mapping[str, Decimal]:
    return {"million tokens in": Decimal(read) / 10**6, "million tokens out": Decimal(written) / 10**6}


def _image_units(*, text: int, image: int, out: int) -> Mapping[str, Decimal]:
    tokens = {"million text tokens in": text, "million image tokens in": image, "million image tokens out": out}
    return {unit: Decimal(count) / 10**6 for unit, count in tokens.items()}
