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
    assert (total["low_microusd"], total["high_microusd"]) == (0, 0)
    assert home.rows("SELECT count(*) FROM generations") == [(0,)]
    assert (unknown.returncode, len(unknown.stderr.strip().splitlines())) == (2, 1)


SPENT = """
INSERT INTO assets (id, workspace_id, type, kind, name, source, cost_microusd, provider, created_at)
SELECT gen_random_uuid(), id, 'video', 'shot', 'a shot', 'generation', cost, provider, '2026-03-01T23:59:59Z'
FROM workspaces, (VALUES ('kling', 250000), ('kling', NULL), (NULL, 50000)) AS spent (provider, cost)
RETURNING name
"""


def test_costs_are_told_group_by_group_and_add_up(home: Home) -> None:
    home.rows(SPENT)

    told = {by: home.data("costs", "--by", by) for by in ("day", "provider", "state")}

    nothing = {"what": "saved by reuse", "cost_usd": "$0.00", "pieces": 0, "failed": 0, "unknown": 0}
    everything = {"cost_usd": "$0.30", "pieces": 3, "failed": 3, "unknown": 1}
    assert told["day"] == [{"what": "2026-03-01", **everything}, {"what": "total", **everything}, nothing]
    assert told["state"] == [{"what": "failed", **everything}, {"what": "total", **everything}, nothing]
    assert told["provider"] == [
        {"what": "kling", "cost_usd": "$0.25", "pieces": 2, "failed": 2, "unknown": 1},
        {"what": "(none)", "cost_usd": "$0.05", "pieces": 1, "failed": 1, "unknown": 0},
        {"what": "total", **everything},
        nothing,
    ]


def makers(home: Home, *arguments: str) -> dict[str, str]:
    """Who would make what, by step, of the steps that are one maker's."""
    return {row["step"]: row["maker"] for row in home.data("estimate", "--film", "a-door", *arguments)}


def test_an_option_goes_before_the_film_that_before_its_workspace_that_before_the_animatic(
    home: Home, tmp_path: Path
) -> None:
    bare = makers(home)
    home.data("crew", "set", "--crew", "cheap", "--speech", "animatic")
    by_workspace = makers(home)
    (tmp_path / "film.toml").write_text('[crew]\nspeech = "openai:tts-1-hd"\n')
    home.data("estimate", str(tmp_path / "a-door.fountain"))
    by_film = makers(home)
    by_option = makers(home, "--crew", "animatic", "--speech", "openai:tts-1")

    found = [(told["storyboard"], told["dialogue"]) for told in (bare, by_workspace, by_film, by_option)]
    assert found == [
        ("animatic:ink-1", "animatic:pico-1"),
        ("openai:gpt-image-2", "animatic:pico-1"),
        ("openai:gpt-image-2", "openai:tts-1-hd"),
        ("animatic:ink-1", "openai:tts-1"),
    ]


def test_a_crew_is_shown_with_what_it_lacks(home: Home) -> None:
    home.data("crew", "set", "--image", "openai")

    rows = {row["medium"]: row for row in home.data("crew", "show", "--film", "a-door")}

    assert rows["image"]["maker"] == "openai"
    assert "set DIRECTOR_OPENAI_KEY" in rows["image"]["lacks"]
    assert rows["video"] == {"medium": "video", "maker": "animatic", "lacks": ""}


REFUSED = {
    "say who makes what": ["crew", "set"],
    "'chep' is no crew": ["crew", "set", "--crew", "chep"],
    "no such provider is installed": ["crew", "set", "--video", "nobody"],
    "openai makes no video": ["crew", "set", "--video", "openai"],
    "gen3a_turbo": ["crew", "set", "--video", "runway:gen3a_turbo"],
    "less than a millionth of a dollar": ["budget", "set", "0.0000001"],
    "it cannot be written there": ["simulate", "--port", "0", "--charges", "/proc/no/such"],
    "there is no film home/no-such-film": ["crew", "show", "--film", "no-such-film"],
    "set DIRECTOR_OPENAI_KEY": ["make", "--film", "a-door", "--image", "openai", "--yes"],
    "home/no-such-film; `director film list --workspace home` names": ["costs", "--film", "no-such-film"],
}


def test_a_crew_that_cannot_be_is_told_in_a_line_before_anything_is_started(home: Home) -> None:
    refused = {told: home.run(*arguments) for told, arguments in REFUSED.items()}

    assert {done.returncode for done in refused.values()} == {2}
    assert [told for told, done in refused.items() if told not in done.stderr or done.stderr.count("\n") > 1] == []
    assert home.rows("SELECT count(*) FROM generations") == [(0,)]


def test_an_estimate_says_the_least_and_the_most(home: Home) -> None:
    rows = home.data("estimate", "--film", "a-door", "--image", "openai", "--speech", "openai")

    pictures = next(row for row in rows if row["step"] == "storyboard")
    speech = next(row for row in rows if row["step"] == "dialogue")
    assert 0 < pictures["low_microusd"] < pictures["high_microusd"]
    assert 0 < speech["low_microusd"] == speech["high_microusd"]
    assert rows[-1]["high_microusd"] == sum(row["high_microusd"] for row in rows[:-1])


def test_prices_that_cannot_be_read_are_told_in_a_line(home: Home) -> None:
    file = home.path / "prices.toml"
    file.write_bytes(b"\xff\xfe\x00")
    garbled = home.run("estimate", "--film", "a-door")
    file.unlink()
    file.mkdir()
    told = [garbled, home.run("estimate", "--film", "a-door")]
    file.rmdir()

    assert [(done.returncode, done.stderr.count("\n")) for done in told] == [(2, 1)] * 2
    assert "prices.toml is no text in UTF-8" in told[0].stderr
    assert "prices.toml cannot be read: Is a directory" in told[1].stderr
