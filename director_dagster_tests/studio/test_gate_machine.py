"""The gate, driven by a machine that tries all it can think of, beside a model of what was charged for what."""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, text, update

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Asset, Budget, Generation, GenerationEvent
from director_dagster.errors import BudgetExceeded, DirectorError, Overloaded, PromptRejected, Refused
from director_dagster.media.workers import Workers
from director_dagster.providers.contract import (
    Accepted,
    Ask,
    JobState,
    JobStatus,
    Medium,
    Output,
    Price,
    Request,
    Terms,
)
from director_dagster.studio import sending
from director_dagster.studio.filing import Label
from director_dagster.studio.generate import generate
from director_dagster.studio.order import Order
from director_dagster.studio.resolve import adopt, give_up
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Vault

T = TypeVar("T")

PRICE, COST = 1_000, 700
ROOM_FOR = 7
TERMS = {
    "key": Terms(dedupe="key", key_life_s=float("inf"), retention_s=float("inf")),
    "client_ref": Terms(dedupe="client_ref", listing_lag_s=0.0, retention_s=float("inf")),
    "none": Terms(retention_s=float("inf")),
}
POINTS = ("claimed", "submitting", "submitted", "acknowledged", "fetched", "stored", "settled")
ANSWERS = ("yes", "busy", "refused", "lost", "never arrived", "yes, and the job fails")
WORDS = [f"{mode} {number}" for mode in TERMS for number in range(2)]


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Seller:
    """A provider in this process: it answers as it is told, and says yes when it is told nothing.

    Attributes:
        answers: To the next submissions.
        jobs: What it has charged for: the reference and the words of each job, and whether it fails.
    """

    name: str
    terms: Terms
    answers: list[str] = field(default_factory=list)
    jobs: dict[str, tuple[str, str, bool]] = field(default_factory=dict)

    def plan(self, ask: Ask, model: str | None) -> Request:
        return Request(
            provider=self.name, model="m", model_name="M", operation=ask.operation, prompt=ask.prompt, params={}
        )

    def ready(self) -> None:
        """It always is."""

    def price(self, request: Request) -> Price:
        return Price(microusd=PRICE, quantity=1, unit="text", unit_microusd=PRICE, basis="computed", dated="2026-11-26")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        answer = self.answers.pop(0) if self.answers else "yes"
        known = await self.find(client_ref) if self.name == "key" else None
        if answer == "busy":
            raise Overloaded("busy")
        if answer == "refused" and known is None:
            raise PromptRejected("no", microusd=0)
        if answer == "never arrived":
            raise ConnectionResetError("it never arrived")
        job = known or f"{self.name}-{len(self.jobs)}-{client_ref}"
        self.jobs.setdefault(job, (client_ref, request.prompt, answer.endswith("fails")))
        if answer == "lost":
            raise ConnectionResetError("the answer was lost")
        return Accepted(job_id=job)

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        if self.jobs[job_id][2]:
            return JobStatus(state=JobState.FAILED, reason="a bad day", microusd=COST)
        return JobStatus(state=JobState.DONE)

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        into.write_text(f"{request.prompt} {job_id}")
        return Output(media_type="text/plain", details={}, microusd=COST)

    async def find(self, client_ref: str) -> str | None:
        return next((job for job, (ref, *_) in self.jobs.items() if ref == client_ref), None)

    async def cancel(self, request: Request, job_id: str) -> None:
        """What is charged is charged."""

    async def aclose(self) -> None:
        """Nothing to let go of."""


class Inline(Workers):
    """Looks at words in this process."""

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return function(*args, **kwargs)

    def warm(self, function: Callable[..., object]) -> None:
        """It is."""


class Death(logging.Handler):
    """Kills the process at a point."""

    def __init__(self) -> None:
        super().__init__()
        self.point: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.point is not None and getattr(record, "point", None) == self.point:
            self.point = None
            raise Killed


class Gate(RuleBasedStateMachine):
    """Buys pieces of one film, of providers of every kind."""

    url: ClassVar[str]
    numbers: "ClassVar[count[int]]" = count()

    @initialize()
    def open(self) -> None:
        """A film with room for ROOM_FOR pieces."""
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.sellers = {mode: Seller(mode, terms) for mode, terms in TERMS.items()}
        self.death = Death()
        log = logging.getLogger("director_dagster.studio.order")
        log.setLevel(logging.DEBUG)
        log.addHandler(self.death)
        self.start()
        self.run(self.commission(f"film-{next(self.numbers)}"))

    def start(self) -> None:
        """A new process."""
        home = Path(self.folder.name)
        self.studio = Studio(
            catalog=open_catalog(self.url), vault=Vault(home / "vault"), workers=Inline(1),
            providers=self.sellers, home=home,
        )  # fmt: skip

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def commission(self, name: str) -> None:
        async with self.studio.catalog.session() as db:
            workspace = await films.workspace(db, name)
            film = await films.upsert(db, workspace_id=workspace.id, slug=name, title=name, settings={})
            for of in (None, film.id):
                await budgets.set_limit(db, workspace_id=workspace.id, film_id=of, limit_microusd=ROOM_FOR * PRICE)
            self.workspace_id, self.film_id = workspace.id, film.id

    @rule(
        words=st.sampled_from(WORDS),
        answers=st.lists(st.sampled_from(ANSWERS), max_size=3),
        dies=st.none() | st.sampled_from(POINTS),
    )
    def make(self, words: str, answers: list[str], dies: str | None) -> None:
        """Somebody wants a piece; the provider answers so, and the process may die on the way."""
        seller = self.sellers[words.split()[0]]
        before, had = len(seller.jobs), self.run(self.has(words))
        seller.answers, self.death.point = list(answers), dies
        try:
            self.run(generate(self.studio, self.order(words)))
        except DirectorError:
            pass
        except Killed:
            self.run(self.studio.aclose())
            self.start()
        finally:
            seller.answers, self.death.point = [], None
        if had:
            assert len(seller.jobs) == before, "bought what is owned"

    @rule()
    def time_passes(self) -> None:
        """Leases end, and who asked to be left alone has been."""
        over = text("now() - interval '1 s'")
        self.run(self.write(update(Generation).values(lease_until=over, not_before=None)))

    @rule(found=st.booleans())
    def a_person_decides(self, found: bool) -> None:  # noqa: FBT001 (hypothesis calls it by name)
        """Somebody looks at the provider's own page, and says what is true."""
        for generation in self.run(self.generations("unknown")):
            seller = self.sellers[generation.provider]
            job = self.run(seller.find(str(generation.client_ref)))
            self.run(self.decide(generation.id, job, adopting=found))

    async def decide(self, generation_id: UUID, job: str | None, *, adopting: bool) -> None:
        async with self.studio.catalog.session() as db:
            if job is not None and adopting:
                await adopt(db, self.workspace_id, generation_id, job=job)
            else:
                cost = COST if job else 0
                await give_up(self.studio.vault, db, self.workspace_id, generation_id, cost_microusd=cost)

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        """What is charged again had ended badly, and each of our references was charged once."""
        ended = {
            str(each.client_ref): each.state
            for each in self.run(self.generations("failed", "refused", "cancelled", "output_expired"))
        }
        for seller in self.sellers.values():
            refs = [ref for ref, *_ in seller.jobs.values()]
            assert len(refs) == len(set(refs))
            for words in WORDS:
                live = [ref for ref, of, _ in seller.jobs.values() if of == words and ref not in ended]
                assert len(live) <= 1

    @invariant()
    def the_books_are_right(self) -> None:
        """Never more than the budget; what is held, spent and journalled agree; every charge is booked, or flagged."""
        self.run(self.check_books())

    async def check_books(self) -> None:
        async with self.studio.catalog.session() as db:
            ours = Generation.workspace_id == self.workspace_id
            rows = (await db.scalars(select(Generation).where(ours))).all()
            journal = await db.scalar(
                select(func.coalesce(func.sum(GenerationEvent.delta_microusd), 0))
                .where(GenerationEvent.workspace_id == self.workspace_id)
            )  # fmt: skip
            found = (await db.scalars(select(Budget).where(Budget.workspace_id == self.workspace_id))).all()
            bytes_ = (await db.scalars(select(Asset.digest).where(Asset.workspace_id == self.workspace_id))).all()
        charged = sum(len(seller.jobs) for seller in self.sellers.values()) * COST
        for budget in found:
            assert budget.reserved_microusd + budget.spent_microusd == journal
            assert budget.overrun_microusd == 0
            assert charged <= ROOM_FOR * PRICE
        booked = sum(row.cost_microusd or 0 for row in rows) + sum(row.reserved_microusd for row in rows)
        assert charged <= booked, "a charge that nobody knows of"
        assert all(self.studio.vault.locate(digest).is_file() for digest in bytes_ if digest)

    def teardown(self) -> None:
        """When nothing goes wrong any more, every piece that there is room for is there, and paid once."""
        self.time_passes()
        self.a_person_decides(found=True)
        for words in WORDS:
            try:
                self.run(generate(self.studio, self.order(words)))
            except (BudgetExceeded, Refused):
                continue
            assert self.run(self.has(words))
        self.nothing_is_paid_twice()
        self.the_books_are_right()
        self.run(self.studio.aclose())
        logging.getLogger("director_dagster.studio.order").removeHandler(self.death)
        self.loop.close()
        self.folder.cleanup()

    def order(self, words: str) -> Order:
        provider = self.sellers[words.split()[0]]
        ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=words, params={})
        return Order(
            provider=provider,
            request=provider.plan(ask, None),
            label=Label(
                workspace_id=self.workspace_id, type="text", kind="other", name=words, prompt=words,
                film_id=self.film_id,
            ),
            places=[Place(name=words, kind="other", film_id=self.film_id)],
            basis={"picture": words},
        )  # fmt: skip

    async def has(self, words: str) -> bool:
        async with self.studio.catalog.session() as db:
            of = (Asset.workspace_id == self.workspace_id, Asset.name == words, Asset.url.is_not(None))
            return bool(await db.scalar(select(func.count()).select_from(Asset).where(*of)))

    async def generations(self, *states: str) -> list[Generation]:
        async with self.studio.catalog.session() as db:
            of = (Generation.workspace_id == self.workspace_id, Generation.state.in_(states))
            return list(await db.scalars(select(Generation).where(*of)))

    async def write(self, statement: Any) -> None:
        async with self.studio.catalog.session() as db:
            await db.execute(statement.where(Generation.workspace_id == self.workspace_id))


@pytest.mark.slow
def test_whatever_happens_in_whatever_order(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AGAIN_S", 0.0)
    machine = type("Gate", (Gate,), {"url": database_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
