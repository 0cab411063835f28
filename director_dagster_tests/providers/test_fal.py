"""fal, spoken to over HTTP: what is sent, how a job is followed, what it costs, and what each error means."""

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
    JobFailed,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
)
from director_dagster.media import sound
from director_dagster.media.probe import probe
from director_dagster.providers.contract import TALK, Input, JobState, Request
from director_dagster.providers.fal import Fal
from director_dagster.providers.fal_answers import judge, judge_job, judge_result
from director_dagster.providers.http import Answer
from director_dagster_tests.providers.opened import ASKS, SIZE, tools
from director_dagster_tests.simulated import Simulated


@pytest.fixture
async def fal(there: Simulated) -> AsyncIterator[Fal]:
    opened = Fal(tools(there.accounts))
    yield opened
    await opened.aclose()


@pytest.fixture
def frame(tmp_path: Path) -> Input:
    Image.new("RGB", (SIZE["width_px"], SIZE["height_px"]), "navy").save(tmp_path / "frame.png")
    return Input(role="frame", digest="d", path=tmp_path / "frame.png")


def shot(fal: Fal, frame: Input, frames: int = 49, model: str | None = None) -> Request:
    return fal.plan(replace(ASKS["shot"], inputs=[frame], params={"size": SIZE, "frames": frames}), model)


async def done(fal: Fal, request: Request, into: Path) -> str:
    """The job of the request, at its end."""
    job = (await fal.submit(request, "ref-1", into)).job_id
    while (await fal.poll(request, job)).state is JobState.RUNNING:
        pass
    return job


async def test_a_picture_comes_by_the_queue_and_costs_what_was_charged(
    fal: Fal, there: Simulated, tmp_path: Path
) -> None:
    request = fal.plan(ASKS["picture"], None)

    accepted = await fal.submit(request, "ref-1", tmp_path / "out")
    first = await fal.poll(request, accepted.job_id)
    second = await fal.poll(request, accepted.job_id)
    output = await fal.fetch(request, accepted.job_id, tmp_path / "out")

    assert accepted.output is None
    assert (first.state, second.state) == (JobState.RUNNING, JobState.DONE)
    assert output.media_type == "image/png"
    assert output.microusd == there.charges()[-1]["microusd"] == fal.price(request).microusd == 25_000
    with Image.open(tmp_path / "out") as picture:
        assert picture.size == (SIZE["width_px"], SIZE["height_px"])


async def test_a_shot_is_filmed_from_its_frame_as_long_as_the_next_length_and_costs_its_seconds(
    fal: Fal, frame: Input, there: Simulated, tmp_path: Path
) -> None:
    request = shot(fal, frame, 73)

    output = await fal.fetch(request, await done(fal, request, tmp_path / "out"), tmp_path / "out")

    found = probe(tmp_path / "out")
    assert found.video is not None
    assert (output.media_type, found.duration_s) == ("video/mp4", 4.0)
    assert output.microusd == there.charges()[-1]["microusd"] == fal.price(request).microusd == 4 * 84_000


async def test_a_shot_that_is_to_speak_is_filmed_with_sound_and_costs_more(
    fal: Fal, there: Simulated, tmp_path: Path
) -> None:
    silent, request = fal.plan(ASKS["shot"], None), fal.plan(ASKS["talking"], None)

    job = await done(fal, request, tmp_path / "out")
    output = await fal.fetch(request, job, tmp_path / "out")

    assert (silent.params["generate_audio"], request.params["generate_audio"]) == (False, True)
    assert output.microusd == there.charges()[-1]["microusd"] == fal.price(request).microusd == 3 * 126_000
    assert output.details == {TALK: "own"}
    assert sound.peak(sound.read(tmp_path / "out")) > 0.05


@pytest.mark.parametrize(("frames", "seconds"), [(24, "3"), (72, "3"), (73, "4"), (360, "15")])
def test_the_shortest_length_that_covers_a_shot_is_bought(fal: Fal, frame: Input, frames: int, seconds: str) -> None:
    assert shot(fal, frame, frames).params["duration"] == seconds


def test_what_cannot_be_made_is_refused_with_what_to_do(fal: Fal, frame: Input) -> None:
    with pytest.raises(BadInput, match=r"films 15 s at most, and the shot is 15\.0 s long: divide it"):
        shot(fal, frame, 361)
    with pytest.raises(BadInput, match="from its storyboard frame"):
        fal.plan(replace(ASKS["shot"], inputs=[]), None)
    with pytest.raises(BadInput, match="reads 2,500 characters"):
        fal.plan(replace(ASKS["shot"], inputs=[frame], prompt="a" * 2501), None)
    with pytest.raises(BadInput, match=r"no model for image that we know how to ask; there are fal-ai/flux/dev"):
        fal.plan(ASKS["picture"], "fal-ai/kling-video/v3/standard/image-to-video")
    with pytest.raises(BadInput, match="fal makes no speech"):
        fal.plan(ASKS["line"], None)


async def test_a_model_that_we_do_not_know_is_asked_as_its_family_is_at_a_price_that_nobody_knows(
    fal: Fal, frame: Input, tmp_path: Path
) -> None:
    film = shot(fal, frame, model="fal-ai/kling-video/v4/pro/image-to-video")
    picture = fal.plan(ASKS["picture"], "fal-ai/flux-2/dev")

    assert film.params == shot(fal, frame).params
    assert picture.params == fal.plan(ASKS["picture"], None).params
    assert (fal.price(film).microusd, fal.price(film).unit) == (None, "second")
    assert (fal.price(picture).microusd, fal.price(picture).unit) == (None, "megapixel")
    with pytest.raises(ModelRetired, match="--video fal:fal-ai/kling-video/v3/standard/image-to-video"):
        await fal.submit(film, "ref-1", tmp_path / "out")
    with pytest.raises(BadInput, match="no model for video that we know how to ask"):
        shot(fal, frame, model="fal-ai/kling-video/v2/master/image-to-video")


def test_a_begun_megapixel_is_a_whole_one(fal: Fal) -> None:
    larger = replace(ASKS["picture"], params={"size": {"width_px": 1280, "height_px": 800}})

    assert fal.price(fal.plan(larger, None)).quantity == 2


async def test_a_job_is_known_by_its_path_and_by_the_id_that_a_person_finds(fal: Fal, tmp_path: Path) -> None:
    request = fal.plan(ASKS["picture"], None)
    job = await done(fal, request, tmp_path / "out")

    assert job.startswith("fal-ai/flux/requests/")
    assert (await fal.poll(request, job.rpartition("/")[2])).state is JobState.DONE


@pytest.mark.parametrize("elsewhere", ["https://evil.example/fal-ai/flux/requests/1", "https://fal.run.evil/x", ""])
async def test_an_address_elsewhere_is_not_used(
    elsewhere: str, fal: Fal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def paid(*_: Any, **__: Any) -> Answer:
        return answer(200, {"request_id": "r-1", "response_url": elsewhere})

    monkeypatch.setattr(fal.api, "pay", paid)

    accepted = await fal.submit(fal.plan(ASKS["picture"], None), "ref-1", tmp_path / "out")

    assert accepted.job_id == "fal-ai/flux/requests/r-1"


async def test_what_fal_does_not_try_again_is_told_to_it(
    fal: Fal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: dict[str, Any] = {}

    async def paid(method: str, path: str, **content: Any) -> Answer:
        sent.update(content, to=f"{method} {path}")
        return answer(200, {"request_id": "r-1"})

    monkeypatch.setattr(fal.api, "pay", paid)

    await fal.submit(fal.plan(replace(ASKS["picture"], seed=7), None), "ref-1", tmp_path / "out")

    assert sent == {
        "to": "POST /fal-ai/flux/dev",
        "headers": {"x-fal-no-retry": "1"},
        "json": {
            "prompt": "A door at night",
            "image_size": {"width": 320, "height": 176},
            "num_images": 1,
            "output_format": "png",
            "seed": 7,
        },
    }


async def test_what_is_against_the_rules_ends_refused_and_is_not_charged(
    fal: Fal, there: Simulated, tmp_path: Path
) -> None:
    before = len(there.charges())
    request = fal.plan(replace(ASKS["picture"], prompt="Something FORBIDDEN"), None)
    job = (await fal.submit(request, "ref-1", tmp_path / "out")).job_id

    await fal.poll(request, job)
    ended = await fal.poll(request, job)

    assert (ended.state, len(there.charges())) == (JobState.REFUSED, before)
    with pytest.raises(PromptRejected, match="could not be processed"):
        await fal.fetch(request, job, tmp_path / "out")


async def test_a_blackened_picture_is_refused_with_what_it_cost(fal: Fal, there: Simulated, tmp_path: Path) -> None:
    request = fal.plan(replace(ASKS["picture"], prompt="Somebody UNDRESSED"), None)
    job = await done(fal, request, tmp_path / "out")

    with pytest.raises(PromptRejected) as refused:
        await fal.fetch(request, job, tmp_path / "out")

    assert refused.value.microusd == there.charges()[-1]["microusd"] == 25_000
    assert not (tmp_path / "out").exists()


async def test_a_job_that_fals_servers_lost_has_failed_and_cost_nothing(
    fal: Fal, there: Simulated, tmp_path: Path
) -> None:
    there.spoil("fail", provider="fal")
    request = fal.plan(ASKS["picture"], None)
    job = (await fal.submit(request, "ref-1", tmp_path / "out")).job_id

    await fal.poll(request, job)
    ended = await fal.poll(request, job)

    assert (ended.state, ended.microusd) == (JobState.FAILED, 0)
    assert "runner was disconnected" in ended.reason


async def test_a_download_that_breaks_off_is_asked_for_again_and_one_that_is_gone_is_not(
    fal: Fal, there: Simulated, tmp_path: Path
) -> None:
    request = fal.plan(ASKS["picture"], None)
    job = await done(fal, request, tmp_path / "out")

    there.spoil("lose", provider="fal", at="download")
    with pytest.raises(ProviderUnavailable, match="did not come whole"):
        await fal.fetch(request, job, tmp_path / "out")
    there.spoil("refuse", provider="fal", at="download", status=410)
    with pytest.raises(OutputExpired):
        await fal.fetch(request, job, tmp_path / "out")

    assert not (tmp_path / "out").exists()
    await fal.fetch(request, job, tmp_path / "out")
    assert (tmp_path / "out").exists()


async def test_a_job_that_is_over_is_not_cancelled_and_that_is_no_error(fal: Fal, tmp_path: Path) -> None:
    request = fal.plan(ASKS["picture"], None)
    job = (await fal.submit(request, "ref-1", tmp_path / "out")).job_id

    await fal.cancel(request, job)
    await fal.poll(request, job)
    await fal.poll(request, job)
    await fal.cancel(request, job)

    assert (await fal.poll(request, job)).state is JobState.DONE


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=json.dumps(body).encode())


def of_model(kind: str) -> dict[str, Any]:
    return {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": kind}]}


ERRORS: list[tuple[Answer, type[DirectorError] | None]] = [
    (answer(401, {"detail": "Unauthorized"}), None),
    (answer(403, {"detail": "Forbidden"}), None),
    (answer(403, {"detail": "User is locked. Reason: Exhausted balance. Top up ..."}), OutOfMoney),
    (answer(404, {"detail": "Application 'x' not found"}), ModelRetired),
    (answer(422, of_model("content_policy_violation")), PromptRejected),
    (answer(422, of_model("missing")), None),
    (answer(429, {"detail": "Too many requests"}), RateLimited),
    (answer(500, {"detail": "Internal"}), None),
    (answer(503, {"detail": "no", "error_type": "runner_scheduling_failure"}), Overloaded),
    (answer(503, {"detail": "no", "error_type": "runner_disconnected"}), None),
    (answer(504, {"detail": "no", "error_type": "startup_timeout"}), None),
    (answer(502, "<html>"), None),
]


@pytest.mark.parametrize(("told", "means"), ERRORS)
def test_each_error_has_its_meaning(told: Answer, means: type[DirectorError] | None) -> None:
    error = judge(told)

    assert (None if error is None else type(error)) is means


def test_who_is_limited_waits_as_told() -> None:
    limited = judge(answer(429, {"detail": "Too many requests"}, retry_after="7"))

    assert isinstance(limited, RateLimited)
    assert limited.wait_s == 7.0


def test_a_job_that_is_not_there_any_more_has_expired() -> None:
    assert isinstance(judge_job(answer(404, {"detail": "Request not found"})), OutputExpired)


@pytest.mark.parametrize(
    ("told", "means", "cost"),
    [
        (answer(422, of_model("content_policy_violation")), PromptRejected, 7),
        (answer(422, of_model("image_too_large")), JobFailed, 7),
        (answer(504, {"detail": "late"}, x_fal_error_type="request_timeout"), JobFailed, 0),
    ],
)
def test_a_job_that_ended_badly_says_why_and_what_it_cost(told: Answer, means: type[DirectorError], cost: int) -> None:
    ended = judge_result(told, 7)

    assert isinstance(ended, PromptRejected | JobFailed)
    assert (type(ended), ended.microusd) == (means, cost)


def test_a_server_that_does_not_answer_is_asked_again() -> None:
    assert judge_result(answer(502, "<html>"), None) is None
