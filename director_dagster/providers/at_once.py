"""At once: what providers have in common whose answer to a request is the output itself."""

from pathlib import Path

from director_dagster.errors import OutputExpired
from director_dagster.providers.contract import JobState, JobStatus, Output, Request
from director_dagster.providers.seller import Seller


class AtOnce(Seller):
    """A provider with one answer to each request."""

    async def poll(self, request: Request, job_id: str) -> JobStatus:  # noqa: ARG002 (the contract's)
        """There is nothing to wait for: all that it says, it says at once."""
        return JobStatus(state=JobState.DONE)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:  # noqa: ARG002 (the contract's)
        """Raises OutputExpired: what is made comes once, with the answer."""
        raise OutputExpired(f"{self.name} sends what it makes once: {job_id} cannot be fetched again")

    async def find(self, client_ref: str) -> str | None:  # noqa: ARG002 (the contract's)
        """Nothing can be looked up."""
        return None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing runs that could be stopped."""
