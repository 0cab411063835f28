"""Questions about films as productions: how far each is, what it has cost, and what its board shows.

A film's pieces are its selected takes; the pieces of shots that the page has dropped count nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, film_uses, films, shots, spending, takes
from director_dagster.catalog.queries.costs import Cost, figures
from director_dagster.catalog.queries.film_uses import Taken
from director_dagster.catalog.queries.states import FREE
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, Film, FilmRequest, Shot, Slot, Take
from director_dagster.catalog.tables.base import FRESH

LOOKS = ("character", "location", "prop")
POSTER, FILM, SHOT = "poster", "film", "shot"
REQUESTS = 5


@dataclass(kw_only=True)
class Overview:
    """A film, and how far it is.

    Attributes:
        film: Its row.
        poster: What it looks like; None as long as it was not cut.
        cut: The finished film, likewise.
        shots: How many its page plans.
        filmed: How many of those have a picture.
        finals: How many of those are by a provider that one chose.
        cost: What all that was made for it has cost.
        asked: What is being made of it, or waits to be.
    """

    film: Film
    poster: Asset | None = None
    cut: Asset | None = None
    shots: int = 0
    filmed: int = 0
    finals: int = 0
    cost: Cost = field(default_factory=lambda: Cost(key=None, microusd=0, pieces=0, failed=0, unknown=0))
    asked: FilmRequest | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """A film's shots and pieces as they are now.

    Attributes:
        film: Its row.
        shots: The shots that its page plans, in order.
        filled: Its selected takes, by slot.
        takes: How many assets have filled each slot.
        whole: How many of those have their bytes: one more than that is a further take.
        taken: What people have taken into it.
        costs: What all takes of each slot that were made for it have cost.
        requests: What was asked for, the newest first; some.
    """

    film: Film
    shots: Sequence[Shot]
    filled: Mapping[str, Filled]
    takes: Mapping[str, int]
    whole: Mapping[str, int]
    taken: Sequence[Taken]
    costs: Mapping[str, Cost]
    requests: Sequence[FilmRequest]

    @property
    def pins(self) -> Mapping[str, Taken]:
        """What is pinned, by slot."""
        return {each.use.slot: each for each in self.taken if each.use.slot is not None}

    @property
    def bin(self) -> Sequence[Taken]:
        """What lies ready."""
        return [each for each in self.taken if each.use.slot is None]


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """Somebody or something that films have a look of.

    Attributes:
        slot: Where, e.g. ``look:mara``.
        films: In how many of the films.
        versions: How many looks those are.
        asset: The one that was selected last.
    """

    slot: str
    films: int
    versions: int
    asset: Asset


async def overviews(db: AsyncSession, workspace_id: UUID) -> Sequence[Overview]:
    """The workspace's films, in the order of `films.listed`, and how far each is."""
    found = {film.id: Overview(film=film) for film in await films.listed(db, workspace_id)}
    if found:
        await _add_prints(db, workspace_id, found)
        await _add_counts(db, workspace_id, found)
    return list(found.values())


async def cast(db: AsyncSession, workspace_id: UUID, films: Sequence[UUID]) -> Sequence[Recurring]:
    """Who and what films have a look of: people, places, things, of each the most frequent first.

    Index: uq_slots_workspace_id_film_id_character_id_name.
    """
    newest = aggregate_order_by(Asset.id, Take.selected_at.desc())
    query = (
        select(
            Slot.name,
            func.count(Slot.film_id.distinct()).label("films"),
            func.count(Asset.id.distinct()).label("versions"),
            func.array_agg(newest)[1].label("newest"),
        )
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(Slot.workspace_id == workspace_id, Slot.film_id.in_(films), Slot.character_id.is_(None))
        .where(Slot.kind.in_(LOOKS), Take.selected_at.is_not(None))
        .group_by(Slot.kind, Slot.name)
        .order_by(Slot.kind, func.count(Slot.film_id.distinct()).desc(), Slot.name)
    )
    rows = (await db.execute(query)).all()
    known = {each.id: each for each in await assets.by_ids(db, workspace_id, [row.newest for row in rows])}
    return [
        Recurring(slot=row.name, films=row.films, versions=row.versions, asset=known[row.newest])
        for row in rows
        if row.newest in known
    ]


async def board(db: AsyncSession, film: Film) -> Board:
    """What a film's board shows."""
    of_film = (Slot.workspace_id == film.workspace_id, Slot.film_id == film.id, Slot.character_id.is_(None))
    whole = Asset.url.is_not(None) & Asset.deleted_at.is_(None) & Asset.lost_at.is_(None)
    numbers = (
        select(Slot.name, func.count(Asset.id.distinct()), func.count(Asset.id.distinct()).filter(whole))
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(*of_film)
        .group_by(Slot.name)
    )
    counted = {name: (number, there) for name, number, there in await db.execute(numbers)}
    return Board(
        film=film,
        shots=await shots.listed(db, film.workspace_id, film.id),
        filled=await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id),
        takes={name: number for name, (number, _) in counted.items()},
        whole={name: there for name, (_, there) in counted.items()},
        taken=await film_uses.of_film(db, film.workspace_id, film.id),
        costs=await _costs(db, film),
        requests=await asked_of(db, film),
    )


async def asked_of(db: AsyncSession, film: Film) -> Sequence[FilmRequest]:
    """What was asked for of a film, what is open first, then the newest: some.

    Index: ix_film_requests_workspace_id_film.
    """
    query = (
        select(FilmRequest)
        .where(FilmRequest.workspace_id == film.workspace_id, FilmRequest.film == film.slug)
        .order_by(FilmRequest.ended_at.desc().nulls_first(), FilmRequest.asked_at, FilmRequest.id)
        .limit(REQUESTS)
    )
    return (await db.scalars(query, execution_options=FRESH)).all()


async def _costs(db: AsyncSession, film: Film) -> Mapping[str, Cost]:
    """Each piece once, however often it was chosen; what was made for another film was paid there."""
    made = (
        select(Slot.name, Asset.id, Asset.cost_microusd, Asset.url)
        .distinct()
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(Slot.workspace_id == film.workspace_id, Slot.film_id == film.id, Asset.film_id == film.id)
        .where(Asset.source == "generation")
        .subquery()
    )
    query = select(made.c.name, *figures(made.c.cost_microusd, made.c.url.is_(None))).group_by(made.c.name)
    return {
        row.name: Cost(
            key=row.name, microusd=int(row.microusd), pieces=row.pieces, failed=row.failed, unknown=row.unknown
        )
        for row in await db.execute(query)
    }


async def _add_prints(db: AsyncSession, workspace_id: UUID, found: Mapping[UUID, Overview]) -> None:
    query = (
        select(Slot.film_id, Slot.name, Asset)
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(Slot.workspace_id == workspace_id, Slot.name.in_((POSTER, FILM)), Take.selected_at.is_not(None))
        .where(Slot.film_id.in_(found))
    )
    for film_id, slot, asset in await db.execute(query):
        each = found.get(film_id) if film_id else None
        if each is not None and slot == POSTER:
            each.poster = asset
        elif each is not None:
            each.cut = asset


async def _add_counts(db: AsyncSession, workspace_id: UUID, found: Mapping[UUID, Overview]) -> None:
    there = Take.selected_at.is_not(None) & Asset.url.is_not(None) & Asset.lost_at.is_(None)
    counting = (
        select(
            Shot.film_id,
            func.count(Shot.id.distinct()).label("shots"),
            func.count(Shot.id.distinct()).filter(there).label("filmed"),
            func.count(Shot.id.distinct())
            .filter(there, Asset.source == "generation", Asset.provider != FREE)
            .label("finals"),
        )
        .outerjoin(Slot, (Slot.workspace_id == Shot.workspace_id) & (Slot.shot_id == Shot.id) & (Slot.kind == SHOT))
        .outerjoin(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .outerjoin(Asset, (Asset.workspace_id == Take.workspace_id) & (Asset.id == Take.asset_id))
        .where(Shot.workspace_id == workspace_id, Shot.removed_at.is_(None))
        .group_by(Shot.film_id)
    )
    for row in await db.execute(counting):
        if row.film_id in found:
            each = found[row.film_id]
            each.shots, each.filmed, each.finals = row.shots, row.filmed, row.finals
    for group in await spending.by(db, workspace_id, "film"):
        if group.id is not None and group.id in found:
            found[group.id].cost = group
    by_slug = {each.film.slug: each for each in found.values()}
    asking = select(FilmRequest).where(FilmRequest.workspace_id == workspace_id, FilmRequest.ended_at.is_(None))
    for asked in await db.scalars(asking.order_by(FilmRequest.asked_at.desc()), execution_options=FRESH):
        if asked.film in by_slug:
            by_slug[asked.film].asked = asked
