"""An estimate says beforehand what making the film then does, and leaves no trace."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from director_dagster.errors import BadInput
from director_dagster.story.film import parse_film_key
from director_dagster.studio.estimate import STEPS, estimate
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.studio import open_studio
from director_dagster_tests.film.conftest import Home

pytestmark = pytest.mark.slow

SCREENPLAY = Path(__file__).with_name("short.fountain")
PARTITIONS = "SELECT partition FROM dynamic_partitions WHERE partitions_def_name = 'films'"
TRACES = """
SELECT (SELECT count(*) FROM assets), (SELECT count(*) FROM takes), (SELECT count(*) FROM characters),
    (SELECT count(*) FROM shots), (SELECT count(*) FROM generations), (SELECT count(*) FROM blobs)
"""


def estimated(home: Home, film: str, wanted: Mapping[str, Mapping[str, int]] | None = None) -> list[Report]:
    async def told() -> list[Report]:
        studio = open_studio(database_url=home.database_url, home=home.path)
        try:
            return list(await estimate(studio, parse_film_key(film), wanted=wanted))
        finally:
            await studio.aclose()

    return asyncio.run(told())


def counted(reports: list[Report]) -> dict[str, tuple[int, int, int]]:
    return {
        report.step: (report.count(Outcome.GENERATED), report.count(Outcome.KEPT), report.count(Outcome.REUSED))
        for report in reports
    }


def test_it_is_what_making_then_does(home: Home) -> None:
    added = home.data("film", "add", str(SCREENPLAY))
    before = home.rows(TRACES)
    told = estimated(home, "home/short")
    after = home.rows(TRACES)

    made = home.data("make", str(SCREENPLAY))[0]

    assert added == [{"film": "home/short"}]
    assert home.rows(PARTITIONS) == [("home/short",)]
    assert before == after
    assert list(counted(told)) == list(STEPS)
    assert counted(told) == {
        name: (step["generated"], step["kept"], step["reused"]) for name, step in made["steps"].items()
    }
    assert {report.cost_usd for report in told} == {0}


def test_of_a_film_that_is_there_it_keeps_everything_but_the_takes_that_are_wanted(home: Home) -> None:
    told = counted(estimated(home, "home/short", {"shots": {"sh010": 3}}))

    assert told["shots"] == (2, 4, 0)
    assert told["film"] == (5, 2, 0), "another take of a shot is another cut"
    assert {made for name, (made, _, _) in told.items() if name not in {"shots", "film"}} == {0}


def test_of_an_idea_it_tells_the_script_and_no_more(home: Home) -> None:
    home.data("film", "add", "--idea", "a fox finds a key in the snow", "--film", "fox")

    told = counted(estimated(home, "home/fox"))

    assert told == {"script": (1, 0, 0)}


def test_takes_of_a_step_that_is_none_are_refused(home: Home) -> None:
    with pytest.raises(BadInput, match="there is no step 'nosuch'"):
        estimated(home, "home/short", {"nosuch": {"sh010": 3}})
