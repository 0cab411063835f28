"""Prompts: the story in words, for models that read."""

import pytest

from director_dagster.story import prompt
from director_dagster.story.breakdown import break_down
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Framing, Shot
from director_dagster_tests.story.pages import LAMP, SHORE

FILM = break_down(parse(SHORE + LAMP))
MARA = next(character for character in FILM.characters if character.name == "MARA")


def _first(framing: Framing) -> Shot:
    return next(shot for shot in FILM.shots if shot.framing is framing)


def test_a_frame_prompt_says_framing_place_light_weather_people_and_style() -> None:
    words = prompt.frame_prompt(_first(Framing.WIDE), FILM.characters, "noir")

    for part in ("wide establishing shot", "Shore", "dawn", "fog", "Mara", "scarf", "red", "Style: noir."):
        assert part in words


def test_a_shoulder_is_not_described_as_a_face() -> None:
    words = prompt.frame_prompt(_first(Framing.OVER_SHOULDER), FILM.characters)

    assert "from behind and out of focus, the shoulder of Mara" in words


def test_an_insert_is_of_its_prop() -> None:
    assert "insert of a letter" in prompt.frame_prompt(_first(Framing.INSERT))


def test_a_shot_prompt_says_who_speaks_and_what_the_camera_does() -> None:
    shot = next(shot for shot in FILM.shots if shot.lines and shot.lines[0].character == "MARA")

    words = prompt.shot_prompt(shot, FILM.characters)

    assert "Mara speaks" in words
    assert "pushes in slowly" in words


@pytest.mark.parametrize("shot", FILM.shots, ids=lambda shot: shot.code)
def test_prompts_are_one_paragraph_of_whole_sentences(shot: Shot) -> None:
    for words in (prompt.frame_prompt(shot, FILM.characters), prompt.shot_prompt(shot, FILM.characters)):
        assert "\n" not in words
        assert ".." not in words.replace("...", "")
        assert "#" not in words
        assert '.".' not in words
        assert words[-1] == "."


def test_references_are_of_one_thing_on_plain_ground() -> None:
    assert "red as the one strong colour" in prompt.look_prompt(MARA)
    assert "nobody in it" in prompt.location_prompt(FILM.locations[0])
    assert "a single letter" in prompt.prop_prompt("letter")


def test_music_has_mood_genre_and_length() -> None:
    words = prompt.music_prompt("The Lamp", genre="drama", moods=("calm", "hopeful"), duration_s=81.6)

    for part in ("drama", "The Lamp", "82 seconds", "calm, hopeful"):
        assert part in words


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("*No*, _never_!", "No, never!"),
        ("Wait… (she laughs) what?!", "Wait... what?"),
        ("I know—I do.", "I know - I do."),
    ],
)
def test_speech_is_what_a_voice_should_say(page: str, said: str) -> None:
    assert prompt.speech(page) == said
