"""The animatic as a provider: free, offline, deterministic; it passes the same gate as those that cost money."""

from pathlib import Path

from director_dagster.animatic.operations import MODELS, READS, perform
from director_dagster.errors import BadInput
from director_dagster.providers.contract import (
    Accepted,
    Ask,
    JobState,
    JobStatus,
    Output,
    Price,
    Provider,
    Request,
    Terms,
)
from director_dagster.providers.registry import Runner, Tools
from director_dagster.story.rights import OWN_WORK


def open_provider(tools: Tools) -> Provider:
    """The animatic; the entry point by which the studio finds it."""
    return Animatic(tools.runner)


class Animatic:
    """Draws, films, speaks, composes and drafts in child processes of this machine.

    A job is its request: nothing is kept between `submit` and `fetch`, so a job survives any crash, and fetching it
    again makes the same bytes again.
    """

    name = "animatic"
    terms = Terms(dedupe="key", key_life_s=float("inf"), listing_lag_s=0.0, retention_s=float("inf"), rights=OWN_WORK)

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def plan(self, ask: Ask, model: str | None) -> Request:
        """The request without its prompt and without pictures to draw after, which nobody here reads.

        Raises BadInput for what it cannot make.
        """
        if ask.operation not in MODELS:
            raise BadInput(f"the animatic cannot make {ask.operation!r}")
        own, own_name = MODELS[ask.operation]
        if model not in {None, own}:
            raise BadInput(f"the animatic has no model {model!r} for {ask.operation}; it has {own}")
        return Request(
            provider=self.name,
            model=own,
            model_name=own_name,
            operation=ask.operation,
            prompt="",
            params=ask.params,
            inputs=tuple(each for each in ask.inputs if each.role in READS.get(ask.operation, ())),
            seed=ask.seed,
        )

    def ready(self) -> None:
        """It always is."""

    def price(self, request: Request) -> Price:
        """Nothing."""
        return Price(microusd=0, quantity=1, unit=request.operation, unit_microusd=0, basis="computed", dated="")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:  # noqa: ARG002 (the contract's)
        """Our reference is the job id."""
        return Accepted(job_id=client_ref)

    async def poll(self, request: Request, job_id: str) -> JobStatus:  # noqa: ARG002 (the contract's)
        """Always ready to be fetched: the work is done then."""
        return JobStatus(state=JobState.DONE)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:  # noqa: ARG002 (the contract's)
        """Do the work in a child process. Raises what the work raises, e.g. BadInput."""
        paths = tuple((i.role, i.path) for i in request.inputs)
        return await self._runner.run(perform, request.operation, dict(request.params), request.seed, paths, into)

    async def find(self, client_ref: str) -> str | None:
        """Any reference names a job, since a job is its request."""
        return client_ref

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing runs outside of `fetch`, and cancelling that task ends its process."""

    async def aclose(self) -> None:
        """The workers belong to the studio, which closes them."""
