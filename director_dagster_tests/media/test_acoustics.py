"""Voices in rooms."""

import numpy as np
import pytest

from director_dagster.media import acoustics, sound
from director_dagster.story.shot import Channel, Setting, TimeOfDay, Weather
from director_dagster_tests.media.tones import buzz, level_db, noise, share_above


def setting(*pieces: str, interior: bool = True) -> Setting:
    """A place by day."""
    return Setting(place="X", interior=interior, pieces=pieces, time=TimeOfDay.DAY, weather=Weather.CLEAR)


def echo_db(room: Setting | None, channel: Channel = Channel.ON) -> float:
    """How loud it is from 150 to 350 ms after a line has ended, against the line."""
    line = buzz(150, 1)
    heard = acoustics.place(line, 0, channel, room).samples
    tail = np.concatenate([heard, sound.silence(1)])
    return level_db(tail, 1.15, 1.35) - level_db(heard, 0.3, 0.9)


def test_a_church_rings_longer_than_a_room_and_a_room_longer_than_the_shore() -> None:
    church, room, shore = (
        echo_db(setting("church")),
        echo_db(setting("room")),
        echo_db(setting("shore", interior=False)),
    )

    assert church > -25
    assert church > room + 10 > shore + 20


def test_the_speech_itself_begins_where_it_is_placed() -> None:
    placed = acoustics.place(buzz(150, 1), 2.5, Channel.ON, setting("church"))

    assert placed.start == sound.frames(2.5)
    assert level_db(placed.samples, 0, 0.02) > -40


def test_who_is_not_seen_is_heard_duller_and_from_further_away() -> None:
    line, room = noise(1, channels=1), setting("room")

    seen = acoustics.place(line, 0, Channel.ON, room).samples
    unseen = acoustics.place(line, 0, Channel.OFF_SCREEN, room).samples

    assert share_above(unseen, 4000) < share_above(seen, 4000) / 4
    assert level_db(unseen, 0.2, 0.9) < level_db(seen, 0.2, 0.9)
    assert echo_db(room, Channel.OFF_SCREEN) > echo_db(room) + 3


@pytest.mark.parametrize("room", [None, setting("church"), setting(interior=False)])
def test_a_voice_over_comes_from_no_place_of_the_film(room: Setting | None) -> None:
    over = acoustics.place(buzz(150, 1), 0, Channel.VOICE_OVER, room).samples

    assert np.array_equal(over, acoustics.place(buzz(150, 1), 0, Channel.VOICE_OVER, None).samples)


def test_the_outside_of_a_church_has_no_echo() -> None:
    assert acoustics.echo_of(setting("church", interior=False)) == acoustics.echo_of(setting(interior=False))
