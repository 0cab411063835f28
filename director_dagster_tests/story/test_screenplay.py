"""A screenplay's scenes, cues and title page, as its values tell them."""

from director_dagster.story.fountain import parse
from director_dagster.story.screenplay import Kind


def test_what_stands_before_the_first_heading_is_a_scene_without_one() -> None:
    scenes = parse("Title: A\n\nOnce upon a time.\n\nINT. A\n\nWords.\n\nINT. B\n").scenes

    assert [scene.heading.text if scene.heading else None for scene in scenes] == [None, "INT. A", "INT. B"]
    assert scenes[0].id == "opening"


def test_an_outline_before_the_first_heading_is_no_scene() -> None:
    scenes = parse("# ACT ONE\n\n= It begins.\n\nFADE IN:\n\nINT. A\n".replace("FADE IN:\n\n", "[[now]]\n\n")).scenes

    assert [scene.heading and scene.heading.text for scene in scenes] == ["INT. A"]


def test_a_scene_id_is_that_of_its_heading() -> None:
    (scene,) = parse("INT. A\n\nWords.\n").scenes

    assert scene.heading
    assert scene.id == scene.heading.id


def test_a_cue_has_all_that_is_said_and_no_note() -> None:
    (scene,) = parse("INT. A\n\nMARA (V.O.) ^\n(low)\nOne.\n[[n]]\n~Two.\n\n~Not hers.\n").scenes

    (cue,) = scene.cues
    assert (cue.character, cue.extension, cue.dual) == ("MARA", "V.O.", True)
    assert [(line.kind, line.text) for line in cue.lines] == [
        (Kind.PARENTHETICAL, "low"),
        (Kind.DIALOGUE, "One."),
        (Kind.LYRICS, "Two."),
    ]


def test_the_title_is_one_line_without_emphasis() -> None:
    assert parse("Title:\n    _**Brick &**_\n    Steel\n\n").title == "Brick & Steel"
    assert parse("Author: Me\n\n").title is None
    assert parse("").title is None


def test_of_equal_title_page_keys_the_last_wins() -> None:
    assert parse("Title: A\nTITLE: B\n\n").title_page == {"title": "B"}
