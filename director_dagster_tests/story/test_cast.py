"""The characters of a screenplay, and their looks."""

from hypothesis import given
from hypothesis import strategies as st

from director_dagster.story import cast, looks
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Character

PAGE = """EXT. SHORE - DAY

MARA (30s), a red scarf, her hair in a braid, waits. OLD TOM (70), a cap and a white beard, and PIP (8) come.

MARA
Well?

OLD TOM (CONT'D)
Well.

GUARD #2
Halt!

NARRATOR
And they halted.

mara
Who is there?

INT. ROOM - DAY

Mara's coat lies here. The guard looks for Tom.
"""


def _people(text: str) -> dict[str, Character]:
    return {person.name: person for person in cast.characters(parse(text))}


def test_everyone_who_speaks_or_is_introduced_is_a_character_once_in_order_of_appearance() -> None:
    people = _people(PAGE)

    assert list(people) == ["MARA", "OLD TOM", "PIP", "GUARD #2"]
    assert [person.speaks for person in people.values()] == [True, True, False, True]


def test_nameless_ones_are_generic() -> None:
    generic = [
        name
        for name in ("GUARD #2", "OLD WOMAN", "THE VOICE", "MARA", "OLD TOM", "MR. GUARDI")
        if cast.is_generic(name)
    ]

    assert generic == ["GUARD #2", "OLD WOMAN", "THE VOICE"]


def test_each_is_described_by_what_is_said_of_them_alone() -> None:
    people = _people(PAGE)

    assert people["MARA"].description == "MARA (30s), a red scarf, her hair in a braid, waits."
    assert people["OLD TOM"].description == "OLD TOM (70), a cap and a white beard, and"


def test_a_look_is_drawn_from_the_words() -> None:
    people = _people(PAGE)
    mara, tom, pip = people["MARA"].look, people["OLD TOM"].look, people["PIP"].look

    assert (mara.age, mara.presents, mara.hair, mara.accessory) == ("adult", "female", "braid", "scarf")
    assert (tom.age, tom.presents, tom.hat, tom.beard) == ("old", "male", "cap", True)
    assert (pip.age, pip.height < 0.75) == ("child", True)
    assert mara.accent == looks.ACCENTS["red"]


def test_a_boy_in_a_yellow_hood_is_one() -> None:
    look = cast.look("NILS", "NILS (9), a boy in a yellow raincoat with a hood", cast.look_seed("NILS"))

    assert (look.age, look.presents, look.coat, look.hat) == ("child", "male", "coat", "hood")
    assert look.accent == looks.ACCENTS["yellow"]


def test_accents_differ_while_there_are_colours_left() -> None:
    names = [f"PERSON{chr(65 + number)}" for number in range(len(looks.ACCENTS))]
    page = "EXT. SHORE - DAY\n\n" + "".join(f"{name}\nA red scarf.\n\n" for name in names)

    people = _people(page)

    assert len({person.look.accent for person in people.values()}) == len(looks.ACCENTS)


def test_a_look_without_words_is_a_function_of_the_name_alone() -> None:
    here = _people("EXT. SHORE - DAY\n\nZORN\nHere.\n")["ZORN"]
    there = _people("INT. CAVE - NIGHT\n\nZorn stands in the dark.\n\nZORN\nThere.\n")["ZORN"]

    assert here.look == there.look


def test_names_are_found_in_action_whatever_their_case_but_not_inside_words() -> None:
    roster = cast.Roster(["MARA", "TOM BRAND", "GUARD"])

    assert roster.named("Brand greets the guard. Marathon. Mara's hand moves.") == ("TOM BRAND", "GUARD", "MARA")
    assert roster.named("Mara's boat lies there, tom-toms sound.") == ()


def test_spellings_of_one_name_have_one_key() -> None:
    assert cast.character_key("Ｍａｒａ  ") == cast.character_key("MARA")
    assert cast.character_key("Große") == cast.character_key("GROSSE")


@given(st.text(), st.text(), st.integers(min_value=0, max_value=2**32 - 1))
def test_any_words_give_a_look_of_the_known_kinds(name: str, description: str, seed: int) -> None:
    look = cast.look(name, description, seed)

    assert look == cast.look(name, description, seed)
    assert look.age in {"child", "young", "adult", "old"}
    assert look.build in {"slim", "medium", "heavy"}
    assert 0.6 <= look.height <= 1.1
    assert look.hair in {"short", "long", "bun", "braid", "curly", "bald"}
    assert look.hat in {"none", "cap", "brim", "hood", "scarf"}
    assert look.coat in {"coat", "jacket", "dress", "sweater", "robe"}
    assert look.accessory in {"none", "scarf", "glasses", "lantern", "bag", "cane"}


def test_a_scene_inserted_in_front_does_not_redress_anybody() -> None:
    page = "INT. ROOM - DAY\n\nANNA (30s, red coat) sits at the table.\n\nANNA\nWell.\n"
    before = "EXT. STREET - DAY\n\nAnna walks home.\n\n"

    (one,), (other,) = cast.characters(parse(page)), cast.characters(parse(before + page))

    assert one.look == other.look
    assert "red coat" in other.description
