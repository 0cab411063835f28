"""A piece: what a step wants in a slot of its film, and what it is made from."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from director_dagster.catalog.tables import Asset, AssetKind, AssetType, Blob
from director_dagster.errors import BadInput
from director_dagster.providers.contract import CHOSEN, CLONE, Ask
from director_dagster.story import wire
from director_dagster.studio.filing import Basis


@dataclass(frozen=True, kw_only=True)
class Source:
    """An asset that a piece is made from, and the part it plays, e.g. ``frame``."""

    role: str
    asset: Asset


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a person has given for a piece: it is used as it is, and nothing is made.

    Attributes:
        asset: Which.
        blob: Its bytes; None where there never were any.
        basis: What its take is made from: itself, so that it is not kept for what the studio would make.
        pinned: Whether it is for just this place of the film; else it is a look that the film wears.
    """

    asset: Asset
    blob: Blob | None
    basis: Basis
    pinned: bool = False

    @property
    def whence(self) -> str:
        """Where it comes from, in words."""
        return "pinned" if self.pinned else "a user's own"


@dataclass(frozen=True, kw_only=True)
class ChosenVoice:
    """A character's voice at a provider.

    Attributes:
        name: Whose, for people.
        voice_id: The provider's own name for it.
        until: The last day of the consent to it; None for one of the provider's own.
        ended: Whether that day is over.
        asset_id: What cloning it has made; None for one of the provider's own.
    """

    name: str
    voice_id: str
    until: date | None
    ended: bool
    asset_id: UUID | None = None

    def refuse_ended(self) -> None:
        """Raise BadInput when the consent to the voice has ended."""
        if self.ended:
            raise BadInput(
                f"the consent to {self.name}'s cloned voice ended on {self.until}: it is not used any more; choose "
                f"another by `director voice set {self.name} PROVIDER:VOICE_ID`"
            )


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
        voices: Which voice says it, by provider, where one was chosen.
        given: What a person has given for it.
        house: Made by the animatic whoever is in the crew.
        more: Further metadata.
        remark: What its maker is told besides, in words; not part of what is wanted.
        after: What it is made after besides, by id and role, whose bytes nobody reads: a cloned voice.
        at_most: The dearest that it may be asked for, where that is not known yet; for an estimate.
        number: Which of its takes; all takes of a piece have one basis, and each a seed of its own.
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
    voices: Mapping[str, ChosenVoice] = dataclasses.field(default_factory=dict)
    given: Given | None = None
    house: bool = False
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    remark: str = ""
    after: Sequence[tuple[UUID, str]] = ()
    at_most: Ask | None = None
    number: int = 1

    @property
    def code(self) -> str:
        """What run config names it by: ``sh010`` for the slot ``frame:sh010``, else the slot itself."""
        return self.slot.rpartition(":")[2]

    @property
    def words(self) -> str:
        """What its maker reads."""
        return f"{self.ask.prompt}\n\n{self.remark}" if self.remark else self.ask.prompt

    @property
    def seed(self) -> int:
        """The first take's seed is the ask's own; a later one's is a function of it and of the take's number."""
        return self.ask.seed if self.number == 1 else wire.seed([self.ask.seed, self.number])

    @property
    def own_slot(self) -> str:
        """The character's own slot that it fills, e.g. ``look`` for the film's ``look:mara``."""
        return self.slot.partition(":")[0]

    def by(self, provider: str | None) -> "Piece":
        """The piece as that provider is asked for it: in the voice that was chosen there. For others it is the same, so
        that a voice at one provider leaves alone what another has spoken."""
        voice = self.voices.get(provider or "")
        if voice is None:
            return self
        params = {**self.ask.params, CHOSEN: voice.voice_id}
        after = () if voice.asset_id is None else ((voice.asset_id, CLONE),)
        return dataclasses.replace(self, ask=dataclasses.replace(self.ask, params=params), after=after)

    @property
    def basis_in_use(self) -> Basis:
        """What a take of an asset that is used for it is made from."""
        return self.basis if self.given is None else self.given.basis

    @cached_property
    def basis(self) -> Basis:
        """What a take of it is made from: all that the film asks, whoever makes it. Not the crew."""
        ask = self.ask
        sources = [[source.role, source.asset.counts_as] for source in self.sources if source.role in self.reads]
        return {self.field: wire.digest([ask.operation, ask.prompt, ask.params, sources, ask.seed])}
