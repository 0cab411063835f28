"""workspaces: the crew of films that name none; events: what was agreed for a film is found by its key

Revision 0004, after 0003. Expand only: old code ignores the column and writes the journal as it did.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("workspaces", sa.Column("crew", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.create_index("ix_events_workspace_id_subject_id", "events", ["workspace_id", "subject", "id"])
