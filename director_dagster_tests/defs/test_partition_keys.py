"""Partition keys of every shape: Dagster takes any text, and a run for one that is no film fails in one line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from director_dagster.settings import Env

KEYS = [
    "home/no such film", "a...b", "[a...b]", "a,b", "a\nb", "home/film\n", "../../etc/passwd", "home/../x", "/",
    "home/", "/x", "HOME/Film", "home/Film", "😀", "я/ж", "海/辺", "home/" + "x" * 300, "x" * 5000, "-i", "concat:a|b",
    "CON", "home/film ", "a\x1b[31mb", "\u202ehome/film", "*", "%s", "{}", "home/%2e", "'; DROP TABLE films; --",
    "home/a/b", "home\\film", "",
]  # fmt: skip
NOBODY = "home/nobody"

# What one process does for all keys; each run stands in Dagster as one from the UI would.
RUN_ALL = """
import json, sys
from director_dagster.cli.home import open_home
open_home()
import dagster as dg
from director_dagster.definitions import defs
from director_dagster.defs import runs
from director_dagster.defs.partitions import FILMS
job = defs.resolve_job_def("make_film")
with dg.DagsterInstance.get() as instance:
    for key in json.load(sys.stdin):
        instance.add_dynamic_partitions(FILMS.name, [key])
        run = job.execute_in_process(
            instance=instance, partition_key=key, run_config=runs.QUIET, raise_on_error=False
        )
        failed = [event for event in run.all_events if event.is_step_failure]
        told = failed[0].step_failure_data.user_failure_data.description
        print(json.dumps([key, instance.get_run_by_id(run.run_id).status.value, len(failed), told]))
"""


@pytest.fixture(scope="module")
def told(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, int, str]]]:
    """For each key the status of its run, how many steps failed, and what the first of them says."""
    name = f"keys_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        url = f"{postgres_url.rpartition('/')[0]}/{name}"
        ours = {Env.HOME.value: str(tmp_path_factory.mktemp("home")), Env.DATABASE_URL.value: url}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RUN_ALL],
            env={**os.environ, **ours},  # noqa: TID251 (a child process needs all of it)
            input=json.dumps([*KEYS, NOBODY]), capture_output=True, text=True, check=False,
        )  # fmt: skip
        try:
            assert done.returncode == 0, done.stderr
            with psycopg.connect(url) as catalog:
                rows = catalog.execute("SELECT (SELECT count(*) FROM films), (SELECT count(*) FROM assets)").fetchone()
            assert rows == (0, 0)
            yield {key: tuple(rest) for key, *rest in map(json.loads, done.stdout.splitlines())}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key[:20]))
def test_a_run_for_what_is_no_film_fails_in_one_line(key: str, told: dict[str, tuple[str, int, str]]) -> None:
    status, failed, line = told[key]

    assert (status, failed) == ("FAILURE", 1)
    assert "is no film: write <workspace>/<film> in small letters, digits and hyphens" in line
    assert line.isprintable()
    assert len(line) < 250


@pytest.mark.slow
def test_a_run_for_a_film_without_a_row_says_how_to_make_one(told: dict[str, tuple[str, int, str]]) -> None:
    status, failed, line = told[NOBODY]

    assert (status, failed) == ("FAILURE", 1)
    assert "director film add SCREENPLAY --workspace home --film nobody" in line
