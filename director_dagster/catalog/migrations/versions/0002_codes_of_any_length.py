"""shots: a code may be as long as it takes

Revision 0002, after 0001. Shots that are inserted at one place again and again get longer codes each time; the twelfth
had seven digits, which the table refused. Old code reads the longer ones as well.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Widen the check."""
    op.drop_constraint("code", "shots", type_="check")
    op.create_check_constraint("code", "shots", "code ~ '^sh[0-9]{3,}$'")
