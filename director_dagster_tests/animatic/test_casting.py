"""Who gets which voice."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.animatic.casting import LANGUAGES, NARRATOR, alike, cast, hz
from director_dagster.errors import BadInput
from director_dagster.story.shot import Look, Voice
from director_dagster_tests.animatic.people import EIGHT, look

AGES = ("child", "young", "adult", "old")
LOOKS = st.builds(
    look, st.sampled_from(("female", "male", "neutral")), st.sampled_from(AGES), st.sampled_from(("slim", "heavy"))
)


@pytest.mark.parametrize("language", LANGUAGES)
@given(looks=st.lists(LOOKS, max_size=8))
@settings(max_examples=10, deadline=None)
def test_eight_characters_and_the_narrator_are_all_unlike(language: str, looks: list[Look]) -> None:
    people = [(f"P{index}", look) for index, look in enumerate(looks)]

    voices = cast(people, language)

    assert list(voices) == [NARRATOR, *(name for name, _ in people)]
    assert not any(alike(one, other) for one, other in itertools.combinations(voices.values(), 2))
    assert {voice.language for voice in voices.values()} <= {*LANGUAGES[language]}


def test_voices_fit_who_speaks() -> None:
    voices = cast(EIGHT, "en")

    pitch = {name: hz(voice) for name, voice in voices.items()}
    assert pitch["TOM"] < pitch["JON"] < 130 < pitch["BO"] < pitch["ANN"] < pitch["MARA"] < pitch["EVA"] < 235
    assert min(pitch["EDDA"], pitch["KIT"]) > 250
    assert voices["TOM"].speed < 0.9 < voices["EDDA"].speed


@given(st.permutations(EIGHT), st.integers(0, 8))
@settings(max_examples=10, deadline=None)
def test_who_has_a_voice_keeps_it_and_the_others_keep_clear_of_it(people: list[tuple[str, Look]], known: int) -> None:
    before = {name: voice for name, voice in cast(people, "en").items() if name in {name for name, _ in people[:known]}}

    after = cast(people[::-1], "en", before)

    assert {name: after[name] for name in before} == before
    assert not any(alike(one, other) for one, other in itertools.combinations(after.values(), 2))


def test_a_voice_of_another_engine_is_kept_too() -> None:
    foreign = Voice(language="kokoro/af", pitch=1.0, speed=1.0)

    assert cast(EIGHT[:1], "fr", {"MARA": foreign})["MARA"] == foreign


def test_a_crowd_is_cast_although_there_are_not_enough_voices() -> None:
    crowd = [(f"MAN {index}", look("male", "adult")) for index in range(60)]

    voices = [*cast(crowd, "it").values()]

    assert len(voices) == 61
    assert not any(alike(one, other) for one, other in itertools.combinations(voices[:9], 2))


def test_the_same_people_get_the_same_cast() -> None:
    assert cast(EIGHT, "de") == cast(EIGHT, "de")


def test_a_language_without_a_voice_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="'el'"):
        cast(EIGHT, "el")
