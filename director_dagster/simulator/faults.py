"""Faults on demand: what a provider does wrong at its next requests, before or after it has charged."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.responses import JSONResponse, Response, StreamingResponse

TRICKLE_S = 0.05
STRANGE_WORD = "PONDERING"
"""A state of a job that no documentation knows."""


class Fault(StrEnum):
    """What goes wrong.

    REFUSE: the status is the answer, and nothing is done. LOSE: the connection breaks in the middle of the answer.
    BREAK: the status comes instead of the answer, after all was done. GARBLE: the answer cannot be read. TRICKLE: it
    comes byte by byte, without end. STRANGE: a job's state is a word that nobody knows. FAIL: the job is taken, ends
    badly, and is not charged. HIDE: a list that lags does not have the job yet (Kling's, when it is asked). RAMBLE:
    what is written and charged is no screenplay (of those that write scripts).
    """

    REFUSE = "refuse"
    LOSE = "lose"
    BREAK = "break"
    GARBLE = "garble"
    TRICKLE = "trickle"
    STRANGE = "strange"
    FAIL = "fail"
    HIDE = "hide"
    RAMBLE = "ramble"


class At(StrEnum):
    """Which requests go wrong: those that buy, that ask for a job, for what came of it, for the bytes of it."""

    SUBMIT = "submit"
    POLL = "poll"
    RESULT = "result"
    DOWNLOAD = "download"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A fault of `provider` (empty: of any), with status, body and headers of the answer of REFUSE and BREAK."""

    fault: Fault
    provider: str = ""
    at: At = At.SUBMIT
    status: int = 500
    body: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict)


class Faults:
    """The faults that are yet to come, in order; each spoils one request."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(self, fault: Planned, times: int = 1) -> None:
        """Let the next `times` requests of its kind, after those that are planned already, go wrong so."""
        self._planned += [fault] * times

    def next(self, provider: str, at: At = At.SUBMIT) -> Planned | None:
        """What goes wrong now, if anything does."""
        for index, fault in enumerate(self._planned):
            if fault.at is at and fault.provider in {"", provider}:
                return self._planned.pop(index)
        return None


def spoil(fault: Planned | None, answer: Response) -> Response:
    """The answer to a request that was dealt with, as it goes out."""
    match fault and fault.fault:
        case Fault.BREAK if fault is not None:
            return refusal(fault)
        case Fault.GARBLE:
            return Response("<html>Bad gateway</html>", media_type="text/html")
        case Fault.TRICKLE:
            return StreamingResponse(_trickle(), media_type=answer.media_type)
        case Fault.LOSE:
            body = bytes(answer.body)
            return StreamingResponse(_half(body), headers={"Content-Length": str(len(body))})
    return answer


def refusal(fault: Planned) -> Response:
    """The answer instead of any other."""
    return Response(fault.body, fault.status, dict(fault.headers), media_type=JSONResponse.media_type)


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError("the simulator hangs up, as it was told")


async def _trickle() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(TRICKLE_S)
