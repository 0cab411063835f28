"""What OpenAI answers: its shapes, and what its errors mean."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

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

NO_MONEY = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
}
"""Codes of errors that no waiting mends; the first is also a type."""

OVERLOADED = {"server_is_overloaded", "slow_down"}
"""Codes of status 503 that say that there was no room for the request; others of its servers' errors say nothing."""

REFUSED = {"moderation_blocked", "content_policy_violation"}


class Usage(BaseModel):
    """Of a text."""

    prompt_tokens: int
    completion_tokens: int


class Message(BaseModel):
    """What was written, or why not."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One of the texts; one is asked for."""

    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
    message: Message


class Completion(BaseModel):
    """An answer of ``/chat/completions``."""

    id: str
    choices: list[Choice]
    usage: Usage


class InputTokens(BaseModel):
    """What a picture was made from."""

    text_tokens: int
    image_tokens: int


class ImageUsage(BaseModel):
    """Of a picture."""

    output_tokens: int
    input_tokens_details: InputTokens


class Picture(BaseModel):
    """One picture."""

    b64_json: str


class Pictures(BaseModel):
    """An answer of ``/images/…``."""

    data: list[Picture]
    usage: ImageUsage | None = None


class Failure(BaseModel):
    """An error."""

    message: str = ""
    type: str | None = None
    code: str | None = None


class Failed(BaseModel):
    """An answer that is an error."""

    error: Failure


def judge(answer: Answer) -> DirectorError | None:
    """What an error of OpenAI's means. Raises nothing: what cannot be read is left to its status."""
    if answer.status < 400:
        return None
    try:
        error = answer.read(Failed).error
    except AnswerMalformed:
        return None
    told = f"openai: {error.message}"
    if answer.status >= 500:
        return Overloaded(told) if answer.status == 503 and error.code in OVERLOADED else None
    if NO_MONEY & {error.type, error.code}:
        return OutOfMoney(f"{told} (top up the account; nothing was charged)")
    if error.code in REFUSED:
        return PromptRejected(told)
    if answer.status == 429:
        return RateLimited(told, wait_s=answer.wait_s)
    return _BY_STATUS.get(answer.status, RequestRejected)(told)


_BY_STATUS: Mapping[int, type[DirectorError]] = {401: KeyRejected, 403: KeyRejected, 404: ModelRetired}
