"""Ambience: what a place sounds like when nobody speaks, from its set pieces, the hour and the weather."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from director_dagster.animatic import noises
from director_dagster.animatic.loop import Loop
from director_dagster.animatic.noises import Noise
from director_dagster.errors import BadInput
from director_dagster.media import sound
from director_dagster.media.sound import Samples
from director_dagster.story.shot import Setting, TimeOfDay, Weather

# Levels are of the finished film's scale, in dB of full scale (RMS), against dialogue at −21.
Part = tuple[Noise, float]

_OUTSIDE: dict[str, tuple[Part, ...]] = {
    "shore": ((noises.sea, -33.0),),
    "sea": ((noises.sea, -34.0),),
    "lighthouse": ((noises.wind, -42.0),),
    "harbour": ((noises.lapping, -37.0), (noises.creak, -46.0)),
    "boat": ((noises.lapping, -37.0), (noises.creak, -41.0)),
    "forest": ((noises.leaves, -40.0),),
    "street": ((noises.street, -36.0),),
    "roofs": ((noises.street, -42.0), (noises.wind, -40.0)),
    "field": ((noises.leaves, -42.0),),
    "mountain": ((noises.wind, -36.0),),
    "river": ((noises.river, -35.0),),
    "bridge": ((noises.street, -42.0),),
    "station": ((noises.murmur, -42.0), (noises.hum, -46.0)),
    "garden": ((noises.leaves, -44.0),),
    "desert": ((noises.wind, -38.0),),
    "ruins": ((noises.wind, -40.0),),
}
_INSIDE: dict[str, tuple[Part, ...]] = {
    "station": ((noises.murmur, -36.0), (noises.hum, -44.0)),
    "kitchen": ((noises.clock, -45.0), (noises.fire, -47.0)),
    "bedroom": ((noises.clock, -47.0),),
    "corridor": ((noises.hum, -46.0),),
    "office": ((noises.hum, -46.0),),
    "library": ((noises.clock, -45.0),),
    "church": ((noises.hall, -37.0),),
    "cellar": ((noises.drip, -40.0), (noises.hall, -44.0)),
    "stage": ((noises.hall, -42.0),),
    "cabin": ((noises.creak, -42.0), (noises.lapping, -46.0)),
    "lamp-room": ((noises.hum, -42.0), (noises.draught, -42.0)),
    "workshop": ((noises.hum, -44.0),),
    "cafe": ((noises.murmur, -35.0),),
    "train": ((noises.train, -33.0),),
    "car": ((noises.engine, -35.0),),
    "cave": ((noises.drip, -38.0), (noises.hall, -42.0)),
}
_WEATHER_OUTSIDE: dict[Weather, tuple[Part, ...]] = {
    Weather.RAIN: ((noises.rain, -33.0),),
    Weather.STORM: ((noises.rain, -32.0), (noises.wind, -33.0), (noises.thunder, -25.0)),
    Weather.WIND: ((noises.wind, -33.0),),
    Weather.SNOW: ((noises.wind, -41.0),),
    Weather.FOG: ((noises.tone, -42.0),),
}
_WEATHER_INSIDE: dict[Weather, tuple[Part, ...]] = {
    Weather.RAIN: ((noises.roof, -37.0),),
    Weather.STORM: ((noises.roof, -36.0), (noises.draught, -38.0), (noises.thunder, -30.0)),
    Weather.WIND: ((noises.draught, -39.0),),
    Weather.SNOW: ((noises.draught, -46.0),),
}
_WATERSIDE = frozenset({"shore", "sea", "harbour", "boat", "lighthouse"})
_COUNTRY = frozenset({"forest", "field", "garden", "river", "mountain", "ruins"})
_STILL = frozenset({Weather.CLEAR, Weather.FOG})
_MUFFLED = {60.0: 0.0, 250.0: -3.0, 600.0: -12.0, 2000.0: -34.0}


def bed(setting: Setting, *, seconds: float, seed: int, out: Path) -> None:
    """Write the ambience of `setting` to the WAV file `out`, stereo: `seconds` that go round without a seam.

    The same arguments make the same bytes. Raises BadInput for less than a second.
    """
    if seconds < 1:
        raise BadInput(f"ambience of {seconds} s: it needs at least one second to go round")
    sound.write(out, render(setting, seconds=seconds, seed=seed))


def render(setting: Setting, *, seconds: float, seed: int) -> Samples:
    """What `bed` writes."""
    count = sound.frames(seconds)
    whole = np.zeros((count, 2), dtype=np.float32)
    for noise, (level_db, muffled) in _heard(setting).items():
        # Each noise has chance of its own, so that the sea is the same sea in rain and in sunshine.
        loop = Loop(count, np.random.default_rng([seed, *noise.__name__.encode()]))
        samples = loop.colour(noise(loop), _MUFFLED) if muffled else noise(loop)
        whole += samples * np.float32(sound.gain(level_db))
    return whole


def names(setting: Setting) -> tuple[str, ...]:
    """What is heard in `setting`, e.g. ``("sea", "wind")``."""
    return tuple(noise.__name__ for noise in _heard(setting))


def _heard(setting: Setting) -> dict[Noise, tuple[float, bool]]:
    """The noises of `setting`, each once: its level, and whether it comes through a wall; the loudest counts."""
    heard: dict[Noise, tuple[float, bool]] = {}
    for (noise, level_db), muffled in (*_place(setting), *_air(setting)):
        if noise not in heard or level_db > heard[noise][0]:
            heard[noise] = (level_db, muffled)
    return heard


def _place(setting: Setting) -> Iterator[tuple[Part, bool]]:
    for piece in setting.pieces:
        inside = _INSIDE.get(piece, ()) if setting.interior else ()
        yield from ((part, False) for part in inside)
        yield from ((part, setting.interior) for part in _OUTSIDE.get(piece, ()))
    yield (noises.tone, -43.0 if setting.interior else -46.0), False


def _air(setting: Setting) -> Iterator[tuple[Part, bool]]:
    """Weather, and in still air what lives out there."""
    weather = _WEATHER_INSIDE if setting.interior else _WEATHER_OUTSIDE
    yield from ((part, False) for part in weather.get(setting.weather, ()))
    if setting.interior:
        return
    if setting.weather in _STILL:
        yield from ((part, False) for part in _life(setting))
    if setting.weather is Weather.FOG and _WATERSIDE & {*setting.pieces}:
        yield (noises.foghorn, -36.0), False


def _life(setting: Setting) -> Iterator[Part]:
    pieces, time = {*setting.pieces}, setting.time
    if pieces & _WATERSIDE and time in {TimeOfDay.DAY, TimeOfDay.DAWN}:
        yield noises.gulls, -38.0
    if pieces & _COUNTRY and time is not TimeOfDay.NIGHT:
        yield noises.birds, {TimeOfDay.DAWN: -36.0, TimeOfDay.DAY: -38.0}.get(time, -43.0)
    if pieces & _COUNTRY and time in {TimeOfDay.DUSK, TimeOfDay.NIGHT}:
        yield noises.insects, {TimeOfDay.DUSK: -47.0}.get(time, -41.0)
