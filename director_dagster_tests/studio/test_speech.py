"""Which lines can be heard, by whom, and which recordings only guide a clip that speaks for itself."""

import pytest

from director_dagster.story.breakdown import break_down
from director_dagster.story.film import FilmSettings
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Shot
from director_dagster.studio.speech import heard_lines, is_guide

PAGE = """
INT. POKÓJ - NOC

ANNA (30) patrzy na drzwi.

ANNA
Kto tam?

EXT. MORZE - DZIEŃ

ANNA
Nikt.
"""
POLISH = FilmSettings(language="pl")
BOUGHT = FilmSettings(language="pl", crew={"speech": "elevenlabs"})


@pytest.fixture(scope="module")
def talking() -> tuple[Shot, Shot]:
    first, last = (shot for shot in break_down(parse(PAGE), language="pl").shots if shot.lines)
    return first, last


def test_a_language_without_a_voice_in_the_house_is_silent_and_says_so(
    talking: tuple[Shot, Shot], caplog: pytest.LogCaptureFixture
) -> None:
    assert heard_lines([(shot, POLISH) for shot in talking]) == ()

    assert caplog.text.count("no voice of the house speaks 'pl'") == 1


def test_a_shot_whose_lines_somebody_else_is_to_say_is_heard_though_the_others_are_not(
    talking: tuple[Shot, Shot],
) -> None:
    heard = heard_lines([(talking[0], POLISH), (talking[1], BOUGHT)])

    assert [line.text for line in heard] == ["Nikt."]


@pytest.mark.parametrize(
    ("settings", "guide"),
    [
        (FilmSettings(talk="own", crew={"speech": "elevenlabs"}), True),
        (FilmSettings(talk="own"), False),
        (FilmSettings(talk="over", crew={"speech": "elevenlabs"}), False),
    ],
)
def test_the_house_guides_only_where_another_would_have_spoken(
    settings: FilmSettings, *, guide: bool, talking: tuple[Shot, Shot]
) -> None:
    assert {is_guide(shot, line, settings) for shot in talking for line in shot.lines} == {guide}
