"""Runway: pictures by Gen-4 Image, and shots filmed from their frames. OpenAPI file of 2026-08-08."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from director_dagster.errors import AnswerMalformed, BadInput, ModelRetired
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
from director_dagster.providers.filming import covering_s, data_uri, frame_of, known, refuse_long, speaks
from director_dagster.providers.registry import Tools
from director_dagster.providers.runway_answers import (
    AGAINST_THE_RULES,
    DONE,
    ENDED_BADLY,
    RUNNING,
    Taken,
    Task,
    judge,
    judge_job,
)
from director_dagster.providers.seller import Seller

URL = "https://api.dev.runwayml.com"
VERSION = "2024-11-06"
MEDIA_HOSTS = ("cloudfront.net", "runwayml.com")
"""Its outputs lie with a distributor of Amazon's, under a name that tells nothing and may change."""

FILMING: Mapping[str, str] = {"gen4_turbo": "Gen-4 Turbo", "gen4.5": "Gen-4.5"}
DRAWING: Mapping[str, str] = {"gen4_image": "Gen-4 Image"}
"""Models that film or draw, the one that is asked for unless the crew names another first; what people call them."""

MODELS: Mapping[Medium, Mapping[str, str]] = {Medium.VIDEO: FILMING, Medium.IMAGE: DRAWING}
RETIRED: Mapping[str, str] = {"gen3a_turbo": "gen4_turbo"}
LENGTHS_S = range(2, 11)
PROMPT_CHARS = 1000
REFERENCES = 3
FILM_RATIOS = ("1280:720", "720:1280", "960:960", "1104:832", "832:1104", "1584:672")
PICTURE_RATIOS = (
    *("1280:720", "720:1280", "720:720", "960:720", "720:960", "1680:720"),
    *("1920:1080", "1080:1920", "1080:1080", "1440:1080", "1080:1440", "2112:912"),
)
LARGE_PX = 720
"""Pictures whose shorter side is longer than this have the higher price."""

EVERY_MODEL, CREDIT = "every model", "credit"
FILMED, DRAWN = "video/mp4", "image/png"
KNOWN_TYPES = {FILMED, DRAWN, "image/jpeg", "image/webp"}
DAY_S = 86_400.0


def open_provider(tools: Tools) -> Provider:
    """Runway, with the key that is set for it; the entry point by which the studio finds it."""
    return Runway(tools)


class Runway(Seller):
    """Sells pictures and shots. It takes no reference of ours and lists nothing: what is lost on the way is unknown."""

    name = "runway"
    models: Mapping[Medium, Sequence[str]] = {medium: tuple(each) for medium, each in MODELS.items()}
    # An output's address is good for a day at least, and a job is told with a new one as long as there is the job.
    terms = Terms(retention_s=DAY_S, not_charged=frozenset({400, 401, 403, 404, 422, 429}), poll_s=5.0, at_once=5)

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._account.key}", "X-Runway-Version": VERSION}

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge, media_hosts=MEDIA_HOSTS)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent, save for prompt, seed and pictures. Raises BadInput for what no model of
        Runway's that we know makes, or not so long."""
        if ask.medium not in MODELS:
            raise BadInput(f"runway makes no {ask.medium}; let another provider of the crew make it")
        if model is not None and model in RETIRED:
            raise ModelRetired(f"runway has no {model} any more: use {RETIRED[model]}")
        models = MODELS[ask.medium]
        model = known(self.name, model or next(iter(models)), tuple(models), ask.medium)
        refuse_long(self.name, len(ask.prompt.encode("utf-16-le")) // 2, PROMPT_CHARS)
        params, inputs = _plan_video(ask) if ask.medium is Medium.VIDEO else _plan_image(ask)
        return self._request(ask, model=model, model_name=models[model], params=params, inputs=inputs)

    def price(self, request: Request) -> Price:
        """What the request costs at most: a picture, or seconds. Unknown without a rate."""
        unit, quantity = _units(request)
        return self._prices.price(self.name, request.model, unit, quantity, basis="computed")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:  # noqa: ARG002 (the contract's)
        """Queue it, once."""
        path = "/v1/image_to_video" if request.model in FILMING else "/v1/text_to_image"
        taken = (await self._pay(request, "POST", path, json=_body(request))).read(Taken)
        most = {} if taken.estimated is None else {"credits_at_most": str(taken.estimated.credits)}
        return Accepted(job_id=taken.id, raw={"id": taken.id, **most})

    async def poll(self, request: Request, job_id: str) -> JobStatus:  # noqa: ARG002 (the contract's)
        """Where the job stands; of one that is over without success, why, and what it cost as Runway says."""
        task = await self._task(job_id)
        if task.status in RUNNING:
            return JobStatus(state=JobState.RUNNING)
        if task.status == DONE:
            return JobStatus(state=JobState.DONE)
        if task.status not in ENDED_BADLY:
            raise self._strange(job_id, task.status)
        refused = task.failure_code.startswith(AGAINST_THE_RULES)
        reason = " ".join(filter(None, (task.failure, task.failure_code))) or f"the job was {task.status.lower()}"
        state = JobState.REFUSED if refused else JobState.FAILED
        return JobStatus(state=state, reason=reason, microusd=self._charged(task))

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """Download what was made, from the address that Runway tells now: those of yesterday may be over."""
        task = await self._task(job_id)
        if not task.output:
            raise AnswerMalformed(f"runway: {job_id} is {task.status!r}, and there is no output")
        got = await self.api.download(task.output[0], into)
        ours = FILMED if request.model in FILMING else DRAWN
        media_type = got.media_type if got.media_type in KNOWN_TYPES else ours
        return Output(media_type=media_type, details={}, microusd=self._charged(task))

    async def find(self, client_ref: str) -> str | None:  # noqa: ARG002 (the contract's)
        """Nothing can be looked up: Runway knows no reference of ours."""
        return None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing is stopped: Runway's word for it deletes a job that has ended just now, and what runs is paid."""

    async def _task(self, job_id: str) -> Task:
        return (await self.api.ask(f"/v1/tasks/{job_id}", judge=judge_job)).read(Task)

    def _charged(self, task: Task) -> int | None:
        """What Runway reports that it charged; None where it does not say."""
        if task.cost is None:
            return None
        return self._prices.price(self.name, EVERY_MODEL, CREDIT, task.cost.credits, basis="reported").microusd


def _plan_video(ask: Ask) -> tuple[Json, tuple[Input, ...]]:
    speaks(Runway.name, ask, able=False)
    length_s = covering_s(Runway.name, ask, LENGTHS_S)
    return {"duration": length_s, "ratio": _nearest(ask.params["size"], FILM_RATIOS)}, (frame_of(Runway.name, ask),)


def _plan_image(ask: Ask) -> tuple[Json, tuple[Input, ...]]:
    """A picture after others: looks first, as the studio gives them, and no more than Runway takes."""
    return {"ratio": _nearest(ask.params["size"], PICTURE_RATIOS)}, tuple(ask.inputs[:REFERENCES])


def _nearest(size: Mapping[str, int], ratios: Sequence[str]) -> str:
    """Of the sizes that are made, the one of the most similar shape; of several the most similar in size."""

    def apart(ratio: str) -> tuple[float, float]:
        width, height = _sides(ratio)
        shape = math.log(width / height) - math.log(size["width_px"] / size["height_px"])
        return round(abs(shape), 3), abs(math.log(width * height / (size["width_px"] * size["height_px"])))

    return min(ratios, key=apart)


def _sides(ratio: str) -> tuple[int, int]:
    width, height = ratio.split(":")
    return int(width), int(height)


def _units(request: Request) -> tuple[str, int]:
    """By which unit a request is charged, and how many of it."""
    if "duration" in request.params:
        return "second", request.params["duration"]
    large = min(_sides(request.params["ratio"])) > LARGE_PX
    return f"picture at {'1080p' if large else '720p'}", 1


def _body(request: Request) -> Json:
    body = {"model": request.model, "promptText": request.prompt, "seed": request.seed, **request.params}
    pictures = [data_uri(each.path) for each in request.inputs]
    if request.model in FILMING:
        return {**body, "promptImage": pictures[0]}
    return {**body, "referenceImages": [{"uri": uri} for uri in pictures]} if pictures else body
