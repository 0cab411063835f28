"""A short film whose crew is bought, with money to spend, in a home with accounts at the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from director_dagster.simulator.app import PATHS
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import Simulated

PAGE = """Title: A Door

INT. ROOM - NIGHT

ANNA (30s, red scarf) looks at a door.

ANNA
Who is there?

The door opens.
"""
BUDGET_USD = 20


@dataclass(frozen=True)
class Buying:
    """Who buys, from whom, for which crew."""

    home: Home
    there: Simulated
    crew: Mapping[str, str]

    @property
    def charged(self) -> int:
        """What the simulator has sold, in micro-dollars."""
        return sum(charge["microusd"] for charge in self.there.charges())

    def page(self, thing: str, folder: Path, *, settings: str = "") -> Path:
        """A screenplay about another thing than a door, with more settings of its film, commissioned, with a budget."""
        page = folder / f"a-{thing}.fountain"
        page.write_text(PAGE.replace("door", thing).replace("Door", thing.capitalize()))
        crew = "\n".join(f'{medium} = "{maker}"' for medium, maker in self.crew.items())
        (folder / "film.toml").write_text(f'format = "1:1"\n{settings}\n[crew]\n{crew}\n')
        self.home.data("estimate", str(page))
        self.home.data("budget", "set", str(BUDGET_USD), "--film", f"a-{thing}")
        return page


def buying(home: Home, there: Simulated, crew: Mapping[str, str]) -> Buying:
    """The home with its accounts and a budget."""
    assert {maker.partition(":")[0] for maker in crew.values()} <= set(PATHS)
    home = replace(home, more=there.variables)
    home.data("budget", "set", str(BUDGET_USD))
    return Buying(home, there, crew)
