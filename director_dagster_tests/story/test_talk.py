"""How those are heard who speak in the picture, by shot."""

import pytest

from director_dagster.errors import BadInput
from director_dagster.story import prompt
from director_dagster.story.breakdown import break_down
from director_dagster.story.film import FilmSettings
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Breakdown, Channel, Shot
from director_dagster.story.talk import Choice, Talk, is_own, staged, talk_of

PAGE = """
INT. ROOM - NIGHT

ANNA (30s) looks at a door.

ANNA
(whispering)
Who is "there"?

She waits.

ANNA (V.O.)
Nobody ever came.

EXT. SEA - DAY

Waves.
"""


@pytest.fixture(scope="module")
def plan() -> Breakdown:
    return break_down(parse(PAGE))


def spoken(plan: Breakdown) -> Shot:
    """The shot in whose picture somebody speaks."""
    return next(shot for shot in plan.shots if any(line.channel is Channel.ON for line in shot.lines))


@pytest.mark.parametrize("words", ['talk = "own"', '[talk]\nall = "off"\nsh010 = "over"'])
def test_a_film_toml_says_it_for_all_or_by_shot(words: str) -> None:
    assert FilmSettings.from_toml(words).talk == (
        {"all": Talk.OWN} if words.startswith("talk") else {"all": Talk.OFF, "sh010": Talk.OVER}
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('talk = "loud"', "talk.all: "),
        ('[talk]\nSH010 = "own"', "talk.SH010: "),
        ("talk = 3", "talk: should be a table"),
    ],
)
def test_what_is_no_choice_is_told_with_its_field(words: str, told: str) -> None:
    with pytest.raises(BadInput, match=r"film\.toml: ") as refused:
        FilmSettings.from_toml(words)

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_shot_goes_before_all_and_what_the_page_says_before_both(plan: Breakdown) -> None:
    shot = spoken(plan)
    told = next(each for each in plan.shots if each.lines and each is not shot)
    silent = next(each for each in plan.shots if not each.lines)
    choice: Choice = {"all": Talk.OWN, shot.code: Talk.OFF}

    assert talk_of(shot, {}) is Talk.OVER
    assert talk_of(shot, {"all": Talk.OWN}) is Talk.OWN
    assert talk_of(shot, choice) is Talk.OFF
    assert talk_of(told, choice) is Talk.OFF, "a voice over has nobody in the picture to speak it"
    assert talk_of(silent, choice) is None
    assert [is_own(each, line, {"all": Talk.OWN}) for each in plan.shots for line in each.lines].count(True) == 1


def test_a_shot_that_talks_from_outside_has_its_lines_there_and_closed_lips(plan: Breakdown) -> None:
    code = spoken(plan).code

    moved = next(shot for shot in staged(plan, {code: Talk.OFF}).shots if shot.code == code)

    assert {line.channel for line in moved.lines if line.text.startswith("Who")} == {Channel.OFF_SCREEN}
    assert "all lips are closed" in prompt.shot_prompt(moved)
    assert "lips moving" not in prompt.shot_prompt(moved)
    assert staged(plan, {"all": Talk.OWN}) == plan


def test_a_model_that_speaks_reads_what_is_said_how_and_by_whom(plan: Breakdown) -> None:
    words = prompt.shot_prompt(spoken(plan), aloud=True)

    assert "Anna whispers: \"Who is 'there'?\"" in words
    assert "Who is" not in prompt.shot_prompt(spoken(plan))
