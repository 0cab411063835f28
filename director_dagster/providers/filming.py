"""Filming: what providers have in common that film a shot from its storyboard frame."""

import base64
from collections.abc import Sequence
from pathlib import Path

from director_dagster.errors import BadInput
from director_dagster.providers.contract import TALK, Ask, Input
from director_dagster.providers.pictures import media_type
from director_dagster.story.cut import FPS
from director_dagster.story.talk import Talk


def frame_of(provider: str, ask: Ask) -> Input:
    """The shot's first picture. Raises BadInput without one."""
    frame = next((each for each in ask.inputs if each.role == "frame"), None)
    if frame is None:
        raise BadInput(f"{provider} films a shot from its storyboard frame, and none was given")
    return frame


def covering_s(provider: str, ask: Ask, lengths_s: Sequence[int]) -> int:
    """The shortest of the lengths that a model films, the shortest first, that covers the shot.

    Raises BadInput for a shot that is longer than all of them.
    """
    seconds = ask.params["frames"] / FPS
    length = next((length for length in lengths_s if length >= seconds), None)
    if length is None:
        raise BadInput(
            f"{provider}'s model films {lengths_s[-1]} s at most, and the shot is {float(seconds):.1f} s long: "
            "divide it in the screenplay, or let another provider film it"
        )
    return length


def speaks(provider: str, ask: Ask, *, able: bool) -> bool:
    """Whether the clip is to speak the lines that its prompt quotes. Raises BadInput where the model cannot."""
    wanted = ask.params.get(TALK) == Talk.OWN
    if wanted and not able:
        raise BadInput(
            f'{provider}\'s model films without speech: write talk = "over" in film.toml, for the film or for this '
            "shot, or let another provider film it"
        )
    return wanted


def refuse_long(provider: str, chars: int, limit: int) -> None:
    """Raise BadInput for a prompt of more characters than are read."""
    if chars > limit:
        raise BadInput(f"{provider}'s model reads {limit:,} characters of a prompt; this one has {chars:,}")


def known(provider: str, model: str, models: Sequence[str], medium: str) -> str:
    """`model`, if it is one of them. Raises BadInput, naming those that there are."""
    if model not in models:
        there = ", ".join(models)
        raise BadInput(f"{provider}'s {model!r} is no model for {medium} that we know how to ask; there are {there}")
    return model


def in_base64(picture: Path) -> str:
    """A picture as it is sent within JSON."""
    return base64.b64encode(picture.read_bytes()).decode()


def data_uri(picture: Path) -> str:
    """A picture as an address that holds it."""
    data = picture.read_bytes()
    return f"data:{media_type(data)};base64,{base64.b64encode(data).decode()}"
