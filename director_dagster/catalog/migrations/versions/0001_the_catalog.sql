-- The first migration: all tables of the catalog, who may write which, and journals that nobody rewrites.

CREATE TABLE workspaces (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_workspaces PRIMARY KEY (id),
    CONSTRAINT uq_workspaces_slug UNIQUE (slug),
    CONSTRAINT ck_workspaces_slug CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$')
);

CREATE TABLE blobs (
    digest text NOT NULL,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    extension text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    lost_at timestamptz,
    CONSTRAINT pk_blobs PRIMARY KEY (digest),
    CONSTRAINT ck_blobs_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_blobs_size_bytes CHECK (size_bytes >= 0),
    CONSTRAINT ck_blobs_extension CHECK (extension ~ '^[a-z0-9]{1,8}$')
);

CREATE TABLE blob_copies (
    digest text NOT NULL,
    store text NOT NULL,
    state text NOT NULL,
    verified_at timestamptz,
    CONSTRAINT pk_blob_copies PRIMARY KEY (digest, store),
    CONSTRAINT fk_blob_copies_digest FOREIGN KEY (digest) REFERENCES blobs (digest),
    CONSTRAINT ck_blob_copies_state CHECK (state IN ('ok', 'missing', 'corrupt', 'quarantined'))
);

CREATE TABLE films (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    series text,
    episode integer,
    brief_asset_id uuid,
    settings jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT pk_films PRIMARY KEY (id),
    CONSTRAINT uq_films_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_films_workspace_id_slug UNIQUE (workspace_id, slug),
    CONSTRAINT fk_films_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_films_slug CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
    CONSTRAINT ck_films_episode CHECK (episode >= 0)
);

CREATE TABLE characters (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid,
    kind text NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    description text NOT NULL DEFAULT '',
    look jsonb,
    voice jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_characters PRIMARY KEY (id),
    CONSTRAINT uq_characters_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_characters_workspace_id_kind_key_film_id
        UNIQUE NULLS NOT DISTINCT (workspace_id, kind, key, film_id),
    CONSTRAINT fk_characters_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_characters_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_characters_kind CHECK (kind IN ('character', 'location', 'prop')),
    CONSTRAINT ck_characters_key CHECK (key <> '')
);

CREATE TABLE shots (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid NOT NULL,
    code text NOT NULL,
    scene integer NOT NULL,
    position integer NOT NULL,
    plan jsonb NOT NULL DEFAULT '{}'::jsonb,
    removed_at timestamptz,
    CONSTRAINT pk_shots PRIMARY KEY (id),
    CONSTRAINT uq_shots_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_shots_workspace_id_film_id_code UNIQUE (workspace_id, film_id, code),
    CONSTRAINT fk_shots_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_shots_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_shots_code CHECK (code ~ '^sh[0-9]{3,6}$')
);

CREATE INDEX ix_shots_workspace_id_film_id_position ON shots (workspace_id, film_id, position);

CREATE TABLE budgets (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid,
    parent_id uuid,
    limit_microusd bigint NOT NULL,
    reserved_microusd bigint NOT NULL DEFAULT 0,
    spent_microusd bigint NOT NULL DEFAULT 0,
    overrun_microusd bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_budgets PRIMARY KEY (id),
    CONSTRAINT uq_budgets_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_budgets_workspace_id_film_id UNIQUE NULLS NOT DISTINCT (workspace_id, film_id),
    CONSTRAINT fk_budgets_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_budgets_workspace_id_parent_id
        FOREIGN KEY (workspace_id, parent_id) REFERENCES budgets (workspace_id, id),
    CONSTRAINT fk_budgets_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_budgets_parent_id CHECK ((film_id IS NULL) = (parent_id IS NULL)),
    CONSTRAINT ck_budgets_reserved_microusd CHECK (reserved_microusd >= 0),
    CONSTRAINT ck_budgets_spent_microusd CHECK (spent_microusd >= 0),
    CONSTRAINT ck_budgets_overrun_microusd CHECK (overrun_microusd >= 0),
    CONSTRAINT ck_budgets_limit_microusd CHECK (spent_microusd + reserved_microusd <= limit_microusd)
);

CREATE TABLE generations (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid,
    fingerprint text NOT NULL,
    purchase integer NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    operation text NOT NULL,
    request jsonb NOT NULL,
    budget_id uuid,
    price_microusd bigint,
    reserved_microusd bigint NOT NULL DEFAULT 0,
    cost_microusd bigint,
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    client_ref uuid,
    provider_job_id text,
    submit_at timestamptz,
    digest text,
    output jsonb,
    lease_epoch integer NOT NULL,
    lease_until timestamptz,
    not_before timestamptz,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    CONSTRAINT pk_generations PRIMARY KEY (id),
    CONSTRAINT uq_generations_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_generations_workspace_id_provider_provider_job_id
        UNIQUE (workspace_id, provider, provider_job_id),
    CONSTRAINT fk_generations_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_generations_workspace_id_budget_id
        FOREIGN KEY (workspace_id, budget_id) REFERENCES budgets (workspace_id, id),
    CONSTRAINT fk_generations_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_generations_digest FOREIGN KEY (digest) REFERENCES blobs (digest),
    CONSTRAINT ck_generations_state
        CHECK (state IN ('queued', 'submitting', 'submitted', 'stored', 'unknown', 'failed', 'refused',
            'cancelled', 'output_expired')),
    CONSTRAINT ck_generations_purchase CHECK (purchase > 0),
    CONSTRAINT ck_generations_price_microusd CHECK (price_microusd >= 0),
    CONSTRAINT ck_generations_cost_microusd CHECK (cost_microusd >= 0),
    CONSTRAINT ck_generations_reserved_microusd CHECK (reserved_microusd >= 0),
    CONSTRAINT ck_generations_budget_id CHECK (reserved_microusd = 0 OR budget_id IS NOT NULL),
    CONSTRAINT ck_generations_sent
        CHECK (state NOT IN ('submitting', 'submitted', 'stored', 'unknown') OR (client_ref IS NOT NULL AND
            submit_at IS NOT NULL)),
    CONSTRAINT ck_generations_acknowledged
        CHECK (state NOT IN ('submitted', 'stored') OR provider_job_id IS NOT NULL),
    CONSTRAINT ck_generations_stored
        CHECK (state <> 'stored' OR (digest IS NOT NULL AND output IS NOT NULL)),
    CONSTRAINT ck_generations_closed
        CHECK (state = 'stored' OR (settled_at IS NOT NULL) = (state IN ('failed', 'refused', 'cancelled',
            'output_expired')))
);

CREATE INDEX ix_generations_unfinished ON generations (workspace_id, id)
    WHERE settled_at IS NULL AND state <> 'unknown';
CREATE INDEX ix_generations_workspace_id_film_id_id ON generations (workspace_id, film_id, id);
CREATE UNIQUE INDEX uq_generations_purchase ON generations (workspace_id, fingerprint, purchase)
    WHERE state IN ('queued', 'submitting', 'submitted', 'unknown', 'stored');

CREATE TABLE receipts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    workspace_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    client_ref uuid NOT NULL,
    provider_job_id text NOT NULL,
    raw jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_receipts PRIMARY KEY (id),
    CONSTRAINT fk_receipts_workspace_id_generation_id
        FOREIGN KEY (workspace_id, generation_id) REFERENCES generations (workspace_id, id),
    CONSTRAINT fk_receipts_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX ix_receipts_workspace_id_generation_id ON receipts (workspace_id, generation_id);

CREATE TABLE generation_events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    workspace_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL,
    delta_microusd bigint NOT NULL DEFAULT 0,
    details jsonb NOT NULL DEFAULT '{}'::jsonb,
    CONSTRAINT pk_generation_events PRIMARY KEY (id),
    CONSTRAINT fk_generation_events_workspace_id_generation_id
        FOREIGN KEY (workspace_id, generation_id) REFERENCES generations (workspace_id, id),
    CONSTRAINT fk_generation_events_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX ix_generation_events_workspace_id_generation_id_id
    ON generation_events (workspace_id, generation_id, id);

CREATE TABLE assets (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    type text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    url text,
    thumbnail_url text,
    source text NOT NULL,
    source_asset_id uuid,
    character_id uuid,
    film_id uuid,
    shot_id uuid,
    generation_id uuid,
    fingerprint text,
    digest text GENERATED ALWAYS AS (substr(url, 14, 64)) STORED,
    thumbnail_digest text GENERATED ALWAYS AS (substr(thumbnail_url, 14, 64)) STORED,
    provider text,
    model text,
    prompt text,
    cost_microusd bigint,
    generation_cost numeric(19, 6) GENERATED ALWAYS AS (cost_microusd * 0.000001) STORED,
    cost_basis jsonb,
    generation_metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    tags jsonb NOT NULL DEFAULT '[]'::jsonb,
    duration_s double precision,
    width integer,
    height integer,
    favorite boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    lost_at timestamptz,
    CONSTRAINT pk_assets PRIMARY KEY (id),
    CONSTRAINT uq_assets_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_assets_workspace_id_generation_id UNIQUE (workspace_id, generation_id),
    CONSTRAINT fk_assets_workspace_id_source_asset_id
        FOREIGN KEY (workspace_id, source_asset_id) REFERENCES assets (workspace_id, id)
        DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT fk_assets_workspace_id_character_id
        FOREIGN KEY (workspace_id, character_id) REFERENCES characters (workspace_id, id),
    CONSTRAINT fk_assets_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_assets_workspace_id_shot_id
        FOREIGN KEY (workspace_id, shot_id) REFERENCES shots (workspace_id, id),
    CONSTRAINT fk_assets_workspace_id_generation_id
        FOREIGN KEY (workspace_id, generation_id) REFERENCES generations (workspace_id, id),
    CONSTRAINT fk_assets_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT fk_assets_digest FOREIGN KEY (digest) REFERENCES blobs (digest),
    CONSTRAINT fk_assets_thumbnail_digest FOREIGN KEY (thumbnail_digest) REFERENCES blobs (digest),
    CONSTRAINT ck_assets_type CHECK (type IN ('image', 'video', 'audio', 'script', 'text')),
    CONSTRAINT ck_assets_kind
        CHECK (kind IN ('script', 'scene', 'character', 'location', 'prop', 'frame', 'shot', 'dialogue',
            'voice', 'music', 'film', 'subtitle', 'poster', 'other')),
    CONSTRAINT ck_assets_source CHECK (source IN ('upload', 'generation', 'import')),
    CONSTRAINT ck_assets_url CHECK (url ~ '^vault:sha256/[0-9a-f]{64}\.[a-z0-9]{1,8}$'),
    CONSTRAINT ck_assets_thumbnail_url CHECK (thumbnail_url ~ '^vault:sha256/[0-9a-f]{64}\.[a-z0-9]{1,8}$'),
    CONSTRAINT ck_assets_only_generations_fail CHECK (url IS NOT NULL OR source = 'generation'),
    CONSTRAINT ck_assets_source_asset_id CHECK (source_asset_id <> id),
    CONSTRAINT ck_assets_generation_metadata CHECK (jsonb_typeof(generation_metadata) = 'object'),
    CONSTRAINT ck_assets_tags CHECK (jsonb_typeof(tags) = 'array'),
    CONSTRAINT ck_assets_cost_microusd CHECK (cost_microusd >= 0),
    CONSTRAINT ck_assets_duration_s CHECK (duration_s >= 0),
    CONSTRAINT ck_assets_size CHECK (width > 0 AND height > 0)
);

ALTER TABLE films ADD CONSTRAINT fk_films_workspace_id_brief_asset_id
    FOREIGN KEY (workspace_id, brief_asset_id) REFERENCES assets (workspace_id, id)
    DEFERRABLE INITIALLY IMMEDIATE;

CREATE INDEX ix_assets_character_id ON assets (character_id) WHERE character_id IS NOT NULL;
CREATE INDEX ix_assets_digest ON assets (digest);
CREATE INDEX ix_assets_live_fingerprint ON assets (workspace_id, fingerprint)
    WHERE deleted_at IS NULL AND lost_at IS NULL AND url IS NOT NULL;
CREATE INDEX ix_assets_source_asset_id ON assets (source_asset_id) WHERE source_asset_id IS NOT NULL;
CREATE INDEX ix_assets_tags ON assets USING gin (tags jsonb_path_ops);
CREATE INDEX ix_assets_workspace_id_created_at ON assets (workspace_id, created_at);
CREATE INDEX ix_assets_workspace_id_film_id_id ON assets (workspace_id, film_id, id);
CREATE INDEX ix_assets_workspace_id_kind_id ON assets (workspace_id, kind, id);

CREATE TABLE asset_sources (
    workspace_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    source_id uuid NOT NULL,
    role text NOT NULL,
    CONSTRAINT pk_asset_sources PRIMARY KEY (workspace_id, asset_id, source_id),
    CONSTRAINT fk_asset_sources_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT fk_asset_sources_workspace_id_source_id
        FOREIGN KEY (workspace_id, source_id) REFERENCES assets (workspace_id, id)
        DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT fk_asset_sources_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_asset_sources_not_itself CHECK (asset_id <> source_id)
);

CREATE INDEX ix_asset_sources_workspace_id_source_id ON asset_sources (workspace_id, source_id);

CREATE TABLE asset_characters (
    workspace_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    character_id uuid NOT NULL,
    CONSTRAINT pk_asset_characters PRIMARY KEY (workspace_id, asset_id, character_id),
    CONSTRAINT fk_asset_characters_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT fk_asset_characters_workspace_id_character_id
        FOREIGN KEY (workspace_id, character_id) REFERENCES characters (workspace_id, id),
    CONSTRAINT fk_asset_characters_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX ix_asset_characters_workspace_id_character_id ON asset_characters (workspace_id, character_id);

CREATE TABLE slots (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    film_id uuid,
    character_id uuid,
    shot_id uuid,
    name text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT pk_slots PRIMARY KEY (id),
    CONSTRAINT uq_slots_workspace_id_id UNIQUE (workspace_id, id),
    CONSTRAINT uq_slots_workspace_id_film_id_character_id_name
        UNIQUE NULLS NOT DISTINCT (workspace_id, film_id, character_id, name),
    CONSTRAINT fk_slots_workspace_id_film_id
        FOREIGN KEY (workspace_id, film_id) REFERENCES films (workspace_id, id),
    CONSTRAINT fk_slots_workspace_id_character_id
        FOREIGN KEY (workspace_id, character_id) REFERENCES characters (workspace_id, id),
    CONSTRAINT fk_slots_workspace_id_shot_id
        FOREIGN KEY (workspace_id, shot_id) REFERENCES shots (workspace_id, id),
    CONSTRAINT fk_slots_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_slots_kind
        CHECK (kind IN ('script', 'scene', 'character', 'location', 'prop', 'frame', 'shot', 'dialogue',
            'voice', 'music', 'film', 'subtitle', 'poster', 'other')),
    CONSTRAINT ck_slots_owner CHECK (num_nonnulls(film_id, character_id) >= 1)
);

CREATE TABLE takes (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    number integer NOT NULL,
    asset_id uuid NOT NULL,
    basis jsonb NOT NULL,
    basis_version integer NOT NULL,
    reused boolean NOT NULL,
    saved_microusd bigint,
    selected_at timestamptz,
    selected_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_takes PRIMARY KEY (id),
    CONSTRAINT uq_takes_workspace_id_slot_id_number UNIQUE (workspace_id, slot_id, number),
    CONSTRAINT fk_takes_workspace_id_slot_id
        FOREIGN KEY (workspace_id, slot_id) REFERENCES slots (workspace_id, id),
    CONSTRAINT fk_takes_workspace_id_asset_id
        FOREIGN KEY (workspace_id, asset_id) REFERENCES assets (workspace_id, id),
    CONSTRAINT fk_takes_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
    CONSTRAINT ck_takes_number CHECK (number > 0),
    CONSTRAINT ck_takes_saved_microusd CHECK (saved_microusd >= 0 AND (reused OR saved_microusd = 0)),
    CONSTRAINT ck_takes_reused CHECK (reused OR saved_microusd IS NOT NULL),
    CONSTRAINT ck_takes_selected CHECK ((selected_at IS NULL) = (selected_by IS NULL))
);

CREATE INDEX ix_takes_workspace_id_asset_id ON takes (workspace_id, asset_id);
CREATE UNIQUE INDEX uq_takes_selected ON takes (workspace_id, slot_id) WHERE selected_at IS NOT NULL;

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    workspace_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL,
    what text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'::jsonb,
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT fk_events_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX ix_events_workspace_id_id ON events (workspace_id, id);

-- Triggers, not grants alone, keep the journals: on a laptop the program connects as their owner, whom no grant binds.
CREATE FUNCTION director_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts
    FOR EACH STATEMENT EXECUTE FUNCTION director_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON generation_events
    FOR EACH STATEMENT EXECUTE FUNCTION director_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION director_append_only();

-- The restricted role, for a login that an operator makes a member of it. Roles are the server's, not the database's:
-- it may be there already, be made by another database's migration at this moment, or be for its administrator to make.
DO $$
BEGIN
    CREATE ROLE director_app NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        RETURN;
    END IF;
    GRANT SELECT ON catalog_revision TO director_app;
    GRANT SELECT, INSERT ON receipts, generation_events, events TO director_app;
    GRANT SELECT, INSERT, UPDATE ON
        workspaces, films, characters, shots, slots, takes, assets, asset_sources, asset_characters,
        blobs, blob_copies, budgets, generations
        TO director_app;
END $$;
