"""Large catalogs: the same studio with few assets and with very many, alike to the last row for one seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from urllib.parse import urlsplit

import psycopg

from director_dagster.catalog.session import migrate

WORKSPACES, FILMS, CHARACTERS, TAGS, WORDS = 5, 40, 60, 200, 20_000
"""Of films and characters each workspace has so many, however many assets it has: takes are what becomes many."""

DAYS = 730
CHAIN = 12
"""So many assets of a film are made each from the one before and from up to two others before that."""

SEED = 7

# `chance(n, what)` is between 0 and 1, for one `what` of asset n always the same; `rank` prefers the low ones (Zipf).
HELP = """
CREATE FUNCTION pg_temp.chance(n bigint, what bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, what * 1000003 + {seed}) & 1073741823) / 1073741824.0::double precision $$;

CREATE FUNCTION pg_temp.pick(words text[], chance double precision) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT words[1 + floor(chance * cardinality(words))::int] $$;

CREATE FUNCTION pg_temp.rank(most int, chance double precision) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT floor(power(most::double precision, chance))::int $$;

CREATE FUNCTION pg_temp.word(rank int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT translate(substr(md5('word' || rank), 1, 4 + rank % 5), '0123456789', 'ghijklmnop') $$;
"""
PLACES = """
INSERT INTO workspaces (id, slug, name)
SELECT md5('workspace' || n)::uuid, CASE n WHEN 0 THEN 'home' ELSE 'house-' || n END, 'House ' || n
FROM generate_series(0, {workspaces} - 1) AS n;

INSERT INTO blobs (digest, size_bytes, media_type, extension) VALUES (repeat('a', 64), 1, 'video/mp4', 'mp4');

INSERT INTO films (id, workspace_id, slug, title, series)
SELECT md5(w.id || 'film' || n)::uuid, w.id, 'film-' || n, 'Film ' || n, CASE n % 3 WHEN 0 THEN 'series ' || n % 9 END
FROM workspaces AS w, generate_series(0, {films} - 1) AS n;

INSERT INTO characters (id, workspace_id, kind, name, key)
SELECT md5(w.id || 'character' || n)::uuid, w.id, 'character', 'Mara ' || n, 'mara ' || n
FROM workspaces AS w, generate_series(0, {characters} - 1) AS n;
"""
# What there is to know of each asset before its row is written; half of all is of the first workspace.
DRAWN = """
CREATE TEMPORARY TABLE drawn AS
SELECT n,
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text || {seed}), 1, 3)
        || '8' || substr(md5(n::text || {seed}), 4, 15))::uuid AS id,
    workspace_id, at, md5(workspace_id || 'film' || film)::uuid AS film_id,
    md5(workspace_id || 'character' || pg_temp.rank({characters}, pg_temp.chance(n, 4)) - 1)::uuid AS character_id,
    pg_temp.chance(n, 5) < 0.3 AS about_one,
    split_part(made, ' ', 1) AS type, split_part(made, ' ', 2) AS kind, provider,
    provider || '-' || 1 + (pg_temp.chance(n, 6) * 2)::int AS model,
    CASE WHEN pg_temp.chance(n, 7) < 0.05 THEN 'upload' ELSE 'generation' END AS source,
    pg_temp.chance(n, 8) AS fate
FROM (
    SELECT n, now()::date - {days} + n * (interval '{days} days' / {assets}) AS at,
        md5('workspace' || greatest(0, floor(pg_temp.chance(n, 1) * 2 * ({workspaces} - 1)) - {workspaces} + 2))::uuid
            AS workspace_id,
        pg_temp.rank({films}, pg_temp.chance(n / {chain}, 2)) - 1 AS film,
        pg_temp.pick(ARRAY['image frame', 'image frame', 'image character', 'image location', 'video shot',
            'video shot', 'video film', 'audio dialogue', 'audio dialogue', 'audio music', 'script script',
            'text subtitle'], pg_temp.chance(n, 3)) AS made,
        pg_temp.pick(ARRAY['animatic', 'animatic', 'animatic', 'kling', 'fal', 'openai', 'google', 'runway'],
            pg_temp.chance(n, 9)) AS provider
    FROM generate_series(0, {assets} - 1) AS n
) AS each;
"""
ROWS = """
INSERT INTO generations (id, workspace_id, film_id, fingerprint, purchase, provider, model, operation, request, state,
    lease_epoch, price_microusd, cost_microusd, digest, output, client_ref, submit_at, provider_job_id, created_at,
    settled_at)
SELECT id, workspace_id, film_id, md5(id::text), 1, provider, model, kind, '{{}}',
    CASE WHEN fate < 0.02 THEN 'failed' WHEN fate < 0.03 THEN 'refused' ELSE 'stored' END, 1, 900000, 0,
    repeat('a', 64), '{{}}', id, at, id::text, at, at
FROM drawn WHERE provider <> 'animatic' AND source = 'generation';

INSERT INTO assets (id, workspace_id, film_id, character_id, generation_id, type, kind, name, source, url,
    thumbnail_url, fingerprint, provider, model, prompt, cost_microusd, tags, duration_s, width, height, favorite,
    created_at, deleted_at, lost_at)
SELECT id, workspace_id, film_id, CASE WHEN about_one THEN character_id END,
    CASE WHEN provider <> 'animatic' AND source = 'generation' THEN id END, type, kind, kind || ' ' || n, source,
    CASE WHEN fate >= 0.03 OR source <> 'generation' THEN 'vault:sha256/' || repeat('a', 64) || '.mp4' END,
    CASE WHEN type IN ('image', 'video') THEN 'vault:sha256/' || repeat('a', 64) || '.mp4' END, md5(id::text),
    CASE source WHEN 'generation' THEN provider END, CASE source WHEN 'generation' THEN model END,
    (SELECT string_agg(pg_temp.word(pg_temp.rank({words}, pg_temp.chance(n, 20 + k))), ' ')
        FROM generate_series(1, 12) AS k),
    CASE WHEN source <> 'generation' OR pg_temp.chance(n, 10) < 0.05 THEN NULL
        WHEN provider = 'animatic' THEN 0 ELSE 10000 + floor(pg_temp.chance(n, 11) * 890000) END,
    jsonb_build_array('tag-' || pg_temp.rank({tags}, pg_temp.chance(n, 12)),
        'tag-' || pg_temp.rank({tags}, pg_temp.chance(n, 13)), 'kind:' || kind),
    CASE WHEN type IN ('video', 'audio') THEN 4 END, 1280, 720, pg_temp.chance(n, 14) < 0.01, at,
    CASE WHEN pg_temp.chance(n, 15) < 0.03 THEN at END, CASE WHEN pg_temp.chance(n, 16) < 0.003 THEN at END
FROM drawn ORDER BY n;

INSERT INTO asset_characters (workspace_id, asset_id, character_id)
SELECT workspace_id, id, character_id FROM drawn WHERE pg_temp.chance(n, 17) < 0.5 OR about_one;

INSERT INTO asset_sources (workspace_id, asset_id, source_id, role)
SELECT workspace_id, id, source_id, 'source'
FROM (
    SELECT *, row_number() OVER film % {chain} AS place, lag(id, 1) OVER film AS one, lag(id, 2) OVER film AS two,
        lag(id, 5) OVER film AS five
    FROM drawn WINDOW film AS (PARTITION BY workspace_id, film_id ORDER BY n)
) AS placed, LATERAL (VALUES (one, 1, 0.0), (two, 2, 0.6), (five, 5, 0.8)) AS back (source_id, far, least)
WHERE place >= far AND source_id IS NOT NULL AND pg_temp.chance(n, 18) >= least;
"""
FILLED = ("generations", "assets", "asset_characters", "asset_sources")
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def database(server: str, assets: int, *, seed: int = SEED) -> str:
    """The URL of a new database of `server` that has so many assets, all of the last two years; analyzed.

    A million take some minutes: each index is built when the rows are there.
    """
    url = urlsplit(server)._replace(path=f"/catalog_{assets}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE catalog_{assets}")
    migrate(url)
    numbers = {"workspaces": WORKSPACES, "films": FILMS, "characters": CHARACTERS, "tags": TAGS, "words": WORDS}
    numbers |= {"days": DAYS, "chain": CHAIN, "assets": assets, "seed": seed}
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '512MB'")
        connection.execute(HELP.format(**numbers))
        with _bare(connection):
            for statement in (PLACES, DRAWN, ROWS):
                connection.execute(statement.format(**numbers))
        connection.execute("SELECT director_fold_spending(%s)", [10 * assets])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url


def tag(rank: int) -> str:
    """A tag; the lower its rank, from 1 to `TAGS`, the more assets have it."""
    return f"tag-{rank}"


def word(rank: int) -> str:
    """A word of prompts; the lower its rank, from 1 to `WORDS`, the more of them."""
    letters = md5(f"word{rank}".encode(), usedforsecurity=False).hexdigest()[: 4 + rank % 5]
    return letters.translate(str.maketrans("0123456789", "ghijklmnop"))


@contextmanager
def _bare(connection: psycopg.Connection) -> Iterator[None]:
    """The tables without indexes and without a look at what rows name; with the sums of spending."""
    indexes = connection.execute(INDEXES, [list(FILLED)]).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("ALTER TABLE assets ENABLE ALWAYS TRIGGER spent_more")
    connection.execute("SET LOCAL session_replication_role = replica")
    yield
    connection.execute("SET LOCAL session_replication_role = origin")
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("ALTER TABLE assets ENABLE TRIGGER spent_more")
