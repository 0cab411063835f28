"""Crews as users spell them: presets, tables, or both."""

from typing import Any

import pytest

from director_dagster.errors import BadInput
from director_dagster.story.crew import MEDIA, PRESETS, spell_out
from director_dagster.story.film import FilmSettings


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_who_makes_each_medium(name: str) -> None:
    assert tuple(spell_out(name)) == MEDIA


def test_a_single_key_is_enough_for_the_cheap_one_and_none_for_the_animatic() -> None:
    assert set(PRESETS["animatic"].values()) == {"animatic"}
    assert {who.partition(":")[0] for who in PRESETS["cheap"].values()} == {"animatic", "openai"}


def test_a_medium_goes_before_its_preset() -> None:
    crew = spell_out({"preset": "cheap", "video": "fal:a-model"})

    assert crew == {**PRESETS["cheap"], "video": "fal:a-model"}


@pytest.mark.parametrize("said", ["chep", "", {"preset": "chep"}, {"preset": ["cheap"]}, {"preset": 3}])
def test_a_name_that_is_no_presets_is_refused_with_those_there_are(said: Any) -> None:
    with pytest.raises(BadInput, match=r"is no crew; there are animatic, cheap, balanced, best"):
        spell_out(said)


@pytest.mark.parametrize(
    ("toml", "crew"),
    [
        ('crew = "cheap"', PRESETS["cheap"]),
        ('crew = { preset = "cheap", speech = "animatic" }', {**PRESETS["cheap"], "speech": "animatic"}),
        ('[crew]\nvideo = "fal"', {"video": "fal"}),
    ],
)
def test_a_film_toml_names_a_preset_or_media_and_keeps_them_by_medium(toml: str, crew: dict[str, str]) -> None:
    settings = FilmSettings.from_toml(toml)

    assert settings.crew == crew
    assert FilmSettings.of(settings.model_dump(mode="json", exclude_defaults=True), name="its row") == settings


@pytest.mark.parametrize(("toml", "told"), [('crew = "chep"', "crew: 'chep' is no crew"), ("crew = 3", "crew: should")])
def test_a_crew_that_is_none_is_told_with_its_field(toml: str, told: str) -> None:
    with pytest.raises(BadInput, match=f"^film.toml: {told}"):
        FilmSettings.from_toml(toml)
