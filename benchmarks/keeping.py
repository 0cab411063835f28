"""What the benchmarks of keeping stand on: a home with its database, files to be kept, and the least it takes."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from director_dagster.catalog.queries import films
from director_dagster.catalog.session import migrate, open_catalog
from director_dagster.postgres import server as postgres
from director_dagster.studio.studio import Studio, open_studio

SMALL, SMALL_BYTES = 2_000, 100_000
LARGE, LARGE_BYTES = 10, 20_000_000
AT_ONCE = 16
EMPTY = (
    "SET session_replication_role = replica; TRUNCATE assets, blobs, asset_sources, asset_characters, "
    "asset_tags, spending_deltas, spending_sums CASCADE"
)
"""Without the triggers by which tables that are only appended to refuse it, and by which tags and spending are kept."""

LEAST = "CREATE TABLE IF NOT EXISTS least (digest text PRIMARY KEY, size_bytes bigint)"


@dataclass(frozen=True)
class Place:
    """A folder with a database, in which things are kept, run after run."""

    folder: Path
    url: str

    @property
    def home(self) -> Path:
        """Where they are kept."""
        return self.folder / "home"

    def empty(self) -> None:
        """Leave nothing that was kept, in neither the folder nor the tables."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        with psycopg.connect(self.url) as connection:
            for statement in (EMPTY, LEAST, "TRUNCATE least"):
                connection.execute(statement)

    @cached_property
    def workspace_id(self) -> UUID:
        """Whose all of it is."""

        async def made() -> UUID:
            async with open_catalog(self.url) as catalog, catalog.session() as db:
                return (await films.workspace(db, "home")).id

        return asyncio.run(made())

    async def at_work(self, work: Callable[[Studio], Awaitable[Any]]) -> None:
        """Do it with a studio on this home."""
        studio = open_studio(database_url=self.url, home=self.home)
        try:
            await work(studio)
        finally:
            await studio.aclose()


@contextmanager
def place() -> Iterator[Place]:
    """A new one, gone after the block."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = postgres.ensure(folder / "postgres")
        try:
            migrate(url)
            yield Place(folder, url)
        finally:
            postgres.stop(folder / "postgres")


def files(folder: Path) -> list[Path]:
    """New files of random bytes: two thousand of 100 kB and ten of 20 MB."""
    folder.mkdir()
    sizes = [SMALL_BYTES] * SMALL + [LARGE_BYTES] * LARGE
    paths = [folder / f"{number:05}.mp4" for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        path.write_bytes(os.urandom(size))
    return paths


def least(place: Place, paths: Sequence[Path]) -> None:
    """Hash, write, flush and rename each file, some at once, then a row for each by COPY: no less keeps them."""
    for number in range(256):
        (place.home / f"{number:02x}").mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda path: _kept(place.home, path), paths))
    into = "COPY least FROM STDIN"
    with psycopg.connect(place.url) as connection, connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in found:
            copy.write_row(row)


def hash_all(paths: Sequence[Path]) -> None:
    """Read and hash each file."""
    for path in paths:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def _kept(home: Path, path: Path) -> tuple[str, int]:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    target = home / digest[:2] / digest
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return digest, len(data)
