"""How assets are changed, many at once: each change is an event of the audit log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Asset
from director_dagster.catalog.tables.base import FRESH


async def change(
    db: AsyncSession,
    workspace_id: UUID,
    ids: Sequence[UUID],
    which: ColumnElement[bool],
    values: Mapping[str, Any],
    *,
    what: str,
    details: Callable[[Asset], Mapping[str, Any]],
    reason: str = "",
) -> Sequence[Asset]:
    """Write `values` over those of the assets of which `which` holds; the rows that were changed, by id.

    The log says `what` of each, and the `details` of its row as it is then.
    """
    changing = update(Asset).where(Asset.workspace_id == workspace_id, Asset.id.in_(ids), which).values(**values)
    rows = (await db.scalars(changing.returning(Asset), execution_options=FRESH)).all()
    changed = sorted(rows, key=lambda row: row.id)
    for asset in changed:
        await events.note(
            db,
            workspace_id=workspace_id,
            what=what,
            subject=str(asset.id),
            asset_id=asset.id,
            film_id=asset.film_id,
            reason=reason,
            details=details(asset),
        )
    return changed
