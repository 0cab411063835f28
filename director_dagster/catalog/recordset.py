"""Many values as one parameter: a table that a statement may join, so that a hundred rows are one round trip."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import TableValuedAlias, column, func, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Columns = Mapping[str, TypeEngine[Any]]


def recordset(columns: Columns, rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    """`rows` as a table named ``given``; ids may be UUIDs, all else is JSON. A row's missing column is NULL."""
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    table = func.jsonb_to_recordset(literal(plain, JSONB)).table_valued(*(column(*each) for each in columns.items()))
    return table.render_derived(name="given", with_types=True)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
