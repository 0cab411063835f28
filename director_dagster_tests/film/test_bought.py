"""A film of which OpenAI writes, draws and speaks, against the simulator: right costs, nothing bought twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster_tests.film.audit import audit
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
SETTINGS = 'format = "1:1"\n\n[crew]\nimage = "openai"\nspeech = "openai:tts-1"\n'
BUDGET_USD = 5
CHARGED = "SELECT sum(cost_microusd)::bigint FROM assets WHERE provider = 'openai'"
BASES = """
SELECT DISTINCT type, cost_basis->>'basis', (cost_basis->>'microusd')::bigint = cost_microusd FROM assets
WHERE provider = 'openai' ORDER BY type
"""
BUDGETS = "SELECT reserved_microusd, spent_microusd FROM budgets WHERE film_id IS NOT NULL"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def buying(home: Home, there: Simulated, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """The home with an account at OpenAI, and a screenplay whose crew it is in."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "a-door.fountain").write_text(PAGE)
    (folder / "film.toml").write_text(SETTINGS)
    return replace(home, more=there.variables), folder / "a-door.fountain"


def test_without_a_budget_nothing_is_sent_and_the_line_says_what_to_do(
    buying: tuple[Home, Path], there: Simulated
) -> None:
    home, page = buying

    refused = home.run("make", str(page))

    assert refused.returncode == 2
    assert (
        "no budget is set for it: `director budget set 1 --workspace home && director budget set 1 --film home/a"
        in (refused.stderr)
    )
    assert there.charges() == []


def test_the_film_costs_what_was_charged_and_no_more_than_was_estimated(
    buying: tuple[Home, Path], there: Simulated
) -> None:
    home, page = buying
    home.data("budget", "set", str(BUDGET_USD))
    home.data("budget", "set", str(BUDGET_USD), "--film", "a-door")
    estimated = home.data("estimate", "--film", "a-door")[-1]

    done = home.run("make", str(page), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    charged = sum(charge["microusd"] for charge in there.charges())
    [(costs,)] = home.rows(CHARGED)
    assert 0 < charged <= costs <= charged + len(there.charges()), "each rounded up by less than a micro-dollar"
    assert 0 < estimated["low_microusd"] <= costs <= estimated["high_microusd"] <= BUDGET_USD * 1_000_000
    assert home.rows(BASES) == [("audio", "computed", True), ("image", "reported", True)]
    assert home.rows(BUDGETS) == [(0, costs)]
    assert json.loads(done.stdout)["steps"]["storyboard"]["cost_usd"] > 0
    assert audit(home).faults == {}
    [(longest,)] = home.rows("SELECT max(duration_s) FROM assets WHERE kind = 'dialogue'")
    assert 0.3 < longest < 10


def test_made_again_it_buys_nothing(buying: tuple[Home, Path], there: Simulated) -> None:
    home, page = buying
    before = len(there.charges())

    done = home.run("make", str(page), "--json")

    assert done.returncode == 0, done.stderr
    assert len(there.charges()) == before


def test_a_lost_answer_waits_for_a_person_and_the_others_are_kept(
    buying: tuple[Home, Path], there: Simulated, tmp_path: Path
) -> None:
    home, _ = buying
    (tmp_path / "a-wall.fountain").write_text(PAGE.replace("door", "wall").replace("A Door", "A Wall"))
    (tmp_path / "film.toml").write_text(SETTINGS)
    home.data("estimate", str(tmp_path / "a-wall.fountain"))
    home.data("budget", "set", str(BUDGET_USD), "--film", "a-wall")
    there.spoil("lose")

    lost = home.run("make", str(tmp_path / "a-wall.fountain"), "--yes")
    waiting = home.data("ledger", "list")
    charged = len(there.charges())
    still = home.run("make", str(tmp_path / "a-wall.fountain"), "--yes")

    assert (lost.returncode, still.returncode) == (1, 1)
    assert len(waiting) == 1
    assert "may have been paid" in still.stderr
    assert len(there.charges()) == charged, "what nobody knows is not sent again"
    home.data("ledger", "resolve", waiting[0]["id"], "--charged", "0.05")
    done = home.run("make", str(tmp_path / "a-wall.fountain"), "--yes")
    assert done.returncode == 0, done.stderr
    assert home.data("ledger", "list") == []
