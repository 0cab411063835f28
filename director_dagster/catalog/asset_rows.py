"""What the savers look up before they write, and how an asset's row is written with its edges."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import as_id
from director_dagster.catalog.metadata import OF_ONE_CHARACTER, metadata_of, tags_of
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Asset, AssetCharacter, AssetEdge, Base, Character
from director_dagster.errors import BadInput, NotInVault

Id = UUID | str
Source = Id | tuple[Id, str]

DEFAULT_ROLE = "source"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An asset's row before its characters and sources are looked up.

    Attributes:
        columns: Those of the row that are known; among them its workspace, its type and its source.
        facts: What its metadata say in words of the founding guide, and its tags of it.
        more: Further metadata.
        tags: The user's.
        characters: Who is seen, heard or meant.
        sources: What it was made from, by the part each plays; the first is the primary one.
        generated_at: When; None is now, by the clock of the database.
    """

    columns: Mapping[str, Any]
    facts: Mapping[str, Any]
    more: Mapping[str, Any]
    tags: Sequence[str]
    characters: Sequence[UUID]
    sources: Mapping[UUID, str]
    generated_at: datetime | None

    @property
    def workspace_id(self) -> UUID:
        """Whose it is."""
        workspace_id: UUID = self.columns["workspace_id"]
        return workspace_id


async def insert_all(db: AsyncSession, drafts: Sequence[Draft]) -> list[Asset]:
    """Write the rows, in order, then their edges to sources and to characters.

    Raises NotInVault when a url names no blob that is there, BadInput when a character or a source is not of the
    asset's workspace.
    """
    known = await _characters(db, drafts)
    await _require_sources(db, drafts)
    await _require_filed(db, [draft.columns.get(name) for draft in drafts for name in ("url", "thumbnail_url")])
    now = (await db.scalars(select(func.now()))).one()
    assets = [_asset(draft, [known[id_] for id_ in draft.characters], now) for draft in drafts]
    db.add_all(assets)
    await db.flush()
    pairs = list(zip(assets, drafts, strict=True))
    edges = [
        {**_ids(asset), "source_id": source, "role": role}
        for asset, draft in pairs
        for source, role in draft.sources.items()
    ]
    seen = [{**_ids(asset), "character_id": id_} for asset, draft in pairs for id_ in draft.characters]
    await _insert_rows(db, AssetEdge, edges)
    await _insert_rows(db, AssetCharacter, seen)
    return assets


def edges_of(given: Sequence[Source]) -> dict[UUID, str]:
    """Each source once, in the order given, with the role that it is first named in."""
    edges: dict[UUID, str] = {}
    for source in given:
        id_, role = source if isinstance(source, tuple) else (source, DEFAULT_ROLE)
        edges.setdefault(as_id(id_), role)
    return edges


async def filed_text(db: AsyncSession, content: str) -> str:
    """The url under which the UTF-8 text is filed. Raises NotInVault when it is not."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    blob = await blobs.get(db, digest)
    if blob is None:
        raise NotInVault(f"the text of this script (sha256 {digest}) is not filed; file it before saving the row")
    return blobs.url_of(blob)


def _asset(draft: Draft, characters: Sequence[Character], now: datetime) -> Asset:
    columns, alone = draft.columns, characters[0] if len(characters) == 1 else None
    facts = {**draft.facts, "generated_at": (draft.generated_at or now).astimezone(UTC).isoformat()}
    if alone is not None:
        facts |= dict(zip(OF_ONE_CHARACTER, (str(alone.id), alone.name), strict=True))
    return Asset(
        **columns,
        source_asset_id=next(iter(draft.sources), None),
        character_id=None if alone is None else alone.id,
        generation_metadata=metadata_of(columns["type"], facts, draft.more),
        tags=tags_of(
            type_=columns["type"], kind=columns["kind"], source=columns["source"], facts=facts, more=draft.tags
        ),
    )


async def _characters(db: AsyncSession, drafts: Sequence[Draft]) -> Mapping[UUID, Character]:
    """All characters that the drafts name, by id."""
    wanted = {(draft.workspace_id, id_) for draft in drafts for id_ in draft.characters}
    if not wanted:
        return {}
    query = select(Character).where(Character.id.in_({id_ for _, id_ in wanted}))
    found = {character.id: character for character in await db.scalars(query)}
    _require_all(wanted, {(each.workspace_id, each.id) for each in found.values()}, "character")
    return found


async def _require_sources(db: AsyncSession, drafts: Sequence[Draft]) -> None:
    wanted = {(draft.workspace_id, id_) for draft in drafts for id_ in draft.sources}
    if wanted:
        query = select(Asset.workspace_id, Asset.id).where(Asset.id.in_({id_ for _, id_ in wanted}))
        _require_all(wanted, {(workspace_id, id_) for workspace_id, id_ in await db.execute(query)}, "asset")


async def _require_filed(db: AsyncSession, urls: Sequence[str | None]) -> None:
    missing = await blobs.missing(db, [blobs.digest_of(url) for url in urls if url is not None])
    if missing:
        raise NotInVault(f"no such blob: {', '.join(missing)}; file the bytes before saving the row")


async def _insert_rows(db: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = {name: table.__table__.columns[name].type for name in rows[0]}
        await db.execute(insert(table).from_select(list(columns), select(*recordset(columns, rows).c)))


def _ids(asset: Asset) -> dict[str, UUID]:
    return {"workspace_id": asset.workspace_id, "asset_id": asset.id}


def _require_all(wanted: Iterable[tuple[UUID, UUID]], found: Container[tuple[UUID, UUID]], what: str) -> None:
    missing = sorted(str(each[1]) for each in wanted if each not in found)
    if missing:
        raise BadInput(f"no such {what} in this workspace: {', '.join(missing)}")
