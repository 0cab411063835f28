"""Voice: a recording of every line that is said or told."""

from uuid import UUID

from director_dagster.providers.contract import Ask, Medium
from director_dagster.story import prompt, wire
from director_dagster.story.shot import Line
from director_dagster.studio.design import slot_of, voice_kind, voice_of
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import Report
from director_dagster.studio.speech import heard_lines, line_slot
from director_dagster.studio.step import Step, require


async def voice(step: Step) -> Report:
    """Make sure that every line that a voice can say is recorded, in its character's voice."""
    page = await read_page(step)
    shot_of = {line.id: page.shot_ids[shot.code] for shot in page.breakdown.shots for line in shot.lines}
    lines = heard_lines(page.breakdown.shots, step.film.settings)
    return await step.make([_line(step, page, line, shot_of[line.id]) for line in lines])


def _line(step: Step, page: Page, line: Line, shot_id: UUID) -> Piece:
    slot = slot_of(voice_kind(step.film.settings), line.character)
    speaker = require(page.there, slot, made_by="characters")
    text = prompt.speech(line.text)
    params = {"text": text, "voice": wire.dump(voice_of(speaker)), "manner": line.manner.value}
    return Piece(
        slot=line_slot(line.id),
        type="audio",
        kind="dialogue",
        name=f"{line.character}: {line.text[:60]}",
        field="sound",
        ask=Ask(medium=Medium.SPEECH, operation="line", prompt=text, params=params, seed=wire.seed(params)),
        sources=[Source(role="script", asset=page.script), Source(role="voice", asset=speaker)],
        character_ids=[] if speaker.character_id is None else [speaker.character_id],
        shot_id=shot_id,
        more={"text": line.text},
    )
