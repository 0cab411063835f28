"""A worker of the torture: makes films until all are finished, and dies or falls asleep where the dice say so."""

import asyncio
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from director_dagster.catalog.queries import films
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.session import open_catalog
from director_dagster.errors import BudgetExceeded, DatabaseUnavailable, DirectorError, JobFailed, NeedsPerson
from director_dagster.media.workers import Workers
from director_dagster.providers.contract import Ask, Medium, Provider
from director_dagster.studio import claiming, delivery, desk, sending
from director_dagster.studio.filing import Label
from director_dagster.studio.generate import generate
from director_dagster.studio.order import Order
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Vault
from director_dagster_tests.torture.mutants import MUTANTS
from director_dagster_tests.torture.plan import WORKSPACE, Piece, pieces_of
from director_dagster_tests.torture.provider import MODES, Torturer

P = ParamSpec("P")
R = TypeVar("R")

LEASE_S, RENEW_S = 1.0, 0.3
AGAIN_S = 0.1
ENDS = (BudgetExceeded, NeedsPerson, JobFailed)
"""How a piece may end without being made."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a worker is told.

    Attributes:
        database_url: Where the ledger is.
        provider_url: Where the provider listens.
        folder: Of all the workers: the vault, and the file ``points`` with those at which one died.
        films: What there is to make.
        seed: Of its dice.
        end: At which point of the gate it dies, and the how-manieth time that it gets there; None: at none.
        asleep: Whether it falls asleep at that point instead, until it is woken.
        mutant: Which broken variant of the gate it works with; None is the gate as it is.
    """

    database_url: str
    provider_url: str
    folder: Path
    films: Sequence[str]
    seed: int
    end: tuple[str, int] | None = None
    asleep: bool = False
    mutant: str | None = None


class Inline(Workers):
    """Does CPU work in this very process: words are quickly looked at, and a process that dies has no children."""

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    def warm(self, function: Callable[..., object]) -> None:
        """It is."""


class Fate(logging.Handler):
    """What happens to a worker at the points that the gate comes to; told in the file ``points`` before it does."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work, self._come_to = work, Counter[str]()

    def emit(self, record: logging.LogRecord) -> None:
        point = getattr(record, "point", "")
        self._come_to[point] += 1
        if (point, self._come_to[point]) != self._work.end:
            return
        with (self._work.folder / "points").open("a") as file:
            file.write("asleep\n" if self._work.asleep else f"{point}\n")
        os.kill(os.getpid(), signal.SIGSTOP if self._work.asleep else signal.SIGKILL)


def main(work: Work) -> None:
    """Make all films, or die."""
    desk.LEASE_S, claiming.RENEW_S = LEASE_S, RENEW_S
    for module, names in ((delivery, ("AGAIN_S",)), (sending, ("AGAIN_S", "SEAT_S"))):
        for name in names:
            setattr(module, name, AGAIN_S)
    if work.mutant is not None:
        MUTANTS[work.mutant].apply()
    log = logging.getLogger("director_dagster.studio.order")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(Fate(work))
    asyncio.run(_work(work))


async def _work(work: Work) -> None:
    providers: dict[str, Provider] = {mode: Torturer(work.provider_url, mode) for mode in MODES}
    studio = Studio(
        catalog=open_catalog(work.database_url),
        vault=Vault(work.folder / "vault"),
        workers=Inline(1),
        providers=providers,
        home=work.folder,
    )
    left, dice = list(work.films), random.Random(work.seed)
    while left:
        film = dice.choice(left)
        try:
            if await _make(studio, film):
                left.remove(film)
        except DatabaseUnavailable:
            await asyncio.sleep(AGAIN_S)
    await studio.aclose()


async def _make(studio: Studio, film: str) -> bool:
    """Make the film's pieces as a step does; whether each is made, or has ended."""
    async with studio.catalog.session() as db:
        workspace = await films.workspace(db, WORKSPACE)
        row = await films.find(db, WORKSPACE, film)
    assert row is not None

    def order(piece: Piece) -> Order:
        provider = studio.providers[piece.mode]
        ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=piece.words, params={})
        label = Label(
            workspace_id=workspace.id, type="text", kind="other", name=piece.words, prompt=piece.words, film_id=row.id
        )
        return Order(
            provider=provider,
            request=provider.plan(ask, None),
            label=label,
            places=[Place(name=piece.words, kind="other", film_id=row.id)],
            basis={"picture": piece.words},
        )

    async def one(piece: Piece) -> bool:
        try:
            await generate(studio, order(piece))
        except ENDS:
            return True
        except DirectorError:
            return False
        return True

    async with studio.catalog.lock(f"{WORKSPACE}/{film}:torture"), asyncio.TaskGroup() as group:
        made = [group.create_task(one(piece)) for piece in pieces_of(film)]
    return all(task.result() for task in made)
