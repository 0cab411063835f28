"""G11: what the sensors and the queue's schedule cost while there is nothing to do, with few assets and with many."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

import dagster as dg
import psycopg

from benchmarks.harness import Figure, Goal, Pairs, in_turn
from director_dagster.catalog.session import migrate
from director_dagster.cli.home import project_file
from director_dagster.definitions import defs
from director_dagster.defs.queue import queue_schedule
from director_dagster.postgres import server as postgres
from director_dagster.settings import Env, Settings, export

FEW, MANY = 10_000, 1_000_000
A_FILM = 50
"""So many assets has a film, each a selected take of its own slot, and a run that has made them."""

LIMIT_S = 0.05
PAIRS = 9
FILL = """
INSERT INTO workspaces (id, slug, name) VALUES (gen_random_uuid(), 'home', 'home');

INSERT INTO blobs (digest, size_bytes, media_type, extension) VALUES (repeat('a', 64), 1, 'video/mp4', 'mp4');

INSERT INTO films (id, workspace_id, slug, title)
SELECT gen_random_uuid(), w.id, 'film-' || n, 'a film' FROM workspaces AS w, generate_series(1, {films}) AS n;

INSERT INTO slots (id, workspace_id, film_id, name, kind)
SELECT gen_random_uuid(), workspace_id, id, 'shot:' || n, 'shot' FROM films, generate_series(1, {a_film}) AS n;

INSERT INTO generations (id, workspace_id, film_id, fingerprint, purchase, provider, model, operation, request, state,
    lease_epoch, price_microusd, cost_microusd, settled_at)
SELECT id, workspace_id, film_id, md5(id::text), 1, 'kling', 'kling-3.0', 'shot', '{{}}', 'failed', 1, 10, 0, now()
FROM slots;

INSERT INTO assets (id, workspace_id, film_id, generation_id, type, kind, name, source, fingerprint, url)
SELECT id, workspace_id, film_id, id, 'video', 'shot', 'a shot', 'generation', md5(id::text),
    'vault:sha256/' || repeat('a', 64) || '.mp4'
FROM slots;

INSERT INTO takes (id, workspace_id, slot_id, number, asset_id, basis, basis_version, reused, saved_microusd,
    selected_at, selected_by)
SELECT id, workspace_id, id, 1, id, '{{}}', 1, false, 0, now(), 'studio' FROM slots;

INSERT INTO events (workspace_id, who, what, subject, run_id, seq, previous, hash)
SELECT workspace_id, 'studio', 'claimed', id, film_id, row_number() OVER (), repeat('0', 64), repeat('0', 64)
FROM slots;

INSERT INTO film_requests (workspace_id, film, state, runs, ended_at, queued, taken_on)
SELECT workspace_id, slug, 'done', jsonb_build_array(id), now() - interval '9 days', true, current_date - 9
FROM films;

INSERT INTO dynamic_partitions (partitions_def_name, partition) SELECT 'films', 'home/' || slug FROM films;

INSERT INTO runs (run_id, pipeline_name, status, run_body, partition, create_timestamp, update_timestamp)
SELECT id, 'make_film', 'SUCCESS', '{{}}', 'home/' || slug, now() - interval '9 days', now() - interval '9 days'
FROM films;

INSERT INTO run_tags (run_id, key, value)
SELECT id, key, value FROM films, LATERAL (VALUES
    ('dagster/partition', 'home/' || slug), ('director/host', 'here'), ('director/run', id::text),
    ('director/request', id::text)) AS tags (key, value);
"""


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A home on a database, and Dagster's instance on the same."""

    settings: Settings
    instance: dg.DagsterInstance

    def tick(self, name: str) -> None:
        """A tick of the sensor of that name, or of the queue's schedule, in this process."""
        export({Env.HOME.value: str(self.settings.home), Env.DATABASE_URL.value: self.settings.database_url or ""})
        if name == queue_schedule.name:
            now = datetime.now(UTC).replace(hour=23)
            context = dg.build_schedule_context(instance=self.instance, scheduled_execution_time=now)
            assert isinstance(queue_schedule(context), dg.SkipReason)
            return
        sensor = next(each for each in defs.sensors or () if each.name == name)
        told = sensor(dg.build_sensor_context(instance=self.instance, definitions=defs))
        asked = told.run_requests if isinstance(told, dg.SensorResult) else list(told or ())
        assert not asked, f"{name} has something to do"


def measure() -> Iterator[Figure]:
    """The figures of G11."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = postgres.ensure(Path(folder) / "postgres", durable=False)
        stack.callback(postgres.stop, Path(folder) / "postgres")
        few, many = (_studio(stack, Path(folder), url, assets) for assets in (FEW, MANY))
        for name in (*sorted(each.name for each in defs.sensors or ()), queue_schedule.name):
            pairs = in_turn(partial(many.tick, name), partial(few.tick, name), pairs=PAIRS)
            yield pairs.ratio(f"{name}, {MANY:,} assets / {FEW:,}", Goal(limit=1.5))
            yield _seconds(f"  {name}, ms a tick with {MANY:,}", pairs)


def _seconds(what: str, pairs: Pairs) -> Figure:
    limit = Pairs(first=pairs.first, second=(0.001,) * len(pairs.first))
    return limit.ratio(what, Goal(limit=LIMIT_S * 1000))


def _studio(stack: ExitStack, folder: Path, server: str, assets: int) -> Studio:
    """A home whose database has so many assets, and films, runs and requests with them; none of it is new."""
    home, url = folder / f"home-{assets}", urlsplit(server)._replace(path=f"/bench_{assets}").geturl()
    (home / "dagster").mkdir(parents=True)
    copyfile(project_file("dagster.yaml"), home / "dagster" / "dagster.yaml")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench_{assets}")
    migrate(url)
    settings = Settings(home=home, database_url=url)
    export(settings.variables())
    instance = stack.enter_context(dg.DagsterInstance.get())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL.format(films=assets // A_FILM, a_film=A_FILM))
        connection.execute("VACUUM ANALYZE")
    return Studio(settings=settings, instance=instance)
