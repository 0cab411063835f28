"""What figures wear and carry: coats that follow the joints, scarves, bags, lanterns; adults 200 units high."""

from dataclasses import replace

from director_dagster.animatic import arms
from director_dagster.animatic.arms import Sleeve
from director_dagster.animatic.bones import Bones
from director_dagster.animatic.complexion import Tones, modelled
from director_dagster.animatic.faces import View
from director_dagster.animatic.ink import (
    area,
    around,
    brush,
    ellipse,
    fill,
    limb,
    line,
    mass,
    poly,
    rect,
    smooth,
)
from director_dagster.animatic.palette import Palette, mix
from director_dagster.story.shot import Look

_BUILD = {"slim": 0.90, "medium": 1.0, "heavy": 1.24}
_HEM = {"coat": -44.0, "dress": -30.0, "robe": -7.0, "jacket": -96.0, "sweater": -98.0}
_FLARE = {"coat": 20.0, "dress": 27.0, "robe": 23.0, "jacket": 16.5, "sweater": 15.0}


def behind(look: Look, colours: Tones, frame: Bones, view: View) -> str:
    """What is behind the body: a seat, legs, the far arm."""
    palette = colours.palette
    parts = [_seat(palette) if frame.seated else ""]
    trousers = mix(palette.tone("#3a3a44"), colours.coat, 0.25)
    parts.append(_leg(look, frame, trousers, colours.ink, far=True))
    parts.append(_leg(look, frame, mix(trousers, palette.paper, 0.04), colours.ink, far=False))
    sleeve = Sleeve(wide=_width(look), cloth=mix(colours.coat, colours.ink, 0.26), hands=_hands(look))
    parts.append(arms.far(frame, sleeve, colours))
    if view is View.BACK:
        parts.append(arms.near(frame, sleeve, colours))
    return "".join(parts)


def body(look: Look, colours: Tones, frame: Bones, view: View) -> str:
    """Coat or dress, with what is drawn on it."""
    parts = [_lap(look, frame, colours.coat), modelled("coat", _outline(look, frame), colours.coat, colours)]
    parts.append(_shade(look, frame, colours.coat, colours.ink))
    parts.append(_cut(look, colours, frame, view))
    return "".join(parts)


def before(look: Look, colours: Tones, frame: Bones, view: View, *, mirrored: bool) -> str:
    """What lies over body and head: scarf or collar, bag, arms, the thing in hand; `mirrored`: to be shown so."""
    dark = mix(colours.accent, colours.ink, 0.4)
    parts = [_neckwear(look, frame, colours.accent, dark, view, mirrored=mirrored)]
    if look.accessory == "bag":
        parts.append(_bag(frame, colours.accent, colours.ink))
    if view is View.BACK:
        return "".join(parts)
    if look.accessory in {"lantern", "cane"}:
        parts.append(_carried(look, colours.palette, frame, colours.ink))
    sleeve = Sleeve(wide=_width(look), cloth=mix(colours.coat, colours.ink, 0.08), hands=_hands(look))
    if frame.crossed:
        parts.append(arms.far_forearm(frame, replace(sleeve, cloth=mix(colours.coat, colours.ink, 0.2)), colours))
    parts.append(arms.near(frame, sleeve, colours))
    return "".join(parts)


def _hands(look: Look) -> float:
    return 0.86 if look.presents == "female" or look.age == "child" else 1.0


def _width(look: Look) -> float:
    wide = _BUILD.get(look.build, 1.0) * {"female": 0.93, "male": 1.06}.get(look.presents, 1.0)
    return wide * (0.96 if look.age == "child" else 1.0)


def _outline(look: Look, frame: Bones) -> str:
    """The coat's edge: down the back, along the hem, up the front; its corners are sharp."""
    wide = _width(look)
    belly = 1.12 if look.build == "heavy" else 1.0
    waist = 0.86 if look.presents == "female" or look.coat == "dress" else 1.0
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    rows = [
        (1.10, 5.4), (1.02, 9.8), (0.94, 14.5), (0.84, 15.8), (0.55, 14.2 * belly), (0.24, 12.4 * waist * belly),
        (0.0, 14.6 * belly),
    ]  # fmt: skip
    left = [(hx + (sx - hx) * share - half * wide, hy + (sy - hy) * share) for share, half in rows]
    right = [(hx + (sx - hx) * share + half * wide, hy + (sy - hy) * share) for share, half in rows]
    if frame.seated:
        left, right = [*left, (hx - 15 * wide, hy + 6)], [*right, (hx + 16 * wide, hy + 6)]
    else:
        hem, flare, swing = (
            _HEM.get(look.coat, _HEM["coat"]),
            _FLARE.get(look.coat, _FLARE["coat"]) * (wide + 1) / 2,
            frame.hem_swing,
        )
        if hem > hy + 12:
            left.append((hx - flare * 0.88 + swing * 0.4, (hy + hem) / 2))
            right.append((hx + flare * 0.88 + swing * 0.4, (hy + hem) / 2))
        left.append((hx - flare + swing, hem))
        right.append((hx + flare + swing, hem))
    (ax, ay), (bx, by) = left[-1], right[-1]
    hem_line = f"Q{(ax + bx) / 2:.1f} {max(ay, by) + 5:.1f} {bx:.1f} {by:.1f}"
    return smooth(left, closed=False) + hem_line + _onward(smooth(right[::-1], closed=False)) + "Z"


def _onward(data: str) -> str:
    """Path data without the move that it begins with."""
    return data[data.index("C") :]


def _lap(look: Look, frame: Bones, cloth: str) -> str:
    """Thighs under cloth, and a skirt falling from the knees, of one who sits."""
    if not frame.seated:
        return ""
    (hx, hy), (kx, ky) = frame.hip, frame.near_knee
    thigh = limb([(hx, hy - 2), ((hx + kx) / 2, ky - 1), (kx, ky)], [14, 12, 9])
    if look.coat in {"dress", "robe", "coat"}:
        low = -22.0 if look.coat != "robe" else -8.0
        skirt = [
            (hx - 8, hy - 12),
            (kx - 4, ky - 10),
            (kx + 8, ky - 4),
            (kx + 4, low),
            (kx - 16, low + 2),
            (kx - 18, ky + 12),
            (hx, ky + 14),
        ]
        return fill(thigh, cloth) + mass(skirt, cloth)
    return ""


def _shade(look: Look, frame: Bones, cloth: str, ink: str) -> str:
    """Folds: few, long, from the shoulder down."""
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    wide = _width(look)
    dark = mix(cloth, ink, 0.42)
    hem = hy + 6 if frame.seated else _HEM.get(look.coat, _HEM["coat"]) - 2
    back = [(sx - 9 * wide, sy + 10), (hx - 10 * wide, (sy + hy) / 2), (hx - 9 * wide, hy), (hx - 13 * wide, hem)]
    front = [
        (sx + 12 * wide, sy + 16),
        (hx + 11 * wide, (sy + hy) / 2 + 8),
        (hx + 10 * wide, hy),
        (hx + 13 * wide, hem),
    ]
    folds = fill(brush(back, 5.5, ends=0.05), dark, 0.55) + fill(brush(front, 4, ends=0.05), dark, 0.4)
    if hem > hy + 20:
        for x, w in ((-5, 2.6), (4, 3.4), (11, 2.2)):
            folds += fill(
                brush([(hx + x * 0.6, hy + 4), (hx + x, (hy + hem) / 2), (hx + x * 1.35, hem)], w, ends=0.05),
                dark,
                0.55,
            )
    return folds


def _cut(look: Look, colours: Tones, frame: Bones, view: View) -> str:
    """Opening, lapels, buttons, belt: what tells a coat from a dress."""
    palette = colours.palette
    dark, light = mix(colours.coat, colours.ink, 0.5), mix(colours.coat, palette.paper, 0.16)
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    middle = 0.0 if view is not View.THREE_QUARTER else 5.0
    if view is View.BACK:
        return line(
            f"M{sx} {sy + 4}Q{hx + 2} {hy - 20} {hx} {hy + 30 if look.coat in {'coat', 'robe'} else hy}", dark, 1.2, 0.7
        )
    if look.coat == "sweater":
        ribs = "".join(line(f"M{hx + x} {hy + 1}v6", dark, 1.0, 0.6) for x in range(-12, 14, 4))
        return line(f"M{hx - 14} {hy + 1}Q{hx} {hy + 4} {hx + 15} {hy + 1}", dark, 1.2, 0.7) + ribs
    if look.coat in {"dress", "robe"}:
        sash = colours.accent if look.coat == "dress" else dark
        waist = hy - 14
        wide = 12.6 * _width(look)
        band = [(hx - wide, waist - 3), (hx + wide, waist - 3.5), (hx + wide, waist + 3), (hx - wide, waist + 3.5)]
        return area(band, sash) + line(f"M{sx + middle} {sy + 4}L{hx + middle} {waist}", dark, 1.0, 0.6)
    hem = hy + 4 if frame.seated else _HEM.get(look.coat, _HEM["coat"])
    opening = line(f"M{sx + middle} {sy + 22}Q{hx + middle + 1} {hy - 20} {hx + middle - 1} {hem}", dark, 1.5, 0.9)
    pocket = line(f"M{hx - 14} {hy - 2}L{hx - 6} {hy - 5}", dark, 1.4, 0.8)
    if look.hat == "hood":
        toggles = "".join(rect(hx + middle - 2, sy + 22 + 13 * i, 6, 1.8, colours.accent) for i in range(3))
        return opening + toggles + pocket
    shirt = area(
        [(sx + middle - 5, sy - 3), (sx + middle + 7, sy - 3), (sx + middle + 1, sy + 23)], palette.tone("#e8e0d0")
    )
    lapels = area(
        [
            (sx + middle - 6, sy - 5),
            (sx + middle - 13, sy + 10),
            (sx + middle - 8, sy + 13),
            (sx + middle + 1, sy + 26),
        ],
        light,
    )
    lapels += area(
        [
            (sx + middle + 7, sy - 5),
            (sx + middle + 10, sy + 10),
            (sx + middle + 7, sy + 13),
            (sx + middle + 1, sy + 26),
        ],
        light,
    )
    buttons = "".join(ellipse(hx + middle + 4, hy - 30 + 12 * i, 1.3, 1.3, colours.accent) for i in range(3))
    return shirt + lapels + opening + buttons + pocket


def _neckwear(look: Look, frame: Bones, accent: str, dark: str, view: View, *, mirrored: bool) -> str:
    sx, sy = frame.shoulder
    x = sx + (3 if view is View.THREE_QUARTER else 0)
    if look.accessory == "scarf":
        sy += 1.5
        wrap = around(x, sy, [(-12, -6), (-9, -13), (2, -11), (11, -12), (13, -5), (8, 2), (-4, 3)])
        folds = line(
            f"M{x - 10} {sy - 7}Q{x} {sy - 2} {x + 11} {sy - 7}M{x - 8} {sy - 3}Q{x} {sy + 1} {x + 9} {sy - 3}",
            dark,
            1.2,
            0.7,
        )
        tail = [(x - 9, sy - 2), (x - 1, sy), (x - 1, sy + 22), (x - 3, sy + 40), (x - 11, sy + 40), (x - 9, sy + 20)]
        if view is View.BACK or mirrored:
            # It hangs over the left shoulder, whichever way it is seen.
            left = x - (8 if view is not View.BACK else 0)
            tail = around(left, sy, [(4, -2), (12, 0), (13, 22), (13, 40), (5, 40), (4, 20)])
        ends = line(
            f"M{tail[3][0] - 1} {tail[3][1]}v4M{tail[3][0] - 4} {tail[3][1]}v4M{tail[4][0] + 1} {tail[4][1]}v4",
            accent,
            1.0,
        )
        return mass(tail, accent) + ends + mass(wrap, accent) + folds
    if look.hat in {"hood", "scarf"} or look.coat == "dress":
        return ""
    sy += 4 if look.age == "child" else 0
    collar = [(x - 8, sy - 9), (x, sy - 5), (x + 9, sy - 9), (x + 10, sy - 3), (x + 1, sy + 3), (x - 9, sy - 2)]
    return mass(collar, accent if view is not View.BACK else mix(accent, dark, 0.3))


def _bag(frame: Bones, accent: str, ink: str) -> str:
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    strap = line(f"M{sx + 9} {sy - 1}Q{hx} {hy - 30} {hx - 13} {hy + 2}", mix(accent, ink, 0.35), 2.6)
    x, y = hx - 22, hy + 1
    flap = poly([(x, y), (x + 20, y), (x + 18, y + 9), (x + 2, y + 9)])
    return (
        strap
        + f'<rect x="{x}" y="{y}" width="20" height="17" rx="2.5" fill="{accent}"/>'
        + fill(flap, mix(accent, ink, 0.3))
    )


def _carried(look: Look, palette: Palette, frame: Bones, ink: str) -> str:
    x, y = frame.far_hand
    metal = mix(palette.tone("#5a5148"), ink, 0.3)
    if look.accessory == "cane":
        return line(f"M{x - 4} {y - 2}q4 -5 8 -1L{x + 6} -2", metal, 2.6)
    glass = palette.lamp if palette.lamps else mix(palette.lamp, palette.paper, 0.5)
    parts = line(f"M{x} {y}v6M{x - 6} {y + 8}q6 -8 12 0", metal, 1.4) + rect(x - 5.5, y + 9, 11, 14, glass)
    parts += (
        ellipse(x, y + 16, 2.2, 4.2, "#fff6dc") + rect(x - 7, y + 22, 14, 3.5, metal) + rect(x - 6, y + 7, 12, 3, metal)
    )
    return parts + line(f"M{x - 5.5} {y + 9}v14M{x + 5.5} {y + 9}v14", metal, 1.4)


def _leg(look: Look, frame: Bones, cloth: str, ink: str, *, far: bool) -> str:
    knee, foot = (frame.far_knee, frame.far_foot) if far else (frame.near_knee, frame.near_foot)
    hip = (frame.hip[0] + (4 if far else -4), frame.hip[1])
    bare = look.coat == "dress"
    thick = (7.5, 4.6, 3.2) if bare else (9.0 * _width(look), 6.2 * _width(look), 4.6)
    shin = fill(limb([hip, knee, foot], list(thick)), mix(cloth, ink, 0.35 if far else 0.0))
    x, y = foot
    shoe = [(x - 5, y - 3), (x + 1, y - 5), (x + 8, y + 1), (x + 14, y + 2.5), (x + 14, y + 5), (x - 5, y + 5)]
    return shin + mass(shoe, ink)


def _seat(palette: Palette) -> str:
    wood = palette.tone("#5b4030")
    dark = mix(wood, palette.ink, 0.4)
    legs = line("M-18 -44L-22 0M6 -44L10 0M-20 -20L9 -20", dark, 4)
    return legs + rect(-26, -48, 40, 6, wood)
