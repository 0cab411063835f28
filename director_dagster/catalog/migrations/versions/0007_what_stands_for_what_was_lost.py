"""assets.stands_for: the digest of the lost bytes that an asset was bought again for

Revision 0007, after 0006. Expand only: what old code buys again stands for nothing but itself.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column, and the index by which lost assets are looked for."""
    op.execute("ALTER TABLE assets ADD COLUMN stands_for text")
    op.execute("CREATE INDEX ix_assets_lost ON assets (workspace_id, film_id) WHERE lost_at IS NOT NULL")
