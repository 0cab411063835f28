"""Which of a film's lines can be heard, and why others cannot."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec

from director_dagster.animatic.casting import LANGUAGES
from director_dagster.animatic.wording import sayable
from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput
from director_dagster.providers.contract import LETTERS, Medium
from director_dagster.story.cut import Speech, TimedShot
from director_dagster.story.film import FilmSettings
from director_dagster.story.shot import Line, Shot
from director_dagster.story.talk import is_own
from director_dagster.story.timing import retime, speech_s
from director_dagster.studio.crew import HOUSE

log = logging.getLogger(__name__)


def line_slot(line_id: str) -> str:
    """The film's slot for a line of dialogue."""
    return f"line:{line_id}"


def language_of(settings: FilmSettings) -> str:
    """The language without its region: ``en`` of ``en-GB``."""
    return settings.language.partition("-")[0]


def why_silent(settings: FilmSettings) -> str | None:
    """Why the house's voices say nothing in such a film, in one line for its maker; None when they do."""
    if language_of(settings) not in LANGUAGES:
        return (
            f"no voice of the house speaks {settings.language!r} ({', '.join(LANGUAGES)} have one): "
            "what it would say is subtitled, and silent"
        )
    if not _has_voices():
        return "py-nanotts has no voices for this platform: what the house would say is subtitled, and silent"
    return None


@cache
def _has_voices() -> bool:
    return find_spec("py_nanotts") is not None


def is_guide(shot: Shot, line: Line, settings: FilmSettings) -> bool:
    """Whether a recording only guides the shot, since whoever films it speaks the line: the house says it, for nothing,
    instead of whom the crew names.

    It tells how long the line is, moves the lips of a draft, and is heard as long as no take speaks for itself.
    """
    return is_own(shot, line, settings.talk) and not _spoken_by_house(settings)


def heard_lines(shots: Sequence[tuple[Shot, FilmSettings]]) -> tuple[Line, ...]:
    """All lines that a voice can say, in order, of shots with how each is to be made; what nobody can say is named in
    the log and only subtitled."""
    silent = {
        why
        for shot, settings in shots
        if any(_by_house(shot, line, settings) for line in shot.lines) and (why := why_silent(settings)) is not None
    }
    for why in silent:
        log.warning("%s", why)
    return tuple(line for shot, settings in shots for line in shot.lines if _can_be_heard(shot, line, settings))


def _can_be_heard(shot: Shot, line: Line, settings: FilmSettings) -> bool:
    if not _by_house(shot, line, settings):
        return True
    return why_silent(settings) is None and _can_be_said(line, settings)


def timed(
    shots: Sequence[Shot], there: Mapping[str, Filled], settings: FilmSettings, *, slower: float = 1.0
) -> tuple[TimedShot, ...]:
    """The shots at their true length: as long as the speech that was recorded, or as it would take, `slower` times."""
    return tuple(
        retime(shot, {line.id: _spoken_s(line, there, settings, slower) for line in shot.lines}) for shot in shots
    )


def as_said(speeches: Sequence[Speech], there: Mapping[str, Filled]) -> tuple[Speech, ...]:
    """The speeches with the times of their letters, where who recorded them tells."""
    return tuple(replace(speech, letters_s=_letters_s(speech, there)) for speech in speeches)


def _letters_s(speech: Speech, there: Mapping[str, Filled]) -> tuple[float, ...]:
    recorded = there.get(line_slot(speech.line_id))
    told = () if recorded is None else recorded.asset.generation_metadata.get(LETTERS, ())
    return tuple(min(speech.start_s + after_s, speech.end_s) for after_s in told)


def _spoken_s(line: Line, there: Mapping[str, Filled], settings: FilmSettings, slower: float) -> float:
    recorded = there.get(line_slot(line.id))
    if recorded is not None and recorded.asset.duration_s is not None:
        return recorded.asset.duration_s
    return slower * speech_s(line.text, settings.language, line.manner)


def _by_house(shot: Shot, line: Line, settings: FilmSettings) -> bool:
    return _spoken_by_house(settings) or is_guide(shot, line, settings)


def _spoken_by_house(settings: FilmSettings) -> bool:
    return settings.crew.get(Medium.SPEECH, HOUSE).partition(":")[0] == HOUSE


def _can_be_said(line: Line, settings: FilmSettings) -> bool:
    try:
        sayable(line.text, language_of(settings))
    except BadInput as exc:
        log.warning("%s; the line is subtitled", exc)
        return False
    return True
