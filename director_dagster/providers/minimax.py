"""MiniMax: shots by Hailuo and H3, filmed from their frames, speech, and cloned voices. Documentation of 2026-10."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from director_dagster.errors import AnswerMalformed, BadInput, OutputExpired
from director_dagster.providers import minimax_voices
from director_dagster.providers.contract import (
    CLONE,
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
from director_dagster.providers.filming import covering_s, data_uri, frame_of, known, refuse_long, speaks
from director_dagster.providers.http import MEDIA_BYTES, keep
from director_dagster.providers.minimax_answers import (
    DONE,
    ENDED_BADLY,
    OUTPUT_REFUSED,
    RUNNING,
    Found,
    OldTold,
    Spoken,
    Taken,
    Task,
    Told,
    judge,
    judge_job,
)
from director_dagster.providers.minimax_voices import CLONING, CLONING_NAME
from director_dagster.providers.registry import Tools
from director_dagster.providers.seller import Seller
from director_dagster.providers.speaking import cast, pace

URL = "https://api.minimax.io"
MEDIA_HOSTS = ("minimax.io", "minimaxi.com", "minimax.chat", "hailuoai.video", "hailuoai.com", "aliyuncs.com")
"""Its outputs lie in buckets at Alibaba, whose names tell nothing and may change."""

FILMED, SPOKEN = "video/mp4", "audio/mpeg"
LARGE_PX = 768
"""Shots whose shorter side is longer than this are filmed in 2K, if the model does that."""

SPEAKING: Mapping[str, str] = {"speech-2.8-hd": "Speech 2.8 HD", "speech-2.8-turbo": "Speech 2.8 Turbo"}
"""Models that speak, the one that is asked for unless the crew names another first, and what people call them."""

SPEECH_CHARS = 10_000
IDEOGRAPHS = 0x2E80
"""From this letter of Unicode on, each counts as two."""

SLOWEST, FASTEST = 0.5, 2.0
AUDIO: Json = {"sample_rate": 44_100, "bitrate": 128_000, "format": "mp3", "channel": 1}
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "it": "Italian"}
VOICES: Mapping[bool, tuple[str, ...]] = {
    True: ("Deep_Voice_Man", "Patient_Man", "Determined_Man", "Elegant_Man", "Casual_Guy"),
    False: ("Wise_Woman", "Calm_Woman", "Lively_Girl", "Inspirational_girl", "Abbess"),
}
"""Its own voices, which every account has, by whether the voice is a deep one."""


@dataclass(frozen=True, kw_only=True)
class Filming:
    """A model that films from a first frame.

    Attributes:
        name: What people call it.
        lengths_s: How long a clip may be, in seconds, the shortest first.
        prompt_chars: How much it reads.
        large: What it calls the resolution above LARGE_PX; None where it has none.
        old: Whether it is spoken to by the first version of the API, and charges by the clip.
    """

    name: str
    lengths_s: Sequence[int]
    prompt_chars: int
    large: str | None = None
    old: bool = False


FILMING: Mapping[str, Filming] = {
    "MiniMax-H3": Filming(name="MiniMax H3", lengths_s=range(4, 16), prompt_chars=7000, large="2K"),
    "MiniMax-H3-Max": Filming(name="MiniMax H3 Max", lengths_s=range(5, 16), prompt_chars=7000),
    "MiniMax-Hailuo-2.3": Filming(name="Hailuo 2.3", lengths_s=(6, 10), prompt_chars=2000, old=True),
}
"""Models that film, the one that is asked for unless the crew names another first."""


def open_provider(tools: Tools) -> Provider:
    """MiniMax, with the key that is set for it; the entry point by which the studio finds it."""
    return MiniMax(tools)


class MiniMax(Seller):
    """Sells shots, speech and voices. It takes no reference of ours, so what is lost on the way is unknown, save for a
    voice, whose id is ours."""

    name = "minimax"
    models: Mapping[Medium, Sequence[str]] = {Medium.VIDEO: tuple(FILMING), Medium.SPEECH: tuple(SPEAKING)}
    # Its list of a week's jobs tells neither our reference nor a lag; how long files are kept is not documented.
    terms = Terms(not_charged=frozenset({400, 401, 403, 404, 422, 429}), at_once=5)
    clones: Literal[True] = True

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge, media_hosts=MEDIA_HOSTS)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent, save for prompt and frame. Raises BadInput for what MiniMax does not make, or
        not so long."""
        if ask.operation == CLONE:
            params = minimax_voices.plan(ask)
            return self._request(ask, model=CLONING, model_name=CLONING_NAME, params=params, inputs=ask.inputs)
        if ask.medium is Medium.VIDEO:
            model = known(self.name, model or next(iter(FILMING)), tuple(FILMING), ask.medium)
            filming, frame = FILMING[model], frame_of(self.name, ask)
            return self._request(
                ask, model=model, model_name=filming.name, params=_filmed(ask, filming), inputs=[frame]
            )
        if ask.medium is Medium.SPEECH:
            model = known(self.name, model or next(iter(SPEAKING)), tuple(SPEAKING), ask.medium)
            return self._request(
                ask, model=model, model_name=SPEAKING[model], params=_spoken(ask), prompt=ask.params["text"]
            )
        raise BadInput(f"minimax makes no {ask.medium}; let another provider of the crew make it")

    def price(self, request: Request) -> Price:
        """What the request costs at most: characters, seconds, a clip, or a voice. Unknown without a rate."""
        if request.operation == CLONE:
            # It is charged with the first line that the voice speaks, so it is owed from here on.
            return self._priced(request, Decimal(1), "computed")
        if request.model in SPEAKING:
            counted = sum(2 if ord(letter) >= IDEOGRAPHS else 1 for letter in request.prompt)
            return self._priced(request, Decimal(counted) / 1000, "computed")
        old = FILMING[request.model].old
        return self._priced(request, Decimal(1 if old else request.params["duration"]), "computed")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        """Send it, once; speech and voices come with the answer, a shot is queued."""
        if request.operation == CLONE:
            return await minimax_voices.clone(self.api, request, self._account.mark, into)
        if request.model in SPEAKING:
            return await self._speak(request, client_ref, into)
        old = FILMING[request.model].old
        path = "/v1/video_generation" if old else "/v2/video_generation"
        body = _old_body(request) if old else _body(request)
        taken = (await self._pay(request, "POST", path, json=body)).read(Taken)
        return Accepted(job_id=taken.task_id, raw=taken.model_dump())

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        """Where the job stands; of one that is over without success, why. What that cost is not told."""
        if request.model in {CLONING, *SPEAKING}:
            return JobStatus(state=JobState.DONE)
        task = await self._task(request, job_id)
        if task.status in RUNNING:
            return JobStatus(state=JobState.RUNNING)
        if task.status in DONE:
            return JobStatus(state=JobState.DONE)
        if task.status not in ENDED_BADLY:
            raise self._strange(job_id, task.status)
        reason = (task.error and task.error.message) or f"the job is {task.status}"
        return JobStatus(state=JobState.REFUSED if task.refused else JobState.FAILED, reason=reason)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """Download what was filmed, from the address that MiniMax tells now. Raises OutputExpired for speech, which
        comes once, with the answer. Of a voice its id is all that there is."""
        if request.operation == CLONE:
            return await minimax_voices.written(job_id, into)
        if request.model in SPEAKING:
            raise OutputExpired(f"minimax sends speech once: {job_id} cannot be fetched again")
        task = await self._task(request, job_id)
        await self.api.download(await self._address(task, job_id), into)
        seconds = task.usage.total_seconds if task.usage is not None else None
        cost = self._priced(request, Decimal(str(seconds)), "reported").microusd if seconds else None
        return Output(media_type=FILMED, details={}, microusd=cost)

    async def find(self, client_ref: str) -> str | None:  # noqa: ARG002 (the contract's)
        """Nothing can be looked up: MiniMax knows no reference of ours."""
        return None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing is stopped: MiniMax's word for it deletes a job that has ended just now."""

    async def _speak(self, request: Request, client_ref: str, into: Path) -> Accepted:
        body = {
            "model": request.model,
            "text": request.prompt,
            "stream": False,
            "audio_setting": AUDIO,
            "output_format": "hex",
            **request.params,
        }
        spoken = (await self._pay(request, "POST", "/v1/t2a_v2", json=body, limit_bytes=MEDIA_BYTES)).read(Spoken)
        job = spoken.trace_id or client_ref
        if spoken.base_resp.status_code == OUTPUT_REFUSED:
            ended = JobStatus(state=JobState.REFUSED, reason=spoken.base_resp.status_msg)
            return Accepted(job_id=job, ended=ended)
        if spoken.data is None:
            raise AnswerMalformed("minimax: an answer without speech")
        try:
            sound = bytes.fromhex(spoken.data.audio)
        except ValueError as exc:
            raise AnswerMalformed("minimax: speech that is no hexadecimal digits") from exc
        await keep(sound, into)
        said = spoken.extra_info.usage_characters
        cost = None if said is None else self._priced(request, Decimal(said) / 1000, "reported").microusd
        raw = {"trace_id": spoken.trace_id, "usage_characters": said}
        output = Output(media_type=SPOKEN, details={}, microusd=cost)
        return Accepted(job_id=job, output=output, raw=raw)

    async def _task(self, request: Request, job_id: str) -> Task:
        path = "/query/video_generation"
        if FILMING[request.model].old:
            answer = await self.api.ask(f"/v1{path}", params={"task_id": job_id}, judge=judge_job)
            return answer.read(OldTold).task
        return (await self.api.ask(f"/v2{path}/{job_id}", judge=judge_job)).read(Told).task

    async def _address(self, task: Task, job_id: str) -> str:
        """Where a film is downloaded; the first version tells it of a file."""
        if task.content is not None:
            return task.content.url
        if task.file_id is None:
            raise AnswerMalformed(f"minimax: {job_id} is {task.status!r}, and there is no film")
        answer = await self.api.ask("/v1/files/retrieve", params={"file_id": task.file_id}, judge=judge_job)
        return answer.read(Found).file.download_url

    def _priced(self, request: Request, quantity: Decimal, basis: str) -> Price:
        return self._prices.price(self.name, request.model, _unit(request), quantity, basis=basis)


def _filmed(ask: Ask, filming: Filming) -> Json:
    refuse_long(MiniMax.name, len(ask.prompt), filming.prompt_chars)
    speaks(MiniMax.name, ask, able=False)
    size = ask.params["size"]
    large = filming.large is not None and min(size["width_px"], size["height_px"]) > LARGE_PX
    resolution = filming.large if large else "768P"
    return {"duration": covering_s(MiniMax.name, ask, filming.lengths_s), "resolution": resolution}


def _spoken(ask: Ask) -> Json:
    text, voice = ask.params["text"], ask.params["voice"]
    if len(text) > SPEECH_CHARS:
        raise BadInput(f"minimax speaks {SPEECH_CHARS:,} characters at a time; this line has {len(text):,}")
    return {
        "voice_setting": {"voice_id": cast(ask.params, VOICES), "speed": pace(voice, SLOWEST, FASTEST)},
        "language_boost": LANGUAGES.get(voice["language"].partition("-")[0], "auto"),
    }


def _unit(request: Request) -> str:
    """By which unit a request is charged."""
    if request.operation == CLONE:
        return "voice"
    if request.model in SPEAKING:
        return "thousand characters"
    length_s, resolution = request.params["duration"], request.params["resolution"]
    return f"{length_s} s at {resolution}" if FILMING[request.model].old else f"second at {resolution}"


def _body(request: Request) -> Json:
    frame = {"type": "image_url", "image_url": {"url": data_uri(request.inputs[0].path)}, "role": "first_frame"}
    words = {"type": "text", "text": request.prompt}
    return {"model": request.model, "content": [words, frame], "ratio": "adaptive", **request.params}


def _old_body(request: Request) -> Json:
    # The optimizer would write another prompt than the one that the row tells.
    return {
        "model": request.model,
        "prompt": request.prompt,
        "prompt_optimizer": False,
        "first_frame_image": data_uri(request.inputs[0].path),
        **request.params,
    }
