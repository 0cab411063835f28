"""Our side of the loopback: a provider in one file, as anybody would add one, over HTTP."""

import json
import os
from pathlib import Path

from pydantic import BaseModel

from director_dagster.errors import DirectorError, PromptRejected
from director_dagster.providers.contract import (
    Accepted,
    Ask,
    JobState,
    JobStatus,
    Output,
    Price,
    Provider,
    Request,
    Terms,
)
from director_dagster.providers.http import Answer, Api
from director_dagster.providers.registry import Tools

URL = "DIRECTOR_TESTS_LOOPBACK_URL"
SEATS = "DIRECTOR_TESTS_LOOPBACK_SEATS"
AT_ONCE = 1000


def open_provider(tools: Tools) -> Provider:
    """The loopback provider at the server that the environment names, which takes as many jobs as that says."""
    said = os.environ  # noqa: TID251 (a provider of the tests, told by the environment which server)
    return Loopback(said[URL], at_once=int(said.get(SEATS, AT_ONCE)))


class Loopback:
    """Sells media that take ``3.5`` seconds and cost ``0.02`` dollars for the model ``3.5s-0.02``."""

    name = "loopback"

    def __init__(self, url: str, *, at_once: int = AT_ONCE) -> None:
        self.terms = Terms(dedupe="key", key_life_s=86400.0, listing_lag_s=0.0, retention_s=86400.0, at_once=at_once)
        self._url = url
        self._api = Api(provider=self.name, base_url=url, headers=dict, judge=_refused)

    def plan(self, ask: Ask, model: str | None) -> Request:
        model = model or "0s-0"
        return Request(
            provider=self.name,
            model=model,
            model_name=f"Loopback {model}",
            operation=ask.operation,
            prompt=ask.prompt,
            params=ask.params,
            inputs=tuple(ask.inputs),
            seed=ask.seed,
        )

    def ready(self) -> None:
        """It always is."""

    def price(self, request: Request) -> Price:
        microusd = round(float(request.model.partition("s-")[2]) * 1_000_000)
        return Price(
            microusd=microusd, quantity=1, unit="piece", unit_microusd=microusd, basis="computed", dated="2026-11-25"
        )

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        body = {**request.canonical, "seconds": float(request.model.partition("s-")[0])}
        answer = await self._api.pay("POST", "/jobs", json=body, headers={"Idempotency-Key": client_ref})
        return Accepted(job_id=answer.read(Taken).job)

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        said = (await self._api.ask(f"/jobs/{job_id}")).read(Status)
        return JobStatus(state=said.state, reason=said.reason)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        fetched = await self._api.download(f"{self._url}/jobs/{job_id}/output", into)
        return Output(media_type=fetched.media_type, details=json.loads(fetched.headers["X-Details"]))

    async def find(self, client_ref: str) -> str | None:
        return (await self._api.ask("/jobs", params={"key": client_ref})).read(Found).job

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing to stop: what is charged is charged."""

    async def aclose(self) -> None:
        await self._api.aclose()


class Taken(BaseModel):
    job: str


class Found(BaseModel):
    job: str | None


class Status(BaseModel):
    state: JobState
    reason: str = ""


def _refused(answer: Answer) -> DirectorError | None:
    return PromptRejected(f"loopback: {answer.json()['error']}") if answer.status == 422 else None
