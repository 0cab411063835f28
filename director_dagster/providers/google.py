"""Google: scripts and speech by the Gemini API, each in one answer. Its documentation as of 2026-10.

Its films by API key ended on 2026-10-22; what followed them is not confirmed to film a shot from its frame.
"""

import base64
import re
import wave
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from director_dagster.errors import AnswerMalformed, BadInput, ModelRetired
from director_dagster.providers import writing
from director_dagster.providers.at_once import AtOnce
from director_dagster.providers.contract import (
    Accepted,
    Ask,
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
from director_dagster.providers.google_answers import WHOLE, Data, Generated, judge
from director_dagster.providers.http import MEDIA_BYTES, keep
from director_dagster.providers.registry import Tools
from director_dagster.providers.speaking import cast

URL = "https://generativelanguage.googleapis.com"
MODELS: Mapping[Medium, str] = {Medium.SCRIPT: "gemini-3.8-flash", Medium.SPEECH: "gemini-3.8-flash-tts"}
"""What is asked for unless the crew names another."""

KNOWN: Mapping[Medium, Sequence[str]] = {
    Medium.SCRIPT: (MODELS[Medium.SCRIPT], "gemini-3.5-flash-lite"),
    Medium.SPEECH: (MODELS[Medium.SPEECH], "gemini-3.8-flash-lite-tts"),
}
NAMES: Mapping[str, str] = {
    "gemini-3.8-flash": "Gemini 3.8 Flash",
    "gemini-3.5-flash-lite": "Gemini 3.5 Flash-Lite",
    "gemini-3.8-flash-tts": "Gemini 3.8 Flash TTS",
    "gemini-3.8-flash-lite-tts": "Gemini 3.8 Flash-Lite TTS",
}
RETIRED: Mapping[str, str] = {
    "gemini-2.0-flash": "gemini-3.8-flash",
    "gemini-2.0-flash-lite": "gemini-3.5-flash-lite",
    "gemini-3-pro-preview": "gemini-3.8-flash",
    "gemini-3.1-flash-lite-preview": "gemini-3.5-flash-lite",
    "gemini-2.5-flash-preview-tts": "gemini-3.8-flash-lite-tts",
    "gemini-2.5-pro-preview-tts": "gemini-3.8-flash-tts",
}
MODEL = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
FOUNTAIN, SPOKEN = "text/vnd.fountain", "audio/wav"

SPEECH_CHARS = 4000
"""So much, at the most, that what is read and said fits into what a model holds."""

FEWEST_TOKENS, MOST_TOKENS, PAUSE_TOKENS = 1, 8, 250
"""What a letter takes to be said, and the silence around: 25 tokens are a second (2026)."""

PCM = re.compile(r"audio/L16;.*\brate=(\d+)", re.IGNORECASE)
SAMPLE_BYTES = 2
VOICES: Mapping[bool, tuple[str, ...]] = {
    True: ("Charon", "Orus", "Algenib", "Iapetus", "Enceladus"),
    False: ("Kore", "Leda", "Aoede", "Despina", "Sulafat"),
}
"""By whether the voice is a deep one."""


def open_provider(tools: Tools) -> Provider:
    """Google, with the key that is set for it; the entry point by which the studio finds it."""
    return Google(tools)


class Google(AtOnce):
    """Sells texts and speech. It has no idempotency key and lists nothing: what is lost is unknown."""

    name = "google"
    models = KNOWN
    terms = Terms(not_charged=frozenset({400, 401, 403, 404, 429}), at_once=8)

    def _headers(self) -> Mapping[str, str]:
        return {"x-goog-api-key": self._account.key}

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent. Raises BadInput for what Google does not make for us, or not so long."""
        if ask.medium not in MODELS:
            raise BadInput(f"google makes no {ask.medium}; let another provider of the crew make it")
        model = model or MODELS[ask.medium]
        if model in RETIRED:
            raise ModelRetired(f"google has no {model} any more: use {RETIRED[model]}")
        if not MODEL.fullmatch(model):
            raise BadInput(f"google's {model!r} is no name of a model")
        name = NAMES.get(model, model)
        if ask.medium is Medium.SCRIPT:
            return self._request(ask, model=model, model_name=name, params=writing.plan(ask))
        return self._request(ask, model=model, model_name=name, params=_spoken(ask), prompt=ask.params["text"])

    def price(self, request: Request) -> Price:
        """What the request costs at most, since no more may be made. Unknown for a model that the price book lacks."""
        if "voice" in request.params:
            letters = len(request.prompt)
            held, surely = (
                _units(read=letters, made=_tokens_said(request)),
                _units(read=0, made=FEWEST_TOKENS * letters),
            )
        else:
            held, surely = _units(read=writing.tokens_read(request), made=writing.TOKENS), _units(read=0, made=0)
        low = self._priced(request, surely, "estimated").microusd
        return replace(self._priced(request, held, "estimated"), low_microusd=low)

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        """Send it; what is made comes with the answer."""
        spoken = "voice" in request.params
        path = f"/v1beta/models/{request.model}:generateContent"
        body = _speech_body(request) if spoken else _script_body(request)
        made = (await self._pay(request, "POST", path, json=body, limit_bytes=MEDIA_BYTES)).read(Generated)
        job, cost = made.id or client_ref, self._charged(request, made)
        raw = {} if made.usage is None else {"usage": made.usage.model_dump()}
        if made.end != WHOLE:
            state = JobState.REFUSED if made.refused else JobState.FAILED
            return Accepted(job_id=job, ended=JobStatus(state=state, reason=made.end, microusd=cost), raw=raw)
        if spoken:
            await keep(_wav(made), into)
            return Accepted(job_id=job, output=Output(media_type=SPOKEN, details={}, microusd=cost), raw=raw)
        screenplay = writing.screenplay_of("".join(part.text or "" for part in made.parts))
        if screenplay is None:
            failed = JobStatus(state=JobState.FAILED, reason="the writer did not keep to the form", microusd=cost)
            return Accepted(job_id=job, ended=failed, raw=raw)
        await keep(screenplay.encode("utf-8"), into)
        return Accepted(job_id=job, output=Output(media_type=FOUNTAIN, details=raw, microusd=cost), raw=raw)

    def _charged(self, request: Request, made: Generated) -> int | None:
        """What the tokens cost that Google reports; None where it does not."""
        if made.usage is None:
            return None
        units = _units(read=made.usage.read, made=made.usage.total - made.usage.read)
        return self._priced(request, units, "reported").microusd

    def _priced(self, request: Request, units: Mapping[str, Decimal], basis: str) -> Price:
        return self._prices.together(self.name, request.model, units, basis=basis)


def _spoken(ask: Ask) -> Json:
    """Which voice speaks; how fast is the model's own choice."""
    text = ask.params["text"]
    if len(text) > SPEECH_CHARS:
        raise BadInput(f"google speaks {SPEECH_CHARS:,} characters at a time; this line has {len(text):,}")
    return {"voice": cast(ask.params, VOICES)}


def _script_body(request: Request) -> Json:
    task, wish = writing.told(request)
    return {
        "systemInstruction": {"parts": [{"text": task}]},
        "contents": [{"role": "user", "parts": [{"text": wish}]}],
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseJsonSchema": writing.FORM,
            "maxOutputTokens": writing.TOKENS,
        },
    }


def _speech_body(request: Request) -> Json:
    voice = {"prebuiltVoiceConfig": {"voiceName": request.params["voice"]}}
    return {
        "contents": [{"role": "user", "parts": [{"text": request.prompt}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": voice},
            "maxOutputTokens": _tokens_said(request),
        },
    }


def _tokens_said(request: Request) -> int:
    """So many tokens of sound at most: a third of a second for a letter, and ten for the silence."""
    return PAUSE_TOKENS + MOST_TOKENS * len(request.prompt)


def _units(*, read: int, made: int) -> Mapping[str, Decimal]:
    return {"million tokens in": Decimal(read) / 10**6, "million tokens out": Decimal(made) / 10**6}


def _wav(made: Generated) -> bytes:
    """The sound of an answer, which comes as bare samples, as a file. Raises AnswerMalformed for anything else."""
    sounds = [part.inline for part in made.parts if part.inline is not None]
    kind = PCM.fullmatch(sounds[0].mime_type) if sounds else None
    if kind is None:
        raise AnswerMalformed("google: an answer without speech, or in a form that we do not know")
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(int(kind[1]))
        sound.writeframes(b"".join(_samples(each) for each in sounds))
    return file.getvalue()


def _samples(sound: Data) -> bytes:
    try:
        return base64.b64decode(sound.data, validate=True)
    except ValueError as exc:
        raise AnswerMalformed("google: speech that is no base64") from exc
