"""Heads: three-quarter, from the front and from behind, 100 units high around 0, 0, looking right."""

from dataclasses import dataclass
from enum import StrEnum

from director_dagster.animatic import features, hair, hats
from director_dagster.animatic.complexion import Features, Tones, modelled
from director_dagster.animatic.complexion import features as features_of
from director_dagster.animatic.features import MOUTH_STEPS
from director_dagster.animatic.ink import fill, group, line
from director_dagster.animatic.palette import mix
from director_dagster.story.shot import Look


class View(StrEnum):
    """From where a head is seen."""

    THREE_QUARTER = "three-quarter"
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, kw_only=True)
class Head:
    """A head in parts that move on their own, back to front; mouth and eyes have a cel for each state.

    Attributes:
        behind: What of hair or hood hangs behind the body.
        base: Neck, skull, face without what moves.
        mouths: Closed to wide open, as `MOUTH_STEPS`, with the brows that rise with the voice.
        lids: Eyes open, eyes closed.
        front: What lies over eyes and mouth and over what is worn at the neck: hair, beard, glasses, hat.
    """

    behind: str
    base: str
    mouths: tuple[str, ...]
    lids: tuple[str, ...]
    front: str


def head(look: Look, colours: Tones, view: View, *, mirrored: bool, detailed: bool) -> Head:
    """The head of `look`; `mirrored`: it will be shown mirrored; not `detailed`: to be seen small."""
    behind = hats.behind(look, colours, view) + hair.behind(look, colours, view)
    over = hair.over(look, colours, view, mirrored=mirrored)
    hat = hats.hat(look, colours, view)
    if view is View.BACK:
        base = _neck_back(look, colours) + _skull_back(look, colours)
        return Head(behind="", base=base, mouths=("",), lids=("",), front=behind + over + hat)
    turned, face = view is View.THREE_QUARTER, features_of(look)
    where = features.plan(look, face, turned=turned)
    skull = _three_quarter(look, face, colours) if turned else _front(look, face, colours)
    hanging = hair.beneath(look, colours, view, mirrored=mirrored)
    parts = [hanging, skull, features.nose(colours, where, child=look.age == "child")]
    if detailed:
        parts.append(features.lines_of_age(look, colours, where))
    return Head(
        behind=behind,
        base=group(parts),
        mouths=tuple(
            features.brows(colours, face, where, step) + features.mouth(colours, face, where, step)
            for step in MOUTH_STEPS
        ),
        lids=tuple(features.eyes(colours, face, where, closed=closed) for closed in (0, 1)),
        front=hair.beard(look, colours, view) + over + hair.glasses(look, colours, view) + hat,
    )


def _three_quarter(look: Look, face: Features, colours: Tones) -> str:
    ear = _ear(colours, -26.5, 7.0 if look.age == "child" else 0.0)
    return (
        _neck(look, colours)
        + ear
        + modelled("skin", _outline(look, face), colours.skin, colours, away=colours.shade, lit=0.2)
    )


def _outline(look: Look, face: Features) -> str:
    j, old = face.jaw, 1.5 if look.age == "old" else 0.0
    if look.age == "child":
        return (
            "M-4 -52C18 -54 37 -40 37.5 -18C37.5 -8 36 -2 36 6C36.5 12 40 17 38.5 26C36.5 36 29 42 21 46"
            "C14 49 2 49 -6 46C-20 41 -30 33 -32.5 20C-33 12 -31 6 -30 2C-46 -8 -48 -34 -34 -45C-26 -52 -14 -52 -4 -52Z"
        )
    return (
        "M-6 -50C14 -52 31 -41 32.5 -25C33 -17 30.5 -12 30 -8"
        f"C29.3 -3 {33 - old:.1f} 3 {32.5 - old:.1f} 10C{31.5 - old:.1f} 18 {28.5 - old:.1f} 24 {27 - old:.1f} 30"
        f"C26.5 35 {25 * j:.1f} 40 {22 * j:.1f} 45C{18 * j:.1f} {51 * j:.1f} {9 * j:.1f} {52.5 * j:.1f} 3 {49 * j:.1f}"
        f"C{-8 * j:.1f} {44 * j:.1f} {-20 * j:.1f} {37 * j:.1f} {-24.5 * j:.1f} 25C-27 17 -28 8 -28 0"
        "C-44 -8 -46 -30 -34 -42C-26 -50 -14 -50 -6 -50Z"
    )


def _wide_neck(look: Look) -> float:
    return {"female": 0.86, "male": 1.08}.get(look.presents, 1.0) * (0.88 if look.age == "child" else 1.0)


def _neck(look: Look, colours: Tones) -> str:
    """From behind the jaw down and a little back, in the jaw's shadow at its top."""
    wide = _wide_neck(look)
    left, right, low = -23 * wide, 12 * wide, _throat(look)
    body = (
        f"M-36 2C-30 24 {left - 1:.1f} 34 {left:.1f} 48C{left:.1f} 60 {left - 1:.1f} {low - 14} {left - 8:.1f} {low}"
        f"Q{left + 16:.1f} {low + 22} {right + 8:.1f} {low}"
        f"C{right - 1:.1f} {low - 14} {right:.1f} 58 {right + 2:.1f} 34Z"
    )
    under = (
        f"M{left:.1f} 20C-14 44 0 50 {right + 2:.1f} 42C{right + 1:.1f} 54 {right:.1f} 60 {right:.1f} 62"
        f"C2 66 -14 60 {left:.1f} 42Z"
    )
    return fill(body, colours.shade) + fill(under, colours.deep, 0.45)


def _ear(colours: Tones, x: float, y: float) -> str:
    shape = "M2 -9C-7 -13 -9 -3 -5 3C-4 8 -1 12 3 10Z"
    inner = line("M-1 -6C-5 -6 -5 0 -1 4", colours.deep, 1.4, 0.5)
    return group([fill(shape, mix(colours.skin, colours.shade, 0.6)), inner], f"translate({x} {y})")


def _both_ears(colours: Tones, x: float, y: float) -> str:
    ear = _ear(colours, x, y)
    return ear + group([ear], "scale(-1 1)")


def _front(look: Look, face: Features, colours: Tones) -> str:
    child = look.age == "child"
    j = face.jaw * (1.15 if child else 1.0)
    cheek = 34.0 if child else 29.5
    shape = (
        f"M0 -50C19 -50 31 -40 32 -22C33 -10 {cheek} 2 {cheek} 15C{cheek - 3} 28 {20 * j:.1f} 39 {12 * j:.1f} 46"
        f"C8 50.5 -8 50.5 {-12 * j:.1f} 46C{-20 * j:.1f} 39 {3 - cheek} 28 {-cheek} 15C{-cheek} 2 -33 -10 -32 -22"
        "C-31 -40 -19 -50 0 -50Z"
    )
    w = 17 * _wide_neck(look)
    neck = _neck_back(look, colours)
    neck += fill(f"M{-w:.1f} 36C-8 54 8 54 {w:.1f} 36L{w:.1f} 54C8 64 -8 64 {-w:.1f} 54Z", colours.deep, 0.45)
    return (
        neck
        + _both_ears(colours, -29.5, 7.0 if child else 0.0)
        + modelled("skin", shape, colours.skin, colours, away=colours.shade, lit=0.2)
    )


def _neck_back(look: Look, colours: Tones) -> str:
    w, low = 17 * _wide_neck(look), _throat(look)
    left = f"M{-w:.1f} 24L{-w:.1f} {low - 26}C{-w:.1f} {low - 12} {-w - 6:.1f} {low - 6} {-w - 12:.1f} {low}"
    right = f"Q0 {low + 22} {w + 12:.1f} {low}C{w + 6:.1f} {low - 6} {w:.1f} {low - 12} {w:.1f} {low - 26}"
    return fill(f"{left}{right}L{w:.1f} 24Z", colours.shade)


def _throat(look: Look) -> float:
    """How far down a neck reaches, to where it goes under a collar."""
    return 64.0 if look.age == "child" else 90.0


def _skull_back(look: Look, colours: Tones) -> str:
    skull = (
        "M0 -50C22 -50 36 -38 36 -18C36 2 28 20 20 30C12 37 -12 37 -20 30C-28 20 -36 2 -36 -18C-36 -38 -22 -50 0 -50Z"
    )
    bald = look.hair == "bald"
    return _both_ears(colours, -37.0, 0.0) + modelled("skull", skull, colours.skin if bald else colours.hair, colours)
