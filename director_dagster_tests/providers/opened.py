"""Providers opened for tests, against the simulator, and what they are asked for."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from director_dagster.providers.contract import Ask, Medium
from director_dagster.providers.pricing import PriceBook
from director_dagster.providers.registry import Tools

SIZE = {"width_px": 640, "height_px": 352}
VOICE = {"language": "en-GB", "pitch": 0.8, "speed": 1.0}
IDEA = {"idea": "a keeper", "language": "en", "genre": "drama", "style": None}
ASKS: Mapping[str, Ask] = {
    "script": Ask(medium=Medium.SCRIPT, operation="draft", prompt="a keeper", params=IDEA),
    "picture": Ask(medium=Medium.IMAGE, operation="frame", prompt="A door at night", params={"size": SIZE}),
    "shot": Ask(
        medium=Medium.VIDEO, operation="shot", prompt="The door opens", params={"size": SIZE, "frames": 49}, seed=7
    ),
    "line": Ask(medium=Medium.SPEECH, operation="line", prompt="-", params={"text": "Who is there?", "voice": VOICE}),
}


class Nobody:
    """Runs nothing: a provider that is spoken to over HTTP needs no CPU of ours."""

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise AssertionError(function)


def tools(accounts: Mapping[str, Mapping[str, str]]) -> Tools:
    """What a studio with these accounts lends, at our own prices."""
    return Tools(runner=Nobody(), prices=PriceBook.open(None, dt.date(2026, 11, 30)), accounts=accounts)
