"""Purge: bytes that no row needs any more leave the vault and every store of copies.

First it is marked, in one transaction with the tombstones, while nobody is between filing bytes and saving their row
(`Studio.filing`). Then each store loses the bytes, under the lock of the blob's row: who files the same bytes again
waits for that, notes that they are there, and puts them once more before that is committed. A process may die anywhere
between: what is marked and still lies somewhere goes with the next purge or scrub, and is never called lost.
"""

from collections.abc import Sequence

from director_dagster.catalog.queries import blobs, copies
from director_dagster.catalog.queries.copies import VAULT, Found
from director_dagster.errors import StorageUnavailable
from director_dagster.studio.studio import FILING, Studio
from director_dagster.vault.replica import Replica

BATCH = 100


async def sweep(studio: Studio) -> Sequence[str]:
    """Take from every store what is purged and lies there still; why some of them could not be used, in lines.

    A blob that only tombstones name is marked first, if somebody has filed it again and died before there was a row. A
    second call does nothing more. Raises StorageUnavailable where the vault itself cannot be used.
    """
    async with studio.catalog.session() as db:
        stray = await blobs.unneeded(db)
    if stray:
        async with studio.catalog.lock(FILING), studio.catalog.session() as db:
            await blobs.purge(db, stray)
    await _empty(studio, None)
    faults = []
    for store in studio.replicas:
        try:
            await _empty(studio, store)
        except StorageUnavailable as exc:
            faults.append(str(exc))
    return faults


async def take_away(studio: Studio, digest: str, store: Replica | None = None) -> None:
    """Take a purged blob from a store, None for the vault, and note that it is not there; not if it is filed again
    meanwhile. Raises StorageUnavailable."""
    async with studio.catalog.session() as db:
        if await blobs.is_purged(db, digest, lock=True):
            await (studio.vault if store is None else store).remove(digest)
            await copies.note(db, [Found(digest=digest, store=_name(store), state="purged")], read=True)


async def _empty(studio: Studio, store: Replica | None) -> None:
    while True:
        async with studio.catalog.session() as db:
            batch = await copies.to_purge(db, _name(store), limit=BATCH)
        if not batch:
            return
        for digest in batch:
            await take_away(studio, digest, store)


def _name(store: Replica | None) -> str:
    return VAULT if store is None else store.name
