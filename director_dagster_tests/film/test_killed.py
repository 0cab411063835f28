"""`director make` killed at fifty random instants: the same command goes on, and nothing is lost or doubled."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.conftest import Home

pytestmark = pytest.mark.slow

KILLS = 50
SEED = 20261125
LONGEST_S = 14.0
FIRST_FILM, NEXT_FILM = 27, 13  # assets: the kitchen, its shots and words, people, voices and music are the first's
PAGE = Path(__file__).with_name("short.fountain").read_text(encoding="utf-8")


def test_killed_at_fifty_random_instants_every_film_is_finished_and_nothing_is_made_twice(
    home: Home, tmp_path: Path
) -> None:
    instants = random.Random(SEED)
    killed, films, begun = 0, 0, True
    while killed < KILLS:
        if begun:
            films, begun = films + 1, False
            script = _screenplay(tmp_path, films)
        making = home.start("make", str(script))
        after_s = instants.uniform(0.5, LONGEST_S)
        if _ended_within(making, after_s):
            begun = True
        else:
            making.send_signal(signal.SIGKILL)
            killed += 1
        making.communicate()

    finished = [home.data("make", str(_screenplay(tmp_path, number)))[0] for number in range(1, films + 1)]

    assert killed == KILLS
    assert [report["failure"] for report in finished] == [None] * films
    found = audit(home)
    assert found.faults == {}
    assert found.assets == FIRST_FILM + NEXT_FILM * (films - 1)
    assert found.blobs >= found.assets


def _screenplay(folder: Path, number: int) -> Path:
    """Another page for each film, so that none finds its pieces with another."""
    script = folder / f"film-{number}.fountain"
    script.write_text(PAGE.replace("SHORE", f"SHORE {number}").replace("here", f"here, {number}"), encoding="utf-8")
    (folder / "film.toml").write_text('format = "1:1"\n')
    return script


def _ended_within(process: "subprocess.Popen[str]", seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            return True
        time.sleep(0.02)
    return False
