"""Words of the page: sentences and parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.story import words


def test_sentences_end_with_their_signs_and_closing_quotes() -> None:
    text = 'He reads: "Come home. The light is out." She nods. Mr. Brand waits... Why?'

    found = words.sentences(text)

    assert found == (
        'He reads: "Come home. The light is out."',
        "She nods.",
        "Mr. Brand waits...",
        "Why?",
    )


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest() -> None:
    assert words.sentences('He says "wait. She goes.') == ('He says "wait.', "She goes.")


@pytest.mark.parametrize(
    "said",
    [
        "an olive coat",
        "a red coat",
        "a uniform",
        "an uninvited guest",
        "an hourglass",
        "a one-way street",
        "an Umbrella",
    ],
)
def test_a_thing_stands_after_the_article_that_it_sounds_like(said: str) -> None:
    assert words.a(said.partition(" ")[2]) == said


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  red   door ", "red door"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("red\u200b", "red"),
        ("\u200b\ufeff", ""),
        ("\U0001f468\u200d\U0001f467", "\U0001f468\u200d\U0001f467"),
    ],
)
def test_a_tidy_name_is_what_one_sees_of_it(text: str, seen: str) -> None:
    assert words.tidy(text) == seen


def test_emphasis_and_notes_are_no_words_and_escaped_marks_are() -> None:
    assert words.plain("**Wait**, _now_ [[a note]] and 2 \\* 3") == "Wait, now and 2 * 3"


@pytest.mark.parametrize("text", ["director_dagster", "2 * 3 * 4", "a_b and c_d", "* a list", "5* hotel", "_ _"])
def test_marks_that_emphasise_nothing_are_words(text: str) -> None:
    assert words.plain(text) == text


def test_emphasis_may_be_nested() -> None:
    assert words.plain("_**all** of *it*_ and ***more***") == "all of it and more"


def test_a_narrator_says_neither_brackets_nor_capitals() -> None:
    assert words.narrated("ADA (8) and OLD TOM (70s, a cap) see a USB stick.") == "Ada and Old Tom see a Usb stick."


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_parts_are_short_enough_and_together_are_the_whole(text: str, at_most: int) -> None:
    parts = words.parts(text, at_most)

    assert all(0 < len(part) <= at_most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text())
def test_sentences_together_are_the_whole(text: str) -> None:
    assert "".join("".join(words.sentences(text)).split()) == "".join(text.split())


def test_long_texts_are_told_from_where_they_differ() -> None:
    told = "a wide drawing of a room at night in ink and wash, with a door and a lamp, and in it "

    old, new = words.apart(f"{told}Mara looks up.", f"{told}Nora looks up.", chars=60)

    assert old.startswith("…")
    assert old.endswith("Mara looks up.")
    assert new == old.replace("Mara", "Nora")
    assert words.apart("Who  is\nthere?", "Who was there?", chars=60) == ("Who is there?", "Who was there?")


@given(st.text(), st.text(), st.text(), st.integers(min_value=20, max_value=60))
def test_texts_apart_are_short_enough_and_differ_where_they_did(same: str, one: str, other: str, chars: int) -> None:
    old, new = words.apart(same + one, same + other, chars=chars)

    assert max(len(old), len(new)) <= chars
    begin_alike = " ".join((same + one).split()) == " ".join((same + other).split())
    assert (old == new) == begin_alike or len(same) == 0 or old[-1:] == "…" == new[-1:]


def test_what_differs_is_marked_and_of_what_does_not_there_is_enough_to_see_where() -> None:
    told = "one two three four five six seven eight nine ten"

    assert words.marked(f"{told} red scarf", f"{told} blue scarf") == [
        ("one two three four … seven eight nine ten", False),
        ("red", True),
        ("scarf", False),
    ]
    assert words.marked("a red scarf", "") == [("a red scarf", True)]
    assert words.marked("", "a red scarf") == []


@given(st.text(alphabet="ab ", max_size=60), st.text(alphabet="ab ", max_size=60))
def test_what_is_marked_and_what_is_not_are_the_text(text: str, other: str) -> None:
    found = words.marked(text, other)

    assert any(differs for _, differs in found) or len(text.split()) <= len(other.split())
    said = " ".join(run for run, _ in found)
    assert "…" in said or said == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A fox finds a key", "A fox finds a key"),
        ("A fox finds a key, and nobody knows what it opens", "A fox finds a key…"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrt…"),
        (
            "狐が鍵を見つけ、誰もそれが何を開けるのか知らないまま、夜が来る",
            "狐が鍵を見つけ、誰もそれが何を開けるのか知…",
        ),
    ],
)
def test_a_headline_ends_with_a_word(text: str, title: str) -> None:
    assert words.headline(text, 22) == title


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_headline_is_the_beginning_and_no_longer_than_asked(text: str, chars: int) -> None:
    title = words.headline(text, chars)

    assert len(title) <= chars or title == text
    assert title == text or (title.endswith("…") and text.startswith(title[:-1]))
