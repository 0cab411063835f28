"""The lexicon: words of the page, and what can be drawn of them."""

import pytest

from director_dagster.story import lexicon, vocabulary
from director_dagster.story.shot import TimeOfDay, Weather


def test_every_piece_and_prop_that_is_drawn_has_words_that_ask_for_it() -> None:
    assert set(vocabulary.PLACES) == {*lexicon.EXTERIORS, *lexicon.INTERIORS}
    assert set(vocabulary.THINGS) == set(lexicon.PROPS)
    assert set(vocabulary.TIMES) == set(TimeOfDay)
    assert set(vocabulary.WEATHERS) == set(Weather)


def test_every_piece_and_prop_is_found_by_its_own_name() -> None:
    assert [piece for piece in (*lexicon.EXTERIORS, *lexicon.INTERIORS) if piece not in lexicon.PLACES.all(piece)] == []
    assert [prop for prop in lexicon.PROPS if prop not in lexicon.props(f"the {prop}")] == []


@pytest.mark.parametrize(
    ("text", "props"),
    [
        ("She opens the envelopes and lights a candle.", ("letter", "candle")),
        ("Eine Laterne, ein Schlüssel.", ("lantern", "key")),
        ("She watches him. The sun rose. Her chest hurts.", ()),
        ("a pocket watch beside the grandfather clock", ("watch", "clock")),
    ],
)
def test_props_are_found_in_the_plural_and_other_languages_and_not_in_verbs(text: str, props: tuple[str, ...]) -> None:
    assert lexicon.props(text) == props


def test_the_longer_phrase_wins() -> None:
    assert lexicon.PLACES.all("a train station by the lamp room") == ("station", "lamp-room")


def test_an_interior_has_pieces_of_interiors_only() -> None:
    assert lexicon.pieces("LIGHTHOUSE - KITCHEN", interior=True) == ("kitchen",)
    assert lexicon.pieces("LIGHTHOUSE", interior=True) == ("lamp-room",)
    assert lexicon.pieces("CHURCH", interior=False) == ("street",)


def test_an_exterior_takes_pieces_from_its_action_and_water_to_its_boats() -> None:
    assert lexicon.pieces("PIER", "A lighthouse, far away.", interior=False) == ("harbour", "lighthouse", "sea")


def test_what_is_not_known_is_not_faked() -> None:
    assert lexicon.pieces("SUBMARINE REACTOR", interior=True) == ()
