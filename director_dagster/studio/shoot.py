"""Shoot: a moving picture for every shot, filmed from its frame, as long as what is said in it."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.providers.contract import TALK, Ask, Medium
from director_dagster.story import prompt, wire
from director_dagster.story.cut import FPS, TimedShot
from director_dagster.story.shot import Channel, Mouth
from director_dagster.story.talk import ALL, Talk, talk_of
from director_dagster.studio.board import frame_slot
from director_dagster.studio.design import slot_of
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import NOTICE, Report
from director_dagster.studio.speech import line_slot, timed
from director_dagster.studio.step import Step, require

SLOWER = 1.5
"""Lines that are not spoken yet may last so many times as long as is reckoned: an estimate's high end is of that."""

log = logging.getLogger(__name__)


async def shoot(step: Step) -> Report:
    """Make sure that every shot is filmed at its true length."""
    page = await read_page(step)
    takes = timed(page.breakdown.shots, page.there, step.film.settings)
    for code in sorted(set(step.film.settings.talk) - {ALL} - {take.shot.code for take in takes}):
        log.info("talk.%s: the film has no such shot", code, extra=NOTICE)
    pieces = [_shot(step, page, take) for take in takes]
    if step.on_paper:
        slow = timed(page.breakdown.shots, page.there, step.film.settings, slower=SLOWER)
        pieces = [_at_most(piece, take.frames) for piece, take in zip(pieces, slow, strict=True)]
    return await step.make(pieces)


def _at_most(piece: Piece, frames: int) -> Piece:
    """The piece with what it is asked for if its lines are spoken slowly."""
    params = {**piece.ask.params, "frames": frames}
    return piece if params == piece.ask.params else replace(piece, at_most=replace(piece.ask, params=params))


def shot_slot(code: str) -> str:
    """The film's slot for a shot's moving picture."""
    return f"shot:{code}"


def talks(clip: Asset) -> bool:
    """Whether a clip speaks its lines itself, as whoever filmed it says."""
    return clip.generation_metadata.get(TALK) == Talk.OWN


def _shot(step: Step, page: Page, take: TimedShot) -> Piece:
    shot, settings, there = take.shot, step.film.settings, page.there
    frame = require(there, frame_slot(shot.code), made_by="storyboard")
    said = [there[line_slot(line.id)].asset for line in shot.lines if line_slot(line.id) in there]
    params = {
        "move": shot.move.value,
        "frames": take.frames,
        "size": wire.dump(settings.format.size),
        "mouths": [wire.dump(mouth) for mouth in _mouths(take, there)],
    }
    people = [who for who in page.breakdown.characters if who.name in {figure.character for figure in shot.figures}]
    talk = talk_of(shot, settings.talk)
    if talk is Talk.OWN:
        params[TALK] = Talk.OWN.value
    words = prompt.shot_prompt(shot, people, style=settings.style, aloud=talk is Talk.OWN)
    return Piece(
        slot=shot_slot(shot.code),
        type="video",
        kind="shot",
        name=f"{shot.code}: {shot.framing}",
        field="picture",
        ask=Ask(
            medium=Medium.VIDEO,
            operation="shot",
            prompt=words,
            params=params,
            seed=wire.seed([params, frame.counts_as]),
        ),
        sources=[
            Source(role="frame", asset=frame),
            *(Source(role="dialogue", asset=asset) for asset in said),
        ],
        reads=("frame",),
        character_ids=[who.character_id for who in _seen(there, take) if who.character_id],
        shot_id=page.shot_ids[shot.code],
        # Who films it says whether it speaks for itself: a draft does not.
        more={} if talk is None else {TALK: (Talk.OVER if talk is Talk.OWN else talk).value},
    )


def _seen(there: Mapping[str, Filled], take: TimedShot) -> list[Asset]:
    names = dict.fromkeys(figure.character for figure in take.shot.figures)
    return [require(there, slot_of("look", name), made_by="characters") for name in names]


def _mouths(take: TimedShot, there: Mapping[str, Filled]) -> list[Mouth]:
    """When whose mouth moves: of those who are in the picture and heard there, as loud as they are."""
    lines = {line.id: line for line in take.shot.lines}
    mouths = []
    for placement in take.placements:
        line = lines[placement.line_id]
        recorded = there.get(line_slot(line.id))
        if line.channel is Channel.ON and recorded is not None:
            levels = tuple(recorded.asset.generation_metadata.get("levels", ()))
            first = round(placement.start_s * FPS)
            mouths.append(Mouth(character=line.character, first_frame=first, levels=levels))
    return mouths
