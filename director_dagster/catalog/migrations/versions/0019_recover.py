"""film_requests: what a film has lost may be asked for, alone

Revision 0019, after 0018. Expand only: old code asks for no such thing.
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Let a request wish for it."""
    op.execute("ALTER TABLE film_requests DROP CONSTRAINT ck_film_requests_wishes")
    op.execute(
        "ALTER TABLE film_requests ADD CONSTRAINT ck_film_requests_wishes CHECK "
        "(jsonb_typeof(wishes) = 'object' AND wishes - '{crew,finals,takes,recover}'::text[] = '{}')"
    )
