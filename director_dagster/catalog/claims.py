"""Claims: whether the workspace owns what is asked for, and if not, whose turn it is to buy it.

A claim makes a generation's row and holds its price, or finds who did: then one follows, takes over what a dead worker
has left, or learns that a person must decide. The steps from there on are the ledger's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.generation_rows import (
    CLAIMED,
    Change,
    from_now,
    is_held,
    note,
    note_all,
    only,
    step_all,
    tell,
    write,
)
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Asset, Blob, Generation, Json
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.ledger import BLOCKING, BLOCKS
from director_dagster.errors import BudgetExceeded, DirectorError


class Outcome(StrEnum):
    """What a claim came to, and what the caller does about it.

    OURS: go on from the generation's state; `submitting` means that a request may have left before.
    FOLLOW: another worker holds it; wait for what comes of it.
    UNKNOWN: it may have been paid and a person must find out; nothing is sent.
    BOUGHT: it is settled; its asset is there, or was, and getting it again is another purchase.
    """

    OURS = "ours"
    FOLLOW = "follow"
    UNKNOWN = "unknown"
    BOUGHT = "bought"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What `claim` found or made."""

    outcome: Outcome
    generation: Generation


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What is to be claimed: the `number`-th buying of a request, and what it is for. `price_microusd` None is
    unknown."""

    workspace_id: UUID
    film_id: UUID | None
    fingerprint: str
    provider: str
    model: str
    operation: str
    request: Json
    price_microusd: int | None
    number: int = 1
    account: str = ""
    piece: Json | None = None


async def find_reusable(db: AsyncSession, workspace_id: UUID, fingerprint: str) -> Asset | None:
    """As `find_all_reusable`, of one, without its blob."""
    ((asset, _),) = await find_all_reusable(db, [(workspace_id, fingerprint)])
    return asset


async def find_all_reusable(
    db: AsyncSession, wanted: Sequence[tuple[UUID, str]]
) -> list[tuple[Asset | None, Blob | None]]:
    """For each workspace and fingerprint the newest asset that is neither deleted nor lost nor failed, with its blob.

    Index: ix_assets_live_fingerprint.
    """
    query = (
        select(Asset, Blob)
        .join(Blob, (Blob.digest == Asset.digest) & Blob.lost_at.is_(None))
        .where(Asset.workspace_id.in_({workspace_id for workspace_id, _ in wanted}))
        .where(Asset.fingerprint.in_({fingerprint for _, fingerprint in wanted}))
        .where(Asset.deleted_at.is_(None), Asset.lost_at.is_(None), Asset.url.is_not(None))
        .order_by(Asset.id)
    )
    found = {(asset.workspace_id, asset.fingerprint): (asset, blob) for asset, blob in await db.execute(query)}
    return [found.get(each, (None, None)) for each in wanted]


async def find_all_lost(db: AsyncSession, wanted: Sequence[tuple[UUID, str]]) -> list[Asset | None]:
    """For each workspace and fingerprint the newest asset whose bytes are lost and which nobody has deleted.

    Index: uq_generations_purchase.
    """
    return await _newest_bought(db, wanted, Asset.lost_at.is_not(None), Asset.deleted_at.is_(None))


async def find_all_trashed(db: AsyncSession, wanted: Sequence[tuple[UUID, str]]) -> list[Asset | None]:
    """For each workspace and fingerprint the newest asset that was bought for it and lies in the trash with its bytes.

    Index: uq_generations_purchase.
    """
    there = Asset.lost_at.is_(None) & Asset.url.is_not(None)
    return await _newest_bought(db, wanted, Asset.deleted_at.is_not(None), Asset.purged_at.is_(None), there)


async def _newest_bought(
    db: AsyncSession, wanted: Sequence[tuple[UUID, str]], *which: ColumnElement[bool]
) -> list[Asset | None]:
    query = (
        select(Asset)
        .join(Generation, (Generation.workspace_id == Asset.workspace_id) & (Generation.id == Asset.generation_id))
        .where(Generation.workspace_id.in_({workspace_id for workspace_id, _ in wanted}))
        .where(Generation.fingerprint.in_({fingerprint for _, fingerprint in wanted}), BLOCKS)
        .where(*which)
        .order_by(Asset.id)
    )
    found = {(asset.workspace_id, asset.fingerprint): asset for asset in await db.scalars(query)}
    return [found.get(each) for each in wanted]


async def is_begun(db: AsyncSession, workspace_id: UUID, fingerprint: str) -> bool:
    """Whether somebody has begun to buy it and nobody has come to the end. Index: uq_generations_purchase."""
    return bool(await find_all_begun(db, workspace_id, [fingerprint]))


async def is_sent(db: AsyncSession, workspace_id: UUID, fingerprint: str) -> bool:
    """Whether it is begun and may have been sent: what is only claimed has cost nobody anything."""
    query = _begun(workspace_id, [fingerprint]).where(Generation.state != "queued")
    return bool((await db.scalars(query)).all())


async def find_all_begun(db: AsyncSession, workspace_id: UUID, fingerprints: Collection[str]) -> Collection[str]:
    """As `is_begun`, of many: those of them."""
    return set(await db.scalars(_begun(workspace_id, fingerprints)))


def _begun(workspace_id: UUID, fingerprints: Collection[str]) -> Select[str]:
    return select(Generation.fingerprint).where(
        Generation.workspace_id == workspace_id,
        Generation.fingerprint.in_(fingerprints),
        BLOCKS,
        Generation.settled_at.is_(None),
    )


async def claim(db: AsyncSession, purchase: Purchase, *, lease_s: float) -> Claim:
    """Claim a purchase: insert its row and hold its price, or find who did.

    A row whose lease is over is taken over, in whatever state it is. Raises BudgetExceeded when there is no room for
    the price, or it is unknown; then nothing is written. A price of 0 needs no budget.
    """
    async with db.begin_nested():
        while True:
            made = await _reserve(db, await _insert(db, [purchase], lease_s))
            found = None if made else await _claim_found(db, purchase, lease_s)
            if made or found is not None:
                break
            # It was closed between our two statements, so the next insert finds the place free.
    await _tell(db, made)
    return found or Claim(outcome=Outcome.OURS, generation=made[0])


async def claim_all(db: AsyncSession, purchases: Sequence[Purchase], *, lease_s: float) -> list[Claim | DirectorError]:
    """As `claim`, many at once; one without room for its price is told so in its place."""
    try:
        async with db.begin_nested():
            made = await _reserve(db, await _insert(db, purchases, lease_s))
    except BudgetExceeded:
        made = []  # There is not room for all of them: one by one, the first ones get it.
    await _tell(db, made)
    ours = {_place(row): Claim(outcome=Outcome.OURS, generation=row) for row in made}
    return [ours.get(_place(each)) or await _claim_alone(db, each, lease_s) for each in purchases]


def _place(of: Purchase | Generation) -> tuple[UUID, str, int]:
    """What there is one unfinished or settled generation of."""
    return of.workspace_id, of.fingerprint, of.number if isinstance(of, Purchase) else of.purchase


async def _insert(db: AsyncSession, purchases: Sequence[Purchase], lease_s: float) -> list[Generation]:
    """The rows of those purchases whose places were free."""
    rows = [
        {
            "id": new_id(),
            "workspace_id": each.workspace_id,
            "film_id": each.film_id,
            "fingerprint": each.fingerprint,
            "purchase": each.number,
            "provider": each.provider,
            "account": each.account,
            "model": each.model,
            "operation": each.operation,
            "request": each.request,
            "piece": each.piece,
            "price_microusd": each.price_microusd,
            "state": "queued",
            "lease_epoch": 1,
        }
        for each in purchases
    ]
    table = Generation.__table__
    given = recordset({name: table.columns[name].type for name in rows[0]}, rows)
    query = (
        insert(Generation)
        .from_select([*rows[0], "lease_until"], select(*given.c, from_now(lease_s)))
        .on_conflict_do_nothing(
            index_elements=[Generation.workspace_id, Generation.fingerprint, Generation.purchase],
            index_where=BLOCKS,
        )
        .returning(Generation)
    )
    return list(await db.scalars(query))


async def _reserve(db: AsyncSession, generations: Sequence[Generation]) -> list[Generation]:
    """Hold the prices of new generations. Raises BudgetExceeded when there is no room for all of them."""
    for row in generations:
        if row.price_microusd is None:
            raise BudgetExceeded(
                f"{row.provider} {row.model}: the price is unknown, so no budget can hold it; "
                "prices.toml in the studio's home can say it"
            )
    free = [row for row in generations if not row.price_microusd]
    await note_all(db, [(row, "queued", 0, {}) for row in free])
    priced = [row for row in generations if row.price_microusd]
    films = dict.fromkeys((row.workspace_id, row.film_id) for row in priced)
    held = [await _hold(db, [row for row in priced if (row.workspace_id, row.film_id) == film]) for film in films]
    return [*free, *(row for rows in held for row in rows)]


async def _hold(db: AsyncSession, generations: Sequence[Generation]) -> list[Generation]:
    """Hold the prices of new generations of one film, together."""
    first, prices = generations[0], [row.price_microusd or 0 for row in generations]
    budget_id = await budgets.reserve(
        db, workspace_id=first.workspace_id, film_id=first.film_id, price_microusd=sum(prices)
    )
    changes = [
        Change(generation=row, values={"reserved_microusd": price}, delta=price)
        for row, price in zip(generations, prices, strict=True)
    ]
    held = await step_all(db, changes, when=("queued",), to="queued", budget_id=budget_id)
    return [only([row]) for row in held]


async def _tell(db: AsyncSession, claimed: Sequence[Generation]) -> None:
    """Have the audit log say what was claimed and is to be paid; after the savepoint, with which nothing of it can be
    rolled back any more."""
    for row in claimed:
        if row.price_microusd:
            await tell(db, row, CLAIMED, price_microusd=row.price_microusd, purchase=row.purchase)


async def _claim_alone(db: AsyncSession, purchase: Purchase, lease_s: float) -> Claim | DirectorError:
    try:
        return await claim(db, purchase, lease_s=lease_s)
    except BudgetExceeded as exc:
        return exc


async def _claim_found(db: AsyncSession, purchase: Purchase, lease_s: float) -> Claim | None:
    query = (
        select(Generation, is_held().label("held"))
        .where(Generation.workspace_id == purchase.workspace_id, Generation.fingerprint == purchase.fingerprint)
        .where(Generation.purchase == purchase.number, BLOCKS)
        .with_for_update()
    )
    row = (await db.execute(query, execution_options=FRESH)).one_or_none()
    if row is None:
        return None
    generation: Generation = row[0]
    if generation.settled_at is not None:
        return Claim(outcome=Outcome.BOUGHT, generation=generation)
    if generation.state == "unknown":
        return Claim(outcome=Outcome.UNKNOWN, generation=generation)
    if row.held:
        return Claim(outcome=Outcome.FOLLOW, generation=generation)
    return Claim(outcome=Outcome.OURS, generation=await _take_over(db, generation, lease_s))


async def _take_over(db: AsyncSession, generation: Generation, lease_s: float) -> Generation:
    taken = await write(
        db, generation, when=BLOCKING, lease_epoch=Generation.lease_epoch + 1, lease_until=from_now(lease_s)
    )
    await note(db, taken, "taken over", details={"state": taken.state, "epoch": taken.lease_epoch})
    return taken
