"""A setting as a stack of layers: its set pieces by their names, over sky and ground or before a wall."""

from collections.abc import Callable

from director_dagster.animatic import (
    palette,
    places_coast,
    places_halls,
    places_home,
    places_land,
    places_public,
    places_sky,
    places_station,
    places_town,
    places_travel,
    places_trees,
    places_water,
    places_work,
)
from director_dagster.animatic.drawing import Layer
from director_dagster.animatic.world import World
from director_dagster.story.shot import Setting

Draw = Callable[[World], list[Layer]]

EXTERIORS: dict[str, Draw] = {
    "sea": places_water.sea,
    "mountain": places_land.mountain,
    "river": places_water.river,
    "harbour": places_coast.harbour,
    "bridge": places_coast.bridge,
    "lighthouse": places_coast.lighthouse,
    "boat": places_water.boat,
    "roofs": places_town.roofs,
    "street": places_town.street,
    "station": places_station.station,
    "desert": places_land.desert,
    "field": places_land.field,
    "forest": places_trees.forest,
    "garden": places_land.garden,
    "ruins": places_land.ruins,
    "shore": places_water.shore,
}
"""Set pieces under the sky, in the order in which they are laid: far ones first."""

INTERIORS: dict[str, Draw] = {
    "room": places_home.room,
    "kitchen": places_home.kitchen,
    "bedroom": places_home.bedroom,
    "corridor": places_halls.corridor,
    "stairs": places_halls.stairs,
    "office": places_halls.office,
    "library": places_public.library,
    "church": places_public.church,
    "cellar": places_work.cellar,
    "stage": places_public.stage,
    "cabin": places_work.cabin,
    "lamp-room": places_travel.lamp_room,
    "workshop": places_work.workshop,
    "cafe": places_work.cafe,
    "train": places_travel.train,
    "car": places_travel.car,
    "cave": places_travel.cave,
}
"""Rooms. A place is one of them: the first that its words name."""

_GROUNDS = {
    "field": "#b9a04e",
    "forest": "#4a5238",
    "garden": "#7c8a52",
    "street": "#8b8378",
    "station": "#7b7268",
    "desert": "#dcae6c",
    "ruins": "#8f8a66",
    "mountain": "#6f7a5a",
    "river": "#6f7f4c",
    "bridge": "#6d7458",
    "roofs": "#6a5c4e",
}
_AFLOAT = {"sea", "shore", "harbour", "boat", "lighthouse"}
_FIRM = {"shore", "harbour", "river", "bridge", "street", "field", "forest", "garden", "roofs", "station"}
_HILLY = {"field", "river", "bridge", "garden", "ruins", "station", "lighthouse", "shore"}


def world_of(setting: Setting, width: float, horizon: float) -> World:
    """The place of `setting`, always the same for the same place."""
    side = 1 if sum(map(ord, setting.place)) % 2 else -1
    return World(setting=setting, palette=palette.of(setting), width=width, horizon=horizon, side=side)


def backdrop(world: World) -> list[Layer]:
    """All of a place without its people, back to front."""
    if not world.setting.interior:
        return _outside(world)
    named = [INTERIORS[name] for name in world.setting.pieces if name in INTERIORS]
    return named[0](world) if named else places_public.unknown(world)


def _outside(world: World) -> list[Layer]:
    pieces = set(world.setting.pieces)
    made = places_sky.sky(world)
    if pieces & _HILLY or not pieces & set(EXTERIORS):
        made += places_sky.hills(world)
    if pieces & _AFLOAT:
        if "river" not in pieces:
            pieces.add("sea")
    else:
        colour = next((_GROUNDS[name] for name in EXTERIORS if name in pieces and name in _GROUNDS), "#8d8468")
        made.append(places_sky.ground(world, colour))
    if "lighthouse" in pieces and not pieces & {"shore", "harbour"}:
        pieces.add("shore")
    for name, draw in EXTERIORS.items():
        if name in pieces:
            made += draw(world)
    if pieces & _AFLOAT and not pieces & _FIRM:
        made.append(places_coast.jetty(world))
    return made if pieces & set(EXTERIORS) else made + places_land.open_ground(world)
