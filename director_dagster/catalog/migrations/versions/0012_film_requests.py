"""film_requests: films that somebody wants made, at once or when their turn in the queue comes

Revision 0012, after 0011. Expand only: old code knows nothing of the table, and makes nothing that stands in it.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLE = """
CREATE TABLE film_requests (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL,
    film text NOT NULL,
    idea text,
    screenplay text,
    settings jsonb NOT NULL DEFAULT '{}'::jsonb,
    wishes jsonb NOT NULL DEFAULT '{}'::jsonb,
    max_microusd bigint NOT NULL DEFAULT 0,
    queued boolean NOT NULL DEFAULT false,
    priority integer NOT NULL DEFAULT 0,
    key text NOT NULL DEFAULT '',
    asked_by text NOT NULL DEFAULT CURRENT_USER,
    asked_at timestamptz NOT NULL DEFAULT now(),
    taken_on date,
    state text NOT NULL DEFAULT 'waiting',
    runs jsonb NOT NULL DEFAULT '[]'::jsonb,
    reason text NOT NULL DEFAULT '',
    ended_at timestamptz,
    digest text NOT NULL GENERATED ALWAYS AS (
        md5(film || '/' || max_microusd || '/' || queued || '/' || md5(settings::text) || md5(wishes::text)
            || md5(coalesce(idea, '')) || md5(coalesce(screenplay, '')) || key)
    ) STORED,
    CONSTRAINT pk_film_requests PRIMARY KEY (id),
    CONSTRAINT fk_film_requests_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_film_requests_film CHECK (film ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
    CONSTRAINT ck_film_requests_idea CHECK (btrim(idea) <> '' AND char_length(idea) <= 2000),
    CONSTRAINT ck_film_requests_screenplay CHECK (btrim(screenplay) <> '' AND octet_length(screenplay) <= 1000000),
    CONSTRAINT ck_film_requests_brief CHECK (num_nonnulls(idea, screenplay) <= 1),
    CONSTRAINT ck_film_requests_settings
        CHECK (jsonb_typeof(settings) = 'object' AND (settings = '{}' OR num_nonnulls(idea, screenplay) = 1)),
    CONSTRAINT ck_film_requests_wishes
        CHECK (jsonb_typeof(wishes) = 'object' AND wishes - '{crew,finals,takes}'::text[] = '{}'),
    CONSTRAINT ck_film_requests_max_microusd CHECK (max_microusd >= 0),
    CONSTRAINT ck_film_requests_key CHECK (char_length(key) <= 200),
    CONSTRAINT ck_film_requests_taken_on CHECK (taken_on IS NULL OR queued),
    CONSTRAINT ck_film_requests_state CHECK (state IN ('waiting', 'launched', 'done', 'failed', 'withdrawn')),
    CONSTRAINT ck_film_requests_runs
        CHECK (jsonb_typeof(runs) = 'array' AND (state NOT IN ('launched', 'done') OR runs <> '[]')),
    CONSTRAINT ck_film_requests_ended_at
        CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'withdrawn')))
)
"""
INDEXES = (
    "CREATE UNIQUE INDEX uq_film_requests_open ON film_requests (workspace_id, digest) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX uq_film_requests_key ON film_requests (workspace_id, key) WHERE key <> ''",
    """
    CREATE INDEX ix_film_requests_due ON film_requests (priority DESC, asked_at, id)
    WHERE ended_at IS NULL AND (NOT queued OR taken_on IS NOT NULL)
    """,
    """
    CREATE INDEX ix_film_requests_queue ON film_requests (priority DESC, asked_at, id)
    WHERE ended_at IS NULL AND queued AND taken_on IS NULL
    """,
    "CREATE INDEX ix_film_requests_taken_on ON film_requests (taken_on)",
    "CREATE INDEX ix_film_requests_ended_at ON film_requests (ended_at)",
    "CREATE INDEX ix_film_requests_workspace_id_film ON film_requests (workspace_id, film)",
)
# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT, INSERT, UPDATE ON film_requests TO director_app;
    END IF;
END $$
"""


def upgrade() -> None:
    """Make the table, the indexes by which a tick finds what is due, and those by which nothing is asked for twice."""
    for statement in (TABLE, *INDEXES, GRANT):
        op.execute(statement)
