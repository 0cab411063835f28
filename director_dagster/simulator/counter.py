"""The counter: where those providers sell whose answer is the output itself."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from starlette.responses import Response

from director_dagster.simulator.charges import Charge, Charges
from director_dagster.simulator.faults import Fault, Faults, refusal, spoil

REFUSED_WORD = "FORBIDDEN"
"""Words with this in them are against the rules of all our providers."""

Make = Callable[[str], Awaitable[tuple[int, Response]]]
"""Makes the job of that name: what it costs, in micro-dollars, and the answer."""


class Counter:
    """One provider's."""

    def __init__(self, provider: str, charges: Charges, faults: Faults) -> None:
        self._provider, self._charges, self._faults = provider, charges, faults

    async def sell(
        self, model: str, words: str, refused: Response | None, make: Make, *, ramble: Make | None = None
    ) -> Response:
        """What the provider refuses, refused; else it is charged, and answered as planned: `ramble` is how a writer
        makes what is of no use."""
        fault = self._faults.next(self._provider)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        if refused is not None:
            return refused
        job = f"sim-{uuid4().hex}"
        rambles = fault is not None and fault.fault is Fault.RAMBLE
        microusd, answer = await (ramble if ramble is not None and rambles else make)(job)
        self._charges.add(Charge(provider=self._provider, job=job, model=model, what=words[:200], microusd=microusd))
        return spoil(fault, answer)
