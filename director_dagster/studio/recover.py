"""Recover: what films have lost, and how each piece can come back: the cheapest way, and what that costs at most."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from director_dagster.catalog.queries import losses
from director_dagster.catalog.queries.losses import FilmLosses, LostPiece
from director_dagster.errors import DirectorError, Refused
from director_dagster.story.film import FilmKey, parse_film_key
from director_dagster.story.wishes import STEPS
from director_dagster.studio.crew import HOUSE
from director_dagster.studio.estimate import NEEDS, estimate
from director_dagster.studio.kinds import SCRIPT, node_of
from director_dagster.studio.regain import is_brought, is_retained, may_be_asked
from director_dagster.studio.report import Made, Outcome
from director_dagster.studio.studio import Studio

SCRIPT_FIRST = "its script has to come back first"
ASKED_FIRST = "unless its provider has it still, which is asked first"
ANOTHER = "the film as it is now has another in its place"
AGAIN = "nobody else can make it: the same file, added again, brings it back"


class Whence(StrEnum):
    """How a lost piece can come back, the cheapest first."""

    COPY = "a copy"
    HOUSE = "made again"
    PROVIDER = "its provider"
    WORKSPACE = "another asset"
    MONEY = "bought again"
    PERSON = "its user"
    UNNEEDED = "not needed"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one lost piece of a film can come back.

    Attributes:
        film: Its key.
        slot: Where it is missing.
        name: For people.
        asset_id: What was lost.
        lost_at: When that was found.
        step: The Dagster asset that makes it.
        whence: By which way.
        low_microusd: What that costs at the least; None when it is not known.
        high_microusd: What that costs at most; None when it is not known.
        reason: Why no way is known, if none is.
    """

    film: str
    slot: str
    name: str
    asset_id: UUID
    lost_at: datetime | None
    step: str
    whence: Whence
    low_microusd: int | None = 0
    high_microusd: int | None = 0
    reason: str = ""


def steps(lost: FilmLosses) -> Mapping[str, Sequence[str]]:
    """The Dagster assets that make what the film has lost, each with the slots of it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in lost.pieces:
        found[_step(each)].append(each.slot)
    return found


def by_making(lost: FilmLosses) -> FilmLosses:
    """What a making may bring back of what the film has lost: all but what only its user has."""
    return replace(lost, pieces=[each for each in lost.pieces if not is_brought(each.asset)])


async def may_come(studio: Studio, lost: FilmLosses) -> bool:
    """Whether a making may bring anything of it back for nothing: a store may have a copy, the house makes again what
    it has made, and a provider should have what it made not long ago, by its terms. Nobody is asked."""
    made = [each.asset for each in by_making(lost).pieces]
    if studio.replicas or any(each.provider == HOUSE for each in made):
        return bool(made)
    return any([await is_retained(studio, each) for each in made])


def unasked(lost: FilmLosses) -> Sequence[str]:
    """The Dagster assets of a run that nobody has asked for: what a making may bring back, and none where that is
    nothing. Where the script is lost the run begins with it: there what needs no script is had back first."""
    making = needed(by_making(lost))
    script = [SCRIPT] if making and SCRIPT in steps(lost) and SCRIPT not in making else []
    return [*script, *making]


def needed(lost: FilmLosses) -> Sequence[str]:
    """The Dagster assets that are made to have it back, in their order: those that made it, and those that made of it
    what the film has. What was never made of it is not begun."""
    own = steps(lost).keys()
    made = {node_of(kind, type_) for kind, type_ in lost.kinds}
    return [step for step in STEPS if step in own or (step in made and not own.isdisjoint(NEEDS[step]))]


async def ways(studio: Studio, lost: FilmLosses) -> Sequence[Way]:
    """How each piece that a film has lost can come back, by slot; nothing is sent, and nothing is paid.

    It is told by the very steps that make the film, on paper.
    """
    try:
        reports = await estimate(replace(studio, repair_only=True, keep_stale=True), parse_film_key(lost.film))
    except DirectorError as exc:
        reason = SCRIPT_FIRST if SCRIPT in steps(lost) else str(exc)
        return [await _without_estimate(studio, lost.film, each, reason) for each in lost.pieces]
    told = {report.step for report in reports}
    made = {each.slot: each for report in reports for each in report.pieces}
    return [
        await _way(studio, lost.film, piece, made.get(piece.slot))
        if _step(piece) in told
        else await _without_estimate(studio, lost.film, piece, SCRIPT_FIRST)
        for piece in lost.pieces
    ]


class NothingLost(Refused):
    """A film has lost nothing, or has it back by now."""


async def lost_of(studio: Studio, key: FilmKey) -> FilmLosses:
    """What the film has lost by now. Raises NothingLost."""
    async with studio.catalog.session() as db:
        found = await losses.of_films(db, films=[str(key)])
    if not found:
        raise NothingLost(f"{key} has lost nothing that it uses")
    return found[0]


def cost(found: Sequence[Way]) -> tuple[int, int]:
    """What it costs at the least and at most, in micro-dollars, as far as that is known."""
    return sum(way.low_microusd or 0 for way in found), sum(way.high_microusd or 0 for way in found)


async def _way(studio: Studio, film: str, piece: LostPiece, made: Made | None) -> Way:
    way = _unknown(film, piece)
    if made is None:
        return replace(way, whence=Whence.UNNEEDED, reason="the film as it is now has no place for it")
    if made.outcome is Outcome.FAILED:
        return _by_person(film, piece) or replace(way, low_microusd=None, high_microusd=None, reason=made.reason)
    whence = _whence(studio, piece, made)
    if whence is Whence.UNNEEDED:
        return replace(way, whence=whence, reason=ANOTHER)
    asked = whence is Whence.MONEY and await may_be_asked(studio, piece.asset)
    reason = ASKED_FIRST if asked else ""
    return replace(way, whence=whence, low_microusd=made.low_microusd, high_microusd=made.paid_microusd, reason=reason)


def _whence(studio: Studio, piece: LostPiece, made: Made) -> Whence:
    if made.outcome is Outcome.KEPT and made.asset_id != piece.asset.id:
        return Whence.UNNEEDED
    if made.outcome is Outcome.KEPT:
        return Whence.COPY if studio.replicas else Whence.HOUSE if made.provider == HOUSE else Whence.PROVIDER
    if made.outcome is Outcome.REUSED and made.asset_id != piece.asset.id:
        return Whence.WORKSPACE
    if made.provider == HOUSE:
        return Whence.HOUSE
    return Whence.PROVIDER if made.outcome is Outcome.REUSED else Whence.MONEY


async def _without_estimate(studio: Studio, film: str, piece: LostPiece, reason: str) -> Way:
    """How a piece comes back of which no step can tell: its maker may give the very same, which needs no script."""
    if await is_retained(studio, piece.asset):
        whence = Whence.HOUSE if piece.asset.provider == HOUSE else Whence.PROVIDER
        return replace(_unknown(film, piece), whence=whence)
    return _by_person(film, piece) or replace(
        _unknown(film, piece), low_microusd=None, high_microusd=None, reason=reason
    )


def _by_person(film: str, piece: LostPiece) -> Way | None:
    """How what somebody has brought comes back; None for what somebody has made."""
    if not is_brought(piece.asset):
        return None
    return replace(_unknown(film, piece), whence=Whence.PERSON, reason=AGAIN)


def _unknown(film: str, piece: LostPiece) -> Way:
    asset = piece.asset
    return Way(
        film=film,
        slot=piece.slot,
        name=asset.name,
        asset_id=asset.id,
        lost_at=asset.lost_at,
        step=_step(piece),
        whence=Whence.UNKNOWN,
    )


def _step(piece: LostPiece) -> str:
    """What somebody brought along is filed with the script."""
    return node_of(piece.asset.kind, piece.asset.type) or SCRIPT
