"""Questions about slots and the takes that fill them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, trash
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Asset, AssetKind, Blob, Slot, Take
from director_dagster.catalog.tables.base import FRESH

Key = tuple[tuple[UUID | None, UUID | None], str]
"""A slot's owner (film, character) and name."""

SELECTED = "selected"
"""What the audit log says of a take that is in the film from now on; its subject is the slot's id."""


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


@dataclass(frozen=True, kw_only=True)
class Place:
    """A slot to fill, of a film or of a character."""

    name: str
    kind: AssetKind
    film_id: UUID | None = None
    character_id: UUID | None = None
    shot_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Filling:
    """An asset that becomes the next take of a place's slot.

    Attributes:
        workspace_id: Whose slot it is.
        place: Which slot; it is made if there is none.
        asset_id: What fills it.
        basis: What the take is made from, by field.
        basis_version: By which rule that was reckoned.
        reused: The asset was there before.
        saved_microusd: What that saves; None is unknown.
        insists: It is selected whoever has chosen another take.
    """

    workspace_id: UUID
    place: Place
    asset_id: UUID
    basis: Mapping[str, str]
    basis_version: int
    reused: bool = False
    saved_microusd: int | None = 0
    insists: bool = False


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
    place = Place(name=name, kind=kind, film_id=film_id, character_id=character_id, shot_id=shot_id)
    ((slot,)) = (await _ensure_slots(db, workspace_id, [place])).values()
    return slot


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
    numbers = await _last_numbers(db, [slot])
    take = Take(
        workspace_id=slot.workspace_id,
        slot_id=slot.id,
        number=numbers.get(slot.id, 0) + 1,
        asset_id=asset_id,
        basis=dict(basis),
        basis_version=basis_version,
        reused=reused,
        saved_microusd=saved_microusd,
    )
    db.add(take)
    await db.flush()
    return take if select_by is None else await choose(db, take, by=select_by)


async def fill_all(db: AsyncSession, fillings: Sequence[Filling], *, by: str) -> None:
    """Make each asset the next take of its slot, and select it. Two fillings of one slot: the later is selected.

    A take that somebody else than `by` has chosen stays the selected one as long as it is as good as the new one: of
    the same basis, its asset neither lost nor deleted. The very asset that they have chosen stays their choice, also
    where it is made from something else now. What is the selected take already is no further take. Raises InTrash for
    an asset that lies there.
    """
    for workspace_id in sorted({filling.workspace_id for filling in fillings}):
        ours = [filling for filling in fillings if filling.workspace_id == workspace_id]
        slots = await _ensure_slots(db, workspace_id, [filling.place for filling in ours])
        pairs = [(slots[_owner(filling.place), filling.place.name], filling) for filling in ours]
        standing = await _standing(db, workspace_id, {slot.id for slot, _ in pairs})
        new = [(slot, filling) for slot, filling in pairs if not _stands(filling, standing.get(slot.id))]
        held = {slot.id for slot, filling in new if _is_held(filling, standing.get(slot.id), by)}
        insisted = {slot.id for slot, filling in new if filling.insists}
        if new:
            await trash.refuse_deleted(db, [filling.asset_id for _, filling in new])
            choosers = {(take.slot_id, asset.id): take.selected_by or by for take, asset in standing.values()}
            await _add_all(db, new, held - insisted, by, choosers)


async def _standing(db: AsyncSession, workspace_id: UUID, slot_ids: Collection[UUID]) -> dict[UUID, tuple[Take, Asset]]:
    """The selected take of each slot that has one, and its asset; the slots are ours until the transaction ends."""
    await db.execute(select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id).with_for_update())
    query = (
        select(Take, Asset)
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(Take.workspace_id == workspace_id, Take.slot_id.in_(slot_ids), Take.selected_at.is_not(None))
    )
    return {take.slot_id: (take, asset) for take, asset in await db.execute(query, execution_options=FRESH)}


def _stands(filling: Filling, standing: tuple[Take, Asset] | None) -> bool:
    """Whether that very asset is selected already, and made from the same."""
    return standing is not None and standing[0].asset_id == filling.asset_id and _has_basis(standing[0], filling)


def _is_held(filling: Filling, standing: tuple[Take, Asset] | None, by: str) -> bool:
    """Whether somebody else's choice stays the selected take beside this filling."""
    if standing is None or standing[0].selected_by == by:
        return False
    take, asset = standing
    return _has_basis(take, filling) and asset.deleted_at is None and asset.lost_at is None


def _has_basis(take: Take, filling: Filling) -> bool:
    return (take.basis, take.basis_version) == (dict(filling.basis), filling.basis_version)


async def _add_all(
    db: AsyncSession,
    fillings: Sequence[tuple[Slot, Filling]],
    held: Collection[UUID],
    by: str,
    choosers: Mapping[tuple[UUID, UUID], str],
) -> None:
    """Add the takes, and select the last one of each slot, but for those in which another one is `held`; `choosers` of
    an asset in a slot go before `by`."""
    numbers = await _last_numbers(db, [slot for slot, _ in fillings])
    slot_ids = [slot.id for slot, _ in fillings]
    left = await db.execute(
        update(Take)
        .where(Take.workspace_id == fillings[0][0].workspace_id, Take.slot_id.in_(set(slot_ids).difference(held)))
        .where(Take.selected_at.is_not(None))
        .values(selected_at=None, selected_by=None)
        .returning(Take.slot_id, Take.number)
    )
    before = {row.slot_id: row.number for row in left}
    rows, chosen = [], []
    for index, (slot, filling) in enumerate(fillings):
        numbers[slot.id] = numbers.get(slot.id, 0) + 1
        last = slot.id not in slot_ids[index + 1 :] and slot.id not in held
        if last:
            chosen.append((slot, filling.asset_id, numbers[slot.id]))
        rows.append(
            {
                "id": new_id(),
                "workspace_id": slot.workspace_id,
                "slot_id": slot.id,
                "number": numbers[slot.id],
                "asset_id": filling.asset_id,
                "basis": dict(filling.basis),
                "basis_version": filling.basis_version,
                "reused": filling.reused,
                "saved_microusd": filling.saved_microusd,
                "selected_by": choosers.get((slot.id, filling.asset_id), by) if last else None,
            }
        )
    given = recordset({name: Take.__table__.columns[name].type for name in rows[0]}, rows)
    selected_at = case((given.c.selected_by.is_not(None), func.now()))
    await db.execute(insert(Take).from_select([*rows[0], "selected_at"], select(*given.c, selected_at)))
    # What the studio chooses by itself is not the choice of whoever asked for its run.
    who = Actor.who if by == Actor.who else None
    for slot, asset_id, number in chosen:
        await _tell(db, slot, asset_id, number, before=before.get(slot.id), who=who)


async def _ensure_slots(db: AsyncSession, workspace_id: UUID, places: Sequence[Place]) -> dict[Key, Slot]:
    """The slots of `places`, by owner and name."""
    wanted = {(_owner(place), place.name): place for place in places}
    rows = [{"id": new_id(), "workspace_id": workspace_id, **asdict(place)} for place in wanted.values()]
    given = recordset({name: Slot.__table__.columns[name].type for name in rows[0]}, rows)
    ordered = select(*given.c).order_by(given.c.film_id, given.c.character_id, given.c.name)
    await db.execute(insert(Slot).from_select(list(rows[0]), ordered).on_conflict_do_nothing())
    slots: dict[Key, Slot] = {}
    for owner in dict.fromkeys(owner for owner, _ in wanted):
        query = select(Slot).where(
            Slot.workspace_id == workspace_id,
            Slot.film_id == owner[0] if owner[0] else Slot.film_id.is_(None),
            Slot.character_id == owner[1] if owner[1] else Slot.character_id.is_(None),
            Slot.name.in_([name for of, name in wanted if of == owner]),
        )
        slots |= {(owner, slot.name): slot for slot in await db.scalars(query)}
    return slots


async def _last_numbers(db: AsyncSession, slots: Sequence[Slot]) -> dict[UUID, int]:
    """The last take's number of each slot that has one; the slots are ours until the end of the transaction."""
    ids = [slot.id for slot in slots]
    await db.execute(select(Slot.id).where(Slot.id.in_(ids)).order_by(Slot.id).with_for_update())
    query = (
        select(Take.slot_id, func.max(Take.number).label("last"))
        .where(Take.workspace_id == slots[0].workspace_id, Take.slot_id.in_(ids))
        .group_by(Take.slot_id)
    )
    return {row.slot_id: row.last for row in await db.execute(query)}


def _owner(place: Place) -> tuple[UUID | None, UUID | None]:
    return place.film_id, place.character_id


async def choose(db: AsyncSession, take: Take, *, by: str, who: str | None = None) -> Take:
    """Make `take` the selected one of its slot, chosen by `by`. Choosing it again changes nothing.

    The audit log says so, by the name of `who`; None is whoever acts in this session. Raises InTrash for a take whose
    asset lies there.
    """
    await trash.refuse_deleted(db, [take.asset_id])
    of_slot = (Take.workspace_id == take.workspace_id, Take.slot_id == take.slot_id)
    slot = (await db.scalars(select(Slot).where(Slot.id == take.slot_id).with_for_update())).one()
    before = (await db.scalars(select(Take.number).where(*of_slot, Take.selected_at.is_not(None)))).one_or_none()
    await db.execute(
        update(Take)
        .where(*of_slot, Take.selected_at.is_not(None), Take.id != take.id)
        .values(selected_at=None, selected_by=None)
    )
    changed = await db.execute(
        update(Take)
        .where(*of_slot, Take.id == take.id, or_(Take.selected_at.is_(None), Take.selected_by != by))
        .values(selected_at=func.now(), selected_by=by)
        .returning(Take.id)
    )
    if changed.one_or_none() is not None:
        await _tell(db, slot, take.asset_id, take.number, before=before, who=who)
    return (await db.scalars(select(Take).where(*of_slot, Take.id == take.id), execution_options=FRESH)).one()


async def _tell(
    db: AsyncSession, slot: Slot, asset_id: UUID, number: int, *, before: int | None, who: str | None
) -> None:
    await events.note(
        db,
        workspace_id=slot.workspace_id,
        who=who,
        what=SELECTED,
        subject=str(slot.id),
        film_id=slot.film_id,
        asset_id=asset_id,
        slot_id=slot.id,
        details={"piece": slot.name, "take": number, "before": before},
    )


async def names(db: AsyncSession, *, workspace_id: UUID, film_id: UUID) -> Sequence[str]:
    """The names of a film's slots, in order."""
    query = select(Slot.name).where(
        Slot.workspace_id == workspace_id, Slot.film_id == film_id, Slot.character_id.is_(None)
    )
    return (await db.scalars(query.order_by(Slot.name))).all()


async def latest(db: AsyncSession, *, workspace_id: UUID, film_id: UUID) -> datetime | None:
    """When a take of the film was last chosen; None where there is none."""
    query = (
        select(func.max(Take.selected_at))
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .where(Slot.workspace_id == workspace_id, Slot.film_id == film_id)
    )
    return await db.scalar(query)


async def all_takes(db: AsyncSession, *, workspace_id: UUID, film_id: UUID, slot: str) -> Sequence[Filled]:
    """Every take of a film's slot, selected or not, by number."""
    of_slot = (Slot.workspace_id == workspace_id, Slot.film_id == film_id, Slot.character_id.is_(None))
    return await _rows(db, *of_slot, Slot.name == slot)


async def of_slot(db: AsyncSession, slot: Slot) -> Sequence[Take]:
    """All takes of a slot, by number."""
    query = select(Take).where(Take.workspace_id == slot.workspace_id, Take.slot_id == slot.id)
    return (await db.scalars(query.order_by(Take.number), execution_options=FRESH)).all()


async def selected(
    db: AsyncSession, *, workspace_id: UUID, film_id: UUID, slots: Collection[str] | None = None
) -> Mapping[str, Filled]:
    """The filled slots of a film by their names, all or those, each with its selected take."""
    of_film = (Slot.workspace_id == workspace_id, Slot.film_id == film_id, Slot.character_id.is_(None))
    return await _filled(db, *of_film, *(() if slots is None else (Slot.name.in_(slots),)))


async def selected_of_character(db: AsyncSession, *, workspace_id: UUID, character_id: UUID) -> Mapping[str, Filled]:
    """The filled slots of a character (``look``, ``voice``) by their names, each with its selected take."""
    return (await selected_of_characters(db, workspace_id=workspace_id, character_ids=[character_id]))[character_id]


async def selected_of_characters(
    db: AsyncSession, *, workspace_id: UUID, character_ids: Collection[UUID]
) -> Mapping[UUID, Mapping[str, Filled]]:
    """As `selected_of_character`, for each of these."""
    found: dict[UUID, dict[str, Filled]] = {character_id: {} for character_id in character_ids}
    own = (Slot.workspace_id == workspace_id, Slot.film_id.is_(None), Slot.character_id.in_(found))
    for filled in await _rows(db, Take.selected_at.is_not(None), *own) if found else ():
        if filled.slot.character_id is not None:
            found[filled.slot.character_id][filled.slot.name] = filled
    return found


async def all_of_character(db: AsyncSession, *, workspace_id: UUID, character_id: UUID) -> Sequence[Filled]:
    """Every take of a character's own slots, selected or not, by slot and number."""
    return await _rows(db, Slot.workspace_id == workspace_id, Slot.film_id.is_(None), Slot.character_id == character_id)


async def beside(db: AsyncSession, workspace_id: UUID, asset_id: UUID) -> Sequence[Filled]:
    """Every take of each slot that an asset has ever filled, by slot and number: it and its rivals.

    Index: ix_takes_workspace_id_asset_id.
    """
    filled = select(Take.slot_id).where(Take.workspace_id == workspace_id, Take.asset_id == asset_id)
    return await _rows(db, Slot.workspace_id == workspace_id, Slot.id.in_(filled))


async def all_of(db: AsyncSession, *, workspace_id: UUID, film_id: UUID, slot: str) -> Sequence[Filled]:
    """Every take of a film's slot, selected or not, by number; each asset once, by its latest take."""
    found = await all_takes(db, workspace_id=workspace_id, film_id=film_id, slot=slot)
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
