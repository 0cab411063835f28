"""`python -m director_dagster_tests.torture --kills 1000`: torture the gate, and its broken variants, and tell."""

import argparse
import sys
import tempfile
from pathlib import Path

from director_dagster_tests.torture.harness import Report, Torment, torture
from director_dagster_tests.torture.mutants import MUTANTS

AT_EACH, SLEEPS, CRASHES = 10, 10, 6
MUTANT_KILLS = 150


def main() -> int:
    """Each run is a line of JSON on stdout; 1 when the gate has a fault, or a broken variant seems to have none."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--mutants", nargs="*", choices=[*MUTANTS, "all"], default=[])
    asked = options.parse_args()
    torments = [
        Torment(kills=asked.kills, at_each=AT_EACH, sleeps=SLEEPS, crashes=CRASHES, seed=asked.seed),
        *(Torment(kills=MUTANT_KILLS, seed=asked.seed, mutant=name) for name in _named(asked.mutants)),
    ]
    return max(_told(torment) for torment in torments)


def _named(mutants: list[str]) -> list[str]:
    return list(MUTANTS) if "all" in mutants else mutants


def _told(torment: Torment) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report: Report = torture(torment, Path(folder))
    sys.stdout.write(f"{torment.mutant or 'the gate'}: {report.told()}\n")
    sys.stdout.flush()
    return int(bool(report.faults) == (torment.mutant is None))


if __name__ == "__main__":
    sys.exit(main())
