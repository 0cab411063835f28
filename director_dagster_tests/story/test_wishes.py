"""Wishes: what a run may be told, from a table's column or the command's options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story.wishes import Wishes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["crew", "takes", "a"]), inner),
)


def test_what_is_not_wished_is_not_told() -> None:
    assert Wishes.of({}, name="wishes").told() == {}
    assert Wishes.of({"takes": {"shots": {"sh010": 2}}}, name="wishes").told() == {"takes": {"shots": {"sh010": 2}}}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ([], "wishes: Input should be"),
        ({"max_usd": 3}, "wishes: max_usd: Extra inputs"),
        ({"crew": {"video": 3}}, "wishes: crew.video"),
        ({"finals": "all"}, "wishes: finals"),
        ({"recover": True, "finals": ["sh010"]}, "wishes: what is lost comes back by whoever made it"),
        ({"takes": {"film": {"film": 2}}}, "wishes: takes: 'film' has none"),
    ],
)
def test_what_no_run_can_be_told_is_refused_in_one_line(said: object, line: str) -> None:
    with pytest.raises(BadInput, match=line):
        Wishes.of(said, name="wishes")


@given(JSON)
def test_whatever_stands_in_the_column_is_wishes_or_refused(said: object) -> None:
    try:
        wishes = Wishes.of(said, name="wishes")
    except BadInput:
        return
    assert Wishes.of(wishes.told(), name="wishes") == wishes
