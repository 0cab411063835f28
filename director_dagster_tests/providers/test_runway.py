"""Runway, spoken to over HTTP: what is sent, how a task is followed, what it costs, and what each error means."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
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
    RateLimited,
    RequestRejected,
)
from director_dagster.media.probe import probe
from director_dagster.providers.contract import Input, JobState, Request
from director_dagster.providers.http import Answer
from director_dagster.providers.runway import Runway
from director_dagster.providers.runway_answers import judge, judge_job
from director_dagster_tests.providers.opened import ASKS, FRAME, SIZE, bought, tools
from director_dagster_tests.simulated import Simulated

LOOK = Input(role="look", digest="d", path=FRAME)
URI = f"data:image/jpeg;base64,{base64.b64encode(FRAME.read_bytes()).decode()}"


@pytest.fixture
async def runway(there: Simulated) -> AsyncIterator[Runway]:
    opened = Runway(tools(there.accounts))
    yield opened
    await opened.aclose()


def shot(runway: Runway, frames: int = 49, model: str | None = None) -> Request:
    return runway.plan(replace(ASKS["shot"], params={"size": SIZE, "frames": frames}), model)


@pytest.mark.parametrize(("model", "credit_s"), [("gen4_turbo", 5), ("gen4.5", 12)])
async def test_a_shot_is_as_long_as_the_next_whole_second_and_costs_its_credits(
    model: str, credit_s: int, runway: Runway, there: Simulated, tmp_path: Path
) -> None:
    request = shot(runway, 49, model)

    _, output = await bought(runway, request, tmp_path / "out")

    found = probe(tmp_path / "out")
    assert found.video is not None
    assert (output.media_type, found.duration_s) == ("video/mp4", 3.0)
    assert output.microusd == there.charges()[-1]["microusd"] == runway.price(request).microusd == 3 * credit_s * 10_000


async def test_a_picture_has_the_most_similar_size_that_is_drawn(
    runway: Runway, there: Simulated, tmp_path: Path
) -> None:
    request = runway.plan(ASKS["picture"], None)

    _, output = await bought(runway, request, tmp_path / "out")

    with Image.open(tmp_path / "out") as picture:
        assert picture.size == (1280, 720)
    assert output.microusd == there.charges()[-1]["microusd"] == 50_000


@pytest.mark.parametrize(
    ("width", "height", "picture", "film", "microusd"),
    [
        (1280, 720, "1280:720", "1280:720", 50_000),
        (720, 1280, "720:1280", "720:1280", 50_000),
        (720, 720, "720:720", "960:960", 50_000),
        (1920, 1080, "1920:1080", "1280:720", 80_000),
        (1080, 1080, "1080:1080", "960:960", 80_000),
    ],
)
def test_each_format_has_its_ratio_and_its_price(
    width: int, height: int, picture: str, film: str, microusd: int, runway: Runway
) -> None:
    size = {"width_px": width, "height_px": height}
    drawn = runway.plan(replace(ASKS["picture"], params={"size": size}), None)
    filmed = runway.plan(replace(ASKS["shot"], params={"size": size, "frames": 24}), None)

    assert (drawn.params["ratio"], filmed.params["ratio"]) == (picture, film)
    assert runway.price(drawn).microusd == microusd
    assert filmed.params["duration"] == 2


async def test_what_is_sent_holds_the_frame_or_three_looks(
    runway: Runway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[dict[str, Any]] = []

    async def paid(method: str, path: str, **content: Any) -> Answer:
        sent.append({**content["json"], "to": f"{method} {path}"})
        return answer(200, {"id": "t-1", "estimatedCost": {"credits": 10.5}})

    monkeypatch.setattr(runway.api, "pay", paid)
    picture = runway.plan(replace(ASKS["picture"], inputs=[LOOK] * 4), None)

    accepted = await runway.submit(shot(runway), "ref-1", tmp_path / "out")
    await runway.submit(picture, "ref-2", tmp_path / "out")

    assert (accepted.job_id, accepted.raw) == ("t-1", {"id": "t-1", "credits_at_most": "10.5"})
    assert sent == [
        {
            "to": "POST /v1/image_to_video",
            "model": "gen4_turbo",
            "promptText": "The door opens",
            "promptImage": URI,
            "ratio": "1280:720",
            "duration": 3,
            "seed": 7,
        },
        {
            "to": "POST /v1/text_to_image",
            "model": "gen4_image",
            "promptText": "A door at night",
            "ratio": "1280:720",
            "referenceImages": [{"uri": URI}] * 3,
            "seed": 7,
        },
    ]


def test_what_cannot_be_made_is_refused_with_what_to_do(runway: Runway) -> None:
    with pytest.raises(BadInput, match=r"films 10 s at most, and the shot is 10\.0 s long: divide it"):
        shot(runway, 241)
    with pytest.raises(BadInput, match="runway's model films without speech"):
        runway.plan(ASKS["talking"], None)
    with pytest.raises(BadInput, match="from its storyboard frame"):
        runway.plan(replace(ASKS["shot"], inputs=[]), None)
    with pytest.raises(BadInput, match="reads 1,000 characters of a prompt; this one has 1,002"):
        runway.plan(replace(ASKS["picture"], prompt="🎬" * 501), None)
    with pytest.raises(BadInput, match="no model for image that we know how to ask; there are gen4_image"):
        runway.plan(ASKS["picture"], "gen4_turbo")
    with pytest.raises(ModelRetired, match="no gen3a_turbo any more: use gen4_turbo"):
        shot(runway, 24, "gen3a_turbo")
    with pytest.raises(BadInput, match="runway makes no speech"):
        runway.plan(ASKS["line"], None)


async def test_what_is_against_the_rules_ends_refused_and_costs_what_runway_says(
    runway: Runway, there: Simulated, tmp_path: Path
) -> None:
    before = len(there.charges())
    request = runway.plan(replace(ASKS["picture"], prompt="Something FORBIDDEN"), None)
    job = (await runway.submit(request, "ref-1", tmp_path / "out")).job_id

    await runway.poll(request, job)
    ended = await runway.poll(request, job)

    assert (ended.state, ended.microusd) == (JobState.REFUSED, 0)
    assert "SAFETY.INPUT.TEXT" in ended.reason
    assert len(there.charges()) == before


UNSAFE = {"status": "FAILED", "failure": "no", "failureCode": "SAFETY.OUTPUT.VIDEO", "cost": {"credits": 25}}
ENDS: list[tuple[dict[str, Any], JobState, int | None]] = [
    (UNSAFE, JobState.REFUSED, 250_000),
    ({"status": "FAILED", "failure": "no", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01"}, JobState.FAILED, None),
    ({"status": "FAILED", "failure": "no", "cost": {"credits": 0}}, JobState.FAILED, 0),
    ({"status": "CANCELLED", "cost": {"credits": 5}}, JobState.FAILED, 50_000),
    ({"status": "THROTTLED"}, JobState.RUNNING, None),
]


@pytest.mark.parametrize(("told", "state", "microusd"), ENDS)
async def test_each_end_has_its_state_and_its_cost(
    told: dict[str, Any], state: JobState, microusd: int | None, runway: Runway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: Any, **__: Any) -> Answer:
        return answer(200, told)

    monkeypatch.setattr(runway.api, "ask", asked)

    status = await runway.poll(shot(runway), "t-1")

    assert (status.state, status.microusd) == (state, microusd)
    assert status.reason or state is JobState.RUNNING


async def test_an_output_is_downloaded_from_where_the_task_says_now(
    runway: Runway, there: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    request, downloads = shot(runway), list[str]()
    job, _ = await bought(runway, request, tmp_path / "out")
    download = runway.api.download

    async def noted(url: str, into: Path) -> Any:
        downloads.append(url)
        return await download(url, into)

    async def moved(*_: Any, **__: Any) -> Answer:
        return answer(
            200, {"status": "SUCCEEDED", "output": [f"{runway_url}/files/{job}?new"], "cost": {"credits": 15}}
        )

    runway_url = str(runway.api._base)
    monkeypatch.setattr(runway.api, "download", noted)
    await runway.fetch(request, job, tmp_path / "out")
    monkeypatch.setattr(runway.api, "ask", moved)
    await runway.fetch(request, job, tmp_path / "out")

    assert [url.endswith("?new") for url in downloads] == [False, True]


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=json.dumps(body).encode())


ISSUE = {"code": "x", "path": ["ratio"], "message": "no such ratio"}
ERRORS: list[tuple[Answer, type[DirectorError] | None]] = [
    (answer(200, {}), None),
    (answer(400, {"error": "Validation failed", "issues": [ISSUE]}), RequestRejected),
    (answer(400, {"error": "Validation failed", "issues": [{**ISSUE, "path": ["model"]}]}), ModelRetired),
    (answer(400, {"error": "You do not have enough credits to run this task."}), OutOfMoney),
    (answer(401, {"error": "no"}), KeyRejected),
    (answer(404, {"error": "no"}), RequestRejected),
    (answer(429, {"error": "no"}), RateLimited),
    (answer(429, "<html>"), RateLimited),
    (answer(503, {"error": "shedding load"}), Overloaded),
    (answer(503, {}), None),
    (answer(503, "<html>"), None),
    (answer(502, {"error": "shedding load"}), None),
]


@pytest.mark.parametrize(("told", "means"), ERRORS)
def test_each_error_has_its_meaning(told: Answer, means: type[DirectorError] | None) -> None:
    meant = judge(told)

    assert (None if meant is None else type(meant)) is means


def test_what_is_wrong_with_a_field_is_told_and_who_is_limited_waits() -> None:
    limited = judge(answer(429, {"error": "no"}, retry_after="7"))

    assert "ratio: no such ratio" in str(judge(answer(400, {"error": "Validation failed", "issues": [ISSUE]})))
    assert isinstance(limited, RateLimited)
    assert limited.wait_s == 7.0
    assert isinstance(judge_job(answer(404, {"error": "no"})), OutputExpired)
