"""Export: a film or a workspace as a bag that stands alone: bytes, sidecars, ledger, lineage, a line for each row."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain, rows, session, sidecar
from director_dagster.catalog.chain import Head
from director_dagster.catalog.queries import blobs, contents, events
from director_dagster.catalog.queries.contents import Contents
from director_dagster.catalog.queries.copies import VAULT
from director_dagster.catalog.tables import Asset, Blob, Film, Json
from director_dagster.errors import BadInput, BlobDamaged, Damaged, LogBroken
from director_dagster.story import wire
from director_dagster.story.film import FilmKey
from director_dagster.studio import audit, records
from director_dagster.studio.preserve import Tally, proved
from director_dagster.studio.studio import Studio
from director_dagster.vault.bag import BagWriter, writing

BAG_VERSION = "1"
ROWS, SIDECARS, LOST = "rows", "sidecars", "lost.jsonl"
BAG, REVISION, FILM, WORKSPACE = "Director-Bag", "Director-Revision", "Director-Film", "Director-Workspace"
LOG_HEAD = "Director-Audit-Head"
"""The end of the workspace's audit log at that moment: how many events, and the hash of the last."""


@dataclass
class Exported:
    """What a bag holds: how many rows of each table, how many blobs of how many bytes, the digests of the blobs that
    are lost, which it only names, and what is wrong with the workspace's audit log, if anything is."""

    name: str
    rows: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    size_bytes: int = 0
    lost: list[str] = field(default_factory=list)
    log_fault: str = ""


async def export(studio: Studio, what: FilmKey | str, target: Path, *, today: date) -> Exported:
    """Write a film, or with a slug all of its workspace, as a bag at `target`, which is new or an empty folder.

    All its rows are of one moment. Bytes are proved as they are copied, some at a time, and lost ones are named; what
    is purged is a row alone. One that is found damaged is brought back from a copy; where there is none it is marked
    lost, and BlobDamaged is raised: then there is no bag. Raises BadInput where there is no such film or something is
    at `target`.
    """
    await _look(studio, what)
    # What the rows name is not purged before it is copied.
    async with studio.filing():
        found, told, head = await _write(studio, what, target, today)
    async with studio.catalog.session() as db:
        film_id = None if found.film is None else found.film.id
        details = {"bag": target.name, "log ended with": str(head), "blobs": told.blobs, "lost": len(told.lost)}
        await events.note(
            db,
            workspace_id=found.workspace.id,
            what="exported",
            subject=told.name,
            film_id=film_id,
            details=details,
        )
    await records.note(studio.catalog, studio.vault, found.workspace.id)
    return told


async def _write(studio: Studio, what: FilmKey | str, target: Path, today: date) -> tuple[Contents, Exported, Head]:
    with writing(target) as bag:
        async with studio.catalog.session() as db:
            await contents.snapshot(db)
            found = await _found(db, what)
            told = Exported(name=found.name)
            head = await chain.head(db, found.workspace.id)
            told.log_fault = await _log_fault(db, found)
            await _write_rows(db, found, bag, told)
            there = (await db.scalars(select(Blob).where(found.where["blobs"]).order_by(Blob.digest))).all()
            await _write_sidecars(db, found, bag)
        for blob in there:
            if blob.lost_at is None and blob.purged_at is None:
                await _copy(studio, bag, blob)
                told.blobs, told.size_bytes = told.blobs + 1, told.size_bytes + blob.size_bytes
        told.lost = [blob.digest for blob in there if blob.lost_at is not None]
        await asyncio.to_thread(bag.put, LOST, _lines({"digest": digest} for digest in told.lost))
        await asyncio.to_thread(bag.seal, _info(found, told, today, head))
    return found, told, head


async def _log_fault(db: AsyncSession, found: Contents) -> str:
    """What is wrong with the workspace's log. It is written out as it is: a damaged studio can be saved, too."""
    try:
        await audit.verify(db, found.workspace.id)
    except LogBroken as exc:
        return str(exc)
    return ""


async def _found(db: AsyncSession, what: FilmKey | str) -> Contents:
    if isinstance(what, FilmKey):
        found = await contents.of_film(db, what.workspace, what.film)
        lacking = f"there is no film {what}; `director film list --workspace {what.workspace}` names those there are"
    else:
        found = await contents.of_workspace(db, what)
        lacking = f"there is no film and no workspace {what!r}"
    if found is None:
        raise BadInput(lacking)
    return found


async def _look(studio: Studio, what: FilmKey | str) -> None:
    """Bring back those blobs that are gone, or mark them lost, so that the rows say so."""
    async with studio.catalog.session() as db:
        where = (await _found(db, what)).where["blobs"]
        there = (where, Blob.lost_at.is_(None), Blob.purged_at.is_(None))
        known = list(await db.scalars(select(Blob).where(*there).order_by(Blob.digest)))
    for blob in known:
        if not await studio.vault.has(blob.digest, blob.size_bytes):
            await proved(studio, blob, Tally(store=VAULT))


async def _write_rows(db: AsyncSession, found: Contents, bag: BagWriter, told: Exported) -> None:
    """Write all rows, one file a table."""
    for name in rows.ORDER:
        file, table = f"{ROWS}/{name}.jsonl", rows.table_of(name)
        told.rows[name] = 0
        await asyncio.to_thread(bag.append, file, b"")
        if name not in found.where:
            continue
        async for some in rows.stream(db, table, found.where[name]):
            await asyncio.to_thread(bag.append, file, b"".join(_lines(some)))
            told.rows[name] += len(some)
    await asyncio.to_thread(bag.close_rows)


async def _write_sidecars(db: AsyncSession, found: Contents, bag: BagWriter) -> None:
    """Write the sidecars of all assets, and of the film or of all films with their workspace."""
    folder = f"{SIDECARS}/{found.workspace.id}"
    ids = (await db.scalars(select(Asset.id).where(found.where["assets"]).order_by(Asset.id))).all()
    for start in range(0, len(ids), rows.AT_ONCE):
        some = list(await db.scalars(select(Asset).where(Asset.id.in_(ids[start : start + rows.AT_ONCE]))))
        for record in await sidecar.of_all(db, some):
            await asyncio.to_thread(bag.put, f"{folder}/{record['asset_id']}.json", [_text(record)])
        for asset in some:
            db.expunge(asset)
    films = [found.film] if found.film else list(await db.scalars(select(Film).where(found.where["films"])))
    for film in films:
        await asyncio.to_thread(bag.put, f"{folder}/{film.id}.json", [_text(await sidecar.of_film(db, film))])
    if found.film is None:
        record = await sidecar.of_workspace(db, found.workspace)
        await asyncio.to_thread(bag.put, f"{folder}/{found.workspace.id}.json", [_text(record)])


async def _copy(studio: Studio, bag: BagWriter, blob: Blob) -> None:
    try:
        await asyncio.to_thread(bag.copy, blob.digest, studio.vault.locate(blob.digest))
    except Damaged as exc:
        path = await proved(studio, blob, Tally(store=VAULT))
        if path is None:
            raise BlobDamaged(
                f"{blobs.url_of(blob)} was damaged and is set aside, and no copy of it is known: there is no bag. "
                "`director recover` brings it back, if anybody can; a bag that is written now names it as lost"
            ) from exc
        await asyncio.to_thread(bag.copy, blob.digest, path)


def _info(found: Contents, told: Exported, today: date, head: Head) -> Mapping[str, str]:
    """What the bag says of itself."""
    version = metadata.version("director-dagster")
    of_film = {} if found.film is None else {FILM: str(found.film.id)}
    return {
        "Bag-Software-Agent": f"director-dagster {version}",
        "Bagging-Date": today.isoformat(),
        "External-Identifier": told.name,
        "External-Description": f"{'workspace' if found.film is None else 'film'} {told.name} of director-dagster",
        BAG: BAG_VERSION,
        REVISION: session.head(),
        WORKSPACE: str(found.workspace.id),
        **of_film,
        LOG_HEAD: str(head),
        "Director-Lost-Blobs": str(len(told.lost)),
    }


def _lines(told: Iterable[Json]) -> Iterator[bytes]:
    for row in told:
        yield wire.canonical(row) + b"\n"


def _text(record: Json) -> bytes:
    return (json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")
