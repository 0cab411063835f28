"""The gate under torture: nothing paid twice, no budget crossed, nothing paid lost; and what is broken is found out."""

from pathlib import Path

import pytest

from director_dagster_tests.torture.harness import POINTS, Torment, torture
from director_dagster_tests.torture.mutants import MUTANTS

pytestmark = pytest.mark.slow

SEED = 20261126


def test_two_hundred_kills_pay_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    report = torture(Torment(kills=200, at_each=10, sleeps=5, crashes=6, seed=SEED), tmp_path)

    assert report.faults == {}
    assert report.kills >= 200
    assert report.crashes == 6
    assert min(report.at_points[point] for point in (*POINTS, "asleep")) >= 5
    assert report.charges > 100


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_rule_of_the_gate_is_needed(mutant: str, tmp_path: Path) -> None:
    report = torture(Torment(kills=150, seed=SEED, mutant=mutant), tmp_path)

    assert report.faults.keys() - {"bugs"}, "the harness is blind for this"
