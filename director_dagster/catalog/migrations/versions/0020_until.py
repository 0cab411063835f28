"""film_requests: a film may be asked for as far as a step

Revision 0020, after 0019. Expand only: old code asks for no such thing.
"""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Let a request wish for it."""
    op.execute("ALTER TABLE film_requests DROP CONSTRAINT ck_film_requests_wishes")
    op.execute(
        "ALTER TABLE film_requests ADD CONSTRAINT ck_film_requests_wishes CHECK "
        "(jsonb_typeof(wishes) = 'object' AND wishes - '{crew,finals,takes,recover,until}'::text[] = '{}')"
    )
