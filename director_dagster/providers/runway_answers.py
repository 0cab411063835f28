"""What Runway answers: its shapes, and what its errors mean."""

from decimal import Decimal

from pydantic import BaseModel, Field

from director_dagster.errors import (
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.http import Answer

RUNNING = {"PENDING", "THROTTLED", "RUNNING"}
DONE = "SUCCEEDED"
ENDED_BADLY = {"FAILED", "CANCELLED"}
AGAINST_THE_RULES = "SAFETY."
"""What the code of a failure begins with that is a refusal, of what was asked for or of what was made of it."""

NO_MONEY = "enough credits"
"""There is no code for an empty account, which is a bad request like any other."""


class Credits(BaseModel):
    """What something costs."""

    credits: Decimal = Field(allow_inf_nan=False)


class Taken(BaseModel):
    """A word that a request was taken, and what it costs at most."""

    id: str = Field(pattern=r"^[\w-]{1,100}$")
    estimated: Credits | None = Field(default=None, alias="estimatedCost")


class Task(BaseModel):
    """Where a job stands; of one that is over, what came of it and what it cost: 0 where it was given back."""

    status: str
    output: list[str] = Field(default_factory=list)
    failure: str = ""
    failure_code: str = Field(default="", alias="failureCode")
    cost: Credits | None = None


class Issue(BaseModel):
    """What is wrong with a field of a request."""

    path: list[str | int] = Field(default_factory=list)
    message: str = ""


class Failed(BaseModel):
    """An answer that is an error."""

    error: str = ""
    issues: list[Issue] = Field(default_factory=list)

    @property
    def told(self) -> str:
        """In words."""
        issues = (f"{'.'.join(map(str, issue.path))}: {issue.message}" for issue in self.issues)
        return "; ".join([self.error, *issues])


def judge(answer: Answer) -> DirectorError | None:
    """What an error means when a request is sent. Raises nothing: what cannot be read is left to its status.

    Runway says of 502, 503 and 504 that they may be sent again. Only 503, in its own words, is surely of a server that
    has turned the request away: the others may be of one between us that has waited in vain.
    """
    if answer.status < 400:
        return None
    failed = _failed(answer)
    if answer.status >= 500:
        return Overloaded(f"runway: {failed.told}") if answer.status == 503 and failed.error else None
    told = f"runway: {failed.told or f'status {answer.status}'}"
    if NO_MONEY in failed.error.lower():
        return OutOfMoney(f"{told} (buy credits; nothing was charged)")
    if answer.status == 429:
        return RateLimited(told, wait_s=answer.wait_s)
    if any(issue.path[:1] == ["model"] for issue in failed.issues):
        return ModelRetired(told)
    return (KeyRejected if answer.status in {401, 403} else RequestRejected)(told)


def judge_job(answer: Answer) -> DirectorError | None:
    """What an error means when a job is asked for: a job that is not there any more was paid all the same."""
    if answer.status == 404:
        return OutputExpired("runway has the job no longer (status 404)")
    return judge(answer)


def _failed(answer: Answer) -> Failed:
    try:
        return answer.read(Failed)
    except AnswerMalformed:
        return Failed()
