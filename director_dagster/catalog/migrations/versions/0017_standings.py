"""standings: how each piece of a film stood when somebody last looked, so that the library may filter by it

Revision 0017, after 0016. Expand only: old code knows nothing of the table. It is empty until somebody looks.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

TABLE = """
CREATE TABLE standings (
    workspace_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    state text NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT pk_standings PRIMARY KEY (workspace_id, slot_id),
    CONSTRAINT fk_standings_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_standings_workspace_id_slot_id
        FOREIGN KEY (workspace_id, slot_id) REFERENCES slots (workspace_id, id),
    CONSTRAINT fk_standings_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT ck_standings_state CHECK (state IN ('current', 'stale', 'neither'))
)
"""
INDEX = "CREATE INDEX ix_standings_workspace_id_state_asset_id ON standings (workspace_id, state, asset_id)"
# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT, INSERT, UPDATE ON standings TO director_app;
    END IF;
END $$
"""
OWN = "workspace_id = nullif(current_setting('director.workspace', true), '')::uuid"


def upgrade() -> None:
    """Make the table, its index and the rule by which only its own workspace sees a row."""
    for statement in (TABLE, INDEX, GRANT):
        op.execute(statement)
    op.execute("ALTER TABLE standings ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON standings USING ({OWN}) WITH CHECK ({OWN})")
