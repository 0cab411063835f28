"""voices: which voice a character has at which provider, and by whose consent

Revision 0005, after 0004. Expand only: old code knows nothing of the table, and speaks as it did.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLE = """
CREATE TABLE voices (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    character_id uuid NOT NULL,
    provider text NOT NULL,
    voice_id text NOT NULL,
    asset_id uuid,
    consent text,
    consent_until date,
    noted_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    dropped_at timestamptz,
    CONSTRAINT pk_voices PRIMARY KEY (id),
    CONSTRAINT fk_voices_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_voices_workspace_id_character_id
        FOREIGN KEY (workspace_id, character_id) REFERENCES characters (workspace_id, id),
    CONSTRAINT fk_voices_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT ck_voices_consent CHECK (num_nulls(asset_id, consent, consent_until) IN (0, 3)),
    CONSTRAINT ck_voices_voice_id CHECK (voice_id <> '')
)
"""
IN_USE = """
CREATE UNIQUE INDEX uq_voices_in_use ON voices (workspace_id, character_id, provider) WHERE dropped_at IS NULL
"""
# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT, INSERT, UPDATE ON voices TO director_app;
    END IF;
END $$
"""


def upgrade() -> None:
    """Make the table and the index by which a character has one voice at each provider."""
    for statement in (TABLE, IN_USE, GRANT):
        op.execute(statement)
