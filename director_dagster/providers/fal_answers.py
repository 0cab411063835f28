"""What fal answers: its shapes, and what its errors mean."""

from pydantic import BaseModel, Field

from director_dagster.errors import (
    AnswerMalformed,
    DirectorError,
    JobFailed,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    RateLimited,
)
from director_dagster.providers.http import Answer

REFUSED = "content_policy_violation"
LOCKED = "user is locked"
UNITS = "x-fal-billable-units"
"""How many units of its model's price a job is charged."""

NO_ROOM = "runner_scheduling_failure"
"""The one error of its servers that says that nothing was begun: no runner was there for the request."""

RUNNING = {"IN_QUEUE", "IN_PROGRESS"}
COMPLETED = "COMPLETED"


class Queued(BaseModel):
    """A word that a request was taken. Of its addresses only that below our own base is used."""

    request_id: str = Field(pattern=r"^[\w-]{1,100}$")
    response_url: str = ""


class Told(BaseModel):
    """Where a job stands; one that is over may have failed."""

    status: str
    error: str | None = None


class File(BaseModel):
    """What was made, on a server of fal's."""

    url: str
    content_type: str | None = None


class Made(BaseModel):
    """What came of a job: pictures, or a moving one."""

    images: list[File] = Field(default_factory=list)
    video: File | None = None
    seed: int | None = None
    has_nsfw_concepts: list[bool] = Field(default_factory=list)


class Complaint(BaseModel):
    """One of the things that a model has against a request."""

    msg: str = ""
    type: str = ""


class Failed(BaseModel):
    """An answer that is an error: of the platform in words, of a model as a list."""

    detail: str | list[Complaint]
    error_type: str = ""

    @property
    def told(self) -> str:
        """In words."""
        if isinstance(self.detail, str):
            return self.detail
        return "; ".join(complaint.msg for complaint in self.detail)

    @property
    def refused(self) -> bool:
        """Whether what was asked for is against the rules."""
        return not isinstance(self.detail, str) and any(each.type == REFUSED for each in self.detail)


def judge(answer: Answer) -> DirectorError | None:
    """What an error means when a request is sent. Raises nothing: what cannot be read is left to its status."""
    failed = _failed(answer)
    if failed is None:
        return None
    told = f"fal: {failed.told}"
    if answer.status >= 500:
        return Overloaded(told) if (answer.status, failed.error_type) == (503, NO_ROOM) else None
    if answer.status == 403 and LOCKED in failed.told.lower():
        return OutOfMoney(f"{told} (top up the account; nothing was charged)")
    if failed.refused:
        return PromptRejected(told)
    if answer.status == 429:
        return RateLimited(told, wait_s=answer.wait_s)
    return ModelRetired(told) if answer.status == 404 else None


def judge_job(answer: Answer) -> DirectorError | None:
    """What an error means when a job is asked for: a job that is not there any more was paid all the same."""
    if answer.status == 404:
        return OutputExpired("fal has the job no longer (status 404)")
    return judge(answer)


def judge_result(answer: Answer, microusd: int | None) -> DirectorError | None:
    """What an error means where the output of a job that is over should be; `microusd` is what the job cost.

    fal charges no error of its servers; a request that a model turns down may have cost something.
    """
    failed = _failed(answer)
    if failed is not None and failed.refused:
        return PromptRejected(f"fal: {failed.told}", microusd=microusd)
    if failed is not None and answer.status == 422:
        return JobFailed(f"fal: {failed.told}", microusd=microusd)
    if failed is not None and answer.status >= 500 and "x-fal-error-type" in answer.headers:
        return JobFailed(f"fal: {failed.told}", microusd=0)
    return judge_job(answer)


def _failed(answer: Answer) -> Failed | None:
    if answer.status < 400:
        return None
    try:
        return answer.read(Failed)
    except AnswerMalformed:
        return None
