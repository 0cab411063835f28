"""What the savers look up before they write, and how an asset's row is written with its edges."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import as_id
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.tables import Asset, AssetCharacter, AssetEdge, Character
from director_dagster.errors import BadInput, NotInVault

Id = UUID | str
Source = Id | tuple[Id, str]

DEFAULT_ROLE = "source"


async def when(db: AsyncSession, at: datetime | None) -> str:
    """`at`, or the database's now, in UTC as ISO 8601 spells it."""
    moment = at or (await db.scalars(select(func.now()))).one()
    return moment.astimezone(UTC).isoformat()


async def characters_of(db: AsyncSession, workspace_id: UUID, given: Sequence[Id]) -> list[Character]:
    """The characters of those ids, each once, in the order given. Raises BadInput when one is not there."""
    ids = list(dict.fromkeys(map(as_id, given)))
    if not ids:
        return []
    query = select(Character).where(Character.workspace_id == workspace_id, Character.id.in_(ids))
    found = {character.id: character for character in await db.scalars(query)}
    _require_all(ids, found, "character")
    return [found[id_] for id_ in ids]


async def edges_to(db: AsyncSession, workspace_id: UUID, given: Sequence[Source]) -> dict[UUID, str]:
    """Each source once, in the order given, with the role that it is first named in. Raises BadInput as above."""
    edges: dict[UUID, str] = {}
    for source in given:
        id_, role = source if isinstance(source, tuple) else (source, DEFAULT_ROLE)
        edges.setdefault(as_id(id_), role)
    if edges:
        query = select(Asset.id).where(Asset.workspace_id == workspace_id, Asset.id.in_(edges))
        _require_all(edges, set(await db.scalars(query)), "asset")
    return edges


async def require_filed(db: AsyncSession, *urls: str | None) -> None:
    """Raise NotInVault unless each url names bytes that are there; None names none."""
    digests = [blobs.digest_of(url) for url in urls if url is not None]
    missing = await blobs.missing(db, digests)
    if missing:
        raise NotInVault(f"no such blob: {', '.join(missing)}; file the bytes before saving the row")


async def filed_text(db: AsyncSession, content: str) -> str:
    """The url under which the UTF-8 text is filed. Raises NotInVault when it is not."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    blob = await blobs.get(db, digest)
    if blob is None:
        raise NotInVault(f"the text of this script (sha256 {digest}) is not filed; file it before saving the row")
    return blobs.url_of(blob)


async def insert_asset(
    db: AsyncSession, asset: Asset, edges: Mapping[UUID, str], characters: Sequence[Character]
) -> Asset:
    """Write the row, then its edges to sources (by id: their role) and to characters."""
    db.add(asset)
    await db.flush()
    ids = {"workspace_id": asset.workspace_id, "asset_id": asset.id}
    db.add_all(AssetEdge(**ids, source_id=source, role=role) for source, role in edges.items())
    db.add_all(AssetCharacter(**ids, character_id=character.id) for character in characters)
    await db.flush()
    return asset


def _require_all(ids: Iterable[UUID], found: Container[UUID], what: str) -> None:
    missing = [str(id_) for id_ in ids if id_ not in found]
    if missing:
        raise BadInput(f"no such {what} in this workspace: {', '.join(missing)}")
