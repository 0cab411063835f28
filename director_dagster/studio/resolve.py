"""Resolve: what a person found out about a generation of which nobody could tell whether it was paid."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import ledger
from director_dagster.catalog.queries import generations
from director_dagster.catalog.tables import AssetKind, AssetType, Generation
from director_dagster.errors import BadInput
from director_dagster.studio import filing
from director_dagster.studio.filing import Label, Origin
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


async def adopt(db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, job: str) -> Generation:
    """The provider has it under that job id: the next making of its film fetches it. Raises BadInput."""
    generation = await _unknown(db, workspace_id, generation_id)
    return await ledger.acknowledge(db, generation, provider_job_id=job, raw={"told by": "a person"})


async def give_up(
    vault: Vault, db: AsyncSession, workspace_id: UUID, generation_id: UUID, *, cost_microusd: int
) -> Generation:
    """Nothing comes of it, and it cost that much: 0 when the provider never took it. The next making buys it anew.

    The cost is kept with an asset without bytes, as that of any failed generation. Raises BadInput.
    """
    generation = await _unknown(db, workspace_id, generation_id)
    reason = f"a person found out: {'charged' if cost_microusd else 'not charged'}, and nothing came of it"
    closed = await ledger.fail(db, generation, reason=reason, cost_microusd=cost_microusd)
    type_, kind = MADE.get(closed.operation, ("text", "other"))
    label = Label(
        workspace_id=workspace_id,
        type=type_,
        kind=kind,
        name=closed.operation,
        prompt=closed.request["prompt"],
        film_id=closed.film_id,
    )
    origin = Origin(
        provider=closed.provider,
        model=closed.model,
        seed=closed.request["seed"],
        cost_microusd=cost_microusd,
        fingerprint=closed.fingerprint,
        generation_id=closed.id,
        details={"error": reason},
    )
    await filing.save(vault, db, label=label, origin=origin, filed=None)
    return closed


async def _unknown(db: AsyncSession, workspace_id: UUID, generation_id: UUID) -> Generation:
    history = await generations.find(db, workspace_id, generation_id)
    if history is None:
        raise BadInput(f"there is no generation {generation_id}; `director ledger list` names those that wait")
    if history.generation.state != "unknown":
        raise BadInput(f"generation {generation_id} is {history.generation.state}: there is nothing to find out")
    return history.generation
