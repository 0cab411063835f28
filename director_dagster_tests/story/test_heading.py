"""Scene headings read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.story import heading, lexicon
from director_dagster.story.shot import Setting, TimeOfDay, Weather


@pytest.mark.parametrize(
    ("text", "interior", "place", "time", "weather"),
    [
        ("EXT. SHORE - NIGHT, RAIN", False, "SHORE", TimeOfDay.NIGHT, Weather.RAIN),
        ("INT. HARBOUR OFFICE - THE NEXT MORNING", True, "HARBOUR OFFICE", TimeOfDay.DAY, None),
        ("INNEN. KÜCHE - ABEND", True, "KÜCHE", TimeOfDay.DUSK, None),
        ("AUSSEN. WALD - NACHT - SCHNEE", False, "WALD", TimeOfDay.NIGHT, Weather.SNOW),
        ("EXT. PLAGE - AUBE (BRUME)", False, "PLAGE", TimeOfDay.DAWN, Weather.FOG),
        ("EXT. CALLE - ATARDECER - LLUVIA", False, "CALLE", TimeOfDay.DUSK, Weather.RAIN),
        ("EST. SPIAGGIA - NOTTE - TEMPESTA", False, "SPIAGGIA", TimeOfDay.NIGHT, Weather.STORM),
        ("НАТ. БЕРЕГ МОРЯ - РАССВЕТ - ТУМАН", False, "БЕРЕГ МОРЯ", TimeOfDay.DAWN, Weather.FOG),
        ("INT./EXT. CAR - DAY", True, "CAR", TimeOfDay.DAY, None),
        ("EXT. PARIS, TEXAS - DAY", False, "PARIS, TEXAS", TimeOfDay.DAY, None),
        ("EXT. BEACH NIGHT", False, "BEACH", TimeOfDay.NIGHT, None),
        ("INT. NIGHT CLUB", True, "NIGHT CLUB", TimeOfDay.NIGHT, None),
        ("EXT. - NIGHT", False, "NIGHT", TimeOfDay.NIGHT, None),
        ("XYZZY", None, "XYZZY", None, None),
        ("", None, "SOMEWHERE", None, None),
    ],
)
def test_a_heading_is_read_in_six_languages(
    text: str, *, interior: bool | None, place: str, time: TimeOfDay | None, weather: Weather | None
) -> None:
    slug = heading.read(text)

    assert (slug.interior, slug.place, slug.time, slug.weather) == (interior, place, time, weather)


def _scene(text: str, action: tuple[str, ...] = (), before: Setting | None = None) -> Setting:
    slug = heading.read(text)
    pieces = lexicon.pieces(slug.place, " ".join(action), interior=bool(slug.interior))
    return heading.setting(slug, action, pieces, before)


def test_continuous_keeps_time_and_weather() -> None:
    before = _scene("EXT. SHORE - NIGHT - STORM")

    setting = _scene("INT. LIGHTHOUSE - KITCHEN - CONTINUOUS", before=before)

    assert (setting.time, setting.weather) == (TimeOfDay.NIGHT, Weather.STORM)


def test_a_new_time_does_not_keep_the_weather() -> None:
    setting = _scene("EXT. SHORE - DAWN", before=_scene("EXT. SHORE - NIGHT - STORM"))

    assert setting.weather is Weather.CLEAR


def test_weather_is_read_from_the_action_unless_it_is_gone() -> None:
    assert _scene("EXT. ROAD - DAY", ("It snows.", "Snow on the roofs.")).weather is Weather.SNOW
    assert _scene("EXT. ROAD - DAY", ("The rain has stopped.",)).weather is Weather.CLEAR


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_heading_with_a_place(text: str) -> None:
    assert heading.read(text).place
