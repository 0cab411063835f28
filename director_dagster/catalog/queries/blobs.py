"""Questions about blobs: which are filed, which are lost, which nobody needs any more."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Text, and_, exists, func, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from director_dagster.catalog.recordset import Columns, recordset
from director_dagster.catalog.session import see_filed
from director_dagster.catalog.tables import Asset, Blob, Generation
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.ledger import UNFINISHED
from director_dagster.errors import BadInput, NotInVault

URL = re.compile(r"vault:sha256/(?P<digest>[0-9a-f]{64})\.[a-z0-9]{1,8}")
NAMING = (Asset.digest, Asset.thumbnail_digest)
"""By which columns an asset's row names blobs."""

_BYTES: Columns = {"digest": Text(), "size_bytes": BigInteger(), "media_type": Text(), "extension": Text()}


def digest_of(url: str) -> str:
    """The digest that a vault's url names. Raises NotInVault for any other url."""
    match = URL.fullmatch(url)
    if match is None:
        raise NotInVault(f"{url[:200]!r} is no url of the vault (vault:sha256/<digest>.<extension>)")
    return match["digest"]


def url_of(blob: Blob) -> str:
    """The url that rows name `blob` by."""
    return f"vault:sha256/{blob.digest}.{blob.extension}"


async def get(db: AsyncSession, digest: str) -> Blob | None:
    """The blob of `digest` whose bytes are there, or None."""
    return (await db.scalars(select(Blob).where(Blob.digest == digest, _there()))).one_or_none()


async def known(db: AsyncSession, digest: str) -> Blob | None:
    """The blob of `digest`, there, lost or purged, or None."""
    return (await db.scalars(select(Blob).where(Blob.digest == digest), execution_options=FRESH)).one_or_none()


async def of_asset(
    db: AsyncSession, workspace_id: UUID, asset_id: UUID, *, thumbnail: bool
) -> tuple[Asset, Blob | None] | None:
    """An asset, and the blob of its bytes or of its `thumbnail`; None where the workspace has no such asset.

    Of the asset there is read only what tells of its bytes. Indexes: uq_assets_workspace_id_id, pk_blobs.
    """
    own = (Asset.type, Asset.digest, Asset.thumbnail_digest, Asset.lost_at, Asset.purged_at)
    query = (
        select(Asset, Blob)
        .outerjoin(Blob, Blob.digest == (Asset.thumbnail_digest if thumbnail else Asset.digest))
        .where(Asset.workspace_id == workspace_id, Asset.id == asset_id)
        .options(load_only(*own, raiseload=True))
    )
    found = (await db.execute(query)).one_or_none()
    return None if found is None else (found[0], found[1])


async def all_known(db: AsyncSession, digests: Iterable[str]) -> Mapping[str, Blob]:
    """Those of the blobs that are known, there, lost or purged, by digest."""
    query = select(Blob).where(Blob.digest.in_(set(digests))).order_by(Blob.digest)
    return {blob.digest: blob for blob in await db.scalars(query)}


async def missing(db: AsyncSession, digests: Iterable[str]) -> list[str]:
    """Those of `digests` that are not filed, lost or purged, in order; until the transaction ends nobody purges the
    others."""
    wanted = sorted(set(digests))
    if not wanted:
        return []
    await see_filed(db, wanted)
    query = select(Blob.digest).where(Blob.digest.in_(wanted), _there()).order_by(Blob.digest)
    there = set(await db.scalars(query.with_for_update(read=True, key_share=True)))
    return [digest for digest in wanted if digest not in there]


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """Bytes that are in the vault, and what they are."""

    digest: str
    size_bytes: int
    media_type: str
    extension: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was noted: the blobs by digest, and which of them had been purged: their bytes may have gone since they were
    filed, and do not go any more."""

    blobs: Mapping[str, Blob]
    purged: frozenset[str]


async def record(db: AsyncSession, *, digest: str, size_bytes: int, media_type: str, extension: str) -> Blob:
    """As `record_all`, of one."""
    filed = Bytes(digest=digest, size_bytes=size_bytes, media_type=media_type, extension=extension)
    return (await record_all(db, [filed])).blobs[digest]


async def record_all(db: AsyncSession, filed: Sequence[Bytes]) -> Recorded:
    """Note that these bytes are in the vault; for known ones, that they are there again.

    The first extension and media type that a blob was filed under stay. Until the transaction ends nobody purges them.
    Raises BadInput when the same digest is known with another size.
    """
    if not filed:
        return Recorded(blobs={}, purged=frozenset())
    await see_filed(db, [each.digest for each in filed])
    given = recordset(_BYTES, [asdict(each) for each in filed])
    rows = insert(Blob).from_select(list(_BYTES), select(*given.c).order_by(given.c.digest))
    await db.execute(rows.on_conflict_do_nothing())
    query = select(Blob).where(Blob.digest.in_({each.digest for each in filed})).order_by(Blob.digest)
    locked = query.with_for_update(read=True, key_share=True)
    found = {blob.digest: blob for blob in await db.scalars(locked, execution_options=FRESH)}
    for each in filed:
        if found[each.digest].size_bytes != each.size_bytes:
            known = found[each.digest].size_bytes
            raise BadInput(f"blob {each.digest} is known with {known} bytes, not {each.size_bytes}")
    purged = frozenset(digest for digest, blob in found.items() if blob.purged_at is not None)
    await _found_again(db, [blob for blob in found.values() if blob.lost_at is not None or blob.purged_at is not None])
    return Recorded(blobs=found, purged=purged)


async def _found_again(db: AsyncSession, blobs: Sequence[Blob]) -> None:
    if not blobs:
        return
    for blob in blobs:
        blob.lost_at = blob.purged_at = None
    await db.flush()
    await db.execute(update(Asset).where(Asset.digest.in_([blob.digest for blob in blobs])).values(lost_at=None))


async def lose(db: AsyncSession, digest: str) -> int:
    """Mark a blob lost, and all assets whose bytes it is; how many those are. A second call keeps the first date.

    What is purged is not lost. Index: ix_assets_digest.
    """
    await db.execute(update(Blob).where(Blob.digest == digest, _there()).values(lost_at=func.now()))
    kept = (Asset.digest == digest, Asset.lost_at.is_(None), Asset.purged_at.is_(None))
    marked = update(Asset).where(*kept).values(lost_at=func.now())
    return len((await db.scalars(marked.returning(Asset.id))).all())


async def regain(db: AsyncSession, digest: str) -> int:
    """Mark a lost blob, and all assets whose bytes it is, as there again; how many those are. Otherwise nothing
    changes."""
    await db.execute(update(Blob).where(Blob.digest == digest, Blob.lost_at.is_not(None)).values(lost_at=None))
    marked = update(Asset).where(Asset.digest == digest, Asset.lost_at.is_not(None)).values(lost_at=None)
    return len((await db.scalars(marked.returning(Asset.id))).all())


async def purge(db: AsyncSession, digests: Iterable[str]) -> Sequence[str]:
    """Mark those of the blobs purged that no row needs any more, and return their digests.

    A row needs what its url or thumbnail names unless it is a tombstone, and a generation its output until it is
    settled. To be called where nobody is between filing bytes and saving their row. Indexes: ix_assets_digest,
    ix_assets_thumbnail_digest.
    """
    wanted = sorted(set(digests))
    await db.execute(select(Blob.digest).where(Blob.digest.in_(wanted)).order_by(Blob.digest).with_for_update())
    free = update(Blob).where(Blob.digest.in_(wanted), Blob.purged_at.is_(None), ~_needed())
    marked = await db.scalars(free.values(purged_at=func.now(), lost_at=None).returning(Blob.digest))
    return sorted(marked)


async def unneeded(db: AsyncSession) -> Sequence[str]:
    """The digests of blobs that only tombstones name and that are not marked purged: somebody filed their bytes again,
    and died before there was a row."""
    named = union(*(select(column).where(Asset.purged_at.is_not(None)) for column in NAMING)).subquery()
    query = select(Blob.digest).where(Blob.digest.in_(select(named)), Blob.purged_at.is_(None), ~_needed())
    return (await db.scalars(query.order_by(Blob.digest))).all()


async def reckon(db: AsyncSession) -> None:
    """Mark those blobs purged that only tombstones name, and those assets lost whose blob is, and no others, in a
    catalog that was made anew: sidecars tell of a blob as it was when they were written, and what was bought again with
    the same bytes brought those of others back."""
    await db.execute(update(Blob).where(Blob.purged_at.is_not(None), _needed()).values(purged_at=None))
    await purge(db, await unneeded(db))
    there = select(Blob.digest).where(_there())
    await db.execute(update(Asset).where(Asset.lost_at.is_not(None), Asset.digest.in_(there)).values(lost_at=None))


async def revive(db: AsyncSession, digests: Iterable[str]) -> Sequence[str]:
    """Mark purged blobs as there again, whose bytes somebody has brought; the digests of those that were purged."""
    query = update(Blob).where(Blob.digest.in_(set(digests)), Blob.purged_at.is_not(None)).values(purged_at=None)
    return sorted(await db.scalars(query.returning(Blob.digest)))


async def is_purged(db: AsyncSession, digest: str, *, lock: bool = False) -> bool:
    """Whether the blob is purged; with `lock` nobody files its bytes again until the transaction ends."""
    query = select(Blob.digest).where(Blob.digest == digest, Blob.purged_at.is_not(None))
    return await db.scalar(query.with_for_update() if lock else query) is not None


def _there() -> ColumnElement[bool]:
    return and_(Blob.lost_at.is_(None), Blob.purged_at.is_(None))


def _needed() -> ColumnElement[bool]:
    """Whether a row needs the blob's bytes. Indexes: ix_assets_digest, ix_assets_thumbnail_digest,
    ix_generations_open."""
    thumbnail = Generation.output["filed"]["thumbnail_url"].astext.startswith("vault:sha256/" + Blob.digest)
    under_way = or_(Generation.digest == Blob.digest, thumbnail)
    return or_(
        *(exists().where(column == Blob.digest, Asset.purged_at.is_(None)) for column in NAMING),
        exists().where(UNFINISHED, Generation.state == "stored", under_way),
    )
