"""What ElevenLabs answers: its shapes, and what its errors mean."""

from itertools import accumulate

from pydantic import BaseModel, Field

from director_dagster.errors import (
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    Overloaded,
    PromptRejected,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.http import Answer

COST = "character-cost"
"""How many credits were charged; documented of speech and sounds, not of music. Missing is not 0."""

NO_MONEY = {"quota_exceeded"}
REFUSED = {"bad_prompt", "content_against_policy"}
GONE = {"model_not_found", "model_deprecated", "unsupported_model"}
BUSY = {"system_busy"}


class Alignment(BaseModel):
    """When each character of the text is said, in seconds."""

    characters: list[str]
    starts_s: list[float] = Field(alias="character_start_times_seconds")
    ends_s: list[float] = Field(alias="character_end_times_seconds")

    @property
    def letters_s(self) -> list[float]:
        """When each begins, and when the last one ends, none before another that it follows."""
        return list(accumulate([*self.starts_s, max(self.ends_s, default=0.0)], max)) if self.starts_s else []


class Spoken(BaseModel):
    """A text that was said."""

    audio_base64: str
    alignment: Alignment | None = None


class Complaint(BaseModel):
    """What is wrong with a request."""

    status: str = ""
    message: str = ""
    msg: str = ""


class Failed(BaseModel):
    """An answer that is an error: one thing, or a list of what is not as it should be."""

    detail: Complaint | list[Complaint]

    @property
    def first(self) -> Complaint:
        """The one that is told."""
        if isinstance(self.detail, Complaint):
            return self.detail
        return self.detail[0] if self.detail else Complaint()


def judge(answer: Answer) -> DirectorError | None:
    """What an error means. Raises nothing: what cannot be read is left to its status."""
    if answer.status < 400 or answer.status >= 500:
        return None
    try:
        error = answer.read(Failed).first
    except AnswerMalformed:
        return None
    told = f"elevenlabs: {error.message or error.msg}"
    if error.status in NO_MONEY:
        return OutOfMoney(f"{told} (buy credits, or wait for the next month; nothing was charged)")
    if error.status in REFUSED:
        return PromptRejected(told)
    if error.status in GONE:
        return ModelRetired(told)
    if answer.status == 429:
        return Overloaded(told) if error.status in BUSY else RateLimited(told, wait_s=answer.wait_s)
    return (KeyRejected if answer.status in {401, 403} else RequestRejected)(told)
