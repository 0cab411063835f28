"""Cards: of an asset what a grid shows of it. Its prompt and its metadata, however long they are, stay in Postgres."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.sql.expression import ColumnCollection

from director_dagster.catalog.tables import Asset


class Card(NamedTuple):
    """Some columns of an asset, in no order that means anything."""

    id: UUID
    type: str
    kind: str
    name: str
    url: str | None
    source: str
    provider: str | None
    cost_microusd: int | None
    digest: str | None
    thumbnail_digest: str | None
    duration_s: float | None
    width: int | None
    height: int | None
    favorite: bool
    deleted_at: datetime | None
    purged_at: datetime | None
    lost_at: datetime | None


def columns(some: type[Asset] | ColumnCollection[str, Any]) -> list[ColumnElement[Any]]:
    """What to select so that each row makes a card."""
    return [getattr(some, name) for name in Card._fields]
