"""How long things take: speech before it is heard, action by the page, and a shot when its speech is measured.

Where the numbers are from:

- A page is a minute of film, and 55 lines of action of some 61 letters: a script supervisor's rule; so an eighth of a
  page is 7.5 s and a line of action, with its share of the blank line after it, 1.1 s.
- Speech in English runs at some 155 words a minute, the pace recommended for recorded books; with 5.7 letters a word,
  its space included, these are 14.7 letters a second. Other languages: F. Pellegrino, C. Coupé, E. Marsico, "A
  cross-language perspective on speech information rate", Language 87 (2011), syllables a second turned into letters.
- A caption is read at 15 letters a second, and one second is needed to find it (the BBC's and Netflix's guides for
  subtitles allow 15 to 17).
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from director_dagster.story.cut import FPS, Placement, TimedShot
from director_dagster.story.shot import Framing, Line, Manner, Shot
from director_dagster.story.words import parts, spoken

LETTERS_A_SECOND: Mapping[str, float] = MappingProxyType(
    {"en": 14.7, "de": 14.3, "fr": 15.2, "es": 16.0, "it": 15.5, "ru": 13.8, "ja": 7.0, "zh": 4.6, "ko": 6.5}
)
_OTHER_LANGUAGES = 14.0
_PACE: Mapping[Manner, float] = MappingProxyType(
    {Manner.PLAIN: 1.0, Manner.WHISPER: 0.9, Manner.SHOUT: 1.05, Manner.SLOW: 0.8, Manner.FAST: 1.2}
)
_STOP_S, _COMMA_S = 0.32, 0.14
SHORTEST_SPEECH_S = 0.45

LINE_LETTERS = 61
LINES_A_PAGE = 55
PAGE_S = 60.0

LEAD_S = 0.4
BREATH_S = 0.25
TAIL_S = 0.5
# A shot nobody reads in time is no shot; a new place takes longest to see.
SHORTEST_S: Mapping[Framing, float] = MappingProxyType(
    {Framing.WIDE: 3.5, Framing.MEDIUM: 2.5, Framing.CLOSE_UP: 2.0, Framing.OVER_SHOULDER: 2.0, Framing.INSERT: 2.5}
)
SHORTEST_SPOKEN_S = 1.8
LONGEST_S = 12.0
# With lead-in, tail and the longest pause still no longer than the longest shot.
PART_S, LONGEST_PAUSE_S = 8.0, 3.0
_CAPTION_LETTERS_A_SECOND, _CAPTION_FOUND_S = 15.0, 1.0


def speech_s(text: str, language: str = "en", manner: Manner = Manner.PLAIN) -> float:
    """How long saying `text` takes, in seconds, reckoned by its letters and stops; 0 when it has no word."""
    if not spoken(text):
        return 0.0
    body = text.strip(" .!?…,;:")
    stops = sum(body.count(sign) for sign in ".!?…。！？")
    commas = sum(body.count(sign) for sign in ",;:–—、，")
    seconds = len(body) / _rate(language) + stops * _STOP_S + commas * _COMMA_S
    return max(seconds / _PACE[manner], SHORTEST_SPEECH_S)


def _rate(language: str) -> float:
    return LETTERS_A_SECOND.get(language.partition("-")[0].casefold(), _OTHER_LANGUAGES)


def spoken_parts(text: str, language: str = "en", manner: Manner = Manner.PLAIN) -> tuple[str, ...]:
    """`text` in parts that are each said in at most `PART_S`, cut as `words.parts` does."""
    letters = int(PART_S * _rate(language) * _PACE[manner])
    found = parts(text, letters)
    while letters > 1 and any(speech_s(part, language, manner) > PART_S for part in found):
        letters = letters * 3 // 4
        found = parts(text, letters)
    return found


def action_s(text: str) -> float:
    """How long action takes on the screen, in seconds, by its lines on the page; 0 for no words."""
    if not text.strip():
        return 0.0
    return (math.ceil(len(text) / LINE_LETTERS) + 0.5) * PAGE_S / LINES_A_PAGE


def frames(seconds: float) -> int:
    """`seconds` in whole frames, rounded up; what is off by a millionth of a frame is not a frame."""
    return math.ceil(seconds * float(FPS) - 1e-6)


def minimum_s(shot: Shot) -> float:
    """What a shot takes in seconds without its speech: its action, its caption, and being seen at all."""
    reading = len(shot.caption) / _CAPTION_LETTERS_A_SECOND + _CAPTION_FOUND_S if shot.caption else 0.0
    seen = SHORTEST_S[shot.framing] if not shot.lines or shot.framing is Framing.WIDE else SHORTEST_SPOKEN_S
    return min(max(action_s(shot.action), reading, seen), LONGEST_S)


def planned_s(shot: Shot, language: str = "en") -> float:
    """How long a shot is planned, in seconds: as `retime` would make it of speech as reckoned by `speech_s`."""
    spoken_s = {line.id: speech_s(line.text, language, line.manner) for line in shot.lines}
    return round(retime(shot, spoken_s).duration_s, 3)


def retime(shot: Shot, spoken_s: Mapping[str, float]) -> TimedShot:
    """The shot at its true length, now that each of its lines is `spoken_s` long, in seconds by line id.

    Speech begins after a lead-in, lines stand a breath apart, or as far as the page's beats say, and the shot ends a
    tail after the last; it is never shorter than its action needs. Starts are on frames. A line that is not among
    `spoken_s` is not heard and has no placement.
    """
    heard = [line for line in shot.lines if line.id in spoken_s]
    placements: list[Placement] = []
    at = LEAD_S
    for index, line in enumerate(heard):
        at += line.pause_s + (BREATH_S if index else 0.0)
        start = float(frames(at) / FPS)
        at = start + spoken_s[line.id]
        placements.append(Placement(line_id=line.id, start_s=start, end_s=at))
    end = at + TAIL_S if heard else 0.0
    return TimedShot(shot=shot, frames=frames(max(minimum_s(shot), end)), placements=tuple(placements))


def reckon(lines: tuple[Line, ...], language: str) -> float:
    """How long `lines` take one after another in one shot, lead-in and tail included, in seconds."""
    pauses = sum(line.pause_s for line in lines) + BREATH_S * (len(lines) - 1)
    return LEAD_S + pauses + sum(speech_s(line.text, language, line.manner) for line in lines) + TAIL_S
