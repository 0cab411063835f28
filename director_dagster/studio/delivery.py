"""Delivery: from a provider's word that it has a job to the job's output in the vault's staging place.

What is under way is paid for, so a provider that does not answer is asked again for a good while.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from director_dagster.catalog.queries import generations
from director_dagster.catalog.tables import Generation, Json
from director_dagster.errors import (
    EndedBadly,
    JobFailed,
    OutputExpired,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
)
from director_dagster.providers.contract import Accepted, JobState, JobStatus, Output, Provider, Request
from director_dagster.story import wire
from director_dagster.studio.studio import Studio

T = TypeVar("T")

AGAIN_S = 5.0
GONE_TIMES = 3
PATIENCE_S = 600.0
OUTPUT, ENDED = "output", "ended"
NOTE, JOB, RAW = ".word", "job", "raw"


def staging(studio: Studio, generation: Generation) -> Path:
    """Where a generation's output lies until it is filed."""
    return studio.vault.staging(str(generation.id))


def clear(studio: Studio, generation: Generation) -> None:
    """Remove what lies of a generation in staging, since it is at its end; also what dead processes have left there."""
    if generation.price_microusd == 0:
        staging(studio, generation).unlink(missing_ok=True)
        return
    for file in studio.vault.staged(str(generation.id)):
        file.unlink(missing_ok=True)


async def note_word(studio: Studio, generation: Generation, accepted: Accepted) -> None:
    """Note a provider's word beside the output, durably: it was paid for, and the catalog may be gone just now."""
    await studio.vault.note(f"{generation.id}{NOTE}", {JOB: accepted.job_id, RAW: receipt(accepted)})


async def noted_word(studio: Studio, generation: Generation) -> Accepted | None:
    """The provider's word that was noted and did not come into the catalog any more; None without one."""
    told = await studio.vault.noted(f"{generation.id}{NOTE}")
    return None if told is None else _word(told[JOB], told[RAW])


def receipt(accepted: Accepted) -> Json:
    """What is kept of a provider's word; what came along is told of there and nowhere else."""
    along = {OUTPUT: accepted.output, ENDED: accepted.ended}
    return {**accepted.raw, **{name: wire.dump(value) for name, value in along.items() if value is not None}}


async def deliver(
    studio: Studio, provider: Provider, request: Request, generation: Generation, accepted: Accepted | None
) -> Output:
    """Wait for the job and fetch its output; a second call does so again.

    `accepted` is None where another process was told so: then the catalog knows what came along.

    Raises PromptRejected or JobFailed as the job ends, OutputExpired for what is not to be had any more, and
    ProviderUnavailable when the provider has not answered for PATIENCE_S.
    """
    word = await _last_word(studio, generation) if accepted is None else accepted
    if word.ended is not None:
        raise _bad_end(provider, word.ended)
    if word.output is not None:
        return _still_there(studio, generation, word.output)
    job = generation.provider_job_id or ""
    await _done(provider, request, job)
    return await _surely(lambda: provider.fetch(request, job, staging(studio, generation)))


async def _surely(question: Callable[[], Awaitable[T]]) -> T:
    """The answer to a question about what is paid for. Its server may err for a moment, so what seems to be gone is
    asked for again before that is believed."""
    for _ in range(GONE_TIMES - 1):
        try:
            return await patiently(question)
        except OutputExpired:
            await asyncio.sleep(AGAIN_S)
    return await patiently(question)


async def patiently(question: Callable[[], Awaitable[T]]) -> T:
    """The answer to a question that costs nothing, asked again while there is none. Raises ProviderUnavailable."""
    last = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await question()
        except ProviderUnavailable as exc:
            wait_s = exc.wait_s if isinstance(exc, RateLimited) and exc.wait_s is not None else AGAIN_S
            if time.monotonic() + wait_s > last:
                raise
            await asyncio.sleep(wait_s)


async def _last_word(studio: Studio, generation: Generation) -> Accepted:
    """What the provider said when it took the work, as its receipt has it."""
    async with studio.catalog.session() as db:
        told = await generations.last_word(db, generation) or {}
    return _word(generation.provider_job_id or "", told)


def _word(job: str, told: Json) -> Accepted:
    """A provider's word as `receipt` has kept it."""
    return Accepted(
        job_id=job,
        output=wire.load(Output, told[OUTPUT]) if OUTPUT in told else None,
        ended=wire.load(JobStatus, told[ENDED]) if ENDED in told else None,
        raw={name: value for name, value in told.items() if name not in {OUTPUT, ENDED}},
    )


def _still_there(studio: Studio, generation: Generation, output: Output) -> Output:
    if not staging(studio, generation).is_file():
        raise OutputExpired(f"{generation.provider} sends an output once, and it was lost before it was filed")
    return output


def _bad_end(provider: Provider, status: JobStatus) -> EndedBadly:
    if status.state is JobState.REFUSED:
        return PromptRejected(f"{provider.name} refused: {status.reason}", microusd=status.microusd)
    return JobFailed(f"{provider.name} failed: {status.reason}", microusd=status.microusd)


async def _done(provider: Provider, request: Request, job: str) -> None:
    while True:
        status = await _surely(lambda: provider.poll(request, job))
        match status.state:
            case JobState.DONE:
                return
            case JobState.RUNNING:
                await asyncio.sleep(provider.terms.poll_s)
            case JobState.REFUSED | JobState.FAILED:
                raise _bad_end(provider, status)
