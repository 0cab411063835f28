"""How a voice sounds where it is spoken: the room around it, and whether it comes from the picture."""

from dataclasses import dataclass
from functools import cache

from director_dagster.media import filters, sound
from director_dagster.media.excerpt import Excerpt
from director_dagster.media.sound import Samples
from director_dagster.story.shot import Channel, Setting


@dataclass(frozen=True)
class Echo:
    """A room's echo: how long until it is 60 dB down, how loud against the direct sound, how bright."""

    seconds: float
    level_db: float
    bright_hz: float


_OUTSIDE = Echo(0.25, -26.0, 2500.0)
_ROOM = Echo(0.35, -15.0, 3000.0)
# The longest first: a chapel in a corridor rings as a church does.
_INSIDE = {
    "church": Echo(2.6, -9.0, 2200.0),
    "cave": Echo(2.0, -9.0, 1800.0),
    "station": Echo(1.6, -13.0, 2500.0),
    "cellar": Echo(0.9, -11.0, 1800.0),
    "stage": Echo(1.1, -14.0, 3000.0),
    "stairs": Echo(1.0, -12.0, 3200.0),
    "corridor": Echo(0.8, -12.0, 3000.0),
    "library": Echo(0.6, -16.0, 2500.0),
    "lamp-room": Echo(0.6, -13.0, 4000.0),
    "cabin": Echo(0.22, -14.0, 2200.0),
    "car": Echo(0.12, -15.0, 1800.0),
}
_NARRATED = Echo(0.9, -21.0, 4000.0)

_OFF = {90.0: -60.0, 220.0: -3.0, 500.0: 0.0, 3000.0: -1.0, 4500.0: -9.0, 9000.0: -40.0}
_OVER = {60.0: -60.0, 110.0: 0.0, 250.0: 1.0, 7000.0: 0.0, 11_000.0: -6.0, 16_000.0: -30.0}


def place(samples: Samples, start_s: float, channel: Channel, room: Setting | None) -> Excerpt:
    """The line `samples` as it is heard in the film, in the centre, at its place; its echo goes on after it."""
    echo, direct = echo_of(room), sound.mono(samples)
    if channel is Channel.VOICE_OVER:
        direct, echo = filters.equalise(direct, _OVER), _NARRATED
    elif channel is Channel.OFF_SCREEN:
        # From elsewhere: more of the room than of the voice.
        direct = filters.equalise(direct, _OFF) * sound.gain(-2.0)
        echo = Echo(echo.seconds + 0.4, max(echo.level_db + 4.0, -12.0), echo.bright_hz)
    return Excerpt(samples=_in_room(direct, echo), start=sound.frames(start_s))


def echo_of(room: Setting | None) -> Echo:
    """The echo of a place: inside, that of its most telling set piece or of an ordinary room."""
    if room is None:
        return _NARRATED
    if not room.interior:
        return _OUTSIDE
    return next((echo for piece, echo in _INSIDE.items() if piece in room.pieces), _ROOM)


def _in_room(direct: Samples, echo: Echo) -> Samples:
    heard = filters.convolve(direct, _impulse(echo)) * sound.gain(echo.level_db)
    heard[: len(direct)] += direct
    return heard


@cache
def _impulse(echo: Echo) -> Samples:
    return filters.room(echo.seconds, bright_hz=echo.bright_hz, seed=7)
