"""Colours are mixed as the eye sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.animatic import palette
from director_dagster.story.shot import Setting, TimeOfDay, Weather

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_a_colour_survives_the_way_through_oklab(colour: str) -> None:
    back = palette.to_hex(palette.to_lab(colour))

    assert back == colour


@given(COLOURS, COLOURS)
def test_a_mix_begins_at_the_first_colour_and_ends_at_the_second(first: str, second: str) -> None:
    ends = palette.mix(first, second, 0.0), palette.mix(first, second, 1.0)

    assert ends == (first, second)


@pytest.mark.parametrize("weather", list(Weather))
@pytest.mark.parametrize("interior", [True, False])
def test_night_is_darker_than_day_in_every_weather(weather: Weather, *, interior: bool) -> None:
    def sky(time: TimeOfDay) -> float:
        where = Setting(place="X", interior=interior, pieces=(), time=time, weather=weather)
        return palette.to_lab(palette.of(where).low)[0]

    night, day = sky(TimeOfDay.NIGHT), sky(TimeOfDay.DAY)

    assert night < day - 0.2
