"""OpenAI, spoken to over HTTP: what is sent, what comes back, what it costs, and what each error means."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from director_dagster.errors import (
    BadInput,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.contract import Ask, Input, JobState, Medium, Request
from director_dagster.providers.http import Answer
from director_dagster.providers.openai import OpenAI
from director_dagster.providers.openai_answers import judge
from director_dagster_tests.providers.opened import ASKS, SIZE, VOICE, tools
from director_dagster_tests.simulated import Simulated


@pytest.fixture
async def openai(there: Simulated) -> AsyncIterator[OpenAI]:
    opened = OpenAI(tools(there.accounts))
    yield opened
    await opened.aclose()


async def test_looks_are_sent_along_with_a_picture(openai: OpenAI, there: Simulated, tmp_path: Path) -> None:
    look = tmp_path / "look.png"
    Image.new("RGB", (64, 64)).save(look)
    request = openai.plan(Ask(**{**vars(ASKS["picture"]), "inputs": [Input(role="look", digest="d", path=look)]}), None)

    accepted = await openai.submit(request, "ref-1", tmp_path / "output")

    assert accepted.output is not None
    assert accepted.output.details["usage"]["input_tokens_details"]["image_tokens"] > 0
    assert accepted.output.microusd == there.charges()[-1]["microusd"]


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status=status, headers=httpx.Headers(headers), body=json.dumps(body).encode())


def error(**said: str) -> dict[str, Any]:
    return {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None, **said}}


ERRORS: list[tuple[int, dict[str, Any], type[DirectorError]]] = [
    (400, error(), RequestRejected),
    (400, error(code="moderation_blocked"), PromptRejected),
    (400, error(code="billing_hard_limit_reached"), OutOfMoney),
    (401, error(code="invalid_api_key"), KeyRejected),
    (403, error(), KeyRejected),
    (404, error(code="model_not_found"), ModelRetired),
    (429, error(code="rate_limit_exceeded"), RateLimited),
    (429, error(type="insufficient_quota"), OutOfMoney),
    (503, error(type="service_unavailable_error", code="server_is_overloaded"), Overloaded),
    (429, error(code="credit_balance_exhausted"), OutOfMoney),
]


@pytest.mark.parametrize(("status", "body", "means"), ERRORS)
def test_each_error_has_its_meaning(status: int, body: dict[str, Any], means: type[DirectorError]) -> None:
    assert type(judge(answer(status, body))) is means


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_the_server_could_not_say_is_left_to_its_status(status: int) -> None:
    assert judge(answer(status, error())) is None


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_who_is_limited_waits_as_told(headers: dict[str, str], wait_s: float | None) -> None:
    limited = judge(answer(429, error(code="rate_limit_exceeded"), **headers))

    assert isinstance(limited, RateLimited)
    assert limited.wait_s == wait_s


def test_a_retired_model_is_named_with_what_to_use_instead(openai: OpenAI) -> None:
    with pytest.raises(ModelRetired, match="no gpt-image-1 any more: use gpt-image-2"):
        openai.plan(ASKS["picture"], "gpt-image-1")


def test_what_it_does_not_make_or_not_so_long_is_refused_before_it_is_sent(openai: OpenAI) -> None:
    long = {"text": "a" * 4097, "voice": VOICE}
    for ask in (
        ASKS["shot"],
        ASKS["score"],
        ASKS["ambience"],
        Ask(medium=Medium.SPEECH, operation="line", prompt="", params=long),
        Ask(medium=Medium.IMAGE, operation="frame", prompt="a" * 32_001, params={"size": SIZE}),
    ):
        with pytest.raises(BadInput):
            openai.plan(ask, None)


def test_a_model_without_a_price_has_none(openai: OpenAI) -> None:
    assert openai.price(openai.plan(ASKS["picture"], "gpt-image-99")).microusd is None


async def test_what_came_once_does_not_come_again(openai: OpenAI, tmp_path: Path) -> None:
    request = openai.plan(ASKS["picture"], None)

    assert (await openai.poll(request, "job")).state is JobState.DONE
    with pytest.raises(OutputExpired):
        await openai.fetch(request, "job", tmp_path / "output")


@pytest.mark.parametrize(
    ("choice", "state"),
    [
        ({"finish_reason": "length", "message": {"content": "{"}}, JobState.FAILED),
        ({"finish_reason": "stop", "message": {"content": "no form"}}, JobState.FAILED),
        ({"finish_reason": "stop", "message": {"refusal": "I will not"}}, JobState.REFUSED),
        ({"finish_reason": "content_filter", "message": {}}, JobState.REFUSED),
    ],
)
async def test_a_text_that_was_charged_and_is_of_no_use_ends_badly_with_its_cost(
    choice: dict[str, Any], state: JobState, openai: OpenAI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}

    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, {"id": "chat-1", "choices": [choice], "usage": usage})

    monkeypatch.setattr(openai.api, "pay", paid)
    request: Request = openai.plan(ASKS["script"], None)

    accepted = await openai.submit(request, "ref-1", tmp_path / "output")

    assert accepted.output is None
    assert accepted.ended is not None
    assert (accepted.ended.state, accepted.ended.microusd) == (state, 600_000)
