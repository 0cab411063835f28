"""Preserve: copies of the vault's blobs in further stores, what is found of all of them, and how they are brought back.

What is damaged is set aside, never deleted. Nothing is written over by bytes that were not proved by their digest just
before: a damaged blob never reaches a good copy. What is purged is not lost: nobody brings it back, and each store that
has it still loses it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, blobs, copies, events, films
from director_dagster.catalog.queries.copies import VAULT, Found
from director_dagster.catalog.tables import Asset, Blob, CopyState
from director_dagster.errors import BlobMissing, Damaged, StorageUnavailable
from director_dagster.studio import records
from director_dagster.studio.derived import renew_lost
from director_dagster.studio.filing import note_again
from director_dagster.studio.purge import sweep, take_away
from director_dagster.studio.studio import Studio
from director_dagster.vault.durable import sha256_of
from director_dagster.vault.replica import Replica

BATCH = 100


@dataclass
class Tally:
    """What was done in one store.

    Attributes:
        store: Its name.
        looked_at: How many blobs.
        read_bytes: How much of them was read.
        copied: How many were written there.
        missing: How many were not there.
        damaged: How many were there with other bytes.
        restored: How many of those are there again.
        strange: Blobs that lie there, and no row knows them.
        fault: Why the store could not be used, if it could not.
    """

    store: str
    looked_at: int = 0
    read_bytes: int = 0
    copied: int = 0
    missing: int = 0
    damaged: int = 0
    restored: int = 0
    strange: tuple[str, ...] = ()
    fault: str = ""

    @property
    def lost(self) -> int:
        """How many blobs are nowhere any more: of the vault those that no replica had; a replica's are copied anew."""
        return self.missing + self.damaged - self.restored if self.store == VAULT else 0


async def replicate(studio: Studio) -> Sequence[Tally]:
    """Copy to each replica the blobs and sidecars that it lacks; what was done in each. A second call copies what has
    come since.

    A blob that is found damaged as it is copied is set aside, brought back if it can be, and else marked lost. A
    replica that cannot be used is told of as such, and the others get their copies.
    """
    return await in_each(studio, _fill)


async def look(studio: Studio) -> Sequence[Tally]:
    """The light scrub: whether each store holds just the blobs that the catalog knows, each with its size.

    What the vault has lost is brought back from a replica, or marked lost; what is there again is marked so no longer,
    and thumbnails are drawn anew.
    What a replica has lost is noted, and `replicate` copies it anew. No bytes are read, save those that are copied.
    """
    vault = await told(Tally(store=VAULT), partial(_look_at_vault, studio))
    await studio.vault.sweep()
    await _keep_records(studio)
    return [vault, *await in_each(studio, _look_at)]


async def restore(studio: Studio, digest: str) -> bool:
    """Bring a blob back from the first replica whose copy is proved; whether there was one. What is purged stays so.

    A copy that is found damaged meanwhile is set aside there, and noted.
    """
    async with studio.catalog.session() as db:
        blob = await blobs.known(db, digest)
    if blob is None or blob.purged_at is not None:
        return False
    for store in studio.replicas:
        staged = studio.vault.staging(str(new_id()))
        try:
            await store.fetch(digest, staged)
            if await put_back(studio, blob, staged, whence=store.name):
                await note(studio, [Found(digest=digest, store=store.name, state="ok")], read=True)
                return True
            await set_aside_in(studio, store, digest)
        except BlobMissing:
            await note(studio, [Found(digest=digest, store=store.name, state="missing")], read=False)
        except StorageUnavailable:
            continue  # another replica may have it; who scrubs is told of this one
        finally:
            staged.unlink(missing_ok=True)
    return False


async def put_back(studio: Studio, blob: Blob, staged: Path, *, whence: str) -> bool:
    """Whether the staged bytes are the blob's own: then they are in the vault again, and all assets are marked so."""
    if await asyncio.to_thread(sha256_of, staged) != blob.digest:
        return False
    await studio.vault.put(staged, blob.extension)
    await mark_found(studio, blob.digest, whence=whence)
    return True


async def mark_lost(studio: Studio, digest: str, *, state: CopyState, why: str) -> None:
    """Mark a blob of the vault lost, with all assets whose bytes it is, and say so in their journals; once."""
    async with studio.catalog.session() as db:
        if await blobs.lose(db, digest):
            await _journal(studio, db, digest, "lost", {"reason": why})
        await copies.note(db, [Found(digest=digest, store=VAULT, state=state)], read=True)


async def notice(studio: Studio, some: Iterable[Asset]) -> bool:
    """Mark lost those of the assets that have no file in the vault any more, and as there again those whose file has
    come back; whether any was. Their bytes are not read.

    To be called by who is about to show them. Raises StorageUnavailable where the vault itself is not there: then
    nothing is known of any.
    """
    kept = [each for each in some if each.digest is not None and each.purged_at is None]
    there = await asyncio.to_thread(_with_file, studio, {each.digest for each in kept if each.digest})
    gone = {each.digest for each in kept if each.digest and each.lost_at is None} - there
    back = {each.digest for each in kept if each.digest and each.lost_at is not None} & there
    for digest in sorted(gone):
        await mark_lost(studio, digest, state="missing", why="its file is gone")
    return bool(gone) | await _come_back(studio, back)


def _with_file(studio: Studio, digests: Collection[str]) -> set[str]:
    found = {each for each in digests if studio.vault.locate(each).is_file()}
    if len(found) < len(digests) and not studio.vault.root.is_dir():
        raise StorageUnavailable("the vault is not there (is its disk mounted?): what is in it is not lost by that")
    return found


async def _come_back(studio: Studio, digests: Collection[str]) -> bool:
    """Whether any of these lost blobs is whole again by its size; the scrub proves it."""
    async with studio.catalog.session() as db:
        known = [blob for digest in sorted(digests) if (blob := await blobs.known(db, digest)) is not None]
    back = [blob.digest for blob in known if await studio.vault.has(blob.digest, blob.size_bytes)]
    for digest in back:
        await mark_found(studio, digest)
    return bool(back)


async def mark_found(studio: Studio, digest: str, *, whence: str = VAULT) -> None:
    """Mark a lost blob, and its assets, as there again, and say so in their journals; once."""
    async with studio.catalog.session() as db:
        if await blobs.regain(db, digest):
            await _journal(studio, db, digest, "found", {"in": whence})
        await copies.note(db, [Found(digest=digest, store=VAULT, state="ok")], read=True)


async def _journal(studio: Studio, db: AsyncSession, digest: str, what: str, details: Mapping[str, str]) -> None:
    """Write it into the journals, and into the assets' sidecars."""
    for workspace_id, asset_id in await assets.of_digest(db, digest):
        more = {"digest": digest, **details}
        await events.note(
            db, workspace_id=workspace_id, what=what, subject=str(asset_id), asset_id=asset_id, details=more
        )
        await note_again(studio.vault, db, await assets.by_ids(db, workspace_id, [asset_id]))


async def in_each(studio: Studio, work: Callable[[Studio, Replica, Tally], Awaitable[None]]) -> list[Tally]:
    """The tally of some work in each replica."""

    async def at_work(store: Replica, tally: Tally) -> None:
        await _refuse_bare(studio, store)
        await work(studio, store, tally)

    return [await told(Tally(store=store.name), partial(at_work, store)) for store in studio.replicas]


async def _refuse_bare(studio: Studio, store: Replica) -> None:
    """Raise StorageUnavailable for a folder that has nothing in it where copies were: it may be what a disk is mounted
    on, and copies written there would lie on the very disk that they are to outlast."""
    if not await store.is_bare():
        return
    async with studio.catalog.session() as db:
        count = len(await copies.good(db, store.name))
    if count:
        raise StorageUnavailable(
            f"{store.name} is empty, and {count} copies lay there: is its disk mounted? If it is a new one, "
            f"`mkdir -p {store.name}/new` says so"
        )


async def told(tally: Tally, work: Callable[[Tally], Awaitable[None]]) -> Tally:
    """The tally of some work in a store; a store that cannot be used is a fault that it tells of."""
    try:
        await work(tally)
    except StorageUnavailable as exc:
        tally.fault = str(exc)
    return tally


async def _fill(studio: Studio, store: Replica, tally: Tally) -> None:
    passed: set[str] = set()
    while batch := await _lacking(studio, store, passed):
        for blob in batch:
            tally.looked_at += 1
            passed.add(blob.digest)
            path = await proved(studio, blob, tally)
            if path is not None and await _copied(studio, store, blob, path):
                tally.copied += 1
    there = await store.sidecars()
    for name, path in (await studio.vault.sidecars()).items():
        if name not in there or there[name].timestamp() < path.stat().st_mtime:
            await store.put_sidecar(name, path)


async def _copied(studio: Studio, store: Replica, blob: Blob, path: Path) -> bool:
    """Whether the blob's file was copied; not when it was purged meanwhile."""
    try:
        await store.put(blob.digest, path)
    except BlobMissing:
        if await is_purged(studio, blob.digest):
            return False
        raise
    await note(studio, [Found(digest=blob.digest, store=store.name, state="ok")], read=True)
    return True


async def _lacking(studio: Studio, store: Replica, passed: set[str]) -> Sequence[Blob]:
    async with studio.catalog.session() as db:
        found = await copies.lacking(db, store.name, limit=BATCH + len(passed))
    return [blob for blob in found if blob.digest not in passed]


async def proved(studio: Studio, blob: Blob, tally: Tally) -> Path | None:
    """The blob's file, proved by its digest and brought back if it must be; None when it is lost, or purged by now."""
    try:
        return await studio.vault.path(blobs.url_of(blob))
    except Damaged as exc:
        missing = isinstance(exc, BlobMissing)
        if await is_purged(studio, blob.digest):
            return None
        tally.missing += missing
        tally.damaged += not missing
        if await restore(studio, blob.digest):
            tally.restored += 1
            return await studio.vault.path(blobs.url_of(blob))
        await mark_lost(studio, blob.digest, state="missing" if missing else "quarantined", why=str(exc))
        return None


async def _look_at_vault(studio: Studio, tally: Tally) -> None:
    await sweep(studio)
    there = await studio.vault.sizes()
    async with studio.catalog.session() as db:
        known, lost, purged = await copies.sizes(db), await copies.lost(db), await copies.purged(db)
    for digest in sorted(purged & set(there)):
        await take_away(studio, digest)
    tally.looked_at, tally.strange = len(known) - len(purged), tuple(sorted(set(there) - set(known)))
    for digest, size in known.items():
        if digest in purged or digest in lost or there.get(digest) == size:
            continue
        async with studio.catalog.session() as db:
            blob = await blobs.known(db, digest)
        if blob is not None:
            await proved(studio, blob, tally)
    await seek(studio, lost, tally)
    tally.restored += await renew_lost(studio)


async def seek(studio: Studio, lost: Collection[str], tally: Tally) -> None:
    """Look once more for what is marked lost: in the vault, where it may have been put again, and in each replica."""
    for digest in sorted(lost):
        async with studio.catalog.session() as db:
            blob = await blobs.known(db, digest)
        if blob is None or blob.lost_at is None:
            continue
        if await studio.vault.has(digest, blob.size_bytes):
            await mark_found(studio, digest)
            continue
        tally.missing += 1
        tally.restored += await restore(studio, digest)


async def _keep_records(studio: Studio) -> None:
    async with studio.catalog.session() as db:
        workspaces = await films.workspaces(db)
    for workspace_id in workspaces:
        await records.note_all(studio.catalog, studio.vault, workspace_id)


async def _look_at(studio: Studio, store: Replica, tally: Tally) -> None:
    there = await store.sizes()
    async with studio.catalog.session() as db:
        known, purged = await copies.sizes(db), await copies.purged(db)
        good = await copies.good(db, store.name) - purged
    for digest in sorted(purged & set(there)):
        await take_away(studio, digest, store)
    tally.looked_at, tally.strange = len(good), tuple(sorted(set(there) - set(known)))
    found = []
    for digest in sorted(good):
        if digest not in there:
            tally.missing += 1
            found.append(Found(digest=digest, store=store.name, state="missing"))
        elif there[digest] != known[digest]:
            tally.damaged += 1
            await store.set_aside(digest)
            found.append(Found(digest=digest, store=store.name, state="quarantined"))
    await note(studio, found, read=False)


async def is_purged(studio: Studio, digest: str) -> bool:
    """Whether a blob is purged by now: then it is not missed where it is not."""
    async with studio.catalog.session() as db:
        return await blobs.is_purged(db, digest)


async def set_aside_in(studio: Studio, store: Replica, digest: str) -> None:
    """Put a replica's damaged copy aside, and note that."""
    await store.set_aside(digest)
    await note(studio, [Found(digest=digest, store=store.name, state="quarantined")], read=True)


async def note(studio: Studio, found: Sequence[Found], *, read: bool) -> None:
    """As `copies.note`, in a transaction of its own."""
    async with studio.catalog.session() as db:
        await copies.note(db, found, read=read)
