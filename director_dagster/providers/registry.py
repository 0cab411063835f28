"""Which providers are installed: each is an entry point of the group ``director_dagster.providers``."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import ParamSpec, Protocol, TypeVar

from director_dagster.providers.account import Account
from director_dagster.providers.contract import Provider
from director_dagster.providers.pricing import PriceBook

GROUP = "director_dagster.providers"

P = ParamSpec("P")
R = TypeVar("R")


class Runner(Protocol):
    """Runs a function in a child process that ends when its task is cancelled."""

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns or raises."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the studio lends to a provider when it opens it.

    Attributes:
        runner: Where its CPU work is done.
        prices: What it charges.
        accounts: What the user has set for each provider, by name; `account` gives it.
    """

    runner: Runner
    prices: PriceBook
    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def account(self, provider: str) -> Account:
        """How we are known to `provider`; whether there is a key shows when it is asked for."""
        return Account.of(provider, self.accounts.get(provider))


class Providers(Mapping[str, Provider]):
    """Every installed provider by the name of its entry point, opened when it is first asked for; see `close`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._installed = {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name)}
        self.opened: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if name not in self.opened:
            self.opened[name] = self._installed[name].load()(self._tools)
        return self.opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._installed)

    def __len__(self) -> int:
        return len(self._installed)


async def close(providers: Mapping[str, Provider]) -> None:
    """Close each provider that was opened."""
    for provider in (providers.opened if isinstance(providers, Providers) else providers).values():
        await provider.aclose()
