"""A step of a film: pieces kept, reused or made side by side, each recorded as it finishes."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar
from uuid import UUID

from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput, DirectorError, InTrash, OutsideRun
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import filing, records
from director_dagster.studio.begun import Finished, finish_begun
from director_dagster.studio.choice import select
from director_dagster.studio.crew import HOUSE, Member, refuse_strange
from director_dagster.studio.finals import crewed, finals_of, listed, made_by, refuse_aimless
from director_dagster.studio.generate import generate
from director_dagster.studio.ordering import Ordering
from director_dagster.studio.piece import Piece
from director_dagster.studio.production import Production
from director_dagster.studio.progress import Progress, Watch
from director_dagster.studio.report import NOTICE, Made, Outcome, PiecesFailed, Report, failure, made_of
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)

R = TypeVar("R")
MOST_TAKES = 100
Provided = tuple[list[Made], DirectorError | None]
"""What was made of a piece, and why no more."""

RUN_CONFIG = "run config"
"""Who chose a take, where a run was told to."""


@dataclass(frozen=True, kw_only=True)
class Step(Ordering):
    """One step of one film at work.

    Attributes:
        name: Of the Dagster asset.
        started: By the monotonic clock.
        wanted: How many current takes there must be of a piece, by its code or slot; of the others one.
        choices: Which take of a piece the run's config chooses, by its code or slot.
        watch: Is told of the pieces in batches while the step works.
    """

    name: str
    started: float
    wanted: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, int] = field(default_factory=dict)
    watch: Watch | None = None

    def settings_of(self, shot_id: UUID | None) -> FilmSettings:
        """How a shot's pieces are to be made: as the film has it, by whom the run names for it. None: what is of no
        shot."""
        if self.finals is None or not self.finals.are_of(shot_id):
            return self.film.settings
        named = {medium: maker for medium, maker in self.studio.crew.items() if medium in self.finals.media}
        return self.film.crewed(named).settings

    async def takes(self) -> Mapping[str, Filled]:
        """The film's selected takes by slot."""
        async with self.studio.catalog.session() as db:
            return await takes.selected(db, workspace_id=self.film.workspace_id, film_id=self.film.film_id)

    async def once(self, what: str, read: Callable[[], Awaitable[R]]) -> R:  # noqa: ARG002 (a rehearsal remembers by it)
        """What `read` returns. A rehearsal of many steps asks it once for all: nobody else is there to change it."""
        return await read()

    async def make(self, pieces: Sequence[Piece]) -> Report:
        """Make sure that all `pieces` are there, as many at once as their provider takes or our workers can use.

        What a dead run had begun to buy for this step is finished before, whoever makes it.

        Raises PiecesFailed when some could not be made; by then the others are. Raises BadInput when takes are wanted
        of what is no piece of this step.
        """
        self.refuse_strange(pieces)
        pieces = await self.keeping.with_pins(pieces)
        begun = await finish_begun(self.studio, self.film, self.name)
        await self._choose(pieces)
        there = await self.takes()
        progress = Progress(self.name, len(pieces), self.watch)

        async def provided(piece: Piece) -> Provided:
            # A refusal is returned, not raised: it must not cancel what its siblings have paid for.
            made: list[Made] = []
            try:
                if piece.slot in begun.ended:
                    raise begun.ended[piece.slot]
                async for each in self.provide(piece, there.get(piece.slot)):
                    made.append(progress.ticked(_made_now(each, begun)))  # noqa: PERF401 (what was made before an error)
            except DirectorError as exc:
                if self.studio.repair_only and isinstance(exc, OutsideRun) and piece.slot not in there:
                    log.info("%s: %s was not there before, and is not begun", self.name, piece.slot)
                    return made, None
                log.warning("%s: %s: %s", self.name, piece.slot, exc)
                return [*made, failure(piece.slot, exc)], exc
            return _selected_last(made, there.get(piece.slot)), None

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(provided(piece)) for piece in pieces]
        except ExceptionGroup as bugs:
            # Nobody foresaw it, and one such error is enough to read.
            raise bugs.exceptions[0] from bugs
        return self._reported([task.result() for task in tasks])

    def report(self, made: Sequence[Made]) -> Report:
        """What the step did."""
        return Report(step=self.name, pieces=tuple(made), seconds=time.monotonic() - self.started)

    def refuse_strange(self, pieces: Sequence[Piece]) -> None:
        """Raise BadInput when takes are wanted or chosen of what is not among the step's pieces, or of two at once."""
        codes = [piece.code for piece in pieces]
        names = codes if len(set(codes)) == len(codes) else [piece.slot for piece in pieces]
        strange = sorted({*self.wanted, *self.choices} - {*names, *(piece.slot for piece in pieces)})
        if strange:
            known = listed(names)
            raise BadInput(f"{self.name}: takes are wanted or chosen of {strange[0]!r}; this film has {known}")

    async def _choose(self, pieces: Sequence[Piece]) -> None:
        """Have those takes in the film that the run's config names."""
        for piece in pieces:
            number = _told(self.choices, piece)
            if number is not None:
                await select(self.studio, self.film, piece.slot, number, who=RUN_CONFIG)

    def _reported(self, provided: Sequence[Provided]) -> Report:
        report = self.report([each for made, _ in provided for each in made])
        errors = [error for _, error in provided if error is not None]
        if errors:
            raise PiecesFailed(report, errors) from errors[0]
        return report

    async def provide(self, piece: Piece, there: Filled | None) -> AsyncIterator[Made]:
        """The piece's selected take, and as many more as are wanted and not there, one after another, each as soon as
        it is there: the last one is then the selected take, whichever provider is how quick, unless somebody has chosen
        the first."""
        yield await self.kept(piece, there) or await self.buy(piece, self.maker(piece, there), there)
        async for made in self.further(piece):
            yield made

    async def further(self, piece: Piece) -> AsyncIterator[Made]:
        """As many more takes of a piece that has one as are wanted and not there."""
        wanted = _told(self.wanted, piece) or 1
        if wanted > 1 and piece.given is not None:
            raise BadInput(f"{piece.name} is {piece.given.whence}: no other takes are made of it")
        if wanted > 1:
            there = await self.keeping.takes(piece, stale=self.studio.keep_stale and not self._is_final(piece))
            number = len(there)
            while len(there) < wanted:
                number += 1
                try:
                    made = await self.buy(replace(piece, number=number), self.maker(piece, None))
                except InTrash:
                    continue  # somebody did not want that one: another is made
                there.add(made.asset_id)
                yield made

    async def kept(self, piece: Piece, there: Filled | None) -> Made | None:
        """What is settled for the piece, or its selected take where that stays; None when it is to be made.

        A take that somebody has chosen for this film goes before what users brought, or other films have settled, for
        all films.
        """
        stays = there is not None and await self.keeping.stays(piece, there, stale=self._is_left(piece, there))
        settled = None if stays and _is_choice(piece, there) else await self.keeping.settled(piece)
        if settled is not None:
            return await self.use(piece, settled, there)
        if there is None or not stays:
            return None
        is_by = self._is_by(piece, there.asset, self.maker(piece, there))
        return made_of(piece.slot, there.asset, Outcome.KEPT) if is_by else None

    async def buy(self, piece: Piece, who: Member, there: Filled | None = None) -> Made:
        """A take of the piece: the workspace's if it owns one, else a new one, in place of the one that is `there`."""
        async with self.studio.room(who.provider):
            bought = await generate(self.studio, await self.order(piece, who, there))
        return made_of(piece.slot, bought.asset, Outcome.REUSED if bought.owned else Outcome.GENERATED)

    async def mend(self, piece: Piece, remark: str) -> Made | None:
        """A second take of a piece whose first is of no use, its maker told why; None when there was one before."""
        if len(await self.keeping.takes(piece)) > 1:
            return None
        return await self.buy(replace(piece, number=2, remark=remark), self.maker(piece, None))

    async def use(self, piece: Piece, asset: Asset, there: Filled | None) -> Made:
        """An asset that is settled for the piece, as its selected take."""
        if there is not None and there.asset.id == asset.id:
            return made_of(piece.slot, asset, Outcome.KEPT if asset.lost_at is None else Outcome.REUSED)
        async with self.studio.catalog.session() as db:
            await filing.reuse(db, places=[self.place(piece)], asset=asset, basis=piece.basis_in_use)
        given = "" if piece.given is None else piece.given.whence
        log.info("%s: %s, and used as it is", piece.name, given or "known from another film", extra=NOTICE)
        return replace(made_of(piece.slot, asset, Outcome.REUSED), given=given)

    def _is_left(self, piece: Piece, there: Filled) -> bool:
        """Whether a take stays even where it is stale: the run is to leave what it was not told of. What the house has
        made and makes again costs nothing, and follows what it is made from."""
        by_house = {there.asset.provider, self.maker(piece, there).provider.name} == {HOUSE}
        return self.studio.keep_stale and not (piece.house or by_house or self._is_final(piece))

    def _is_final(self, piece: Piece) -> bool:
        return self.finals is not None and self.finals.has(piece)

    def _is_by(self, piece: Piece, asset: Asset, who: Member) -> bool:
        """Whether a take may stay for what its maker is: it may, unless the run names another for it."""
        return not self._is_final(piece) or made_by(asset, who)


Verb = Callable[[Step], Awaitable[Report]]


@asynccontextmanager
async def begin(
    studio: Studio,
    key: FilmKey,
    name: str,
    *,
    wanted: Mapping[str, int] | None = None,
    choices: Mapping[str, int] | None = None,
    watch: Watch | None = None,
    makes: bool = True,
) -> AsyncIterator[Step]:
    """The step `name` of a film; a second one of the same film waits here until the first is over.

    At its end, well or badly, the film is kept in the vault as it is then, if the step `makes` anything. Raises
    BadInput when there is no such film, or the run is told what cannot be: takes, a crew, an allowance.
    """
    refuse_nonsense(studio, wanted or {})
    film = await crewed(studio, key)
    waiting = partial(log.info, "%s: %s waits for another run that is at it", key, name, extra=NOTICE)
    turn = studio.catalog.lock(f"{key}:{name}", waiting=waiting)
    async with studio.working(), turn, _kept(studio, film) if makes else nullcontext():
        yield Step(
            studio=studio,
            film=film,
            name=name,
            started=time.monotonic(),
            wanted=dict(wanted or {}),
            choices=dict(choices or {}),
            finals=await finals_of(studio, film, name),
            watch=watch,
        )


@asynccontextmanager
async def _kept(studio: Studio, film: Production) -> AsyncIterator[None]:
    """Keep the film in the vault when the block has ended, also when it failed; not when it was cancelled, since then
    nothing may be waited for: the next step does."""
    try:
        yield
    except Exception:
        await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
        raise
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])


def refuse_nonsense(studio: Studio, wanted: Mapping[str, int]) -> None:
    """Raise BadInput for what no run can be told, whatever there is to make."""
    refuse_strange(studio.providers, studio.crew)
    refuse_aimless(studio.finals, studio.crew)
    _ = studio.allowance
    for code, takes_wanted in wanted.items():
        if not 1 <= takes_wanted <= MOST_TAKES:
            raise BadInput(f"takes: {code}: {takes_wanted} are wanted; from 1 to {MOST_TAKES} can be")


def require(there: Mapping[str, Filled], slot: str, *, made_by: str) -> Asset:
    """The asset in a slot that an earlier step fills. Raises BadInput, naming that step, when it is empty."""
    filled = there.get(slot)
    if filled is None or filled.asset.url is None:
        raise BadInput(f"there is no {slot} yet: materialize `{made_by}` first")
    return filled.asset


def _told(of: Mapping[str, int], piece: Piece) -> int | None:
    """What a run was told of the piece, by its slot or its code alone."""
    return of.get(piece.slot, of.get(piece.code))


def _is_choice(piece: Piece, there: Filled | None) -> bool:
    """Whether somebody has chosen the selected take, and pinned nothing in its place."""
    chosen = there is not None and there.take.selected_by != filing.STUDIO
    return chosen and (piece.given is None or not piece.given.pinned)


def _selected_last(provided: list[Made], there: Filled | None) -> list[Made]:
    """What was provided of a piece, its selected take last."""
    first, *others = provided
    is_choice = there is not None and there.take.selected_by != filing.STUDIO and first.asset_id == there.asset.id
    return [*others, first] if is_choice else provided


def _made_now(made: Made, begun: Finished) -> Made:
    """What was finished in this run was made, and booked, in this run."""
    if made.asset_id not in begun.made:
        return made
    return replace(made, outcome=Outcome.GENERATED, paid_microusd=made.worth_microusd)
