"""Questions about standings: which pieces are what their film asks for, as it was when somebody last looked."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, Select, Uuid, and_, any_, bindparam, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Film, Slot, SlotStanding, Standing, Take

NEITHER: Literal["neither"] = "neither"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How the asset of a slot's selected take stood."""

    slot_id: UUID
    asset_id: UUID
    state: Standing | Literal["neither"]


async def now(db: AsyncSession) -> datetime:
    """When this transaction began, by the clock of Postgres: all that look have that one."""
    return (await db.scalars(select(func.now()))).one()


async def note(db: AsyncSession, workspace_id: UUID, seen: Sequence[Seen], *, told_at: datetime) -> int:
    """Note what somebody saw who looked at `told_at`; how many rows that has written.

    What is noted so already is not written again, and what somebody saw who looked later stays.
    """
    given = recordset(
        {name: SlotStanding.__table__.columns[name].type for name in ("slot_id", "asset_id", "state")},
        [asdict(each) for each in seen],
    )
    there = and_(SlotStanding.workspace_id == workspace_id, SlotStanding.slot_id == given.c.slot_id)
    differs = tuple_(SlotStanding.asset_id, SlotStanding.state) != tuple_(given.c.asset_id, given.c.state)
    rows = (
        select(literal(workspace_id), *given.c, literal(told_at, DateTime(timezone=True)))
        .outerjoin(SlotStanding, there)
        .where(or_(SlotStanding.slot_id.is_(None), and_(differs, SlotStanding.told_at <= told_at)))
        .order_by(given.c.slot_id)
    )
    query = insert(SlotStanding).from_select(["workspace_id", "slot_id", "asset_id", "state", "told_at"], rows)
    written = query.on_conflict_do_update(
        index_elements=["workspace_id", "slot_id"],
        set_={name: query.excluded[name] for name in ("asset_id", "state", "told_at")},
        where=SlotStanding.told_at <= query.excluded.told_at,
    )
    return len((await db.execute(written.returning(SlotStanding.slot_id))).all())


async def forget(db: AsyncSession, film: Film) -> None:
    """Of a film that is deleted nothing is current or stale."""
    of_film = select(Slot.id).where(Slot.workspace_id == film.workspace_id, Slot.film_id == film.id)
    await db.execute(
        update(SlotStanding)
        .where(SlotStanding.workspace_id == film.workspace_id, SlotStanding.slot_id.in_(of_film))
        .values(state=NEITHER)
    )


def noted(*columns: Any) -> Select[Any]:  # noqa: ANN401 (columns of any tables)
    """What was noted, where the take that was looked at is still the selected one."""
    return (
        select(*columns)
        .select_from(SlotStanding)
        .join(Take, and_(Take.workspace_id == SlotStanding.workspace_id, Take.slot_id == SlotStanding.slot_id))
        .where(Take.selected_at.is_not(None), Take.asset_id == SlotStanding.asset_id)
    )


async def stale(db: AsyncSession, workspace_id: UUID, ids: Collection[UUID]) -> AbstractSet[UUID]:
    """Which of these assets are stale somewhere. Index: ix_standings_workspace_id_state_asset_id."""
    return set(await db.scalars(_stale(), {"workspace_id": workspace_id, "ids": list(ids)}))


@cache
def _stale() -> Select[tuple[UUID]]:
    """Every page of the grid asks for that: to write it anew takes longer than Postgres does to answer it."""
    return noted(SlotStanding.asset_id).where(
        SlotStanding.workspace_id == bindparam("workspace_id", type_=Uuid()),
        SlotStanding.asset_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        SlotStanding.state == "stale",
    )
