"""spending_sums, spending_deltas: what was spent is summed as it is written, so that nobody adds up a million assets

Revision 0016, after 0015. Expand only: old code writes assets as ever, and triggers of Postgres do the sums. What is
there already is summed here.
"""

from alembic import op

revision = "0016"
down_revision = "0015"

HERE = "nullif(current_setting('director.workspace', true), '')::uuid"

# Neither names its workspace by a foreign key: all sums of a workspace that has gone are 0, and writers look up less.
TABLES = (
    """
    CREATE TABLE spending_deltas (
        workspace_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        day date NOT NULL,
        type text NOT NULL,
        kind text NOT NULL,
        character text,
        film text,
        provider text,
        model text,
        state text,
        microusd numeric NOT NULL,
        pieces bigint NOT NULL,
        failed bigint NOT NULL,
        unknown bigint NOT NULL,
        CONSTRAINT pk_spending_deltas PRIMARY KEY (workspace_id, id)
    )
    """,
    """
    CREATE TABLE spending_sums (
        workspace_id uuid NOT NULL,
        dimension text NOT NULL,
        days integer NOT NULL,
        begins date NOT NULL,
        key text,
        microusd numeric NOT NULL,
        pieces bigint NOT NULL,
        failed bigint NOT NULL,
        unknown bigint NOT NULL,
        CONSTRAINT uq_spending_sums UNIQUE NULLS NOT DISTINCT (workspace_id, dimension, days, begins, key)
    )
    """,
)

SUMMED = """
    workspace_id, (created_at AT TIME ZONE 'UTC')::date, type, kind, character_id::text, film_id::text, provider, model,
    CASE WHEN generation_id IS NOT NULL THEN 'stored' WHEN url IS NULL THEN 'failed' END
"""
COLUMNS = "workspace_id, day, type, kind, character, film, provider, model, state, microusd, pieces, failed, unknown"

# As whoever owns the tables, for the restricted role only reads them: a sum that anybody may write is none.
AS_OWNER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
TRIGGERS = (
    f"""
    CREATE FUNCTION director_spent() RETURNS trigger {AS_OWNER} AS $$
    DECLARE
        sign constant bigint := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
    BEGIN
        INSERT INTO spending_deltas ({COLUMNS})
        SELECT {SUMMED}, sign * coalesce(sum(cost_microusd), 0), sign * count(*),
            sign * count(*) FILTER (WHERE url IS NULL), sign * count(*) FILTER (WHERE cost_microusd IS NULL)
        FROM changed WHERE source = 'generation'
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
        RETURN NULL;
    END $$
    """,  # noqa: S608 (our own words)
    # One row at a time, for an UPDATE that changes none of this then costs nothing: tags, favourites, the trash.
    f"""
    CREATE FUNCTION director_spent_otherwise() RETURNS trigger {AS_OWNER} AS $$
    BEGIN
        INSERT INTO spending_deltas ({COLUMNS})
        SELECT {SUMMED}, sign * coalesce(cost_microusd, 0), sign, sign * (url IS NULL)::int,
            sign * (cost_microusd IS NULL)::int
        FROM (SELECT OLD.*, -1 AS sign UNION ALL SELECT NEW.*, 1) AS changed WHERE source = 'generation';
        RETURN NULL;
    END $$
    """,  # noqa: S608 (our own words)
    """
    CREATE TRIGGER spent_more AFTER INSERT ON assets REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION director_spent()
    """,
    """
    CREATE TRIGGER spent_less AFTER DELETE ON assets REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION director_spent()
    """,
    """
    CREATE TRIGGER spent_otherwise AFTER UPDATE ON assets
    FOR EACH ROW WHEN (
        (OLD.workspace_id, OLD.created_at, OLD.type, OLD.kind, OLD.character_id, OLD.film_id, OLD.provider, OLD.model,
            OLD.generation_id, OLD.url, OLD.source, OLD.cost_microusd)
        IS DISTINCT FROM
        (NEW.workspace_id, NEW.created_at, NEW.type, NEW.kind, NEW.character_id, NEW.film_id, NEW.provider, NEW.model,
            NEW.generation_id, NEW.url, NEW.source, NEW.cost_microusd)
    ) EXECUTE FUNCTION director_spent_otherwise()
    """,
)

# Spans begin at multiples of their length after the first day of the year 1, whose ordinal in Python is 1. Who finds
# another folding leaves it to that one: two that add to the same sums could wait for each other for ever.
FOLD = """
CREATE FUNCTION director_fold_spending(most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('director_fold_spending', 0)) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM spending_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM spending_deltas LIMIT most))
        RETURNING *
    ), daily AS (
        SELECT workspace_id, dimension, day, key, sum(microusd) AS microusd, sum(pieces) AS pieces,
            sum(failed) AS failed, sum(unknown) AS unknown
        FROM taken, LATERAL (VALUES
            ('all', NULL), ('type', type), ('kind', kind), ('character', character), ('film', film),
            ('provider', provider), ('model', model), ('state', state)
        ) AS told (dimension, key)
        GROUP BY workspace_id, dimension, day, key
    ), added AS (
        INSERT INTO spending_sums AS s
            (workspace_id, dimension, days, begins, key, microusd, pieces, failed, unknown)
        SELECT workspace_id, dimension, days, day - (day - DATE '0001-01-01') % days AS begins, key,
            sum(microusd), sum(pieces), sum(failed), sum(unknown)
        FROM daily, unnest(ARRAY[1, 4, 16, 64, 256, 1024, 4096]) AS days
        GROUP BY workspace_id, dimension, days, begins, key
        ON CONFLICT (workspace_id, dimension, days, begins, key) DO UPDATE SET
            microusd = s.microusd + excluded.microusd, pieces = s.pieces + excluded.pieces,
            failed = s.failed + excluded.failed, unknown = s.unknown + excluded.unknown
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END $$
"""

FILL = (
    f"""
    INSERT INTO spending_deltas ({COLUMNS})
    SELECT {SUMMED}, coalesce(sum(cost_microusd), 0), count(*), count(*) FILTER (WHERE url IS NULL),
        count(*) FILTER (WHERE cost_microusd IS NULL)
    FROM assets WHERE source = 'generation'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,  # noqa: S608 (our own words)
    "SELECT director_fold_spending(9223372036854775807)",
)

INDEXES = (
    """
    CREATE INDEX ix_generations_not_stored ON generations (workspace_id, created_at)
    INCLUDE (id, state, cost_microusd) WHERE state <> 'stored'
    """,
    """
    CREATE INDEX ix_takes_reused ON takes (workspace_id, created_at) INCLUDE (slot_id, saved_microusd) WHERE reused
    """,
)

# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT ON spending_sums, spending_deltas TO director_app;
    END IF;
END $$
"""


def upgrade() -> None:
    """Make the tables and what keeps them right, guard them as all others are, and sum what is there."""
    for statement in (*TABLES, *TRIGGERS, FOLD, *FILL, *INDEXES, GRANT):
        op.execute(statement)
    for table in ("spending_deltas", "spending_sums"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} USING (workspace_id = {HERE}) WITH CHECK (workspace_id = {HERE})")
