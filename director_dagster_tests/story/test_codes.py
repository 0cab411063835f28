"""Codes of shots."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story import codes
from director_dagster.story.breakdown import break_down
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Shot

ANY = break_down(parse("EXT. SHORE - DAY\n\nWaves.\n")).shots[0]


def _shots(names: Sequence[str]) -> list[Shot]:
    """Shots that cover the element of their name, coded so before."""
    return [replace(ANY, code=f"sh{name}", element_ids=(name,)) for name in names]


def _coded(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return codes.with_codes(_shots(after), _shots(before))


def test_the_first_list_counts_by_tens() -> None:
    assert codes.with_codes(_shots(["a", "b", "c"]), []) == ["sh010", "sh020", "sh030"]


def test_a_hundred_shots_have_a_digit_more() -> None:
    found = codes.with_codes(_shots([str(number) for number in range(100)]), [])

    assert (found[0], found[-1]) == ("sh0010", "sh1000")
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("before", "after", "fresh"),
    [
        (["010", "020"], ["010", "x", "020"], ["sh015"]),
        (["010", "015", "020"], ["010", "015", "x", "020"], ["sh017"]),
        (["010", "020"], ["010", "x", "y", "z", "020"], ["sh012", "sh015", "sh017"]),
        (["015", "016"], ["015", "x", "016"], ["sh0155"]),
        (["010"], ["x", "010"], ["sh005"]),
        (["010", "020"], ["010", "020", "x", "y"], ["sh030", "sh040"]),
        (["990"], ["990", "x"], ["sh995"]),
    ],
)
def test_inserted_shots_get_codes_between(before: list[str], after: list[str], fresh: list[str]) -> None:
    found = _coded(before, after)

    assert [code for code, name in zip(found, after, strict=True) if name not in before] == fresh
    assert [code for code, name in zip(found, after, strict=True) if name in before] == [f"sh{name}" for name in before]


def test_a_removed_code_is_not_given_again() -> None:
    gone = _shots(["020"])

    assert codes.with_codes(_shots(["010", "x", "030"]), _shots(["010", "030"]), gone) == ["sh010", "sh019", "sh030"]


def test_a_removed_shot_comes_back_to_its_code() -> None:
    gone = _shots(["020"])

    assert codes.with_codes(_shots(["010", "020"]), _shots(["010"]), gone) == ["sh010", "sh020"]


def test_a_shot_that_still_shares_an_element_keeps_its_code() -> None:
    before = [replace(ANY, code="sh010", element_ids=("a", "b"))]

    assert codes.with_codes([replace(ANY, element_ids=("b", "c"))], before) == ["sh010"]


def test_a_code_of_another_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="'take-1' is no shot code"):
        codes.with_codes(_shots(["a"]), [replace(ANY, code="take-1")])


@given(
    st.lists(st.lists(st.sampled_from([f"e{number}" for number in range(12)]), unique=True, max_size=12), max_size=6)
)
def test_no_code_is_ever_two_shots_and_none_changes(versions: list[list[str]]) -> None:
    ever: dict[str, Shot] = {}
    now: list[Shot] = []
    for version in versions:
        shots = [_of_its_own(shot) for shot in _shots(version)]
        retired = [shot for code, shot in ever.items() if code not in {each.code for each in now}]

        found = codes.with_codes(shots, now, retired)

        now = [replace(shot, code=code) for code, shot in zip(found, shots, strict=True)]
        assert len(set(found)) == len(shots)
        for shot in now:
            assert ever.setdefault(shot.code, shot).element_ids == shot.element_ids


def _of_its_own(shot: Shot) -> Shot:
    """The shot in a place and with an action that no other has."""
    (name,) = shot.element_ids
    return replace(shot, setting=replace(shot.setting, place=name), action=name)


KITCHEN = """\
INT. KITCHEN - NIGHT

Anna closes the window.

ANNA
Is somebody there?

Ben comes in with a lantern, wet to the bone.

BEN
Only me.

ANNA
At this hour?
"""
GARDEN = "EXT. GARDEN - DAY\n\nRain falls on the roses.\n\n"
CELLAR = "INT. CELLAR - NIGHT\n\nA rat runs along the wall.\n\n"


def _page(text: str, previous: Sequence[Shot] = (), retired: Sequence[Shot] = ()) -> tuple[Shot, ...]:
    return break_down(parse(text), previous=previous, retired=retired, narration=False).shots


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Only me.", "Nobody but me."),
        ("closes the window", "opens the door"),
        ("KITCHEN - NIGHT", "KITCHEN - DAY"),
        ("KITCHEN", "PANTRY"),
        ("Is somebody there?", "Who is it?"),
        ("BEN\n", "PAUL\n"),
    ],
)
def test_what_is_rewritten_where_it_stood_keeps_codes_and_ids(old: str, new: str) -> None:
    before = _page(GARDEN + KITCHEN + CELLAR)

    after = _page((GARDEN + KITCHEN + CELLAR).replace(old, new), before)

    assert [shot.code for shot in after] == [shot.code for shot in before]
    assert [line.id for shot in after for line in shot.lines] == [line.id for shot in before for line in shot.lines]
    assert [shot for shot in after if old.strip() in f"{shot}"] == []
    assert _page((GARDEN + KITCHEN + CELLAR).replace(old, new), after) == after
    assert _page(GARDEN + KITCHEN + CELLAR, after) == before


def test_a_scene_in_the_place_of_another_has_codes_of_its_own() -> None:
    before = _page(GARDEN + CELLAR + KITCHEN)
    attic = CELLAR.replace("CELLAR", "ATTIC").replace("A rat runs along the wall", "Dust lies on everything")

    after = _page(GARDEN + attic + KITCHEN, before)

    assert {shot.setting.place: shot.code for shot in before}["CELLAR"] not in {shot.code for shot in after}


def test_words_that_another_line_has_left_get_an_id_of_their_own() -> None:
    before = _page(KITCHEN)
    edited = _page(KITCHEN.replace("Only me.", "Nobody but me."), before)

    both = _page(KITCHEN.replace("Only me.", "Nobody but me.") + "\nBEN\nOnly me.\n", edited)

    ids = {line.text: line.id for shot in both for line in shot.lines}
    assert len(set(ids.values())) == len(ids) == 4
    assert ids["Nobody but me."] == {line.text: line.id for shot in before for line in shot.lines}["Only me."]


EDITS = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["cut", "reword", "swap", "double"])), max_size=8)


@settings(max_examples=30, deadline=None)
@given(EDITS)
def test_after_any_edits_codes_and_ids_are_one_a_shot_and_a_line_and_the_same_page_gives_the_same(
    edits: list[tuple[int, str]],
) -> None:
    parts = (GARDEN + KITCHEN + CELLAR).strip().split("\n\n")
    now, retired = _page("\n\n".join(parts)), dict[str, Shot]()
    for number, (at, edit) in enumerate(edits):
        parts = _edited(parts, at % len(parts), edit, number) if parts else parts
        before = now
        now = _page("\n\n".join(parts), before, list(retired.values()))
        retired |= {shot.code: shot for shot in before}
        retired = {code: shot for code, shot in retired.items() if code not in {each.code for each in now}}

        ids = [line.id for shot in now for line in shot.lines]
        assert len({shot.code for shot in now}) == len(now)
        assert len(set(ids)) == len(ids)
        assert _page("\n\n".join(parts), now, list(retired.values())) == now


def _edited(parts: list[str], at: int, edit: str, number: int) -> list[str]:
    before, part, after = parts[:at], parts[at], parts[at + 1 :]
    match edit:
        case "cut":
            return before + after
        case "reword":
            return [*before, f"{part} Again, {number}.", *after]
        case "swap":
            return [*after, part, *before]
        case _:
            return [*before, part, part, *after]
