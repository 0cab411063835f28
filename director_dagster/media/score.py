"""Music that fits a film of any length: of a score, phrases are dropped or repeated; any other is cut and faded."""

from dataclasses import dataclass

from director_dagster.media import sound
from director_dagster.media.excerpt import Excerpt
from director_dagster.media.sound import Samples

# Phrases are joined just before the bar, so that the new phrase's first note is whole.
_JOINT = sound.frames(0.09)
_FIRST = sound.frames(1.2)

# Music of which nobody told how it is built begins again under its own end, and ends where the film does.
_ROUND = sound.frames(2.0)
_LAST = sound.frames(3.0)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a piece of music is built: an introduction of one phrase, the body, the ending.

    Attributes:
        bpm: Beats a minute.
        key: The tonic, e.g. ``"D"`` or ``"Eb"``.
        mode: E.g. ``"dorian"``.
        bar_s: Length of a bar.
        phrase_s: Length of a phrase, four bars. The introduction is one; the body holds one or more, whole.
        body_s: Length of the body, which begins at `phrase_s`.
        ending_start_s: Where the final cadence begins: right after the body.
    """

    bpm: float
    key: str
    mode: str
    bar_s: float
    phrase_s: float
    body_s: float
    ending_start_s: float

    @property
    def phrases(self) -> int:
        """How many phrases the body has."""
        return round(self.body_s / self.phrase_s)


def arrange(samples: Samples, score: Score, seconds: float) -> tuple[Excerpt, ...]:
    """Where to put which part of the music `samples` so that it fills `seconds` to the sample.

    The ending comes last and whole. Before it the body is played from its beginning, again and again or not to its
    end: any phrase leads to any other. What is left over is the end of the introduction (where no phrase fits, that of
    the body); the entry is faded in. Less time than the ending takes is filled with the end of the ending.
    """
    total, phrase = sound.frames(seconds), sound.frames(score.phrase_s)
    last = sound.frames(score.ending_start_s)
    count, opening = divmod(max(total - (len(samples) - last), 0), phrase)
    if count and not opening:
        count, opening = count - 1, phrase
    body = [phrase * (1 + index % score.phrases) for index in range(count)]
    entry = phrase if count else last
    spans = [(entry - opening, entry), *((first, first + phrase) for first in body)]
    return _join(samples, _merged([*spans, (max(last, len(samples) - total), len(samples))]))


def trimmed(samples: Samples, seconds: float) -> tuple[Excerpt, ...]:
    """Where to put the music `samples`, of which nothing is known, so that it fills `seconds` to the sample.

    It is played from its beginning, again and again where it is too short, and faded out where it is cut off.
    """
    total, length = sound.frames(seconds), len(samples)
    cross = min(_ROUND, length // 4)
    pieces: list[Excerpt] = []
    start = 0
    while length and start + length < total:
        pieces.append(Excerpt(samples=samples, start=start, fade_in=cross if start else 0, fade_out=cross))
        start += length - cross
    last = samples[: total - start]
    if len(last):
        # Music that ends where the film does has an ending of its own.
        fall = 0 if len(last) == length else min(_LAST, len(last))
        pieces.append(Excerpt(samples=last, start=start, fade_in=cross if start else 0, fade_out=fall))
    return tuple(pieces)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """`spans` without empty ones; where one goes on from the other, the two are one."""
    merged: list[tuple[int, int]] = []
    for first, end in spans:
        if merged and merged[-1][1] == first:
            merged[-1] = (merged[-1][0], end)
        elif first < end:
            merged.append((first, end))
    return merged


def _join(samples: Samples, spans: list[tuple[int, int]]) -> tuple[Excerpt, ...]:
    """The `spans` of `samples` one after another, each entering under the end of the one before it."""
    pieces: list[Excerpt] = []
    at = 0
    for index, (first, end) in enumerate(spans):
        lead = _JOINT if index else 0
        fall = _JOINT if index < len(spans) - 1 else 0
        rise = _JOINT if index else min(_FIRST, end - first)
        pieces.append(Excerpt(samples=samples[first - lead : end], start=at - lead, fade_in=rise, fade_out=fall))
        at += end - first
    return tuple(pieces)
