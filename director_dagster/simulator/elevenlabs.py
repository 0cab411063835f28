"""ElevenLabs' side: speech with its timing, music and sounds, charged in credits."""

import asyncio
import base64
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from director_dagster.simulator import media
from director_dagster.simulator.charges import Charges
from director_dagster.simulator.counter import REFUSED_WORD, Counter
from director_dagster.simulator.faults import Faults

NAME = "elevenlabs"
CREDITS_A_CHARACTER: Mapping[str, str] = {"eleven_multilingual_v2": "1", "eleven_flash_v2_5": "0.5"}
MUSIC, SOUNDS = "music_v2", "eleven_text_to_sound_v2"
CLONES = "instant-voice-clone"
CREDITS_A_SECOND = 40
CREDIT_MICROUSD = 180
MINUTE_MICROUSD = 600_000
"""What ElevenLabs charges, told apart from what we believe that it does."""

LONGEST_TEXT = 10_000


class ElevenLabs:
    """The routes of its API."""

    def __init__(self, charges: Charges, faults: Faults) -> None:
        self._counter = Counter(NAME, charges, faults)
        self._voices: list[dict[str, Any]] = []

    @property
    def routes(self) -> list[Route]:
        """Below its base URL."""
        return [
            Route("/v1/text-to-speech/{voice}/with-timestamps", self.speak, methods=["POST"]),
            Route("/v1/music", self.play, methods=["POST"]),
            Route("/v1/sound-generation", self.sound, methods=["POST"]),
            Route("/v1/voices/add", self.add_voice, methods=["POST"]),
            Route("/v2/voices", self.voices),
        ]

    async def speak(self, request: Request) -> Response:
        """A text, spoken, and when each of its characters is said."""
        asked = await request.json()
        text, speed = asked["text"], asked.get("voice_settings", {}).get("speed", 1.0)
        model = asked.get("model_id", "eleven_multilingual_v2")

        async def make(job: str) -> tuple[int, Response]:
            wav = await asyncio.to_thread(media.speech, text, speed)
            spoken, seconds = await asyncio.to_thread(media.mp3, wav)
            times = [seconds * index / len(text) for index in range(len(text) + 1)]
            alignment = {
                "characters": list(text),
                "character_start_times_seconds": times[:-1],
                "character_end_times_seconds": times[1:],
            }
            spent = math.ceil(Decimal(CREDITS_A_CHARACTER[model]) * len(text))
            body = {"audio_base64": base64.b64encode(spoken).decode(), "alignment": alignment}
            return spent * CREDIT_MICROUSD, JSONResponse(
                {**body, "normalized_alignment": alignment}, headers=_headers(job, spent)
            )

        return await self._counter.sell(model, text, _refusal(request, model, text, CREDITS_A_CHARACTER), make)

    async def play(self, request: Request) -> Response:
        """Music of the length that is asked for, as MP3."""
        asked = await request.json()
        seconds = asked["music_length_ms"] / 1000

        async def make(job: str) -> tuple[int, Response]:
            music, _ = await asyncio.to_thread(
                media.mp3, await asyncio.to_thread(media.music, asked["prompt"], seconds)
            )
            minutes = math.ceil(seconds / 60)
            return minutes * MINUTE_MICROUSD, Response(music, media_type="audio/mpeg", headers={"song-id": job})

        model = asked.get("model_id", "music_v1")
        return await self._counter.sell(
            model, asked["prompt"], _refusal(request, model, asked["prompt"], {MUSIC}), make
        )

    async def sound(self, request: Request) -> Response:
        """The sound of something, as MP3."""
        asked = await request.json()
        seconds = asked["duration_seconds"]

        async def make(job: str) -> tuple[int, Response]:
            sound, _ = await asyncio.to_thread(media.mp3, await asyncio.to_thread(media.sound, asked["text"], seconds))
            spent = math.ceil(CREDITS_A_SECOND * seconds)
            headers = _headers(job, spent)
            return spent * CREDIT_MICROUSD, Response(sound, media_type="audio/mpeg", headers=headers)

        model = asked.get("model_id", SOUNDS)
        return await self._counter.sell(model, asked["text"], _refusal(request, model, asked["text"], {SOUNDS}), make)

    async def add_voice(self, request: Request) -> Response:
        """A voice cloned from samples; each time a new one, whatever its name."""
        async with request.form() as asked:
            name, samples = str(asked["name"]), len(asked.getlist("files"))

        async def make(job: str) -> tuple[int, Response]:
            voice = {"voice_id": job, "name": name, "category": "cloned", "labels": {}}
            self._voices.append({**voice, "available_for_tiers": [], "high_quality_base_model_ids": []})
            return 0, JSONResponse({"voice_id": job, "requires_verification": False})

        refused = _refusal(request, CLONES, name, {CLONES})
        if refused is None and samples == 0:
            refused = _error(400, "no_files", "No files were provided.")
        return await self._counter.sell(CLONES, name, refused, make)

    async def voices(self, request: Request) -> Response:
        """The account's voices, searched by their names."""
        refused = _refusal(request, CLONES, "", {CLONES})
        wanted = request.query_params.get("search", "")
        found = [voice for voice in self._voices if wanted in voice["name"]]
        return refused or JSONResponse({"voices": found, "has_more": False, "total_count": len(found)})


def _headers(job: str, spent: int) -> dict[str, str]:
    return {"request-id": job, "character-cost": str(spent)}


def _refusal(request: Request, model: str, words: str, models: Mapping[str, str] | set[str]) -> Response | None:
    if not request.headers.get("xi-api-key"):
        return _error(401, "invalid_api_key", "Invalid API key")
    if model not in models:
        return _error(400, "model_not_found", f"A model with model ID {model} does not exist.")
    if len(words) > LONGEST_TEXT:
        return _error(400, "max_character_limit_exceeded", "This request's text exceeds the character limit.")
    if REFUSED_WORD in words:
        return _error(400, "bad_prompt", "The prompt appears to violate our Terms of Service.")
    return None


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"detail": {"status": kind, "message": message}}, status)
