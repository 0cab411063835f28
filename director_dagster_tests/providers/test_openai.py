"""OpenAI, spoken to over HTTP: what is sent, what comes back, what it costs, and what each error means."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from director_dagster.errors import (
    Ambiguous,
    BadInput,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    PromptRejected,
    RateLimited,
    RequestRejected,
)
from director_dagster.media.probe import probe
from director_dagster.providers.contract import Ask, Input, JobState, Medium, Request
from director_dagster.providers.http import Answer
from director_dagster.providers.openai import OpenAI
from director_dagster.providers.openai_answers import judge
from director_dagster.providers.pricing import PriceBook
from director_dagster.providers.registry import Tools
from director_dagster.story import fountain
from director_dagster_tests.simulated import Simulated, simulated

SIZE = {"width_px": 640, "height_px": 352}
VOICE = {"language": "en-GB", "pitch": 0.8, "speed": 1.0}
IDEA = {"idea": "a keeper", "language": "en", "genre": "drama", "style": None}
ASKS = {
    "script": Ask(medium=Medium.SCRIPT, operation="draft", prompt="a keeper", params=IDEA),
    "picture": Ask(medium=Medium.IMAGE, operation="frame", prompt="A door at night", params={"size": SIZE}),
    "line": Ask(medium=Medium.SPEECH, operation="line", prompt="-", params={"text": "Who is there?", "voice": VOICE}),
}


class Nobody:
    """Runs nothing: OpenAI needs no CPU of ours."""

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise AssertionError(function)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
async def openai(there: Simulated) -> AsyncIterator[OpenAI]:
    prices = PriceBook.open(None, dt.date(2026, 11, 30))
    opened = OpenAI(Tools(runner=Nobody(), prices=prices, accounts=there.accounts))
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("what", ASKS)
async def test_what_comes_is_real_and_costs_what_was_charged_within_its_price(
    what: str, openai: OpenAI, there: Simulated, tmp_path: Path
) -> None:
    request, into = openai.plan(ASKS[what], None), tmp_path / "output"

    accepted = await openai.submit(request, "ref-1", into)

    charge, price = there.charges()[-1], openai.price(request).microusd
    assert accepted.job_id == charge["job"]
    assert accepted.output is not None
    cost = price if accepted.output.microusd is None else accepted.output.microusd
    assert price is not None
    assert 0 < charge["microusd"] <= price
    assert abs((cost or 0) - charge["microusd"]) <= 1, "rounded up, never down"
    assert _found(what, into) == {"script": "scenes", "picture": (640, 352), "line": "sound"}[what]


def _found(what: str, file: Path) -> object:
    if what == "script":
        return "scenes" if any(True for _ in fountain.parse(file.read_text()).scenes) else "nothing"
    if what == "picture":
        with Image.open(file) as picture:
            return picture.size
    return "sound" if probe(file).audio is not None else "nothing"


async def test_looks_are_sent_along_with_a_picture(openai: OpenAI, there: Simulated, tmp_path: Path) -> None:
    look = tmp_path / "look.png"
    Image.new("RGB", (64, 64)).save(look)
    request = openai.plan(Ask(**{**vars(ASKS["picture"]), "inputs": [Input(role="look", digest="d", path=look)]}), None)

    accepted = await openai.submit(request, "ref-1", tmp_path / "output")

    assert accepted.output is not None
    assert accepted.output.details["usage"]["input_tokens_details"]["image_tokens"] > 0
    assert accepted.output.microusd == there.charges()[-1]["microusd"]


@pytest.mark.parametrize("fault", ["lose", "break", "garble"])
@pytest.mark.parametrize("what", ["script", "picture"])
async def test_an_answer_that_is_lost_after_charging_is_ambiguous(
    what: str, fault: str, openai: OpenAI, there: Simulated, tmp_path: Path
) -> None:
    before = len(there.charges())
    there.spoil(fault)

    with pytest.raises(Ambiguous):
        await openai.submit(openai.plan(ASKS[what], None), "ref-1", tmp_path / "output")

    assert len(there.charges()) == before + 1
    assert not (tmp_path / "output").exists()


async def test_what_is_against_its_rules_is_refused_and_not_charged(
    openai: OpenAI, there: Simulated, tmp_path: Path
) -> None:
    before = len(there.charges())
    ask = Ask(**{**vars(ASKS["picture"]), "prompt": "Something FORBIDDEN"})

    with pytest.raises(PromptRejected, match="safety system"):
        await openai.submit(openai.plan(ask, None), "ref-1", tmp_path / "output")

    assert len(there.charges()) == before


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
    [({"retry-after": "7"}, 7.0), ({"retry-after-ms": "250", "retry-after": "7"}, 0.25), ({}, None)],
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
        Ask(medium=Medium.VIDEO, operation="shot", prompt="", params={}),
        Ask(medium=Medium.MUSIC, operation="score", prompt="", params={}),
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
