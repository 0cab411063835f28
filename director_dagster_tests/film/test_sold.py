"""Films of Kling, Runway, MiniMax and Google, against the simulator: right costs, and what got lost is found again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.buying import Buying, buying
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import simulated

pytestmark = pytest.mark.slow

COSTS = """
SELECT provider, sum(cost_microusd)::bigint FROM assets
WHERE provider IN ('google', 'kling', 'minimax', 'runway') GROUP BY provider
"""
DOUBTS = "SELECT count(*) FROM generation_events WHERE what = 'doubtful'"
CREWS = {
    "gate": {"video": "kling", "speech": "google"},
    "well": {"image": "runway", "video": "runway", "speech": "minimax"},
    "rope": {"video": "minimax"},
}
"""Which crew makes the film of what."""


@pytest.fixture(scope="module")
def market(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buying]:
    with simulated(tmp_path_factory.mktemp("simulator")) as there:
        yield buying(home, there, CREWS["gate"])


def charged(market: Buying) -> dict[str, int]:
    """What each provider has sold, in micro-dollars."""
    sums: dict[str, int] = {}
    for charge in market.there.charges():
        sums[charge["provider"]] = sums.get(charge["provider"], 0) + charge["microusd"]
    return sums


@pytest.mark.parametrize("thing", CREWS)
def test_a_film_of_each_costs_what_was_charged_and_no_more_than_was_estimated(
    thing: str, market: Buying, tmp_path: Path
) -> None:
    before, doubts = charged(market), market.home.rows(DOUBTS)[0][0]
    page = replace(market, crew=CREWS[thing]).page(thing, tmp_path)
    estimated = market.home.data("estimate", "--film", f"a-{thing}")[-1]["high_microusd"]
    finds = CREWS[thing]["video"] == "kling"
    if finds:
        market.there.spoil("lose", provider="kling")

    done = market.home.run("make", str(page), "--yes", "--json")

    assert done.returncode == 0, done.stderr
    now, booked = charged(market), dict(market.home.rows(COSTS))
    spent = sum(now.values()) - sum(before.values())
    assert 0 < spent <= estimated
    sales = len(market.there.charges())
    assert {name: 0 <= booked[name] - cost <= sales for name, cost in now.items()} == dict.fromkeys(now, True)
    assert market.home.rows(DOUBTS)[0][0] - doubts == (1 if finds else 0), "what was lost is looked up"
    assert audit(market.home).faults == {}
