"""Ids of rows: UUIDv7, so that they sort by when they were made."""

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
