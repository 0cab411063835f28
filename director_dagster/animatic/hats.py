"""Hats, hoods and headscarves, around a head 100 units high that looks right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from director_dagster.animatic.complexion import Tones, modelled
from director_dagster.animatic.ink import Point, brush, fill, line, mass, smooth
from director_dagster.animatic.palette import lighter, mix
from director_dagster.story.shot import Look

if TYPE_CHECKING:
    from director_dagster.animatic.faces import View

BACK, FRONT = "back", "front"


def behind(look: Look, colours: Tones, view: "View") -> str:
    """The inside of a hood, behind the head."""
    if look.hat != "hood" or view == BACK:
        return ""
    inside = [(-30, -44), (8, -56), (36, -34), (40, 10), (30, 50), (0, 66), (-30, 50), (-40, 0)]
    return mass(inside, mix(colours.coat, colours.ink, 0.5))


def hat(look: Look, colours: Tones, view: "View") -> str:
    """The hat, hood or headscarf, or nothing."""
    if look.hat == "hood":
        return _hood(colours, view, 64.0 if look.age == "child" else 84.0)
    kinds = {"cap": _cap, "brim": _brim, "scarf": _headscarf}
    return kinds[look.hat](colours, view) if look.hat in kinds else ""


def _cap(colours: Tones, view: "View") -> str:
    cloth, dark = colours.accent, mix(colours.accent, colours.ink, 0.4)
    turned = view == "three-quarter"
    crown = [(-46, -22), (-46, -44), (-30, -62), (0, -68), (30, -60), (42, -42), (39, -26), (0, -29)]
    band = "M-44 -21C-24 -31 14 -34 39 -28L38 -19C12 -26 -22 -22 -43 -11Z"
    peak = "M-8 -23.5C10 -30 30 -33 39.5 -27.5C50 -26 60 -20 63 -12.5C52 -17 26 -21 -8 -23.5Z"
    shadow = "M-18 -22C6 -23 26 -20 33 -18L32 -11C22 -14.5 0 -15 -18 -14Z"
    if not turned:
        crown = [(-41, -24), (-46, -42), (-32, -60), (0, -66), (32, -60), (46, -42), (41, -24), (0, -30)]
        band = "M-39 -25C-20 -33 20 -33 39 -25L38 -15C20 -24 -20 -24 -38 -15Z"
        peak = "M-27 -25C-12 -30 12 -30 27 -25C31 -14 15 -12 0 -12C-15 -12 -31 -14 -27 -25Z"
        shadow = "M-27 -14C-12 -11 12 -11 27 -14L25 -7C10 -8 -10 -8 -25 -7Z"
    seams = line("M-6 -66Q-14 -48 -12 -30", dark, 1.5, 0.6) + line("M22 -62Q24 -46 18 -32", dark, 1.5, 0.4)
    body = modelled("cap", smooth(crown), cloth, colours, lit=0.28) + seams + fill(band, dark)
    if view == BACK:
        return body
    edge = line("M-6 -23.3C26 -21 52 -17 62 -13", mix(dark, colours.ink, 0.7), 1.4, 0.8) if turned else ""
    return fill(shadow, colours.deep, 0.4) + body + fill(peak, mix(cloth, colours.ink, 0.55)) + edge


def _brim(colours: Tones, view: "View") -> str:
    felt = mix(colours.coat, colours.ink, 0.35)
    crown = "M-34 -26C-36 -52 -30 -70 -14 -72C-4 -73 2 -68 10 -71C24 -72 30 -52 31 -30Z"
    band = "M-35 -36C-14 -44 12 -45 32 -40L32 -29C10 -36 -14 -35 -35 -25Z"
    brim = "M-64 -18C-52 -36 -20 -40 2 -40C26 -40 50 -36 58 -24C50 -27 36 -28 22 -27C-8 -26 -34 -24 -64 -18Z"
    if view != "three-quarter":
        brim = "M-62 -22C-46 -38 -22 -40 0 -40C22 -40 46 -38 62 -22C44 -24 22 -20 0 -20C-22 -20 -44 -24 -62 -22Z"
    shade = (
        ""
        if view == BACK
        else fill(
            "M-24 -18C-8 -25 16 -27 32 -24C33 -18 31 -14 30 -9C10 -14 -10 -12 -22 -6Z"
            if view == "three-quarter"
            else "M-31 -22C-12 -22 12 -22 31 -22L31 -8C12 -12 -12 -12 -31 -8Z",
            colours.ink,
            0.45,
        )
    )
    return shade + fill(crown, felt) + fill(band, colours.accent) + fill(brim, mix(felt, colours.ink, 0.2))


@dataclass(frozen=True, kw_only=True)
class _Hood:
    """A hood seen from one side: its edge over the head, the opening for the face, the folds of its cloth."""

    head: tuple[Point, ...]
    opening: tuple[Point, ...] = ()
    folds: tuple[tuple[Point, ...], ...] = ()


_HOODS = {
    "three-quarter": _Hood(
        head=((-54, 14), (-53, -26), (-37, -58), (-6, -71), (24, -64), (42, -46), (47, -18), (46, 12), (41, 38)),
        opening=((7, -38), (26, -33), (38, -14), (41, 10), (38, 30), (26, 46), (8, 52), (-12, 47), (-26, 30),
                 (-31, 6), (-26, -18), (-11, -34)),
        folds=(((-36, -44), (-47, -6), (-39, 44)), ((-22, -56), (-40, -10), (-34, 36))),
    ),
    FRONT: _Hood(
        head=((-47, 10), (-45, -32), (-24, -62), (0, -70), (24, -62), (45, -32), (47, 10)),
        opening=((0, -38), (22, -33), (35, -14), (38, 10), (31, 36), (15, 50), (0, 53), (-15, 50), (-31, 36),
                 (-38, 10), (-35, -14), (-22, -33)),
        folds=(((-38, -34), (-44, 6), (-37, 46)), ((38, -34), (44, 6), (37, 46))),
    ),
    BACK: _Hood(
        head=((-47, 6), (-45, -30), (-24, -60), (4, -68), (28, -58), (45, -30), (47, 6)),
        folds=(((-30, -40), (-38, 0), (-30, 44)), ((2, -60), (6, -20), (2, 30)), ((30, -36), (37, 4), (28, 46))),
    ),
}  # fmt: skip


def _hood(colours: Tones, view: "View", low: float) -> str:
    """A soft hood that lies on the shoulders at `low`, open in an oval around the face."""
    hood, cloth = _HOODS[view], colours.coat
    outer = smooth([(-58, low + 15), (-44, low - 14), *hood.head, (40, low - 14), (54, low + 13), (0, low + 26)])
    # Drawn the other way round than the hood, the opening is a hole in it.
    edge = smooth(hood.opening[::-1]) if hood.opening else ""
    body = modelled("hood", outer + edge, cloth, colours)
    collar = ((-40, low - 11), (0, low + 6), (38, low - 11))
    dark = mix(cloth, colours.ink, 0.45)
    lying = "".join(fill(brush(fold, 3), dark, 0.4) for fold in (*hood.folds, collar))
    if not edge:
        return body + lying
    return line(edge, colours.deep, 9, 0.22) + body + lying + line(edge, mix(colours.accent, cloth, 0.35), 3.2)


def _headscarf(colours: Tones, view: "View") -> str:
    cloth, dark = colours.accent, mix(colours.accent, colours.ink, 0.35)
    if view == BACK:
        back = [(0, -56), (34, -42), (42, -8), (30, 40), (8, 74), (0, 84), (-8, 74), (-30, 40), (-42, -8), (-34, -42)]
        return mass(back, cloth) + line("M-30 -20Q0 10 30 -20M-28 10Q0 36 28 10", dark, 2, 0.6)
    if view == FRONT:
        shape = (
            "M-24 56C-40 30 -44 -20 -34 -40C-22 -60 22 -60 34 -40C44 -20 40 30 24 56C14 62 -14 62 -24 56"
            "ZM-26 20C-24 34 -12 50 0 50C12 50 24 34 26 20C32 -8 26 -36 0 -38C-26 -36 -32 -8 -26 20Z"
        )
        knot = "M-10 54L10 54L16 76L0 66L-16 76Z"
    else:
        shape = (
            "M4 60C-14 60 -30 48 -38 30C-52 10 -54 -28 -38 -46C-20 -62 20 -62 34 -42C37 -36 36 -30 34 -24"
            "C28 -36 12 -40 -4 -34C-20 -24 -24 -6 -22 10C-18 30 -6 46 6 50C12 53 10 60 4 60Z"
        )
        knot = "M-2 52L10 50L18 72L6 66L-6 76Z"
    folds = line("M-30 -40Q-46 -10 -32 26M-16 -50Q-34 -24 -28 10", dark, 1.8, 0.7)
    body = f'<path d="{shape}" fill="{cloth}" fill-rule="evenodd"/>'
    return body + folds + fill(knot, lighter(cloth, -0.06))
