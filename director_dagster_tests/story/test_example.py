"""The project's own example: worth watching, and using what the house can do."""

from pathlib import Path

import director_dagster
from director_dagster.story import lexicon
from director_dagster.story.breakdown import break_down
from director_dagster.story.film import FilmSettings
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Angle, Channel, Framing, Manner, TimeOfDay, Transition, Weather

EXAMPLES = Path(director_dagster.__file__).parent / "examples"
FILM = break_down(parse((EXAMPLES / "no-longer-needed.fountain").read_text(encoding="utf-8")))
LINES = [line for shot in FILM.shots for line in shot.lines]


def test_it_has_scenes_speakers_shots_and_length_enough() -> None:
    assert FILM.shots[-1].scene >= 4
    assert len([character for character in FILM.characters if character.speaks]) == 3
    assert 16 <= len(FILM.shots) <= 30
    assert 75 <= sum(shot.planned_s for shot in FILM.shots) <= 100


def test_all_that_it_asks_for_can_be_drawn_and_nothing_of_it_is_ignored() -> None:
    assert FILM.ignored == ()
    assert all(
        piece in {*lexicon.EXTERIORS, *lexicon.INTERIORS} for shot in FILM.shots for piece in shot.setting.pieces
    )
    assert set(FILM.props) <= set(lexicon.PROPS)


def test_its_pictures_are_varied() -> None:
    assert {shot.framing for shot in FILM.shots} == set(Framing)
    assert {shot.setting.time for shot in FILM.shots} == set(TimeOfDay)
    assert {shot.setting.weather for shot in FILM.shots} >= {Weather.FOG, Weather.SNOW, Weather.CLEAR, Weather.WIND}
    assert Angle.HIGH in {shot.angle for shot in FILM.shots}
    assert Transition.DISSOLVE in {shot.begins for shot in FILM.shots}


def test_its_characters_cannot_be_mistaken_for_each_other() -> None:
    looks = [character.look for character in FILM.characters]

    assert len({look.accent for look in looks}) == len({(look.age, look.hat) for look in looks}) == len(looks)


def test_its_sound_uses_whisper_shout_silence_and_voices_from_outside_the_picture() -> None:
    assert {line.channel for line in LINES} == set(Channel)
    assert {line.manner for line in LINES} >= {Manner.WHISPER, Manner.SHOUT}
    assert any(line.pause_s for line in LINES)
    assert any(shot.action == "Silence." for shot in FILM.shots)


def test_its_settings_are_read() -> None:
    settings = FilmSettings.from_toml((EXAMPLES / "film.toml").read_text(encoding="utf-8"))

    assert settings.title == FILM.title
