"""Providers opened for tests, against the simulator; what they are asked for, and what comes of it."""

import datetime as dt
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from director_dagster.providers.contract import CLONE, TALK, Ask, Input, JobState, Medium, Output, Provider, Request
from director_dagster.providers.pricing import PriceBook
from director_dagster.providers.registry import Tools

FRAME = Path(__file__).parents[2] / "docs" / "images" / "frame.jpg"
SIZE = {"width_px": 320, "height_px": 176}
VOICE = {"language": "en-GB", "pitch": 0.8, "speed": 1.0}
IDEA = {"idea": "a keeper", "language": "en", "genre": "drama", "style": None}
LINE = {"text": "Who is there?", "voice": VOICE}
SCORE = {"genre": "drama", "style": None, "moods": ["calm"], "seconds": 15.0}
ASKS: Mapping[str, Ask] = {
    "script": Ask(medium=Medium.SCRIPT, operation="draft", prompt="a keeper", params=IDEA, seed=7),
    "picture": Ask(medium=Medium.IMAGE, operation="frame", prompt="A door at night", params={"size": SIZE}, seed=7),
    "shot": Ask(
        medium=Medium.VIDEO,
        operation="shot",
        prompt="The door opens",
        params={"size": SIZE, "frames": 49},
        inputs=[Input(role="frame", digest="d", path=FRAME)],
        seed=7,
    ),
    "talking": Ask(
        medium=Medium.VIDEO,
        operation="shot",
        prompt='Anna says: "Who is there?"',
        params={"size": SIZE, "frames": 49, TALK: "own"},
        inputs=[Input(role="frame", digest="d", path=FRAME)],
        seed=7,
    ),
    "line": Ask(medium=Medium.SPEECH, operation="line", prompt="Who is there?", params=LINE, seed=7),
    "score": Ask(medium=Medium.MUSIC, operation="score", prompt="Calm music", params=SCORE, seed=7),
    "ambience": Ask(
        medium=Medium.MUSIC, operation="ambience", prompt="The sound of the sea", params={"seconds": 5.0}, seed=7
    ),
}
"""One of each kind."""


def cloning(file: Path, seconds: int = 12) -> Ask:
    """A voice that is to be cloned from a sample of so many seconds, which is written to `file`."""
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x10\x20" * 8000 * seconds)
    samples = [Input(role="sample", digest=f"{seconds} s", path=file)]
    return Ask(medium=Medium.SPEECH, operation=CLONE, prompt="ANNA", params={}, inputs=samples)


class Nobody:
    """Runs nothing: a provider that is spoken to over HTTP needs no CPU of ours."""

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise AssertionError(function)


def tools(accounts: Mapping[str, Mapping[str, str]]) -> Tools:
    """What a studio with these accounts lends, at our own prices."""
    return Tools(runner=Nobody(), prices=PriceBook.open(None, dt.date(2026, 11, 30)), accounts=accounts)


async def finished(provider: Provider, request: Request, job: str) -> JobState:
    """How the job ends, asked for until it does."""
    while True:
        state = (await provider.poll(request, job)).state
        if state is not JobState.RUNNING:
            return state


async def bought(provider: Provider, request: Request, into: Path) -> tuple[str, Output]:
    """The request's job and its output, which is in the file `into`."""
    accepted = await provider.submit(request, "ref-1", into)
    if accepted.output is not None:
        return accepted.job_id, accepted.output
    assert await finished(provider, request, accepted.job_id) is JobState.DONE
    return accepted.job_id, await provider.fetch(request, accepted.job_id, into)
