"""Questions about the shots that a film plans."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, all_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import Json, Shot
from director_dagster.catalog.tables.base import FRESH


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A shot as the breakdown plans it; its place in the film is its place in the list."""

    code: str
    scene: int
    plan: Json


async def sync(db: AsyncSession, *, workspace_id: UUID, film_id: UUID, plan: Sequence[Planned]) -> Sequence[Shot]:
    """Make the film's shots those of `plan`, in its order, and return them.

    A code keeps its row; what the plan leaves out is marked removed, and comes back when a later plan has it again. A
    second call changes nothing.
    """
    rows = {row.code: row for row in await ever(db, workspace_id, film_id) if row.removed_at is None}
    placed = list(enumerate(plan, start=1))
    changed = [(position, shot) for position, shot in placed if not _is_as(rows.get(shot.code), position, shot)]
    if not changed and len(rows) == len(plan):
        return list(rows.values())
    if changed:
        await db.execute(_upsert(workspace_id, film_id, changed))
    codes = literal([shot.code for shot in plan], ARRAY(Text))
    await db.execute(
        update(Shot)
        .where(Shot.workspace_id == workspace_id, Shot.film_id == film_id)
        .where(Shot.code != all_(codes), Shot.removed_at.is_(None))
        .values(removed_at=func.now())
    )
    return await listed(db, workspace_id, film_id)


async def listed(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[Shot]:
    """The shots that the film's plan holds now, in order. Index: ix_shots_workspace_id_film_id_position."""
    query = (
        select(Shot)
        .where(Shot.workspace_id == workspace_id, Shot.film_id == film_id, Shot.removed_at.is_(None))
        .order_by(Shot.position, Shot.code)
    )
    return (await db.scalars(query, execution_options=FRESH)).all()


async def by_ids(db: AsyncSession, workspace_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Shot]:
    """The shots of those ids, removed ones too."""
    query = select(Shot).where(Shot.workspace_id == workspace_id, Shot.id.in_(ids))
    return {shot.id: shot for shot in await db.scalars(query)}


async def ever(db: AsyncSession, workspace_id: UUID, film_id: UUID) -> Sequence[Shot]:
    """All shots that the film has planned, removed ones too, by place: their codes are never given again.

    Index: ix_shots_workspace_id_film_id_position.
    """
    query = select(Shot).where(Shot.workspace_id == workspace_id, Shot.film_id == film_id)
    return (await db.scalars(query.order_by(Shot.position, Shot.code))).all()


def _is_as(row: Shot | None, position: int, shot: Planned) -> bool:
    """Whether a shot's row is as it is planned now: that of a long film is not written again for an edit of one."""
    return row is not None and (row.position, row.scene, row.plan) == (position, shot.scene, shot.plan)


def _upsert(workspace_id: UUID, film_id: UUID, placed: Sequence[tuple[int, Planned]]) -> Insert:
    rows = [
        {
            "id": new_id(),
            "workspace_id": workspace_id,
            "film_id": film_id,
            "code": shot.code,
            "scene": shot.scene,
            "position": position,
            "plan": shot.plan,
        }
        for position, shot in placed
    ]
    given = recordset({name: Shot.__table__.columns[name].type for name in rows[0]}, rows)
    query = insert(Shot).from_select(list(rows[0]), select(*given.c))
    return query.on_conflict_do_update(
        index_elements=[Shot.workspace_id, Shot.film_id, Shot.code],
        set_={column: query.excluded[column] for column in ("scene", "position", "plan", "removed_at")},
    )
