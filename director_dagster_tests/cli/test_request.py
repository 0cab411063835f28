"""`director request`: what is asked for, once; how it stands; and what no request can be."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from director_dagster.cli import director
from director_dagster.errors import BadInput
from director_dagster.settings import Env, Settings

PAGE = "INT. ROOM - NIGHT\n\nANNA looks at a door.\n\nANNA\nWho is there?\n"


@pytest.fixture(autouse=True)
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a home, as a command sets it, and as it is given back."""
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    for name, value in settings.variables().items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> Result:
    """The command, in this process: to start one for each takes ten times as long."""
    return CliRunner().invoke(director, ["request", *arguments])


def data(*arguments: str) -> list[dict[str, Any]]:
    said = run(*arguments, "--json")
    assert said.exit_code == 0, said.exception
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.fixture
def page(tmp_path: Path) -> str:
    (tmp_path / "a-door.fountain").write_text(PAGE)
    return str(tmp_path / "a-door.fountain")


def test_a_film_is_asked_for_once_listed_and_taken_back(page: str) -> None:
    [first] = data("add", page)
    [again] = data("add", page)
    [later] = data("add", "--film", "a-door", "--queue", "--takes", "music:music=2", "--max-usd", "2")
    withdrawn = run("withdraw", first["request"])
    twice = run("withdraw", first["request"])

    assert (first["new"], again["new"], again["request"]) == (True, False, first["request"])
    assert (later["state"], later["may spend"]) == ("in the queue", "$2.00")
    assert withdrawn.exit_code == 0
    assert "is withdrawn already" in str(twice.exception)
    listed = {row["request"]: (row["state"], row["why"].partition(" ")[0]) for row in data("list")}
    assert listed == {later["request"]: ("in the queue", "a"), first["request"]: ("withdrawn", "taken")}


def test_what_the_queue_never_comes_to_says_so(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Env.QUEUE_USD, "0.50")
    dear = run("add", page, "--queue", "--max-usd", "2")
    told = data("list")[0]["why"]
    monkeypatch.setenv(Env.QUEUE_USD, "2")

    assert "it is not taken from the queue as it stands: a day of the queue spends up to $0.50 in all" in dear.stderr
    assert told == "a day of the queue spends up to $0.50 in all: set DIRECTOR_QUEUE_USD, or ask for it with less"
    assert data("list")[0]["why"] == ""


REFUSED = {
    "there is no film home/nobody yet": ["add", "--film", "nobody"],
    "'much' is no amount": ["add", "--max-usd", "much"],
    "-1 is no cost": ["add", "--max-usd", "-1"],
    "--key: write up to 200 letters": ["add", "--key", "k" * 201],
    "--key: write up to": ["add", "--key", "\udcff"],
    "finals.0": ["add", "--shots", "\udcff"],
    "crew.image: String should have at most": ["add", "--image", "x" * 201],
    "shots are chosen, but nobody": ["add", "--idea", "a fox", "--shots", "sh010"],
    "takes: music: 9999 are wanted": ["add", "--idea", "a fox", "--takes", "music:music=9999"],
    "'3' is no id": ["withdraw", "3"],
    "there is no request": ["withdraw", "01a21974-fe78-72e8-8ee1-548eec4ea759"],
    "there is no workspace 'nowhere'": ["withdraw", "01a21974-fe78-72e8-8ee1-548eec4ea759", "--workspace", "nowhere"],
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_no_request_can_be_is_refused_in_a_line(line: str) -> None:
    if "no request" in line:
        run("list")  # makes the workspace

    refused = run(*REFUSED[line])

    assert isinstance(refused.exception, BadInput), refused.output
    assert line in str(refused.exception)
    assert "\n" not in str(refused.exception)
