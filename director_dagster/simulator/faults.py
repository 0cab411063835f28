"""Faults on demand: what a provider does wrong at its next requests, before or after it has charged."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import JSONResponse, Response, StreamingResponse


class Fault(StrEnum):
    """What goes wrong.

    REFUSE answers with the status and charges nothing; LOSE, BREAK and GARBLE charge: the connection breaks in the
    middle of the answer; the status comes instead of it; the answer cannot be read.
    """

    REFUSE = "refuse"
    LOSE = "lose"
    BREAK = "break"
    GARBLE = "garble"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A fault, with the status that REFUSE and BREAK answer and the body of that answer."""

    fault: Fault
    status: int = 500
    body: str = "{}"


class Faults:
    """The faults that are yet to come, in order; each spoils one request that could be charged."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(self, fault: Planned, times: int = 1) -> None:
        """Let the next `times` requests, after those that are planned already, go wrong so."""
        self._planned += [fault] * times

    def next(self) -> Planned | None:
        """What goes wrong now, if anything does."""
        return self._planned.pop(0) if self._planned else None

    @staticmethod
    def spoil(fault: Planned | None, answer: Response) -> Response:
        """The answer to a request that was charged, as it goes out."""
        if fault is None or fault.fault is Fault.REFUSE:
            return answer
        if fault.fault is Fault.BREAK:
            return refusal(fault)
        if fault.fault is Fault.GARBLE:
            return Response("<html>Bad gateway</html>", media_type="text/html")
        return StreamingResponse(_broken(), headers={"Content-Length": "1000"})


def refusal(fault: Planned) -> Response:
    """The answer that charges nothing."""
    return Response(fault.body, fault.status, media_type=JSONResponse.media_type)


async def _broken() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionAbortedError("the simulator hangs up, as it was told")
