"""What our adapters send and the simulator answers, against the providers' own OpenAPI files.

fal's queue is in none: its file is of the platform, of which nothing is used. The files are no part of this project;
DIRECTOR_SPECS names their folder.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster.errors import BadInput
from director_dagster.providers.contract import CLONE, Ask, Cloner, Input, Medium
from director_dagster.providers.registry import Providers, close
from director_dagster.simulator.app import PATHS
from director_dagster_tests.providers.opened import ASKS, FRAME, bought, tools
from director_dagster_tests.simulator.recorded import Exchange, recorded
from director_dagster_tests.simulator.specs import FOLDER, Spec

SPECS = {"openai": "openai.json", "elevenlabs": "elevenlabs.json", "runway": "runway.json"}
MEDIA = "/files/"
"""Where the simulator serves what was made, which is no part of any API."""

ALONG = Input(role="look", digest="d", path=FRAME)
CLONED = Ask(
    medium=Medium.SPEECH,
    operation=CLONE,
    prompt="ANNA",
    params={},
    inputs=[Input(role="sample", digest=each, path=FRAME) for each in "de"],
)
HEARD = {
    "openai": {"/chat/completions", "/images/generations", "/images/edits", "/audio/speech"},
    "elevenlabs": {"/v1/music", "/v1/sound-generation", "/v1/voices/add", "/v2/voices"},
    "runway": {"/v1/image_to_video", "/v1/text_to_image"},
}

pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).is_file() for file in SPECS.values()),
    reason=f"the providers' OpenAPI files are not at hand: DIRECTOR_SPECS names their folder ({FOLDER} is none)",
)


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """One purchase of all that these providers sell."""
    folder = tmp_path_factory.mktemp("bought")
    with recorded(folder) as (url, recorder):
        asyncio.run(_buy_all(url, folder / "output"))
    assert all(exchange.status == 200 for exchange in recorder.exchanges)
    return [exchange for exchange in recorder.exchanges if not exchange.path.startswith(MEDIA)]


async def _buy_all(url: str, into: Path) -> None:
    providers = Providers(tools({name: {"key": "k", "url": f"{url}{PATHS[name]}"} for name in SPECS}))
    for name in SPECS:
        await _buy(providers, name, into)
    await close(providers)


async def _buy(providers: Providers, name: str, into: Path) -> None:
    for ask in (*ASKS.values(), replace(ASKS["picture"], inputs=[ALONG])):
        try:
            request = providers[name].plan(ask, None)
        except BadInput:
            continue
        await bought(providers[name], request, into)
    if isinstance(providers[name], Cloner):
        await bought(providers[name], providers[name].plan(CLONED, None), into)


def test_what_is_sent_and_answered_is_as_the_providers_document_it(exchanges: list[Exchange]) -> None:
    specs = {name: Spec(FOLDER / file) for name, file in SPECS.items()}

    faults = {
        f"{exchange.provider} {exchange.path}": found
        for exchange in exchanges
        if (found := specs[exchange.provider].faults(exchange))
    }

    assert faults == {}
    heard = {(exchange.provider, exchange.path) for exchange in exchanges}
    assert heard >= {(name, path) for name, paths in HEARD.items() for path in paths}
    assert any("with-timestamps" in path for _, path in heard)
    assert any("/v1/tasks/" in path for _, path in heard)


def test_what_is_not_as_documented_is_found(exchanges: list[Exchange]) -> None:
    spec = Spec(FOLDER / SPECS["elevenlabs"])
    music = next(each for each in exchanges if each.path == "/v1/music")
    sent = json.loads(music.sent)

    for changed, told in (
        ({**sent, "music_length_ms": 1}, "sent: music_length_ms: 1 is not valid"),
        ({**sent, "model_id": "music_v0"}, "sent: model_id: 'music_v0' is not one of"),
        ({**sent, "lenght": 3}, "sent: lenght is not documented"),
    ):
        [fault] = spec.faults(replace(music, sent=json.dumps(changed).encode()))
        assert fault.startswith(told)
    assert spec.faults(replace(music, query={"output_format": "mp3"}))
    assert spec.faults(replace(music, headers={"content-type": "text/html"}))
    with pytest.raises(KeyError):
        spec.faults(replace(music, path="/v1/musics"))


@pytest.mark.parametrize(
    "changed", [{"duration": 11}, {"duration": "5"}, {"ratio": "16:9"}, {"promptImage": "frame.png"}, {"audio": False}]
)
def test_a_shot_that_is_asked_for_in_another_way_than_its_model_takes_is_found(
    changed: dict[str, object], exchanges: list[Exchange]
) -> None:
    spec = Spec(FOLDER / SPECS["runway"])
    shot = next(each for each in exchanges if each.path == "/v1/image_to_video")
    sent = json.loads(shot.sent)

    assert spec.faults(shot) == []
    assert spec.faults(replace(shot, sent=json.dumps({**sent, **changed}).encode()))
