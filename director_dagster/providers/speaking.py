"""Speaking: what providers have in common that speak a line in a voice of their own."""

from collections.abc import Mapping, Sequence

from director_dagster.providers.contract import CHOSEN, Json

DEEP_BELOW = 0.95
"""Factors on the pitch of the house's voices below this are deep voices."""


def cast(params: Json, voices: Mapping[bool, Sequence[str]]) -> str:
    """Which of a provider's voices speaks: the one that was chosen there, else one of `voices`, by whether it is deep.

    The house's voices differ by their pitch, so that is what tells one of the provider's from another.
    """
    if CHOSEN in params:
        return str(params[CHOSEN])
    pitch = params["voice"]["pitch"]
    there = voices[pitch < DEEP_BELOW]
    index: int = round(pitch * 100) % len(there)
    return there[index]


def pace(voice: Json, slowest: float, fastest: float) -> float:
    """The voice's pace, as far as the provider goes."""
    return min(max(float(voice["speed"]), slowest), fastest)
