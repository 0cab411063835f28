"""Spending as plain SQL reckons it from the rows of `assets` alone: what every other way must come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.costs import Cost
from director_dagster.catalog.queries.parts import Dimension

KEYS: Mapping[Dimension, str] = {
    "day": "to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "month": "to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM')",
    "type": "a.type",
    "kind": "a.kind",
    "character": "c.name",
    "film": "f.slug",
    "series": "f.series",
    "provider": "a.provider",
    "model": "a.model",
    "state": "coalesce(g.state, CASE WHEN a.url IS NULL THEN 'failed' END)",
}
DAY = "(a.created_at AT TIME ZONE 'UTC')::date"
COST_BY_ANYTHING = """
SELECT {key}, coalesce(SUM(a.cost_microusd), 0)::numeric, COUNT(*), COUNT(*) FILTER (WHERE a.url IS NULL),
    COUNT(*) FILTER (WHERE a.cost_microusd IS NULL)
FROM assets a
LEFT JOIN characters c ON a.character_id = c.id
LEFT JOIN films f ON a.film_id = f.id
LEFT JOIN generations g ON a.generation_id = g.id
LEFT JOIN workspaces w ON a.workspace_id = w.id
WHERE a.source = 'generation'
    AND (CAST(:workspace AS uuid) IS NULL OR a.workspace_id = :workspace)
    AND (CAST(:since AS date) IS NULL OR {day} >= :since) AND (CAST(:until AS date) IS NULL OR {day} <= :until)
GROUP BY {group}
"""

Row = tuple[Any, ...]


async def by(
    db: AsyncSession,
    workspace_id: UUID | None,
    dimension: Dimension,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Counter[Row]:
    """Each group as `row_of` tells it, namesakes by themselves; of no workspace, all of them."""
    key = KEYS[dimension] if workspace_id else "w.slug"
    group = "c.id, c.name" if dimension == "character" else key
    statement = text(COST_BY_ANYTHING.format(key=key, group=group, day=DAY))
    rows = await db.execute(statement, {"workspace": workspace_id, "since": since, "until": until})
    return Counter((key, *map(int, figures)) for key, *figures in rows)


def row_of(cost: Cost) -> Row:
    return cost.key, cost.microusd, cost.pieces, cost.failed, cost.unknown


def rows_of(groups: Sequence[Cost]) -> Counter[Row]:
    return Counter(map(row_of, groups))
