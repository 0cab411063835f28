"""Ordering: who makes a piece of a film, and as what its provider is asked for it."""

import logging
from dataclasses import dataclass, field
from typing import ClassVar

from director_dagster.catalog.queries.takes import Filled, Place
from director_dagster.providers.contract import Ask, Input, Request
from director_dagster.studio.crew import HOUSE, Member, member
from director_dagster.studio.filing import Label
from director_dagster.studio.finals import Finals, made_by
from director_dagster.studio.keeping import Keeping
from director_dagster.studio.order import Order
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.production import Production
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Whoever orders pieces of a film.

    Attributes:
        studio: With what.
        film: For which film.
        finals: Whose pieces the run's crew makes even where others are; None when it makes what is missing.
        said: What its user was told already: of many pieces, once.
    """

    studio: Studio
    film: Production
    finals: Finals | None = None
    said: set[str] = field(default_factory=set)
    on_paper: ClassVar[bool] = False
    """Whether it only tells what it would do."""

    @property
    def keeping(self) -> Keeping:
        """Which takes stay."""
        return Keeping(studio=self.studio, film=self.film, on_paper=self.on_paper)

    def maker(self, piece: Piece, there: Filled | None) -> Member:
        """Who makes the piece: whom the run names for it; of a current take that has lost its bytes whoever made it;
        else the film's crew."""
        if self.finals is not None and self.finals.has(piece):
            return member(self.studio.providers, self.studio.crew, piece.ask.medium)
        crew = {} if piece.house else self.film.settings.crew
        if there is not None and self.keeping.is_current(piece, there):
            # The film's crew would make a draft where a final is lost, and buy one where a draft is.
            maker, model = there.asset.provider, there.asset.model
            crew = {piece.ask.medium: HOUSE if maker == HOUSE else f"{maker}:{model}"}
        return member(self.studio.providers, crew, piece.ask.medium)

    async def order(self, piece: Piece, who: Member, there: Filled | None = None) -> Order:
        """The piece as its provider is asked for it, in place of the take that is `there`. Raises BadInput for what
        that provider cannot make, or not in the voice that was chosen: the consent to it may have ended."""
        if who.provider.name in piece.voices:
            piece.voices[who.provider.name].refuse_ended()
        # A current take is only made again, by whoever made it, when its bytes are gone.
        is_lost = there is not None and self.keeping.is_current(piece, there) and made_by(there.asset, who)
        piece = piece.by(who.provider.name)
        ask = Ask(
            medium=piece.ask.medium,
            operation=piece.ask.operation,
            prompt=piece.words,
            params=piece.ask.params,
            inputs=[await self.input(source) for source in piece.sources if source.role in piece.reads],
            seed=piece.seed,
        )
        request = who.provider.plan(ask, who.model)
        self._say_unread(piece, request)
        return Order(
            provider=who.provider,
            request=request,
            label=self.label(piece),
            places=self.places(piece),
            basis=piece.basis,
            insists=self.finals is not None and self.finals.has(piece),
            replaces=there.asset.counts_as if is_lost and there is not None else None,
        )

    def _say_unread(self, piece: Piece, request: Request) -> None:
        """Say which pictures, brought by users, the piece's maker draws without: not every model takes any."""
        read = {each.digest for each in request.inputs}
        for source in piece.sources:
            brought = source.role in piece.reads and source.asset.source == "upload"
            if brought and source.asset.digest not in read and not self.on_paper:
                maker = f"{request.provider}:{request.model}"
                line = f"{source.asset.name}: {maker} draws after no picture, and follows the words of the page"
                if line not in self.said:
                    self.said.add(line)
                    log.info("%s", line, extra=NOTICE)

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
            sources=[*((source.asset.id, source.role) for source in piece.sources), *piece.after],
            genre=self.film.settings.genre,
            style=self.film.settings.style,
            more=piece.more,
        )

    def place(self, piece: Piece) -> Place:
        """The film's own slot for the piece."""
        return Place(name=piece.slot, kind=piece.kind, film_id=self.film.film_id, shot_id=piece.shot_id)

    def places(self, piece: Piece) -> list[Place]:
        """All slots that the piece fills."""
        if piece.character_id is None:
            return [self.place(piece)]
        own = Place(name=piece.own_slot, kind=piece.kind, character_id=piece.character_id)
        return [self.place(piece), own]

    async def input(self, source: Source) -> Input:
        """A source's bytes, proved, as a provider is given them."""
        url = source.asset.url or ""
        return Input(role=source.role, digest=source.asset.digest or "", path=await self.studio.vault.path(url))
