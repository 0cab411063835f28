"""film_uses: what somebody has taken into a film, to a place of it or into its bin; whoever files bytes sees them

Revision 0015, after 0014. Expand only: old code knows nothing of the table, and fills slots as it always did.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

TABLE = """
CREATE TABLE film_uses (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    slot text,
    used_by text NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT pk_film_uses PRIMARY KEY (id),
    CONSTRAINT fk_film_uses_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_film_uses_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_film_uses_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT ck_film_uses_slot CHECK (slot <> '')
)
"""
INDEXES = (
    """
    CREATE UNIQUE INDEX uq_film_uses_pin ON film_uses (workspace_id, film_id, slot)
    WHERE ended_at IS NULL AND slot IS NOT NULL
    """,
    """
    CREATE UNIQUE INDEX uq_film_uses_bin ON film_uses (workspace_id, film_id, asset_id)
    WHERE ended_at IS NULL AND slot IS NULL
    """,
    "CREATE INDEX ix_film_uses_workspace_id_asset_id ON film_uses (workspace_id, asset_id)",
)
# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT, INSERT, UPDATE ON film_uses TO director_app;
    END IF;
END $$
"""
# Bytes are there before the first asset that has them.
SEEN = """
ALTER POLICY own ON blobs USING (
    EXISTS (SELECT FROM assets WHERE assets.digest = blobs.digest)
    OR EXISTS (SELECT FROM assets WHERE assets.thumbnail_digest = blobs.digest)
    OR digest = ANY (string_to_array(current_setting('director.filed', true), ','))
)
"""
OWN = "workspace_id = nullif(current_setting('director.workspace', true), '')::uuid"


def upgrade() -> None:
    """Make the table, its indices and the rule by which only its own workspace sees a row, and widen that of bytes."""
    for statement in (TABLE, *INDEXES, GRANT, SEEN):
        op.execute(statement)
    op.execute("ALTER TABLE film_uses ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON film_uses USING ({OWN}) WITH CHECK ({OWN})")
