"""Questions about blobs: which are filed, where their copies are, which are lost."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Text, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.recordset import Columns, recordset
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.catalog.tables.base import FRESH
from director_dagster.errors import BadInput, NotInVault

URL = re.compile(r"vault:sha256/(?P<digest>[0-9a-f]{64})\.[a-z0-9]{1,8}")
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
    return (await db.scalars(select(Blob).where(Blob.digest == digest, Blob.lost_at.is_(None)))).one_or_none()


async def known(db: AsyncSession, digest: str) -> Blob | None:
    """The blob of `digest`, there or lost, or None."""
    return (await db.scalars(select(Blob).where(Blob.digest == digest), execution_options=FRESH)).one_or_none()


async def missing(db: AsyncSession, digests: Iterable[str]) -> list[str]:
    """Those of `digests` that are not filed or lost, in order."""
    wanted = sorted(set(digests))
    if not wanted:
        return []
    there = set(await db.scalars(select(Blob.digest).where(Blob.digest.in_(wanted), Blob.lost_at.is_(None))))
    return [digest for digest in wanted if digest not in there]


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """Bytes that are in the vault, and what they are."""

    digest: str
    size_bytes: int
    media_type: str
    extension: str


async def record(db: AsyncSession, *, digest: str, size_bytes: int, media_type: str, extension: str) -> Blob:
    """As `record_all`, of one."""
    filed = Bytes(digest=digest, size_bytes=size_bytes, media_type=media_type, extension=extension)
    return (await record_all(db, [filed]))[digest]


async def record_all(db: AsyncSession, filed: Sequence[Bytes]) -> Mapping[str, Blob]:
    """Note that these bytes are in the vault; for known ones, that they are there again. The blobs by digest.

    The first extension and media type that a blob was filed under stay. Raises BadInput when the same digest is
    known with another size.
    """
    if not filed:
        return {}
    given = recordset(_BYTES, [asdict(each) for each in filed])
    rows = insert(Blob).from_select(list(_BYTES), select(*given.c).order_by(given.c.digest))
    await db.execute(rows.on_conflict_do_nothing())
    query = select(Blob).where(Blob.digest.in_({each.digest for each in filed}))
    found = {blob.digest: blob for blob in await db.scalars(query, execution_options=FRESH)}
    for each in filed:
        if found[each.digest].size_bytes != each.size_bytes:
            known = found[each.digest].size_bytes
            raise BadInput(f"blob {each.digest} is known with {known} bytes, not {each.size_bytes}")
    await _found_again(db, [blob for blob in found.values() if blob.lost_at is not None])
    return found


async def _found_again(db: AsyncSession, blobs: Sequence[Blob]) -> None:
    if not blobs:
        return
    for blob in blobs:
        blob.lost_at = None
    await db.flush()
    await db.execute(update(Asset).where(Asset.digest.in_([blob.digest for blob in blobs])).values(lost_at=None))


async def lose(db: AsyncSession, digest: str) -> int:
    """Mark a blob lost, and all assets whose bytes it is; how many those are. A second call keeps the first date.

    Index: ix_assets_digest.
    """
    await db.execute(update(Blob).where(Blob.digest == digest, Blob.lost_at.is_(None)).values(lost_at=func.now()))
    marked = update(Asset).where(Asset.digest == digest, Asset.lost_at.is_(None)).values(lost_at=func.now())
    return len((await db.scalars(marked.returning(Asset.id))).all())


async def regain(db: AsyncSession, digest: str) -> int:
    """Mark a lost blob, and all assets whose bytes it is, as there again; how many those are. Otherwise nothing
    changes."""
    await db.execute(update(Blob).where(Blob.digest == digest, Blob.lost_at.is_not(None)).values(lost_at=None))
    marked = update(Asset).where(Asset.digest == digest, Asset.lost_at.is_not(None)).values(lost_at=None)
    return len((await db.scalars(marked.returning(Asset.id))).all())
