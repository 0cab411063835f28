"""What a step did, piece by piece: the record that Dagster, the terminal and the pages are told from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from director_dagster.catalog.tables import Asset
from director_dagster.errors import DirectorError, EndedBadly, NeedsPerson, Outage, Refused
from director_dagster.story import wire

MICROUSD = 1_000_000
NOTICE = {"notice": True}
"""As `extra` of a log record: something that the film's maker should read."""


class Outcome(StrEnum):
    """How a piece came to be there.

    KEPT was already this film's and is still current; REUSED was found elsewhere in the workspace; GENERATED was made
    now; FAILED is not there.
    """

    KEPT = "kept"
    REUSED = "reused"
    GENERATED = "generated"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One piece of a step.

    Attributes:
        slot: The place it fills, e.g. ``frame:sh010``.
        outcome: How it came there.
        asset_id: Its asset; None when it failed before there was one.
        digest: Of its bytes; None when it failed.
        provider: Who made it; None when nobody was asked.
        model: With what.
        paid_microusd: Spent on it by this step, of a planned one the most that it may cost; None when that is not
            known.
        low_microusd: Of a planned piece the least that it may cost; None when that is not known.
        worth_microusd: What the asset cost when it was made, by whichever run; None when that is not known.
        thumbnail_url: What it looks like; None when it failed.
        reason: Why it failed; else empty.
        words: Of a planned piece what it would be made for, in words: of a line what is said.
        given: Where a person has given what is there, how: ``pinned``; else empty.
    """

    slot: str
    outcome: Outcome
    asset_id: UUID | None
    digest: str | None
    provider: str | None
    model: str | None
    paid_microusd: int | None
    worth_microusd: int | None
    thumbnail_url: str | None = None
    reason: str = ""
    low_microusd: int | None = 0
    words: str = ""
    given: str = ""

    @property
    def saved_microusd(self) -> int | None:
        """What using it again has saved: its worth when it was reused, else nothing."""
        return self.worth_microusd if self.outcome is Outcome.REUSED else 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """All pieces of a step for one film, in their order, and how long it took in seconds."""

    step: str
    pieces: tuple[Made, ...]
    seconds: float

    def count(self, outcome: Outcome) -> int:
        """How many pieces came out so."""
        return sum(piece.outcome is outcome for piece in self.pieces)

    @property
    def cost_usd(self) -> Decimal | None:
        """Dollars spent by this step now; None as soon as one amount is not known."""
        return _dollars([piece.paid_microusd for piece in self.pieces])

    @property
    def low_usd(self) -> Decimal | None:
        """Of a rehearsal, dollars that the step costs at the least; None as soon as one amount is not known."""
        return _dollars([piece.low_microusd for piece in self.pieces])

    @property
    def cost_total_usd(self) -> Decimal | None:
        """Dollars that the pieces cost when they were made; None as soon as one amount is not known."""
        return _dollars([piece.worth_microusd for piece in self.pieces if piece.outcome is not Outcome.FAILED])

    @property
    def saved_usd(self) -> Decimal | None:
        """Dollars that reuse has saved now; None as soon as one amount is not known."""
        return _dollars([piece.saved_microusd for piece in self.pieces])

    @property
    def version(self) -> str:
        """A digest of what is in the slots: equal bytes in equal slots give the same. Of takes the last one counts."""
        return wire.digest({piece.slot: piece.digest for piece in self.pieces})

    @property
    def failures(self) -> tuple[Made, ...]:
        """The pieces that are not there."""
        return tuple(piece for piece in self.pieces if piece.outcome is Outcome.FAILED)


class PiecesFailed(Refused):
    """Some pieces of a step could not be made; the others are kept, and `report` tells of both.

    Attributes:
        report: What was made, and what was not.
        outage: Whether nothing but an outage of our own kept all of them from being made.
    """

    def __init__(self, report: Report, errors: Sequence[DirectorError]) -> None:
        named = ", ".join(piece.slot for piece in report.failures[:5])
        more = "" if len(report.failures) <= 5 else f" and {len(report.failures) - 5} more"
        super().__init__(
            f"{report.step}: {len(report.failures)} of {len(report.pieces)} failed ({named}{more}): {errors[0]}"
        )
        self.report = report
        self.outage = all(isinstance(error, Outage) for error in errors)


def _dollars(amounts: Sequence[int | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return Decimal(sum(known)) / MICROUSD if len(known) == len(amounts) else None


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
        thumbnail_url=asset.thumbnail_url,
    )


def failure(slot: str, error: DirectorError) -> Made:
    """Why there is nothing in `slot`. What a provider took on and did not deliver may have cost something: what is not
    known is not 0."""
    microusd = None if isinstance(error, NeedsPerson) else error.microusd if isinstance(error, EndedBadly) else 0
    return Made(
        slot=slot,
        outcome=Outcome.FAILED,
        asset_id=None,
        digest=None,
        provider=None,
        model=None,
        paid_microusd=microusd,
        worth_microusd=None,
        reason=str(error),
    )
