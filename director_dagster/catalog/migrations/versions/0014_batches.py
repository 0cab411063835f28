"""batches: one verb done to many assets at once, that can be gone on with and taken back

Revision 0014, after 0013. Expand only: old code knows nothing of the tables.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

HERE = "nullif(current_setting('director.workspace', true), '')::uuid"

BATCHES = """
CREATE TABLE batches (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    verb text NOT NULL,
    argument text NOT NULL DEFAULT '',
    asked text NOT NULL,
    who text NOT NULL,
    undoes uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    state text NOT NULL DEFAULT 'working',
    reason text NOT NULL DEFAULT '',
    total integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_batches PRIMARY KEY (id),
    CONSTRAINT fk_batches_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT uq_batches_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_batches_workspace_id_key UNIQUE (workspace_id, key),
    CONSTRAINT uq_batches_workspace_id_undoes UNIQUE (workspace_id, undoes),
    CONSTRAINT fk_batches_workspace_id_undoes FOREIGN KEY (workspace_id, undoes) REFERENCES batches (workspace_id, id),
    CONSTRAINT ck_batches_verb CHECK (verb IN ('tag', 'untag', 'favorite', 'unfavorite', 'delete', 'restore')),
    CONSTRAINT ck_batches_state CHECK (state IN ('working', 'done', 'failed')),
    CONSTRAINT ck_batches_key CHECK (char_length(key) BETWEEN 1 AND 200),
    CONSTRAINT ck_batches_argument CHECK ((argument <> '') = (verb IN ('tag', 'untag'))),
    CONSTRAINT ck_batches_asked CHECK (asked ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_batches_counts
        CHECK (total >= done AND done >= changed + refused AND least(changed, refused) >= 0),
    CONSTRAINT ck_batches_ended_at CHECK ((ended_at IS NULL) = (state = 'working'))
)
"""
BATCH_ASSETS = """
CREATE TABLE batch_assets (
    workspace_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    outcome text,
    why text NOT NULL DEFAULT '',
    CONSTRAINT pk_batch_assets PRIMARY KEY (workspace_id, batch_id, asset_id),
    CONSTRAINT fk_batch_assets_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_batch_assets_workspace_id_batch_id
        FOREIGN KEY (workspace_id, batch_id) REFERENCES batches (workspace_id, id),
    CONSTRAINT ck_batch_assets_outcome CHECK (outcome IN ('changed', 'same', 'refused')),
    CONSTRAINT ck_batch_assets_why CHECK ((why <> '') = (outcome IS NOT DISTINCT FROM 'refused'))
)
"""
INDEXES = (
    "CREATE INDEX ix_batches_working ON batches (created_at) WHERE ended_at IS NULL",
    "CREATE INDEX ix_batch_assets_waiting ON batch_assets (workspace_id, batch_id, asset_id) WHERE outcome IS NULL",
)
# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT, INSERT, UPDATE ON batches, batch_assets TO director_app;
    END IF;
END $$
"""


def upgrade() -> None:
    """Make the tables, guarded as all others are (0013), and the indexes by which a batch is gone on with."""
    for statement in (BATCHES, BATCH_ASSETS, *INDEXES, GRANT):
        op.execute(statement)
    for table in ("batches", "batch_assets"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} USING (workspace_id = {HERE}) WITH CHECK (workspace_id = {HERE})")
