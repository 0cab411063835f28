"""A film that ElevenLabs speaks and plays, against the simulator: right costs, heard in time, nothing bought twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster.story.film import parse_film_key
from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.broken import look
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import Simulated, simulated

pytestmark = pytest.mark.slow

PAGE = """Title: A Door

INT. ROOM - NIGHT

ANNA (30s, red scarf) looks at a door.

ANNA
Who is there?

The door opens.
"""
SETTINGS = 'format = "1:1"\n\n[crew]\nspeech = "elevenlabs"\nmusic = "elevenlabs"\n'
FILM = parse_film_key("home/a-door")
COSTS = "SELECT sum(cost_microusd)::bigint FROM assets WHERE provider = 'elevenlabs'"
BASES = """
SELECT DISTINCT kind, cost_basis->>'basis', (cost_basis->>'microusd')::bigint = cost_microusd FROM assets
WHERE provider = 'elevenlabs' ORDER BY kind
"""
LINE = "SELECT generation_metadata FROM assets WHERE kind = 'dialogue'"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def buying(home: Home, there: Simulated, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """The home with an account at ElevenLabs and money to spend, and a screenplay whose crew it is in."""
    folder, home = tmp_path_factory.mktemp("page"), replace(home, more=there.variables)
    (folder / "a-door.fountain").write_text(PAGE)
    (folder / "film.toml").write_text(SETTINGS)
    home.data("budget", "set", "5")
    home.data("estimate", str(folder / "a-door.fountain"))
    home.data("budget", "set", "5", "--film", "a-door")
    return home, folder / "a-door.fountain"


def test_the_film_costs_what_was_charged_and_is_as_long_and_as_loud_as_it_should_be(
    buying: tuple[Home, Path], there: Simulated
) -> None:
    home, page = buying
    estimated = home.data("estimate", "--film", "a-door")[-1]["cost_microusd"]

    done = home.run("make", str(page), "--json")

    assert done.returncode == 0, done.stderr
    charged = sum(charge["microusd"] for charge in there.charges())
    assert home.rows(COSTS) == [(charged,)]
    assert 0 < charged <= estimated
    # Music has no header that tells its cost.
    assert home.rows(BASES) == [
        ("dialogue", "reported", True),
        ("music", "estimated", True),
        ("other", "reported", True),
        ("voice", "reported", True),
    ]
    assert audit(home).faults == {}
    for check in ("length", "loudness", "subtitles"):
        assert look(home, FILM, "film")[check].offenders == ()


def test_it_is_kept_when_each_letter_is_said(buying: tuple[Home, Path]) -> None:
    home, _ = buying

    [(metadata,)] = home.rows(LINE)

    assert "".join(metadata["alignment"]["characters"]) == "Who is there?"
    assert max(metadata["levels"]) == 1.0


def test_made_again_it_buys_nothing(buying: tuple[Home, Path], there: Simulated) -> None:
    home, page = buying
    before = len(there.charges())

    done = home.run("make", str(page), "--json")

    assert done.returncode == 0, done.stderr
    assert len(there.charges()) == before
