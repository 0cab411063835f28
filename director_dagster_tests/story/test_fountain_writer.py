"""The Fountain writer, and screenplays written in code."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story import fountain
from director_dagster.story.screenplay import Element, Kind, Screenplay
from director_dagster_tests.story.test_fountain import PAGES, said

Part = Element | tuple[Element, ...]


def made(make: Callable[..., Part], **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Part | None]:
    """What `make` makes of the arguments, or None of those it refuses for want of words."""

    def attempt(values: dict[str, object]) -> Part | None:
        try:
            return make(**values)
        except BadInput:
            return None

    return st.fixed_dictionaries(arguments).map(attempt)


PARTS = st.one_of(
    made(fountain.heading, text=PAGES, scene_number=st.sampled_from([None, "1", "2-A."])),
    made(fountain.action, text=PAGES),
    made(
        fountain.cue,
        name=PAGES,
        text=PAGES,
        extension=st.none() | PAGES,
        parenthetical=st.none() | PAGES,
        dual=st.booleans(),
    ),
    made(fountain.lyrics, text=PAGES),
    made(fountain.transition, text=PAGES),
    made(fountain.centered, text=PAGES),
    made(fountain.section, text=PAGES, depth=st.integers(1, 5)),
    made(fountain.synopsis, text=PAGES),
    made(fountain.note, text=PAGES),
    st.just(fountain.page_break()),
)
TITLES = made(fountain.title_page, title=PAGES, author=st.none() | PAGES)


@given(TITLES, st.lists(PARTS, max_size=6))
def test_a_screenplay_built_in_code_is_read_back_as_it_was_built(title: Part | None, drawn: list[Part | None]) -> None:
    parts = [part for part in (title, *drawn) if part is not None]
    built = [element for part in parts for element in (part if isinstance(part, tuple) else (part,))]

    screenplay = fountain.assemble(*parts)

    assert said(screenplay) == said(Screenplay(elements=tuple(built)))
    assert fountain.parse(fountain.write(screenplay)) == screenplay


def test_what_is_written_in_code_reads_like_what_a_writer_writes() -> None:
    screenplay = fountain.assemble(
        fountain.title_page(title="The Lamp", credit="a template draft", contact="The Keeper\nThe Rock"),
        fountain.heading("EXT. SHORE - NIGHT", scene_number="1"),
        fountain.action("Waves.\nA light."),
        fountain.cue("MARA", "I know.", extension="O.S.", parenthetical="(whispers)"),
        fountain.cue("Old Tom", "You\n\n(beat)\ndon't.", dual=True),
        fountain.transition("CUT TO:"),
        fountain.section("Act Two", depth=2),
        fountain.synopsis("The storm."),
        fountain.heading("The rock"),
        fountain.lyrics("Row\nrow"),
        fountain.note("Which song?"),
        fountain.page_break(),
        fountain.centered("THE END"),
        fountain.transition("FADE OUT."),
    )

    assert fountain.write(screenplay) == (
        "Title: The Lamp\nCredit: a template draft\nContact:\n    The Keeper\n    The Rock\n\n"
        "EXT. SHORE - NIGHT #1#\n\nWaves.\nA light.\n\nMARA (O.S.)\n(whispers)\nI know.\n\n"
        "@Old Tom ^\nYou\n(beat)\ndon't.\n\nCUT TO:\n\n## Act Two\n\n= The storm.\n\n.The rock\n\n"
        "~Row\n~row\n\n[[ Which song? ]]\n\n===\n\n> THE END <\n\n> FADE OUT.\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("INT. A", "!INT. A\n"),
        (".45", "!.45\n"),
        ("BANG\nIt falls.", "!BANG\nIt falls.\n"),
        ("BANG", "BANG\n"),
        ("It falls.\n# 5\n> on <", "It falls.\n!# 5\n!> on <\n"),
        ("!Hola!", "!!Hola!\n"),
        ("a /* b", "a / * b\n"),
        ("a [[why]] b", "a b\n"),
        ("CUT TO:", "!CUT TO:\n"),
        ("Title: x", "\nTitle: x\n"),
    ],
)
def test_action_is_forced_only_where_its_words_would_be_something_else(text: str, written: str) -> None:
    assert fountain.write(fountain.assemble(fountain.action(text))) == written


def test_an_edited_element_is_written_anew_and_all_others_as_they_were() -> None:
    text = "int. a   #1#\r\n\r\n   MARA (O.S.)  \r\n  Hello.\r\n\r\n\r\nBye."
    read = fountain.parse(text)

    edited = [replace(e, text="Go.", source="") if e.text == "Hello." else e for e in read.elements]

    assert fountain.write(Screenplay(elements=tuple(edited))) == text.replace("  Hello.", "Go.")


def test_what_is_put_between_elements_that_were_read_is_parted_from_them() -> None:
    one, _, two = fountain.parse("One.\n\nTwo.").elements

    text = fountain.write(Screenplay(elements=(two, fountain.heading("INT. A"), one, *fountain.cue("MARA", "Hi."))))

    assert text == "Two.\n\nINT. A\n\nOne.\n\nMARA\nHi.\n"


def test_scenes_that_change_places_take_their_words_along() -> None:
    first, second = (
        fountain.parse("INT. A\n\nOne.\nINT. B\n\n\nTwo.").elements[:3],
        fountain.parse("INT. B\n\nTwo.").elements,
    )

    text = fountain.write(Screenplay(elements=(*second, *first)))

    assert text == "INT. B\n\nTwo.\n\nINT. A\n\nOne.\nINT. B\n"


@pytest.mark.parametrize(
    "make",
    [
        lambda: fountain.heading(" .. "),
        lambda: fountain.heading("INT. A", scene_number="a b"),
        lambda: fountain.heading("INT. A", scene_number=""),
        lambda: fountain.action("[[only a note]]\n"),
        lambda: fountain.cue("(V.O.)", "Hello."),
        lambda: fountain.cue("MARA", " \n"),
        lambda: fountain.transition("<"),
        lambda: fountain.centered(""),
        lambda: fountain.section(" "),
        lambda: fountain.synopsis("\n"),
    ],
)
def test_what_has_no_words_to_write_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(BadInput):
        make()


def test_an_empty_screenplay_is_an_empty_text() -> None:
    assert fountain.write(Screenplay(elements=())) == ""
    assert [element.kind for element in fountain.parse("\n").elements] == [Kind.BLANK]
