"""ElevenLabs: voices that are cloned from samples. Each takes one of a plan's places, so none is made twice."""

from pathlib import Path

from pydantic import BaseModel

from director_dagster.errors import Ambiguous, BadInput, OutputExpired, ProviderUnavailable
from director_dagster.providers.contract import Accepted, Ask, Json, Output, Request
from director_dagster.providers.http import Api, keep
from director_dagster.story import wire

CLONING, CLONING_NAME = "instant-voice-clone", "Instant Voice Cloning"
TEXT = "text/plain"
SAMPLES = 25
NAME_CHARS = 80
MARK_CHARS = 12


class Cloned(BaseModel):
    """A voice that was made."""

    voice_id: str
    requires_verification: bool = False


class Listed(BaseModel):
    """A voice of the account."""

    voice_id: str
    name: str


class Voices(BaseModel):
    """The account's voices that a search has found."""

    voices: list[Listed]


def plan(ask: Ask) -> tuple[str, Json]:
    """The name of the voice, which tells it from all others, and what is sent besides. Raises BadInput."""
    if not 0 < len(ask.inputs) <= SAMPLES:
        raise BadInput(f"elevenlabs clones a voice from 1 to {SAMPLES} samples; there are {len(ask.inputs)}")
    # Its list is searched by name, and that is the only way to know again what we have made there.
    mark = wire.digest([ask.prompt, [each.digest for each in ask.inputs]])[:MARK_CHARS]
    return f"{ask.prompt[:NAME_CHARS]} {mark}", {"remove_background_noise": False}


async def clone(api: Api, request: Request, into: Path) -> Accepted:
    """The voice of that name: the one that is there, else a new one. An answer that is lost is looked up."""
    voice = await _find(api, request.prompt)
    if voice is None:
        try:
            voice = await _add(api, request)
        except Ambiguous:
            try:
                voice = await _find(api, request.prompt)
            except ProviderUnavailable:
                voice = None
            if voice is None:
                raise
    return Accepted(job_id=voice.voice_id, output=await _written(voice, into), raw=voice.model_dump())


async def fetch(api: Api, request: Request, job_id: str, into: Path) -> Output:
    """The voice again, as long as the account has it. Raises OutputExpired when it has not."""
    voice = await _find(api, request.prompt)
    if voice is None or voice.voice_id != job_id:
        raise OutputExpired(f"elevenlabs has no voice {job_id} named {request.prompt!r} any more")
    return await _written(voice, into)


async def _add(api: Api, request: Request) -> Cloned:
    files = [("files", (f"sample-{number}", each.path.read_bytes())) for number, each in enumerate(request.inputs, 1)]
    fields = {"name": request.prompt, "remove_background_noise": "false"}
    return (await api.pay("POST", "/v1/voices/add", data=fields, files=files)).read(Cloned)


async def _find(api: Api, name: str) -> Cloned | None:
    found = (await api.ask("/v2/voices", params={"search": name, "page_size": 100})).read(Voices)
    return next((Cloned(voice_id=each.voice_id) for each in found.voices if each.name == name), None)


async def _written(voice: Cloned, into: Path) -> Output:
    await keep(f"{voice.voice_id}\n".encode(), into)
    return Output(media_type=TEXT, details=voice.model_dump())
