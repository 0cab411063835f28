"""batches: assets are taken into a film's bin, and out of it, as a batch

Revision 0024, after 0023. Expand only: old code asks for no such verb.
"""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Let a batch be about a film."""
    op.execute("ALTER TABLE batches DROP CONSTRAINT ck_batches_verb, DROP CONSTRAINT ck_batches_argument")
    op.execute(
        "ALTER TABLE batches "
        "ADD CONSTRAINT ck_batches_verb CHECK "
        "(verb IN ('tag', 'untag', 'favorite', 'unfavorite', 'delete', 'restore', 'use', 'leave')), "
        "ADD CONSTRAINT ck_batches_argument CHECK ((argument <> '') = (verb IN ('tag', 'untag', 'use', 'leave')))"
    )
