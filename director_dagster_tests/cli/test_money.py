"""What may be spent, and what making a film would cost, as the command tells it."""

from pathlib import Path

import pytest

from director_dagster_tests.film.conftest import Home

PAGE = "Title: A Door\n\nINT. ROOM - NIGHT\n\nANNA (30s) looks at a door.\n\nANNA\nWho is there?\n"


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Home:
    """A home with one film, of which nothing is made."""
    (tmp_path / "a-door.fountain").write_text(PAGE)
    home = Home(path=tmp_path / "home", database_url=database_url)
    home.data("estimate", str(tmp_path / "a-door.fountain"))
    return home


def test_a_budget_is_set_for_the_workspace_then_for_a_film_and_shown(home: Home) -> None:
    too_early = home.run("budget", "set", "1", "--film", "a-door")
    home.data("budget", "set", "no-limit")
    film = home.data("budget", "set", "2.50", "--film", "a-door")
    changed = home.data("budget", "set", "$3", "--film", "home/a-door")

    assert (too_early.returncode, too_early.stderr.count("\n")) == (2, 1)
    assert "set a budget for the workspace before" in too_early.stderr
    assert film[0]["left"] == "$2.50"
    assert home.data("budget", "show") == [
        {
            "whose": "home",
            "limit": "no limit",
            "spent": "$0.00",
            "held": "$0.00",
            "left": "no limit",
            "overrun": "$0.00",
        },
        changed[0],
    ]


@pytest.mark.parametrize("arguments", [["a lot"], ["-1"], ["NaN"], ["1", "--film", "no-such-film"], ["1e30"]])
def test_no_amount_and_no_film_are_told_in_a_line(home: Home, arguments: list[str]) -> None:
    refused = (
        home.run("budget", "set", "--", *arguments)
        if arguments[0].startswith("-")
        else home.run("budget", "set", *arguments)
    )

    assert (refused.returncode, len(refused.stderr.strip().splitlines())) == (2, 1)
    assert home.data("budget", "show") == []


def test_an_estimate_names_each_step_and_maker_and_sums_them_up(home: Home) -> None:
    rows = home.data("estimate", "--film", "a-door")
    unknown = home.run("estimate", "--film", "no-such-film")

    total = rows.pop()
    assert {row["step"] for row in rows} >= {"script", "characters", "storyboard", "shots", "film"}
    assert total["step"] == "total"
    assert total["made"] == sum(row["made"] for row in rows) > 10
    assert total["cost_microusd"] == 0
    assert home.rows("SELECT count(*) FROM generations") == [(0,)]
    assert (unknown.returncode, len(unknown.stderr.strip().splitlines())) == (2, 1)
