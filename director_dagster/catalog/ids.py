"""Ids of rows: UUIDv7, so that they sort by when they were made."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from director_dagster.errors import BadInput


def new_id() -> UUID:
    """A new id; ids that one process makes are in rising order."""
    return uuid7()


def as_id(value: UUID | str) -> UUID:
    """`value` as an id. Raises BadInput when a text is none."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except ValueError as exc:
        raise BadInput(f"{value!r} is no id") from exc


def first_id(moment: datetime) -> UUID:
    """The least id that a row of that moment can have: by it, rows are found by when they were made (RFC 9562).

    Before 1970 there are none.
    """
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80 | 0x7 << 76 | 0x2 << 62)
