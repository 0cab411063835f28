"""generations.piece: what a purchase is for, so that whoever finds it begun can bring it to its end

Revision 0006, after 0005. Expand only: old code leaves it empty, and such a purchase is finished by who asks for it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE generations ADD COLUMN piece jsonb")
