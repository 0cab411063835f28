"""A film that ElevenLabs speaks and plays, against the simulator: right costs, heard in time, nothing bought twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from director_dagster.story.film import parse_film_key
from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.broken import look
from director_dagster_tests.film.buying import Buying, buying
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import simulated

pytestmark = pytest.mark.slow

COSTS = "SELECT sum(cost_microusd)::bigint FROM assets WHERE provider = 'elevenlabs'"
BASES = """
SELECT DISTINCT kind, cost_basis->>'basis', (cost_basis->>'microusd')::bigint = cost_microusd FROM assets
WHERE provider = 'elevenlabs' ORDER BY kind
"""
LINE = "SELECT generation_metadata FROM assets WHERE kind = 'dialogue'"


@pytest.fixture(scope="module")
def elevenlabs(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buying]:
    with simulated(tmp_path_factory.mktemp("simulator")) as there:
        yield buying(home, there, {"speech": "elevenlabs", "music": "elevenlabs"})


@pytest.fixture(scope="module")
def door(elevenlabs: Buying, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return elevenlabs.page("door", tmp_path_factory.mktemp("page"))


def test_the_film_costs_what_was_charged_and_is_as_long_and_as_loud_as_it_should_be(
    elevenlabs: Buying, door: Path
) -> None:
    home = elevenlabs.home
    estimated = home.data("estimate", "--film", "a-door")[-1]["high_microusd"]

    done = home.run("make", str(door), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    assert home.rows(COSTS) == [(elevenlabs.charged,)]
    assert 0 < elevenlabs.charged <= estimated
    # Music has no header that tells its cost.
    assert home.rows(BASES) == [
        ("dialogue", "reported", True),
        ("music", "estimated", True),
        ("other", "reported", True),
        ("voice", "reported", True),
    ]
    assert audit(home).faults == {}
    for check in ("length", "loudness", "subtitles"):
        assert look(home, parse_film_key("home/a-door"), "film")[check].offenders == ()


def test_it_is_kept_when_each_letter_is_said(elevenlabs: Buying) -> None:
    [(metadata,)] = elevenlabs.home.rows(LINE)

    assert len(metadata["letters_s"]) == len("Who is there?") + 1
    assert max(metadata["levels"]) == 1.0


def test_made_again_it_buys_nothing(elevenlabs: Buying, door: Path) -> None:
    before = elevenlabs.charged

    done = elevenlabs.home.run("make", str(door), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    assert elevenlabs.charged == before
