"""Cues that stand for somebody."""

from dataclasses import replace

from director_dagster.story.alias import known_by
from director_dagster.story.breakdown import break_down
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Breakdown
from director_dagster_tests.story.pages import GARDEN, LAMP, SHORE, STREET

PAGE = SHORE + LAMP + STREET + GARDEN


def _read(page: str) -> Breakdown:
    return break_down(parse(page))


def test_who_is_renamed_everywhere_is_who_she_was_and_is_billed_as_the_page_has_it() -> None:
    before, after = _read(PAGE), _read(PAGE.replace("MARA", "NORA").replace("Mara", "Nora"))

    found = known_by(after, {"Nora": "MARA"})

    assert {who.name: who.billed for who in found.characters}["MARA"] == "NORA"
    assert [replace(who, billed=who.name) for who in found.characters] == list(before.characters)
    # The page's own ids are digests of its words, and what is said of her is said in those words.
    plain = [replace(shot, element_ids=(), scene_id="", lines=()) for shot in found.shots]
    assert plain == [replace(shot, element_ids=(), scene_id="", lines=()) for shot in before.shots]
    assert [line.character for shot in found.shots for line in shot.lines] == [
        line.character for shot in before.shots for line in shot.lines
    ]


def test_two_cues_of_one_person_are_one_character() -> None:
    page = "INT. HALL - DAY\n\nAn old man waits. TOM (70s) wears a cap.\n\nOLD MAN\nWell?\n\nTOM\nWell.\n"

    found = known_by(_read(page), {"OLD MAN": "TOM"})

    assert [(who.name, who.billed, who.generic, who.speaks) for who in found.characters] == [
        ("TOM", "TOM", False, True)
    ]
    assert found.characters[0].look.hat == "cap"
    assert {line.character for shot in found.shots for line in shot.lines if line.character != "NARRATOR"} == {"TOM"}
    assert all(len(shot.figures) <= 1 for shot in found.shots)
    assert any(shot.action.startswith("Tom waits.") for shot in found.shots)


def test_a_page_without_such_cues_is_as_it_was() -> None:
    page = _read(PAGE)

    assert known_by(page, {}) == page
    assert known_by(page, {"NOBODY HERE": "TOM"}) == page
