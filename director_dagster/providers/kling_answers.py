"""What Kling answers, by either generation of its API: its shapes, and what its errors mean."""

from decimal import ROUND_CEILING, Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    OutputExpired,
    PromptRejected,
    RateLimited,
    RequestRejected,
)
from director_dagster.providers.http import Answer
from director_dagster.providers.pricing import MICRO, Rate

OK = 0
CLOCK = {1003, 1004}
NO_MONEY = {1101, 1102}
NOTHING_THERE = 1203
REFUSED = {1300, 1301}
BUSY = {1302, 1303}
NOT_ALLOWED = {1000, 1001, 1002, 1003, 1004, 1100, 1103, 1304}
REFERENCE = "external_task_id"

RUNNING = {"submitted", "processing"}
DONE = {"succeed", "succeeded"}
FAILED = "failed"
AGAINST_THE_RULES = ("risk control", "content security", "sensitive", "policy", "风控")
"""Words of a job's end that tell a refusal from a failure; there is no code for it."""


class Absent(OutputExpired):
    """Kling has no such job: not yet, or not any more."""


class Shape(BaseModel):
    """Of an answer; what is documented as a text may come as a number."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class File(Shape):
    """What was made."""

    type: str = "video"
    url: str


class Charge(Shape):
    """What was taken from an account: money, or units of a package that was paid before."""

    charge_type: str
    amount: str
    currency: str | None = None


class Task(Shape):
    """A job, as the newer generation tells it."""

    id: str = Field(pattern=r"^[\w-]{1,100}$")
    status: str
    external_id: str | None = None
    message: str | None = None
    outputs: list[File] | None = None
    billing: list[Charge] | None = None

    @property
    def refused(self) -> bool:
        """Whether a job that failed did so because of what was asked for."""
        return any(words in (self.message or "").lower() for words in AGAINST_THE_RULES)


class Result(Shape):
    """What came of a job of the older generation."""

    videos: list[File] | None = None


class Info(Shape):
    """What a job of the older generation was submitted with."""

    external_task_id: str | None = None


class OldTask(Shape):
    """A job, as the older generation tells it."""

    task_id: str = Field(pattern=r"^[\w-]{1,100}$")
    task_status: str
    task_status_msg: str | None = None
    task_info: Info | None = None
    task_result: Result | None = None
    final_unit_deduction: str | None = None
    final_balance_deduction: dict[str, object] | None = None

    @property
    def task(self) -> Task:
        """The same, as the newer generation would tell it. Money is told without its currency, so it is not told."""
        units = self.final_unit_deduction if not self.final_balance_deduction else None
        return Task(
            id=self.task_id,
            status=self.task_status,
            external_id=self.task_info.external_task_id if self.task_info else None,
            message=self.task_status_msg,
            outputs=self.task_result.videos if self.task_result else None,
            billing=[Charge(charge_type="unit", amount=units)] if units else None,
        )


class Taken(Shape):
    """A word that a request was taken."""

    data: Task


class OldTold(Shape):
    """The same of the older generation, which also tells so where a job stands."""

    data: OldTask


class Listed(Shape):
    """The jobs that were asked for."""

    data: list[Task]


class Failed(Shape):
    """An answer that is an error, unless its code is 0."""

    code: int
    message: str | None = None


def only(answer: Answer, name: str) -> Task:
    """The one job that was asked for, by its id or by our reference. Raises Absent, and AnswerMalformed for others."""
    tasks = answer.read(Listed).data
    if not tasks:
        raise Absent(f"kling lists no job {name}")
    if len(tasks) > 1 or name not in {tasks[0].id, tasks[0].external_id}:
        raise AnswerMalformed(f"kling: asked for the job {name}, and told of others")
    return tasks[0]


def charged(task: Task, unit: Rate | None) -> int | None:
    """What Kling reports that it took for the job, in micro-dollars; `unit` is what a unit of a package costs.

    None where it does not say, or says so in another money. That a film cost nothing is not believed: who pays in one
    way is told 0 of the other.
    """
    total = 0
    for charge in task.billing or []:
        microusd = _microusd(charge, unit)
        if microusd is None:
            return None
        total += microusd
    told = task.billing and (total > 0 or task.status == FAILED)
    return total if told else None


def judge(answer: Answer) -> DirectorError | None:
    """What an error means when a request is sent. Raises nothing: what cannot be read is left to its status.

    Of its servers' errors (5000 to 5002) none says that nothing was taken; its list of jobs does.
    """
    failed = _failed(answer)
    if failed is None:
        return RateLimited("kling: status 429", wait_s=answer.wait_s) if answer.status == 429 else None
    told = f"kling: {failed.message or 'no reason is told'} ({failed.code})"
    if failed.code in NO_MONEY:
        return OutOfMoney(f"{told} (top up the account, or buy units; nothing was charged)")
    if failed.code in REFUSED:
        return PromptRejected(told)
    if failed.code in NOT_ALLOWED:
        return KeyRejected(f"{told}; is this machine's clock right?" if failed.code in CLOCK else told)
    if REFERENCE in (failed.message or "").lower():
        # It has to be unique, and ours is: a request that has it already is this one, taken before.
        return Ambiguous(told)
    return _less_certain(answer, failed, told)


def _less_certain(answer: Answer, failed: Failed, told: str) -> DirectorError | None:
    if failed.code in BUSY or answer.status == 429:
        return RateLimited(told, wait_s=answer.wait_s)
    if failed.code == NOTHING_THERE:
        return ModelRetired(told)
    return RequestRejected(told) if 400 <= answer.status < 500 else None


def judge_job(answer: Answer) -> DirectorError | None:
    """What an error means when a job is asked for: a job that is not there any more was paid all the same."""
    failed = _failed(answer)
    if failed is not None and failed.code == NOTHING_THERE:
        return Absent(f"kling has no such job: {failed.message}")
    if answer.status == 404:
        return OutputExpired("kling has the job no longer (status 404)")
    return judge(answer)


def _microusd(charge: Charge, unit: Rate | None) -> int | None:
    try:
        amount = Decimal(charge.amount)
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    if charge.charge_type == "cash":
        return int((amount * MICRO).to_integral_value(ROUND_CEILING)) if charge.currency == "USD" else None
    return None if unit is None else unit.price(amount, basis="reported").microusd


def _failed(answer: Answer) -> Failed | None:
    """The error in an answer, also in one of status 200; None in one that is none, or cannot be read."""
    try:
        failed = answer.read(Failed)
    except AnswerMalformed:
        return None
    return None if failed.code == OK else failed
