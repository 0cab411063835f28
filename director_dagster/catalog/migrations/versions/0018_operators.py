"""members: operators, who also see Dagster's page

Revision 0018, after 0017. Expand only: old code has no such members.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

ROLES = "('viewer', 'artist', 'producer', 'operator')"


def upgrade() -> None:
    """Let a member be one."""
    op.execute("ALTER TABLE members DROP CONSTRAINT ck_members_role")
    op.execute(f"ALTER TABLE members ADD CONSTRAINT ck_members_role CHECK (role IN {ROLES})")
