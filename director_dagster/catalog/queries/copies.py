"""Questions about copies: which stores lack which blobs, which copies are due to be read again, how all stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, func, null, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.recordset import Columns, recordset
from director_dagster.catalog.tables import Blob, BlobCopy, CopyState

_FOUND: Columns = {"digest": Text(), "store": Text(), "state": Text()}

VAULT = "vault"
"""The name of the vault itself among the stores."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """How the copy of a blob in a store was found."""

    digest: str
    store: str
    state: CopyState


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the copies in one store stand.

    Attributes:
        store: Its name.
        good: How many blobs were good when they were last looked at.
        good_bytes: How large those are together.
        missing: How many were not there.
        damaged: How many were there with other bytes, and are set aside.
        read_since: Since when all good ones were read to their end; None when one of them never was.
    """

    store: str
    good: int
    good_bytes: int
    missing: int
    damaged: int
    read_since: datetime | None


async def lacking(db: AsyncSession, store: str, *, limit: int) -> Sequence[Blob]:
    """Blobs that are there and have no good copy in `store`, the oldest first. Index: pk_blob_copies."""
    query = (
        select(Blob)
        .outerjoin(BlobCopy, and_(BlobCopy.digest == Blob.digest, BlobCopy.store == store))
        .where(Blob.lost_at.is_(None), Blob.purged_at.is_(None))
        .where(or_(BlobCopy.state.is_(None), BlobCopy.state != "ok"))
        .order_by(Blob.created_at, Blob.digest)
        .limit(limit)
    )
    return (await db.scalars(query)).all()


async def due(db: AsyncSession, store: str, *, before: datetime, limit: int, own: bool) -> Sequence[Blob]:
    """Blobs whose copy in `store` was not read since `before`, the longest unread first.

    `own`: the store is the vault, where every blob lies whether a copy was noted or not.
    """
    unread = or_(BlobCopy.verified_at.is_(None), BlobCopy.verified_at < before)
    there = and_(Blob.lost_at.is_(None), Blob.purged_at.is_(None)) if own else BlobCopy.state == "ok"
    query = (
        select(Blob)
        .outerjoin(BlobCopy, and_(BlobCopy.digest == Blob.digest, BlobCopy.store == store))
        .where(unread, there)
        .order_by(BlobCopy.verified_at.asc().nulls_first(), Blob.digest)
        .limit(limit)
    )
    return (await db.scalars(query)).all()


async def found(db: AsyncSession, digests: Iterable[str], *, store: str, state: CopyState) -> set[str]:
    """Those of `digests` whose copy in `store` was last found so. Index: pk_blob_copies."""
    query = select(BlobCopy.digest).where(BlobCopy.digest.in_(set(digests)), BlobCopy.store == store)
    return set(await db.scalars(query.where(BlobCopy.state == state)))


async def sizes(db: AsyncSession) -> Mapping[str, int]:
    """The size in bytes of every blob that there is or was, purged ones too, by digest."""
    rows = await db.execute(select(Blob.digest, Blob.size_bytes))
    return {row.digest: row.size_bytes for row in rows}


async def lost(db: AsyncSession) -> frozenset[str]:
    """The digests of all blobs that are marked lost."""
    return frozenset(await db.scalars(select(Blob.digest).where(Blob.lost_at.is_not(None))))


async def purged(db: AsyncSession) -> frozenset[str]:
    """The digests of all blobs that are purged. Index: ix_blobs_purged."""
    return frozenset(await db.scalars(select(Blob.digest).where(Blob.purged_at.is_not(None))))


async def to_purge(db: AsyncSession, store: str, *, limit: int) -> Sequence[str]:
    """The digests of purged blobs of which nobody has seen since then that `store` has them no longer.

    Indexes: ix_blobs_purged, pk_blob_copies.
    """
    query = (
        select(Blob.digest)
        .outerjoin(BlobCopy, and_(BlobCopy.digest == Blob.digest, BlobCopy.store == store))
        .where(Blob.purged_at.is_not(None))
        .where(or_(BlobCopy.state.is_(None), BlobCopy.state != "purged", BlobCopy.verified_at < Blob.purged_at))
        .order_by(Blob.digest)
        .limit(limit)
    )
    return (await db.scalars(query)).all()


async def good(db: AsyncSession, store: str) -> frozenset[str]:
    """The digests of all blobs whose copy in `store` was good when it was last looked at."""
    return frozenset(await db.scalars(select(BlobCopy.digest).where(BlobCopy.store == store, BlobCopy.state == "ok")))


async def short(db: AsyncSession, at_least: int) -> int:
    """How many blobs that are there have fewer good copies than that; the vault's own is always one of them."""
    further = and_(BlobCopy.digest == Blob.digest, BlobCopy.state == "ok", BlobCopy.store != VAULT)
    few = (
        select(Blob.digest)
        .outerjoin(BlobCopy, further)
        .where(Blob.lost_at.is_(None), Blob.purged_at.is_(None))
        .group_by(Blob.digest)
        .having(1 + func.count(BlobCopy.store) < at_least)
    )
    return await db.scalar(select(func.count()).select_from(few.subquery())) or 0


async def note(db: AsyncSession, looked_at: Sequence[Found], *, read: bool) -> None:
    """Note how copies were found just now; `read`: their bytes were read to the end, not only looked for."""
    if not looked_at:
        return
    given = recordset(_FOUND, [{name: getattr(each, name) for name in _FOUND} for each in looked_at])
    when = func.now() if read else null()
    rows = insert(BlobCopy).from_select([*_FOUND, "verified_at"], select(*given.c, when).order_by(given.c.digest))
    values = {"state": rows.excluded.state, **({"verified_at": when} if read else {})}
    await db.execute(rows.on_conflict_do_update(index_elements=[BlobCopy.digest, BlobCopy.store], set_=values))


async def standing(db: AsyncSession) -> Sequence[Standing]:
    """How the copies in every store stand, by its name."""
    good = BlobCopy.state == "ok"
    query = (
        select(
            BlobCopy.store,
            func.count().filter(good),
            func.coalesce(func.sum(Blob.size_bytes).filter(good), 0),
            func.count().filter(BlobCopy.state == "missing"),
            func.count().filter(BlobCopy.state.in_(("corrupt", "quarantined"))),
            func.min(BlobCopy.verified_at).filter(good),
            func.count().filter(good, BlobCopy.verified_at.is_(None)),
        )
        .join(Blob, Blob.digest == BlobCopy.digest)
        .group_by(BlobCopy.store)
        .order_by(BlobCopy.store)
    )
    return [
        Standing(
            store=store,
            good=count,
            good_bytes=int(size),
            missing=missing,
            damaged=damaged,
            read_since=None if unread else since,
        )
        for store, count, size, missing, damaged, since, unread in await db.execute(query)
    ]
