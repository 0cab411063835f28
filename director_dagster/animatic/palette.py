"""The colours of a place at a time and in a weather, mixed in OKLab."""

from dataclasses import dataclass, replace

from director_dagster.story.shot import Setting, TimeOfDay, Weather

Lab = tuple[float, float, float]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    channel = min(max(channel, 0.0), 1.0)
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def to_lab(colour: str) -> Lab:
    """`colour` (``#rrggbb``) in OKLab (Ottosson, "A perceptual color space for image processing", 2020)."""
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def to_hex(lab: Lab) -> str:
    """An OKLab colour as ``#rrggbb``, clipped to what a screen shows."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(channel) * 255):02x}" for channel in channels)


def mix(first: str, second: str, share: float) -> str:
    """`first` with `share` (0 … 1) of `second`, in OKLab."""
    a, b = to_lab(first), to_lab(second)
    return to_hex((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share))


def grey(colour: str, share: float) -> str:
    """`colour` with `share` of its chroma taken away."""
    lightness, a, b = to_lab(colour)
    return to_hex((lightness, a * (1 - share), b * (1 - share)))


def lighter(colour: str, by: float) -> str:
    """`colour` with its OKLab lightness changed by `by` (−1 … 1)."""
    lightness, a, b = to_lab(colour)
    return to_hex((min(max(lightness + by, 0.0), 1.0), a, b))


@dataclass(frozen=True, kw_only=True)
class Palette:
    """What everything in a picture is coloured with.

    Attributes:
        top, low: The sky overhead and at the horizon.
        haze: What distance fades into.
        light: The colour of sun or moon, and of the rim it puts on figures.
        key: The colour of the light on faces.
        lamp: The colour of lamps and fires.
        ink: The darkest tone.
        paper: The lightest tone.
        ground: Earth and floors before their own colour.
        ambient: How much of a thing's own colour is seen, 0 … 1.
        bright: How strongly sun or moon strikes, 0 … 1.
        lamps: Whether lamps and windows are lit.
    """

    top: str
    low: str
    haze: str
    light: str
    key: str
    lamp: str
    ink: str
    paper: str
    ground: str
    ambient: float
    bright: float
    lamps: bool

    def tone(self, colour: str, near: float = 1.0) -> str:
        """A thing's own `colour` in this light, `near` 1 … far 0."""
        return mix(mix(mix(self.ink, self.haze, 0.22), colour, self.ambient), self.haze, (1 - near) * 0.9)

    def keyed(self, colour: str) -> str:
        """What the camera's own light falls on (skin, a thing shown close): tinted by the hour, never lost in it."""
        tinted = mix(colour, self.key, 0.10 + 0.12 * self.bright)
        return mix(mix(self.ink, self.haze, 0.25), tinted, 0.44 + 0.52 * self.ambient)

    def close(self) -> "Palette":
        """The same for a thing shown close, which gets light enough to be read."""
        return replace(self, ambient=0.5 + 0.5 * self.ambient, ink=mix(self.ink, self.key, 0.06))

    def vivid(self, colour: str) -> str:
        """An accent: as `tone`, but it keeps more of itself, so that it is found at night."""
        return mix(self.ink, colour, min(1.0, self.ambient * 0.55 + 0.42))


_CLEAR = {
    TimeOfDay.DAY: Palette(
        top="#8fbbd6",
        low="#fbf5e6",
        haze="#dfe7e4",
        light="#fff3cf",
        key="#fff3cf",
        lamp="#ffd27a",
        ink="#262b36",
        paper="#fdf8ec",
        ground="#cdb98f",
        ambient=0.92,
        bright=0.8,
        lamps=False,
    ),
    TimeOfDay.DAWN: Palette(
        top="#4a6d9c",
        low="#ffc7a0",
        haze="#a9b3c8",
        light="#ffd3a6",
        key="#ffd9b4",
        lamp="#ffc069",
        ink="#18233a",
        paper="#f7e9dc",
        ground="#7d8597",
        ambient=0.58,
        bright=0.9,
        lamps=False,
    ),
    TimeOfDay.DUSK: Palette(
        top="#43306e",
        low="#ff9a3d",
        haze="#a2607a",
        light="#ffab52",
        key="#ffb868",
        lamp="#ffb44a",
        ink="#1c1029",
        paper="#f8dfc0",
        ground="#6b4558",
        ambient=0.46,
        bright=1.0,
        lamps=True,
    ),
    TimeOfDay.NIGHT: Palette(
        top="#081129",
        low="#284a80",
        haze="#1d3765",
        light="#bcd2f5",
        key="#d9c9b4",
        lamp="#ffae45",
        ink="#050916",
        paper="#cfdcf2",
        ground="#1d2f55",
        ambient=0.34,
        bright=0.6,
        lamps=True,
    ),
}

# Towards which colour a weather pulls sky and haze, how far, and what is left of the sun.
_WEATHER = {
    Weather.RAIN: ("#77828c", 0.62, 0.2),
    Weather.SNOW: ("#c3ccd6", 0.60, 0.4),
    Weather.FOG: ("#c9cfd0", 0.72, 0.25),
    Weather.STORM: ("#343c49", 0.80, 0.15),
    Weather.WIND: ("#a9b4b8", 0.25, 0.8),
}

# A weather's grey as each time of day shows it: how much of the time's own horizon it takes on.
_TINT = {TimeOfDay.DAY: 0.0, TimeOfDay.DAWN: 0.42, TimeOfDay.DUSK: 0.50, TimeOfDay.NIGHT: 0.90}


def outdoors(time: TimeOfDay, weather: Weather) -> Palette:
    """The palette of the open sky."""
    clear = _CLEAR[time]
    if weather is Weather.CLEAR:
        return clear
    pull, share, sun = _WEATHER[weather]
    veil = mix(pull, mix(clear.low, clear.top, 0.5), _TINT[time])
    ground = mix(clear.ground, clear.paper, 0.75) if weather is Weather.SNOW else mix(clear.ground, veil, share * 0.4)
    return Palette(
        top=mix(clear.top, lighter(veil, -0.12 if weather is Weather.STORM else -0.03), share),
        low=mix(clear.low, lighter(veil, -0.04 if weather is Weather.STORM else 0.05), share * 0.8),
        haze=mix(clear.haze, veil, share),
        light=mix(clear.light, veil, share * 0.4),
        key=mix(clear.key, veil, share * 0.3),
        lamp=clear.lamp,
        ink=mix(clear.ink, veil, 0.08 if weather is Weather.FOG else 0.0),
        paper=clear.paper,
        ground=ground,
        ambient=clear.ambient * (0.8 if weather is Weather.STORM else 0.92),
        bright=clear.bright * sun,
        lamps=clear.lamps or weather is Weather.STORM,
    )


def indoors(time: TimeOfDay, weather: Weather) -> Palette:
    """The palette of a room: walls take the place of the sky, the window or a lamp decides."""
    sky = outdoors(time, weather)
    wall = {
        TimeOfDay.DAY: ("#f3e9d2", "#fdf6e6", 0.90),
        TimeOfDay.DAWN: ("#8590a8", "#c9b4ac", 0.60),
        TimeOfDay.DUSK: ("#70465a", "#c27a4e", 0.56),
        TimeOfDay.NIGHT: ("#221d31", "#4c3b35", 0.52),
    }[time]
    return Palette(
        top=wall[0],
        low=wall[1],
        haze=mix(wall[0], wall[1], 0.4),
        light=sky.light,
        key=mix(sky.key, sky.lamp, 0.8 if sky.lamps else 0.0),
        lamp=sky.lamp,
        ink=sky.ink,
        paper=sky.paper,
        ground=mix(wall[0], "#6b4a2f", 0.55),
        ambient=wall[2],
        bright=sky.bright,
        lamps=time in (TimeOfDay.DUSK, TimeOfDay.NIGHT) or weather is Weather.STORM,
    )


def of(setting: Setting) -> Palette:
    """The palette of `setting`."""
    return (indoors if setting.interior else outdoors)(setting.time, setting.weather)
