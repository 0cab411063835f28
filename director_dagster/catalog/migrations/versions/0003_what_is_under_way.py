"""generations: since when nobody sends it any more, and by whose account

Revision 0003, after 0002. A request that is not in its provider's list may be sent again only when nobody has been
sending it for as long as that list may lag behind. How many jobs an account has at once is counted over all processes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, and the index by which an account's jobs are counted."""
    op.add_column("generations", sa.Column("account", sa.Text(), nullable=False, server_default=""))
    op.add_column("generations", sa.Column("quiet_since", sa.DateTime(timezone=True)))
    out = sa.text("state IN ('submitting', 'submitted')")
    op.create_index("ix_generations_under_way", "generations", ["provider", "account"], postgresql_where=out)
