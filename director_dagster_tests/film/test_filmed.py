"""A film that fal draws and films, against the simulator: right costs, nothing bought twice, and as long as its cut."""

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
SETTINGS = 'format = "1:1"\n\n[crew]\nimage = "fal"\nvideo = "fal"\n'
BUDGET_USD = 20
FILM = parse_film_key("home/a-door")
COSTS = "SELECT sum(cost_microusd)::bigint FROM assets WHERE provider = 'fal'"
BASES = """
SELECT DISTINCT type, cost_basis->>'basis', (cost_basis->>'microusd')::bigint = cost_microusd FROM assets
WHERE provider = 'fal' ORDER BY type
"""
SHOTS = "SELECT sum(duration_s), count(*), min(duration_s), max(width) FROM assets WHERE kind = 'shot'"
BUDGETS = "SELECT reserved_microusd, spent_microusd FROM budgets WHERE film_id IS NOT NULL"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def buying(home: Home, there: Simulated, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """The home with an account at fal and money to spend, and a screenplay whose crew it is in."""
    folder, home = tmp_path_factory.mktemp("page"), replace(home, more=there.variables)
    (folder / "a-door.fountain").write_text(PAGE)
    (folder / "film.toml").write_text(SETTINGS)
    home.data("budget", "set", str(BUDGET_USD))
    home.data("estimate", str(folder / "a-door.fountain"))
    home.data("budget", "set", str(BUDGET_USD), "--film", "a-door")
    return home, folder / "a-door.fountain"


def test_the_film_costs_what_was_charged_as_it_was_estimated(buying: tuple[Home, Path], there: Simulated) -> None:
    home, page = buying
    estimated = home.data("estimate", "--film", "a-door")[-1]["cost_microusd"]
    # fal is busy, does not answer, and breaks off: what is asked costs nothing, and is asked again.
    there.spoil("refuse", provider="fal", status=429, body='{"detail": "Too many"}', headers={"retry-after": "1"})
    there.spoil("refuse", provider="fal", at="poll", status=503)
    there.spoil("lose", provider="fal", at="download")

    done = home.run("make", str(page), "--json")

    assert done.returncode == 0, done.stderr
    charged = sum(charge["microusd"] for charge in there.charges())
    assert home.rows(COSTS) == [(charged,)]
    assert 0 < charged <= estimated
    assert home.rows(BASES) == [("image", "reported", True), ("video", "reported", True)]
    assert home.rows(BUDGETS) == [(0, charged)]
    assert audit(home).faults == {}


def test_it_is_cut_to_the_frame_from_clips_that_are_longer_and_smaller(buying: tuple[Home, Path]) -> None:
    home, _ = buying

    length = look(home, FILM, "film")["length"]

    [(bought_s, shots, shortest_s, width)] = home.rows(SHOTS)
    assert length.offenders == ()
    assert length.facts["frames"] == length.facts["cut_frames"]
    cards_s = (84 + 144) / 24
    assert length.facts["picture_s"] < bought_s + cards_s, "what was bought beyond the shots is cut off"
    assert shots >= 2
    assert (shortest_s, width) == (3.0, 360)


def test_made_again_it_buys_nothing(buying: tuple[Home, Path], there: Simulated) -> None:
    home, page = buying
    before = len(there.charges())

    done = home.run("make", str(page), "--json")

    assert done.returncode == 0, done.stderr
    assert len(there.charges()) == before


def test_a_job_that_fails_is_named_costs_nothing_and_is_bought_anew(
    buying: tuple[Home, Path], there: Simulated, tmp_path: Path
) -> None:
    home, _ = buying
    page = tmp_path / "a-wall.fountain"
    page.write_text(PAGE.replace("door", "wall").replace("A Door", "A Wall"))
    (tmp_path / "film.toml").write_text(SETTINGS)
    home.data("estimate", str(page))
    home.data("budget", "set", str(BUDGET_USD), "--film", "a-wall")
    before = sum(charge["microusd"] for charge in there.charges())
    there.spoil("fail", provider="fal")

    failed = home.run("make", str(page))
    again = home.run("make", str(page))

    assert failed.returncode == 1
    assert "runner was disconnected" in failed.stderr
    assert again.returncode == 0, again.stderr
    charged = sum(charge["microusd"] for charge in there.charges()) - before
    [(spent,)] = home.rows("SELECT spent_microusd FROM budgets JOIN films f ON f.id = film_id WHERE f.slug = 'a-wall'")
    assert spent == charged
    assert audit(home).faults == {}
