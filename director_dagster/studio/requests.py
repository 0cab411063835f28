"""Requests: films that somebody wants made, made ready for a run, and what a run may do for them.

A request is written by the command, a page or a plain INSERT. Whoever launches runs (a sensor) asks what is due, has
each made ready, and tells how its run ended. The run itself writes down that it began before it does anything, so that
neither a launcher that dies nor two of them have a request made, or paid, twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from director_dagster.catalog.money import told
from director_dagster.catalog.queries import films, requests
from director_dagster.catalog.queries.requests import Requested
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import FilmRequest
from director_dagster.errors import BadInput, BudgetExceeded, Refused
from director_dagster.story.brief import read_words
from director_dagster.story.crew import spell_out
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.story.wishes import Wishes
from director_dagster.studio import records
from director_dagster.studio.commission import commission
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.prospect import agree, is_free, prospect, span
from director_dagster.studio.recover import NothingLost, cost, lost_of, needed, ways
from director_dagster.studio.step import refuse_nonsense
from director_dagster.studio.studio import Studio


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks for: a film that is there, what its run is told, what it may spend, and when.

    Attributes:
        key: A name of the asker's own, of which there is one request; empty: a request is the same as one that is open
            and says the same.
    """

    film: Production
    wishes: Wishes
    max_microusd: int = 0
    queued: bool = False
    priority: int = 0
    key: str = ""
    by: str


async def request(studio: Studio, wanted: Wanted) -> tuple[FilmRequest, bool]:
    """Ask for a film, and whether that is a new request; the same again gives the one that there is.

    Raises BadInput for wishes that no run can be told.
    """
    refuse_wishes(studio, wanted.wishes)
    row = FilmRequest(
        workspace_id=wanted.film.workspace_id,
        film=wanted.film.key.film,
        wishes=wanted.wishes.told(),
        max_microusd=wanted.max_microusd,
        queued=wanted.queued,
        priority=wanted.priority,
        key=wanted.key,
        asked_by=wanted.by,
    )
    async with studio.catalog.session() as db:
        made = await requests.add(db, row)
    await keep(studio, [made[0]])
    return made


async def withdraw(studio: Studio, workspace_id: UUID, request_id: UUID) -> FilmRequest:
    """Take a request back. Raises BadInput when there is none, it has begun, or it is over."""
    async with studio.catalog.session() as db:
        row = await requests.find(db, workspace_id, request_id)
        if row.state == "launched":
            raise BadInput(f"request {row.id} has begun: terminate its run {row.runs[-1]} on Dagster's page")
        if row.ended_at is not None:
            raise BadInput(f"request {row.id} is {row.state} already")
        await requests.end(db, row.id, "withdrawn", reason=f"taken back by {studio.catalog.actor.who}")
    await keep(studio, [row])
    return row


def refuse_wishes(studio: Studio, wishes: Wishes) -> None:
    """Raise BadInput for wishes that no run can be told."""
    told = studio.for_run(wishes)
    refuse_nonsense(told, {})
    for takes in wishes.takes.values():
        refuse_nonsense(told, takes)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What the run of a request is told, and the steps that it is of: all of them, where none is named."""

    wishes: Wishes
    steps: Sequence[str] = ()


async def ready(studio: Studio, asked: Requested) -> Ready | None:
    """What the run of a due request is to be told, once its film has its row; None where nothing can be made of it:
    then the request has failed, or is not needed any more, and says why. A second call does the same.

    Where something would be paid, it must let at least the least be spent that it costs; that this was agreed to
    stands in the audit log. Raises Unavailable, with nothing decided.
    """
    try:
        return await _made_ready(studio, asked)
    except NothingLost:
        await over(studio, asked.row.id, "withdrawn", reason="all of it is back already")
        return None
    except Refused as exc:
        await over(studio, asked.row.id, "failed", reason=str(exc))
        return None


async def over(studio: Studio, request_id: UUID, state: str, *, reason: str = "") -> None:
    """Let a request be over; one that is already stays as it is."""
    async with studio.catalog.session() as db:
        row = await requests.end(db, request_id, state, reason=reason)
    if row is not None:
        await keep(studio, [row])


async def keep(studio: Studio, rows: Sequence[FilmRequest]) -> None:
    """Keep requests in the vault: in their films' sidecars, and in the workspace's where there is no such film yet."""
    films_of: dict[UUID, set[UUID]] = {row.workspace_id: set() for row in rows}
    async with studio.catalog.session() as db:
        for row in rows:
            film_id = await films.id_of(db, row.workspace_id, row.film)
            films_of[row.workspace_id] |= set() if film_id is None else {film_id}
    for workspace_id, film_ids in sorted(films_of.items()):
        await records.note(studio.catalog, studio.vault, workspace_id, film_ids)


async def begin(catalog: Catalog, request_id: UUID, *, run_id: str, after: str) -> int:
    """As `requests.begin`, in a transaction of its own."""
    async with catalog.session() as db:
        return await requests.begin(db, request_id, run_id=run_id, after=after)


async def _made_ready(studio: Studio, asked: Requested) -> Ready:
    row, key = asked.row, parse_film_key(asked.film)
    wishes = Wishes.of(row.wishes, name="wishes")
    wishes = wishes.model_copy(update={"crew": spell_out(wishes.crew)})
    refuse_wishes(studio, wishes)
    brief = read_words(row.idea, row.screenplay, row.film)
    if brief is None:
        film = await open_production(studio.catalog, key)
    else:
        film = await commission(studio, key, brief, FilmSettings.of(row.settings, name="settings"))
    told = studio.for_run(wishes)
    if wishes.recover:
        lost = await lost_of(told, key)
        low, high = cost(await ways(told, lost))
        _refuse_dear(film, await _left(studio, row), low_microusd=low, costs=high > 0, between=span(low, high))
        return Ready(wishes=wishes, steps=needed(lost))
    if not is_free(told, film):
        await _agree(told, film, row, wishes)
    return Ready(wishes=wishes, steps=wishes.only)


async def _agree(studio: Studio, film: Production, row: FilmRequest, wishes: Wishes) -> None:
    """Raise what `prospect` does, and BudgetExceeded when the request does not let the least be spent."""
    found, left = await prospect(studio, film.key, wishes), await _left(studio, row)
    costs = bool(found.high_microusd) or not found.complete
    _refuse_dear(film, left, low_microusd=found.low_microusd, costs=costs, between=found.cost)
    if found.high_microusd:
        await agree(studio, found, max_microusd=left)


async def _left(studio: Studio, row: FilmRequest) -> int:
    """What the request still lets be spent, in micro-dollars."""
    async with studio.catalog.session() as db:
        return row.max_microusd - await requests.spent_microusd(db, row)


def _refuse_dear(film: Production, left: int, *, low_microusd: int, costs: bool, between: str) -> None:
    if low_microusd > left or (costs and left <= 0):
        raise BudgetExceeded(
            f"{film.key} would cost {between}, and the request lets {told(max(0, left))} be spent: ask for it "
            "again with more (--max-usd). Nothing was sent"
        )
