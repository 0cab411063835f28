"""Kling: shots, filmed from their frames, by both generations of its API. Its documentation as of 2026-09."""

import base64
import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from director_dagster.errors import AnswerMalformed, BadInput, ProviderUnavailable, Refused
from director_dagster.providers.contract import (
    TALK,
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
from director_dagster.providers.filming import covering_s, frame_of, in_base64, known, refuse_long, speaks
from director_dagster.providers.kling_answers import (
    DONE,
    FAILED,
    RUNNING,
    Absent,
    OldTold,
    Taken,
    Task,
    charged,
    judge,
    judge_job,
    only,
)
from director_dagster.providers.registry import Tools
from director_dagster.providers.seller import Seller
from director_dagster.story.talk import Talk

URL = "https://api-singapore.klingai.com"
MEDIA_HOSTS = ("klingai.com", "kechuangai.com", "kwimgs.com", "inkwai.com")
OLD = "/v1/videos/image2video"
PROMPT_CHARS = 2500
FILMED, OFF = "video/mp4", "off"
EVERY_MODEL, UNIT = "every model", "unit"
"""In the price book: what a unit of a package costs, whatever it is spent on."""

SHORT_SIDE_PX: Mapping[str, int] = {"720p": 720, "1080p": 1080, "4k": 2160}
MODES: Mapping[str, str] = {"720p": "std", "1080p": "pro"}
"""What the older generation calls its resolutions."""

TOKEN_LIFE_S, CLOCK_S = 1800, 5
"""How long a token is good for, and by how much our clock may be ahead of Kling's."""

LISTING_LAG_S = 300.0
"""Its documentation promises that a job is found by our reference, and not how soon. A request is written down by
whoever takes it, in seconds; so long is some hundred times as long, and is waited for only after an answer was lost."""

DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Filming:
    """A model that films from a first frame.

    Attributes:
        name: What people call it.
        lengths_s: How long a clip may be, in seconds, the shortest first.
        resolutions: Those that it films, the smallest first.
        heard: Those that it films with sound.
        sound: The field that says whether it is to be heard, and its word for yes; its word for no is ``off``. None
            where it films without sound.
        old: Whether it is named to the older generation of the API, in the request and not in its path.
        more: What else is sent.
    """

    name: str
    lengths_s: Sequence[int]
    resolutions: Sequence[str]
    heard: Sequence[str] = ()
    sound: tuple[str, str] | None = None
    old: bool
    more: Json = field(default_factory=dict)


FILMING: Mapping[str, Filming] = {
    "kling-3.0": Filming(
        name="Kling 3.0",
        lengths_s=range(3, 16),
        resolutions=("720p", "1080p", "4k"),
        heard=("720p", "1080p", "4k"),
        sound=("audio", "native"),
        old=False,
        # A shot is one continuous picture, and Kling cuts unless it is told not to.
        more={"multi_shot": False},
    ),
    "kling-v2-6": Filming(
        name="Kling 2.6",
        lengths_s=(5, 10),
        resolutions=("720p", "1080p"),
        heard=("1080p",),
        sound=("sound", "on"),
        old=True,
    ),
    "kling-v2-5-turbo": Filming(name="Kling 2.5 Turbo", lengths_s=(5, 10), resolutions=("720p", "1080p"), old=True),
}
"""Models that film, the one that is asked for unless the crew names another first."""

NEW, OF_OLD = re.compile(r"kling-\d+\.\d+(-[a-z0-9]+)*"), re.compile(r"kling-v\d+(-\d+)?(-[a-z]+)*")
"""How either generation of the API names its models; one that we do not know is asked as the nearest that we do."""


def open_provider(tools: Tools) -> Provider:
    """Kling, with the key that is set for it; the entry point by which the studio finds it."""
    return Kling(tools)


def token(key: str, secret: str, now_s: float) -> str:
    """What an access key with its secret is shown as: a JSON Web Token, good for half an hour."""
    claims = {"iss": key, "exp": int(now_s) + TOKEN_LIFE_S, "nbf": int(now_s) - CLOCK_S}
    head = ".".join(_part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{_part(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


class Kling(Seller):
    """Sells shots. A job is found by our reference, which is our name for the generation."""

    name = "kling"
    models: Mapping[Medium, Sequence[str]] = {Medium.VIDEO: tuple(FILMING)}
    terms = Terms(
        dedupe="client_ref",
        listing_lag_s=LISTING_LAG_S,
        retention_s=30 * DAY_S,
        not_charged=frozenset({400, 401, 403, 404, 429}),
        at_once=5,
    )

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._shown_as()}"}

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, url=URL, judge=judge, media_hosts=MEDIA_HOSTS)

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request as it will be sent, save for prompt and frame. Raises BadInput for what Kling does not film, or
        not so long."""
        if ask.medium is not Medium.VIDEO:
            raise BadInput(f"kling makes no {ask.medium}; let another provider of the crew make it")
        model = model or next(iter(FILMING))
        filming = _filming(model)
        refuse_long(self.name, len(ask.prompt), PROMPT_CHARS)
        frame = frame_of(self.name, ask)
        return self._request(ask, model=model, model_name=filming.name, params=_params(ask, filming), inputs=[frame])

    def price(self, request: Request) -> Price:
        """What the request costs: its seconds at their resolution. Unknown for a model that the price book lacks."""
        seconds = int(request.params["duration"])
        return self._prices.price(self.name, request.model, _unit(request), seconds, basis="computed")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:  # noqa: ARG002 (the contract's)
        """Queue it, once."""
        if _filming(request.model).old:
            task = (await self._pay(request, "POST", OLD, json=_old_body(request, client_ref))).read(OldTold).data.task
        else:
            path = f"/image-to-video/{request.model}"
            task = (await self._pay(request, "POST", path, json=_body(request, client_ref))).read(Taken).data
        return Accepted(job_id=task.id, raw={"id": task.id, "status": task.status})

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        """Where the job stands; of one that failed, why, and what it cost as far as Kling says.

        Raises ProviderUnavailable while Kling lists it not, or not yet: it is asked for as soon as it was taken.
        """
        try:
            task = await self._task(request, job_id)
        except Absent as exc:
            raise ProviderUnavailable(str(exc)) from exc
        if task.status in RUNNING:
            return JobStatus(state=JobState.RUNNING)
        if task.status in DONE:
            return JobStatus(state=JobState.DONE)
        if task.status != FAILED:
            raise self._strange(job_id, task.status)
        state = JobState.REFUSED if task.refused else JobState.FAILED
        return JobStatus(state=state, reason=task.message or "no reason is told", microusd=self._charged(task))

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """Download what was filmed, from the address that Kling tells now: one that was told before may be over."""
        task = await self._task(request, job_id)
        file = next((each for each in task.outputs or [] if each.type == "video"), None)
        if file is None:
            raise AnswerMalformed(f"kling: {job_id} is {task.status!r}, and there is no film")
        await self.api.download(file.url, into)
        details = {TALK: Talk.OWN.value} if _is_heard(request) else {}
        return Output(media_type=FILMED, details=details, microusd=self._charged(task))

    async def find(self, client_ref: str) -> str | None:
        """The job of that reference, in either generation of the API: a job of one is not told by the other.

        Raises ProviderUnavailable where one of them does not say that it has none.
        """
        doubt = None
        for listed in (self._listed, self._listed_of_old):
            try:
                return (await listed(client_ref)).id
            except Absent:
                continue
            except Refused as exc:
                doubt = exc
        if doubt is not None:
            raise ProviderUnavailable(f"kling does not say whether it has {client_ref}: {doubt}") from doubt
        return None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Kling stops nothing."""

    async def _task(self, request: Request, job_id: str) -> Task:
        if _filming(request.model).old:
            return await self._listed_of_old(job_id)
        return only(await self.api.ask("/tasks", params={"task_ids": job_id}, judge=judge_job), job_id)

    async def _listed(self, client_ref: str) -> Task:
        return only(await self.api.ask("/tasks", params={"external_task_ids": client_ref}, judge=judge_job), client_ref)

    async def _listed_of_old(self, name: str) -> Task:
        """A job by its id or by our reference: both stand at the same place of the path."""
        return (await self.api.ask(f"{OLD}/{name}", judge=judge_job)).read(OldTold).data.task

    def _charged(self, task: Task) -> int | None:
        return charged(task, self._prices.rate(self.name, EVERY_MODEL, UNIT))

    def _shown_as(self) -> str:
        secret = self._account.secret
        return self._account.key if secret is None else token(self._account.key, secret, time.time())


def _filming(model: str) -> Filming:
    """How a model is asked: one that we do not know as the nearest that we do, which of the older generation is the
    silent one. Raises BadInput for what is no name of Kling's."""
    if model not in FILMING and NEW.fullmatch(model):
        return replace(FILMING["kling-3.0"], name=model)
    if model not in FILMING and OF_OLD.fullmatch(model):
        return replace(FILMING["kling-v2-5-turbo"], name=model)
    return FILMING[known(Kling.name, model, tuple(FILMING), Medium.VIDEO)]


def _params(ask: Ask, filming: Filming) -> Json:
    length_s, size = covering_s(Kling.name, ask, filming.lengths_s), ask.params["size"]
    heard = speaks(Kling.name, ask, able=filming.sound is not None)
    wanted_px = min(size["width_px"], size["height_px"])
    there = filming.heard if heard else filming.resolutions
    resolution = next((each for each in there if SHORT_SIDE_PX[each] >= wanted_px), there[-1])
    # Unless a clip is to speak, all that is heard is the studio's own.
    sound = {} if filming.sound is None else {filming.sound[0]: filming.sound[1] if heard else OFF}
    if filming.old:
        return {"duration": str(length_s), "mode": MODES[resolution], **sound, **filming.more}
    return {"duration": length_s, "resolution": resolution, **sound, **filming.more}


def _unit(request: Request) -> str:
    """By which unit a request is charged: a second, at its resolution, with sound or without."""
    params = request.params
    resolution = next(
        (each for each, mode in MODES.items() if mode == params.get("mode")), params.get("resolution", "")
    )
    return f"second at {resolution}{' with sound' if _is_heard(request) else ''}"


def _is_heard(request: Request) -> bool:
    sound = _filming(request.model).sound
    return sound is not None and request.params[sound[0]] == sound[1]


def _body(request: Request, client_ref: str) -> Json:
    frame = in_base64(request.inputs[0].path)
    return {
        "contents": [{"type": "prompt", "text": request.prompt}, {"type": "first_frame", "url": frame}],
        "settings": request.params,
        "options": {"external_task_id": client_ref},
    }


def _old_body(request: Request, client_ref: str) -> Json:
    return {
        "model_name": request.model,
        "prompt": request.prompt,
        "image": in_base64(request.inputs[0].path),
        "external_task_id": client_ref,
        **request.params,
    }


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
