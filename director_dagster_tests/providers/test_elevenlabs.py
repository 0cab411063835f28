"""ElevenLabs, spoken to over HTTP: what is sent, when what is said, what it costs, and what each error means."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
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
    PromptRejected,
    RateLimited,
    RequestRejected,
)
from director_dagster.media.probe import probe
from director_dagster.providers.elevenlabs import VOICES, ElevenLabs
from director_dagster.providers.elevenlabs_answers import judge
from director_dagster.providers.http import Answer
from director_dagster_tests.providers.opened import ASKS, LINE, SCORE, VOICE, tools
from director_dagster_tests.simulated import Simulated


@pytest.fixture
async def elevenlabs(there: Simulated) -> AsyncIterator[ElevenLabs]:
    opened = ElevenLabs(tools(there.accounts))
    yield opened
    await opened.aclose()


async def test_speech_says_when_each_letter_is_said_and_how_far_the_mouth_is_open(
    elevenlabs: ElevenLabs, tmp_path: Path
) -> None:
    request = elevenlabs.plan(ASKS["line"], None)

    accepted = await elevenlabs.submit(request, "ref-1", tmp_path / "out")

    assert accepted.output is not None
    letters_s, levels = accepted.output.details["letters_s"], accepted.output.details["levels"]
    found = probe(tmp_path / "out")
    assert len(letters_s) == len(LINE["text"]) + 1
    assert letters_s == sorted(letters_s)
    assert (letters_s[0], letters_s[-1]) == (0.0, pytest.approx(found.duration_s, abs=0.05))
    assert len(levels) == pytest.approx(found.duration_s * 24, abs=2)
    assert set(levels) >= {0.4, 1.0}


def test_a_voice_that_was_chosen_goes_before_the_one_that_fits(elevenlabs: ElevenLabs) -> None:
    ask = replace(ASKS["line"], params={**LINE, "chosen": "my-voice"})

    assert elevenlabs.plan(ask, None).params["voice_id"] == "my-voice"


async def test_a_cost_that_is_not_reported_is_not_0(
    elevenlabs: ElevenLabs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, {"audio_base64": "AAAA"})

    monkeypatch.setattr(elevenlabs.api, "pay", paid)
    request = elevenlabs.plan(ASKS["line"], None)

    accepted = await elevenlabs.submit(request, "ref-1", tmp_path / "out")

    assert accepted.output is not None
    assert (accepted.job_id, accepted.output.microusd, accepted.output.details) == ("ref-1", None, {})
    assert elevenlabs.price(request).microusd == 13 * 180


@pytest.mark.parametrize("body", [{"audio_base64": "no base64!"}, {"audio": "AAAA"}, {"audio_base64": None}])
async def test_speech_that_cannot_be_read_is_malformed(
    body: dict[str, Any], elevenlabs: ElevenLabs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, body)

    monkeypatch.setattr(elevenlabs.api, "pay", paid)

    with pytest.raises(AnswerMalformed):
        await elevenlabs.submit(elevenlabs.plan(ASKS["line"], None), "ref-1", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_what_it_costs_is_reckoned_by_credits_and_begun_minutes(elevenlabs: ElevenLabs) -> None:
    def price(what: str, model: str | None = None, **params: object) -> int | None:
        ask = replace(ASKS[what], params={**ASKS[what].params, **params})
        return elevenlabs.price(elevenlabs.plan(ask, model)).microusd

    assert price("line", text="a" * 1000) == 180_000
    assert price("line", "eleven_flash_v2_5", text="a" * 1000) == 90_000
    assert price("score", seconds=60.0) == 600_000
    assert price("score", seconds=61.0) == 1_200_000
    assert price("ambience", seconds=24.0) == 24 * 40 * 180
    with pytest.raises(BadInput, match=r"'music_v99' is no model that we know how to ask; there are music_v2"):
        price("score", "music_v99")


def test_deep_voices_and_others_are_told_apart_and_paces_kept_within_its_limits(elevenlabs: ElevenLabs) -> None:
    def voice(**traits: float) -> Any:
        ask = replace(ASKS["line"], params={"text": "Who?", "voice": {**VOICE, **traits}})
        return elevenlabs.plan(ask, None).params

    assert voice(pitch=0.8)["voice_id"] in VOICES[True]
    assert voice(pitch=1.1)["voice_id"] in VOICES[False]
    assert voice(pitch=1.1)["voice_id"] != voice(pitch=1.12)["voice_id"]
    assert [voice(speed=speed)["voice_settings"]["speed"] for speed in (0.2, 1.0, 3.0)] == [0.7, 1.0, 1.2]


def test_music_is_instrumental_and_as_long_as_it_makes_it(elevenlabs: ElevenLabs) -> None:
    def length_ms(seconds: float) -> int:
        params = elevenlabs.plan(replace(ASKS["score"], params={**SCORE, "seconds": seconds}), None).params
        assert params["force_instrumental"] is True
        return int(params["music_length_ms"])

    assert [length_ms(seconds) for seconds in (1.0, 45.0, 4000.0)] == [3_000, 45_000, 600_000]


def test_what_it_does_not_make_or_not_so_long_is_refused_before_it_is_sent(elevenlabs: ElevenLabs) -> None:
    for ask in (
        ASKS["picture"],
        ASKS["shot"],
        ASKS["script"],
        replace(ASKS["line"], params={**LINE, "text": "a" * 10_001}),
        replace(ASKS["score"], prompt="a" * 4101),
        replace(ASKS["ambience"], prompt="a" * 4101),
    ):
        with pytest.raises(BadInput, match="elevenlabs"):
            elevenlabs.plan(ask, None)
    with pytest.raises(ModelRetired, match="no music_v1 any more: use music_v2"):
        elevenlabs.plan(ASKS["score"], "music_v1")


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status=status, headers=httpx.Headers(headers), body=json.dumps(body).encode())


def error(kind: str) -> dict[str, Any]:
    return {"detail": {"status": kind, "message": "no"}}


INVALID = {"detail": [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]}
ERRORS: list[tuple[int, dict[str, Any], type[DirectorError]]] = [
    (400, error("max_character_limit_exceeded"), RequestRejected),
    (400, error("voice_not_found"), RequestRejected),
    (400, error("model_not_found"), ModelRetired),
    (400, error("bad_prompt"), PromptRejected),
    (401, error("invalid_api_key"), KeyRejected),
    (401, error("quota_exceeded"), OutOfMoney),
    (403, error("only_for_creator+"), KeyRejected),
    (422, INVALID, RequestRejected),
    (429, error("too_many_concurrent_requests"), RateLimited),
    (429, error("system_busy"), Overloaded),
]


@pytest.mark.parametrize(("status", "body", "means"), ERRORS)
def test_each_error_has_its_meaning(status: int, body: dict[str, Any], means: type[DirectorError]) -> None:
    assert type(judge(answer(status, body))) is means


@pytest.mark.parametrize(("status", "body"), [(500, error("x")), (400, {}), (404, {"detail": 7})])
def test_what_cannot_be_read_is_left_to_its_status(status: int, body: dict[str, Any]) -> None:
    assert judge(answer(status, body)) is None
