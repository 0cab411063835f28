"""The Fountain parser: nothing lost, every element known for what it is, ids that stay."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.story.fountain import parse, write
from director_dagster.story.fountain.lines import disarm
from director_dagster.story.screenplay import Element, Kind, Screenplay, Span

_FRAGMENTS = (
    "INT. ", "EXT", "ИНТ.", "内景 ", "Innen ", "MARA", "Mara", "CUT TO:", "TO:", "Title:", "a: b\n", "x", "ß", "ǅ",
    "\n", "\n\n", "\r\n", "\r", "  ", "  \n", "\t", "\ufeff", "\u2028", "\x00", "\x0c",
    "[[", "]]", "/*", "*/", "/", "*", "[", "@", "!", ">", "<", "~", "#", " #1#", "=", "===", ".",
    "(", ")", "（", "）", "^",
)  # fmt: skip
PAGES = st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=3), max_size=30).map("".join)


def found(text: str) -> list[tuple[Kind, str]]:
    """Kind and text of what `parse` finds, blank lines left out."""
    return [(element.kind, element.text) for element in parse(text).elements if element.kind is not Kind.BLANK]


def kinds(text: str) -> list[Kind]:
    return [kind for kind, _ in found(text)]


def only(text: str) -> Element:
    (element,) = parse(text).elements
    return element


def said(screenplay: Screenplay) -> list[Element]:
    """The elements as values of what they say alone: without ids, sources, spans and blank lines."""
    comments = {Kind.NOTE, Kind.BONEYARD}
    return [
        replace(e, id="", source="", span=Span(first=0, last=0), text=e.text if e.kind in comments else disarm(e.text))
        for e in screenplay.elements
        if e.kind is not Kind.BLANK
    ]


@given(st.text() | PAGES)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert write(parse(text)) == text


@given(PAGES)
def test_spans_and_sources_tile_the_text_and_no_id_is_given_twice(text: str) -> None:
    elements = parse(text).elements

    assert "".join(element.source for element in elements) == text
    assert [element.span.first for element in elements] == [1, *(element.span.last + 1 for element in elements)][:-1]
    assert sum(element.span.last - element.span.first + 1 for element in elements) == _count_lines(text)
    assert len({element.id for element in elements}) == len(elements)


def _count_lines(text: str) -> int:
    endings = re.findall(r"\r\n|\r|\n", text)
    return len(endings) + (text != "" and not text.endswith(("\r", "\n")))


@given(PAGES, st.integers(min_value=0))
def test_elements_without_their_sources_are_written_anew_and_the_page_says_the_same(text: str, chosen: int) -> None:
    read = parse(text)
    bare = [replace(e, source="") if chosen >> place & 1 else e for place, e in enumerate(read.elements)]

    assert said(parse(write(Screenplay(elements=tuple(bare))))) == said(read)


@given(PAGES)
def test_a_page_without_any_source_is_written_anew_and_says_the_same(text: str) -> None:
    read = parse(text)
    bare = Screenplay(elements=tuple(replace(element, source="") for element in read.elements))

    assert said(parse(write(bare))) == said(read)


@pytest.mark.slow
def test_five_megabytes_of_open_marks_are_read_and_come_back() -> None:
    marks = ("[[", "/*", "*", "_", "(", "[[ /*", "]]", "]] [[", "()", "^", "#", "<>", "**/", "/* */", "[[ ]]", "ß")
    unit = "".join(f"A {mark * 1000}\n{mark} MARA\n@A {mark}\n(\n\n" for mark in marks)

    text = unit * (5_000_000 // len(unit))

    assert write(parse(text)) == text


@pytest.mark.parametrize("mark", ["[[", "/*", "[", "/", "*", "(", "()", ")", "^", "[[]]", "/**/", "[[ /*", "ß", ": "])
def test_a_line_of_a_hundred_thousand_marks_is_read(mark: str) -> None:
    text = f"A {mark * 100_000}\nwords\n"

    assert write(parse(text)) == text


def test_a_title_page_has_inline_and_indented_values() -> None:
    text = "Title:\n    _**BRICK**_\n\t_**STEEL**_\nDraft date: 1/20/2012\nContact:\n   Phone: 1\n\nINT. A\n"

    screenplay = parse(text)

    assert screenplay.title_page == {
        "title": "_**BRICK**_\n_**STEEL**_",
        "draft date": "1/20/2012",
        "contact": "Phone: 1",
    }
    assert screenplay.title == "BRICK STEEL"


@pytest.mark.parametrize(
    "text",
    [
        "FADE IN:\n\nINT. A\n",
        "INT. A: B - DAY\n\nWords.\n",
        "As the girl runs: a truck.\n\n",
        "MARA: Hello.\nTOM: Hello.\n",
        "\nTitle: late\n",
        "!Title: forced\n",
    ],
)
def test_a_page_that_opens_with_a_colon_is_not_always_a_title_page(text: str) -> None:
    assert Kind.TITLE_PAGE not in kinds(text)


@pytest.mark.parametrize(
    "text", ["Titre: La Mer\n", "标题：海\n", "Название: Море\n", "Regie: A\nBuch: B\n\n", "title:\n"]
)
def test_a_title_page_may_be_in_any_language(text: str) -> None:
    assert set(kinds(text)) == {Kind.TITLE_PAGE}


@pytest.mark.parametrize(
    "heading",
    [
        "INT. HOUSE - DAY", "int house", "EXT. X", "Ext sea", "EST. X", "INT./EXT. CAR", "INT/EXT CAR", "I/E. CAR",
        "i/e car", "EXT./INT. CAR", "**INT. HOUSE**", "ИНТ. КВАРТИРА - НОЧЬ", "Инт. квартира", "НАТ. УЛИЦА",
        "ЭКСТ. УЛИЦА", "НАТ УЛИЦА", "ИНТ./НАТ. МАШИНА", "ПАВ. КОСМОС", "ІНТ. КІМНАТА", "ΕΣΩΤ. ΣΠΙΤΙ - ΝΥΧΤΑ",
        "ΕΞΩΤ. ΔΡΟΜΟΣ", "Εξωτ. δρόμος", "ΕΣ. ΜΠΑΡ", "INNEN. KÜCHE - TAG", "AUSSEN STRASSE", "AUẞEN. STRAẞE",
        "Außen. Straße", "INNEN/AUSSEN. AUTO", "INN. SUPERMARKT - TAG", "INTÉRIEUR. CUISINE", "EXTERIOR. CALLE",
        "ESTERNO GIORNO", "内景 厨房 - 夜", "外景・街", "內景：客廳", "屋内 台所", "屋外。海", "실내. 집 - 낮",
        "ＩＮＴ．　部屋",
    ],
)  # fmt: skip
def test_a_scene_heading_is_known_in_many_languages(heading: str) -> None:
    assert found(f"{heading}\n\n") == [(Kind.SCENE_HEADING, heading)]


@pytest.mark.parametrize(
    "line",
    [
        "INTERNAL MEMO",
        "Innen brennt Licht.",
        "Нат Кинг Коул поёт.",
        "内景很美",
        "EXTRA",
        "INT",
        "...",
        "..and so",
        ". x",
    ],
)
def test_a_line_that_only_begins_like_a_heading_is_action(line: str) -> None:
    assert found(f"{line}\n\n") == [(Kind.ACTION, line)]


@pytest.mark.parametrize("words", ["場所", "مقهى - ليل", "בית קפה", "घर", "THE END?", "“IT”", "**BOLD**"])
def test_any_words_are_a_heading_behind_a_dot(words: str) -> None:
    assert found(f".{words}\n") == [(Kind.SCENE_HEADING, words)]


def test_a_heading_goes_without_a_blank_line_below_but_not_above() -> None:
    assert kinds("INT. A\nMARA\nHello.\n") == [Kind.SCENE_HEADING, Kind.CHARACTER, Kind.DIALOGUE]
    assert found("He takes a\n.45\nINT. A\n") == [(Kind.ACTION, "He takes a\n.45\nINT. A")]


@pytest.mark.parametrize("number", ["1", "1A", "1-A", "I-1-A", "110A.", "１"])
def test_a_scene_number_stands_apart_from_the_heading(number: str) -> None:
    heading = only(f"INT. HOUSE - DAY #{number}#")

    assert (heading.text, heading.scene_number) == ("INT. HOUSE - DAY", number)


@pytest.mark.parametrize("heading", ["INT. HOUSE #", "INT. HOUSE ##", "INT. HOUSE #a b#", "INT. HOUSE #1# DAY"])
def test_what_is_not_a_scene_number_stays_in_the_heading(heading: str) -> None:
    assert (only(heading).text, only(heading).scene_number) == (heading, None)


@pytest.mark.parametrize(
    ("line", "name", "extension", "dual"),
    [
        ("MARA", "MARA", None, False),
        ("   MARA  ", "MARA", None, False),
        ("R2D2", "R2D2", None, False),
        ("MAN #1 & BOY", "MAN #1 & BOY", None, False),
        ("MOM (O. S.)", "MOM", "O. S.", False),
        ("HANS (on the radio)", "HANS", "on the radio", False),
        ("MARA (V.O.) (CONT'D) ^", "MARA", "V.O., CONT'D", True),
        ("MARA^", "MARA", None, True),
        ("@McCLANE (O.S.)", "McCLANE", "O.S.", False),
        ("ИВАН (ЗК)", "ИВАН", "ЗК", False),
        ("ΜΑΡΊΑ", "ΜΑΡΊΑ", None, False),
        ("GROßVATER", "GROßVATER", None, False),
        ("MARÍA 1ª", "MARÍA 1ª", None, False),
        ("@太郎（OFF）", "太郎", "OFF", False),
        ("@مريم ^", "مريم", None, True),
        ("A (B (c)", "A (B", "c", False),
    ],
)
def test_a_cue_has_a_name_extensions_and_maybe_a_caret(line: str, name: str, extension: str, dual: bool) -> None:  # noqa: FBT001 (a column of the table)
    cue, *_ = parse(f"{line}\nHello.").elements

    assert (cue.kind, cue.text, cue.extension, cue.dual) == (Kind.CHARACTER, name, extension, dual)


@pytest.mark.parametrize(
    "text",
    [
        "MARA\n",
        "MARA\n\nHello.",
        "McCLANE\nHello.",
        "23\nHello.",
        "太郎\nやあ",
        "مريم\nمرحبا",
        "@MARA\n\nx",
        "(MARA)\n(x)",
    ],
)
def test_what_is_not_a_cue_is_action(text: str) -> None:
    assert set(kinds(text)) == {Kind.ACTION}


def test_a_cue_needs_a_blank_line_above() -> None:
    assert found("He says\nMARA\nHello.") == [(Kind.ACTION, "He says\nMARA\nHello.")]


def test_a_speech_has_parentheticals_lyrics_and_dialogue_with_blank_lines() -> None:
    text = "MARA\n(softly (very))\n Hello.\n  \n#1, !INT. A\n~La\n~la\n(beat)\n  \n(laughs) Bye (bye)\n  \n\n"

    assert found(text) == [
        (Kind.CHARACTER, "MARA"),
        (Kind.PARENTHETICAL, "softly (very)"),
        (Kind.DIALOGUE, "Hello.\n\n#1, !INT. A"),
        (Kind.LYRICS, "La\nla"),
        (Kind.PARENTHETICAL, "beat"),
        (Kind.DIALOGUE, "(laughs) Bye (bye)"),
    ]


def test_action_keeps_line_breaks_and_indents_and_loses_its_mark() -> None:
    text = "  One.  \n\tTwo.\n!THREE\n\n!SCANNING THE AISLES...\nWhere?\n"

    assert found(text) == [(Kind.ACTION, "  One.\n    Two.\nTHREE"), (Kind.ACTION, "SCANNING THE AISLES...\nWhere?")]


def test_the_other_marks_each_make_their_element() -> None:
    text = "# ACT\n### Three\n= So it goes.\n~La la\nCUT TO:\n\n> Fade out.\n>  THE END  <\n====\n"

    assert found(text) == [
        (Kind.SECTION, "ACT"),
        (Kind.SECTION, "Three"),
        (Kind.SYNOPSIS, "So it goes."),
        (Kind.LYRICS, "La la"),
        (Kind.ACTION, "CUT TO:"),
        (Kind.TRANSITION, "Fade out."),
        (Kind.CENTERED, "THE END"),
        (Kind.PAGE_BREAK, ""),
    ]
    assert [element.depth for element in parse(text).elements[:2]] == [1, 3]


@pytest.mark.parametrize("text", ["CUT TO:\n\n", "SMASH-CUT TO:", "CUT TO:\nINT. A\n"])
def test_capitals_that_end_in_to_are_a_transition(text: str) -> None:
    assert kinds(text)[0] is Kind.TRANSITION


@pytest.mark.parametrize("text", [">", "> <", "Cut TO:", "FADE OUT.", "!CUT TO:", "@CUT TO:"])
def test_what_is_not_a_transition_is_action(text: str) -> None:
    assert kinds(text) == [Kind.ACTION]


def test_notes_and_boneyards_leave_the_text_around_them() -> None:
    action = "She [[why?]] goes /* not\n\nINT. A\n\n*/ home.\n[[a]]\nThen.\n\n"
    text = f"{action}MARA [[who]]\nHello.\n[[louder\n  \nstill]]\nYes.\n"

    assert found(text) == [
        (Kind.ACTION, "She goes home."),
        (Kind.NOTE, "a"),
        (Kind.ACTION, "Then."),
        (Kind.CHARACTER, "MARA"),
        (Kind.DIALOGUE, "Hello."),
        (Kind.NOTE, "louder\n\nstill"),
        (Kind.DIALOGUE, "Yes."),
    ]


def test_a_boneyard_with_a_scene_in_it_parts_what_is_around_it() -> None:
    text = "One.\n/*\nINT. A\n\n[[x\n*/\nMARA\nHello.\n"

    assert found(text) == [
        (Kind.ACTION, "One."),
        (Kind.BONEYARD, "INT. A\n\n[[x"),
        (Kind.CHARACTER, "MARA"),
        (Kind.DIALOGUE, "Hello."),
    ]


@pytest.mark.parametrize("text", ["One /* two.", "One [[ two.", "One [[ two\n\n]] three.", "/*/ x", "One ]] */ two."])
def test_a_comment_that_is_never_closed_is_plain_text(text: str) -> None:
    assert "\n".join(words for _, words in found(text)) == text.replace("\n\n", "\n")


def test_a_byte_order_mark_is_no_word() -> None:
    assert found("\ufeffINT. A\n") == [(Kind.SCENE_HEADING, "INT. A")]


_SCENES = (
    "INT. KITCHEN - DAY\n\nMara waits.\n\nMARA\nYes.\n\nTOM\nYes.\n\nMARA\nYes.\n\nCUT TO:\n\n",
    "# ACT TWO\n\n= It goes on.\n\n",
    "EXT. SHORE - NIGHT\n\nMara waits.\n\nMARA (V.O.)\n(tired)\nYes.\n\n",
)
_NEW = "INT. CELLAR - DAY\n\nMara waits.\n\nMARA\nYes.\n\nTOM\nYes.\n\nCUT TO:\n\n"


@pytest.mark.parametrize("place", range(4))
def test_a_scene_put_in_between_leaves_all_other_ids_alone(place: int) -> None:
    before = ["".join(_SCENES[:place]), _NEW, "".join(_SCENES[place:])]

    after = parse("".join(before)).elements

    first, last = before[0].count("\n"), before[0].count("\n") + _NEW.count("\n")
    others = [e.id for e in after if e.span.last <= first or e.span.first > last]
    assert others == [e.id for e in parse("".join(_SCENES)).elements]


def test_an_edited_paragraph_changes_no_id_but_its_own() -> None:
    text = "".join(_SCENES)

    edited = parse(text.replace("Mara waits.", "Mara paces.", 1)).elements

    changed = [(old.text, new.text) for old, new in zip(parse(text).elements, edited, strict=True) if old.id != new.id]
    assert changed == [("Mara waits.", "Mara paces.")]


def test_a_new_speech_does_not_take_the_id_of_an_old_one() -> None:
    text = "INT. A\n\nMARA\nOne.\n\nMARA\nTwo.\n"

    cues = parse(text.replace("MARA\nTwo.", "MARA\nNew.\n\nMARA\nTwo.")).scenes[0].cues

    old = parse(text).scenes[0].cues
    assert (cues[0].id, cues[2].id) == (old[0].id, old[1].id)


def test_ids_are_the_same_in_every_process_and_version() -> None:
    ids = [element.id for element in parse("INT. A\n\nMARA\nYes.\n").elements]

    assert ids == ["0ffd087c499c6f38", "d3b849a087f124a6", "504950b2d555cb34", "13fc141fe2029cca"]
