"""MiniMax, spoken to over HTTP in both versions of its API: what is sent, filmed, said, charged, and meant."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    BadInput,
    DirectorError,
    KeyRejected,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from director_dagster.media.probe import probe
from director_dagster.providers.contract import CHOSEN, JobState, Request
from director_dagster.providers.http import Answer
from director_dagster.providers.minimax import VOICES, MiniMax
from director_dagster.providers.minimax_answers import judge, judge_job
from director_dagster_tests.providers.opened import ASKS, FRAME, LINE, SIZE, VOICE, bought, cloning, tools
from director_dagster_tests.simulated import Simulated

URI = f"data:image/jpeg;base64,{base64.b64encode(FRAME.read_bytes()).decode()}"
MODELS = ("MiniMax-H3", "MiniMax-H3-Max", "MiniMax-Hailuo-2.3")


@pytest.fixture
async def minimax(there: Simulated) -> AsyncIterator[MiniMax]:
    opened = MiniMax(tools(there.accounts))
    yield opened
    await opened.aclose()


def shot(minimax: MiniMax, model: str | None = None, frames: int = 73, side_px: int = 720) -> Request:
    size = {"width_px": side_px, "height_px": side_px}
    return minimax.plan(replace(ASKS["shot"], params={"size": size, "frames": frames}), model)


@pytest.mark.parametrize(
    ("model", "seconds", "microusd"),
    [("MiniMax-H3", 4, 320_000), ("MiniMax-H3-Max", 5, 400_000), ("MiniMax-Hailuo-2.3", 6, 280_000)],
)
async def test_a_shot_of_each_version_is_as_long_as_the_next_length_and_costs_its_seconds_or_its_clip(
    model: str, seconds: int, microusd: int, minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    request = shot(minimax, model)

    _, output = await bought(minimax, request, tmp_path / "out")

    found = probe(tmp_path / "out")
    assert found.video is not None
    assert (output.media_type, found.duration_s) == ("video/mp4", float(seconds))
    assert there.charges()[-1]["microusd"] == minimax.price(request).microusd == microusd
    assert output.microusd == (None if model == "MiniMax-Hailuo-2.3" else microusd), "the first version tells no cost"


def test_a_larger_film_is_filmed_larger_where_that_can_be(minimax: MiniMax) -> None:
    larger = [shot(minimax, model, side_px=1080) for model in MODELS]

    assert [request.params["resolution"] for request in larger] == ["2K", "768P", "768P"]
    assert minimax.price(larger[0]).microusd == 4 * 130_000
    assert minimax.price(shot(minimax, "MiniMax-Hailuo-2.3", 145)).microusd == 560_000


async def test_what_is_sent_holds_the_frame_and_the_words_as_they_are(
    minimax: MiniMax, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[dict[str, Any]] = []

    async def paid(method: str, path: str, **content: Any) -> Answer:
        sent.append({**content["json"], "to": f"{method} {path}"})
        return answer(200, {"task_id": 7})

    monkeypatch.setattr(minimax.api, "pay", paid)

    accepted = await minimax.submit(shot(minimax), "ref-1", tmp_path / "out")
    await minimax.submit(shot(minimax, "MiniMax-Hailuo-2.3"), "ref-2", tmp_path / "out")

    assert accepted.job_id == "7"
    assert sent == [
        {
            "to": "POST /v2/video_generation",
            "model": "MiniMax-H3",
            "content": [
                {"type": "text", "text": "The door opens"},
                {"type": "image_url", "image_url": {"url": URI}, "role": "first_frame"},
            ],
            "ratio": "adaptive",
            "duration": 4,
            "resolution": "768P",
        },
        {
            "to": "POST /v1/video_generation",
            "model": "MiniMax-Hailuo-2.3",
            "prompt": "The door opens",
            "prompt_optimizer": False,
            "first_frame_image": URI,
            "duration": 6,
            "resolution": "768P",
        },
    ]


async def test_a_job_of_the_first_version_that_failed_says_why_with_status_200(
    minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    for model, reason in (("MiniMax-Hailuo-2.3", "output new_sensitive"), ("MiniMax-H3", "the job failed")):
        before, request = len(there.charges()), shot(minimax, model)
        there.spoil("fail", provider="minimax")
        job = (await minimax.submit(request, "ref-1", tmp_path / "out")).job_id

        await minimax.poll(request, job)
        ended = await minimax.poll(request, job)

        assert (ended.state, ended.reason, ended.microusd) == (JobState.REFUSED, reason, None)
        assert len(there.charges()) == before


async def test_a_refusal_that_comes_with_status_200_is_one(minimax: MiniMax, there: Simulated, tmp_path: Path) -> None:
    before = len(there.charges())
    ask = replace(ASKS["shot"], prompt="Something FORBIDDEN", params={"size": SIZE, "frames": 73})

    with pytest.raises(PromptRejected, match="new_sensitive"):
        await minimax.submit(minimax.plan(ask, "MiniMax-Hailuo-2.3"), "ref-1", tmp_path / "out")

    assert len(there.charges()) == before


async def test_an_answer_of_the_first_version_that_is_lost_is_ambiguous_too(
    minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    for fault in ("lose", "garble"):
        there.spoil(fault, provider="minimax")
        with pytest.raises(Ambiguous):
            await minimax.submit(shot(minimax, "MiniMax-Hailuo-2.3"), "ref-1", tmp_path / "out")


async def test_speech_is_read_from_hexadecimal_digits_and_costs_its_characters(
    minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    request = minimax.plan(ASKS["line"], None)

    accepted = await minimax.submit(request, "ref-1", tmp_path / "out")

    assert accepted.output is not None
    assert accepted.output.microusd == there.charges()[-1]["microusd"] == minimax.price(request).microusd == 1_300
    assert probe(tmp_path / "out").duration_s > 0.5
    assert accepted.job_id == accepted.raw["trace_id"] != "ref-1"
    with pytest.raises(OutputExpired, match="sends speech once"):
        await minimax.fetch(request, accepted.job_id, tmp_path / "again")


async def test_speech_that_is_made_and_not_given_out_has_a_cost_that_nobody_knows(
    minimax: MiniMax, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, {"data": None, "trace_id": "t-1", **resp(1027, "output new_sensitive")})

    monkeypatch.setattr(minimax.api, "pay", paid)

    accepted = await minimax.submit(minimax.plan(ASKS["line"], None), "ref-1", tmp_path / "out")

    assert accepted.ended is not None
    assert (accepted.ended.state, accepted.ended.microusd, accepted.job_id) == (JobState.REFUSED, None, "t-1")
    assert judge(answer(200, resp(1027))) is None


async def test_a_cloned_voice_is_charged_once_with_its_first_line(
    minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    before = sum(charge["microusd"] for charge in there.charges())
    cloned, lines = minimax.plan(cloning(tmp_path / "sample"), None), 0

    voice, _ = await bought(minimax, cloned, tmp_path / "voice")
    assert sum(charge["microusd"] for charge in there.charges()) == before
    for _ in range(2):
        line = minimax.plan(replace(ASKS["line"], params={**LINE, CHOSEN: voice}), None)
        await bought(minimax, line, tmp_path / "line")
        lines += minimax.price(line).microusd or 0

    assert sum(charge["microusd"] for charge in there.charges()) == before + 1_500_000 + lines
    assert minimax.price(cloned).microusd == 1_500_000


async def test_another_account_has_another_voice_of_the_same_sample(
    minimax: MiniMax, there: Simulated, tmp_path: Path
) -> None:
    another = MiniMax(tools({"minimax": {**there.accounts["minimax"], "key": "another"}}))
    request = minimax.plan(cloning(tmp_path / "sample", 13), None)

    voices = {(await each.submit(request, "ref-1", tmp_path / "out")).job_id for each in (minimax, another)}
    await another.aclose()

    assert len(voices) == 2
    assert all(voice.startswith("director-") for voice in voices)


async def test_what_cannot_be_cloned_is_refused_and_an_upload_that_is_lost_asks_again(
    minimax: MiniMax, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask = cloning(tmp_path / "sample", 2)
    with pytest.raises(BadInput, match="from one sample of 10 s to 5 min; there are 2"):
        minimax.plan(replace(ask, inputs=[*ask.inputs, *ask.inputs]), None)
    with pytest.raises(RequestRejected, match="voice duration too short"):
        await minimax.submit(minimax.plan(ask, None), "ref-1", tmp_path / "out")

    async def asked(*_: Any, **__: Any) -> Answer:
        return answer(200, {"file": {}, **resp(0)})

    monkeypatch.setattr(minimax.api, "ask", asked)
    with pytest.raises(ProviderUnavailable):
        await minimax.submit(minimax.plan(ask, None), "ref-1", tmp_path / "out")


async def test_a_sample_that_is_against_the_rules_is_refused(
    minimax: MiniMax, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, {"input_sensitive": True, **resp(0)})

    monkeypatch.setattr(minimax.api, "pay", paid)

    with pytest.raises(PromptRejected, match="the sample is against the rules"):
        await minimax.submit(minimax.plan(cloning(tmp_path / "sample"), None), "ref-1", tmp_path / "out")


@pytest.mark.parametrize("body", [{"data": {"audio": "no digits"}}, {"data": {}}, {"data": None}, {}])
async def test_speech_that_cannot_be_read_is_malformed(
    body: dict[str, Any], minimax: MiniMax, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, body)

    monkeypatch.setattr(minimax.api, "pay", paid)

    with pytest.raises(AnswerMalformed):
        await minimax.submit(minimax.plan(ASKS["line"], None), "ref-1", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_voices_languages_paces_and_letters_are_told_apart(minimax: MiniMax) -> None:
    def said(text: str = "Who?", **traits: Any) -> Request:
        return minimax.plan(replace(ASKS["line"], params={"text": text, "voice": {**VOICE, **traits}}), None)

    def setting(**traits: Any) -> Any:
        return said(**traits).params["voice_setting"]

    assert setting(pitch=0.8)["voice_id"] in VOICES[True]
    assert setting(pitch=1.1)["voice_id"] in VOICES[False]
    assert [setting(speed=speed)["speed"] for speed in (0.2, 1.0, 3.0)] == [0.5, 1.0, 2.0]
    boosts = [said(language=language).params["language_boost"] for language in ("de-DE", "en-GB", "is")]
    assert boosts == ["German", "English", "auto"]
    assert minimax.price(said("a" * 1000)).microusd == 100_000
    assert minimax.price(said("灯" * 1000)).microusd == 200_000


def test_what_it_does_not_make_or_not_so_long_is_refused_before_it_is_sent(minimax: MiniMax) -> None:
    with pytest.raises(BadInput, match=r"films 10 s at most, and the shot is 10\.0 s long: divide it"):
        shot(minimax, "MiniMax-Hailuo-2.3", 241)
    with pytest.raises(BadInput, match="minimax's model films without speech"):
        minimax.plan(ASKS["talking"], None)
    with pytest.raises(BadInput, match="from its storyboard frame"):
        minimax.plan(replace(ASKS["shot"], inputs=[]), None)
    with pytest.raises(BadInput, match="reads 2,000 characters"):
        minimax.plan(replace(ASKS["shot"], prompt="a" * 2001), "MiniMax-Hailuo-2.3")
    with pytest.raises(BadInput, match="there are MiniMax-H3, MiniMax-H3-Max, MiniMax-Hailuo-2"):
        shot(minimax, "video-01")
    with pytest.raises(BadInput, match="speaks 10,000 characters"):
        minimax.plan(replace(ASKS["line"], params={**LINE, "text": "a" * 10_001}), None)
    for what in ("script", "picture", "score", "ambience"):
        with pytest.raises(BadInput, match="minimax makes no"):
            minimax.plan(ASKS[what], None)


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=json.dumps(body).encode())


def resp(code: int, message: str = "no") -> dict[str, Any]:
    return {"base_resp": {"status_code": code, "status_msg": message}}


def error(message: str, kind: str = "error") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, "http_code": "400"}, "request_id": "r"}


ERRORS: list[tuple[Answer, type[DirectorError] | None]] = [
    (answer(200, {"task_id": "7", **resp(0)}), None),
    (answer(200, resp(1000)), Ambiguous),
    (answer(200, resp(1001)), Ambiguous),
    (answer(200, resp(1002)), RateLimited),
    (answer(200, resp(1004)), KeyRejected),
    (answer(200, resp(1008)), OutOfMoney),
    (answer(200, resp(1024)), Ambiguous),
    (answer(200, resp(1026)), PromptRejected),
    (answer(200, resp(1039)), RateLimited),
    (answer(200, resp(1042)), RequestRejected),
    (answer(200, resp(2013)), RequestRejected),
    (answer(200, resp(2049)), KeyRejected),
    (answer(200, resp(2037)), RequestRejected),
    (answer(200, resp(2039)), None),
    (answer(200, resp(2999)), RequestRejected),
    (answer(400, error("invalid params (2013)")), RequestRejected),
    (answer(400, error("insufficient balance (1008)")), OutOfMoney),
    (answer(401, error("login fail")), KeyRejected),
    (answer(402, error("insufficient balance")), OutOfMoney),
    (answer(422, error("input new_sensitive (1026)")), PromptRejected),
    (answer(429, error("rate limit (1002)")), RateLimited),
    (answer(429, "<html>"), RateLimited),
    (answer(500, error("unknown error (1000)")), Ambiguous),
    (answer(502, "<html>"), None),
    (answer(529, error("no", "overloaded_error")), Overloaded),
]


@pytest.mark.parametrize(("told", "means"), ERRORS)
def test_each_error_has_its_meaning(told: Answer, means: type[DirectorError] | None) -> None:
    meant = judge(told)

    assert (None if meant is None else type(meant)) is means


def test_what_is_ambiguous_of_a_job_is_asked_again_and_its_failure_is_no_error() -> None:
    limited = judge(answer(429, error("no (1002)"), retry_after="7"))

    assert isinstance(limited, RateLimited)
    assert limited.wait_s == 7.0
    assert type(judge_job(answer(200, resp(1000)))) is ProviderUnavailable
    assert type(judge_job(answer(200, resp(1004)))) is KeyRejected
    assert type(judge_job(answer(404, {}))) is OutputExpired
    assert judge_job(answer(200, {"status": "Fail", **resp(1026)})) is None
