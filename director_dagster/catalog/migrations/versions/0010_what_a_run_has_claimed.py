"""events: what a run has claimed, so that one in its place is let spend no more than what is left

Revision 0010, after 0009. Expand only.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX ix_events_claimed ON events (run_id) WHERE what = 'claimed'")
