"""A library that is killed while it works on a batch, and starts again."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import psycopg
import pytest

from director_dagster.catalog.queries import films
from director_dagster.catalog.session import open_catalog
from director_dagster.cli import supervisor
from director_dagster_tests.catalog.rows import an_asset
from director_dagster_tests.serving import environment, eventually, free_port

MANY = 1_500
FILL = """
INSERT INTO assets (id, workspace_id, type, kind, name, source, url)
SELECT gen_random_uuid(), workspace_id, type, kind, 'filler', source, url FROM assets, generate_series(1, %s)
"""


@pytest.mark.slow
def test_a_library_that_is_killed_goes_on_when_it_starts_again(database_url: str, tmp_path: Path) -> None:
    asyncio.run(_one(database_url))
    with psycopg.connect(database_url) as rows:
        rows.execute(FILL, [MANY - 1])
    first, address = _served(tmp_path, database_url)
    asked = {"filter": "?", "expected_count": MANY, "tag": "all"}
    try:
        begun = httpx.post(f"{address}/api/v1/assets:tag", json=asked, trust_env=False).json()
        at = f"/api/v1/batches/{begun['id']}"
        eventually(lambda: httpx.get(f"{address}{at}", trust_env=False).json()["done"] > 0)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    with psycopg.connect(database_url) as rows:
        [half] = rows.execute("SELECT done, state FROM batches").fetchall()

    second, address = _served(tmp_path, database_url)
    try:
        eventually(lambda: httpx.get(f"{address}{at}", trust_env=False).json()["state"] == "done", limit_s=120)
        done = httpx.get(f"{address}{at}", trust_env=False).json()
    finally:
        second.terminate()
        second.wait()

    assert half[1] == "working"
    assert 0 < half[0] < MANY
    assert done["changed"] == MANY
    with psycopg.connect(database_url) as rows:
        tagged = Counter(row[0] for row in rows.execute("SELECT asset_id FROM events WHERE what = 'tagged'"))
        assert (len(tagged), set(tagged.values())) == (MANY, {1})


def _served(home: Path, database_url: str) -> tuple["subprocess.Popen[bytes]", str]:
    port = free_port()
    command = [sys.executable, "-m", "director_dagster.library", "--port", str(port)]
    server = subprocess.Popen(command, env=environment(home, database_url))
    eventually(lambda: supervisor.is_open(f"http://127.0.0.1:{port}"))
    return server, f"http://127.0.0.1:{port}"


async def _one(database_url: str) -> None:
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        await an_asset(db, await films.workspace(db, "home"))
