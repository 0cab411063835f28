"""Assets by tag, which Postgres keeps beside `assets`: nobody writes it, and none is loaded as an object.

Triggers of revision 0026 put down each tag of an asset, the first `LETTERS` of it, as the asset is written.
"""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, Uuid

from director_dagster.catalog.tables.base import Base

LETTERS = 500

asset_tags = Table(
    "asset_tags",
    Base.metadata,
    Column("workspace_id", Uuid, nullable=False),
    Column("tag", Text, nullable=False),
    Column("asset_id", Uuid, nullable=False),
    PrimaryKeyConstraint("workspace_id", "tag", "asset_id"),
)
