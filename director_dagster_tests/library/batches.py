"""Asking for batches as programs do, for tests of them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx

API = "/api/v1/assets"


async def post(
    reader: httpx.AsyncClient, verb: str, ids: Sequence[UUID] = (), *, key: str = "", **told: Any
) -> httpx.Response:
    """Ask for a verb, of `ids` unless a filter is told."""
    body = told if "filter" in told else {"ids": [str(id_) for id_ in ids], **told}
    return await reader.post(f"{API}:{verb}", json=body, headers={"idempotency-key": key} if key else {})


async def ended(reader: httpx.AsyncClient, answer: httpx.Response) -> Mapping[str, Any]:
    """The batch of an answer, at its end."""
    assert answer.status_code in {200, 202}, answer.text
    while (batch := answer.json())["state"] == "working":
        await asyncio.sleep(0.01)
        answer = await reader.get(f"/api/v1/batches/{batch['id']}")
    found: Mapping[str, Any] = batch
    return found
