"""Crews as they are spelled: who makes what, by medium, or the name of a preset."""

from collections.abc import Mapping
from typing import Any

from director_dagster.errors import BadInput

MEDIA = ("script", "image", "video", "speech", "music")
PRESET = "preset"
PRESETS: Mapping[str, Mapping[str, str]] = {
    "animatic": dict.fromkeys(MEDIA, "animatic"),
    "cheap": {
        "script": "openai",
        "image": "openai",
        "video": "animatic",
        "speech": "openai",
        "music": "animatic",
    },
    "balanced": {
        "script": "openai",
        "image": "fal",
        "video": "fal",
        "speech": "openai",
        "music": "animatic",
    },
    "best": {
        "script": "openai",
        "image": "openai",
        "video": "fal:fal-ai/kling-video/v3/pro/image-to-video",
        "speech": "elevenlabs",
        "music": "elevenlabs",
    },
}
"""Each needs the keys of whom it names: `animatic` none, `cheap` OpenAI's alone. What names no model is asked for its
provider's own choice, which outlives the models of a year."""


def spell_out(said: str | Mapping[str, Any]) -> dict[str, Any]:
    """A crew by medium: of a preset's name, or of a table, whose `preset` fills in what the table leaves out.

    Raises BadInput for a name that is no preset's; whether the media and the providers are any is `studio.crew`'s.
    """
    table = {PRESET: said} if isinstance(said, str) else dict(said)
    name = table.pop(PRESET, None)
    if name is not None and not (isinstance(name, str) and name in PRESETS):
        raise BadInput(f"{name!r} is no crew; there are {', '.join(PRESETS)}, or a table by medium: {', '.join(MEDIA)}")
    return {**(PRESETS[name] if name is not None else {}), **table}
