"""Our side of the loopback: a provider in one file, as anybody would add one, over HTTP."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from director_dagster.errors import PromptRejected, ProviderUnavailable
from director_dagster.providers.contract import Ask, JobState, JobStatus, Output, Price, Provider, Request, Terms
from director_dagster.providers.registry import Tools

URL = "DIRECTOR_TESTS_LOOPBACK_URL"
AT_ONCE = 1000


def open_provider(tools: Tools) -> Provider:
    """The loopback provider at the server that the environment names."""
    return Loopback(os.environ[URL])  # noqa: TID251 (a provider of the tests, told by the environment which server)


class Loopback:
    """Sells media that take ``3.5`` seconds and cost ``0.02`` dollars for the model ``3.5s-0.02``."""

    name = "loopback"
    terms = Terms(dedupe="key", key_life_s=86400.0, listing_lag_s=0.0, retention_s=86400.0, at_once=AT_ONCE)

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        # httpx's own pool looks through all its connections at each request: 157 a second with 100 at once (2026-11).
        transport = AiohttpTransport(limits=limits)
        self._client = httpx.AsyncClient(base_url=url, transport=transport, timeout=60.0, trust_env=False)

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

    def price(self, request: Request) -> Price:
        microusd = round(float(request.model.partition("s-")[2]) * 1_000_000)
        return Price(
            microusd=microusd, quantity=1, unit="piece", unit_microusd=microusd, basis="computed", dated="2026-11-25"
        )

    async def submit(self, request: Request, client_ref: str) -> str:
        body = {**request.canonical, "seconds": float(request.model.partition("s-")[0])}
        try:
            answer = await self._client.post("/jobs", json=body, headers={"Idempotency-Key": client_ref})
        except httpx.ConnectError as exc:
            raise ProviderUnavailable(f"the loopback provider does not answer: {exc}") from exc
        if answer.status_code == 422:
            raise PromptRejected(f"loopback: {answer.json()['error']}")
        return str(answer.raise_for_status().json()["job"])

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        said = await self._json(f"/jobs/{job_id}")
        return JobStatus(state=JobState(said["state"]), reason=said.get("reason", ""))

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        answer = (await self._client.get(f"/jobs/{job_id}/output")).raise_for_status()
        await asyncio.to_thread(into.write_bytes, answer.content)
        media_type = answer.headers["Content-Type"].partition(";")[0]
        return Output(media_type=media_type, details=json.loads(answer.headers["X-Details"]))

    async def find(self, client_ref: str) -> str | None:
        job: str | None = (await self._json(f"/jobs?key={client_ref}"))["job"]
        return job

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing to stop: what is charged is charged."""

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _json(self, path: str) -> Any:
        return (await self._client.get(path)).raise_for_status().json()
