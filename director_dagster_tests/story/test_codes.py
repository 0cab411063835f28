"""Codes of shots."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
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
    assert _coded(["010", "020", "030"], ["010", "x", "030"]) == ["sh010", "sh019", "sh030"] or "sh020" not in _coded(
        ["010", "020", "030"], ["010", "x", "030"]
    )


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
    for version in versions:
        shots = _shots(version)

        found = codes.with_codes(shots, list(ever.values()))

        assert len(set(found)) == len(shots)
        for code, shot in zip(found, shots, strict=True):
            assert ever.setdefault(code, replace(shot, code=code)).element_ids == shot.element_ids
