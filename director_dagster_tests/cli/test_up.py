"""`director up`: ready means ready, what dies comes back, and at the end nothing is left, however the end comes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from director_dagster.cli import supervisor
from director_dagster.postgres import server as postgres
from director_dagster_tests.runs.page import CANCEL
from director_dagster_tests.serving import Up, environment, eventually, free_port, serving

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent.parent / "film" / "short.fountain"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One that all tests of what dies and comes back kill parts of."""
    with serving(tmp_path_factory.mktemp("up")) as running:
        yield running


def test_when_it_says_where_it_is_the_graph_is_loaded(up: Up) -> None:
    assert up.is_loaded()


def test_the_settings_at_the_top_are_those_of_the_running_instance(up: Up) -> None:
    info = up.ask("{ instance { info runQueueConfig { maxConcurrentRuns } } }")

    instance = info["instance"]
    assert instance["runQueueConfig"]["maxConcurrentRuns"] == 4
    for line in (
        "start_timeout_seconds: 180",
        "default_limit: 2",
        "granularity: op",
        "cancel_timeout_seconds: 60",
        "max_runtime_seconds: 21600",
        "poll_interval_seconds: 15",
        "free_slots_after_run_end_seconds: 60",
        "retry_on_asset_or_op_failure: false",
        "max_retries: 2",
    ):
        assert line in instance["info"], instance["info"]


def test_when_it_says_where_it_is_the_library_is_open(up: Up) -> None:
    page = httpx.get(f"{up.library}/library", trust_env=False)

    assert (page.status_code, "Library of home" in page.text) == (200, True)


def test_a_killed_library_comes_back(up: Up) -> None:
    killed = up.server("library")
    assert killed is not None

    killed.kill()

    eventually(lambda: (found := up.server("library")) is not None and found.pid != killed.pid)
    assert eventually(lambda: supervisor.is_open(up.library))


@pytest.mark.parametrize("name", ["code server", "web server", "daemon"])
def test_a_killed_server_comes_back(up: Up, name: str) -> None:
    killed = up.server(name)
    assert killed is not None

    killed.kill()

    eventually(lambda: (found := up.server(name)) is not None and found.pid != killed.pid)
    assert eventually(up.is_loaded)
    assert f"the {name} ended" in up.said


def test_a_killed_postgres_comes_back_and_the_code_server_is_renewed(up: Up) -> None:
    killed, stale = up.postgres_pid(), up.server("code server")
    assert killed is not None
    assert stale is not None

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: up.postgres_pid() not in {None, killed})
    eventually(lambda: (found := up.server("code server")) is not None and found.pid != stale.pid)
    assert eventually(up.is_loaded)


def test_a_killed_keeper_comes_back(up: Up) -> None:
    killed = up.server("keeper")
    assert killed is not None

    killed.kill()

    eventually(lambda: (found := up.server("keeper")) is not None and found.pid != killed.pid)


def test_a_run_that_is_launched_while_there_is_no_code_server_waits_for_it(up: Up) -> None:
    film, server = up.commission(SCRIPT), up.server("code server")
    assert server is not None

    run = up.launch(film)
    server.kill()

    maker = eventually(lambda: up.maker(run))
    maker.kill()
    eventually(lambda: up.status(run) == "FAILURE")


def test_a_run_outlives_its_code_server_and_is_reported_when_both_are_killed(up: Up) -> None:
    run = up.launch(up.commission(SCRIPT))
    maker = eventually(lambda: up.maker(run))
    server = up.server("code server")
    assert server is not None

    server.kill()
    eventually(lambda: (found := up.server("code server")) is not None and found.pid != server.pid)
    assert maker.is_running()
    maker.kill()

    eventually(lambda: up.status(run) == "FAILURE")
    eventually(lambda: f"run {run}: the process that made it is gone" in up.said)


def test_a_run_whose_code_server_was_killed_can_be_cancelled(up: Up) -> None:
    run = up.launch(up.commission(SCRIPT))
    maker = eventually(lambda: up.maker(run))
    server = up.server("code server")
    assert server is not None
    server.kill()
    eventually(lambda: (found := up.server("code server")) is not None and found.pid != server.pid and up.is_loaded())

    up.ask(CANCEL, run=run)

    eventually(lambda: not maker.is_running())
    eventually(lambda: up.status(run) == "CANCELED")


def test_a_second_one_in_the_same_home_is_refused_by_name(up: Up) -> None:
    second = up.run("up", "--port", "3999", "--no-open")

    assert second.returncode == 2
    assert second.stderr.strip().splitlines() == [f"director: `director up` runs in this home already: {up.url}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_when_it_is_asked_to_end_nothing_is_left_and_the_port_is_free(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as up:
        code = up.end(number)

        assert code == 0
        assert up.left() == []
        assert postgres.status(tmp_path / "postgres") is None
        assert "all is ended, Postgres too" in up.said
        with socket.create_server(("127.0.0.1", int(up.url.rpartition(":")[2]))):
            pass


def test_a_run_is_told_to_stop_when_all_ends_and_its_helpers_end_with_it(tmp_path: Path) -> None:
    with serving(tmp_path) as up:
        run = up.launch(up.commission(SCRIPT))
        eventually(lambda: up.maker(run))

        up.end()

        assert up.left() == []

    with serving(tmp_path) as again:
        assert again.status(run) == "FAILURE"


def test_when_it_is_killed_all_ends_and_it_can_be_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as up:
        run = up.launch(up.commission(SCRIPT))
        eventually(lambda: up.maker(run))

        up.end(signal.SIGKILL)

        eventually(lambda: up.left() == [])

    with serving(tmp_path) as again:
        assert again.is_loaded()
        eventually(lambda: again.status(run) in {"CANCELED", "FAILURE"})


def test_a_postgres_that_ran_before_goes_on_running(tmp_path: Path) -> None:
    postgres.ensure(tmp_path / "postgres", durable=False)

    with serving(tmp_path) as up:
        up.end()

        assert postgres.status(tmp_path / "postgres") is not None
        assert "Postgres ran before and goes on running" in up.said


def test_a_postgres_that_somebody_works_on_goes_on_running(tmp_path: Path) -> None:
    with serving(tmp_path) as up:
        url = postgres.running_url(tmp_path / "postgres")
        assert url is not None
        with psycopg.connect(url):
            up.end()

        assert postgres.status(tmp_path / "postgres") is not None
        assert "somebody works on it" in up.said


@pytest.mark.parametrize(("option", "other"), [("--port", "--library-port"), ("--library-port", "--port")])
def test_a_taken_port_is_one_line_that_names_the_option(option: str, other: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = [option, port, other, str(free_port())]
        command = [sys.executable, "-m", "director_dagster.cli", "up", *ports, "--no-open"]
        refused = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert refused.stderr == f"director: port {port} is taken: name another with {option}\n"
    assert postgres.status(tmp_path / "postgres") is None
