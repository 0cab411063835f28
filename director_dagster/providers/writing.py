"""Writing: what providers have in common that write a screenplay from an idea."""

import math

from pydantic import BaseModel

from director_dagster.providers.contract import Ask, Json, Request

TOKENS = 16_000
"""So many may be written, with what a model thinks before."""

CHARS_PER_TOKEN = 2
"""At the least, so that a hold is at the most: English has some four."""

WRITER = (
    "You write short films. Answer with a complete screenplay in Fountain syntax: a title page with Title, scene "
    "headings like INT. KITCHEN - DAY, short visible actions, cues in capitals, sparse dialogue. No camera directions, "
    "no markdown. Two to four scenes, at most 40 lines of action and dialogue. Give each character a first description "
    "with age and clothing. Write in the language with the code {language}."
)
FORM: Json = {
    "type": "object",
    "properties": {"screenplay": {"type": "string"}},
    "required": ["screenplay"],
    "additionalProperties": False,
}
"""What is to be answered, as a JSON schema; `screenplay_of` reads it."""


class Written(BaseModel):
    """What the writer is told to answer."""

    screenplay: str


def plan(ask: Ask) -> Json:
    """What shapes a screenplay besides its idea."""
    return {name: ask.params[name] for name in ("language", "genre", "style")}


def told(request: Request) -> tuple[str, str]:
    """What a writer is told of its task, and of the wish."""
    wishes = [f"{name}: {value}" for name in ("genre", "style") if (value := request.params[name])]
    return WRITER.format(language=request.params["language"]), "\n".join([request.prompt, *wishes])


def tokens_read(request: Request) -> int:
    """How many tokens that takes, at the most."""
    return math.ceil(len("".join(told(request))) / CHARS_PER_TOKEN)


def screenplay_of(text: str) -> str | None:
    """The screenplay in what was answered; None where the writer did not keep to the form."""
    try:
        return Written.model_validate_json(text).screenplay
    except ValueError:
        return None
