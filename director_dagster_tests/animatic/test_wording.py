"""What of a line can be said aloud."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from director_dagster.animatic.wording import sayable
from director_dagster.errors import BadInput


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Wait — no.", "Wait, no."),
        ("Wait… no.", "Wait. no."),
        ("...and then?", "and then?"),
        ("“It’s late,” he said.", "It's late, he said."),
        ("RUN! The sea is COMING.", "RUN! The sea is coming."),
        ("GET OUT NOW", "Get out now"),
        ("The USA in 1984, 3.5 kg & 50%", "The USA in 1984, 3.5 kg and 50%"),
        ("I 😀 you <b>so</b>", "I you b so b"),
        ("Привет, Mara", "Mara"),
        ("Čapek's Łódź", "Capek's Lódz"),
        ("x" * 500, "x" * 40),
    ],
)
def test_what_can_be_said_is_left(text: str, said: str) -> None:
    assert sayable(text, "en") == said


@pytest.mark.parametrize("text", ["", " \n", "?!", "😀", "Привет", "…", "日本"])
def test_a_line_with_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        sayable(text, "en")


def test_and_is_said_in_the_films_language() -> None:
    assert [sayable("A & B", language) for language in ("de", "fr-FR")] == ["A und B", "A et B"]


@given(st.text(max_size=200))
@example("0./.")
def test_whatever_is_left_is_plain_and_stays_as_it_is(text: str) -> None:
    try:
        said = sayable(text, "en")
    except BadInput:
        return

    assert set(said) & set('<>"&*_\0\n') == set()
    assert max(len(word) for word in said.split()) <= 200
    assert sayable(said, "en").casefold() == said.casefold()
