"""Who gets which voice: one each, fitting the look, no two alike."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from director_dagster.errors import BadInput
from director_dagster.story.shot import Look, Voice

NARRATOR = "NARRATOR"

LANGUAGES: dict[str, tuple[str, ...]] = {
    "en": ("en-GB", "en-US"),
    "de": ("de-DE",),
    "es": ("es-ES",),
    "fr": ("fr-FR",),
    "it": ("it-IT",),
}

# Median pitch at pitch 1.0, measured (2026-11) on one sentence each; the pitch factor multiplies it within 1 %.
BASE_HZ = {"en-GB": 180.0, "en-US": 167.0, "de-DE": 170.0, "es-ES": 193.0, "fr-FR": 188.0, "it-IT": 174.0}

# Nine rungs, from a low man to a child, each 21 … 22 % over the one below, so that neighbours measure 20 % apart. They
# are what whole hundredths, the engine's steps, become when the throat's size is added to them (`voice._voiced`).
PITCHES = tuple(round((step / 100) ** (4 / 3), 3) for step in (54, 63, 73, 85, 99, 115, 134, 156, 181))

_NARRATOR_HZ, _NARRATOR_SPEED = 150.0, 0.94
_TARGET_HZ = {
    ("female", "young"): 222.0, ("female", "adult"): 196.0, ("female", "old"): 168.0,
    ("male", "young"): 128.0, ("male", "adult"): 110.0, ("male", "old"): 92.0,
    ("neutral", "young"): 172.0, ("neutral", "adult"): 152.0, ("neutral", "old"): 134.0,
}  # fmt: skip
_CHILD_HZ = {"female": 305.0, "male": 275.0, "neutral": 290.0}
_BUILD = {"heavy": 0.94, "medium": 1.0, "slim": 1.05}
# A gain smaller than this is not worth a move, and rounding must not go round in circles.
_HAIR = 1e-9
_SPEED = {"child": 1.06, "young": 1.03, "adult": 1.0, "old": 0.86}


@dataclass(frozen=True)
class _Wish:
    """The pitch and the pace that fit someone."""

    hz: float
    speed: float

    def voice(self, engine: str, pitch: float) -> Voice:
        return Voice(language=engine, pitch=pitch, speed=self.speed)


def cast(
    looks_in_order: Sequence[tuple[str, Look]], language: str, taken: Mapping[str, Voice] | None = None
) -> dict[str, Voice]:
    """A voice for ``NARRATOR`` and each character, by name; characters in `taken` keep theirs.

    Any two differ in engine voice or by 20 % or more in pitch, as long as the language has voices left: 18 in English,
    9 elsewhere; beyond that, late-comers share. The same arguments give the same cast. Raises BadInput for a language
    without a voice.
    """
    if language not in LANGUAGES:
        raise BadInput(f"no voice speaks {language!r}; there are {', '.join(LANGUAGES)}")
    kept = dict(taken or {})
    wanted = {NARRATOR: _Wish(_NARRATOR_HZ, _NARRATOR_SPEED)}
    wanted |= {name: _Wish(_target_hz(look), _speed(look)) for name, look in looks_in_order}
    casting = _Casting({name: wish for name, wish in wanted.items() if name not in kept}, LANGUAGES[language], kept)
    casting.settle()
    return {name: kept.get(name) or casting.chosen[name] for name in wanted}


def hz(voice: Voice) -> float:
    """The median pitch that `voice` should have when measured."""
    return BASE_HZ.get(voice.language, 180.0) * voice.pitch


def alike(one: Voice, other: Voice) -> bool:
    """Whether an audience could take one for the other: the same engine voice and less than 20 % apart."""
    low, high = sorted((hz(one), hz(other)))
    return one.language == other.language and high < 1.2 * low


def _target_hz(look: Look) -> float:
    if look.age == "child":
        return _CHILD_HZ[look.presents]
    return _TARGET_HZ[look.presents, look.age] * _BUILD[look.build]


def _speed(look: Look) -> float:
    return round(_SPEED[look.age] * (0.97 if look.build == "heavy" else 1.0), 2)


class _Casting:
    """A cast in the making: everyone has a voice from the pool; those of `kept` stand fast."""

    def __init__(self, wanted: Mapping[str, _Wish], engines: Sequence[str], kept: Mapping[str, Voice]) -> None:
        self._wanted = wanted
        self._kept = tuple(kept.values())
        self._pool = [(engine, pitch) for engine in engines for pitch in PITCHES]
        self.chosen: dict[str, Voice] = {}
        for name in wanted:
            self.chosen[name] = self._best(name)
        # As many as there are voices can all be served; who comes later takes what fits.
        self._first = [*wanted][: len(self._pool)]

    def settle(self) -> None:
        """Let people move and exchange voices as long as that makes a better cast."""
        changes = 1
        while changes:
            changes = sum(self._move(name) for name in self._first)
            changes += sum(self._exchange(*pair) for pair in itertools.combinations(self._first, 2))

    def _best(self, name: str) -> Voice:
        return min((self._wanted[name].voice(*seat) for seat in self._pool), key=lambda one: self._strain(name, one))

    def _move(self, name: str) -> bool:
        best = self._best(name)
        better = self._strain(name, best) < self._strain(name, self.chosen[name]) - _HAIR
        if better:
            self.chosen[name] = best
        return better

    def _exchange(self, one: str, other: str) -> bool:
        seats = self.chosen[one], self.chosen[other]
        before = self._strain(one, seats[0]) + self._strain(other, seats[1])
        for name, seat in ((one, seats[1]), (other, seats[0])):
            self.chosen[name] = self._wanted[name].voice(seat.language, seat.pitch)
        better = sum(self._strain(name, self.chosen[name]) for name in (one, other)) < before - _HAIR
        if not better:
            self.chosen[one], self.chosen[other] = seats
        return better

    def _strain(self, name: str, voice: Voice) -> float:
        """How ill `voice` serves `name`: off the pitch that fits, near to others, or like one, which weighs most."""
        others = [*self._kept, *(other for owner, other in self.chosen.items() if owner != name)]
        crowd = sum(max(0.0, 0.3 - abs(math.log(hz(voice) / hz(other)))) for other in others)
        misfit = math.log(hz(voice) / self._wanted[name].hz)
        return misfit**2 + 0.1 * crowd + 10.0 * sum(alike(voice, other) for other in others)
