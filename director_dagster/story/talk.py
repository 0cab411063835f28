"""How those are heard who speak in the picture: by the model's own sound, by a voice laid over it, or from outside."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from director_dagster.story.shot import Breakdown, Channel, Line, Shot

ALL = "all"
"""In a film's choice: every shot that is not named itself."""


class Talk(StrEnum):
    """OWN: whoever films the shot speaks its lines too. OVER: our recording is laid over lips that move. OFF: it is
    heard from outside the picture, where nobody's lips move."""

    OWN = "own"
    OVER = "over"
    OFF = "off"


Choice = Mapping[str, Talk]
"""Shots by their code, or `ALL`, and how they talk."""


def talk_of(shot: Shot, choice: Choice) -> Talk | None:
    """How a shot talks: what is chosen for it, else for all, else OVER; OFF when the page has nobody speak in its
    picture, None when nothing is said at all."""
    if not shot.lines:
        return None
    if not any(line.channel is Channel.ON for line in shot.lines):
        return Talk.OFF
    return choice.get(shot.code, choice.get(ALL, Talk.OVER))


def is_own(shot: Shot, line: Line, choice: Choice) -> bool:
    """Whether whoever films the shot is to speak this line of it."""
    return line.channel is Channel.ON and talk_of(shot, choice) is Talk.OWN


def staged(breakdown: Breakdown, choice: Choice) -> Breakdown:
    """The breakdown with the lines of those shots moved outside the picture that are chosen to talk from there."""
    shots = (_from_outside(shot) if talk_of(shot, choice) is Talk.OFF else shot for shot in breakdown.shots)
    return replace(breakdown, shots=tuple(shots))


def _from_outside(shot: Shot) -> Shot:
    off = (replace(line, channel=Channel.OFF_SCREEN) if line.channel is Channel.ON else line for line in shot.lines)
    return replace(shot, lines=tuple(off))
