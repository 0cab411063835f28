"""What Google's Gemini API answers: its shapes, and what its errors mean."""

import re
from typing import Any

from pydantic import BaseModel, Field

from director_dagster.errors import (
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    Overloaded,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.http import Answer

WHOLE = "STOP"
REFUSED = {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "RECITATION", "SPII"}
"""Ends of an answer that are against the rules; any other than these and WHOLE is a failure."""

BAD_KEY = "API_KEY_INVALID"
NO_MONEY = ("credits are depleted", "billing account")
"""There is no code for an empty account, which looks like one that asks too much."""

DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
UNAVAILABLE = "UNAVAILABLE"


class Data(BaseModel):
    """Bytes, in base64."""

    mime_type: str = Field(alias="mimeType")
    data: str


class Part(BaseModel):
    """A piece of what was made; one of thoughts has a text that is none of it."""

    text: str | None = None
    thought: bool = False
    inline: Data | None = Field(default=None, alias="inlineData")


class Content(BaseModel):
    """What was made."""

    parts: list[Part] = Field(default_factory=list)


class Candidate(BaseModel):
    """One of the answers; one is asked for."""

    content: Content = Field(default_factory=Content)
    end: str = Field(default="", alias="finishReason")


class Feedback(BaseModel):
    """What is said of a prompt that is against the rules."""

    blocked: str = Field(default="", alias="blockReason")


class Usage(BaseModel):
    """What is charged: tokens that were read, and all others, thoughts among them."""

    read: int = Field(alias="promptTokenCount")
    total: int = Field(alias="totalTokenCount")


class Generated(BaseModel):
    """An answer of ``:generateContent``."""

    id: str = Field(default="", alias="responseId")
    candidates: list[Candidate] = Field(default_factory=list)
    feedback: Feedback = Field(default_factory=Feedback, alias="promptFeedback")
    usage: Usage | None = Field(default=None, alias="usageMetadata")

    @property
    def parts(self) -> list[Part]:
        """What was made, without thoughts."""
        return [part for each in self.candidates[:1] for part in each.content.parts if not part.thought]

    @property
    def end(self) -> str:
        """How it ended: WHOLE, or why not."""
        return self.feedback.blocked or next((each.end for each in self.candidates), "no answer")

    @property
    def refused(self) -> bool:
        """Whether what was asked for, or what was made of it, is against the rules."""
        return bool(self.feedback.blocked) or self.end in REFUSED


class Failure(BaseModel):
    """An error."""

    message: str = ""
    status: str = ""
    details: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def reasons(self) -> set[str]:
        """Codes that say more than the status."""
        return {str(each["reason"]) for each in self.details if "reason" in each}

    @property
    def delay_s(self) -> float | None:
        """How long to wait, where it says so."""
        delays = (DELAY.fullmatch(str(each.get("retryDelay", ""))) for each in self.details)
        return next((float(found[1]) for found in delays if found), None)


class Failed(BaseModel):
    """An answer that is an error."""

    error: Failure


def judge(answer: Answer) -> DirectorError | None:
    """What an error means. Raises nothing: what cannot be read is left to its status.

    Of its servers' errors only that a model is overloaded says that nothing was taken.
    """
    if answer.status < 400:
        return None
    try:
        error = answer.read(Failed).error
    except AnswerMalformed:
        return RateLimited("google: status 429", wait_s=answer.wait_s) if answer.status == 429 else None
    told = f"google: {error.message}"
    if answer.status >= 500:
        return Overloaded(told) if (answer.status, error.status) == (503, UNAVAILABLE) else None
    if any(words in error.message.lower() for words in NO_MONEY):
        return OutOfMoney(f"{told} (top up the account; nothing was charged)")
    if answer.status == 429:
        return RateLimited(told, wait_s=answer.wait_s if error.delay_s is None else error.delay_s)
    if answer.status in {401, 403} or BAD_KEY in error.reasons:
        return KeyRejected(told)
    return ModelRetired(told) if answer.status == 404 else RequestRejected(told)
