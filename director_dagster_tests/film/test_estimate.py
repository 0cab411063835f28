"""An estimate says beforehand what making the film then does, and leaves no trace."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from director_dagster.errors import BadInput
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import parse_film_key
from director_dagster.story.wishes import STEPS
from director_dagster.studio.estimate import estimate
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.studio import open_studio
from director_dagster.studio.whatif import Change, Fate, whatif
from director_dagster_tests.film.conftest import Home

pytestmark = pytest.mark.slow

SCREENPLAY = Path(__file__).with_name("short.fountain")
PARTITIONS = "SELECT partition FROM dynamic_partitions WHERE partitions_def_name = 'films'"
TRACES = """
SELECT (SELECT count(*) FROM assets), (SELECT count(*) FROM takes), (SELECT count(*) FROM characters),
    (SELECT count(*) FROM shots), (SELECT count(*) FROM generations), (SELECT count(*) FROM blobs)
"""


def estimated(home: Home, film: str, wanted: Mapping[str, Mapping[str, int]] | None = None) -> list[Report]:
    async def told() -> list[Report]:
        studio = open_studio(database_url=home.database_url, home=home.path)
        try:
            return list(await estimate(studio, parse_film_key(film), wanted=wanted))
        finally:
            await studio.aclose()

    return asyncio.run(told())


def counted(reports: list[Report]) -> dict[str, tuple[int, int, int]]:
    return {
        report.step: (report.count(Outcome.GENERATED), report.count(Outcome.KEPT), report.count(Outcome.REUSED))
        for report in reports
    }


def test_it_is_what_making_then_does(home: Home) -> None:
    added = home.data("film", "add", str(SCREENPLAY))
    before = home.rows(TRACES)
    told = estimated(home, "home/short")
    after = home.rows(TRACES)

    made = home.data("make", str(SCREENPLAY))[0]

    assert added == [{"film": "home/short"}]
    assert home.rows(PARTITIONS) == [("home/short",)]
    assert before == after
    assert list(counted(told)) == list(STEPS)
    assert counted(told) == {
        name: (step["generated"], step["kept"], step["reused"]) for name, step in made["steps"].items()
    }
    assert {report.cost_usd for report in told} == {0}


def test_of_a_film_that_is_there_it_keeps_everything_but_the_takes_that_are_wanted(home: Home) -> None:
    told = counted(estimated(home, "home/short", {"shots": {"sh010": 3}}))

    assert told["shots"] == (2, 4, 0)
    assert told["film"] == (5, 2, 0), "another take of a shot is another cut"
    assert {made for name, (made, _, _) in told.items() if name not in {"shots", "film"}} == {0}


def test_it_stops_where_making_is_to_stop_and_making_then_does(home: Home, tmp_path: Path) -> None:
    page = tmp_path / "early.fountain"
    page.write_text(PAGE, encoding="utf-8")
    told = home.data("estimate", str(page), "--until", "storyboard")

    made = home.data("make", str(page), "--until", "storyboard")[0]
    again = home.data("make", "--film", "early")[0]

    upto = ["script", "characters", "storyboard"]
    assert [step for step in dict.fromkeys(row["step"] for row in told) if step != "total"] == upto
    assert set(made["steps"]) == set(upto)
    assert {step: figures["generated"] for step, figures in again["steps"].items() if step in upto} == dict.fromkeys(
        upto, 0
    )
    assert set(again["steps"]) == set(STEPS)


def test_what_is_stale_is_left_where_only_one_more_take_is_wished(home: Home, tmp_path: Path) -> None:
    page, folder = tmp_path / "left.fountain", home.path / "films" / "home" / "left"
    ours = PAGE.replace("MARA", "NORA")  # whom no other film of this home knows
    page.write_text(ours, encoding="utf-8")
    home.data("make", str(page))
    edited = ours.replace("red scarf", "blue scarf").replace("Somebody was here.", "Nobody was ever here before us.")
    page.write_text(edited, encoding="utf-8")
    take = ("--takes", "shots:sh010=2", "--keep-stale")

    told = home.data("estimate", str(page), *take)[-1]
    stale = home.data("estimate", "--film", "left", "--takes", "shots:sh010=2")[-1]
    made = home.data("make", "--film", "left", *take)[0]["steps"]
    again = home.data("make", "--film", "left", *take)[0]["steps"]
    subtitles = next(folder.glob("*.vtt")).read_text(encoding="utf-8")
    home.data("make", "--film", "left")
    followed = next(folder.glob("*.vtt")).read_text(encoding="utf-8")

    generated = {step: figures["generated"] for step, figures in made.items() if figures["generated"]}
    assert generated.keys() == {"shots", "film"}, "the take, and the film that shows it"
    assert generated["shots"] == 1
    assert told["made"] == sum(generated.values()) < stale["made"]
    assert sum(figures["generated"] for figures in again.values()) == 0
    assert ("Somebody was here." in subtitles, "Nobody was ever" in subtitles) == (True, False), "as the voices say"
    assert "Nobody was ever" in followed


def test_of_an_idea_it_tells_the_script_and_no_more(home: Home) -> None:
    home.data("film", "add", "--idea", "a fox finds a key in the snow", "--film", "fox")

    told = counted(estimated(home, "home/fox"))

    assert told == {"script": (1, 0, 0)}


def test_takes_of_what_the_film_has_not_are_refused_before_anything_is_made(home: Home) -> None:
    refused = home.run("make", "--film", "short", "--takes", "shots:sh999=2")
    runs = home.run("make", "--film", "short", "--until", "characters", "--takes", "shots:sh010=2")

    assert (refused.returncode, runs.returncode) == (2, 2)
    assert "takes are wanted or chosen of 'sh999'; this film has sh010" in refused.stderr
    assert "takes of shots are wished for, and until characters none are made" in runs.stderr


def test_takes_of_a_step_that_is_none_are_refused(home: Home) -> None:
    with pytest.raises(BadInput, match="there is no step 'nosuch'"):
        estimated(home, "home/short", {"nosuch": {"sh010": 3}})


PAGE = SCREENPLAY.read_text(encoding="utf-8")
OUTSIDE, INSIDE = PAGE.index("EXT."), PAGE.index("INT.")
TITLE, SHORE, KITCHEN = PAGE[:OUTSIDE], PAGE[OUTSIDE:INSIDE], PAGE[INSIDE:]
REVISIONS: Mapping[str, str] = {
    "nothing": PAGE,
    "a line": PAGE.replace("Somebody was here.", "Somebody is here!"),
    "a look": PAGE.replace("red scarf", "blue scarf"),
    "a scene cut": TITLE + SHORE,
    "scenes the other way round": f"{TITLE}{KITCHEN.rstrip()}\n\n{SHORE}",
    "a scene more": f"{PAGE.rstrip()}\n\nEXT. FIELD - DAY\n\nMARA waits in the grass.\n",
}
CUT = {"film", "subtitles:srt", "subtitles:vtt", "poster", "contact-sheet"}
"""What is made of all shots."""


def changed(home: Home, film: str, page: str) -> dict[str, Change]:
    """What becomes of each piece, by slot, when the film is made of another page."""

    async def told() -> Sequence[Change]:
        studio = open_studio(database_url=home.database_url, home=home.path)
        try:
            brief = of_screenplay(page, origin="a revision", name="short")
            return await whatif(studio, parse_film_key(film), brief)
        finally:
            await studio.aclose()

    return {each.slot: each for each in asyncio.run(told())}


@pytest.fixture(scope="module")
def what(home: Home) -> Mapping[str, dict[str, Change]]:
    """What each revision of a film that was made would do to it; asked without a trace."""
    home.data("make", str(SCREENPLAY))
    before = home.rows(TRACES), sorted(file.name for file in (home.path / "vault").rglob("*"))
    found = {name: changed(home, "home/short", page) for name, page in REVISIONS.items()}
    assert before == (home.rows(TRACES), sorted(file.name for file in (home.path / "vault").rglob("*")))
    return found


def made_anew(of: Mapping[str, Change], kind: str) -> list[str]:
    """The pieces of that kind that would be made."""
    return [slot for slot, each in of.items() if slot.startswith(f"{kind}:") and each.fate in {Fate.CHANGES, Fate.NEW}]


def test_an_unchanged_page_changes_nothing(what: Mapping[str, dict[str, Change]]) -> None:
    assert {each.fate for each in what["nothing"].values()} == {Fate.STAYS}


def test_a_changed_line_keeps_every_picture_and_is_told_by_its_words(what: Mapping[str, dict[str, Change]]) -> None:
    found = what["a line"]

    assert made_anew(found, "frame") == []
    [line] = made_anew(found, "line")
    assert (found[line].fate, found[line].old, found[line].new) == (
        Fate.CHANGES,
        "Somebody was here.",
        "Somebody is here!",
    )
    assert len(made_anew(found, "shot")) == 1


def test_a_changed_look_is_told_by_its_old_and_new_words_with_all_that_is_made_from_it(
    what: Mapping[str, dict[str, Change]],
) -> None:
    found = what["a look"]
    look, frames = found["look:mara"], made_anew(found, "frame")

    assert look.fate is Fate.CHANGES
    assert "red scarf" in look.old
    assert "blue scarf" in look.new
    assert frames
    assert len(frames) < sum(slot.startswith("frame:") for slot in found), "those without her stay"


def test_what_is_cut_is_dropped_and_what_is_moved_stays(what: Mapping[str, dict[str, Change]]) -> None:
    dropped = {slot.partition(":")[0] for slot, each in what["a scene cut"].items() if each.fate is Fate.DROPPED}
    moved = what["scenes the other way round"]

    assert {"frame", "shot", "line"} <= dropped
    assert [slot for kind in ("frame", "line", "look", "location") for slot in made_anew(moved, kind)] == []


def test_a_new_scene_adds_its_own_pieces_and_the_film_alone_changes(what: Mapping[str, dict[str, Change]]) -> None:
    found = what["a scene more"]

    assert made_anew(found, "frame")
    assert {found[slot].fate for slot in made_anew(found, "frame")} == {Fate.NEW}
    assert {slot for slot, each in found.items() if each.fate is Fate.CHANGES} <= CUT | {"music"}


def test_the_command_tells_it(home: Home, what: Mapping[str, dict[str, Change]], tmp_path: Path) -> None:
    (tmp_path / "edited.fountain").write_text(REVISIONS["a line"], encoding="utf-8")

    told = home.run("whatif", str(tmp_path / "edited.fountain"), "--film", "short")
    strange = home.run("whatif", str(tmp_path / "edited.fountain"))

    assert told.returncode == 0, told.stderr
    assert "+ Somebody is here!" in told.stdout
    assert "- Somebody was here." in told.stdout
    assert "7 changes" in told.stderr
    assert strange.returncode == 2
    assert "there is no film home/edited yet" in strange.stderr


def stood(home: Home, film: str) -> dict[str, dict[str, Any]]:
    """How each piece of a film stands, by slot."""
    return {each["slot"]: each for each in home.data("stale", film)}


def test_a_film_whose_page_was_edited_says_what_is_stale_and_why(home: Home, tmp_path: Path) -> None:
    before = stood(home, "short")
    (tmp_path / "edited.fountain").write_text(REVISIONS["a line"], encoding="utf-8")
    home.data("film", "add", str(tmp_path / "edited.fountain"), "--film", "short", "--replace")
    edited, all_films = stood(home, "short"), {each["film"]: each for each in home.data("stale")}
    told = home.run("stale", "short")
    (tmp_path / "longer.fountain").write_text(REVISIONS["a scene more"], encoding="utf-8")
    home.data("film", "add", str(tmp_path / "longer.fountain"), "--film", "short", "--replace")
    longer = stood(home, "short")
    home.data("film", "add", str(SCREENPLAY), "--film", "short", "--replace")

    assert {each["state"] for each in before.values()} == {"current"}
    behind = {slot: each for slot, each in edited.items() if each["state"] != "current"}
    [line] = [each for slot, each in behind.items() if slot.startswith("line:")]
    [shot] = [each for slot, each in behind.items() if slot.startswith("shot:")]
    assert (line["state"], line["field"], line["old"], line["new"]) == (
        "stale",
        "sound",
        "Somebody was here.",
        "Somebody is here!",
    )
    assert (shot["state"], shot["field"], shot["why"]) == ("stale", "picture", f"made from {line['name']}")
    assert behind["subtitles:srt"]["field"] == "subtitles"
    assert set(behind) == {"script", line["slot"], shot["slot"], *CUT}
    assert all_films["home/short"]["stale"] == len(behind)
    assert "+ Somebody is here!" in told.stdout
    states = {slot: each["state"] for slot, each in longer.items() if before.get(slot) is None}
    assert {states[slot] for slot in states if slot.startswith("frame:")} == {"blocked"}, "its place is not drawn yet"
    assert {states[slot] for slot in states if slot.startswith("location:")} == {"missing"}
    assert {each["state"] for each in stood(home, "short").values()} == {"current"}


def test_a_look_that_changed_is_told_of_every_film_with_its_price(home: Home, tmp_path: Path) -> None:
    Image.new("RGB", (96, 128), "white").save(tmp_path / "mara.png")
    home.data("crew", "set", "--image", "openai")
    crewed = {each["state"] for each in stood(home, "short").values()}
    home.data("character", "add", "MARA", "--look", str(tmp_path / "mara.png"))

    films = {each["film"]: each for each in home.data("stale")}
    behind = {slot for slot, each in stood(home, "short").items() if each["state"] != "current"}

    assert "look:mara" in behind
    assert any(slot.startswith("frame:") for slot in behind)
    assert films["home/short"]["stale"] == len(behind)
    assert crewed == {"current"}, "another crew makes nothing stale"
    assert films["home/short"]["at least"] != "$0.00"
    assert films["home/short"]["at most"] != "$0.00"
    assert films["home/fox"]["missing"] == 1, "an idea that no one has written yet"
