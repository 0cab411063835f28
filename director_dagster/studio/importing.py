"""Import: a bag that `export` wrote is proved, and what it holds is brought here bit for bit: all of it or nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import rows
from director_dagster.catalog.chain import Head
from director_dagster.catalog.queries import assets, blobs, copies, events, films
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Film, Json, Workspace
from director_dagster.errors import BadInput, BlobDamaged
from director_dagster.story.film import FilmKey, parse_film_key
from director_dagster.studio import filing, records
from director_dagster.studio.arriving import Arrival, as_known_here, differs, told_of
from director_dagster.studio.export import BAG, BAG_VERSION, FILM, LOG_HEAD, LOST, ROWS, WORKSPACE
from director_dagster.studio.studio import Studio
from director_dagster.vault.bag import Bag, blob_name, prove

LINE_BYTES = 64 << 20
OF_GENERATIONS = ("receipts", "generation_events")


@dataclass
class Brought:
    """What an import has brought.

    Attributes:
        name: The film's key, or the workspace's slug, as it is called here.
        films: The keys of the films that the bag was made for.
        new: How many rows of each table were not here.
        known: How many were.
        blobs: How many blobs were not here.
        apart: How many events of a workspace's log stay in the bag: one that went on here has no place for another's.
        log_fault: Where a workspace's log in the bag is broken, if it is: what comes after that stays there, too.
        lost: How many the bag only names, since they were lost where it was written.
        waiting: Generations that were under way there: what became of them only a person can tell.
        assets: The ids of those that were not here.
    """

    name: str = ""
    films: list[FilmKey] = field(default_factory=list)
    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    blobs: int = 0
    apart: int = 0
    lost: int = 0
    log_fault: str = ""
    waiting: list[str] = field(default_factory=list)
    assets: list[UUID] = field(default_factory=list)


async def bring(studio: Studio, folder: Path, *, workspace: str | None = None) -> Brought:
    """Bring what a bag holds here: ids, takes, costs and bytes as they were; a second call changes nothing.

    The whole bag is proved first, then its rows are tried on paper, then its bytes are filed, then all rows are written
    at once. Its workspace keeps its id, and is called `workspace` here where its name is another's. What was under way
    where the bag was written is nobody's to send here: see `arriving`. Raises BadInput, with nothing written, for what
    is no whole bag, and for a row that is here with other contents, or whose name is another's.
    """
    bag = await asyncio.to_thread(prove, folder)
    _refuse_other(bag)
    async with studio.catalog.lock("import"):
        async with studio.catalog.rehearsal() as paper:
            brought = await _written(paper, bag, workspace)
        async with studio.filing():
            brought.blobs = await _file(studio, bag)
            if brought.new.total() or brought.blobs:
                brought = await _settled(studio, bag, workspace, brought.blobs)
    brought.log_fault = await asyncio.to_thread(_log_fault, bag)
    return brought


def _log_fault(bag: Bag) -> str:
    """Where the log in a workspace's bag does not go on from one event to the next, or does not end as was said: it was
    so where the bag was written. A film's bag has no whole log."""
    if FILM in bag.info:
        return ""
    head = Head()
    for row in _rows(bag, "events"):
        seq = int(str(row["seq"]))
        if seq != head.seq + 1 or row["previous"] != head.hash:
            return f"event {seq} does not follow event {head.seq}"
        head = Head(seq=seq, hash=str(row["hash"]))
    return "" if str(head) == bag.info.get(LOG_HEAD) else f"it ends with event {head.seq}, and not as the bag says"


def _refuse_other(bag: Bag) -> None:
    """Raise BadInput for a bag that is whole, and not one of ours, or lacks bytes without saying so."""
    if bag.info.get(BAG) != BAG_VERSION:
        raise BadInput(
            f"{bag.folder}: it is no bag of `director export`, or of a newer one: {BAG} is {bag.info.get(BAG)}"
        )
    named = {str(row.get("digest")) for row in _rows(bag, "blobs")}
    gone = {str(row.get("digest")) for row in _rows(bag, "blobs") if row.get("lost_at") or row.get("purged_at")}
    lacking, strange = sorted(named - gone - bag.digests), sorted(bag.digests - named)
    if lacking:
        raise BadInput(f"{bag.folder}: blob {lacking[0]} is neither in the bag nor told to be lost")
    _refuse_purged(bag)
    if strange:
        raise BadInput(f"{bag.folder}: blob {strange[0]} is in the bag, and no row knows it")


def _refuse_purged(bag: Bag) -> None:
    """Raise BadInput where a blob is told to be purged and a row that is no tombstone needs it."""
    purged = {str(row.get("digest")) for row in _rows(bag, "blobs") if row.get("purged_at")}
    for row in _rows(bag, "assets") if purged else ():
        named = () if row.get("purged_at") else (row.get("url"), row.get("thumbnail_url"))
        urls = (blobs.URL.fullmatch(str(url)) for url in named)
        needed = next((url["digest"] for url in urls if url is not None and url["digest"] in purged), None)
        if needed is not None:
            raise BadInput(f"{bag.folder}: {told_of('assets', row)} needs blob {needed}, which is told to be purged")


async def _written(catalog: Catalog, bag: Bag, slug: str | None) -> Brought:
    async with catalog.session() as db:
        brought = await _write(db, bag, slug)
        await rows.check(db)
        return brought


async def _settled(studio: Studio, bag: Bag, slug: str | None, filed: int) -> Brought:
    """Write all rows, and their sidecars before they are committed."""
    async with studio.catalog.session() as db:
        brought = await _write(db, bag, slug)
        brought.blobs = filed
        for digest in sorted(bag.digests & await copies.lost(db)):
            await blobs.regain(db, digest)
        if await blobs.revive(db, bag.digests):
            brought.blobs += await _file(studio, bag)
        await events.note(
            db,
            workspace_id=UUID(bag.info[WORKSPACE]),
            what="imported",
            subject=brought.name,
            details={"log ended with": bag.info.get(LOG_HEAD), "blobs": filed},
        )
        workspace_id = UUID(bag.info[WORKSPACE])
        for start in range(0, len(brought.assets), rows.AT_ONCE):
            some = brought.assets[start : start + rows.AT_ONCE]
            await filing.note_again(studio.vault, db, await assets.by_ids(db, workspace_id, some))
    await records.note_all(studio.catalog, studio.vault, workspace_id)
    return brought


async def _file(studio: Studio, bag: Bag) -> int:
    """File those blobs of the bag that are not here; how many those are."""
    filed = 0
    for row in _rows(bag, "blobs"):
        digest, size = str(row["digest"]), row.get("size_bytes")
        if digest in bag.digests and not await studio.vault.has(digest, int(str(size))):
            blob = await studio.vault.put(bag.path(blob_name(digest)), str(row["extension"]))
            if blob.digest != digest:
                raise BlobDamaged(f"{bag.folder}: {blob_name(digest)} was changed since it was proved")
            filed += 1
    return filed


async def _write(db: AsyncSession, bag: Bag, slug: str | None) -> Brought:
    """Write all rows that are not here. Raises BadInput for one that is, with other contents."""
    await db.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    brought = Brought(lost=sum(1 for _ in _lines(bag, LOST)))
    here = await _workspace(db, bag, slug, brought)
    arrival = Arrival.of(here.id, _rows(bag, "generations"))
    new_generations: set[str] = set()
    for name in rows.ORDER[1:]:
        table = rows.table_of(name)
        for some in _chunks(_rows(bag, name)):
            mine = [arrival.as_here(name, row) for row in some]
            if name == "events":
                await _bring_events(db, bag, here.id, mine, brought)
                continue
            if name in OF_GENERATIONS:
                new = [row for row in mine if row.get("generation_id") in new_generations]
                written = await rows.write(db, table, [{k: v for k, v in row.items() if k != "id"} for row in new])
            else:
                written = await _write_new(db, name, mine, brought, new_generations)
            brought.new[name] += written
            brought.known[name] += len(mine) - written
    await arrival.note(db, new_generations)
    brought.waiting = sorted(arrival.waiting & new_generations)
    await _name(db, bag, here, brought)
    return brought


async def _bring_events(db: AsyncSession, bag: Bag, workspace_id: UUID, mine: Sequence[Json], brought: Brought) -> None:
    """Write the events of a workspace's log that go on from the one here. A film's bag has those of its pieces, to be
    read: they are no whole chain."""
    if FILM in bag.info:
        return
    written = await events.bring(db, workspace_id, mine)
    known = await events.known(db, workspace_id, mine) - written
    brought.new["events"] += written
    brought.known["events"] += known
    brought.apart += len(mine) - written - known


async def _write_new(
    db: AsyncSession, name: str, mine: Sequence[Json], brought: Brought, new_generations: set[str]
) -> int:
    """Write those of the rows that are not here."""
    table = rows.table_of(name)
    known = await rows.known(db, table, mine)
    new = []
    for row in mine:
        there = known.get(rows.key_of(table, row))
        if there is None:
            new.append(row)
        elif column := differs(name, row, there):
            told = f"{told_of(name, row)} is here with another {column}: it was changed here, or there, since"
            raise BadInput(f"{told}; nothing was imported")
    written = await rows.write(db, table, new)
    if written < len(new):
        raise BadInput(f"{await _taken(db, name, new)}; nothing was imported")
    if name == "generations":
        new_generations.update(str(row["id"]) for row in new)
    if name == "assets":
        brought.assets += [UUID(str(row["id"])) for row in new]
    return written


async def _taken(db: AsyncSession, name: str, new: Sequence[Json]) -> str:
    """Which row's place here is another's."""
    table = rows.table_of(name)
    known = await rows.known(db, table, new)
    lacking = next(row for row in new if rows.key_of(table, row) not in known)
    return f"{told_of(name, lacking)} is another one here"


async def _workspace(db: AsyncSession, bag: Bag, slug: str | None, brought: Brought) -> Workspace:
    """The bag's workspace as it is here, made if it is not; what it is called, and its crew, are of this place."""
    told = list(_rows(bag, "workspaces"))
    if len(told) != 1 or str(told[0].get("id")) != bag.info.get(WORKSPACE):
        raise BadInput(f"{bag.folder}: it must hold the row of one workspace, {bag.info.get(WORKSPACE)}")
    row = told[0]
    table = rows.table_of("workspaces")
    if await rows.known(db, table, [row]):
        here = await db.get_one(Workspace, UUID(str(row["id"])))
        if slug not in {None, here.slug}:
            raise BadInput(f"the bag's workspace is here already, as {here.slug}")
        brought.known["workspaces"] += 1
        return here
    wanted = slug or str(row.get("slug"))
    await _make_room(db, wanted)
    brought.new["workspaces"] += await rows.write(db, table, [as_known_here(row, wanted)])
    return await db.get_one(Workspace, UUID(str(row["id"])))


async def _make_room(db: AsyncSession, slug: str) -> None:
    """A workspace that bears the name gives it up if there is nothing in it. Raises BadInput when there is."""
    other = await films.find_workspace(db, slug)
    if other is None:
        return
    taken = BadInput(
        f"the workspace {slug!r} is another one here: say what the bag's is to be called here, by --workspace NAME"
    )
    if other.crew:
        raise taken
    for name in rows.ORDER[1:]:
        table = rows.table_of(name)
        of_it = table.columns.get("workspace_id")
        if of_it is not None and (await db.execute(select(of_it).where(of_it == other.id).limit(1))).first():
            raise taken
    await db.delete(other)
    await db.flush()


async def _name(db: AsyncSession, bag: Bag, here: Workspace, brought: Brought) -> None:
    """What the bag holds, as it is called here."""
    query = select(Film.id, Film.slug).where(Film.workspace_id == here.id, Film.deleted_at.is_(None))
    slugs = {str(id_): slug for id_, slug in await db.execute(query.order_by(Film.slug))}
    of_film, told = bag.info.get(FILM), {str(row.get("id")) for row in _rows(bag, "films")}
    wanted = [slug for id_, slug in slugs.items() if id_ in told and of_film in {None, id_}]
    brought.films = [parse_film_key(f"{here.slug}/{slug}") for slug in wanted]
    brought.name = str(brought.films[0]) if of_film and brought.films else here.slug


def _rows(bag: Bag, name: str) -> Iterator[Json]:
    return _lines(bag, f"{ROWS}/{name}.jsonl")


def _lines(bag: Bag, name: str) -> Iterator[Json]:
    """The JSON objects of a file, one a line. Raises BadInput for what is none."""
    if name not in bag.names:
        return
    with bag.path(name).open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES):
            number += 1
            try:
                row: Any = json.loads(line)
            except (ValueError, RecursionError) as exc:
                raise BadInput(f"{bag.folder}: {name}, line {number}: it is no JSON") from exc
            if not isinstance(row, Mapping):
                raise BadInput(f"{bag.folder}: {name}, line {number}: it is no row")
            yield dict(row)


def _chunks(found: Iterator[Json]) -> Iterator[list[Json]]:
    some: list[Json] = []
    for row in found:
        some.append(row)
        if len(some) == rows.AT_ONCE:
            yield some
            some = []
    if some:
        yield some
