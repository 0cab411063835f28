"""Kling, spoken to over HTTP in both generations of its API: what is sent, found again, charged, and meant."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    BadInput,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from director_dagster.media import sound
from director_dagster.media.probe import probe
from director_dagster.providers.contract import TALK, JobState, Request
from director_dagster.providers.http import Answer
from director_dagster.providers.kling import Kling, token
from director_dagster.providers.kling_answers import Absent, OldTask, Task, charged, judge, judge_job, only
from director_dagster.simulator.kling import SECRET
from director_dagster_tests.providers.opened import ASKS, FRAME, SIZE, bought, finished, tools
from director_dagster_tests.simulated import Simulated

MODELS = ("kling-3.0", "kling-v2-6", "kling-v2-5-turbo")


@pytest.fixture
async def kling(there: Simulated) -> AsyncIterator[Kling]:
    opened = Kling(tools(there.accounts))
    yield opened
    await opened.aclose()


def shot(kling: Kling, model: str | None = None, frames: int = 73, size: Mapping[str, int] = SIZE) -> Request:
    return kling.plan(replace(ASKS["shot"], params={"size": size, "frames": frames}), model)


@pytest.mark.parametrize(("model", "seconds"), list(zip(MODELS, (4, 5, 5), strict=True)))
async def test_a_shot_of_each_generation_is_as_long_as_the_next_length_and_costs_what_kling_reports(
    model: str, seconds: int, kling: Kling, there: Simulated, tmp_path: Path
) -> None:
    request = shot(kling, model)

    _, output = await bought(kling, request, tmp_path / "out")

    found = probe(tmp_path / "out")
    assert found.video is not None
    assert (output.media_type, found.duration_s) == ("video/mp4", float(seconds))
    assert output.microusd == there.charges()[-1]["microusd"] == kling.price(request).microusd


def test_the_resolution_is_the_films_and_has_its_own_price(kling: Kling) -> None:
    wide = {"width_px": 1920, "height_px": 1080}
    huge = {"width_px": 3840, "height_px": 2160}
    new, old, most = shot(kling, size=wide), shot(kling, "kling-v2-6", size=wide), shot(kling, "kling-v2-6", size=huge)

    assert new.params == {"duration": 4, "resolution": "1080p", "audio": "off", "multi_shot": False}
    assert old.params == most.params == {"duration": "5", "mode": "pro", "sound": "off"}
    assert kling.price(new).microusd == 4 * 112_000
    assert kling.price(old).microusd == 5 * 70_000
    assert kling.price(shot(kling, size=huge)).microusd == 4 * 420_000


@pytest.mark.parametrize(
    ("model", "params", "microusd"),
    [
        ("kling-3.0", {"duration": 3, "resolution": "720p", "audio": "native", "multi_shot": False}, 3 * 126_000),
        ("kling-v2-6", {"duration": "5", "mode": "pro", "sound": "on"}, 5 * 140_000),
    ],
)
async def test_a_shot_that_is_to_speak_is_filmed_with_sound_where_there_is_any(
    model: str, params: Mapping[str, Any], microusd: int, kling: Kling, there: Simulated, tmp_path: Path
) -> None:
    request = kling.plan(ASKS["talking"], model)

    _, output = await bought(kling, request, tmp_path / "out")

    assert request.params == params
    assert output.microusd == there.charges()[-1]["microusd"] == kling.price(request).microusd == microusd
    assert output.details == {TALK: "own"}
    assert sound.peak(sound.read(tmp_path / "out")) > 0.05


def test_what_cannot_be_filmed_is_refused_with_what_to_do(kling: Kling) -> None:
    with pytest.raises(BadInput, match=r"kling's model films 10 s at most, and the shot is 10\.0 s long: divide it"):
        shot(kling, "kling-v2-6", 241)
    with pytest.raises(BadInput, match="kling films a shot from its storyboard frame"):
        kling.plan(replace(ASKS["shot"], inputs=[]), None)
    with pytest.raises(BadInput, match="reads 2,500 characters"):
        kling.plan(replace(ASKS["shot"], prompt="a" * 2501), None)
    with pytest.raises(BadInput, match=r"no model for video that we know how to ask; there are kling-3\.0, kling-v2-6"):
        shot(kling, "../kling-3.0")
    with pytest.raises(BadInput, match="kling's model films without speech: write talk"):
        kling.plan(ASKS["talking"], "kling-v2-5-turbo")
    with pytest.raises(BadInput, match="kling makes no image"):
        kling.plan(ASKS["picture"], None)


async def test_a_model_that_we_do_not_know_is_asked_as_the_nearest_that_we_do_at_a_price_that_nobody_knows(
    kling: Kling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paths: list[str] = []

    async def paid(_: str, path: str, **__: Any) -> Answer:
        paths.append(path)
        return answer(200, {"code": 0, "data": {"id": "7", "status": "x", "task_id": 7, "task_status": "x"}})

    monkeypatch.setattr(kling.api, "pay", paid)
    new, old = shot(kling, "kling-4.0-turbo"), shot(kling, "kling-v3")
    await kling.submit(new, "ref-1", tmp_path / "out")
    await kling.submit(old, "ref-1", tmp_path / "out")

    assert paths == ["/image-to-video/kling-4.0-turbo", "/v1/videos/image2video"]
    assert (new.params, old.params) == (shot(kling).params, shot(kling, "kling-v2-5-turbo").params)
    assert (new.model_name, old.model_name) == ("kling-4.0-turbo", "kling-v3")
    assert (kling.price(new).microusd, kling.price(old).microusd) == (None, None)


async def test_a_model_that_kling_has_not_is_refused_by_kling(kling: Kling, there: Simulated, tmp_path: Path) -> None:
    before = len(there.charges())

    with pytest.raises(ModelRetired, match=r"choose another, e\.g\. --video kling:kling-3\.0"):
        await kling.submit(shot(kling, "kling-9.0"), "ref-1", tmp_path / "out")

    assert len(there.charges()) == before


@pytest.mark.parametrize("model", MODELS)
async def test_what_is_sent_names_the_shot_by_our_reference_and_holds_its_frame(
    model: str, kling: Kling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: dict[str, Any] = {}

    async def paid(method: str, path: str, **content: Any) -> Answer:
        sent.update(content["json"], to=f"{method} {path}")
        data = {"id": "7", "status": "submitted", "task_id": 7, "task_status": "submitted"}
        return answer(200, {"code": 0, "data": data})

    monkeypatch.setattr(kling.api, "pay", paid)

    accepted = await kling.submit(shot(kling, model), "ref-1", tmp_path / "out")

    frame = base64.b64encode(FRAME.read_bytes()).decode()
    assert accepted.job_id == "7"
    if model == "kling-3.0":
        assert sent == {
            "to": "POST /image-to-video/kling-3.0",
            "contents": [{"type": "prompt", "text": "The door opens"}, {"type": "first_frame", "url": frame}],
            "settings": {"duration": 4, "resolution": "720p", "audio": "off", "multi_shot": False},
            "options": {"external_task_id": "ref-1"},
        }
    else:
        silent = {"sound": "off"} if model == "kling-v2-6" else {}
        assert sent == {
            "to": "POST /v1/videos/image2video",
            "model_name": model,
            "prompt": "The door opens",
            "image": frame,
            "external_task_id": "ref-1",
            "duration": "5",
            "mode": "std",
            **silent,
        }


async def test_a_job_of_the_older_generation_is_found_by_our_reference_too(
    kling: Kling, there: Simulated, tmp_path: Path
) -> None:
    request, reference = shot(kling, "kling-v2-6"), str(uuid4())
    there.spoil("lose", provider="kling")
    with pytest.raises(Ambiguous):
        await kling.submit(request, reference, tmp_path / "out")

    job = await kling.find(reference)

    assert job is not None
    assert await finished(kling, request, job) is JobState.DONE


async def test_one_generation_that_does_not_answer_is_no_word_that_a_job_was_never_taken(
    kling: Kling, there: Simulated, tmp_path: Path
) -> None:
    request, reference = shot(kling, "kling-v2-6"), str(uuid4())
    await kling.submit(request, reference, tmp_path / "out")
    unknown_path = {"status": 404, "body": '{"code": 1202, "message": "no such method"}'}

    for times in (1, 2):
        there.spoil("refuse", provider="kling", at="poll", times=times, **unknown_path)
        if times == 1:
            assert await kling.find(reference) is not None
        else:
            with pytest.raises(ProviderUnavailable, match="does not say whether it has"):
                await kling.find(reference)


async def test_a_job_that_is_not_listed_yet_is_asked_for_again_and_one_that_was_cleared_has_expired(
    kling: Kling, tmp_path: Path
) -> None:
    for model in MODELS:
        request = shot(kling, model)

        with pytest.raises(ProviderUnavailable):
            await kling.poll(request, "800000000000000000")
        with pytest.raises(OutputExpired):
            await kling.fetch(request, "800000000000000000", tmp_path / "out")


@pytest.mark.parametrize("model", MODELS)
async def test_a_job_that_failed_says_so_and_is_not_charged(
    model: str, kling: Kling, there: Simulated, tmp_path: Path
) -> None:
    before = len(there.charges())
    there.spoil("fail", provider="kling")
    request = shot(kling, model)
    job = (await kling.submit(request, "ref-1", tmp_path / "out")).job_id

    await kling.poll(request, job)
    ended = await kling.poll(request, job)

    assert (ended.state, ended.reason) == (JobState.FAILED, "the job failed")
    assert ended.microusd == (None if model == "kling-3.0" else 0), "what is not told is not 0"
    assert len(there.charges()) == before


async def test_an_access_key_is_shown_as_a_token_that_kling_believes(there: Simulated, tmp_path: Path) -> None:
    account = {**there.accounts["kling"], "key": "AK", "secret": SECRET}
    known = Kling(tools({"kling": account}))
    strange = Kling(tools({"kling": {**account, "secret": "another"}}))

    await known.submit(shot(known), "ref-1", tmp_path / "out")
    with pytest.raises(KeyRejected, match=r"1002.*are DIRECTOR_KLING_KEY and DIRECTOR_KLING_SECRET right\?"):
        await strange.submit(shot(strange), "ref-1", tmp_path / "out")

    for each in (known, strange):
        await each.aclose()


def test_a_token_says_who_and_for_how_long_and_is_signed() -> None:
    head, claims, signature = token("AK", "SK", 1_000_000.9).split(".")

    def read(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    assert json.loads(read(head)) == {"alg": "HS256", "typ": "JWT"}
    assert json.loads(read(claims)) == {"iss": "AK", "exp": 1_001_800, "nbf": 999_995}
    assert read(signature) == hmac.digest(b"SK", f"{head}.{claims}".encode(), "sha256")


async def test_a_token_is_in_no_error(there: Simulated, tmp_path: Path) -> None:
    kling = Kling(tools({"kling": {**there.accounts["kling"], "key": "AK", "secret": SECRET}}))
    shown = token("AK", SECRET, time.time())
    body = json.dumps({"code": 1002, "message": f"Bearer {shown} is wrong"})
    there.spoil("refuse", provider="kling", status=401, body=body)

    with pytest.raises(KeyRejected) as refused:
        await kling.submit(shot(kling), "ref-1", tmp_path / "out")

    await kling.aclose()
    assert "Bearer … is wrong" in str(refused.value)


def bill(*charges: tuple[str, str, str | None], status: str = "succeeded") -> Task:
    told = [{"charge_type": kind, "amount": amount, "currency": currency} for kind, amount, currency in charges]
    return Task.model_validate({"id": "7", "status": status, "billing": told})


BILLS: list[tuple[Task, int | None]] = [
    (bill(("cash", "0.336", "USD")), 336_000),
    (bill(("unit", "3", None)), 420_000),
    (bill(("unit", "1", None), ("cash", "0.1", "USD")), 240_000),
    (bill(("cash", "2.4", "CNY")), None),
    (bill(("cash", "much", "USD")), None),
    (bill(("cash", "NaN", "USD")), None),
    (bill(), None),
    (bill(("unit", "0", None)), None),
    (bill(("unit", "0", None), status="failed"), 0),
]


@pytest.mark.parametrize(("told", "microusd"), BILLS)
def test_what_was_charged_is_what_kling_says_and_never_0_for_a_film(
    told: Task, microusd: int | None, kling: Kling
) -> None:
    unit = tools({}).prices.rate("kling", "every model", "unit")

    assert charged(told, unit) == microusd


def test_money_without_a_currency_is_not_taken_for_dollars() -> None:
    old = OldTask.model_validate(
        {
            "task_id": "7",
            "task_status": "succeed",
            "final_unit_deduction": "0",
            "final_balance_deduction": {"quota": "1.5", "list_price": "2"},
        }
    )

    assert old.task.billing is None


def test_other_jobs_than_the_one_that_was_asked_for_are_no_answer() -> None:
    def listed(*tasks: dict[str, str]) -> Answer:
        return answer(200, {"code": 0, "data": [{"status": "submitted", **task} for task in tasks]})

    assert only(listed({"id": "7", "external_id": "ref-1"}), "ref-1").id == "7"
    with pytest.raises(Absent):
        only(listed(), "ref-1")
    for told in (listed({"id": "7"}), listed({"id": "7", "external_id": "ref-1"}, {"id": "8", "external_id": "ref-1"})):
        with pytest.raises(AnswerMalformed):
            only(told, "ref-1")


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=json.dumps(body).encode())


def error(status: int, code: int, message: str = "no") -> Answer:
    return answer(status, {"code": code, "message": message, "request_id": "r-1"})


ERRORS: list[tuple[Answer, type[DirectorError] | None]] = [
    (answer(200, {"code": 0, "message": "SUCCEED"}), None),
    (error(401, 1000), KeyRejected),
    (error(401, 1003), KeyRejected),
    (error(429, 1100), KeyRejected),
    (error(429, 1101), OutOfMoney),
    (error(429, 1102), OutOfMoney),
    (error(403, 1103), KeyRejected),
    (error(400, 1200), RequestRejected),
    (error(400, 1201), RequestRejected),
    (error(400, 1201, "external_task_id already exists"), Ambiguous),
    (error(404, 1203), ModelRetired),
    (error(400, 1300), PromptRejected),
    (error(400, 1301), PromptRejected),
    (error(200, 1301), PromptRejected),
    (error(429, 1302), RateLimited),
    (error(429, 1303), RateLimited),
    (error(429, 1304), KeyRejected),
    (answer(429, "<html>"), RateLimited),
    (error(500, 5000), None),
    (error(503, 5001), None),
]


@pytest.mark.parametrize(("told", "means"), ERRORS)
def test_each_error_has_its_meaning(told: Answer, means: type[DirectorError] | None) -> None:
    meant = judge(told)

    assert (None if meant is None else type(meant)) is means


def test_who_is_limited_waits_as_told_and_a_clock_is_asked_about() -> None:
    limited = judge(answer(429, {"code": 1302, "message": "no"}, retry_after="7"))

    assert isinstance(limited, RateLimited)
    assert limited.wait_s == 7.0
    assert "clock right?" in str(judge(error(401, 1003)))


def test_a_job_that_is_asked_for_is_absent_or_has_expired() -> None:
    assert type(judge_job(error(404, 1203))) is Absent
    assert type(judge_job(answer(404, {}))) is OutputExpired
    assert type(judge_job(error(401, 1004))) is KeyRejected
    refused = [bill(status="failed").model_copy(update={"message": words}) for words in ("risk control", "GPU lost")]
    assert [task.refused for task in refused] == [True, False]
