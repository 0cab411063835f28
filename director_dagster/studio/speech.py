"""Which of a film's lines can be heard, and why others cannot."""

import logging
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from director_dagster.animatic.casting import LANGUAGES
from director_dagster.animatic.wording import sayable
from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Medium
from director_dagster.story.cut import TimedShot
from director_dagster.story.film import FilmSettings
from director_dagster.story.shot import Line, Shot
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
    """Why nobody is heard in such a film, in one line for its maker; None when there are voices."""
    if settings.crew.get(Medium.SPEECH, HOUSE).partition(":")[0] != HOUSE:
        return None
    if language_of(settings) not in LANGUAGES:
        return (
            f"no voice speaks {settings.language!r} ({', '.join(LANGUAGES)} have one): "
            "the film is subtitled, and its characters are silent"
        )
    if find_spec("py_nanotts") is None:
        return "py-nanotts has no voices for this platform: the film is subtitled, and its characters are silent"
    return None


def heard_lines(shots: Sequence[Shot], settings: FilmSettings) -> tuple[Line, ...]:
    """All lines that a voice can say, in order; what it cannot say is named in the log and only subtitled."""
    silent = why_silent(settings)
    if silent is not None:
        log.warning("%s", silent)
        return ()
    return tuple(line for shot in shots for line in shot.lines if _can_be_said(line, settings))


def timed(shots: Sequence[Shot], there: Mapping[str, Filled], settings: FilmSettings) -> tuple[TimedShot, ...]:
    """The shots at their true length: as long as the speech that was recorded, or as it would take."""
    return tuple(retime(shot, {line.id: _spoken_s(line, there, settings) for line in shot.lines}) for shot in shots)


def _spoken_s(line: Line, there: Mapping[str, Filled], settings: FilmSettings) -> float:
    recorded = there.get(line_slot(line.id))
    if recorded is not None and recorded.asset.duration_s is not None:
        return recorded.asset.duration_s
    return speech_s(line.text, settings.language, line.manner)


def _can_be_said(line: Line, settings: FilmSettings) -> bool:
    if settings.crew.get(Medium.SPEECH, HOUSE).partition(":")[0] != HOUSE:
        return True
    try:
        sayable(line.text, language_of(settings))
    except BadInput as exc:
        log.warning("%s; the line is subtitled", exc)
        return False
    return True
