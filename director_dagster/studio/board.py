"""Board: a drawn frame for every shot, its first picture."""

from collections.abc import Mapping

from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story import prompt, wire
from director_dagster.story.shot import Framing, Shot, Stage
from director_dagster.studio.design import look_of, slot_of
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import Report
from director_dagster.studio.step import Step, require


async def board(step: Step) -> Report:
    """Make sure that every shot has its frame, drawn with the looks that were settled."""
    page = await read_page(step)
    return await step.make([_frame(step, page, shot) for shot in page.breakdown.shots])


def frame_slot(code: str) -> str:
    """The film's slot for a shot's frame."""
    return f"frame:{code}"


def _frame(step: Step, page: Page, shot: Shot) -> Piece:
    names = dict.fromkeys(figure.character for figure in shot.figures)
    seen = {name: require(page.there, slot_of("look", name), made_by="characters") for name in names}
    planned = {who.name: who for who in page.breakdown.characters}
    stage = Stage(
        setting=shot.setting,
        framing=shot.framing,
        angle=shot.angle,
        figures=shot.figures,
        looks={name: look_of(asset, planned[name].look) for name, asset in seen.items()},
        prop=shot.prop,
        caption=shot.caption,
    )
    params = {"stage": wire.dump(stage), "size": wire.dump(step.film.settings.format.size)}
    people = [planned[name] for name in names]
    words = prompt.frame_prompt(shot, people, style=step.film.settings.style)
    return Piece(
        slot=frame_slot(shot.code),
        type="image",
        kind="frame",
        name=f"{shot.code}: frame",
        field="picture",
        ask=Ask(medium=Medium.IMAGE, operation="frame", prompt=words, params=params, seed=wire.seed(params)),
        sources=[Source(role="script", asset=page.script), *_references(page.there, shot, seen)],
        reads=("look", "location", "prop"),
        character_ids=list(dict.fromkeys(asset.character_id for asset in seen.values() if asset.character_id)),
        shot_id=page.shot_ids[shot.code],
    )


def _references(there: Mapping[str, Filled], shot: Shot, seen: Mapping[str, Asset]) -> list[Source]:
    """The pictures that a frame is drawn after: whom and what it shows, and where."""
    sources = [Source(role="look", asset=asset) for asset in seen.values()]
    place = require(there, slot_of("location", shot.setting.place), made_by="characters")
    sources.append(Source(role="location", asset=place))
    if shot.framing is Framing.INSERT and shot.prop is not None:
        prop = require(there, slot_of("prop", shot.prop), made_by="characters")
        sources.append(Source(role="prop", asset=prop))
    return sources
