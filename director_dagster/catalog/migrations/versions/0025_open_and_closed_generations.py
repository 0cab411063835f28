"""generations: what is open, and what ended badly, are each found by an index

Revision 0025, after 0024. ix_generations_unfinished leaves out what waits for a person, so whoever asked for that, or
for all that is under way, went through all generations of the workspace; and so did who asked for all tries at buying
one thing. ix_generations_open has all of the first, and ix_generations_closed those tries that
uq_generations_purchase has not. Old code finds its own in the first, too.
"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Exchange the one, and add the other."""
    op.execute("DROP INDEX ix_generations_unfinished")
    op.execute(
        "CREATE INDEX ix_generations_open ON generations (workspace_id, id) "
        "WHERE settled_at IS NULL OR cost_microusd IS NULL"
    )
    op.execute(
        "CREATE INDEX ix_generations_closed ON generations (workspace_id, fingerprint) "
        "WHERE state IN ('failed', 'refused', 'cancelled', 'output_expired')"
    )
