"""Resolve: what a person found out about a generation of which nobody could tell whether it was paid."""

import re
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import ledger, receipts
from director_dagster.catalog.generation_rows import tell
from director_dagster.catalog.money import exactly, told
from director_dagster.catalog.queries import assets, generations
from director_dagster.catalog.queries.generations import History
from director_dagster.catalog.tables import AssetKind, AssetType, Generation
from director_dagster.errors import BadInput, Refused, Unsure
from director_dagster.providers.contract import JobState
from director_dagster.studio import filing
from director_dagster.studio.crew import lacking
from director_dagster.studio.filing import Label, Origin
from director_dagster.studio.order import label_of, request_of
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Vault

MADE: Mapping[str, tuple[AssetType, AssetKind]] = {
    "draft": ("script", "script"),
    "character": ("image", "character"),
    "location": ("image", "location"),
    "prop": ("image", "prop"),
    "frame": ("image", "frame"),
    "shot": ("video", "shot"),
    "title": ("video", "other"),
    "credits": ("video", "other"),
    "line": ("audio", "dialogue"),
    "voice": ("audio", "voice"),
    "clone": ("text", "voice"),
    "score": ("audio", "music"),
    "ambience": ("audio", "other"),
}
"""What each operation would have made."""

A_PERSON = "a person found out"
JOB_CHARS = 500
JOB = re.compile(r"[\w:-][\w.:@=+-]*(/[\w:-][\w.:@=+-]*)*")
"""Ids of jobs as providers write them; some are paths, of which each part names something."""


def can_be_resolved(history: History) -> bool:
    """Whether a person may say what became of it: perhaps paid, not given out by its provider, ended with its cost
    unknown, or with one that a person has said."""
    generation = history.generation
    ended_unknown = generation.settled_at is not None and generation.cost_microusd is None
    return generation.state in {"unknown", "submitted"} or ended_unknown or is_said(history)


def is_said(history: History) -> bool:
    """Whether its cost is what a person has said."""
    generation = history.generation
    by_person = (generation.reason or "").startswith(A_PERSON)
    return generation.settled_at is not None and (
        by_person or any(event.what in {ledger.COST_FOUND_OUT, ledger.COST_CORRECTED} for event in history.events)
    )


async def adopt(db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, job: str) -> Generation:
    """The provider has it under that job id (see `prove`): the next making of its film fetches it. Raises BadInput,
    also where somebody else was quicker to say something of it."""
    generation = await _unknown(db, workspace_id, generation_id, lock=True)
    other = await generations.of_job(db, generation.provider, job)
    if other is not None and other.id != generation_id:
        whose = f"generation {other.id}'s" if other.workspace_id == workspace_id else "another workspace's"
        raise BadInput(f"job {job} is {whose}: look in the account for the one that is {generation_id}'s")
    adopted = await receipts.acknowledge(db, generation, provider_job_id=job, raw={"told by": "a person"})
    if adopted.state != "submitted":
        raise BadInput(f"job {job} became another generation's just now: generation {generation_id} is {adopted.state}")
    await tell(db, adopted, "adopted", reason="a person found its job", job=job)
    return adopted


async def prove(studio: Studio, workspace_id: UUID, generation_id: UUID, *, job: str) -> None:
    """Ask the provider itself about the job that a person has found for a generation.

    Raises BadInput for one that it does not know, whose end was a bad one or whose output cannot be fetched: nothing
    would come of it, and that could not be taken back. Raises Unavailable or Ambiguous when it does not say.
    """
    async with studio.catalog.session() as db:
        generation = await _unknown(db, workspace_id, generation_id)
    if JOB.fullmatch(job) is None or ".." in job or len(job) > JOB_CHARS:
        raise BadInput("that is no id of a job: write it as the provider's account shows it")
    provider = studio.providers.get(generation.provider)
    if provider is None:
        raise BadInput(lacking(studio.providers, generation.provider))
    provider.ready()
    request, staged = request_of(studio.vault, generation), studio.vault.staging(f"{generation_id}.proof")
    try:
        status = await provider.poll(request, job)
        if status.state is JobState.DONE:
            await provider.fetch(request, job, staged)
    except Refused as exc:
        raise BadInput(f"{exc}. Nothing is changed: say what was charged, or another job") from exc
    finally:
        staged.unlink(missing_ok=True)
    if status.state in {JobState.FAILED, JobState.REFUSED}:
        ended = f"{provider.name}'s job {job} is {status.state}: {status.reason}"
        raise BadInput(f"{ended}. Nothing is changed: say what was charged for it")


async def give_up(
    vault: Vault,
    db: AsyncSession,
    workspace_id: UUID,
    generation_id: UUID,
    *,
    cost_microusd: int,
    sure: bool = False,
    seen: str | None = None,
) -> Generation:
    """Nothing comes of it, and it cost that much: 0 when the provider never took it. The next making buys it anew.

    With `seen`, the state in which somebody has looked at it, only while it is in that. That its provider, who has it
    as a job, never gives it out is believed to who is `sure`: it is bought a second time. So is more than its highest
    price.

    The cost is kept with an asset without bytes, as that of any failed generation. So is one given up that its provider
    has taken and does not give out; of one at its end whose cost nobody knew, this is its cost. What a person has said
    is corrected by who is sure; the same again changes nothing. Raises BadInput, of what is believed to who is sure
    Unsure.
    """
    history = await _open(db, workspace_id, generation_id)
    generation = history.generation
    if seen not in {None, generation.state}:
        raise BadInput(f"generation {generation_id} is {generation.state} by now: look at it again")
    if is_said(history):
        return await _correct(vault, db, generation, cost_microusd=cost_microusd, sure=sure)
    if generation.state == "submitted" and not sure:
        raise Unsure(
            f"{generation.provider} has it as job {generation.provider_job_id}, and the next making fetches it: "
            f"say that you are sure if it never gives it out, and took {exactly(cost_microusd)} for it"
        )
    most = generation.price_microusd
    if most is not None and cost_microusd > most and not sure:
        raise Unsure(
            f"it was to cost {exactly(most)} at most: say that you are sure if {exactly(cost_microusd)} is right"
        )
    if generation.settled_at is not None:
        found = await ledger.found_out(db, generation, cost_microusd=cost_microusd)
        await filing.note_again(vault, db, await assets.of_generation(db, found.workspace_id, found.id))
        return found
    reason = f"{A_PERSON} that nothing came of it"
    closed = await ledger.fail(db, generation, reason=reason, cost_microusd=cost_microusd)
    origin = Origin(
        provider=closed.provider,
        model=closed.model,
        seed=closed.request["seed"],
        cost_microusd=cost_microusd,
        fingerprint=closed.fingerprint,
        generation_id=closed.id,
        details={"error": reason},
    )
    await filing.save(vault, db, label=label_of(closed) or _unlabelled(closed), origin=origin, filed=None)
    return closed


async def _correct(
    vault: Vault, db: AsyncSession, generation: Generation, *, cost_microusd: int, sure: bool
) -> Generation:
    """What was said of its cost is said anew, for good reason: a form may be an old one, a command a repeated one."""
    before = generation.cost_microusd
    if before == cost_microusd:
        return generation
    if not sure:
        right = exactly(cost_microusd)
        raise Unsure(f"it was said before that it took {told(before)}: say that you are sure if {right} is right")
    corrected = await ledger.correct(db, generation, cost_microusd=cost_microusd)
    await filing.note_again(vault, db, await assets.of_generation(db, corrected.workspace_id, corrected.id))
    return corrected


def _unlabelled(closed: Generation) -> Label:
    """What is known of a piece whose row says no more than what was asked for."""
    type_, kind = MADE.get(closed.operation, ("text", "other"))
    return Label(
        workspace_id=closed.workspace_id,
        type=type_,
        kind=kind,
        name=closed.operation,
        prompt=closed.request["prompt"],
        film_id=closed.film_id,
    )


async def _unknown(db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, lock: bool = False) -> Generation:
    generation = (await _known(db, workspace_id, generation_id, lock=lock)).generation
    if generation.state != "unknown":
        raise BadInput(_settled(generation))
    return generation


async def _open(db: AsyncSession, workspace_id: UUID, generation_id: UUID) -> History:
    """One of which a person may say what it cost, and that nobody is at; ours until the transaction ends."""
    history = await _known(db, workspace_id, generation_id, lock=True)
    generation = history.generation
    if generation.state == "submitted" and await generations.is_at_work(db, generation):
        raise BadInput(f"generation {generation_id}: somebody is fetching it just now; look again in a minute")
    if not can_be_resolved(history):
        raise BadInput(_settled(generation))
    return history


def _settled(generation: Generation) -> str:
    cost = "" if generation.settled_at is None else f", cost {told(generation.cost_microusd)}"
    return f"generation {generation.id} is {generation.state}{cost}: there is nothing to find out"


async def _known(db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, lock: bool) -> History:
    history = await generations.find(db, workspace_id, generation_id, lock=lock)
    if history is None:
        raise BadInput(f"there is no generation {generation_id}; `director ledger list` names those that wait")
    return history
