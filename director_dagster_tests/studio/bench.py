"""A provider on the test bench: it sells short texts and notes every submission where no crash can lose it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.session import open_catalog
from director_dagster.errors import OutputExpired
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
from director_dagster.studio.filing import Label
from director_dagster.studio.order import Order
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Vault

KNOWS_KEYS = Terms(dedupe="key", key_life_s=float("inf"), retention_s=float("inf"))


@dataclass
class Bench:
    """Sells the words it is asked for.

    Attributes:
        charges: A file with a line for each submission: our reference.
        terms: As a test wants them.
        on_ready: Called when it is asked whether it can be sent anything; raises what is missing.
        on_submit: Called after a submission was noted; raises what the wire would.
        on_poll: Called at each poll, as `on_submit`.
        on_fetch: Called with the file of each output that was fetched.
        status: What a poll says.
        price_microusd: What each text costs.
        lists: Whether its list has what it was sent.
        answer_s: How long it takes to answer a submission that it has charged.
        cost_microusd: What it reports that it has charged; None: it does not say.
        gone_times: How often it says that a text is gone.
        at_once: Whether the text comes with the answer to the submission, and never again.
        answers: What it sells instead of the words that it is asked for; empty: those.
    """

    charges: Path
    terms: Terms = field(default_factory=lambda: KNOWS_KEYS)
    name: str = "bench"
    price_microusd: int = 0
    cost_microusd: int | None = None
    gone_times: int = 0
    at_once: bool = False
    lists: bool = True
    answer_s: float = 0.0
    answers: str = ""
    on_ready: Callable[[], None] = lambda: None
    on_submit: Callable[[], None] = lambda: None
    on_poll: Callable[[], None] = lambda: None
    on_fetch: Callable[[Path], object] = Path.exists
    status: JobStatus = field(default_factory=lambda: JobStatus(state=JobState.DONE))

    @property
    def charged(self) -> list[str]:
        """Our references of all submissions, in order."""
        return self.charges.read_text().split() if self.charges.exists() else []

    def plan(self, ask: Ask, model: str | None) -> Request:
        return Request(
            provider=self.name,
            model=model or "words-1",
            model_name="Words 1",
            operation=ask.operation,
            prompt=ask.prompt,
            params=ask.params,
            inputs=tuple(ask.inputs),
            seed=ask.seed,
        )

    def ready(self) -> None:
        self.on_ready()

    def price(self, request: Request) -> Price:
        price = self.price_microusd
        return Price(microusd=price, quantity=1, unit="text", unit_microusd=price, basis="computed", dated="2026-11-23")

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        with self.charges.open("a") as charges:
            charges.write(f"{client_ref}\n")
        self.on_submit()
        await asyncio.sleep(self.answer_s)
        output = await self.fetch(request, "", into) if self.at_once else None
        return Accepted(job_id=f"job-{client_ref}", output=output)

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        self.on_poll()
        return self.status

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        if self.gone_times:
            self.gone_times -= 1
            raise OutputExpired("the text is gone")
        into.write_text(self.answers or request.prompt)
        self.on_fetch(into)
        return Output(media_type="text/plain", details={"letters": len(request.prompt)}, microusd=self.cost_microusd)

    async def find(self, client_ref: str) -> str | None:
        return f"job-{client_ref}" if self.lists and client_ref in self.charged else None

    async def cancel(self, request: Request, job_id: str) -> None:
        """Nothing to stop."""

    async def aclose(self) -> None:
        """Nothing to let go of."""


def open_bench(database_url: str, home: Path) -> tuple[Studio, Bench]:
    """A studio whose only provider is a bench."""
    bench = Bench(charges=home / "charges")
    home.mkdir(exist_ok=True)
    studio = Studio(
        catalog=open_catalog(database_url),
        vault=Vault(home / "vault"),
        workers=Workers(1),
        providers={bench.name: bench},
        home=home,
    )
    return studio, bench


async def film_row(db: AsyncSession, slug: str = "a-film") -> tuple[UUID, UUID]:
    """The ids of the workspace ``home`` and of a film in it."""
    workspace = await films.workspace(db, "home")
    film = await films.upsert(db, workspace_id=workspace.id, slug=slug, title=slug, settings={})
    return workspace.id, film.id


async def fund(studio: Studio, limit_microusd: int) -> None:
    """Let the film, and its workspace, spend so much."""
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        for of in (None, film_id):
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=limit_microusd)


async def order(studio: Studio, bench: Bench, words: str, *, slot: str = "note", film: str = "a-film") -> Order:
    """An order for `words` in a slot of a film."""
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db, film)
    ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=words, params={})
    return Order(
        provider=bench,
        request=bench.plan(ask, None),
        label=Label(workspace_id=workspace_id, type="text", kind="other", name=words, prompt=words, film_id=film_id),
        places=[Place(name=slot, kind="other", film_id=film_id)],
        basis={"picture": "of-" + words},
    )
