"""film_requests: what a film has may be left as it is, stale or not

Revision 0021, after 0020. Expand only: old code asks for no such thing.
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Let a request wish for it."""
    op.execute("ALTER TABLE film_requests DROP CONSTRAINT ck_film_requests_wishes")
    op.execute(
        "ALTER TABLE film_requests ADD CONSTRAINT ck_film_requests_wishes CHECK "
        "(jsonb_typeof(wishes) = 'object' AND wishes - '{crew,finals,takes,recover,until,keep_stale}'::text[] = '{}')"
    )
