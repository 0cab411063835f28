"""Receipts: a provider's word that it has a generation's job. None commits; the gate does, after each.

A word is never thrown away, whoever holds the generation by now: a receipt that was lost would be paid again.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Text, Uuid, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.generation_rows import note_all
from director_dagster.catalog.ledger import get, unknown
from director_dagster.catalog.recordset import Columns, recordset
from director_dagster.catalog.tables import Generation, Json, Receipt
from director_dagster.catalog.tables.base import FRESH

_RECEIPT: Columns = {
    "workspace_id": Uuid(),
    "generation_id": Uuid(),
    "client_ref": Uuid(),
    "provider_job_id": Text(),
    "raw": JSONB(),
}


@dataclass(frozen=True, kw_only=True)
class Receiving:
    """A provider's word that it has a generation's job."""

    generation: Generation
    provider_job_id: str
    raw: Json = field(default_factory=dict)


async def acknowledge(
    db: AsyncSession, generation: Generation, *, provider_job_id: str, raw: Json | None = None
) -> Generation:
    """As `acknowledge_all`, of one."""
    received = Receiving(generation=generation, provider_job_id=provider_job_id, raw=raw or {})
    return (await acknowledge_all(db, [received]))[0]


async def acknowledge_all(db: AsyncSession, received: Sequence[Receiving]) -> list[Generation]:
    """Keep a provider's word that it has the jobs, whoever holds the leases now; a second one is kept beside it.

    The state becomes `submitted` if the outcome was open, also where it was `unknown`; but `unknown` where the job is
    another generation's already: whether both were charged, only a person can find out. A caller whose lease another
    worker has taken over gets a row of its old lease, with which its next step raises Overtaken.
    """
    epochs = [each.generation.lease_epoch for each in received]
    given = recordset(_RECEIPT, [_receipt(each) for each in received])
    await db.execute(insert(Receipt).from_select(list(_RECEIPT), select(*given.c)))
    others = await _whose(db, received)
    query = (
        update(Generation)
        .where(Generation.id == given.c.generation_id, Generation.client_ref == given.c.client_ref)
        .where(Generation.state.in_(("submitting", "unknown")), Generation.id.not_in(others))
        .values(state="submitted", provider_job_id=given.c.provider_job_id)
        .returning(Generation)
    )
    taken = {row.id: row for row in await db.scalars(query, execution_options=FRESH)}
    await note_all(db, [_noted(each, taken) for each in received])
    for each in received:
        if each.generation.id in others and each.generation.state == "submitting":
            other = others[each.generation.id]
            reason = f"its provider named job {each.provider_job_id}, which is generation {other}'s"
            taken[each.generation.id] = await unknown(db, each.generation, reason=reason)
    rows = [
        taken.get(each.generation.id) or await get(db, each.generation.workspace_id, each.generation.id)
        for each in received
    ]
    for row, epoch in zip(rows, epochs, strict=True):
        # The row bears its new holder's epoch; handed back as it is, it would let the caller pass for that holder.
        if row.lease_epoch != epoch:
            db.expunge(row)
            row.lease_epoch = epoch
    return rows


async def _whose(db: AsyncSession, received: Sequence[Receiving]) -> Mapping[UUID, UUID]:
    """Of those whose jobs other generations have already, which ones."""
    jobs = {(each.generation.workspace_id, each.generation.provider, each.provider_job_id) for each in received}
    place = tuple_(Generation.workspace_id, Generation.provider, Generation.provider_job_id)
    rows = await db.scalars(select(Generation).where(place.in_(jobs)), execution_options=FRESH)
    owners = {(row.workspace_id, row.provider, row.provider_job_id): row.id for row in rows}
    found = {
        each.generation.id: owners.get((each.generation.workspace_id, each.generation.provider, each.provider_job_id))
        for each in received
    }
    return {id_: owner for id_, owner in found.items() if owner is not None and owner != id_}


def _receipt(received: Receiving) -> Json:
    return {
        "workspace_id": received.generation.workspace_id,
        "generation_id": received.generation.id,
        "client_ref": received.generation.client_ref,
        "provider_job_id": received.provider_job_id,
        "raw": received.raw,
    }


def _noted(received: Receiving, taken: Container[UUID]) -> tuple[Generation, str, int, Json]:
    what = "submitted" if received.generation.id in taken else "acknowledged again"
    return received.generation, what, 0, {"job": received.provider_job_id}
