"""What one run may spend, besides what the budgets allow: the `max_usd` of its config."""

from dataclasses import dataclass, field

from director_dagster.catalog.money import to_microusd, told
from director_dagster.errors import BadInput, BudgetExceeded


@dataclass
class Allowance:
    """Counts what a run holds for its purchases and what they cost; `microusd` None is no limit but the budgets.

    A run is one process, so this needs no table. A run that goes on with what another has claimed holds nothing for
    it.
    """

    microusd: int | None = None
    _held: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of_usd(cls, usd: float | None) -> "Allowance":
        """An allowance of so many dollars. Raises BadInput for less than nothing."""
        try:
            return cls(to_microusd(usd))
        except BadInput as exc:
            raise BadInput(f"max_usd: {exc}") from exc

    def hold(self, purchase: str, microusd: int) -> None:
        """Hold the price of a purchase before it is claimed. Raises BudgetExceeded, then nothing is held."""
        held = sum(self._held.values())
        if self.microusd is not None and held + microusd > self.microusd:
            raise BudgetExceeded(
                f"{told(microusd)} is more than what this run's max_usd leaves: {told(self.microusd - held)} "
                f"of {told(self.microusd)}. What is made is kept; `director make --max-usd AMOUNT`, or max_usd in the "
                "run's config, lets the next one go on"
            )
        self._held[purchase] = microusd

    def book(self, purchase: str, microusd: int) -> None:
        """What a held purchase has really cost; of one that another run holds nothing is counted."""
        if purchase in self._held:
            self._held[purchase] = microusd
