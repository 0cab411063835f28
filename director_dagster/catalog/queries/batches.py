"""Questions about batches: of which assets one is, what waits in it, what became of each, and which are unfinished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, case, column, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from director_dagster.catalog.queries.wanted import Wanted, conditions
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Asset, Batch, BatchAsset, BatchState, Outcome
from director_dagster.catalog.tables.base import FRESH

CHANGED = BatchAsset.outcome == "changed"
STRANGE = "there is no such asset in this workspace"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An asset of a batch that was left as it was, by its name where it has one, and why."""

    asset_id: UUID
    name: str | None
    why: str


async def begin(db: AsyncSession, batch: Batch) -> bool:
    """Write down a batch, of no asset yet, unless its key is taken: False then. Who begins the same at this moment
    waits."""
    values = {name: getattr(batch, name) for name in ("id", "workspace_id", "key", "verb", "asked", "who", "undoes")}
    new = insert(Batch).values(**values, argument=batch.argument).on_conflict_do_nothing().returning(Batch.id)
    return await db.scalar(new) is not None


async def of_key(db: AsyncSession, workspace_id: UUID, key: str) -> Batch | None:
    """The batch of that key. Index: uq_batches_workspace_id_key."""
    query = select(Batch).where(Batch.workspace_id == workspace_id, Batch.key == key)
    return (await db.scalars(query, execution_options=FRESH)).one_or_none()


async def known(db: AsyncSession, workspace_id: UUID, batch_id: UUID) -> Batch | None:
    """The batch of that id. Index: uq_batches_workspace_id_id."""
    query = select(Batch).where(Batch.workspace_id == workspace_id, Batch.id == batch_id)
    return (await db.scalars(query, execution_options=FRESH)).one_or_none()


async def newest(db: AsyncSession, workspace_id: UUID, *, limit: int) -> Sequence[tuple[Batch, UUID | None]]:
    """The newest `limit` batches, and which one takes each back, if one does. Index: uq_batches_workspace_id_id,
    uq_batches_workspace_id_undoes."""
    some = select(Batch).where(Batch.workspace_id == workspace_id).order_by(Batch.id.desc()).limit(limit)
    new, back = aliased(Batch, some.subquery()), aliased(Batch)
    query = (
        select(new, back.id)
        .outerjoin(back, (back.workspace_id == new.workspace_id) & (back.undoes == new.id))
        .order_by(new.id.desc())
    )
    return [(batch, by) for batch, by in await db.execute(query, execution_options=FRESH)]


async def undoing(db: AsyncSession, batch: Batch) -> UUID | None:
    """The batch that takes this one back. Index: uq_batches_workspace_id_undoes."""
    return await db.scalar(select(Batch.id).where(Batch.workspace_id == batch.workspace_id, Batch.undoes == batch.id))


async def name(db: AsyncSession, batch: Batch, ids: Sequence[UUID]) -> Batch:
    """Let the batch be of these assets, each once; those that the workspace does not have are refused at once."""
    given = literal(list(dict.fromkeys(ids)), ARRAY(Uuid))
    named = func.unnest(given).table_valued(column("id", Uuid), name="named").render_derived()
    here = (Asset.workspace_id == batch.workspace_id) & (Asset.id == named.c.id)
    strange = Asset.id.is_(None)
    outcome, why = case((strange, literal("refused"))), case((strange, literal(STRANGE)), else_="")
    return await _name(
        db,
        batch,
        select(literal(batch.workspace_id), literal(batch.id), named.c.id, outcome, why)
        .select_from(named)
        .outerjoin(Asset, here),
    )


async def name_fitting(db: AsyncSession, batch: Batch, want: Wanted) -> Batch:
    """Let the batch be of the assets that fit, as they are at this moment. To be asked where `library` is."""
    fitting = (Asset.workspace_id == batch.workspace_id, *conditions(want))
    return await _name(db, batch, _waiting(batch, Asset.id).where(*fitting))


async def name_changed(db: AsyncSession, batch: Batch, by: UUID) -> Batch:
    """Let the batch be of the assets that another one has changed."""
    changed = (BatchAsset.workspace_id == batch.workspace_id, BatchAsset.batch_id == by)
    return await _name(db, batch, _waiting(batch, BatchAsset.asset_id).where(*changed, CHANGED))


async def waiting(db: AsyncSession, batch: Batch, *, limit: int) -> Sequence[UUID]:
    """The next `limit` assets of the batch of which nothing is decided, the newest first. Index:
    ix_batch_assets_waiting."""
    query = select(BatchAsset.asset_id).where(*_of(batch), BatchAsset.outcome.is_(None))
    return (await db.scalars(query.order_by(BatchAsset.asset_id.desc()).limit(limit))).all()


async def settle(db: AsyncSession, batch: Batch, outcomes: Mapping[UUID, Outcome], refused: Mapping[UUID, str]) -> None:
    """Write down what became of some assets of the batch, and for what reason those that were refused were so."""
    told = recordset(
        {"asset_id": Uuid(), "outcome": Text(), "why": Text()},
        [{"asset_id": id_, "outcome": what, "why": refused.get(id_, "")} for id_, what in outcomes.items()],
    )
    values = {"outcome": told.c.outcome, "why": told.c.why}
    await db.execute(
        update(BatchAsset).where(*_of(batch), BatchAsset.asset_id == told.c.asset_id).values(values),
        execution_options={"synchronize_session": False},
    )
    numbers = list(outcomes.values())
    await _count(db, batch, done=len(numbers), changed=numbers.count("changed"), refused=numbers.count("refused"))


async def end(db: AsyncSession, batch: Batch, state: BatchState, *, reason: str = "") -> None:
    """Nothing more becomes of the batch."""
    ended = update(Batch).where(Batch.workspace_id == batch.workspace_id, Batch.id == batch.id)
    await db.execute(
        ended.where(Batch.ended_at.is_(None)).values(state=state, reason=reason, ended_at=func.clock_timestamp())
    )


async def working(db: AsyncSession) -> Sequence[Batch]:
    """All batches that are not at their end, of every workspace that one sees, the oldest first. Index:
    ix_batches_working."""
    return (await db.scalars(select(Batch).where(Batch.ended_at.is_(None)).order_by(Batch.created_at))).all()


async def changed(db: AsyncSession, batch: Batch, *, limit: int) -> Sequence[UUID]:
    """The first `limit` assets that the batch has changed, the newest first. Index: pk_batch_assets."""
    query = select(BatchAsset.asset_id).where(*_of(batch), CHANGED)
    return (await db.scalars(query.order_by(BatchAsset.asset_id.desc()).limit(limit))).all()


async def worth(db: AsyncSession, batch: Batch) -> tuple[int, int]:
    """What the assets that the batch has changed have cost, in microdollars, as far as it is known; and of how many it
    is not. Index: pk_batch_assets."""
    here = (Asset.workspace_id == BatchAsset.workspace_id) & (Asset.id == BatchAsset.asset_id)
    costs = select(func.sum(Asset.cost_microusd), func.count().filter(Asset.cost_microusd.is_(None)))
    known, unknown = (await db.execute(costs.join_from(BatchAsset, Asset, here).where(*_of(batch), CHANGED))).one()
    return int(known or 0), unknown


async def refusals(db: AsyncSession, batch: Batch, *, limit: int) -> Sequence[Refusal]:
    """The first `limit` assets that the batch has left as they were, the newest first. Index: pk_batch_assets."""
    here = (Asset.workspace_id == BatchAsset.workspace_id) & (Asset.id == BatchAsset.asset_id)
    query = (
        select(BatchAsset.asset_id, Asset.name, BatchAsset.why)
        .outerjoin(Asset, here)
        .where(*_of(batch), BatchAsset.outcome == "refused")
        .order_by(BatchAsset.asset_id.desc())
        .limit(limit)
    )
    return [Refusal(asset_id=id_, name=name, why=why) for id_, name, why in await db.execute(query)]


def _of(batch: Batch) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return BatchAsset.workspace_id == batch.workspace_id, BatchAsset.batch_id == batch.id


def _waiting(batch: Batch, id_: InstrumentedAttribute[UUID]) -> Select[*tuple[Any, ...]]:
    return select(literal(batch.workspace_id), literal(batch.id), id_, null(), literal(""))


async def _name(db: AsyncSession, batch: Batch, rows: Select[*tuple[Any, ...]]) -> Batch:
    """Write the rows down; the batch as it is then."""
    columns = ["workspace_id", "batch_id", "asset_id", "outcome", "why"]
    await db.execute(insert(BatchAsset).from_select(columns, rows))
    total = select(func.count()).select_from(BatchAsset).where(*_of(batch))
    strange = await db.scalar(total.where(BatchAsset.outcome.is_not(None))) or 0
    counts = {"total": await db.scalar(total) or 0, "done": strange, "refused": strange}
    mine = update(Batch).where(Batch.workspace_id == batch.workspace_id, Batch.id == batch.id)
    return (await db.scalars(mine.values(counts).returning(Batch), execution_options=FRESH)).one()


async def _count(db: AsyncSession, batch: Batch, *, done: int, changed: int, refused: int) -> None:
    mine = update(Batch).where(Batch.workspace_id == batch.workspace_id, Batch.id == batch.id)
    more = {"done": Batch.done + done, "changed": Batch.changed + changed, "refused": Batch.refused + refused}
    await db.execute(mine.values(more), execution_options={"synchronize_session": False})
