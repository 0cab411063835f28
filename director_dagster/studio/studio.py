"""The studio: a catalog, a vault and providers, opened together and closed together."""

import asyncio
from asyncio import Semaphore
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.senders import Sender
from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.media.workers import Workers
from director_dagster.providers import registry
from director_dagster.providers.account import Account
from director_dagster.providers.contract import Provider
from director_dagster.providers.pricing import PriceBook
from director_dagster.providers.registry import Providers, Tools
from director_dagster.story.crew import spell_out
from director_dagster.story.rights import Rights
from director_dagster.story.wishes import Wishes
from director_dagster.studio import filing
from director_dagster.studio.allowance import Allowance, Buying
from director_dagster.studio.desk import Desk
from director_dagster.studio.filing import Filed
from director_dagster.studio.terms import read_terms
from director_dagster.vault.replica import Replica
from director_dagster.vault.store import Vault

FILING = "filing"
"""The lock of those who file bytes; who purges holds it alone for a moment."""


@dataclass(frozen=True, kw_only=True)
class Studio:
    """What every verb works with.

    Attributes:
        catalog: The rows.
        vault: The bytes.
        replicas: Further stores of the same bytes.
        min_copies: In how many stores each blob is to lie, the vault counted.
        workers: Child processes for CPU work; as many pieces are made at once as it has.
        providers: By name.
        home: The folder that holds the vault; finished films are laid out beside it.
        crew: Who makes what in this run, instead of whom the films name.
        finals: Whose pieces `crew` makes even where others are: shots, scenes or all (`studio.finals`).
        max_usd: What this run may spend, in dollars; None is no limit but the budgets.
        finish_only: Whether this run buys nothing that was not sent before.
        repair_only: Whether this run pays for nothing that was not paid for before and is lost.
        keep_stale: Whether this run leaves what films have as it is, current or not, unless it is told of it.
        accounts: By which key each provider knows us, as a digest of it.
        rights: What may be done with what each provider makes, where the user has said what its terms are.
        sender: What this process is sending.
        buying: What this process is buying just now.
        making: Fingerprints of what this process makes right now.
        at_work: Tasks that work on a step; to be cancelled when the run is.
    """

    catalog: Catalog
    vault: Vault
    workers: Workers
    providers: Mapping[str, Provider]
    home: Path
    crew: Mapping[str, str] = field(default_factory=dict)
    finals: Sequence[str] = ()
    max_usd: float | None = None
    finish_only: bool = False
    repair_only: bool = False
    keep_stale: bool = False
    accounts: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, Rights] = field(default_factory=dict)
    replicas: Sequence[Replica] = ()
    min_copies: int = 1
    sender: Sender = field(default_factory=Sender)
    buying: Buying = field(default_factory=Buying)
    making: set[str] = field(default_factory=set)
    at_work: set["asyncio.Task[Any]"] = field(default_factory=set)
    _rooms: dict[str, Semaphore] = field(default_factory=dict)

    def for_run(self, wishes: Wishes) -> "Studio":
        """The same studio, as a run that is told these wishes has it. Raises BadInput for a crew that is none."""
        return replace(
            self,
            crew=spell_out(wishes.crew),
            finals=tuple(wishes.finals),
            repair_only=wishes.recover,
            keep_stale=wishes.keep_stale or wishes.recover,
        )

    @cached_property
    def allowance(self) -> Allowance:
        """What this run may still spend. Raises BadInput when `max_usd` is no amount."""
        return Allowance.of_usd(self.max_usd)

    @cached_property
    def desk(self) -> Desk:
        """Where the gate has things written down."""
        return Desk(self.catalog, self.vault, self.sender)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Count the task that calls this among those at work, until the block is over."""
        task = asyncio.current_task()
        tasks = set() if task is None else {task}
        self.at_work.update(tasks)
        try:
            yield
        finally:
            self.at_work.difference_update(tasks)

    def room(self, provider: Provider) -> Semaphore:
        """What to hold while `provider` makes a piece: it lets in as many as that provider takes at once.

        For one that works in our own processes that is twice their number: while one piece is written down, the
        process that made it has the next.
        """
        return self._rooms.setdefault(provider.name, Semaphore(provider.terms.at_once or 2 * self.workers.count))

    async def file(self, source: bytes | Path, media_type: str) -> Filed:
        """File and record bytes and their thumbnail; the same bytes again change nothing. Raises as `filing.put`."""
        if isinstance(source, Path):
            return await self._file(source, media_type)
        staged = self.vault.staging(str(new_id()))
        try:
            await self.vault.stage(staged, source)
            return await self._file(staged, media_type)
        finally:
            staged.unlink(missing_ok=True)

    def filing(self) -> AbstractAsyncContextManager[None]:
        """A block in which nothing is purged: what is filed in it is there when its row is saved in it.

        A row that is saved outside finds its bytes there, or is refused (NotInVault).
        """
        return self.catalog.lock(FILING, shared=True)

    async def _file(self, source: Path, media_type: str) -> Filed:
        putting = await filing.put(self.vault, self.workers, source, media_type)
        async with self.catalog.session() as db:
            await filing.record(self.vault, db, [putting])
        return putting.filed

    async def aclose(self) -> None:
        """Stop what still works and let go of everything; a second call does nothing."""
        await registry.close(self.providers)
        self.workers.close()
        await self.catalog.aclose()
        await self.sender.aclose()


def open_studio(
    *,
    database_url: str,
    home: Path,
    accounts: Mapping[str, Mapping[str, str]] | None = None,
    crew: Mapping[str, str] | None = None,
    finals: Sequence[str] = (),
    max_usd: float | None = None,
    finish_only: bool = False,
    repair_only: bool = False,
    keep_stale: bool = False,
    replicas: Sequence[str] = (),
    min_copies: int = 1,
    actor: Actor | None = None,
) -> Studio:
    """A studio on a migrated database and the vault under `home`, for `actor` to work with (None: the studio itself);
    nothing is connected or started yet.

    Raises BadInput for a user's own prices or terms that cannot be read, and for a replica that is no store's name.
    """
    workers = Workers()
    prices = PriceBook.open(home, datetime.now(UTC).date())
    return Studio(
        catalog=open_catalog(database_url, actor=actor),
        vault=Vault(home / "vault"),
        workers=workers,
        providers=Providers(Tools(runner=workers, prices=prices, accounts=accounts or {})),
        home=home,
        crew=dict(crew or {}),
        finals=tuple(finals),
        max_usd=max_usd,
        finish_only=finish_only,
        repair_only=repair_only,
        keep_stale=keep_stale,
        replicas=[Replica.of(said) for said in replicas],
        min_copies=min_copies,
        rights=read_terms(home),
        accounts={name: Account.of(name, values).mark for name, values in (accounts or {}).items()},
    )
