"""Rows as plain data: what a row is as JSON, and rows written from JSON, many at once."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, select, text, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.expression import bindparam

from director_dagster.catalog.tables import Base, Json
from director_dagster.errors import BadInput

ORDER = (
    "workspaces",
    "blobs",
    "films",
    "characters",
    "shots",
    "budgets",
    "generations",
    "receipts",
    "generation_events",
    "assets",
    "asset_sources",
    "asset_characters",
    "slots",
    "takes",
    "voices",
    "film_requests",
    "film_uses",
    "events",
)
"""All tables but those of copies and members, which are of a place, of batches, which are of a moment (what was done in
them stands in `events`), of sums, which Postgres makes anew as assets are written, and of standings, which who
looks has again. Each comes after those that its rows name."""

AT_ONCE = 500
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


def table_of(name: str) -> Table:
    """The table of that name. Raises BadInput for one that rows are not brought for."""
    if name not in ORDER:
        raise BadInput(f"there is no table {name[:80]!r}: it was written by another program, or a newer one")
    return Base.metadata.tables[name]


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns that are written; Postgres reckons the others from them."""
    return [column for column in table.columns if column.computed is None]


def dump(row: Base) -> Json:
    """A row as JSON data."""
    return {column.name: plain(getattr(row, column.name)) for column in columns_of(row.__table__)}  # type: ignore[arg-type]  # a Table


def plain(value: object) -> object:
    """A column's value as JSON data."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


async def stream(db: AsyncSession, table: Table, *where: ColumnElement[bool]) -> AsyncIterator[list[Json]]:
    """The table's rows as JSON data, by primary key, some hundred at a time: no more of them are held."""
    columns = columns_of(table)
    query = select(*columns).where(*where).order_by(*table.primary_key)
    found = await db.stream(query.execution_options(yield_per=AT_ONCE))
    async for rows in found.partitions(AT_ONCE):
        yield [{column.name: plain(value) for column, value in zip(columns, row, strict=True)} for row in rows]


async def known(db: AsyncSession, table: Table, rows: Sequence[Json]) -> Mapping[tuple[object, ...], Json]:
    """The rows that are there under the primary keys of `rows`, as JSON data, by key. Raises BadInput for no key."""
    columns, keys = columns_of(table), list(table.primary_key)
    wanted = [tuple(_typed(column, row.get(column.name)) for column in keys) for row in rows]
    found = await db.execute(select(*columns).where(tuple_(*keys).in_(wanted)))
    there = [{column.name: plain(value) for column, value in zip(columns, row, strict=True)} for row in found]
    return {key_of(table, row): row for row in there}


def key_of(table: Table, row: Json) -> tuple[object, ...]:
    """A row's primary key, as JSON data."""
    return tuple(row.get(column.name) for column in table.primary_key)


async def write(db: AsyncSession, table: Table, rows: Iterable[Json]) -> int:
    """Write those of the rows that are not there, with the ids that they bear; how many those are.

    A column that is not told has its default. Raises BadInput for what the table does not take.
    """
    written = 0
    by_columns: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        by_columns.setdefault(tuple(sorted(row)), []).append(row)
    for names, alike in by_columns.items():
        strange = sorted(set(names) - {column.name for column in columns_of(table)})
        if strange:
            raise BadInput(f"{table.name} has no {strange[0][:80]!r}: it was written by a newer program")
        try:
            for start in range(0, len(alike), AT_ONCE):
                done = await db.execute(_insert(table, names), {"rows": alike[start : start + AT_ONCE]})
                written += done.rowcount  # type: ignore[attr-defined]  # of an INSERT there is one
        except IntegrityError as exc:
            raise BadInput(f"{table.name}: {_said(exc)}") from exc
        except (DataError, StatementError, RecursionError) as exc:
            raise BadInput(f"{table.name}: a row cannot be read: {_said(exc)}") from exc
    return written


async def check(db: AsyncSession) -> None:
    """Let Postgres check now what it would check at the end. Raises BadInput for a row that names what is not there."""
    try:
        await db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as exc:
        raise BadInput(_said(exc)) from exc


async def restart_numbers(db: AsyncSession) -> None:
    """Let each table that numbers its rows go on after the highest number that was written."""
    for name in ORDER:
        if is_numbered(table_of(name)):
            highest = f"SELECT coalesce(max(id), 0) + 1 FROM {name}"  # noqa: S608 (our own name)
            sequence = f"pg_get_serial_sequence('{name}', 'id')"
            await db.execute(text(f"SELECT setval({sequence}, ({highest}), false)"))


def is_numbered(table: Table) -> bool:
    """Whether Postgres numbers the table's rows: then a number is of one place, and says only what came first."""
    return any(column.identity is not None for column in table.columns)


def _insert(table: Table, names: Sequence[str]) -> Any:  # noqa: ANN401 (SQLAlchemy's own)
    listed = ", ".join(names)
    typed = ", ".join(f"{name} {table.columns[name].type.compile(dialect=_DIALECT)}" for name in names)
    return text(
        f"INSERT INTO {table.name} ({listed}) OVERRIDING SYSTEM VALUE "  # noqa: S608 (names of our own tables)
        f"SELECT {listed} FROM jsonb_to_recordset(:rows) AS given ({typed}) ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("rows", type_=JSONB))


def _typed(column: Column[Any], value: object) -> object:
    kind = column.type.python_type
    try:
        if kind is UUID:
            return UUID(str(value))
        if kind in {int, str} and isinstance(value, kind):
            return value
    except ValueError:
        pass
    raise BadInput(f"{column.table.name}: a row's {column.name} is {str(value)[:80]!r}")


def _said(error: Exception) -> str:
    told = str(getattr(error, "orig", None) or error)
    return " ".join(told.split())[:300]
