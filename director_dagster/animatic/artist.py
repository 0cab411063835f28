"""The artist: a stage becomes a frame: place, people, the thing in hand, light, composed for the picture's shape."""

from dataclasses import replace

from PIL import Image

from director_dagster.animatic import camera, people, places, props, view
from director_dagster.animatic.drawing import HEIGHT, Blend, Drawing, Layer, Motion, Sway, to_png, width_of
from director_dagster.animatic.ink import ellipse, line, place, rect
from director_dagster.animatic.palette import mix
from director_dagster.animatic.people import Stand
from director_dagster.animatic.world import BOTTOM, HORIZON, World, lamp, layer, wash_down
from director_dagster.story import wire
from director_dagster.story.shot import Angle, Figure, Framing, Look, Pose, Setting, Size, Stage, TimeOfDay, Weather

_ASIDE = {Framing.OVER_SHOULDER: 0.07, Framing.CLOSE_UP: 0.05}
"""How far, in widths, a face moves away from where it looks: lead room."""

_NEAR = {Framing.WIDE: 1.0, Framing.MEDIUM: 1.6, Framing.OVER_SHOULDER: 2.0, Framing.CLOSE_UP: 2.6, Framing.INSERT: 2.8}


def draw(stage: Stage, size: Size) -> bytes:
    """The frame of `stage` as PNG of `size`, with its layers inside; the same stage gives the same bytes."""
    return develop(compose(stage, size))


def compose(stage: Stage, size: Size) -> Drawing:
    """The frame of `stage` as a drawing."""
    width = width_of(size)
    world = places.world_of(stage.setting, width, HORIZON[stage.angle])
    set_up = view.set_up(stage, world, _crowd(stage, world))
    layers = [_softer(view.seen(layer, set_up), world) for layer in places.backdrop(world)]
    near = [layer for layer in layers if layer.depth > 1.05]
    layers = [layer for layer in layers if layer.depth <= 1.05]
    if stage.framing is Framing.INSERT:
        layers += _insert(stage, world)
    else:
        layers += [*_key(stage, world), *_people(stage, world)]
    layers += near if stage.framing is Framing.WIDE else []
    return _drawing(stage, size, world, layers)


def _key(stage: Stage, world: World) -> list[Layer]:
    """What a room's lamp, now out of the picture, still does to the wall behind a near figure: on the light's side."""
    p = world.palette
    if stage.framing is Framing.WIDE or not (stage.setting.interior and p.lamps and world.night):
        return []
    x = world.width * (0.5 + 0.49 * world.side)
    return [lamp("key light", 0.7, (x, 300), 640, p.lamp, 0.5, flicker=0.06)]


def _crowd(stage: Stage, world: World) -> list[view.Extent]:
    """Where the figures stand, and how far they reach."""
    stands = [
        _stand(stage, figure, stage.looks[figure.character], world)
        for figure in stage.figures
        if figure.character in stage.looks
    ]
    return [(stand.x, stand.height * 0.11) for stand in stands]


def _softer(layer: Layer, world: World) -> Layer:
    """Lamps overlap in a narrow picture: each is dimmer there."""
    if layer.blend is not Blend.LIGHT or world.width > 1200:
        return layer
    dimmed = tuple(f'<g opacity="{0.45 + 0.4 * world.width / 1200:.2f}">{cel}</g>' for cel in layer.cels)
    return replace(layer, cels=dimmed)


def draw_character(name: str, look: Look, size: Size) -> bytes:
    """The reference sheet of `look` as PNG: from the front, turned, from behind, and the head close."""
    setting = Setting(place=name, interior=True, pieces=(), time=TimeOfDay.DAY, weather=Weather.CLEAR)
    world = places.world_of(setting, width_of(size), 850.0)
    world = replace(world, side=1)
    tall = 790 * min(1.0, world.width / 1300)
    layers = _plain(world)
    for share, faces, pose in ((0.12, 0, Pose.STAND), (0.30, 1, Pose.TALK), (0.47, 1, Pose.TURN_AWAY)):
        figure = Figure(character=name, pose=pose, x=share, faces=faces)
        stand = Stand(x=share * world.width, y=930, height=tall * people.grown(look))
        layers += [people.shadow(figure, stand, world.palette, 1.0), *people.layers(figure, look, world.palette, stand)]
    near = Figure(character=name, pose=Pose.STAND, x=0.78, faces=-1)
    close = tall * 3.6
    stand = Stand(
        x=0.79 * world.width,
        y=470 + close * people.head_height(look),
        height=close * people.grown(look),
        lit_front=False,
    )
    layers += people.layers(near, look, world.palette, stand)
    return develop(_sheet(layers, setting, size, world))


def draw_location(setting: Setting, size: Size) -> bytes:
    """The establishing view of `setting`, empty, as PNG."""
    stage = Stage(setting=setting, framing=Framing.WIDE, angle=Angle.EYE, figures=(), looks={}, prop=None, caption=None)
    return draw(stage, size)


def draw_prop(prop: str, size: Size) -> bytes:
    """The thing called `prop`, alone on a plain wash, as PNG."""
    setting = Setting(place=prop, interior=True, pieces=(), time=TimeOfDay.DAY, weather=Weather.CLEAR)
    world = places.world_of(setting, width_of(size), 700.0)
    layers = [*_plain(world), *_thing(prop, world, (world.width / 2, 490.0), min(1.0, world.width / 1000))]
    return develop(_sheet(layers, setting, size, world))


def _plain(world: World) -> list[Layer]:
    p = world.palette
    hz = world.horizon
    stops = [(0.0, p.top, 1.0), (0.8, p.low, 1.0), (1.0, p.haze, 1.0)]
    floor = [(0.0, mix(p.haze, p.ink, 0.16), 1.0), (1.0, mix(p.haze, p.ink, 0.05), 1.0)]
    return [
        layer(
            "wash",
            0.2,
            wash_down("a", -300, hz, stops, world),
            wash_down("b", hz, BOTTOM, floor, world),
            detail=0.3,
            wash=1.0,
        )
    ]


def _thing(name: str, world: World, at: tuple[float, float], scale: float) -> list[Layer]:
    x, y = at
    drawn = place([props.prop(name, world.palette.close())], x=x, y=y, scale=scale)
    p = world.palette
    if props.lies(name):
        # What lies throws its own shape, a little off.
        off = -18.0 * world.side
        under = place([rect(-196, -250, 392, 506, p.ink, 0.6)], x=x + off, y=y + 20, scale=scale, turn=-8)
    else:
        under = ellipse(x, y + 270 * scale, 330 * scale, 40 * scale, p.ink, 0.62)
    made = [
        layer("shadow", 1.0, under, detail=0.4, blur=16, wash=0.0),
        layer(
            "thing",
            1.0,
            drawn,
            rim=0.4,
            motion=Motion(kind=Sway.BREATHE, amount=0.003, period_s=5.0, pivot=(x, y + 270 * scale)),
        ),
    ]
    if props.glows(name):
        made.append(lamp("shine", 1.0, (x, y - 40 * scale), 760 * scale, world.palette.lamp, 0.75, flicker=0.2))
    return made


def _sheet(layers: list[Layer], setting: Setting, size: Size, world: World) -> Drawing:
    return Drawing(
        size=size,
        layers=tuple(layers),
        interior=True,
        time=setting.time,
        weather=setting.weather,
        light=world.palette.light,
        light_from=float(world.side),
        fog=world.palette.haze,
        vignette=0.25,
        near=1.0,
        seed=wire.seed(setting.place),
    )


def develop(drawing: Drawing) -> bytes:
    """A drawing as PNG that carries it."""
    rgb = camera.still(drawing)
    return to_png(drawing, Image.fromarray(rgb))


def _drawing(stage: Stage, size: Size, world: World, layers: list[Layer]) -> Drawing:
    p = world.palette
    return Drawing(
        size=size,
        layers=tuple(layers),
        interior=stage.setting.interior,
        time=stage.setting.time,
        weather=stage.setting.weather,
        light=p.light,
        light_from=float(world.side),
        fog=p.haze,
        vignette=0.46 if world.night and not stage.setting.interior else 0.34,
        near=_NEAR[stage.framing],
        seed=wire.seed([stage.setting.place, stage.framing]),
        caption=stage.caption,
    )


def _insert(stage: Stage, world: World) -> list[Layer]:
    """The thing large on a table's edge, in the light of its place."""
    p = world.palette
    name = stage.prop or ""
    scale = 1.25 * min(1.0, world.width / 1000)
    shine = [] if not p.lamps else [lamp("near lamp", 0.95, (world.x(0.85), 420.0), 900.0, p.lamp, 0.42, flicker=0.06)]
    if props.lies(name):
        return [_table_top(world), *shine, *_thing(name, world, (world.width * 0.5, 500.0), scale * 1.12)]
    wood = p.tone("#7a5236")
    back = world.x(0.5), 690.0
    top = [(0.0, mix(wood, p.light, 0.35), 1.0), (0.25, wood, 1.0), (1.0, mix(wood, p.ink, 0.6), 1.0)]
    edge = rect(world.left, back[1] - 5, world.right - world.left, 7, mix(wood, p.ink, 0.55))
    dim = wash_down("d", 250, back[1], [(0.0, p.ink, 0.0), (1.0, p.ink, 0.34)], world)
    board = layer("board", 0.95, dim, wash_down("t", back[1], BOTTOM, top, world), edge, wash=1.0)
    return [board, *shine, *_thing(name, world, (world.width * 0.5, 470.0), scale)]


def _table_top(world: World) -> Layer:
    """A table seen from above: planks, their grain, the dark towards us."""
    p, chance = world.palette, world.chance("table top")
    wood = p.close().tone("#8a5f3e")
    stops = [(0.0, mix(wood, p.light, 0.16), 1.0), (0.5, wood, 1.0), (1.0, mix(wood, p.ink, 0.5), 1.0)]
    parts = [wash_down("t", -300, BOTTOM, stops, world)]
    for row in range(-1, 7):
        y = 190 * row + 60
        parts.append(line(f"M{world.left} {y}L{world.right} {y + 40}", mix(wood, p.ink, 0.65), 5, 0.8))
        for _ in range(5):
            x, at, long = chance.uniform(world.left, world.right), y + chance.uniform(20, 170), chance.uniform(200, 600)
            parts.append(line(f"M{x:.0f} {at:.0f}q{long / 2:.0f} {chance.uniform(-9, 18):.0f} {long:.0f} 12",
                              mix(wood, p.ink, 0.4), 2.4, 0.45))  # fmt: skip
    return layer("board", 0.95, *parts, wash=1.0)


def _people(stage: Stage, world: World) -> list[Layer]:
    made: list[Layer] = []
    for figure in stage.figures:
        look = stage.looks.get(figure.character)
        if look is None:
            continue
        stand = _stand(stage, figure, look, world)
        if stage.framing in {Framing.WIDE, Framing.MEDIUM}:
            made.append(people.shadow(figure, stand, world.palette, world.side))
        made += people.layers(figure, look, world.palette, stand)
    return made


def _stand(stage: Stage, figure: Figure, look: Look, world: World) -> Stand:
    grown = people.grown(look)
    lit_front = world.side * (figure.faces or 1) > 0
    narrow = min(1.0, world.width / 1000)
    rim = 0.42 + 0.4 * (1 - world.palette.ambient)
    at = (figure.x - _ASIDE.get(stage.framing, 0.0) * figure.faces) * world.width
    if stage.framing is Framing.WIDE and "car" in stage.setting.pieces and stage.setting.interior:
        # Those in a car sit behind its wheel: what is below the dashboard is not seen.
        return Stand(x=at, y=1130, height=980 * grown, lit_front=lit_front, rim=rim)
    if stage.framing is Framing.WIDE:
        tall = {Angle.EYE: 560.0, Angle.LOW: 740.0, Angle.HIGH: 450.0}[stage.angle]
        feet = {Angle.EYE: 950.0, Angle.LOW: 1005.0, Angle.HIGH: 890.0}[stage.angle]
        if stage.setting.interior:
            tall, feet = tall * 1.16, feet + 20
        return Stand(x=at, y=feet, height=tall * grown, lit_front=lit_front, detailed=False, rim=rim)
    if figure.foreground:
        x = world.width * (0.04 if figure.faces > 0 else 0.96)
        tall = 3300 * (0.6 + 0.4 * narrow)
        return Stand(
            x=x, y=430 + tall * people.head_height(look), height=tall * grown, lit_front=lit_front, depth=1.3, rim=rim
        )
    tall, head = {
        Framing.MEDIUM: (1500 * (0.62 + 0.38 * narrow), 0.245),
        Framing.OVER_SHOULDER: (2050 * (0.55 + 0.45 * narrow), 0.37),
    }.get(stage.framing, (3300 * (0.50 + 0.50 * narrow), 0.44))
    tall *= {Angle.LOW: 1.12, Angle.HIGH: 0.9}.get(stage.angle, 1.0)
    # A child stands lower in the picture than a grown-up, but not so low that its face is lost.
    sink = 0.35 * (1 - grown) * tall if stage.framing is Framing.MEDIUM else 0.0
    return Stand(
        x=at,
        y=HEIGHT * head + sink + tall * people.head_height(look),
        height=tall * grown,
        lit_front=lit_front,
        rim=rim,
    )
