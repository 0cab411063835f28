"""What would spend asks first, and drafts become finals one by one: the command against the simulator."""

import getpass
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

The door opens.
"""
FRAMES = """
SELECT s.name, a.provider FROM takes t JOIN slots s ON s.id = t.slot_id JOIN assets a ON a.id = t.asset_id
WHERE s.kind = 'frame' AND t.selected_at IS NOT NULL ORDER BY 1
"""
TAKES = "SELECT count(*) FROM takes t JOIN slots s ON s.id = t.slot_id WHERE s.name = 'frame:sh020'"
DRAWN = """
SELECT t.asset_id FROM takes t JOIN slots s ON s.id = t.slot_id
WHERE s.name = 'frame:sh020' AND t.selected_at IS NOT NULL
"""
SPENT = "SELECT spent_microusd, reserved_microusd FROM budgets WHERE film_id IS NOT NULL"
OF_THE_DOOR = (
    "SELECT b.spent_microusd, b.reserved_microusd FROM budgets b JOIN films f ON f.id = film_id AND slug = 'a-door'"
)
TOLD = "SELECT count(*) FROM runs WHERE run_body LIKE '%finals%sh020%' AND status = 'SUCCESS'"
FINAL = ("--image", "openai", "--shots", "sh020")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def drafted(home: Home, there: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an account at OpenAI, and a film of drafts, which nobody was asked about."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "a-door.fountain").write_text(PAGE)
    (folder / "film.toml").write_text('format = "1:1"')
    home = replace(home, more=there.variables)
    made = home.data("make", str(folder / "a-door.fountain"))[0]
    assert made["estimate"] is None
    assert made["steps"]["film"]["cost_usd"] == 0
    return home


def test_without_a_budget_it_says_what_it_would_cost_and_what_sets_one(drafted: Home, there: Simulated) -> None:
    refused = drafted.run("make", "--film", "a-door", *FINAL, "--yes")

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "home/a-door would cost $0.02 to $0." in refused.stderr
    said = refused.stderr.partition("`")[2].partition("`")[0]
    for command in said.split(" && "):
        assert drafted.run(*command.split()[1:]).returncode == 0
    assert there.charges() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((*FINAL,), "there is nobody to ask: say --yes, or --max-usd AMOUNT. Nothing was sent"),
        ((*FINAL, "--max-usd", "0.01"), "would cost $0.02 to $0.13, and --max-usd leaves $0.01: nothing was sent"),
        ((*FINAL, "--max-usd", "a lot"), "'a lot' is no amount"),
        (("--image", "openai", "--shots", "sh999", "--yes"), "there is no shot 'sh999'; this film has sh010, sh020"),
        (("--image", "openai", "--scenes", "7", "--yes"), "there is no scene 7; this film has 1"),
        (("--image", "openai", "--shots", "sh010,,sh020"), "write them with commas between"),
        (("--shots", "sh010"), "shots are chosen, but nobody who makes them"),
        (("--image", "openai:gpt-image-99", "--shots", "sh020", "--yes"), "charges is not known; prices.toml"),
        (("--video", "nobody"), "the crew's video is 'nobody', and no such provider is installed"),
        (("--crew", "chep"), "'chep' is no crew; there are animatic, cheap, balanced, best"),
    ],
)
def test_what_cannot_be_agreed_to_is_one_line_and_nothing_is_sent(
    arguments: tuple[str, ...], told: str, drafted: Home, there: Simulated
) -> None:
    refused = drafted.run("make", "--film", "a-door", *arguments)

    assert refused.returncode == 2
    assert told in refused.stderr.splitlines()[-1]
    assert there.charges() == []


def test_who_is_asked_is_told_what_is_owned_that_is_like_it_and_a_no_is_taken(drafted: Home, there: Simulated) -> None:
    [(drawn,)] = drafted.rows(DRAWN)
    [copy] = drafted.data("assets", "fork", str(drawn))

    refused = drafted.answer("n", "make", "--film", "a-door", *FINAL)

    assert refused.returncode == 2
    assert "home/a-door: spend $0.02 to $0." in refused.stderr
    assert "is not made, as you say" in refused.stderr
    pin = next(line for line in refused.stderr.splitlines() if "frame:sh020: you own" in line).partition("director ")[2]
    assert pin == f"take pin home/a-door frame:sh020 {copy['id']}"
    assert drafted.run(*pin.split()).returncode == 0
    assert drafted.run("take", "unpin", "a-door", "frame:sh020").returncode == 0
    assert there.charges() == []


def test_a_yes_makes_the_chosen_shot_final_and_keeps_the_rest(drafted: Home, there: Simulated) -> None:
    before = drafted.rows("SELECT digest FROM assets WHERE kind = 'film'")

    done = drafted.answer("y", "make", "--film", "a-door", *FINAL)

    assert done.returncode == 0, done.stderr
    assert [charge["model"] for charge in there.charges()] == ["gpt-image-2"]
    assert drafted.rows(FRAMES) == [("frame:sh010", "animatic"), ("frame:sh020", "openai")]
    assert drafted.rows(TAKES) == [(2,)], "the draft stays as a take"
    assert len(drafted.rows("SELECT digest FROM assets WHERE kind = 'film'")) == len(before) + 1
    assert drafted.rows(TOLD) == [(1,)], "it stands in the run's config"
    told = {(line["what"], line["who"]) for line in drafted.data("audit", "list")}
    assert {("claimed", getpass.getuser()), ("settled", getpass.getuser())} < told, "who agreed to it"
    assert audit(drafted).faults == {}


def test_estimate_and_actual_stand_side_by_side(drafted: Home, there: Simulated) -> None:
    rows = drafted.data("costs", "--film", "a-door")

    [(spent, held)] = drafted.rows(SPENT)
    assert held == 0
    assert [(row["maker"], row["estimated"], row["bought"]) for row in rows] == [("openai:gpt-image-2", 1, 1)]
    assert rows[0]["low_microusd"] <= rows[0]["cost_microusd"] == spent <= rows[0]["high_microusd"]
    assert 0 <= spent - there.charges()[0]["microusd"] <= 1, "rounded up by less than a micro-dollar"


def test_the_film_says_per_shot_what_is_draft_and_final(drafted: Home) -> None:
    stands = {row["slot"]: row["stand"] for row in drafted.data("film", "show", "a-door")}

    assert {slot: stands[slot] for slot in ("frame:sh010", "frame:sh020", "shot:sh020", "shot:title", "film")} == {
        "frame:sh010": "draft",
        "frame:sh020": "final",
        "shot:sh020": "draft",
        "shot:title": "",
        "film": "",
    }
    assert "final: 1 of 2 frames, 0 of 2 shots, 0 of 2 lines" in drafted.run("film", "show", "a-door").stderr


def test_what_would_become_a_draft_again_is_told(drafted: Home, tmp_path: Path) -> None:
    (tmp_path / "a-door.fountain").write_text(PAGE.replace("The door opens.", "The door opens slowly."))

    changes = {each["slot"]: each for each in drafted.data("whatif", str(tmp_path / "a-door.fountain"))}

    assert changes["frame:sh020"]["why"].endswith("; a final by openai becomes a draft")


@pytest.mark.parametrize("arguments", [(), (*FINAL,), ("--image", "openai:gpt-image-2", "--scenes", "1", "--yes")])
def test_what_is_final_stays(arguments: tuple[str, ...], drafted: Home, there: Simulated) -> None:
    paid = "--scenes" in arguments
    before = len(there.charges())

    made = drafted.data("make", "--film", "a-door", *arguments)[0]

    assert made["failure"] is None
    assert drafted.rows(FRAMES)[1] == ("frame:sh020", "openai")
    assert len(there.charges()) == before + paid, "of the scene, the other frame"
    assert (made["estimate"] is None) is not paid


def test_of_an_idea_the_script_is_paid_first_and_the_rest_is_asked_again(drafted: Home, there: Simulated) -> None:
    before = len(there.charges())
    arguments = ("--script", "openai", "--image", "openai", "--idea", "a fox finds a key", "--film", "fox")
    drafted.data("estimate", "--idea", "a fox finds a key", "--film", "fox")
    drafted.data("budget", "set", "1", "--film", "fox")

    refused = drafted.run("make", *arguments, "--max-usd", "0.05")

    assert refused.returncode == 2
    assert "and --max-usd leaves $0.04" in refused.stderr or "and --max-usd leaves $0.05" in refused.stderr
    assert [charge["model"] for charge in there.charges()[before:]] == ["gpt-6-luna"]


def test_what_is_under_way_is_collected_though_its_budget_has_no_room_for_another(
    drafted: Home, there: Simulated
) -> None:
    filmed = ("--film", "a-door", "--video", "kling", "--shots", "sh010")
    price = drafted.data("estimate", *filmed)[-1]["high_microusd"]
    [(spent, _)] = drafted.rows(OF_THE_DOOR)
    drafted.data("budget", "set", str((spent + price) / 1_000_000), "--film", "a-door")
    there.spoil("strange", provider="kling", at="poll")

    left = drafted.run("make", *filmed, "--yes")
    sold = len(there.charges())
    told = drafted.run("estimate", *filmed)
    collected = drafted.run("make", *filmed, "--yes", "--json")

    assert left.returncode == 1
    assert "PONDERING" in left.stderr
    assert [line.split()[:5] for line in left.stdout.splitlines() if line.startswith("shots")] == [
        ["shots", "0", "1", "0", "1"]
    ], "what failed has its line"
    assert "1 purchase is under way" in told.stderr
    assert told.stdout.splitlines()[-1].split()[-2:] == ["$0.00", "$0.00"]
    assert collected.returncode == 0, collected.stderr
    assert len(there.charges()) == sold
    assert drafted.rows("SELECT count(*) FROM generations WHERE reserved_microusd > 0") == [(0,)]


def test_what_the_house_makes_of_a_final_follows_though_what_is_stale_is_left(drafted: Home, tmp_path: Path) -> None:
    (tmp_path / "a-window.fountain").write_text(PAGE.replace("Door", "Window").replace("door", "window"))
    drafted.data("make", str(tmp_path / "a-window.fountain"))
    final = ("--film", "a-window", "--image", "openai", "--shots", "sh010", "--keep-stale")
    assert drafted.run("budget", "set", "5", "--film", "home/a-window").returncode == 0

    told = drafted.data("estimate", *final)
    made = drafted.data("make", *final, "--yes")[0]["steps"]

    steps = ("storyboard", "shots")
    assert {row["step"]: row["made"] for row in told if row["made"] and row["step"] in steps} == dict.fromkeys(steps, 1)
    assert {step: made[step]["generated"] for step in steps} == dict.fromkeys(steps, 1)


def test_what_may_have_been_paid_already_is_told_with_the_price(drafted: Home, there: Simulated) -> None:
    wanted = ("--video", "runway", "--shots", "sh010")
    for whose in ("--workspace", "home"), ("--film", "a-door"):
        assert drafted.run("budget", "set", "20", *whose).returncode == 0
    there.spoil("lose", provider="runway", at="submit")
    lost = drafted.run("make", "--film", "a-door", *wanted, "--yes")
    before = len(there.charges())

    estimate = drafted.run("estimate", "--film", "a-door", *wanted)
    again = drafted.run("make", "--film", "a-door", *wanted, "--yes")

    assert (lost.returncode, again.returncode) == (1, 1)
    assert "home/a-door: runway may have been paid for generation" in estimate.stderr
    assert "under way" not in estimate.stderr
    assert len(there.charges()) == before
