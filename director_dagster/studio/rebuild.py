"""Rebuild: the catalog made anew from the vault alone, for a database that is lost.

What comes back is what the sidecars tell: every row but those of `blob_copies`, which the next scrub finds out again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, rows, sidecar
from director_dagster.catalog.queries import blobs, events
from director_dagster.catalog.tables import Film, Json, Workspace
from director_dagster.errors import BadInput, BlobDamaged
from director_dagster.story.film import FilmKey, parse_film_key
from director_dagster.studio.preserve import Tally, look
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import JOURNAL

FIRST = ("workspaces", "films", "characters", "shots", "budgets")
"""What sidecars of films and workspaces tell before those of assets: they are newer there."""

NAMING_ASSETS = {
    "films": "brief_asset_id",
    "assets": "source_asset_id",
    "asset_sources": "source_id",
    "takes": "asset_id",
    "voices": "asset_id",
    "film_uses": "asset_id",
}
OWN = ("workspace_id", "film_id", "generation_id")
OPTIONAL = ("brief_asset_id", "source_asset_id")


@dataclass
class Rebuilt:
    """What came back: how many rows of each table, the keys of the films, what was found of the bytes, which files
    could not be read, and the ids of assets that are named and have no sidecar."""

    rows: Counter[str] = field(default_factory=Counter)
    films: list[FilmKey] = field(default_factory=list)
    stores: Sequence[Tally] = ()
    unread: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


async def rebuild(studio: Studio) -> Rebuilt:
    """Make the catalog anew from the vault's sidecars, in one transaction, and look whether the bytes are there.

    Raises BadInput, with nothing written, for a catalog that is not empty, and for a vault without a sidecar.
    """
    files = await studio.vault.sidecars()
    if not files:
        raise BadInput(f"there is no sidecar in {studio.vault.root}: nothing can be made anew of it")
    rebuilt = Rebuilt()
    async with studio.catalog.lock("import"), studio.catalog.session() as db:
        await _refuse_filled(db)
        await db.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        await _write(db, files, rebuilt)
        await budgets.reckon(db)
        await blobs.reckon(db)
        await rows.restart_numbers(db)
        rebuilt.films = await _films(db)
    rebuilt.stores = await look(studio)
    return rebuilt


async def _refuse_filled(db: AsyncSession) -> None:
    """Raise BadInput for a catalog that has rows; a workspace with nothing in it, made by looking, makes room."""
    for name in rows.ORDER[1:]:
        if (await db.execute(select(text("1")).select_from(rows.table_of(name)).limit(1))).first():
            raise BadInput(f"the catalog is not empty: it has {name}. It is made anew in an empty database alone")
    for workspace in await db.scalars(select(Workspace)):
        await db.delete(workspace)
    await db.flush()


async def _write(db: AsyncSession, files: Mapping[str, Path], rebuilt: Rebuilt) -> None:
    # Newer ones first: of several that tell of one row, the first is believed.
    newest_first = sorted(files, key=lambda name: name.rpartition("/")[2], reverse=True)
    of_no_asset, assets = [], set()
    async for name, record in _read(files, newest_first):
        if record is None:
            rebuilt.unread.append(name)
        elif "asset_id" in record:
            assets.add(str(record["asset_id"]))
        else:
            of_no_asset.append(record)
    # A workspace's own word of itself goes before a film's, and that before a purchase's.
    of_no_asset.sort(key=lambda record: next(index for index, of in enumerate(OWN) if of in record or of == OWN[-1]))
    put = _Putting(db=db, rebuilt=rebuilt, assets=assets)
    await put(of_no_asset, FIRST)
    some: list[Json] = []
    async for _, record in _read(files, newest_first):
        if record is not None and "asset_id" in record:
            some.append(record)
        if len(some) == rows.AT_ONCE:
            await put(some)
            some = []
    await put(some)
    await put(of_no_asset)
    for name in newest_first:
        if name.endswith(f"/{JOURNAL}"):
            lines, whole = await asyncio.to_thread(_journal, files[name])
            rebuilt.rows["events"] += await rows.write(db, rows.table_of("events"), lines)
            rebuilt.unread += [] if whole else [name]
    await events.set_heads(db)
    await rows.check(db)


@dataclass(kw_only=True)
class _Putting:
    """Rows on their way back; what names an asset whose own sidecar is gone comes back without it, or not at all."""

    db: AsyncSession
    rebuilt: Rebuilt
    assets: set[str]
    budgets: set[str] = field(default_factory=set)

    async def __call__(self, records: Sequence[Json], tables: Sequence[str] = rows.ORDER) -> None:
        self.rebuilt.rows += await sidecar.restore_all(self.db, records, tables=tables, mend=self._mended)

    def _mended(self, name: str, row: Json) -> Json | None:
        if name == "budgets":
            self.budgets.add(str(row.get("id")))
        if name == "generations" and row.get("budget_id") not in {None, *self.budgets}:
            return sidecar.unbudgeted(name, row)
        column = NAMING_ASSETS.get(name)
        named = None if column is None else row.get(column)
        if column is None or named is None or named in self.assets:
            return row
        self.rebuilt.missing.add(str(named))
        return {**row, column: None} if column in OPTIONAL else None


async def _read(files: Mapping[str, Path], names: Sequence[str]) -> AsyncIterator[tuple[str, Json | None]]:
    """Each sidecar, and None for one that cannot be read."""
    for name in names:
        if not name.endswith(f"/{JOURNAL}"):
            yield name, await asyncio.to_thread(_record, files[name])


def _record(path: Path) -> Json | None:
    """The sidecar, or None where it is damaged. Raises BadInput for one of a newer program."""
    try:
        record = json.loads(path.read_bytes())
        sidecar.refuse_newer(record)
        sidecar.rows_of(record)
    except (OSError, ValueError, AttributeError, RecursionError, BlobDamaged):
        return None
    return dict(record)


def _journal(path: Path) -> tuple[list[Json], bool]:
    """The lines of a journal that can be read, and whether those are all; one that was being written when its writer
    died is none."""
    lines, whole = [], True
    with path.open("rb") as file:
        for line in file:
            try:
                lines.append(dict(json.loads(line)))
            except (ValueError, TypeError, RecursionError):
                whole = whole and not line.endswith(b"\n")
    return lines, whole


async def _films(db: AsyncSession) -> list[FilmKey]:
    query = select(Workspace.slug, Film.slug).join(Film, Film.workspace_id == Workspace.id)
    found = await db.execute(query.where(Film.deleted_at.is_(None)).order_by(Workspace.slug, Film.slug))
    return [parse_film_key(f"{workspace}/{film}") for workspace, film in found]
