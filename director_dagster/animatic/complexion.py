"""A person's colours in the light they stand in, and what the page leaves open of a face."""

import random
from dataclasses import dataclass, replace

from director_dagster.animatic.ink import across, fill
from director_dagster.animatic.palette import Palette, lighter, mix, to_lab
from director_dagster.story.shot import Look

_DARK_SKIN = 0.62
"""OKLab lightness below which eyes are brown unless the page says otherwise."""

_BROWN, _ANY = ("#3d2a1e", "#4a3020", "#54381f"), ("#4a3526", "#3d5a5c", "#55603a", "#37485f", "#5d4630")


@dataclass(frozen=True, kw_only=True)
class Tones:
    """A person's colours in the light they stand in.

    Attributes:
        palette: The light itself.
        front: Whether the light comes from where the person looks.
    """

    palette: Palette
    front: bool
    skin: str
    shade: str
    deep: str
    lip: str
    ink: str
    hair: str
    hair_light: str
    white: str
    accent: str
    coat: str


def tones(look: Look, palette: Palette, *, front: bool) -> Tones:
    """The colours of `look` under `palette`; `front`: the light comes from where the person looks."""
    skin = mix(palette.keyed(look.skin), palette.key, 0.16 * (1 - palette.ambient))
    shadow = mix(mix(palette.ink, palette.haze, 0.15), look.skin, palette.ambient * 0.42 + 0.12)
    hair = mix(palette.tone(look.hair_colour), palette.keyed(look.hair_colour), 0.4)
    red = {"child": 0.26, "old": 0.24}.get(look.age, 0.42 if look.presents == "female" else 0.28)
    return Tones(
        palette=palette,
        front=front,
        skin=skin,
        shade=mix(skin, shadow, 0.42),
        deep=mix(shadow, palette.ink, 0.35),
        lip=mix(skin, palette.keyed("#b4544c"), red),
        ink=mix(palette.ink, look.skin, 0.05),
        hair=hair,
        hair_light=lighter(hair, 0.07),
        white=mix(palette.keyed("#f4ece0"), skin, 0.14),
        accent=palette.vivid(look.accent),
        coat=mix(palette.tone(look.coat_colour), palette.keyed(look.coat_colour), 0.3),
    )


def turned_away(colours: Tones, share: float) -> Tones:
    """`colours` with `share` of ink in them: of one who stands with his back to us, between us and the light."""

    def darker(colour: str) -> str:
        return mix(colour, colours.ink, share)

    return replace(
        colours, palette=replace(colours.palette, key=mix(colours.palette.key, colours.ink, 0.5)),
        skin=darker(colours.skin), shade=darker(colours.shade), hair=darker(colours.hair),
        hair_light=darker(colours.hair_light), accent=darker(colours.accent), coat=darker(colours.coat),
    )  # fmt: skip


def modelled(name: str, data: str, colour: str, colours: Tones, *, away: str = "", lit: float = 0.22) -> str:
    """The shape `data`, round: `lit` of the key's colour where the light is, `away` (else some ink) on the other side.

    `name` must be the only one of its kind in the figure.
    """
    key = colours.palette.key
    away, near = away or mix(colour, colours.ink, 0.26), mix(colour, key, lit)
    stops = [(0.0, away), (0.36, mix(colour, away, 0.3)), (0.68, colour), (0.93, near), (1.0, mix(near, key, lit))]
    if not colours.front:
        stops = [(1 - share, tone) for share, tone in reversed(stops)]
    return across(name, [(share, tone, 1.0) for share, tone in stops]) + fill(data, f"url(#{name})")


@dataclass(frozen=True, kw_only=True)
class Features:
    """A face: factors around 1; `mood` lifts the inner ends of the brows (or lowers them), in units."""

    nose: float
    jaw: float
    eyes: float
    brow: float
    lips: float
    mood: float
    iris: str


def features(look: Look) -> Features:
    """The face of `look`; the same for the same seed."""
    chance = random.Random(f"face {look.seed}")
    child, woman = look.age == "child", look.presents == "female"
    return Features(
        nose=chance.uniform(0.86, 1.16) * (0.6 if child else 0.9 if woman else 1.08),
        jaw=chance.uniform(0.94, 1.05) * (0.94 if woman or child else 1.04),
        eyes=chance.uniform(0.94, 1.06) * (1.0 if child else 1.05 if woman else 0.95),
        brow=chance.uniform(0.85, 1.15) * (0.62 if child else 0.8 if woman else 1.2),
        lips=chance.uniform(0.9, 1.15) * {"child": 0.8, "old": 0.6}.get(look.age, 1.2 if woman else 0.9),
        mood=chance.uniform(-0.5, 2.2),
        iris=chance.choice(_BROWN if to_lab(look.skin)[0] < _DARK_SKIN else _ANY),
    )
