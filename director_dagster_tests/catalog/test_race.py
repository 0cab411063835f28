"""Eight processes race for what is left of a budget: none crosses it, and what is left is too little for any."""

import subprocess
import sys

import psycopg
import pytest

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import Catalog
from director_dagster_tests.catalog import buyer
from director_dagster_tests.catalog.rows import a_film

pytestmark = pytest.mark.slow

PROCESSES = 8
WORKSPACE_MICROUSD, FILM_MICROUSD = 2_000_000, 1_250_000
BUDGETS = "SELECT limit_microusd, reserved_microusd + spent_microusd FROM budgets ORDER BY film_id NULLS FIRST"
MOVED = """
SELECT coalesce(max(total), 0), coalesce(sum(delta_microusd), 0)
FROM (SELECT delta_microusd, sum(delta_microusd) OVER (ORDER BY id) AS total FROM generation_events) AS moves
"""
LET = "SELECT count(*) FROM generations"


@pytest.fixture
async def rich(catalog: Catalog) -> None:
    """A workspace of two films, each of which may spend more than half of what the workspace may."""
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        await budgets.set_limit(db, workspace_id=acme.id, film_id=None, limit_microusd=WORKSPACE_MICROUSD)
        for number in range(2):
            film = await a_film(db, acme, f"film-{number}")
            await budgets.set_limit(db, workspace_id=acme.id, film_id=film.id, limit_microusd=FILM_MICROUSD)


def test_processes_that_race_never_cross_a_budget_and_use_it_up(rich: None, database_url: str) -> None:
    command = [sys.executable, "-m", buyer.__name__, database_url]
    racing = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(PROCESSES)
    ]
    ready = [process.stdout.readline() for process in racing if process.stdout is not None]
    for process in racing:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    let = [int(process.communicate()[0]) for process in racing]

    assert ready == ["ready\n"] * PROCESSES
    with psycopg.connect(database_url) as connection:
        limits = connection.execute(BUDGETS).fetchall()
        (highest, moved) = connection.execute(MOVED).fetchone() or (0, 0)
        assert connection.execute(LET).fetchall() == [(sum(let),)]
    assert [used <= limit for limit, used in limits] == [True] * 3
    assert highest <= WORKSPACE_MICROUSD
    assert moved == limits[0][1] == limits[1][1] + limits[2][1]
    assert WORKSPACE_MICROUSD - moved < buyer.PRICE_MICROUSD, "what is left is too little for one more"
    assert PROCESSES * buyer.TRIES > sum(let) >= WORKSPACE_MICROUSD // buyer.PRICE_MICROUSD
