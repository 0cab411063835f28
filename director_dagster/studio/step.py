"""A step of a film: pieces kept, reused or made side by side, each recorded as it finishes."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, AssetKind, AssetType
from director_dagster.errors import BadInput, DirectorError, JobFailed, NeedsPerson, PromptRejected
from director_dagster.providers.contract import Ask, Input
from director_dagster.story import wire
from director_dagster.story.film import FilmKey
from director_dagster.studio import filing
from director_dagster.studio.crew import member
from director_dagster.studio.filing import BASIS_VERSION, Basis, Label, Place
from director_dagster.studio.generate import Order, generate
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.report import NOTICE, Made, Outcome, PiecesFailed, Report
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Source:
    """An asset that a piece is made from, and the part it plays, e.g. ``frame``."""

    role: str
    asset: Asset


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What a step wants in a slot of its film.

    Attributes:
        slot: E.g. ``frame:sh010``.
        type: Of the asset.
        kind: Of the asset and the slot.
        name: For people.
        field: Which part of the film it is of: ``picture``, ``sound`` or ``subtitles``.
        ask: What a provider is asked for; its inputs are filled in from `sources`.
        sources: What it is made from; the first is the primary one.
        reads: Roles of the sources whose bytes the provider is given.
        character_ids: Who is seen, heard or meant.
        shot_id: The shot it is of.
        character_id: Whose own slot it fills besides the film's. What another film has settled there is used.
        house: Made by the animatic whoever is in the crew.
        more: Further metadata.
    """

    slot: str
    type: AssetType
    kind: AssetKind
    name: str
    field: str
    ask: Ask
    sources: Sequence[Source] = ()
    reads: Sequence[str] = ()
    character_ids: Sequence[UUID] = ()
    shot_id: UUID | None = None
    character_id: UUID | None = None
    house: bool = False
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def own_slot(self) -> str:
        """The character's own slot that it fills, e.g. ``look`` for the film's ``look:mara``."""
        return self.slot.partition(":")[0]

    @property
    def basis(self) -> Basis:
        """What a take of it is made from: all that the film asks, whoever makes it. Not the crew."""
        ask = self.ask
        sources = [[source.role, source.asset.digest] for source in self.sources if source.role in self.reads]
        return {self.field: wire.digest([ask.operation, ask.prompt, ask.params, sources, ask.seed])}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of one film at work."""

    studio: Studio
    film: Production
    name: str
    started: float

    async def takes(self) -> Mapping[str, Filled]:
        """The film's selected takes by slot."""
        async with self.studio.catalog.session() as db:
            return await takes.selected(db, workspace_id=self.film.workspace_id, film_id=self.film.film_id)

    async def make(self, pieces: Sequence[Piece]) -> Report:
        """Make sure that all `pieces` are there, as many at once as there are workers.

        Raises PiecesFailed when some could not be made; by then the others are.
        """
        there = await self.takes()
        room = asyncio.Semaphore(self.studio.workers.count)
        progress = Progress(self.name, len(pieces))

        async def provide(piece: Piece) -> Made | DirectorError:
            # A refusal is returned, not raised: it must not cancel what its siblings have paid for.
            async with room:
                try:
                    return progress.ticked(await self._provide(piece, there.get(piece.slot)))
                except DirectorError as exc:
                    log.warning("%s: %s: %s", self.name, piece.slot, exc)
                    return exc

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(provide(piece)) for piece in pieces]
        except ExceptionGroup as bugs:
            # Nobody foresaw it, and one such error is enough to read.
            raise bugs.exceptions[0] from bugs
        return self._reported(pieces, [task.result() for task in tasks])

    def report(self, made: Sequence[Made]) -> Report:
        """What the step did."""
        return Report(step=self.name, pieces=tuple(made), seconds=time.monotonic() - self.started)

    def _reported(self, pieces: Sequence[Piece], results: Sequence[Made | DirectorError]) -> Report:
        made = [
            result if isinstance(result, Made) else _failed(piece, result)
            for piece, result in zip(pieces, results, strict=True)
        ]
        first = next((result for result in results if isinstance(result, DirectorError)), None)
        if first is not None:
            raise PiecesFailed(self.report(made), first) from first
        return self.report(made)

    async def _provide(self, piece: Piece, there: Filled | None) -> Made:
        settled = await self._settled(piece)
        if settled is not None:
            return await self._use(piece, settled, there)
        if there is not None and await self.keeps(there, piece.basis):
            return made_of(piece.slot, there.asset, Outcome.KEPT)
        bought = await generate(self.studio, await self._order(piece))
        return made_of(piece.slot, bought.asset, Outcome.REUSED if bought.owned else Outcome.GENERATED)

    async def _settled(self, piece: Piece) -> Asset | None:
        """What another film has settled for the character, location or prop that the piece is of."""
        if piece.character_id is None:
            return None
        async with self.studio.catalog.session() as db:
            own = await takes.selected_of_character(
                db, workspace_id=self.film.workspace_id, character_id=piece.character_id
            )
        filled = own.get(piece.own_slot)
        if filled is None or filled.asset.film_id == self.film.film_id:
            return None
        return filled.asset if await self.keeps(filled, filled.take.basis) else None

    async def _use(self, piece: Piece, asset: Asset, there: Filled | None) -> Made:
        if there is not None and there.asset.id == asset.id:
            return made_of(piece.slot, asset, Outcome.KEPT)
        async with self.studio.catalog.session() as db:
            await filing.reuse(
                db, places=[self.place(piece)], workspace_id=asset.workspace_id, asset=asset, basis=piece.basis
            )
        log.info("%s: known from another film, and used as it is", piece.name, extra=NOTICE)
        return made_of(piece.slot, asset, Outcome.REUSED)

    async def keeps(self, there: Filled, basis: Basis) -> bool:
        """Whether a take is current and its bytes are in the vault with their size."""
        blob = there.blob
        if blob is None or not there.keeps(basis, BASIS_VERSION):
            return False
        return await self.studio.vault.has(blob.digest, blob.size_bytes)

    async def _order(self, piece: Piece) -> Order:
        crew = {} if piece.house else self.film.settings.crew
        who = member(self.studio.providers, crew, piece.ask.medium)
        ask = Ask(
            medium=piece.ask.medium,
            operation=piece.ask.operation,
            prompt=piece.ask.prompt,
            params=piece.ask.params,
            inputs=[await self._input(source) for source in piece.sources if source.role in piece.reads],
            seed=piece.ask.seed,
        )
        return Order(
            provider=who.provider,
            request=who.provider.plan(ask, who.model),
            label=self.label(piece),
            places=self._places(piece),
            basis=piece.basis,
        )

    def label(self, piece: Piece) -> Label:
        """What stands on the piece's asset."""
        return Label(
            workspace_id=self.film.workspace_id,
            type=piece.type,
            kind=piece.kind,
            name=piece.name,
            prompt=piece.ask.prompt,
            film_id=self.film.film_id,
            shot_id=piece.shot_id,
            character_ids=piece.character_ids,
            sources=[(source.asset.id, source.role) for source in piece.sources],
            genre=self.film.settings.genre,
            style=self.film.settings.style,
            more=piece.more,
        )

    def place(self, piece: Piece) -> Place:
        """The film's own slot for the piece."""
        return Place(name=piece.slot, kind=piece.kind, film_id=self.film.film_id, shot_id=piece.shot_id)

    def _places(self, piece: Piece) -> list[Place]:
        if piece.character_id is None:
            return [self.place(piece)]
        own = Place(name=piece.own_slot, kind=piece.kind, character_id=piece.character_id)
        return [self.place(piece), own]

    async def _input(self, source: Source) -> Input:
        url = source.asset.url or ""
        return Input(role=source.role, digest=source.asset.digest or "", path=await self.studio.vault.path(url))


@asynccontextmanager
async def begin(studio: Studio, key: FilmKey, name: str) -> AsyncIterator[Step]:
    """The step `name` of a film; a second one of the same film waits here until the first is over.

    Raises BadInput when there is no such film.
    """
    film = await open_production(studio.catalog, key)
    async with studio.catalog.lock(f"{key}:{name}"):
        yield Step(studio=studio, film=film, name=name, started=time.monotonic())


def require(there: Mapping[str, Filled], slot: str, *, made_by: str) -> Asset:
    """The asset in a slot that an earlier step fills. Raises BadInput, naming that step, when it is empty."""
    filled = there.get(slot)
    if filled is None or filled.asset.url is None:
        raise BadInput(f"there is no {slot} yet: materialize `{made_by}` first")
    return filled.asset


def made_of(slot: str, asset: Asset, outcome: Outcome) -> Made:
    """How `asset` came into `slot`."""
    return Made(
        slot=slot,
        outcome=outcome,
        asset_id=asset.id,
        digest=asset.digest,
        provider=asset.provider,
        model=asset.model,
        paid_microusd=asset.cost_microusd if outcome is Outcome.GENERATED else 0,
        worth_microusd=asset.cost_microusd,
    )


def _failed(piece: Piece, error: DirectorError) -> Made:
    return Made(
        slot=piece.slot,
        outcome=Outcome.FAILED,
        asset_id=None,
        digest=None,
        provider=None,
        model=None,
        # What a provider took on and did not deliver may have cost something: not known is not 0.
        paid_microusd=None if isinstance(error, PromptRejected | JobFailed | NeedsPerson) else 0,
        worth_microusd=None,
        reason=str(error),
    )


class Progress:
    """Says in the log how far a step is, counted in pieces; the terminal draws its bars from these records."""

    def __init__(self, step: str, total: int) -> None:
        self._step, self._total, self._done = step, total, 0
        self._say("begun")

    def ticked(self, made: Made) -> Made:
        """One more piece is done; returns it."""
        self._done += 1
        self._say(f"{made.slot} {made.outcome}")
        return made

    def _say(self, what: str) -> None:
        facts = {"step": self._step, "done": self._done, "total": self._total}
        log.info("%s %d/%d: %s", self._step, self._done, self._total, what, extra=facts)
