"""Sidecars: an asset's row, its edges and all that they name, as JSON beside the bytes.

From the sidecars alone the catalog's assets can be rebuilt, in any order within one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.tables import (
    Asset,
    AssetCharacter,
    AssetEdge,
    Base,
    Blob,
    Character,
    Film,
    Generation,
    Json,
    Shot,
    Workspace,
)
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput

Row = TypeVar("Row", bound=Base)
Key = TypeVar("Key", UUID, str)
OfAsset = TypeVar("OfAsset", AssetEdge, AssetCharacter)

VERSION = 1
# What is held against a budget is of the moment, and budgets are not rebuilt from sidecars.
LEFT_OUT: Mapping[str, Json] = {"generations": {"budget_id": None, "reserved_microusd": 0}}


async def of(db: AsyncSession, asset: Asset) -> Json:
    """As `of_all`, of one."""
    return (await of_all(db, [asset]))[0]


async def of_all(db: AsyncSession, assets: Sequence[Asset]) -> list[Json]:
    """The sidecar of each asset: its row and edges and the rows that they name, each after those that it names itself.

    Of the assets it was made from it holds the ids alone: they have sidecars of their own. The same rows give equal
    data.
    """
    world = await _world(db, assets)
    return [
        {
            "version": VERSION,
            "asset_id": str(asset.id),
            "rows": [{"table": row.__tablename__, "row": _dump(row)} for row in world.rows_of(asset)],
        }
        for asset in assets
    ]


async def restore(db: AsyncSession, data: Mapping[str, Any]) -> Asset:
    """Write those rows of a sidecar that are not there, and return its asset; a second call changes nothing.

    That all sources are there is checked at the end of the transaction. What several sidecars tell of one film or
    character is taken from the first. Raises BadInput for a sidecar of another version.
    """
    if data.get("version") != VERSION:
        raise BadInput(f"a sidecar of version {data.get('version')!r}; this program reads version {VERSION}")
    await db.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    for entry in data["rows"]:
        table = Base.metadata.tables[entry["table"]]
        await db.execute(insert(table).values(_load(table, entry["row"])).on_conflict_do_nothing())
    query = select(Asset).where(Asset.id == UUID(data["asset_id"]))
    return (await db.scalars(query, execution_options=FRESH)).one()


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
    return _World(
        workspaces={row.id: row for row in workspaces},
        generations={row.id: row for row in generations},
        shots={row.id: row for row in shots},
        films={row.id: row for row in await _where(db, Film, Film.id, films)},
        blobs={row.digest: row for row in blobs},
        characters={row.id: row for row in characters},
        edges=_by_asset(await _where(db, AssetEdge, AssetEdge.asset_id, ids)),
        seen=_by_asset(seen),
    )


def _by_asset(rows: Sequence[OfAsset]) -> Mapping[UUID, Sequence[OfAsset]]:
    found: dict[UUID, list[OfAsset]] = {}
    for row in rows:
        found.setdefault(row.asset_id, []).append(row)
    return found


def _named(rows: Mapping[Key, Row], keys: Iterable[Key | None]) -> list[Row]:
    """The rows of these keys, each once, by key."""
    return [rows[key] for key in sorted({key for key in keys if key is not None}) if key in rows]


async def _where(
    db: AsyncSession, model: type[Row], column: InstrumentedAttribute[Any], values: Iterable[object]
) -> list[Row]:
    wanted = {value for value in values if value is not None}
    if not wanted:
        return []
    query = select(model).where(column.in_(wanted)).order_by(*model.__table__.primary_key)
    return list(await db.scalars(query))


def _dump(row: Base) -> Json:
    table = row.__table__
    values = {column.name: _plain(getattr(row, column.name)) for column in table.columns if column.computed is None}
    return {**values, **LEFT_OUT.get(row.__tablename__, {})}


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _load(table: Table, row: Mapping[str, Any]) -> Json:
    return {name: _typed(table.columns[name].type.python_type, value) for name, value in row.items()}


def _typed(kind: type, value: Any) -> object:  # noqa: ANN401 (JSON is any of its kinds)
    if value is None:
        return None
    if kind is UUID:
        return UUID(value)
    return kind.fromisoformat(value) if kind in {date, datetime} else value
