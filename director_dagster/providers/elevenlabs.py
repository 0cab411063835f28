"""ElevenLabs: speech that says when what is said, music, and the sound of places. OpenAPI file of 2026-08-22."""

import base64
import math
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from director_dagster.errors import AnswerMalformed, BadInput, ModelRetired
from director_dagster.providers import elevenlabs_voices
from director_dagster.providers.at_once import AtOnce
from director_dagster.providers.contract import (
    CLONE,
    LETTERS,
    Accepted,
    Ask,
    Json,
    Medium,
    Output,
    Price,
    Provider,
    Request,
    Terms,
)
from director_dagster.providers.elevenlabs_answers import COST, Alignment, Spoken, judge
from director_dagster.providers.elevenlabs_voices import CLONING, CLONING_NAME
from director_dagster.providers.http import MEDIA_BYTES, Answer, keep
from director_dagster.providers.registry import Tools
from director_dagster.providers.speaking import cast, pace
from director_dagster.story.cut import FPS

URL = "https://api.elevenlabs.io"
SPEAKING: Mapping[str, str] = {
    "eleven_multilingual_v2": "Eleven Multilingual v2",
    "eleven_flash_v2_5": "Eleven Flash v2.5",
}
"""Models that speak, the one that is asked for unless the crew names another first, and what people call them."""

MUSIC, MUSIC_NAME = "music_v2", "Eleven Music 2"
SOUNDS, SOUNDS_NAME = "eleven_text_to_sound_v2", "Eleven Sound Effects 2"
RETIRED: Mapping[str, str] = {
    "music_v1": MUSIC,
    "eleven_monolingual_v1": "eleven_multilingual_v2",
    "eleven_multilingual_v1": "eleven_multilingual_v2",
}
MP3 = "audio/mpeg"
SPEECH_FORMAT = "mp3_44100_128"
"""The best that every plan includes."""

EVERY_MODEL = "every model"
"""In the price book: a credit costs the same whatever it is spent on."""

CREDITS_A_CHARACTER: Mapping[str, Decimal] = {"eleven_flash_v2_5": Decimal("0.5")}
CREDITS_A_SECOND = 40
"""Of a sound whose length was asked for (help pages, 2026)."""

SPEECH_CHARS: Mapping[str, int] = {"eleven_multilingual_v2": 10_000, "eleven_flash_v2_5": 40_000}
PROMPT_CHARS = 4100
SHORTEST_MUSIC_S, LONGEST_MUSIC_S = 3.0, 600.0
LONGEST_SOUND_S = 30.0
SLOWEST, FASTEST = 0.7, 1.2
VOICES: Mapping[bool, tuple[str, ...]] = {
    True: (
        "JBFqnCBsd6RMkjVDRZzb",  # George
        "nPczCjzI2devNBz1zQrb",  # Brian
        "onwK4e9ZLuTAKqWW03F9",  # Daniel
        "cjVigY5qzO86Huf0OWal",  # Eric
        "pqHfZKP75CvOlQylNhV4",  # Bill
    ),
    False: (
        "EXAVITQu4vr4xnSDxMaL",  # Sarah
        "XrExE9yKIg1WjnnlVkGX",  # Matilda
        "Xb7hH8MSUJpSbSDYk0k2",  # Alice
        "pFZP5JQG7iQjIQuC4Bku",  # Lily
        "cgSgspJ2msm6clMCkdW9",  # Jessica
    ),
}
"""Its own voices, which every account has, by whether the voice is a deep one."""

VOWELS = set("aeiouyаеиоуыэюяαεηιουω")
OPEN, HALF_OPEN = 1.0, 0.4
"""How far a mouth is open at a vowel, and at another letter."""


def open_provider(tools: Tools) -> Provider:
    """ElevenLabs, with the key that is set for it; the entry point by which the studio finds it."""
    return ElevenLabs(tools)


class ElevenLabs(AtOnce):
    """Sells speech, music and sounds. Its history lists no reference of ours, and no music: what is lost is unknown."""

    name = "elevenlabs"
    models: Mapping[Medium, Sequence[str]] = {Medium.SPEECH: tuple(SPEAKING), Medium.MUSIC: (MUSIC,)}
    terms = Terms(at_once=3)
    clones: Literal[True] = True

    def _headers(self) -> Mapping[str, str]:
        return {"xi-api-key": self._account.key}

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent. Raises BadInput for what ElevenLabs does not make, or not so long."""
        if ask.medium not in {Medium.SPEECH, Medium.MUSIC}:
            raise BadInput(f"elevenlabs makes no {ask.medium}; let another provider of the crew make it")
        if ask.operation == CLONE:
            name, params = elevenlabs_voices.plan(ask)
            return self._request(
                ask, model=CLONING, model_name=CLONING_NAME, params=params, prompt=name, inputs=ask.inputs
            )
        if ask.medium is Medium.SPEECH:
            model = _offered(model or next(iter(SPEAKING)), SPEAKING)
            params = _spoken(ask, model)
            return self._request(ask, model=model, model_name=SPEAKING[model], params=params, prompt=ask.params["text"])
        if ask.operation == "ambience":  # whatever makes the music: there is one model for sounds
            return self._request(ask, model=SOUNDS, model_name=SOUNDS_NAME, params=_sounding(ask))
        model = _offered(model or MUSIC, {MUSIC: MUSIC_NAME})
        return self._request(ask, model=model, model_name=MUSIC_NAME, params=_played(ask))

    def price(self, request: Request) -> Price:
        """What the request costs at most: credits for speech and sounds, begun minutes of music."""
        if request.operation == CLONE:
            return self._priced(request.model, "voice", Decimal(1), "computed")
        if "music_length_ms" in request.params:
            minutes = math.ceil(request.params["music_length_ms"] / 60_000)
            return self._priced(request.model, "minute", Decimal(minutes), "estimated")
        if "duration_seconds" in request.params:
            spent = CREDITS_A_SECOND * Decimal(str(request.params["duration_seconds"]))
        else:
            spent = CREDITS_A_CHARACTER.get(request.model, Decimal(1)) * len(request.prompt)
        return self._priced(EVERY_MODEL, "thousand credits", spent / 1000, "computed")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        """Send it; what is made comes with the answer."""
        if request.operation == CLONE:
            return await elevenlabs_voices.clone(self.api, request, into)
        if "voice_id" in request.params:
            return await self._speak(request, client_ref, into)
        music = "music_length_ms" in request.params
        body = {"prompt" if music else "text": request.prompt, "model_id": request.model, **request.params}
        query = {} if music else {"output_format": SPEECH_FORMAT}
        path = "/v1/music" if music else "/v1/sound-generation"
        answer = await self._pay(request, "POST", path, params=query, json=body, limit_bytes=MEDIA_BYTES)
        await keep(answer.body, into)
        return self._accepted(answer, client_ref, {})

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """A cloned voice, which its account keeps. Raises OutputExpired for all else, which comes once."""
        if request.operation == CLONE:
            return await elevenlabs_voices.fetch(self.api, request, job_id, into)
        return await super().fetch(request, job_id, into)

    async def _speak(self, request: Request, client_ref: str, into: Path) -> Accepted:
        answer = await self._pay(
            request,
            "POST",
            f"/v1/text-to-speech/{request.params['voice_id']}/with-timestamps",
            params={"output_format": SPEECH_FORMAT},
            json={
                "text": request.prompt,
                "model_id": request.model,
                "voice_settings": request.params["voice_settings"],
                "seed": request.seed,
            },
            limit_bytes=MEDIA_BYTES,
        )
        spoken = answer.read(Spoken)
        try:
            sound = base64.b64decode(spoken.audio_base64, validate=True)
        except ValueError as exc:
            raise AnswerMalformed("elevenlabs: speech that is no base64") from exc
        await keep(sound, into)
        said = spoken.alignment
        details = {} if said is None else {LETTERS: said.letters_s, "levels": _levels(said)}
        return self._accepted(answer, client_ref, details)

    def _accepted(self, answer: Answer, client_ref: str, details: Json) -> Accepted:
        job = answer.headers.get("request-id") or answer.headers.get("song-id") or client_ref
        raw = {name: answer.headers[name] for name in (COST, "request-id", "song-id") if name in answer.headers}
        return Accepted(
            job_id=job, output=Output(media_type=MP3, details=details, microusd=self._charged(answer)), raw=raw
        )

    def _charged(self, answer: Answer) -> int | None:
        """What ElevenLabs reports that it charged; None where it does not say."""
        try:
            spent = Decimal(answer.headers[COST])
        except (KeyError, InvalidOperation):
            return None
        if not spent.is_finite():
            return None
        return self._priced(EVERY_MODEL, "thousand credits", spent / 1000, "reported").microusd

    def _priced(self, model: str, unit: str, quantity: Decimal, basis: str) -> Price:
        return self._prices.price(self.name, model, unit, quantity, basis=basis)


def _offered(model: str, models: Mapping[str, str]) -> str:
    """`model`, if it is one of them. Raises ModelRetired, naming what to use instead, or BadInput."""
    if model in RETIRED:
        raise ModelRetired(f"elevenlabs has no {model} any more: use {RETIRED[model]}")
    if model not in models:
        raise BadInput(f"elevenlabs' {model!r} is no model that we know how to ask; there are {', '.join(models)}")
    return model


def _spoken(ask: Ask, model: str) -> Json:
    text, voice = ask.params["text"], ask.params["voice"]
    limit = SPEECH_CHARS.get(model, min(SPEECH_CHARS.values()))
    if len(text) > limit:
        raise BadInput(f"elevenlabs speaks {limit:,} characters at a time; this line has {len(text):,}")
    return {"voice_id": cast(ask.params, VOICES), "voice_settings": {"speed": pace(voice, SLOWEST, FASTEST)}}


def _played(ask: Ask) -> Json:
    _refuse_long(ask.prompt)
    # Longer music than it makes is no matter: the edit lets music go round.
    seconds = min(max(ask.params["seconds"], SHORTEST_MUSIC_S), LONGEST_MUSIC_S)
    return {"music_length_ms": round(seconds * 1000), "force_instrumental": True}


def _sounding(ask: Ask) -> Json:
    _refuse_long(ask.prompt)
    return {"duration_seconds": min(ask.params["seconds"], LONGEST_SOUND_S), "loop": True}


def _refuse_long(prompt: str) -> None:
    if len(prompt) > PROMPT_CHARS:
        raise BadInput(f"elevenlabs reads {PROMPT_CHARS:,} characters of a prompt; this one has {len(prompt):,}")


def _levels(said: Alignment) -> list[float]:
    """How far a mouth is open in each frame of the film, told by the letter that is said."""
    levels = [0.0] * math.ceil(max(said.ends_s, default=0.0) * FPS)
    for letter, start_s, end_s in zip(said.characters, said.starts_s, said.ends_s, strict=False):
        bare = unicodedata.normalize("NFD", letter.casefold())[:1]
        level = OPEN if bare in VOWELS else HALF_OPEN if bare.isalpha() else 0.0
        for frame in range(max(math.floor(start_s * FPS), 0), min(math.ceil(end_s * FPS), len(levels))):
            levels[frame] = max(levels[frame], level)
    return levels
