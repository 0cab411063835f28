"""Figures: a coat, a head, hands and what they carry, drawn from a look; the same person in every framing."""

import math
from dataclasses import dataclass, replace

from director_dagster.animatic import costume
from director_dagster.animatic.bones import STEPS, Bones, at_ease, bones, carrying, young
from director_dagster.animatic.complexion import Tones, tones, turned_away
from director_dagster.animatic.drawing import Box, Layer, Motion, Sway
from director_dagster.animatic.faces import Head, View, head
from director_dagster.animatic.ink import place
from director_dagster.animatic.palette import Palette, to_lab
from director_dagster.story.shot import Figure, Look, Pose

TALL = 200.0
"""Height of an adult in the units that `bones` counts in."""

_HEAD_SHARE = 26 / 100
_CHILD_HEAD = 1.42
"""A child's head against its body, where an adult's is 1."""

_NEARER, _CLOSE = 1640.0, 2350.0
"""How high an adult is, in units of the frame, from over a shoulder on, and where a face fills the picture."""

_SUNK, _SUNK_CLOSE, _SUNK_BACK = 85.0, 30.0, 230.0
"""How much lower than an adult a child is seen there: from before, from near, from behind."""

_SOFT = 3.2
"""How far out of focus one in the foreground is."""

_IN_SHADE = 0.4
"""How much darker than the one who is listened to."""

_Place = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Where and how large a figure is drawn: its feet at `x`, `y`; an adult is `height` units high."""

    x: float
    y: float
    height: float
    lit_front: bool = True
    detailed: bool = True
    depth: float = 1.0
    rim: float = 0.7


def grown(look: Look) -> float:
    """A figure's height against an adult's; children are small even where the page does not say so."""
    return min(look.height, 0.74) if look.age == "child" else look.height


def head_height(look: Look) -> float:
    """How high the middle of a standing figure's head is, as a share of an adult's height."""
    return 184.5 / TALL * grown(look)


def layers(figure: Figure, look: Look, palette: Palette, stand: Stand) -> list[Layer]:
    """The figure as layers that breathe, step and speak, back to front."""
    view = _view(figure)
    stand = replace(_lowered(stand, look, figure), rim=stand.rim * _of_one_source(palette))
    colours = tones(look, palette, front=stand.lit_front)
    colours = turned_away(colours, _IN_SHADE) if figure.foreground else colours
    face = head(look, colours, view, mirrored=figure.faces < 0, detailed=stand.detailed)
    if figure.pose is Pose.WALK and not figure.foreground:
        return [_walker(figure, look, colours, stand, face)]
    frame = _posed(figure, look, view, stand)
    top = _head_place(frame, look, view)
    breath = _breath(figure, stand)
    under = _dressed(look, colours, frame, view, face, top, mirrored=figure.faces < 0)
    parts = [
        ("figure", (_at(stand, figure, under),)),
        ("lids", tuple(_at(stand, figure, _set(lid, top)) for lid in face.lids)),
        ("mouth", tuple(_at(stand, figure, _set(mouth, top)) for mouth in face.mouths)),
        ("front", (_at(stand, figure, _set(face.front, top)),)),
    ]
    if not stand.detailed or view is View.BACK:
        whole = "".join(cels[0] for _, cels in parts)
        return [
            _layer("figure", (whole,), figure, stand, breath, rim=stand.rim, blur=_SOFT if figure.foreground else 0.0)
        ]
    return _sorted_layers(parts, figure, stand, breath, _face_box(stand, figure, top))


def shadow(figure: Figure, stand: Stand, palette: Palette, light_from: float) -> Layer:
    """The shadow at a figure's feet, falling away from the light."""
    reach = stand.height * 0.30
    x = stand.x - light_from * reach * 0.55
    body = (
        f'<ellipse cx="{x:.1f}" cy="{stand.y:.1f}" rx="{reach:.1f}" ry="{reach * 0.13:.1f}" '
        f'fill="{palette.ink}" fill-opacity="0.42"/>'
    )
    box = (x - reach * 1.3, stand.y - reach * 0.4, x + reach * 1.3, stand.y + reach * 0.4)
    return Layer(name="shadow", depth=stand.depth, cels=(body,), box=box, detail=0.5, blur=stand.height * 0.012,
                 actor=figure.character if figure.pose is Pose.WALK else "", motion=_stride(figure, stand))  # fmt: skip


def _sorted_layers(
    parts: list[tuple[str, tuple[str, ...]]], figure: Figure, stand: Stand, breath: Motion, face_box: Box
) -> list[Layer]:
    """One sheet for what moves together; lids and mouth lie between head and front."""
    cels = dict(parts)
    under = _layer("figure", cels["figure"], figure, stand, breath, rim=stand.rim)
    made = [under]
    for name, kind in (("lids", Sway.BLINK), ("mouth", Sway.MOUTH)):
        if any(cels[name]):
            motion = Motion(
                kind=kind, amount=breath.amount, period_s=breath.period_s, phase=breath.phase, pivot=breath.pivot
            )
            made.append(_layer(name, cels[name], figure, stand, motion, box=face_box))
    if cels["front"][0]:
        made.append(_layer("front", cels["front"], figure, stand, breath, rim=stand.rim * 0.6))
    return made


def _layer(
    name: str,
    cels: tuple[str, ...],
    figure: Figure,
    stand: Stand,
    motion: Motion,
    *,
    rim: float = 0.0,
    blur: float = 0.0,
    box: Box | None = None,
) -> Layer:
    return Layer(
        name=f"{name} {figure.character}", depth=stand.depth, cels=cels, box=box or _box(stand),
        wash=0.5 if rim else 0.0, rim=rim, blur=blur, motion=motion, actor=figure.character,
    )  # fmt: skip


def _dressed(look: Look, colours: Tones, frame: Bones, view: View, face: Head, top: _Place, *, mirrored: bool) -> str:
    """The figure without what moves in its face and what lies over that."""
    body = costume.behind(look, colours, frame, view) + _set(face.behind, top)
    body += costume.body(look, colours, frame, view) + _set(face.base, top)
    return body + costume.before(look, colours, frame, view, mirrored=mirrored)


def _walker(figure: Figure, look: Look, colours: Tones, stand: Stand, face: Head) -> Layer:
    """Two steps as eight drawings."""
    view = _view(figure)
    over = face.lids[0] + face.mouths[0] + face.front
    cels = []
    for step in range(STEPS):
        frame = _of_age(bones(Pose.WALK, step), look)
        frame = carrying(frame) if look.accessory in {"lantern", "cane"} else frame
        top = _head_place(frame, look, view)
        body = _dressed(look, colours, frame, view, face, top, mirrored=figure.faces < 0)
        cels.append(_at(stand, figure, body + _set(over, top)))
    return _layer("figure", tuple(cels), figure, stand, _stride(figure, stand), rim=stand.rim)


def _lowered(stand: Stand, look: Look, figure: Figure) -> Stand:
    """A child among adults: near the camera, which stands at their eyes, it is seen lower in the picture."""
    tall = stand.height / grown(look)
    if look.age != "child" or not stand.detailed or tall < _NEARER:
        return stand
    sunk = _SUNK_BACK if figure.foreground else _SUNK_CLOSE if tall > _CLOSE else _SUNK
    return replace(stand, y=stand.y + sunk)


def _of_one_source(palette: Palette) -> float:
    """How far edges may be lit: less where the sky's light is not the one on faces, as in a room with a lamp."""
    (_, a, b), (_, c, d) = to_lab(palette.light), to_lab(palette.key)
    return min(1.0, max(0.15, 1.9 - 10 * math.hypot(a - c, b - d)))


def _stride(figure: Figure, stand: Stand) -> Motion:
    if figure.pose is not Pose.WALK:
        return Motion()
    return Motion(
        kind=Sway.STEP, amount=(figure.faces or 1) * stand.height * 0.36, period_s=1.15, pivot=(stand.x, stand.y)
    )


def _breath(figure: Figure, stand: Stand) -> Motion:
    phase = sum(map(ord, figure.character)) % 17 / 17
    return Motion(
        kind=Sway.BREATHE, amount=0.006, period_s=3.4 + phase, phase=phase, pivot=(stand.x, min(stand.y, 1100.0))
    )


def _view(figure: Figure) -> View:
    if figure.pose is Pose.TURN_AWAY or figure.foreground:
        return View.BACK
    return View.THREE_QUARTER if figure.faces else View.FRONT


def _posed(figure: Figure, look: Look, view: View, stand: Stand) -> Bones:
    pose = Pose.TURN_AWAY if figure.foreground else figure.pose
    frame = bones(pose, habit=look.seed)
    if view is not View.BACK and stand.detailed and stand.height > _CLOSE * grown(look) and not frame.seated:
        frame = at_ease(frame)
    if look.accessory in {"lantern", "cane"} and view is not View.BACK:
        frame = carrying(frame)
    return _of_age(frame, look)


def _of_age(frame: Bones, look: Look) -> Bones:
    return young(frame) if look.age == "child" else frame


def _head_place(frame: Bones, look: Look, view: View) -> _Place:
    """x, y, scale and turn of the head; a child's is larger against its body."""
    # Seen from before or behind, a head that looks up leans very little to a side.
    turn = frame.tilt * (1.0 if view is View.THREE_QUARTER else 0.25)
    return (*frame.head, _HEAD_SHARE * (_CHILD_HEAD if look.age == "child" else 1.0), turn)


def _set(svg: str, at: _Place) -> str:
    return place([svg], x=at[0], y=at[1], scale=at[2], turn=at[3]) if svg else ""


def _at(stand: Stand, figure: Figure, svg: str) -> str:
    return place([svg], x=stand.x, y=stand.y, scale=stand.height / TALL, flip=figure.faces < 0) if svg else ""


def _box(stand: Stand) -> Box:
    unit = stand.height / TALL
    reach = 78 * unit
    return (stand.x - reach, stand.y - 232 * unit, stand.x + reach, stand.y + 10 * unit)


def _face_box(stand: Stand, figure: Figure, top: _Place) -> Box:
    unit = stand.height / TALL
    side = -1 if figure.faces < 0 else 1
    x, y, reach = stand.x + side * top[0] * unit, stand.y + top[1] * unit, 60 * top[2] * unit
    return (x - reach, y - reach, x + reach, y + reach)
