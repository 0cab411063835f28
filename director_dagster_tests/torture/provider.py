"""Our side of the torture's provider: one that knows keys, one that lists by our reference, one that does neither."""

from pathlib import Path

from pydantic import BaseModel

from director_dagster.errors import DirectorError, Overloaded, RateLimited
from director_dagster.providers.contract import Accepted, Ask, JobState, JobStatus, Output, Price, Request, Terms
from director_dagster.providers.http import Answer, Api

PRICE_MICROUSD = 1_000
AT_ONCE, POLL_S = 30, 0.1
LISTING_LAG_S = 0.6
"""What the contract promises; the server's own lag is a good deal shorter."""

FOREVER_S = float("inf")
TERMS: dict[str, Terms] = {
    "key": Terms(dedupe="key", key_life_s=FOREVER_S, retention_s=FOREVER_S, poll_s=POLL_S, at_once=AT_ONCE),
    "client_ref": Terms(
        dedupe="client_ref", listing_lag_s=LISTING_LAG_S, retention_s=FOREVER_S, poll_s=POLL_S, at_once=AT_ONCE
    ),
    "none": Terms(retention_s=FOREVER_S, poll_s=POLL_S, at_once=AT_ONCE),
}
MODES = tuple(TERMS)


class Torturer:
    """Sells the words it is asked for, and charges for each up to PRICE_MICROUSD."""

    def __init__(self, url: str, mode: str) -> None:
        self.name, self.terms = mode, TERMS[mode]
        self._url = f"{url}/{mode}"
        self._api = Api(provider=mode, base_url=self._url, headers=dict, judge=_judge)

    def plan(self, ask: Ask, model: str | None) -> Request:
        return Request(
            provider=self.name,
            model=model or "words-1",
            model_name="Words 1",
            operation=ask.operation,
            prompt=ask.prompt,
            params=ask.params,
        )

    def ready(self) -> None:
        """It always is."""

    def price(self, request: Request) -> Price:
        return Price(
            microusd=PRICE_MICROUSD,
            quantity=1,
            unit="text",
            unit_microusd=PRICE_MICROUSD,
            basis="computed",
            dated="2026-11-26",
        )

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        answer = await self._api.pay("POST", "/jobs", json={"ref": client_ref, "words": request.prompt})
        return Accepted(job_id=answer.read(Taken).job)

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        said = (await self._api.ask(f"/jobs/{job_id}")).read(Status)
        return JobStatus(state=said.state, reason=said.reason, microusd=said.microusd)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        fetched = await self._api.download(f"{self._url}/jobs/{job_id}/output", into)
        return Output(media_type="text/plain", details={}, microusd=int(fetched.headers["X-Microusd"]))

    async def find(self, client_ref: str) -> str | None:
        return (await self._api.ask("/jobs", params={"ref": client_ref})).read(Found).job

    async def cancel(self, request: Request, job_id: str) -> None:
        """What is charged is charged."""

    async def aclose(self) -> None:
        await self._api.aclose()


class Taken(BaseModel):
    job: str


class Found(BaseModel):
    job: str | None


class Status(BaseModel):
    state: JobState
    reason: str = ""
    microusd: int | None = None


def _judge(answer: Answer) -> DirectorError | None:
    match answer.status:
        case 429:
            return RateLimited("too many", wait_s=0.05)
        case 503:
            return Overloaded("too much to do")
    return None
