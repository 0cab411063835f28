"""A drawn frame as a value: layers of SVG at depths, each with what moves it; it travels inside its own PNG."""

import io
import json
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, PngImagePlugin
from pydantic import ValidationError

from director_dagster.story import wire
from director_dagster.story.shot import Size, TimeOfDay, Weather

Box = tuple[float, float, float, float]

CHUNK = "director:drawing"

HEIGHT = 1000.0
"""A frame is this high in the units of a drawing; its width follows from its shape."""

BLEED = 0.11
"""How far layers are drawn beyond each edge of the frame, as a share of its sides: room for the camera to move."""

# A drawing has some 100 kB; Pillow refuses text of more than 1 MiB.
_LONGEST_TEXT = 1_000_000


class Blend(StrEnum):
    """How a layer lies on what is behind it."""

    OVER = "over"
    LIGHT = "light"
    SHADE = "shade"


class Sway(StrEnum):
    """What moves a layer, beside the camera."""

    STILL = "still"
    BREATHE = "breathe"
    BEND = "bend"
    SWELL = "swell"
    DRIFT = "drift"
    FLICKER = "flicker"
    BEAM = "beam"
    RISE = "rise"
    STEP = "step"
    MOUTH = "mouth"
    BLINK = "blink"
    SWING = "swing"
    RUSH = "rush"
    ROCK = "rock"
    FALL = "fall"
    FLASH = "flash"

    @property
    def in_units(self) -> bool:
        """Whether its amount is a length, which grows as the camera comes nearer."""
        return self in {Sway.BEND, Sway.SWELL, Sway.DRIFT, Sway.RISE, Sway.STEP, Sway.RUSH, Sway.FALL}


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How a layer moves: by `amount` (units, degrees or a share, as the kind has it), once in `period_s`."""

    kind: Sway = Sway.STILL
    amount: float = 0.0
    period_s: float = 4.0
    phase: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)


STILL = Motion()


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One sheet of the stack.

    Attributes:
        name: What it shows.
        depth: 0 infinitely far … 1 where the figures stand … 2 at the lens: how much the camera's move moves it.
        cels: SVG fragments in units; more than one where it is animated, the first being how it rests.
        box: Outside of it nothing is drawn; None: anywhere.
        detail: Share of full resolution that it needs; soft things need little.
        blur: Out-of-focus radius in units.
        wash: How strongly the paper shows in it, 0 … 1.
        rim: How strongly light strikes its edge, 0 … 1.
        blend: How it lies on what is behind it.
        motion: What moves it.
        actor: The character it belongs to, or empty.
    """

    name: str
    depth: float
    cels: tuple[str, ...]
    box: Box | None = None
    detail: float = 1.0
    blur: float = 0.0
    wash: float = 0.0
    rim: float = 0.0
    blend: Blend = Blend.OVER
    motion: Motion = STILL
    actor: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A whole frame.

    Attributes:
        size: In pixels.
        layers: Back to front.
        interior: Whether weather stays outside of it.
        time: Time of day.
        weather: Weather.
        light: The colour that strikes edges.
        light_from: −1 from the left … 1 from the right.
        fog: The colour of veils.
        vignette: How much darker the corners are, 0 … 1.
        near: How near the camera is, 1 (wide) … 3: near, rain is larger.
        seed: For grain, gusts and the like.
        caption: Words on the picture, or None.
    """

    size: Size
    layers: tuple[Layer, ...]
    interior: bool
    time: TimeOfDay
    weather: Weather
    light: str
    light_from: float
    fog: str
    vignette: float
    near: float
    seed: int
    caption: str | None = None

    @property
    def width(self) -> float:
        """The frame's width in units."""
        return width_of(self.size)


def width_of(size: Size) -> float:
    """The width, in units, of a frame of `size`."""
    return HEIGHT * size.width_px / size.height_px


def bleed_box(size: Size) -> Box:
    """What a layer may cover at most, in units."""
    width = width_of(size)
    return (-BLEED * width, -BLEED * HEIGHT, (1 + BLEED) * width, (1 + BLEED) * HEIGHT)


def to_png(drawing: Drawing, image: Image.Image) -> bytes:
    """`image` as PNG that carries `drawing`."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(CHUNK, wire.canonical(wire.dump(drawing)).decode(), zip=True)
    stream = io.BytesIO()
    image.save(stream, "PNG", pnginfo=info, compress_level=4)
    return stream.getvalue()


def read(png: bytes) -> Drawing | None:
    """The drawing that `png` carries; None for any other picture.

    A drawing that we cannot have made (it does not parse, or refers to something outside of itself) is no drawing.
    """
    try:
        with Image.open(io.BytesIO(png)) as image:
            text = image.text.get(CHUNK) if isinstance(image, PngImagePlugin.PngImageFile) else None
    except (OSError, ValueError, SyntaxError):
        return None
    if text is None or len(text) > _LONGEST_TEXT or "href" in text or "<!" in text:
        return None
    try:
        return wire.load(Drawing, json.loads(text))
    except (ValidationError, json.JSONDecodeError):
        return None
