"""Google, spoken to over HTTP: what is sent, written and said, what it costs, and what each error means."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from director_dagster.errors import (
    AnswerMalformed,
    BadInput,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    Overloaded,
    RateLimited,
    RequestRejected,
)
from director_dagster.media.probe import probe
from director_dagster.providers.contract import JobState
from director_dagster.providers.google import VOICES, Google
from director_dagster.providers.google_answers import judge
from director_dagster.providers.http import Answer
from director_dagster.providers.pricing import PriceBook
from director_dagster.story.fountain import parse
from director_dagster_tests.providers.opened import ASKS, IDEA, VOICE, tools
from director_dagster_tests.simulated import Simulated


@pytest.fixture
async def google(there: Simulated) -> AsyncIterator[Google]:
    opened = Google(tools(there.accounts))
    yield opened
    await opened.aclose()


@pytest.fixture
def told(google: Google, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was sent under ``sent``; the answer to be given is its ``answer``."""
    told: dict[str, Any] = {}

    async def paid(method: str, path: str, **content: Any) -> Answer:
        told["sent"] = {"to": f"{method} {path}", **content["json"]}
        return answer(200, told["answer"])

    monkeypatch.setattr(google.api, "pay", paid)
    return told


async def test_a_script_is_written_in_the_form_and_costs_its_tokens_and_thoughts(
    google: Google, there: Simulated, tmp_path: Path
) -> None:
    request = google.plan(ASKS["script"], None)

    accepted = await google.submit(request, "ref-1", tmp_path / "out")

    assert accepted.output is not None
    usage, price = accepted.raw["usage"], google.price(request)
    assert accepted.output.media_type == "text/vnd.fountain"
    assert parse((tmp_path / "out").read_text()).elements
    cost = 0.75 * usage["read"] + 3.75 * (usage["total"] - usage["read"])
    assert accepted.output.microusd == pytest.approx(cost, abs=2)
    assert accepted.output.microusd == pytest.approx(there.charges()[-1]["microusd"], abs=1)
    assert price.least_microusd == 0
    assert 0 < there.charges()[-1]["microusd"] <= (price.microusd or 0)


async def test_speech_comes_as_bare_samples_and_is_kept_as_a_file_of_the_same_length(
    google: Google, there: Simulated, tmp_path: Path
) -> None:
    request = google.plan(ASKS["line"], None)

    accepted = await google.submit(request, "ref-1", tmp_path / "out")

    assert accepted.output is not None
    out_tokens = accepted.raw["usage"]["total"] - accepted.raw["usage"]["read"]
    assert accepted.output.media_type == "audio/wav"
    assert probe(tmp_path / "out").duration_s == pytest.approx(out_tokens / 25, abs=0.05)
    assert accepted.output.microusd == pytest.approx(there.charges()[-1]["microusd"], abs=1)
    price = google.price(request)
    assert (price.least_microusd or 0) < there.charges()[-1]["microusd"] <= (price.microusd or 0)


async def test_what_is_sent_says_what_may_be_made_at_most(google: Google, told: dict[str, Any], tmp_path: Path) -> None:
    told["answer"] = {"candidates": []}

    await google.submit(google.plan(ASKS["line"], None), "ref-1", tmp_path / "out")
    said = told["sent"]
    await google.submit(google.plan(replace(ASKS["script"], params={**IDEA, "style": "noir"}), None), "r", tmp_path)
    written = told["sent"]

    voice = said["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"]
    assert said == {
        "to": "POST /v1beta/models/gemini-3.8-flash-tts:generateContent",
        "contents": [{"role": "user", "parts": [{"text": "Who is there?"}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}},
            "maxOutputTokens": 250 + 8 * 13,
        },
    }
    assert voice in VOICES[True]
    assert written["to"] == "POST /v1beta/models/gemini-3.8-flash:generateContent"
    assert written["contents"][0]["parts"][0]["text"] == "a keeper\ngenre: drama\nstyle: noir"
    assert written["generationConfig"]["maxOutputTokens"] == 16_000
    assert written["generationConfig"]["responseJsonSchema"]["required"] == ["screenplay"]


USAGE = {"promptTokenCount": 10, "totalTokenCount": 30}
ENDS: list[tuple[dict[str, Any], JobState, str, int | None]] = [
    ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, JobState.REFUSED, "PROHIBITED_CONTENT", None),
    ({"candidates": [{"finishReason": "SAFETY"}], "usageMetadata": USAGE}, JobState.REFUSED, "SAFETY", 83),
    ({"candidates": [{"finishReason": "MAX_TOKENS"}], "usageMetadata": USAGE}, JobState.FAILED, "MAX_TOKENS", 83),
    ({"candidates": [{"finishReason": "OTHER"}]}, JobState.FAILED, "OTHER", None),
    ({"candidates": []}, JobState.FAILED, "no answer", None),
    (
        {"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "no JSON"}]}}], "usageMetadata": USAGE},
        JobState.FAILED,
        "the writer did not keep to the form",
        83,
    ),
]


@pytest.mark.parametrize(("said", "state", "reason", "microusd"), ENDS)
async def test_an_answer_without_what_was_asked_for_ends_so_and_costs_what_is_told(
    said: dict[str, Any],
    state: JobState,
    reason: str,
    microusd: int | None,
    google: Google,
    told: dict[str, Any],
    tmp_path: Path,
) -> None:
    told["answer"] = said

    accepted = await google.submit(google.plan(ASKS["script"], None), "ref-1", tmp_path / "out")

    assert accepted.ended is not None
    assert (accepted.ended.state, accepted.ended.reason, accepted.ended.microusd) == (state, reason, microusd)
    assert list(tmp_path.iterdir()) == []


async def test_thoughts_are_no_part_of_a_script(google: Google, told: dict[str, Any], tmp_path: Path) -> None:
    parts = [{"text": "Let me think.", "thought": True}, {"text": json.dumps({"screenplay": "INT. DEN - DAY"})}]
    told["answer"] = {"candidates": [{"finishReason": "STOP", "content": {"parts": parts}}]}

    accepted = await google.submit(google.plan(ASKS["script"], None), "ref-1", tmp_path / "out")

    assert accepted.output is not None
    assert (tmp_path / "out").read_text() == "INT. DEN - DAY"
    assert (accepted.job_id, accepted.output.microusd) == ("ref-1", None)


@pytest.mark.parametrize(
    "inline",
    [
        None,
        {"mimeType": "audio/mpeg", "data": "AAAA"},
        {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": "no base64!"},
    ],
)
async def test_speech_that_cannot_be_read_is_malformed(
    inline: dict[str, str] | None, google: Google, told: dict[str, Any], tmp_path: Path
) -> None:
    parts = [] if inline is None else [{"inlineData": inline}]
    told["answer"] = {"candidates": [{"finishReason": "STOP", "content": {"parts": parts}}]}

    with pytest.raises(AnswerMalformed):
        await google.submit(google.plan(ASKS["line"], None), "ref-1", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


async def test_samples_have_the_rate_that_is_told(google: Google, told: dict[str, Any], tmp_path: Path) -> None:
    half = base64.b64encode(bytes(2 * 6000)).decode()
    part = {"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": half}}
    told["answer"] = {"candidates": [{"finishReason": "STOP", "content": {"parts": [part, part]}}]}

    await google.submit(google.plan(ASKS["line"], None), "ref-1", tmp_path / "out")

    assert probe(tmp_path / "out").duration_s == 0.5


def test_what_it_does_not_make_or_has_no_more_is_refused_before_it_is_sent(google: Google) -> None:
    for what in ("picture", "shot", "score", "ambience"):
        with pytest.raises(BadInput, match="google makes no"):
            google.plan(ASKS[what], None)
    with pytest.raises(BadInput, match="speaks 4,000 characters"):
        google.plan(replace(ASKS["line"], params={"text": "a" * 4001, "voice": VOICE}), None)
    with pytest.raises(ModelRetired, match=r"no gemini-2\.0-flash any more: use gemini-3\.8-flash"):
        google.plan(ASKS["script"], "gemini-2.0-flash")
    with pytest.raises(BadInput, match="no name of a model"):
        google.plan(ASKS["script"], "../../v1/files")
    assert google.price(google.plan(ASKS["script"], "gemini-9")).microusd is None


def test_prices_double_with_the_year() -> None:
    def price(today: date) -> int | None:
        prices = replace(tools({}), prices=PriceBook.open(None, today))
        google = Google(prices)
        return google.price(google.plan(ASKS["line"], None)).microusd

    assert price(date(2027, 1, 1)) == pytest.approx(2 * (price(date(2026, 12, 31)) or 0), abs=2)


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=json.dumps(body).encode())


def error(status: int, word: str, message: str = "no", **details: str) -> Answer:
    return answer(status, {"error": {"code": status, "message": message, "status": word, "details": [details]}})


ERRORS: list[tuple[Answer, type[DirectorError] | None]] = [
    (answer(200, {"candidates": []}), None),
    (error(400, "INVALID_ARGUMENT"), RequestRejected),
    (error(400, "INVALID_ARGUMENT", reason="API_KEY_INVALID"), KeyRejected),
    (error(400, "FAILED_PRECONDITION", "User location is not supported"), RequestRejected),
    (error(400, "FAILED_PRECONDITION", "please link a billing account"), OutOfMoney),
    (error(401, "UNAUTHENTICATED"), KeyRejected),
    (error(403, "PERMISSION_DENIED"), KeyRejected),
    (error(404, "NOT_FOUND"), ModelRetired),
    (error(429, "RESOURCE_EXHAUSTED"), RateLimited),
    (error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), OutOfMoney),
    (answer(429, "<html>"), RateLimited),
    (error(500, "INTERNAL"), None),
    (error(503, "UNAVAILABLE"), Overloaded),
    (answer(503, "<html>"), None),
    (error(504, "DEADLINE_EXCEEDED"), None),
]


@pytest.mark.parametrize(("said", "means"), ERRORS)
def test_each_error_has_its_meaning(said: Answer, means: type[DirectorError] | None) -> None:
    meant = judge(said)

    assert (None if meant is None else type(meant)) is means


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        (error(429, "RESOURCE_EXHAUSTED", retryDelay="34.5s"), 34.5),
        (error(429, "RESOURCE_EXHAUSTED", retryDelay="soon"), None),
        (answer(429, "<html>", retry_after="7"), 7.0),
    ],
)
def test_who_is_limited_waits_as_told(said: Answer, wait_s: float | None) -> None:
    limited = judge(said)

    assert isinstance(limited, RateLimited)
    assert limited.wait_s == wait_s
