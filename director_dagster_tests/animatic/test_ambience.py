"""What places sound like."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from director_dagster.animatic import ambience, noises
from director_dagster.animatic.loop import Loop, ring
from director_dagster.errors import BadInput
from director_dagster.media import sound
from director_dagster.story import lexicon
from director_dagster.story.shot import Setting, TimeOfDay, Weather
from director_dagster_tests.media.clips import in_a_fresh_process
from director_dagster_tests.media.tones import share_above

NOISES = [
    function
    for name, function in inspect.getmembers(noises, inspect.isfunction)
    if function.__module__ == noises.__name__ and not name.startswith("_")
]


def setting(
    *pieces: str, interior: bool = False, time: TimeOfDay = TimeOfDay.DAY, weather: Weather = Weather.CLEAR
) -> Setting:
    """A place."""
    return Setting(place="X", interior=interior, pieces=pieces, time=time, weather=weather)


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_every_noise_goes_round_without_a_seam(noise: noises.Noise) -> None:
    made = noise(Loop(sound.frames(4), np.random.default_rng(5)))

    steps = np.abs(np.diff(np.concatenate([made[-2000:], made[:2000]]), axis=0)).max(axis=1)
    assert made.shape == (sound.frames(4), 2)
    assert steps[1999] <= max(1.2 * np.delete(steps, 1999).max(), 1e-3)


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_every_noise_has_the_level_1_throughout_or_while_it_is_heard(noise: noises.Noise) -> None:
    made = noise(Loop(sound.frames(4), np.random.default_rng(5)))

    loudest = np.sqrt(np.square(made).mean(axis=1).reshape(-1, sound.RATE_HZ // 10).mean(axis=1).max())
    assert min(abs(sound.rms(made) - 1), abs(loudest - 1)) < 0.01


@pytest.mark.parametrize(
    ("where", "heard"),
    [
        (setting("shore", "sea", time=TimeOfDay.NIGHT, weather=Weather.STORM), {"sea", "rain", "wind", "thunder"}),
        (setting("lamp-room", "sea", interior=True, weather=Weather.RAIN), {"hum", "draught", "sea", "roof"}),
        (setting("forest", time=TimeOfDay.DAWN), {"leaves", "birds"}),
        (setting("forest", time=TimeOfDay.NIGHT), {"leaves", "insects"}),
        (setting("forest", weather=Weather.SNOW), {"leaves", "wind"}),
        (setting("harbour", weather=Weather.FOG), {"lapping", "creak", "gulls", "foghorn"}),
        (setting("church", interior=True), {"hall"}),
        (setting(interior=True), set()),
    ],
)
def test_layers_follow_place_hour_and_weather(where: Setting, heard: set[str]) -> None:
    assert {*ambience.names(where)} == heard | {"tone"}


@pytest.mark.parametrize("piece", [*lexicon.EXTERIORS, *lexicon.INTERIORS])
def test_every_place_the_film_can_draw_is_heard_and_softer_than_speech(piece: str) -> None:
    where = setting(piece, interior=piece in lexicon.INTERIORS)

    made = ambience.render(where, seconds=2, seed=1)

    assert -46.5 < sound.decibels(sound.rms(made)) < -27
    assert sound.peak(made) < 0.3


def test_the_sea_is_muffled_behind_a_wall() -> None:
    outside = ambience.render(setting("sea"), seconds=4, seed=1)
    inside = ambience.render(setting("sea", interior=True), seconds=4, seed=1)

    assert share_above(inside, 1000) < 0.05 * share_above(outside, 1000)
    assert sound.rms(inside) < sound.rms(outside)


def test_the_louder_of_two_winds_is_heard() -> None:
    calm, windy = (
        ambience.render(setting("lighthouse", weather=weather), seconds=3, seed=1)
        for weather in (Weather.CLEAR, Weather.WIND)
    )

    assert sound.rms(windy) > 2 * sound.rms(calm)


def test_the_same_place_and_seed_are_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from director_dagster.animatic import ambience
from director_dagster_tests.animatic.test_ambience import setting
ambience.bed(setting("shore", "forest"), seconds=2, seed=7, out=Path(sys.argv[1]))
"""
    here, there = tmp_path / "here.wav", tmp_path / "there.wav"

    ambience.bed(setting("shore", "forest"), seconds=2, seed=7, out=here)
    in_a_fresh_process(code, there, cores=1)

    assert here.read_bytes() == there.read_bytes()
    assert sound.read(here).shape == (sound.frames(2), 2)


def test_another_seed_is_another_bed() -> None:
    one, other = (ambience.render(setting("sea"), seconds=2, seed=seed) for seed in (1, 2))

    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.1


def test_less_than_a_second_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        ambience.bed(setting("sea"), seconds=0.5, seed=1, out=tmp_path / "bed.wav")


def test_a_grain_dropped_at_the_end_is_heard_at_the_beginning() -> None:
    loop = Loop(1000, np.random.default_rng(0))
    onto, grain = loop.empty(), ring(0.01, 2000)

    loop.drop(onto, grain, 900)

    assert np.allclose(np.concatenate([onto[900:], onto[:380]]), grain * np.sqrt(0.5), atol=1e-6)
