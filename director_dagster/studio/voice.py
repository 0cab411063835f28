"""Voice: a recording of every line that is said or told."""

from dataclasses import replace
from uuid import UUID

from director_dagster.catalog.tables import Asset
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story import prompt, wire, words
from director_dagster.story.shot import Line
from director_dagster.studio.design import slot_of, voice_kind, voice_of
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import Report
from director_dagster.studio.speech import heard_lines, is_guide, line_slot
from director_dagster.studio.step import Step, require
from director_dagster.studio.voices import chosen

NAME_CHARS = 60


async def voice(step: Step) -> Report:
    """Make sure that every line that a voice can say is recorded, in its character's voice."""
    page = await read_page(step)
    shots = page.shots(step)
    shot_of = {line.id: page.shot_ids[shot.code] for shot in page.breakdown.shots for line in shot.lines}
    lines = heard_lines(shots)
    speakers = {line.character: _speaker(step, page, line) for line in lines}
    async with step.studio.catalog.session() as db:
        rows = [speaker.character_id for speaker in speakers.values() if speaker.character_id is not None]
        voices = await chosen(db, step.film.workspace_id, rows)
    guides = {line.id for shot, settings in shots for line in shot.lines if is_guide(shot, line, settings)}
    pieces = []
    for line in lines:
        speaker = speakers[line.character]
        of_speaker = {} if speaker.character_id is None else voices.get(speaker.character_id, {})
        piece = replace(_line(page, line, speaker, shot_of[line.id]), voices=of_speaker)
        pieces.append(_guide(piece) if line.id in guides else piece)
    return await step.make(pieces)


def _speaker(step: Step, page: Page, line: Line) -> Asset:
    slot = slot_of(voice_kind(step.film.settings), line.character)
    return require(page.there, slot, made_by="characters")


def _guide(piece: Piece) -> Piece:
    """The line as the house says it: another piece than what the crew would say, so neither stands for the other."""
    ask = replace(piece.ask, params={**piece.ask.params, "guide": True})
    return replace(piece, ask=ask, voices={}, house=True)


def _line(page: Page, line: Line, speaker: Asset, shot_id: UUID) -> Piece:
    text = prompt.speech(line.text)
    params = {"text": text, "voice": wire.dump(voice_of(speaker)), "manner": line.manner.value}
    return Piece(
        slot=line_slot(line.id),
        type="audio",
        kind="dialogue",
        name=f"{line.character}: {words.headline(line.text, NAME_CHARS)}",
        field="sound",
        ask=Ask(medium=Medium.SPEECH, operation="line", prompt=text, params=params, seed=wire.seed(params)),
        sources=[Source(role="script", asset=page.script), Source(role="voice", asset=speaker)],
        character_ids=[] if speaker.character_id is None else [speaker.character_id],
        shot_id=shot_id,
        more={"text": line.text},
    )
