"""Sidecars: what is in the catalog, as JSON beside the bytes, so that it can be made anew from them alone.

An asset has one, with its row, its edges and all that they name, the ledger of its generation too; a generation that
may have been sent has one under the id that its asset will have; a film and a workspace have one, with what is of them
and of no asset.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog import rows
from director_dagster.catalog.tables import (
    Asset,
    AssetCharacter,
    AssetEdge,
    Base,
    Blob,
    Budget,
    Character,
    Film,
    FilmRequest,
    FilmUse,
    Generation,
    GenerationEvent,
    Json,
    Receipt,
    Shot,
    Slot,
    Take,
    Voice,
    Workspace,
)
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput, BlobDamaged

Row = TypeVar("Row", bound=Base)
Key = TypeVar("Key", UUID, str)
OfAsset = TypeVar("OfAsset", AssetEdge, AssetCharacter)
OfGeneration = TypeVar("OfGeneration", Receipt, GenerationEvent)

VERSION = 2
READABLE = (1, 2)
"""The first one told nothing of the ledger, nor of what is of no asset."""


async def of(db: AsyncSession, asset: Asset) -> Json:
    """As `of_all`, of one."""
    return (await of_all(db, [asset]))[0]


async def of_all(db: AsyncSession, assets: Sequence[Asset]) -> list[Json]:
    """The sidecar of each asset: its row and edges and the rows that they name, each after those that it names itself.

    Of the assets it was made from it holds the ids alone: they have sidecars of their own. The same rows give equal
    data.
    """
    world = await _world(db, assets)
    return [_record("asset_id", asset.id, world.rows_of(asset)) for asset in assets]


async def of_generations(db: AsyncSession, generations: Sequence[Generation]) -> list[Json]:
    """The sidecar of each generation that has no asset yet: its row, its film and its ledger."""
    films = await _where(db, Film, Film.id, [each.film_id for each in generations])
    workspaces = await _where(db, Workspace, Workspace.id, [each.workspace_id for each in generations])
    blobs = await _where(db, Blob, Blob.digest, [each.digest for each in generations])
    receipts, events = await _ledger(db, generations)
    return [
        _record(
            "generation_id",
            each.id,
            [
                *(row for row in workspaces if row.id == each.workspace_id),
                *(row for row in blobs if row.digest == each.digest),
                *(row for row in films if row.id == each.film_id),
                each,
                *receipts.get(each.id, ()),
                *events.get(each.id, ()),
            ],
        )
        for each in generations
    ]


async def of_film(db: AsyncSession, film: Film) -> Json:
    """The sidecar of a film: its row and its workspace's, who and what is in no other film, its shots, slots and takes,
    what was begun for it and never came to an asset, who has asked for it, and what was taken into it."""
    workspace = await db.get_one(Workspace, film.workspace_id)
    ours = await _all(db, Character, Character.workspace_id == film.workspace_id, Character.film_id == film.id)
    slots = await _all(
        db,
        Slot,
        Slot.workspace_id == film.workspace_id,
        or_(Slot.film_id == film.id, Slot.film_id.is_(None) & Slot.character_id.in_([each.id for each in ours])),
    )
    return _record(
        "film_id",
        film.id,
        [
            workspace,
            film,
            *ours,
            *await _all(db, Shot, Shot.workspace_id == film.workspace_id, Shot.film_id == film.id),
            *await _unsent(db, Generation.workspace_id == film.workspace_id, Generation.film_id == film.id),
            *slots,
            *await _takes(db, slots),
            *await _all(db, FilmRequest, FilmRequest.workspace_id == film.workspace_id, FilmRequest.film == film.slug),
            *await _all(db, FilmUse, FilmUse.workspace_id == film.workspace_id, FilmUse.film_id == film.id),
        ],
    )


async def of_workspace(db: AsyncSession, workspace: Workspace) -> Json:
    """The sidecar of a workspace: its row, its budgets, the characters of all its films with their own slots, takes and
    voices, and requests of films that are none yet."""
    mine = workspace.id
    slots = await _all(
        db,
        Slot,
        Slot.workspace_id == mine,
        Slot.film_id.is_(None),
        Slot.character_id.in_(
            select(Character.id).where(Character.workspace_id == mine, Character.film_id.is_(None)).scalar_subquery()
        ),
    )
    return _record(
        "workspace_id",
        mine,
        [
            workspace,
            *await _all(db, Character, Character.workspace_id == mine, Character.film_id.is_(None)),
            *await _all(db, Budget, Budget.workspace_id == mine),
            *await _unsent(db, Generation.workspace_id == mine, Generation.film_id.is_(None)),
            *slots,
            *await _takes(db, slots),
            *await _all(db, Voice, Voice.workspace_id == mine),
            *await _all(db, FilmRequest, FilmRequest.workspace_id == mine, ~_is_film()),
        ],
    )


async def unfinished(db: AsyncSession, workspace_id: UUID, which: ColumnElement[bool]) -> Sequence[Generation]:
    """Those of the workspace's generations `which` may have been sent and are not settled: each has a sidecar of its
    own, until its asset's takes the place. Nobody settles them until the transaction ends; one that somebody else is
    writing just now is left to them."""
    query = select(Generation).where(
        Generation.workspace_id == workspace_id,
        Generation.client_ref.is_not(None),
        Generation.settled_at.is_(None),
        which,
    )
    unlocked = query.order_by(Generation.id).with_for_update(skip_locked=True)
    return (await db.scalars(unlocked, execution_options=FRESH)).all()


def unbudgeted(table: str, row: Json) -> Json | None:
    """The row without what is held for it against a budget: of the moment, and told by no asset's sidecar."""
    return {**row, "budget_id": None, "reserved_microusd": 0} if table == "generations" else row


async def restore(db: AsyncSession, data: Mapping[str, Any]) -> Asset:
    """Write those rows of an asset's sidecar that are not there, and return it; a second call changes nothing."""
    await restore_all(db, [data])
    query = select(Asset).where(Asset.id == UUID(data["asset_id"]))
    return (await db.scalars(query, execution_options=FRESH)).one()


async def restore_all(
    db: AsyncSession,
    records: Iterable[Mapping[str, Any]],
    *,
    tables: Collection[str] = rows.ORDER,
    mend: Callable[[str, Json], Json | None] = unbudgeted,
) -> Counter[str]:
    """Write those rows of some sidecars, of these tables, that are not there; how many of each. A second call changes
    nothing.

    What several tell of one film or character is taken from the first. `mend` is asked of each row what is written of
    it, None for nothing. Rows that are numbered bear the numbers that they had, so it is for a catalog that has none of
    its own. The assets that takes and voices name must be there; that all sources are, and briefs, is checked at the
    end of the transaction. Raises BadInput for a sidecar of another version, and for what a table does not take.
    """
    await db.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    found: dict[str, list[Json]] = {}
    for record in records:
        for name, row in rows_of(record):
            mended = mend(name, row) if name in tables else None
            if mended is not None:
                found.setdefault(name, []).append(mended)
    return Counter(
        {name: await rows.write(db, rows.table_of(name), found[name]) for name in rows.ORDER if name in found}
    )


def rows_of(record: Mapping[str, Any]) -> list[tuple[str, Json]]:
    """The rows that a sidecar tells of, each with the name of its table.

    Raises BadInput for one of a newer program, BlobDamaged for what is none.
    """
    refuse_newer(record)
    try:
        return [(str(entry["table"]), dict(entry["row"])) for entry in record["rows"]]
    except (KeyError, TypeError, ValueError) as exc:
        raise BlobDamaged(f"a sidecar that tells of no rows: {exc!r}") from exc


def refuse_newer(record: Mapping[str, Any]) -> None:
    """Raise BadInput for a sidecar of a version that this program does not know."""
    if record.get("version") not in READABLE:
        raise BadInput(f"a sidecar of version {record.get('version')!r}; this program reads up to version {VERSION}")


@dataclass(frozen=True, kw_only=True)
class _World:
    """All rows that some assets name, by id."""

    workspaces: Mapping[UUID, Workspace]
    generations: Mapping[UUID, Generation]
    shots: Mapping[UUID, Shot]
    films: Mapping[UUID, Film]
    blobs: Mapping[str, Blob]
    characters: Mapping[UUID, Character]
    edges: Mapping[UUID, Sequence[AssetEdge]]
    seen: Mapping[UUID, Sequence[AssetCharacter]]
    receipts: Mapping[UUID, Sequence[Receipt]]
    events: Mapping[UUID, Sequence[GenerationEvent]]

    def rows_of(self, asset: Asset) -> list[Base]:
        """What one of the assets names, then itself, its edges and who is in it."""
        generations = _named(self.generations, [asset.generation_id])
        shots = _named(self.shots, [asset.shot_id])
        seen = self.seen.get(asset.id, ())
        characters = _named(self.characters, [row.character_id for row in seen])
        films = [asset.film_id, *(row.film_id for rows in (generations, shots, characters) for row in rows)]
        digests = [asset.digest, asset.thumbnail_digest, *(generation.digest for generation in generations)]
        return [
            *_named(self.workspaces, [asset.workspace_id]),
            *_named(self.blobs, digests),
            *_named(self.films, films),
            *characters,
            *shots,
            *generations,
            *(row for each in generations for row in self.receipts.get(each.id, ())),
            *(row for each in generations for row in self.events.get(each.id, ())),
            asset,
            *self.edges.get(asset.id, ()),
            *seen,
        ]


async def _world(db: AsyncSession, assets: Sequence[Asset]) -> _World:
    ids = [asset.id for asset in assets]
    generations = await _where(db, Generation, Generation.id, [asset.generation_id for asset in assets])
    shots = await _where(db, Shot, Shot.id, [asset.shot_id for asset in assets])
    seen = await _where(db, AssetCharacter, AssetCharacter.asset_id, ids)
    characters = await _where(db, Character, Character.id, [row.character_id for row in seen])
    films = [row.film_id for rows in (assets, generations, shots, characters) for row in rows]
    digests = [asset.digest for asset in assets] + [asset.thumbnail_digest for asset in assets]
    blobs = await _where(db, Blob, Blob.digest, [*digests, *(generation.digest for generation in generations)])
    workspaces = await _where(db, Workspace, Workspace.id, [asset.workspace_id for asset in assets])
    receipts, events = await _ledger(db, generations)
    return _World(
        workspaces={row.id: row for row in workspaces},
        generations={row.id: row for row in generations},
        shots={row.id: row for row in shots},
        films={row.id: row for row in await _where(db, Film, Film.id, films)},
        blobs={row.digest: row for row in blobs},
        characters={row.id: row for row in characters},
        edges=_by_asset(await _where(db, AssetEdge, AssetEdge.asset_id, ids)),
        seen=_by_asset(seen),
        receipts=receipts,
        events=events,
    )


async def _ledger(
    db: AsyncSession, generations: Sequence[Generation]
) -> tuple[Mapping[UUID, Sequence[Receipt]], Mapping[UUID, Sequence[GenerationEvent]]]:
    """Indices: ix_receipts_workspace_id_generation_id, ix_generation_events_workspace_id_generation_id_id."""
    ids, whose = [each.id for each in generations], {each.workspace_id for each in generations}
    receipts = await _where(db, Receipt, Receipt.generation_id, ids, Receipt.workspace_id.in_(whose))
    mine = GenerationEvent.workspace_id.in_(whose)
    events = await _where(db, GenerationEvent, GenerationEvent.generation_id, ids, mine)
    return _by_generation(receipts), _by_generation(events)


async def _takes(db: AsyncSession, slots: Sequence[Slot]) -> list[Take]:
    """Index: uq_takes_workspace_id_slot_id_number."""
    whose = {slot.workspace_id for slot in slots}
    return await _where(db, Take, Take.slot_id, [slot.id for slot in slots], Take.workspace_id.in_(whose))


async def _unsent(db: AsyncSession, *of_whom: ColumnElement[bool]) -> list[Base]:
    """Generations that were never sent, or are at their end, and have no asset, with their ledger."""
    at_rest = or_(Generation.client_ref.is_(None), Generation.settled_at.is_not(None))
    generations = await _all(db, Generation, *of_whom, at_rest, ~_has_asset())
    receipts, events = await _ledger(db, generations)
    return [row for each in generations for row in (each, *receipts.get(each.id, ()), *events.get(each.id, ()))]


def _has_asset() -> ColumnElement[bool]:
    return exists().where(Asset.workspace_id == Generation.workspace_id, Asset.generation_id == Generation.id)


def _is_film() -> ColumnElement[bool]:
    return exists().where(Film.workspace_id == FilmRequest.workspace_id, Film.slug == FilmRequest.film)


def _record(what: str, id_: UUID, found: Iterable[Base]) -> Json:
    told = [{"table": row.__tablename__, "row": rows.dump(row)} for row in found]
    return {"version": VERSION, what: str(id_), "rows": told}


def _by_asset(found: Sequence[OfAsset]) -> Mapping[UUID, Sequence[OfAsset]]:
    by_id: dict[UUID, list[OfAsset]] = {}
    for row in found:
        by_id.setdefault(row.asset_id, []).append(row)
    return by_id


def _by_generation(found: Sequence[OfGeneration]) -> Mapping[UUID, Sequence[OfGeneration]]:
    by_id: dict[UUID, list[OfGeneration]] = {}
    for row in found:
        by_id.setdefault(row.generation_id, []).append(row)
    return by_id


def _named(found: Mapping[Key, Row], keys: Iterable[Key | None]) -> list[Row]:
    """The rows of these keys, each once, by key."""
    return [found[key] for key in sorted({key for key in keys if key is not None}) if key in found]


async def _all(db: AsyncSession, model: type[Row], *where: ColumnElement[bool]) -> list[Row]:
    query = select(model).where(*where).order_by(*model.__table__.primary_key)
    return list(await db.scalars(query, execution_options=FRESH))


async def _where(
    db: AsyncSession,
    model: type[Row],
    column: InstrumentedAttribute[Any],
    values: Iterable[object],
    *more: ColumnElement[bool],
) -> list[Row]:
    wanted = {value for value in values if value is not None}
    if not wanted:
        return []
    query = select(model).where(column.in_(wanted), *more).order_by(*model.__table__.primary_key)
    return list(await db.scalars(query))
