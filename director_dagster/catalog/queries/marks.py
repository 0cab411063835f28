"""Marks: the tags of assets, and whether they are favourites.

Each change is an event of the audit log and returns the rows that it has changed; what is so already is none of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, literal, not_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.changes import change
from director_dagster.catalog.tables import Asset

TAGGED, UNTAGGED, FAVORED, UNFAVORED = "tagged", "untagged", "made a favourite", "made no favourite"
"""What the audit log says of an asset."""


async def tag(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], tag: str) -> Sequence[Asset]:
    """Give assets a tag, after those that they have."""
    values = {"tags": Asset.tags.op("||", return_type=JSONB())(literal([tag], JSONB))}
    return await _mark(db, workspace_id, ids, not_(_has(tag)), values, TAGGED, {"tag": tag})


async def untag(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], tag: str) -> Sequence[Asset]:
    """Take a tag away from assets."""
    values = {"tags": Asset.tags.op("-", return_type=JSONB())(literal(tag, Text))}
    return await _mark(db, workspace_id, ids, _has(tag), values, UNTAGGED, {"tag": tag})


async def favor(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], *, favorite: bool) -> Sequence[Asset]:
    """Make assets favourites, or no longer so."""
    what = FAVORED if favorite else UNFAVORED
    return await _mark(db, workspace_id, ids, Asset.favorite.is_not(favorite), {"favorite": favorite}, what, {})


def _has(tag: str) -> ColumnElement[bool]:
    return Asset.tags.op("@>", is_comparison=True)(literal([tag], JSONB))


async def _mark(
    db: AsyncSession,
    workspace_id: UUID,
    ids: Sequence[UUID],
    which: ColumnElement[bool],
    values: Mapping[str, Any],
    what: str,
    details: Mapping[str, str],
) -> Sequence[Asset]:
    def told(asset: Asset) -> Mapping[str, Any]:
        return {"name": asset.name, **details}

    return await change(db, workspace_id, ids, which, values, what=what, details=told)
