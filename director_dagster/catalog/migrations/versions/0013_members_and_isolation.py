"""members; rows that only their own workspace sees; what the library searches and sorts by

Revision 0013, after 0012. Whoever owns the tables still sees all of them: the command, Dagster, an older program. Any
other role sees the rows of the workspace that its transaction has named, and none where it has named none.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

HERE = "nullif(current_setting('director.workspace', true), '')::uuid"

MEMBERS = """
CREATE TABLE members (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    token_digest text NOT NULL,
    added_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT fk_members_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_members_role CHECK (role IN ('viewer', 'artist', 'producer')),
    CONSTRAINT ck_members_name CHECK (btrim(name) = name AND char_length(name) BETWEEN 1 AND 80),
    CONSTRAINT ck_members_token_digest CHECK (token_digest ~ '^[0-9a-f]{64}$')
)
"""
MEMBERS_INDEXES = (
    "CREATE UNIQUE INDEX uq_members_in_force ON members (workspace_id, name) WHERE revoked_at IS NULL",
    "CREATE INDEX ix_members_token_digest ON members (token_digest)",
)

TENANTS = (
    "films",
    "characters",
    "shots",
    "budgets",
    "generations",
    "receipts",
    "generation_events",
    "assets",
    "asset_sources",
    "asset_characters",
    "slots",
    "takes",
    "voices",
    "events",
    "event_heads",
    "film_requests",
    "members",
)
SEEN = {
    **dict.fromkeys(TENANTS, f"workspace_id = {HERE}"),
    "workspaces": f"id = {HERE}",
    # Bytes are shared by workspaces, and each sees those that it has an asset of.
    "blobs": "EXISTS (SELECT FROM assets WHERE assets.digest = blobs.digest)"
    " OR EXISTS (SELECT FROM assets WHERE assets.thumbnail_digest = blobs.digest)",
    "blob_copies": "EXISTS (SELECT FROM blobs WHERE blobs.digest = blob_copies.digest)",
}

SEARCH = (
    """
    ALTER TABLE assets ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        to_tsvector('simple'::regconfig, left(name, 1000) || ' ' || left(coalesce(prompt, ''), 20000))
    ) STORED
    """,
    "CREATE INDEX ix_assets_search ON assets USING gin (search)",
    "CREATE INDEX ix_assets_cost ON assets (workspace_id, coalesce(cost_microusd, -1), id)",
    # Postgres may not use an index of words or tags before it knows whose a row is; so those who may see all look
    # there, for the workspace of whoever asks and no other.
    f"""
    CREATE FUNCTION director_search(words tsquery) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
        SELECT id FROM assets WHERE workspace_id = {HERE} AND search @@ words
    $$
    """,  # noqa: S608 (our own words)
    f"""
    CREATE FUNCTION director_tagged(wanted jsonb) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
        SELECT id FROM assets WHERE workspace_id = {HERE} AND tags @> wanted
    $$
    """,  # noqa: S608 (our own words)
)

# A server's administrator may have to make the role, and to let this login take it; see 0001.
TAKE_ROLE = """
DO $$
BEGIN
    EXECUTE format('GRANT director_app TO %I', current_user);
EXCEPTION
    WHEN undefined_object OR insufficient_privilege OR invalid_grant_operation THEN NULL;
END $$
"""


def upgrade() -> None:
    """Make the members, guard every table, and let each workspace search what is its own."""
    for statement in (MEMBERS, *MEMBERS_INDEXES, *SEARCH, TAKE_ROLE):
        op.execute(statement)
    for table, condition in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} USING ({condition}) WITH CHECK ({_written(table, condition)})")


def _written(table: str, condition: str) -> str:
    """What a row must be that is written: bytes come before the first asset that has them."""
    return "true" if table in {"blobs", "blob_copies"} else condition
