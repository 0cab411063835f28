"""Which providers are installed: each is an entry point of the group ``director_dagster.providers``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import ParamSpec, Protocol, TypeVar

from director_dagster.providers.contract import Provider

GROUP = "director_dagster.providers"

P = ParamSpec("P")
R = TypeVar("R")


class Runner(Protocol):
    """Runs a function in a child process that ends when its task is cancelled."""

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns or raises."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the studio lends to a provider when it opens it."""

    runner: Runner


def open_providers(tools: Tools) -> Mapping[str, Provider]:
    """Every installed provider by name, opened; whoever opens them closes them with `aclose`."""
    opened = (entry.load()(tools) for entry in entry_points(group=GROUP))
    return {provider.name: provider for provider in sorted(opened, key=lambda each: each.name)}
