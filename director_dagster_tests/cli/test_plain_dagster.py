"""Dagster's own commands at the top of the checkout, with nothing set but the home: they work, or say how to start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from director_dagster.postgres import server as postgres
from director_dagster.settings import Settings
from director_dagster_tests.serving import LIMIT_S, LOCATIONS, environment, eventually, free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
MATERIALIZE = ("dagster", "asset", "materialize", "-m", "director_dagster.definitions", "--select", "script")
LOADING = [
    ("dagster", "definitions", "validate"),
    ("dg", "check", "defs"),
    ("dg", "list", "defs"),
]
SERVING = [("dagster", "dev"), ("dg", "dev")]


def plain(home: Path, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    arguments = [str(BIN / command[0]), *command[1:]]
    settings = {**environment(home), **more}
    return subprocess.run(
        arguments, cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )


def director(home: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "director_dagster.cli", *arguments]
    return subprocess.run(command, env=environment(home), capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose database was started by `director db start` and has a film's partition, but no film."""
    folder = tmp_path_factory.mktemp("plain")
    director(folder, "db", "start")
    _add_partition(folder)
    yield folder
    postgres.stop(folder / "postgres")


@pytest.mark.parametrize("command", [*LOADING, (*MATERIALIZE, "--partition", "home/none"), *SERVING], ids=" ".join)
def test_without_a_database_it_says_in_one_line_how_to_start_one(command: tuple[str, ...], tmp_path: Path) -> None:
    said = plain(tmp_path, *command)

    told = (said.stdout + said.stderr).strip().splitlines()
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert [line for line in told if "Error" in line] == [
        f"Error: the Postgres of {tmp_path} is not running: start it with `director db start`"
    ]


@pytest.mark.parametrize("command", LOADING, ids=" ".join)
def test_with_one_it_loads_the_graph_and_needs_nothing_set(command: tuple[str, ...], home: Path) -> None:
    said = plain(home, *command)

    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("command", SERVING, ids=" ".join)
def test_with_one_the_page_is_served_with_the_graph_loaded(command: tuple[str, ...], home: Path) -> None:
    port = free_port()
    served = subprocess.Popen(
        [str(BIN / command[0]), *command[1:], "--port", str(port)],
        cwd=ROOT, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def is_loaded() -> bool:
        try:
            said = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": LOCATIONS}, trust_env=False).text
        except httpx.HTTPError:
            return False
        return '"RepositoryLocation"' in said

    try:
        assert eventually(is_loaded)
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(LIMIT_S)


def test_a_partition_without_a_film_fails_its_run_and_the_exit_code_says_so(home: Path) -> None:
    said = plain(home, *MATERIALIZE, "--partition", "home/none")

    assert said.returncode == 1
    assert "Error: Materialization failed." in said.stderr


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_tables_of_another_version_fail_the_run_with_a_line_that_names_the_cure(home: Path, revision: str) -> None:
    with _database(home) as db:
        (right,) = (
            db.execute("UPDATE catalog_revision SET version_num = %s RETURNING old.version_num", [revision]).fetchone()
            or ()
        )

    said = plain(home, *MATERIALIZE, "--partition", "home/none")

    with _database(home) as db:
        db.execute("UPDATE catalog_revision SET version_num = %s", [right])
    assert said.returncode == 1
    told = f"Failure: the database is at revision {revision}, this program at {right}: `director db migrate`"
    assert told in said.stdout + said.stderr


def test_what_env_prints_is_read_alike_by_a_shell_and_from_a_file(home: Path, tmp_path: Path) -> None:
    printed = director(home, "env")
    (tmp_path / ".env").write_text(printed, encoding="utf-8")

    shell = subprocess.run(
        ["sh", "-c", 'eval "$1" && exec printenv DAGSTER_HOME', "sh", printed],
        env={"PATH": os.defpath}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    validate = [str(BIN / "dagster"), "definitions", "validate", "-m", "director_dagster.definitions"]
    file = subprocess.run(validate, cwd=tmp_path, env={"PATH": os.defpath}, capture_output=True, text=True, check=False)

    assert shell.stdout.strip() == str(home / "dagster")
    assert file.returncode == 0, file.stderr
    assert (home / "dagster" / "dagster.yaml").read_bytes() == (ROOT / "dagster.yaml").read_bytes()


def test_starting_and_asking_twice_says_the_same(home: Path) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "director_dagster.cli", "db", "start"],
        env=environment(home), capture_output=True, text=True, check=True,
    )  # fmt: skip

    where = director(home, "db", "status")
    assert again.stderr.startswith("Postgres runs already: 127.0.0.1:")
    assert where.startswith(again.stderr.strip().replace(" already", ""))


def _database(home: Path) -> "psycopg.Connection[tuple[str, ...]]":
    return psycopg.connect(postgres.running_url(Settings(home=home).postgres) or "")


def _add_partition(home: Path) -> None:
    """What the page writes when somebody adds a partition by hand; Dagster's tables are made by its first command."""
    plain(home, "dg", "check", "defs")
    with _database(home) as db:
        db.execute(
            "INSERT INTO dynamic_partitions (partitions_def_name, partition) VALUES ('films', 'home/none') "
            "ON CONFLICT DO NOTHING"
        )
