"""The commands of who and what recurs, and a whole film that wears a user's picture."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.conftest import Home

pytestmark = pytest.mark.slow

PAGE = "Title: A Door\n\nINT. ROOM - NIGHT\n\nANNA (30s, red scarf) looks at a door.\n"
SETTINGS = 'format = "1:1"\n\n[looks]\nanna = "winter"\n'


def picture(file: Path, colour: str) -> str:
    """A picture of one colour, as a user might bring one."""
    Image.new("RGB", (96, 128), colour).save(file)
    return str(file)


def takes(row: dict[str, Any]) -> list[tuple[str, int | None, bool, str | None]]:
    """The looks that `show` tells of: which, the take's number, whether it is selected, who made it."""
    return [(each["look"], each["take"], each["selected"], each["maker"]) for each in row["takes"]]


def test_a_film_wears_a_users_picture_and_passes_its_checks(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a-door.fountain").write_text(PAGE)
    (tmp_path / "film.toml").write_text(SETTINGS)
    winter = home.data(
        "character", "add", "Anna", "--look", picture(tmp_path / "w.jpg", "white"), "--variant", "Winter"
    )
    home.data("location", "add", "ROOM", "--look", picture(tmp_path / "r.png", "green"), "--description", "It is round")

    done = home.run("make", str(tmp_path / "a-door.fountain"))

    assert done.returncode == 0, done.stderr
    assert "ANNA: look: a user's own, and used as it is" in done.stderr
    slots = {row["slot"]: row for row in home.data("film", "show", "a-door")}
    assert slots["look:anna"]["asset"] == winter[0]["looks"][0]["asset"]
    assert audit(home).faults == {}


def test_who_and_what_there_is_is_listed_and_shown_with_what_the_crew_makes_of_it(home: Home) -> None:
    people, places = home.data("character", "list"), home.data("location", "list")
    anna, told = home.data("character", "show", "ANNA")[0], home.run("character", "show", "ANNA")
    home.data("crew", "set", "--image", "openai")

    assert (people[0]["name"], people[0]["looks"], people[0]["films"]) == ("Anna", ["look:winter"], ["a-door"])
    assert (places[0]["description"], places[0]["looks"]) == ("It is round", ["look"])
    assert takes(anna) == [("look:winter", 1, True, None)]
    assert (
        "animatic, who draws the workspace's frames, takes no pictures and draws from the page; these take them: openai"
        in told.stderr
    )
    assert "openai draws the workspace's frames after your pictures" in home.run("character", "show", "ANNA").stderr


def test_what_is_not_there_and_what_cannot_be_are_one_line(home: Home, tmp_path: Path) -> None:
    refused = {
        "there is no prop 'LAMP'": home.run("prop", "show", "LAMP"),
        "there is no workspace 'nowhere'": home.run("prop", "add", "LAMP", "--workspace", "nowhere"),
        "no.png: there is no such file": home.run("prop", "add", "LAMP", "--look", str(tmp_path / "no.png")),
    }

    assert {told: told in done.stderr for told, done in refused.items()} == dict.fromkeys(refused, True)
    assert {(done.returncode, done.stderr.count("\n")) for done in refused.values()} == {(2, 1)}
