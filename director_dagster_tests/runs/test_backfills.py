"""Backfills: one run a film, nothing paid twice, whatever is killed meanwhile."""

from collections.abc import Callable, Sequence

import psutil
import pytest

from director_dagster_tests.film.audit import audit
from director_dagster_tests.runs.conftest import Stage
from director_dagster_tests.serving import eventually

pytestmark = pytest.mark.slow

FEW, FILMS = 3, 5
"""Of films in a backfill: where it is left alone, and where something is killed in it."""

TRIES = 4
FINISHED = """
SELECT count(DISTINCT f.slug) FROM assets a JOIN films f ON f.id = a.film_id
JOIN workspaces w ON w.id = f.workspace_id WHERE w.slug = %s AND a.kind = 'film'
"""
BOUGHT = """
SELECT DISTINCT a.digest FROM assets a JOIN workspaces w ON w.id = a.workspace_id
WHERE w.slug = %s AND a.provider = 'loopback' AND a.digest IS NOT NULL
"""
LOST = """
SELECT count(*) FROM assets a JOIN workspaces w ON w.id = a.workspace_id WHERE w.slug = %s AND a.lost_at IS NOT NULL
"""
CHARGED_KEYS = """
SELECT count(DISTINCT g.client_ref), count(DISTINCT g.fingerprint) FROM generations g
JOIN workspaces w ON w.id = g.workspace_id WHERE w.slug = %s AND g.provider = 'loopback' AND g.settled_at IS NOT NULL
"""


def kill(*processes: psutil.Process | None) -> None:
    """Without a word."""
    for process in processes:
        assert process is not None
        process.kill()


VICTIMS: dict[str, Sequence[Callable[[Stage], None]]] = {
    "run worker, a process of a step, run worker and code server": (
        lambda stage: kill(eventually(lambda: next(iter(stage.runs()), None))),
        lambda stage: kill(eventually(lambda: next(iter(stage.workers()), None))),
        lambda stage: kill(*stage.runs(), eventually(lambda: stage.up.server("code server"))),
    ),
    "daemon, web server, code server, Postgres": (
        lambda stage: kill(stage.up.server("daemon")),
        lambda stage: kill(eventually(lambda: stage.up.server("web server"))),
        lambda stage: kill(eventually(lambda: stage.up.server("code server"))),
        lambda stage: kill(psutil.Process(eventually(stage.up.postgres_pid))),
    ),
}
"""Who is killed in a backfill: each one when more was charged since the one before."""
MORE = 3


def films(stage: Stage, workspace: str, model: str, count: int) -> list[str]:
    numbers = range(1, count + 1)
    return [stage.film(f"{workspace}/film-{number}", model=model, line=f"Number {number}?") for number in numbers]


def finished(stage: Stage, workspace: str) -> int:
    count: int = stage.rows(FINISHED, workspace)[0][0]
    return count


def charges(stage: Stage, workspace: str) -> list[str]:
    """The keys under which the provider has charged the workspace's generations."""
    of_workspace = {str(key) for (key,) in stage.rows(KEYS, workspace)}
    return [charge["key"] for charge in stage.loopback.charges() if charge["key"] in of_workspace]


def await_charges(stage: Stage, workspace: str, count: int) -> None:
    """Until so much was charged."""
    eventually(lambda: len(charges(stage, workspace)) >= count)


KEYS = """
SELECT g.client_ref FROM generations g JOIN workspaces w ON w.id = g.workspace_id
WHERE w.slug = %s AND g.client_ref IS NOT NULL
"""


def test_a_backfill_is_one_run_a_film_and_the_same_again_pays_nothing(stage: Stage) -> None:
    keys = films(stage, "whole", "0s-0", FEW)

    first = stage.page.backfill(keys)
    status = stage.page.backfill_over(first)
    charged = len(charges(stage, "whole"))
    second = stage.page.backfill_over(stage.page.backfill(keys))

    assert (status, second) == ("COMPLETED_SUCCESS", "COMPLETED_SUCCESS")
    assert len(stage.page.backfill_stands(first)[1]) == FEW
    assert finished(stage, "whole") == FEW
    assert len(charges(stage, "whole")) == charged == len(set(charges(stage, "whole"))) >= FEW * 8


def test_what_films_have_lost_comes_back_by_itself_and_is_paid_no_second_time(stage: Stage) -> None:
    """Through the daemon: a scrub finds it, the sensor asks for runs, the provider has it still."""
    lost = [digest for (digest,) in stage.rows(BOUGHT, "whole")]
    charged = len(charges(stage, "whole"))
    for digest in lost:
        (stage.up.home / "vault" / "sha256" / digest[:2] / digest).unlink()

    scrubbed = stage.page.over(stage.page.launch_job("scrub"))

    assert scrubbed == "FAILURE", "something is lost"
    assert len(lost) >= FEW * 8
    eventually(lambda: stage.rows(LOST, "whole") == [(0,)])
    assert audit(stage.home).rows_without_bytes == []
    assert len(charges(stage, "whole")) == charged


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_in_a_backfill_it_is_finished_afterwards_and_nothing_is_paid_twice(stage: Stage, victim: str) -> None:
    workspace = victim.lower().replace(",", "").replace(" ", "-")[:30]
    keys = films(stage, workspace, "1s-0", FILMS)
    backfill = stage.page.backfill(keys)

    for number, kill_it in enumerate(VICTIMS[victim], start=1):
        await_charges(stage, workspace, number * MORE)
        kill_it(stage)

    tries = 1
    while stage.page.backfill_over(backfill) != "COMPLETED_SUCCESS":
        assert tries < TRIES, stage.page.backfill_stands(backfill)
        backfill, tries = stage.page.backfill_again(backfill), tries + 1
    eventually(lambda: finished(stage, workspace) == FILMS)
    paid = charges(stage, workspace)
    assert len(paid) == len(set(paid)) >= FILMS * 8
    keys_settled, fingerprints = stage.rows(CHARGED_KEYS, workspace)[0]
    assert keys_settled == fingerprints == len(paid)


def test_afterwards_no_row_lacks_its_bytes_and_no_blob_its_row(stage: Stage) -> None:
    found = audit(stage.home)

    assert found.faults == {}
    assert found.assets >= FILMS * len(VICTIMS) * 10
