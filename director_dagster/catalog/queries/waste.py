"""Questions about waste: what was paid for takes that are in no film, and how much of it comes on a finished minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from director_dagster.catalog.tables import Asset, Film, Slot, Take

FILM_SLOT = "film"


@dataclass(frozen=True, kw_only=True)
class Waste:
    """What takes that nothing uses have cost.

    Attributes:
        key: The slug of the film for which they were made; None for those of no film, and for all together.
        id: The film.
        label: Its title.
        microusd: What is known of their cost.
        takes: How many there are, each piece once.
        unknown: Of how many the cost is not known.
        finished_s: How long the finished film is, of all together all finished films; None where none is finished.
    """

    key: str | None
    id: UUID | None
    label: str | None
    microusd: int
    takes: int
    unknown: int
    finished_s: float | None

    @property
    def per_minute_microusd(self) -> int | None:
        """What is known of it per finished minute, rounded; None where no film is finished."""
        return round(self.microusd * 60 / Fraction(self.finished_s)) if self.finished_s else None


async def by_film(db: AsyncSession, workspace_id: UUID) -> Sequence[Waste]:
    """The waste of each film that has any or is finished, the dearest first, that of no film last.

    Wasted is a piece that was generated, and did not fail, that is or was a take of some slot, and is the selected
    take of none. Each piece is judged by itself:

    - a slot is one of a film that is not deleted, or of a character; deleted films use nothing;
    - one piece may fill slots of several films: one that selects it is enough, and it is used in all;
    - a frame behind a shot that was not taken is used while it is selected itself, and else is waste beside the shot,
      even if a selected shot was once made from it; so is a script, which costs too;
    - what fills no slot is no take: what failed is in `costs.total` with `only_failed`, not here;
    - what lies in the trash counts: what was paid stays paid.

    A film is finished while its slot ``film`` has a selected take with a length.
    Index: ix_takes_workspace_id_asset_id.
    """
    finished = {row.id: row for row in await db.execute(_finished(workspace_id))}
    wasted = {row.id: row for row in await db.execute(_wasted(workspace_id))}
    films = []
    for film in {**finished, **wasted}.values():
        spent, there = wasted.get(film.id), finished.get(film.id)
        microusd, takes, unknown = (0, 0, 0) if spent is None else (int(spent.microusd), spent.takes, spent.unknown)
        films.append(
            Waste(
                key=film.slug,
                id=film.id,
                label=film.title,
                microusd=microusd,
                takes=takes,
                unknown=unknown,
                finished_s=None if there is None else there.duration_s,
            )
        )
    return sorted(films, key=lambda waste: (waste.key is None, -waste.microusd, waste.key or ""))


def in_all(films: Sequence[Waste]) -> Waste:
    """All of it together, over the minutes of all films that are finished: films that are not finished waste too."""
    finished = [film.finished_s for film in films if film.finished_s]
    return Waste(
        key=None,
        id=None,
        label=None,
        microusd=sum(film.microusd for film in films),
        takes=sum(film.takes for film in films),
        unknown=sum(film.unknown for film in films),
        finished_s=sum(finished) if finished else None,
    )


def _wasted(workspace_id: UUID) -> Select[UUID, str, str, int | None, int, int]:
    user = aliased(Film)
    used = (
        select(Take.id)
        .join(Slot, and_(Slot.workspace_id == Take.workspace_id, Slot.id == Take.slot_id))
        .outerjoin(user, user.id == Slot.film_id)
        .where(Take.workspace_id == Asset.workspace_id, Take.asset_id == Asset.id, Take.selected_at.is_not(None))
        .where(or_(Slot.film_id.is_(None), user.deleted_at.is_(None)))
    )
    taken = select(Take.id).where(Take.workspace_id == Asset.workspace_id, Take.asset_id == Asset.id)
    return (
        select(
            Film.id,
            Film.slug,
            Film.title,
            func.coalesce(func.sum(Asset.cost_microusd), 0).label("microusd"),
            func.count().label("takes"),
            func.count().filter(Asset.cost_microusd.is_(None)).label("unknown"),
        )
        .select_from(Asset)
        .outerjoin(Film, Film.id == Asset.film_id)
        .where(Asset.workspace_id == workspace_id, Asset.source == "generation", Asset.url.is_not(None))
        .where(taken.correlate(Asset).exists(), ~used.correlate(Asset).exists())
        .group_by(Film.id, Film.slug, Film.title)
    )


def _finished(workspace_id: UUID) -> Select[UUID, str, str, float | None]:
    return (
        select(Film.id, Film.slug, Film.title, Asset.duration_s)
        .join(Slot, and_(Slot.workspace_id == Film.workspace_id, Slot.film_id == Film.id))
        .join(Take, and_(Take.workspace_id == Slot.workspace_id, Take.slot_id == Slot.id))
        .join(Asset, and_(Asset.workspace_id == Take.workspace_id, Asset.id == Take.asset_id))
        .where(Film.workspace_id == workspace_id, Film.deleted_at.is_(None), Slot.name == FILM_SLOT)
        .where(Slot.character_id.is_(None), Take.selected_at.is_not(None), Asset.duration_s > 0)
    )
