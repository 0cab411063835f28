"""What one run may spend, besides what the budgets allow: the `max_usd` of its config; and what it buys just now."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
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
    _spent: int = 0

    @classmethod
    def of_usd(cls, usd: float | None) -> "Allowance":
        """An allowance of so many dollars. Raises BadInput for less than nothing."""
        try:
            return cls(to_microusd(usd))
        except BadInput as exc:
            raise BadInput(f"max_usd: {exc}") from exc

    def hold(self, purchase: str, microusd: int) -> bool:
        """Hold the price of a purchase before it is claimed; False where it is held already, as it is tried again.

        Raises BudgetExceeded, then nothing is held.
        """
        if purchase in self._held:
            return False
        held = sum(self._held.values()) + self._spent
        if self.microusd is not None and held + microusd > self.microusd:
            raise BudgetExceeded(
                f"{told(microusd)} is more than what this run's max_usd leaves: {told(self.microusd - held)} "
                f"of {told(self.microusd)}. What is made is kept; more by `director make --max-usd AMOUNT`, or by "
                "max_usd in the run's config, lets the next one go on as far as the budgets do"
            )
        self._held[purchase] = microusd
        return True

    def book(self, purchase: str, microusd: int) -> None:
        """What a held purchase has really cost; of one that another run holds nothing is counted."""
        if self._held.pop(purchase, None) is not None:
            self._spent += microusd


class Buying:
    """What this process is buying just now: who finds no room for a price waits for what the others leave.

    Each holds its highest price until it is settled at what it has cost.
    """

    def __init__(self) -> None:
        self._claiming = self._claimed = self._ended = 0
        self._changed = asyncio.Event()

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """A block that tries to claim a purchase."""
        self._claiming += 1
        try:
            yield
        finally:
            self._claiming -= 1
            self._tell()

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """A block that brings a claimed purchase to its end."""
        self._claimed += 1
        try:
            yield
        finally:
            self._claimed -= 1
            self._ended += 1
            self._tell()

    def spared(self) -> None:
        """What was held to claim a purchase was not needed: others have begun it, or may have paid it."""
        self._ended += 1
        self._tell()

    async def one_ended(self) -> bool:
        """Wait until a purchase comes to its end, or leaves room otherwise; False as soon as there is none to wait
        for."""
        ended = self._ended
        while self._claimed or self._claiming:
            await self._changed.wait()
            if self._ended > ended:
                return True
        return False

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
