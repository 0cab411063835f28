"""Ways to break a film that was made, in its rows and its bytes, and to mend it again."""

# ruff: noqa: S608 (statements are put together from what the tests themselves say)

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import psycopg

from director_dagster.story.film import FilmKey
from director_dagster.studio.examine import examine
from director_dagster.studio.findings import Finding, Severity
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.film.graph import EDGES

T = TypeVar("T")

IN_SLOT = """
SELECT a.id, a.digest, a.thumbnail_digest, a.workspace_id, t.id FROM assets a JOIN takes t ON t.asset_id = a.id
JOIN slots s ON s.id = t.slot_id WHERE t.selected_at IS NOT NULL AND s.name = %s
"""


class Piece(NamedTuple):
    """What fills a slot."""

    asset: UUID
    digest: str
    thumbnail: str | None
    workspace: UUID
    take: UUID


def piece(home: Home, slot: str) -> Piece:
    """The selected take of a slot."""
    return Piece(*home.rows(IN_SLOT, slot)[0])


def blob(home: Home, digest: str | None) -> Path:
    """Where those bytes are."""
    return home.path / "vault" / "sha256" / (digest or "")[:2] / (digest or "")


def flipped(data: bytes) -> bytes:
    """The same but for one bit in the middle."""
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def overwrite(path: Path, data: bytes | None) -> None:
    """Put other bytes into a file that is not to be written to; None removes it."""
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)


@contextmanager
def altered(home: Home, table: str, where: str, change: Mapping[str, str]) -> Iterator[None]:
    """A row whose columns are as `change` says, in SQL, and afterwards as they were."""
    columns = ", ".join(change)
    values = ", ".join(f"{column} = {value}" for column, value in change.items())
    _execute(home, f"CREATE TABLE kept_{table} AS SELECT {columns} FROM {table} WHERE {where}")
    _execute(home, f"UPDATE {table} SET {values} WHERE {where}")
    try:
        yield
    finally:
        _execute(home, f"UPDATE {table} SET ({columns}) = (SELECT {columns} FROM kept_{table}) WHERE {where}")
        _execute(home, f"DROP TABLE kept_{table}")


@contextmanager
def added(home: Home, table: str, values: Mapping[str, object]) -> Iterator[None]:
    """A row more, and afterwards no more."""
    columns, where = ", ".join(values), " AND ".join(f"{column} = '{value}'" for column, value in values.items())
    texts = ", ".join(f"'{value}'" for value in values.values())
    _execute(home, f"INSERT INTO {table} ({columns}) VALUES ({texts})")
    try:
        yield
    finally:
        _execute(home, f"DELETE FROM {table} WHERE {where}")


@contextmanager
def removed(home: Home, table: str, where: str) -> Iterator[None]:
    """Rows less, and afterwards as they were."""
    _execute(home, f"CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE {where}")
    _execute(home, f"DELETE FROM {table} WHERE {where}")
    try:
        yield
    finally:
        _execute(home, f"INSERT INTO {table} SELECT * FROM kept_{table}")
        _execute(home, f"DROP TABLE kept_{table}")


def look(home: Home, key: FilmKey, node: str) -> dict[str, Finding]:
    """What is found of a film's pieces of a Dagster asset, by check."""
    upstream = [source for source, result in EDGES if result == node]

    async def examined(studio: Studio) -> tuple[Finding, ...]:
        async with begin(studio, key, f"check {node}") as step:
            return await examine(step, node, upstream)

    return {found.check: found for found in in_studio(home, examined)}


def failed(findings: Mapping[str, Finding]) -> dict[str, Severity]:
    """The checks that did not pass, and how grave that is."""
    return {name: found.severity for name, found in findings.items() if not found.passed}


def culprits(finding: Finding) -> set[tuple[str, Any]]:
    """The slots and assets that a finding names."""
    return {(each.slot, each.asset_id) for each in finding.offenders}


def in_studio(home: Home, work: Callable[[Studio], Awaitable[T]]) -> T:
    """What `work` comes to in the home's studio."""

    async def done() -> T:
        studio = open_studio(database_url=home.database_url, home=home.path)
        try:
            return await work(studio)
        finally:
            await studio.aclose()

    return asyncio.run(done())


def _execute(home: Home, statement: str) -> None:
    with psycopg.connect(home.database_url) as connection:
        connection.execute(statement.encode())
