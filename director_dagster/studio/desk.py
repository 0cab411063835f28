"""The desk: where the gate has things written down. What many pieces ask at one moment is one transaction."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import claims, ledger, receipts, seats
from director_dagster.catalog.claims import Claim, Purchase
from director_dagster.catalog.generation_rows import Moved
from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filling, Place
from director_dagster.catalog.receipts import Receiving
from director_dagster.catalog.senders import Sender
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Blob, Generation
from director_dagster.catalog.together import Together
from director_dagster.errors import Crowded, DirectorError, StorageUnavailable
from director_dagster.studio import filing, records
from director_dagster.studio.filing import Basis, Entry, Putting
from director_dagster.vault.store import Vault, digest_of

log = logging.getLogger(__name__)

LEASE_S = 45.0
FINISHING_S = 0.08
"""Finished pieces come one by one, as fast as they can be looked at; some of them are written together."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A generation's output, in the vault by now."""

    generation: Generation
    putting: Putting
    output: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A generation that is to be sent, and how many jobs its account may have at once, None any number."""

    generation: Generation
    at_once: int | None


@dataclass(frozen=True, kw_only=True)
class Settling:
    """A stored generation, what it cost, the asset that comes of it and the places that the asset fills."""

    generation: Generation
    cost_microusd: int | None
    entry: Entry
    places: Sequence[Place]
    basis: Basis
    insists: bool


class Desk:
    """Each method is one durable step of the gate, and returns when it is committed; raises what the ledger does.

    `submitting` raises Crowded besides.
    """

    def __init__(self, catalog: Catalog, vault: Vault, sender: Sender) -> None:
        self._catalog, self._vault, self._sender = catalog, vault, sender
        self.owned = Together[tuple[UUID, str], tuple[Asset | None, Blob | None]](catalog, claims.find_all_reusable)
        self.lost = Together[tuple[UUID, str], Asset | None](catalog, claims.find_all_lost)
        self.trashed = Together[tuple[UUID, str], Asset | None](catalog, claims.find_all_trashed)
        self.claim = Together[Purchase, Claim](catalog, self._claim)
        self.submitting = Together[Sending, Generation](catalog, self._submitting)
        self.acknowledge = Together[Receiving, Generation](catalog, self._acknowledge)
        self.stored = Together[Stored, Generation](catalog, self._stored, gather_s=FINISHING_S)
        self.settle = Together[Settling, Asset](catalog, self._settle, gather_s=FINISHING_S)
        self.fill = Together[Sequence[Filling], None](catalog, self._fill)
        self.renew = Together[Generation, Generation](catalog, self._renew)

    async def _claim(self, db: AsyncSession, purchases: Sequence[Purchase]) -> Sequence[Claim | DirectorError]:
        return await claims.claim_all(db, purchases, lease_s=LEASE_S)

    async def _submitting(self, db: AsyncSession, items: Sequence[Sending]) -> Sequence[Moved]:
        admitted = await seats.admit(db, [(item.generation, item.at_once) for item in items])
        going = [item.generation for item, goes in zip(items, admitted, strict=True) if goes]
        await self._sender.begin(self._catalog, [generation.id for generation in going])
        written = await ledger.submitting_all(db, going)
        await records.note_sent(self._vault, db, [row for row in written if isinstance(row, Generation)])
        moved = iter(written)
        return [next(moved) if goes else _crowded(item) for item, goes in zip(items, admitted, strict=True)]

    async def _acknowledge(self, db: AsyncSession, received: Sequence[Receiving]) -> Sequence[Generation]:
        rows = await receipts.acknowledge_all(db, received)
        try:
            await records.note_sent(self._vault, db, rows)
        except StorageUnavailable as exc:
            # The provider's word is worth more than its copy: it is in the catalog, whatever the vault takes now.
            log.warning("what was sent is in the catalog alone: %s", exc)
        return rows

    async def _renew(self, db: AsyncSession, generations: Sequence[Generation]) -> Sequence[Moved]:
        return await ledger.renew_all(db, generations, lease_s=LEASE_S)

    async def _stored(self, db: AsyncSession, items: Sequence[Stored]) -> Sequence[Moved]:
        await filing.record(self._vault, db, [item.putting for item in items])
        return await ledger.stored_all(
            db, [(item.generation, digest_of(item.putting.filed.url), dict(item.output)) for item in items]
        )

    async def _settle(self, db: AsyncSession, items: Sequence[Settling]) -> Sequence[Asset | DirectorError]:
        """Assets, edges, takes, costs and budgets: all of them or none."""
        moved = await ledger.settle_all(db, [(item.generation, item.cost_microusd) for item in items])
        settled = [item for item, row in zip(items, moved, strict=True) if isinstance(row, Generation)]
        assets = await filing.save_all(self._vault, db, [item.entry for item in settled])
        fillings = [
            filling
            for item, asset in zip(settled, assets, strict=True)
            for filling in filing.takes_of(item.places, asset, item.basis, insists=item.insists)
        ]
        await takes.fill_all(db, fillings, by=filing.STUDIO)
        saved = iter(assets)
        return [row if isinstance(row, DirectorError) else next(saved) for row in moved]

    async def _fill(self, db: AsyncSession, items: Sequence[Sequence[Filling]]) -> Sequence[None]:
        await takes.fill_all(db, [filling for fillings in items for filling in fillings], by=filing.STUDIO)
        return [None for _ in items]


def _crowded(item: Sending) -> Crowded:
    return Crowded(f"{item.generation.provider} has {item.at_once} jobs of ours, as many as it may have at once")
