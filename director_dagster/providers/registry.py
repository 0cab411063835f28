"""Which providers are installed: each is an entry point of the group ``director_dagster.providers``."""

from collections.abc import Callable, Mapping
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


def open_providers(tools: Tools) -> Mapping[str, Provider]:
    """Every installed provider by name, opened; whoever opens them closes them with `aclose`."""
    opened = (entry.load()(tools) for entry in entry_points(group=GROUP))
    return {provider.name: provider for provider in sorted(opened, key=lambda each: each.name)}
