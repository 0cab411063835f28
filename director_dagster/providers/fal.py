"""fal: pictures by FLUX and shots by Kling, made by its queue. Its documentation as of 2026-11-22."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from director_dagster.errors import (
    AnswerMalformed,
    BadInput,
    DirectorError,
    EndedBadly,
    PromptRejected,
    ProviderUnavailable,
    Refused,
)
from director_dagster.providers.contract import (
    TALK,
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
from director_dagster.providers.fal_answers import (
    COMPLETED,
    RUNNING,
    UNITS,
    Made,
    Queued,
    Told,
    judge,
    judge_job,
    judge_result,
)
from director_dagster.providers.filming import covering_s, data_uri, frame_of, known, refuse_long, speaks
from director_dagster.providers.http import Answer
from director_dagster.providers.registry import Tools
from director_dagster.providers.seller import Seller
from director_dagster.story.talk import Talk

URL = "https://queue.fal.run"
MEDIA_HOSTS = ("fal.media", "fal.run")
MODELS: Mapping[Medium, str] = {
    Medium.IMAGE: "fal-ai/flux/dev",
    Medium.VIDEO: "fal-ai/kling-video/v3/standard/image-to-video",
}
"""What is asked for unless the crew names another."""

DRAWING: Mapping[str, str] = {"fal-ai/flux/dev": "FLUX.1 dev", "fal-ai/flux/schnell": "FLUX.1 schnell"}
"""Those that draw from words, and what people call them."""

MEGAPIXEL = 1_000_000
SIDE_STEP_PX = 16
DRAWN, FILMED = "image/png", "video/mp4"
KNOWN_TYPES = {DRAWN, FILMED, "image/jpeg", "image/webp"}

JOB = re.compile(r"(?:[\w.-]+/)+requests/[\w-]+")
"""A job as this module names it: the path of its result below our base."""


@dataclass(frozen=True, kw_only=True)
class Filming:
    """How a model is asked that films from a first frame.

    Attributes:
        name: What people call it.
        frame: The field that takes the frame.
        lengths_s: How long a clip may be, in seconds, the shortest first.
        prompt_chars: How much it reads.
        sound: The field that says whether the clip is to be heard.
    """

    name: str
    frame: str
    lengths_s: Sequence[int]
    prompt_chars: int
    sound: str


def _kling_3(name: str) -> Filming:
    return Filming(
        name=f"Kling 3.0 {name}",
        frame="start_image_url",
        lengths_s=range(3, 16),
        prompt_chars=2500,
        sound="generate_audio",
    )


FILMING: Mapping[str, Filming] = {
    "fal-ai/kling-video/v3/standard/image-to-video": _kling_3("Standard"),
    "fal-ai/kling-video/v3/pro/image-to-video": _kling_3("Pro"),
}
KLING = re.compile(r"fal-ai/kling-video/v([3-9]|\d\d)(\.\d+)?(/[a-z0-9.-]+)*/image-to-video")
FLUX = re.compile(r"fal-ai/flux[a-z0-9.-]*(/[a-z0-9.-]+)*")
"""Models that we do not know, and that are asked as those of their family that we do."""

KNOWN: Mapping[Medium, Sequence[str]] = {Medium.IMAGE: tuple(DRAWING), Medium.VIDEO: tuple(FILMING)}


def open_provider(tools: Tools) -> Provider:
    """fal, with the key that is set for it; the entry point by which the studio finds it."""
    return Fal(tools)


class Fal(Seller):
    """Sells pictures and shots. It takes no reference of ours, so what is lost on the way is unknown."""

    name = "fal"
    models = KNOWN
    # Its platform's list of requests has neither our reference nor a lag that is documented. Outputs are kept as the
    # account says, so nothing is claimed of that either.
    terms = Terms(not_charged=frozenset({400, 401, 403, 404, 422, 429}), at_once=20)

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Key {self._account.key}"}

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge, media_hosts=MEDIA_HOSTS)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent, save for prompt, seed and frame. Raises BadInput for what no model of fal's
        that we know makes, or not so long."""
        if ask.medium not in MODELS:
            raise BadInput(f"fal makes no {ask.medium}; let another provider of the crew make it")
        model = model or MODELS[ask.medium]
        if not (FLUX if ask.medium is Medium.IMAGE else KLING).fullmatch(model):
            known(self.name, model, KNOWN[ask.medium], ask.medium)
        filming = _filming(model)
        params, inputs = _plan_image(ask) if filming is None else _plan_video(ask, filming)
        name = DRAWING.get(model, model) if filming is None else filming.name
        return self._request(ask, model=model, model_name=name, params=params, inputs=inputs)

    def price(self, request: Request) -> Price:
        """What the request costs: megapixels, of which fal begins a new one, or seconds. Unknown for a
        model that the price book lacks."""
        unit, quantity = _units(request)
        return self._prices.price(self.name, request.model, unit, quantity, basis="computed")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:  # noqa: ARG002 (the contract's)
        """Queue it, once."""
        # fal would try a failed runner again, ten times; whether to buy again is the studio's to say.
        answer = await self._pay(
            request, "POST", f"/{request.model}", json=_body(request), headers={"x-fal-no-retry": "1"}
        )
        queued = answer.read(Queued)
        return Accepted(job_id=self._job(request, queued), raw=queued.model_dump())

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        """Where the job stands; of one that is over without success, why, and what it cost as far as fal says."""
        path = f"/{_path(request, job_id)}/status"
        told = (await self.api.ask(path, judge=judge_job)).read(Told)
        if told.status in RUNNING:
            return JobStatus(state=JobState.RUNNING)
        if told.status != COMPLETED:
            raise self._strange(job_id, told.status)
        if told.error is None:
            return JobStatus(state=JobState.DONE)
        try:
            await self._result(request, job_id)
        except EndedBadly as exc:
            refused = isinstance(exc, PromptRejected)
            return JobStatus(
                state=JobState.REFUSED if refused else JobState.FAILED, reason=str(exc), microusd=exc.microusd
            )
        except ProviderUnavailable:
            pass  # that it failed is known, and what it cost is not
        return JobStatus(state=JobState.FAILED, reason=told.error)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """Download what was made. Raises PromptRejected for a picture that fal has blackened, which is charged."""
        answer = await self._result(request, job_id)
        made, cost = answer.read(Made), self._charged(request, answer)
        if any(made.has_nsfw_concepts):
            paid = self.price(request).microusd if cost is None else cost
            raise PromptRejected("fal: the picture was made, and is not shown (has_nsfw_concepts)", microusd=paid)
        file = made.video or next(iter(made.images), None)
        if file is None:
            raise AnswerMalformed(f"fal: {job_id} is done, and there is no output")
        got = await self.api.download(file.url, into)
        declared = (kind for kind in (file.content_type, got.media_type) if kind in KNOWN_TYPES)
        media_type = next(declared, FILMED if made.video else DRAWN)
        details: dict[str, Any] = {} if made.seed is None else {"seed_used": made.seed}
        if _is_heard(request):
            details[TALK] = Talk.OWN.value
        return Output(media_type=media_type, details=details, microusd=cost)

    async def find(self, client_ref: str) -> str | None:  # noqa: ARG002 (the contract's)
        """Nothing can be looked up: fal knows no reference of ours."""
        return None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Ask for it; what is over, or gone, is left as it is."""
        try:
            await self.api.ask(f"/{_path(request, job_id)}/cancel", method="PUT", judge=judge_job)
        except Refused:
            return

    async def _result(self, request: Request, job_id: str) -> Answer:
        def means(answer: Answer) -> DirectorError | None:
            return judge_result(answer, self._charged(request, answer))

        return await self.api.ask(f"/{_path(request, job_id)}", judge=means)

    def _charged(self, request: Request, answer: Answer) -> int | None:
        """What fal reports that it charged; None where it does not say."""
        try:
            units = Decimal(answer.headers[UNITS])
        except (KeyError, InvalidOperation):
            return None
        if not units.is_finite():
            return None
        # A model has one unit at fal; of one that is dearer in some way it reports more of them.
        unit = "second" if _filming(request.model) is not None else "megapixel"
        return self._prices.price(self.name, request.model, unit, units, basis="reported").microusd

    def _job(self, request: Request, queued: Queued) -> str:
        """Where the job is asked for: where fal says, if that is below our base, which alone is told our key."""
        path = queued.response_url.removeprefix(f"{self.api.base_url}/")
        return path if JOB.fullmatch(path) else _path(request, queued.request_id)


def _path(request: Request, job_id: str) -> str:
    """The path of a job's result; `job_id` may be fal's own id of the request, as a person finds it there."""
    if JOB.fullmatch(job_id):
        return job_id
    owner, alias = request.model.split("/")[:2]
    return f"{owner}/{alias}/requests/{job_id}"


def _filming(model: str) -> Filming | None:
    """How a model that films is asked; None of one that draws."""
    if model in FILMING or KLING.fullmatch(model) is None:
        return FILMING.get(model)
    return replace(FILMING[MODELS[Medium.VIDEO]], name=model)


def _plan_image(ask: Ask) -> tuple[Json, tuple[Input, ...]]:
    size = ask.params["size"]
    width, height = (SIDE_STEP_PX * round(size[side] / SIDE_STEP_PX) for side in ("width_px", "height_px"))
    return {"image_size": {"width": width, "height": height}, "num_images": 1, "output_format": "png"}, ()


def _plan_video(ask: Ask, filming: Filming) -> tuple[Json, tuple[Input, ...]]:
    frame = frame_of(Fal.name, ask)
    refuse_long(Fal.name, len(ask.prompt), filming.prompt_chars)
    length_s = covering_s(Fal.name, ask, filming.lengths_s)
    size = ask.params["size"]
    shape = math.gcd(size["width_px"], size["height_px"])
    aspect = f"{size['width_px'] // shape}:{size['height_px'] // shape}"
    # A clip with sound costs half as much again; unless it is to speak, all that is heard is the studio's own.
    heard = {filming.sound: speaks(Fal.name, ask, able=True)}
    return {"duration": str(length_s), "aspect_ratio": aspect, **heard}, (frame,)


def _body(request: Request) -> Json:
    body = {"prompt": request.prompt, **request.params}
    filming = _filming(request.model)
    if filming is None:
        return {**body, "seed": request.seed}
    return {**body, filming.frame: data_uri(request.inputs[0].path)}


def _is_heard(request: Request) -> bool:
    filming = _filming(request.model)
    return filming is not None and bool(request.params[filming.sound])


def _units(request: Request) -> tuple[str, int]:
    """By which unit a request is charged, and how many of it."""
    if _filming(request.model) is not None:
        return "second with sound" if _is_heard(request) else "second", int(request.params["duration"])
    size = request.params["image_size"]
    return "megapixel", math.ceil(size["width"] * size["height"] / MEGAPIXEL)
