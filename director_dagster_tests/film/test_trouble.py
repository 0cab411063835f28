"""A disk that fills on the way, and pieces that are damaged: one line, nothing lost, and the same command goes on."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from director_dagster_tests.film.conftest import Home

pytestmark = pytest.mark.slow

SCREENPLAY = Path(__file__).with_name("short.fountain")
# Frames fit into it, ambience and shots do not.
FILE_BYTES = 1_500_000
SETTLED = "SELECT count(*), count(DISTINCT fingerprint) FROM generations WHERE settled_at IS NOT NULL"
UNSETTLED = "SELECT count(*) FROM generations WHERE settled_at IS NULL"
BYTELESS = "SELECT count(*) FROM assets WHERE url IS NOT NULL AND digest NOT IN (SELECT digest FROM blobs)"
ROWS = "SELECT id, digest FROM assets ORDER BY id"


@pytest.fixture(scope="module")
def filled(home: Home) -> "subprocess.CompletedProcess[str]":
    """The first making of the film ``home/short``, where no file may grow beyond a limit."""
    limits = (FILE_BYTES, resource.RLIM_INFINITY)
    return subprocess.run(
        [sys.executable, "-m", "director_dagster.cli", "make", str(SCREENPLAY)],
        env=home.environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(home: Home, filled: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    """The report of the second, which has all the room that it wants."""
    return home.data("make", str(SCREENPLAY))[0]


def test_a_disk_that_fills_on_the_way_is_a_failed_run_with_its_reason(
    home: Home, filled: "subprocess.CompletedProcess[str]"
) -> None:
    last = filled.stderr.splitlines()[-1]

    assert filled.returncode == 1
    assert last.startswith("director: music: ")
    assert "the disk of work in progress takes no file so large" in last
    assert "Traceback" not in filled.stderr
    assert home.rows("SELECT DISTINCT status FROM runs") == [("FAILURE",)]


def test_when_there_is_room_the_same_command_finishes_with_nothing_made_twice(
    home: Home, finished: dict[str, object]
) -> None:
    assert finished["failure"] is None
    settled, distinct = home.rows(SETTLED)[0]
    assert settled == distinct
    assert (home.rows(UNSETTLED), home.rows(BYTELESS)) == ([(0,)], [(0,)])
    assert list((home.path / "vault" / "staging").iterdir()) == []


def test_a_damaged_piece_is_told_once_and_made_again_by_the_next_make(home: Home, finished: dict[str, object]) -> None:
    asset, digest = home.rows("SELECT id, digest FROM assets WHERE kind = 'frame' ORDER BY name LIMIT 1")[0]
    blob = home.path / "vault" / "sha256" / digest[:2] / digest
    whole = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    before = home.rows(ROWS)

    opened = home.run("assets", "open", str(asset), "--to", str(home.path / "out.png"))
    again = home.data("make", str(SCREENPLAY))[0]

    assert opened.returncode == 1
    assert "was damaged and is set aside" in opened.stderr
    assert len(opened.stderr.splitlines()) == 1
    assert again["failure"] is None
    assert blob.read_bytes() == whole
    assert home.rows(ROWS) == before
