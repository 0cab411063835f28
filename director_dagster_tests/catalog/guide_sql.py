"""The SQL of the asset tracking guide, word for word."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

TOTAL_SPENT = """
-- Total spent on generation
SELECT SUM(generation_cost) FROM assets WHERE source = 'generation';
"""

COST_BY_TYPE = """
-- Cost by type
SELECT type, SUM(generation_cost) as total_cost
FROM assets
WHERE source = 'generation'
GROUP BY type;
"""

COST_BY_CHARACTER = """
-- Cost by character
SELECT c.name, SUM(a.generation_cost) as total_cost
FROM assets a
JOIN characters c ON a.character_id = c.id
GROUP BY c.id, c.name;
"""

IMAGES_OF_A_CHARACTER = """
-- Find all images for a character
SELECT * FROM assets
WHERE character_id = 'char_uuid'
AND type = 'image';
"""

VIDEOS_WITH_TAGS = """
-- Find all videos with specific tags
SELECT * FROM assets
WHERE tags @> '["cinematic", "outdoor"]'
AND type = 'video';
"""

SCRIPTS_BY_GENRE = """
-- Find scripts by genre
SELECT * FROM assets
WHERE type = 'script'
AND generation_metadata->>'genre' = 'thriller';
"""

ALL_ATTEMPTS = """
-- All generation attempts for a workspace
SELECT
    name,
    type,
    generation_cost,
    generation_metadata->>'provider' as provider,
    generation_metadata->>'model' as model,
    created_at
FROM assets
WHERE workspace_id = 'workspace_uuid'
AND source = 'generation'
ORDER BY created_at DESC;
"""

FAILED_AND_SUCCESSFUL = """
-- Failed vs successful generations
SELECT
    COUNT(*) FILTER (WHERE url IS NOT NULL) as successful,
    COUNT(*) FILTER (WHERE url IS NULL) as failed,
    SUM(generation_cost) as total_spent
FROM assets
WHERE source = 'generation'
AND workspace_id = 'workspace_uuid';
"""

DERIVATIVES = """
-- Find all derivatives of a source asset
WITH RECURSIVE asset_tree AS (
    SELECT id, name, source_asset_id, 0 as depth
    FROM assets
    WHERE id = 'source_asset_uuid'

    UNION ALL

    SELECT a.id, a.name, a.source_asset_id, at.depth + 1
    FROM assets a
    JOIN asset_tree at ON a.source_asset_id = at.id
)
SELECT * FROM asset_tree;
"""

LAST_HOUR = """
SELECT * FROM assets
WHERE created_at > NOW() - INTERVAL '1 hour'
ORDER BY created_at DESC;
"""


async def ask(db: AsyncSession, sql: str, **ids: object) -> list[Any]:
    """What a statement answers, its quoted placeholder ids filled in."""
    for placeholder, id_ in ids.items():
        sql = sql.replace(f"'{placeholder}'", f"'{id_}'")
    connection = await db.connection()
    return list(await connection.exec_driver_sql(sql))
