"""Jobs: what those providers have in common that answer later, and the server of what came of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from director_dagster.simulator.charges import Charge, Charges
from director_dagster.simulator.faults import At, Fault, Faults, Planned, refusal, spoil

POLLS = 2
"""A job is done at so many looks at its status."""


@dataclass(kw_only=True)
class Job:
    """One request that was taken.

    Attributes:
        id: The provider's name for it.
        model: What is sold.
        what: In words.
        microusd: For how much.
        make: Makes what is asked for.
        media_type: What that is.
        ref: The buyer's reference.
        failure: Why it ends badly, if it does; then it is not charged.
        looks: How often it was asked where it stands.
    """

    id: str
    model: str
    what: str
    microusd: int
    make: Callable[[], bytes]
    media_type: str = "video/mp4"
    ref: str = ""
    failure: str = ""
    looks: int = 0

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self.looks >= POLLS

    def look(self) -> None:
        """It was asked where it stands."""
        self.looks += 1


class Jobs:
    """One provider's, each charged when it is taken: it will be made."""

    def __init__(self, provider: str, charges: Charges, faults: Faults) -> None:
        self._provider, self._charges, self._faults = provider, charges, faults
        self._jobs: dict[str, Job] = {}

    def fault(self, at: At = At.SUBMIT) -> Planned | None:
        """What goes wrong now, if anything does."""
        return self._faults.next(self._provider, at)

    def take(self, job: Job, fault: Planned | None) -> Job:
        """Take a job on, and charge it; one that is to fail is not charged."""
        if fault is not None and fault.fault is Fault.FAIL:
            job.failure = "the job failed"
        self._jobs[job.id] = job
        if not job.failure:
            what = job.what[:200]
            self._charges.add(
                Charge(provider=self._provider, job=job.id, model=job.model, what=what, microusd=job.microusd)
            )
        return job

    def get(self, name: str) -> Job | None:
        """The job of that id, or the last with that reference."""
        named = (job for job in reversed(self._jobs.values()) if job.ref == name)
        return self._jobs.get(name) or next(named, None)

    async def download(self, request: Request) -> Response:
        """What came of the job in the path, the same bytes each time."""
        fault = self.fault(At.DOWNLOAD)
        if fault is not None and fault.fault is Fault.REFUSE:
            return refusal(fault)
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            return Response(status_code=404)
        return spoil(fault, Response(await asyncio.to_thread(job.make), media_type=job.media_type))


def base_of(request: Request) -> str:
    """Where the provider is spoken to."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
