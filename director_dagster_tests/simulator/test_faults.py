"""Faults on demand: which request they spoil, in which order, and how a plan is told to the running simulator."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from director_dagster.errors import Ambiguous, BadInput, ProviderUnavailable, RateLimited
from director_dagster.providers.fal_answers import judge
from director_dagster.providers.http import Api
from director_dagster.providers.registry import Providers, close
from director_dagster.simulator.app import PATHS
from director_dagster.simulator.faults import At, Fault, Faults, Planned
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.page import break_draft
from director_dagster_tests.providers.opened import ASKS, bought, tools
from director_dagster_tests.simulator.recorded import recorded

FILM = FilmKey(workspace="home", film="a-keeper")


def test_each_fault_spoils_the_next_request_of_its_provider_and_kind_once() -> None:
    faults = Faults()
    lost = Planned(fault=Fault.LOSE, provider="fal", at=At.POLL)
    busy = Planned(fault=Fault.REFUSE, status=429)
    faults.plan(lost)
    faults.plan(busy, times=2)

    assert faults.next("fal") == busy
    assert faults.next("openai", At.POLL) is None
    assert faults.next("fal", At.POLL) == lost
    assert faults.next("fal", At.POLL) is None
    assert faults.next("elevenlabs") == busy
    assert faults.next("elevenlabs") is None


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with recorded(tmp_path) as (url, _):
        yield url


async def planned(url: str, **fault: object) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.post(f"{url}/faults", json=fault)).raise_for_status()


async def test_a_plan_is_told_over_http_and_an_endless_answer_is_given_up(url: str) -> None:
    api = Api(
        provider="fal",
        base_url=f"{url}/fal",
        headers=lambda: {"Authorization": "Key k"},
        judge=judge,
        whole_s=0.3,
    )
    asked = {"prompt": "a door", "image_size": {"width": 64, "height": 64}, "seed": 1}

    await planned(url, fault="trickle", provider="fal")
    with pytest.raises(Ambiguous):
        await api.pay("POST", "/fal-ai/flux/dev", json=asked)
    await planned(url, fault="trickle", provider="fal", at="poll")
    with pytest.raises(ProviderUnavailable):
        await api.ask("/fal-ai/flux/requests/1/status")
    await planned(url, fault="refuse", status=429, body='{"detail": "no"}', headers={"retry-after": "3"}, times=1)
    with pytest.raises(RateLimited) as limited:
        await api.pay("POST", "/fal-ai/flux/dev", json=asked)

    assert limited.value.wait_s == 3.0
    await api.aclose()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"provider": "opnai"}, "there is no 'opnai'; there are openai"),
        ({"times": -3}, "times"),
        ({"status": 99999}, "status"),
        ({"fault": "los"}, "fault"),
        ({"when": "now"}, "when"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(url: str, wrong: dict[str, object], told: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        refused = await client.post(f"{url}/faults", json={"fault": "lose", **wrong})

    assert refused.status_code == 400
    assert told in refused.json()["error"]


@pytest.mark.parametrize("name", ["openai", "google"])
async def test_who_rambles_is_paid_for_what_is_no_screenplay(url: str, tmp_path: Path, name: str) -> None:
    providers = Providers(tools({name: {"key": "k", "url": f"{url}{PATHS[name]}"}}))
    request = providers[name].plan(ASKS["script"], None)
    await planned(url, fault="ramble", provider=name)

    written = []
    for number in range(2):
        _, output = await bought(providers[name], request, tmp_path / f"{number}.fountain")
        written.append((tmp_path / f"{number}.fountain").read_text(encoding="utf-8"))
        assert output.media_type == "text/vnd.fountain"
    await close(providers)

    with pytest.raises(BadInput, match="there is no scene"):
        break_draft(written[0], FILM, FilmSettings())
    assert break_draft(written[1], FILM, FilmSettings()).shots
    async with httpx.AsyncClient(trust_env=False) as client:
        assert len((await client.get(f"{url}/charges")).json()) == 2
