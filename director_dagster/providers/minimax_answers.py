"""What MiniMax answers, by either version of its API: its shapes, and what its errors mean, even with status 200."""

import re

from pydantic import BaseModel, ConfigDict, Field

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.http import Answer

OK = 0
NO_MONEY = {1008}
NO_KEY = {1004, 2049}
BUSY = {1002, 1039, 1041}
REFUSED, OUTPUT_REFUSED = 1026, 1027
"""What was asked for, or what was made of it, is against the rules; the second may have been charged."""

THERE = 2039
"""There is a voice of that id. Ours are digests of what is asked for, so it is the one that is wanted."""

BAD = {1042, 2013}
OF_THE_REQUEST = 2000
"""Codes from here on are of what was asked for, those below of what came of it."""

CODE_OF_STATUS = {401: 1004, 402: 1008, 422: 1026, 429: 1002}
"""The codes that the second version's statuses stand for; it tells them at the end of its messages."""

TOLD_CODE = re.compile(r"\((\d{4})\)\s*$")
OVERLOADED = "overloaded_error"

RUNNING = {"Preparing", "Queueing", "Processing", "queued", "running"}
DONE = {"Success", "succeeded"}
FAIL = "Fail"
ENDED_BADLY = {FAIL, "failed", "cancelled", "expired"}


class Shape(BaseModel):
    """Of an answer; ids may come as numbers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Resp(Shape):
    """How the first version says whether it went well."""

    status_code: int = OK
    status_msg: str = ""


class Taken(Shape):
    """A word that a request was taken."""

    task_id: str = Field(pattern=r"^[\w-]{1,100}$")


class Error(Shape):
    """Why a job of the second version failed."""

    code: str = ""
    message: str = ""


class Content(Shape):
    """What was made."""

    url: str


class Usage(Shape):
    """What is charged."""

    total_seconds: float | None = None


class Task(Shape):
    """Where a job stands."""

    status: str
    error: Error | None = None
    content: Content | None = None
    usage: Usage | None = None
    file_id: str | None = None

    @property
    def refused(self) -> bool:
        """Whether a job that failed did so because of what was asked for, or of what came of it."""
        return self.error is not None and self.error.code in {str(REFUSED), str(OUTPUT_REFUSED)}


class Told(Shape):
    """A job of the second version."""

    task: Task


class OldTold(Shape):
    """A job of the first version; of one that failed, its word of how it went says why."""

    status: str
    file_id: str | None = None
    base_resp: Resp = Field(default_factory=Resp)

    @property
    def task(self) -> Task:
        """The same, as the second version would tell it."""
        error = Error(code=str(self.base_resp.status_code), message=self.base_resp.status_msg)
        return Task(status=self.status, file_id=self.file_id or None, error=error)


class File(Shape):
    """Where what was made is downloaded, for an hour."""

    download_url: str


class Found(Shape):
    """A file that was asked for."""

    file: File


class Sound(Shape):
    """What was spoken, in hexadecimal digits."""

    audio: str


class Extra(Shape):
    """What is told of it."""

    usage_characters: int | None = None


class Spoken(Shape):
    """A text that was said, or, as its `base_resp` says, is not given out."""

    data: Sound | None = None
    base_resp: Resp = Field(default_factory=Resp)
    extra_info: Extra = Field(default_factory=Extra)
    trace_id: str = ""


class Sample(Shape):
    """A sample that was sent."""

    file_id: int


class Uploaded(Shape):
    """A word that it has arrived."""

    file: Sample


class Cloned(Shape):
    """A voice that was made, or, as its `base_resp` says, was there."""

    input_sensitive: bool = False
    base_resp: Resp


class Failure(Shape):
    """What the second version says of an error."""

    type: str = ""
    message: str = ""


class Word(Shape):
    """What an answer of either version says of how it went."""

    status: str = ""
    base_resp: Resp | None = None
    error: Failure | None = None


def judge(answer: Answer) -> DirectorError | None:
    """What an answer means when a request is sent, of whatever status. Raises nothing: what cannot be read is left to
    its status, and a code that does not say that nothing was taken is ambiguous. Of speech that was made and is not
    given out, and of a voice that is there, the answer itself tells."""
    word = _word(answer)
    if word.base_resp is not None and word.base_resp.status_code in {OUTPUT_REFUSED, THERE}:
        return None
    code, told = _code(answer, word), f"minimax: {_message(word)}"
    if code is None:
        overloaded = word.error is not None and word.error.type == OVERLOADED
        return Overloaded(told) if overloaded else None
    return _surely_not_taken(answer, code, told) or Ambiguous(f"{told} ({code})")


def judge_job(answer: Answer) -> DirectorError | None:
    """What an answer means when a job is asked for: that it has failed is no error, and what is ambiguous is asked
    again."""
    if answer.status == 404:
        return OutputExpired("minimax has the job no longer (status 404)")
    if _word(answer).status == FAIL:
        return None
    return judge_free(answer)


def judge_free(answer: Answer) -> DirectorError | None:
    """What an answer means to what costs nothing: what is ambiguous is asked again."""
    error = judge(answer)
    return ProviderUnavailable(str(error)) if isinstance(error, Ambiguous) else error


def _surely_not_taken(answer: Answer, code: int, told: str) -> DirectorError | None:
    if code in NO_MONEY:
        return OutOfMoney(f"{told} (top up the account; nothing was charged)")
    if code in NO_KEY:
        return KeyRejected(told)
    if code == REFUSED:
        return PromptRejected(told)
    if code in BUSY:
        return RateLimited(told, wait_s=answer.wait_s)
    return RequestRejected(told) if code in BAD or code >= OF_THE_REQUEST else None


def _code(answer: Answer, word: Word) -> int | None:
    """The code of an error; None where there is none, or none is told."""
    if word.base_resp is not None and word.base_resp.status_code != OK:
        return word.base_resp.status_code
    found = TOLD_CODE.search(word.error.message) if word.error is not None else None
    if found is not None and answer.status >= 400:
        return int(found[1])
    return CODE_OF_STATUS.get(answer.status)


def _message(word: Word) -> str:
    if word.error is not None:
        return word.error.message
    return word.base_resp.status_msg if word.base_resp is not None else "no reason is told"


def _word(answer: Answer) -> Word:
    try:
        return answer.read(Word)
    except AnswerMalformed:
        return Word()
