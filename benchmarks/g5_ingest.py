"""G5, G6 and SCRUB: bytes and rows kept, rows alone, and all bytes read again, each against the least it takes."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import copytree
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.harness import Figure, Goal, in_turn, peer
from benchmarks.keeping import AT_ONCE, Place, files, hash_all, least, place
from director_dagster.catalog import rows
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.queries.blobs import Bytes
from director_dagster.catalog.tables import Asset, Json
from director_dagster.studio import filing
from director_dagster.studio.filing import Entry, Filed, Label, Origin
from director_dagster.studio.scrub import read_all
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Blob

A_TRANSACTION = 250
ROWS = 20_000
EXTENSION, MEDIA_TYPE = "mp4", "video/mp4"
DIGEST = "0" * 64
BLOB = "INSERT INTO blobs (digest, size_bytes, media_type, extension) VALUES (%s, 1, %s, %s)"
DVC, FOLDER = "dvc", "files"


def measure_g5() -> Iterator[Figure]:
    """The figures of G5."""
    with place() as at:
        paths = files(at.folder / "files")
        ingest = partial(_ingest, at, paths)
        against = in_turn(ingest, partial(least, at, paths), before=at.empty)
        yield against.ratio("ingest / hash, fsync and COPY", Goal(limit=1.25))
        dvc = [peer(at.folder / "peer", DVC), "-m", "dvc"]
        before = partial(_beside, at, paths[0].parent, dvc)
        theirs = partial(subprocess.run, [*dvc, "add", "--quiet", FOLDER], cwd=at.home, check=True)
        yield in_turn(theirs, ingest, before=before).ratio("DVC add / ingest", Goal(limit=1, at_least=True))


def measure_g6() -> Iterator[Figure]:
    """The figure of G6: rows of assets a second, over those of COPY into the same table."""
    with place() as at:
        at.empty()
        given = [_row(at.workspace_id, number) for number in range(ROWS)]
        against = in_turn(partial(_copy, at, given), partial(_write, at, given), before=partial(_one_blob, at))
        yield against.ratio(f"COPY / {ROWS:,} rows of assets in bulk", Goal(limit=0.6, at_least=True))


def measure_scrub() -> Iterator[Figure]:
    """How long it takes to read and prove every byte, over reading and hashing alone."""
    with place() as at:
        at.empty()
        _ingest(at, files(at.folder / "files"))
        kept = [path for path in (at.home / "vault" / "sha256").rglob("*") if path.is_file()]
        yield in_turn(partial(_scrub, at), partial(hash_all, kept)).ratio("deep scrub / SHA-256", Goal(limit=1.25))


def _ingest(at: Place, paths: Sequence[Path]) -> None:
    """Each file into the vault, its row and its sidecar with those of others, as what a provider sends is kept."""
    asyncio.run(at.at_work(partial(_ingested, paths, at.workspace_id)))


async def _ingested(paths: Sequence[Path], workspace_id: UUID, studio: Studio) -> None:
    at_once = asyncio.Semaphore(AT_ONCE)

    async def put(path: Path) -> Blob:
        async with at_once:
            return await studio.vault.put(path, EXTENSION)

    for start in range(0, len(paths), A_TRANSACTION):
        kept = await asyncio.gather(*map(put, paths[start : start + A_TRANSACTION]))
        async with studio.catalog.session() as db:
            await blobs.record_all(db, [_bytes(blob) for blob in kept])
            await filing.save_all(studio.vault, db, [_entry(workspace_id, blob) for blob in kept])


def _bytes(blob: Blob) -> Bytes:
    return Bytes(digest=blob.digest, size_bytes=blob.size_bytes, media_type=MEDIA_TYPE, extension=EXTENSION)


def _entry(workspace_id: UUID, blob: Blob) -> Entry:
    label = Label(workspace_id=workspace_id, type="video", kind="shot", name=blob.digest[:8], prompt="a shot")
    filed = Filed(url=blob.url, thumbnail_url=None, width=1280, height=720, duration_s=4.0)
    return Entry(label=label, origin=Origin(provider="bench", model="bytes"), filed=filed)


def _beside(at: Place, folder: Path, dvc: Sequence[object]) -> None:
    """An empty home, with the files in it that DVC is to add, which takes only what lies in its own folder."""
    at.empty()
    copytree(folder, at.home / FOLDER)
    subprocess.run([*map(str, dvc), "init", "--no-scm", "--quiet"], cwd=at.home, check=True)


def _one_blob(at: Place) -> None:
    """Nothing but the blob that all the rows name."""
    at.empty()
    with psycopg.connect(at.url) as connection:
        connection.execute(BLOB, (DIGEST, MEDIA_TYPE, EXTENSION))


def _row(workspace_id: UUID, number: int) -> Json:
    """A row of an asset as a bag has it."""
    return {
        "id": str(new_id()),
        "workspace_id": str(workspace_id),
        "type": "video",
        "kind": "shot",
        "name": f"Shot {number}",
        "url": f"vault:sha256/{DIGEST}.{EXTENSION}",
        "source": "generation",
        "fingerprint": f"{number:064}",
        "provider": "bench",
        "model": f"model-{number % 7}",
        "prompt": "A lighthouse at dusk, seen from the sea",
        "cost_microusd": 250_000,
        "generation_metadata": {"seed": number, "scene": number % 50},
        "tags": ["type:video", f"scene:{number % 50}"],
        "duration_s": 4.0,
        "width": 1280,
        "height": 720,
    }


def _write(at: Place, given: Sequence[Json]) -> None:
    async def written(studio: Studio) -> None:
        async with studio.catalog.session() as db:
            await rows.write(db, rows.table_of(Asset.__tablename__), given)

    asyncio.run(at.at_work(written))


def _copy(at: Place, given: Sequence[Json]) -> None:
    names = ", ".join(given[0])
    into = f"COPY assets ({names}) FROM STDIN"
    with psycopg.connect(at.url) as connection, connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in given:
            copy.write_row([Jsonb(each) if isinstance(each, dict | list) else each for each in row.values()])


def _scrub(at: Place) -> None:
    async def scrubbed(studio: Studio) -> None:
        await read_all(studio, older=timedelta())

    asyncio.run(at.at_work(scrubbed))
