"""MiniMax: voices that are cloned from one sample, under an id of ours. Its documentation as of 2026-10."""

from pathlib import Path

from director_dagster.errors import Ambiguous, AnswerMalformed, BadInput, PromptRejected, ProviderUnavailable
from director_dagster.providers.contract import Accepted, Ask, Input, Json, Output, Request
from director_dagster.providers.http import Api, keep
from director_dagster.providers.minimax_answers import THERE, Cloned, Uploaded, judge_free
from director_dagster.story import wire

CLONING, CLONING_NAME = "rapid-voice-cloning", "Rapid Voice Cloning"
TEXT = "text/plain"
MARK_CHARS = 24
UNUSED_DAYS = 7
"""So long it keeps a voice that has not spoken."""


def plan(ask: Ask) -> Json:
    """What is sent besides the sample. Raises BadInput for more or fewer than one."""
    if len(ask.inputs) != 1:
        raise BadInput(f"minimax clones a voice from one sample of 10 s to 5 min; there are {len(ask.inputs)}")
    return {"need_noise_reduction": False, "need_volume_normalization": False}


async def clone(api: Api, request: Request, account: str, into: Path) -> Accepted:
    """The voice of that request, made unless it is there; `account` is the mark of ours.

    MiniMax lists no voice that has not spoken yet, but its id is ours to choose, and no id is given twice: so an answer
    that is lost is asked for again with the same one, and cannot make a second voice.
    """
    voice_id = f"director-{wire.digest([request.fingerprint, account])[:MARK_CHARS]}"
    body = {"file_id": await _upload(api, request.inputs[0]), "voice_id": voice_id, **request.params}
    try:
        said = await _clone(api, body)
    except Ambiguous:
        said = await _clone(api, body)
    if said.input_sensitive:
        raise PromptRejected("minimax: the sample is against the rules (input_sensitive)")
    raw = {"voice_id": voice_id, "new": said.base_resp.status_code != THERE}
    return Accepted(job_id=voice_id, output=await written(voice_id, into), raw=raw)


async def written(voice_id: str, into: Path) -> Output:
    """The voice as an output: its id is all that there is of it."""
    await keep(f"{voice_id}\n".encode(), into)
    details = {"voice_id": voice_id, "requires_verification": False, "unused_days": UNUSED_DAYS}
    return Output(media_type=TEXT, details=details)


async def _clone(api: Api, body: Json) -> Cloned:
    return (await api.pay("POST", "/v1/voice_clone", json=body)).read(Cloned)


async def _upload(api: Api, sample: Input) -> int:
    """MiniMax's id of the sample; sending it costs nothing."""
    data = sample.path.read_bytes()
    name = "sample.wav" if data.startswith(b"RIFF") else "sample.mp3"  # it goes by how the name ends
    answer = await api.ask(
        "/v1/files/upload",
        method="POST",
        judge=judge_free,
        data={"purpose": "voice_clone"},
        files={"file": (name, data)},
    )
    try:
        return answer.read(Uploaded).file.file_id
    except AnswerMalformed as exc:
        raise ProviderUnavailable(str(exc)) from exc
