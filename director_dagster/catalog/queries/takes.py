"""Questions about slots and the takes that fill them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.tables import Asset, AssetKind, Blob, Slot, Take
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A slot with its selected take, the asset in it and the asset's blob (None for a failed one)."""

    slot: Slot
    take: Take
    asset: Asset
    blob: Blob | None

    def keeps(self, basis: Mapping[str, str], basis_version: int) -> bool:
        """Whether the take is still current: same basis, by the same rule, and the asset neither lost nor deleted.

        Whether the bytes are there with `blob.size_bytes` is the vault's to say.
        """
        current = self.take.basis == dict(basis) and self.take.basis_version == basis_version
        gone = self.asset.deleted_at or self.asset.lost_at or self.blob is None or self.blob.lost_at
        return current and not gone


async def ensure_slot(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    name: str,
    kind: AssetKind,
    film_id: UUID | None = None,
    character_id: UUID | None = None,
    shot_id: UUID | None = None,
) -> Slot:
    """The slot of that name, of the film or the character, made if there is none."""
    row = {"workspace_id": workspace_id, "film_id": film_id, "character_id": character_id, "name": name}
    query = (
        insert(Slot)
        .values(**row, id=new_id(), kind=kind, shot_id=shot_id)
        .on_conflict_do_nothing(index_elements=list(row))
        .returning(Slot)
    )
    made = (await db.scalars(query)).one_or_none()
    if made is not None:
        return made
    known = select(Slot).where(*(getattr(Slot, key).is_not_distinct_from(value) for key, value in row.items()))
    return (await db.scalars(known)).one()


async def add(
    db: AsyncSession,
    *,
    slot: Slot,
    asset_id: UUID,
    basis: Mapping[str, str],
    basis_version: int,
    reused: bool = False,
    saved_microusd: int | None = 0,
    select_by: str | None = None,
) -> Take:
    """The slot's next take, and with `select_by` its selected one. A second call makes a second take.

    Takes of one slot are numbered from 1 without gaps, also when several workers add at once.
    """
    await db.execute(select(Slot.id).where(Slot.id == slot.id).with_for_update())
    last = await db.scalar(
        select(func.max(Take.number)).where(Take.workspace_id == slot.workspace_id, Take.slot_id == slot.id)
    )
    take = Take(
        workspace_id=slot.workspace_id,
        slot_id=slot.id,
        number=(last or 0) + 1,
        asset_id=asset_id,
        basis=dict(basis),
        basis_version=basis_version,
        reused=reused,
        saved_microusd=saved_microusd,
    )
    db.add(take)
    await db.flush()
    return take if select_by is None else await choose(db, take, by=select_by)


async def choose(db: AsyncSession, take: Take, *, by: str) -> Take:
    """Make `take` the selected one of its slot. Choosing it again changes nothing."""
    of_slot = (Take.workspace_id == take.workspace_id, Take.slot_id == take.slot_id)
    await db.execute(select(Slot.id).where(Slot.id == take.slot_id).with_for_update())
    await db.execute(
        update(Take)
        .where(*of_slot, Take.selected_at.is_not(None), Take.id != take.id)
        .values(selected_at=None, selected_by=None)
    )
    await db.execute(
        update(Take)
        .where(*of_slot, Take.id == take.id, Take.selected_at.is_(None))
        .values(selected_at=func.now(), selected_by=by)
    )
    return (await db.scalars(select(Take).where(*of_slot, Take.id == take.id), execution_options=FRESH)).one()


async def of_slot(db: AsyncSession, slot: Slot) -> Sequence[Take]:
    """All takes of a slot, by number."""
    query = select(Take).where(Take.workspace_id == slot.workspace_id, Take.slot_id == slot.id)
    return (await db.scalars(query.order_by(Take.number), execution_options=FRESH)).all()


async def selected(db: AsyncSession, *, workspace_id: UUID, film_id: UUID) -> Mapping[str, Filled]:
    """The filled slots of a film by their names, each with its selected take."""
    return await _filled(db, Slot.workspace_id == workspace_id, Slot.film_id == film_id, Slot.character_id.is_(None))


async def selected_of_character(db: AsyncSession, *, workspace_id: UUID, character_id: UUID) -> Mapping[str, Filled]:
    """The filled slots of a character (``look``, ``voice``) by their names, each with its selected take."""
    return await _filled(
        db, Slot.workspace_id == workspace_id, Slot.film_id.is_(None), Slot.character_id == character_id
    )


async def use(
    db: AsyncSession, *, slot: Slot, asset: Asset, basis: Mapping[str, str], basis_version: int, by: str
) -> Take:
    """Use an asset that was there before: a selected take that saves what the asset cost, None where that is unknown.

    Raises BadInput for an asset without bytes.
    """
    if asset.url is None or asset.deleted_at or asset.lost_at:
        raise BadInput(f"asset {asset.id} has no bytes to use")
    return await add(
        db,
        slot=slot,
        asset_id=asset.id,
        basis=basis,
        basis_version=basis_version,
        reused=True,
        saved_microusd=asset.cost_microusd,
        select_by=by,
    )


async def all_of(db: AsyncSession, *, workspace_id: UUID, film_id: UUID, slot: str) -> Sequence[Filled]:
    """Every take of a film's slot, selected or not, by number; each asset once, by its latest take."""
    of_slot = (Slot.workspace_id == workspace_id, Slot.film_id == film_id, Slot.character_id.is_(None))
    found = await _rows(db, *of_slot, Slot.name == slot)
    return list({filled.asset.id: filled for filled in found}.values())


async def _filled(db: AsyncSession, *of: ColumnElement[bool]) -> Mapping[str, Filled]:
    return {filled.slot.name: filled for filled in await _rows(db, Take.selected_at.is_not(None), *of)}


async def _rows(db: AsyncSession, *of: ColumnElement[bool]) -> Sequence[Filled]:
    query = (
        select(Slot, Take, Asset, Blob)
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .outerjoin(Blob, Blob.digest == Asset.digest)
        .where(*of)
        .order_by(Slot.name, Slot.id, Take.number)
    )
    rows = await db.execute(query, execution_options=FRESH)
    return [Filled(slot=slot, take=take, asset=asset, blob=blob) for slot, take, asset, blob in rows]
