"""Wishes: what a run may be told, from a table's column or the command's options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story.wishes import STEPS, Wishes
from director_dagster.studio.estimate import VERBS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["crew", "takes", "until", "a"]), inner)
    ),
)


def test_what_is_not_wished_is_not_told() -> None:
    assert Wishes.of({}, name="wishes").told() == {}
    assert Wishes.of({"takes": {"shots": {"sh010": 2}}}, name="wishes").told() == {"takes": {"shots": {"sh010": 2}}}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "the whole film"),
        ({"recover": True}, "what it has lost"),
        ({"until": "storyboard", "crew": {"image": "fal"}}, "as far as storyboard; image by fal"),
        ({"takes": {"shots": {"shot:sh010": 2}}, "keep_stale": True}, "shot sh010 in 2 takes"),
        ({"finals": ["sh010", "scene:2"], "crew": {"video": "kling"}}, "sh010, scene:2: video by kling"),
    ],
)
def test_wishes_are_told_in_words(said: object, words: str) -> None:
    assert Wishes.of(said, name="wishes").words == words


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ([], "wishes: Input should be"),
        ({"max_usd": 3}, "wishes: max_usd: Extra inputs"),
        ({"crew": {"video": 3}}, "wishes: crew.video"),
        ({"finals": "all"}, "wishes: finals"),
        ({"recover": True, "finals": ["sh010"]}, "wishes: what is lost comes back by whoever made it"),
        ({"takes": {"film": {"film": 2}}}, "wishes: takes: 'film' has none"),
        ({"until": "frames"}, "wishes: until: there is no step 'frames'; there are script, characters"),
        ({"until": "storyboard", "takes": {"shots": {"sh010": 2}}}, "takes of shots are wished for, and until storyb"),
        (
            {"until": "storyboard", "crew": {"video": "fal"}, "finals": ["sh010"]},
            "finals are wished for of shots, and until storyboard none are made",
        ),
        ({"until": "shots", "recover": True}, "recover goes with no other wish"),
        ({"keep_stale": True, "recover": True}, "recover goes with no other wish"),
    ],
)
def test_what_no_run_can_be_told_is_refused_in_one_line(said: object, line: str) -> None:
    with pytest.raises(BadInput, match=line):
        Wishes.of(said, name="wishes")


def test_a_step_is_made_with_all_before_it_and_without_one_the_whole_film() -> None:
    whole, frames = Wishes(), Wishes(until="storyboard")

    assert (whole.steps, whole.only) == (STEPS, ())
    assert frames.steps == frames.only == ("script", "characters", "storyboard")
    assert tuple(VERBS) == STEPS, "each has what does it"


@given(JSON)
def test_whatever_stands_in_the_column_is_wishes_or_refused(said: object) -> None:
    try:
        wishes = Wishes.of(said, name="wishes")
    except BadInput:
        return
    assert Wishes.of(wishes.told(), name="wishes") == wishes
