"""films.edited_at: when what a film is made from was last changed, so that a sensor need not read all films

Revision 0009, after 0008. Expand only: what old code edits is found stale when somebody asks.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column, with the moment at which the film was made for those that there are, and its index."""
    op.execute("ALTER TABLE films ADD COLUMN edited_at timestamptz NOT NULL DEFAULT now()")
    op.execute("UPDATE films SET edited_at = created_at")
    op.execute("CREATE INDEX ix_films_edited_at ON films (edited_at)")
