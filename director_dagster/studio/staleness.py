"""Staleness: which pieces of a film are what it asks for today, which are not and why, and what bringing them up to
date costs. It is told by the steps that make the film, on paper."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from director_dagster.catalog.queries import films, takes
from director_dagster.catalog.queries.standings import NEITHER, Seen, note, now
from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import DirectorError
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import STEPS
from director_dagster.studio.estimate import NEEDS, rehearse
from director_dagster.studio.kinds import FILM
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.studio import Studio
from director_dagster.studio.whatif import LOST, Change, Fate, changes


class State(StrEnum):
    """CURRENT: what the film asks for today. STALE: something that it is made from has changed. MISSING: there is none,
    or its bytes are lost. BLOCKED: there is none, and what it is made from is missing, too."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"
    BLOCKED = "blocked"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one piece of a film stands.

    Attributes:
        state: What it is.
        field: The part of the film that it is of: ``picture``, ``sound`` or ``subtitles``.
        change: What making the film would do to it, why, and at which price.
    """

    state: State
    field: str
    change: Change


async def standings(studio: Studio, key: FilmKey, *, until: str | None = None) -> Sequence[Standing]:
    """How each piece of a film stands, in the order in which they are made; with `until` those of that step and of what
    it needs.

    Nothing is sent, filed or written. Of a film whose script is yet to be written only that is told. Takes that the
    film has no place for any more are not among them. Raises BadInput when there is no such film.
    """
    return (await _looked(studio, await open_production(studio.catalog, key), until)).found


async def look(studio: Studio, key: FilmKey, *, until: str | None = None) -> Sequence[Standing]:
    """As `standings`, and what is found is noted, for the library to filter by.

    Who finds the same again writes nothing, and what somebody noted who looked later stays.
    """
    film = await open_production(studio.catalog, key)
    looked = await _looked(studio, film, until)
    async with studio.catalog.session() as db:
        await note(db, film.workspace_id, looked.seen, told_at=looked.at)
    return looked.found


async def is_made(studio: Studio, key: FilmKey) -> bool:
    """Whether the film has ever been cut. Raises BadInput when there is no such film."""
    film = await open_production(studio.catalog, key)
    async with studio.catalog.session() as db:
        there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id, slots={FILM})
    return bool(there)


async def of_workspace(studio: Studio, slug: str) -> Mapping[str, Sequence[Standing] | DirectorError]:
    """As `look`, of each film of a workspace by its key; of one that cannot be told, why. Nothing without a workspace
    of that name."""
    async with studio.catalog.session() as db:
        workspace = await films.find_workspace(db, slug)
        rows = [] if workspace is None else await films.listed(db, workspace.id)
    found: dict[str, Sequence[Standing] | DirectorError] = {}
    for row in rows:
        key = FilmKey(workspace=slug, film=row.slug)
        try:
            found[str(key)] = await look(studio, key)
        except DirectorError as exc:
            found[str(key)] = exc
    return found


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """What somebody found who looked at a film, when, and what of it is to be noted."""

    at: datetime
    found: Sequence[Standing]
    seen: Sequence[Seen]


async def _looked(studio: Studio, film: Production, until: str | None) -> _Looked:
    async with studio.working(), studio.catalog.rehearsal() as catalog:
        paper = replace(studio, catalog=catalog)
        async with catalog.session() as db:
            at = await now(db)
            before = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)
        reports = await rehearse(paper, film.key, only=_upto(until), there=before, past_losses=True)
        found = await changes(paper, film, before, reports)
    found = [each for each in found if each.fate is not Fate.DROPPED]
    gone = {each.slot for each in found if each.slot not in before or _is_gone(each)}
    fields = {slot: next(iter(each.take.basis), "picture") for slot, each in before.items()}
    standings = [
        Standing(state=_state(each, gone), field=fields.get(each.slot) or _field(each.slot), change=each)
        for each in found
    ]
    whole = until in {None, FILM}
    return _Looked(at=at, found=standings, seen=_seen(standings, before, whole=whole))


def _is_gone(change: Change) -> bool:
    """Whether the bytes of what the film has there are lost, and it is not had back as it was."""
    return change.fate is Fate.FAILS or (change.fate is not Fate.STAYS and change.why == LOST)


def _upto(step: str | None) -> Collection[str]:
    return STEPS if step is None else {step, *NEEDS[step]}


def _seen(found: Sequence[Standing], before: Mapping[str, Filled], *, whole: bool) -> Sequence[Seen]:
    """What is to be noted of the takes that there are; of those that a whole look did not come to, too."""
    states = {each.change.slot: each.state for each in found}
    told: Mapping[State, Literal["current", "stale"]] = {State.CURRENT: "current", State.STALE: "stale"}
    return [
        Seen(slot_id=each.slot.id, asset_id=each.asset.id, state=told.get(states.get(slot, State.MISSING), NEITHER))
        for slot, each in before.items()
        if whole or slot in states
    ]


def _state(change: Change, gone: AbstractSet[str]) -> State:
    if change.fate is Fate.STAYS:
        return State.CURRENT
    if change.slot not in gone:
        return State.STALE
    return State.BLOCKED if not gone.isdisjoint(change.made_from) else State.MISSING


_FIELDS: Mapping[str, str] = {
    "line": "sound",
    "voice": "sound",
    "music": "sound",
    "ambience": "sound",
    "subtitles": "subtitles",
}


def _field(slot: str) -> str:
    """Of a piece that there is none of yet: its slot says it."""
    return _FIELDS.get(slot.partition(":")[0].partition("-")[0], "picture")
