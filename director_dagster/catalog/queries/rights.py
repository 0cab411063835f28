"""Questions about rights: what may be done with an asset, and what it was made from that forbids it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Asset, AssetEdge
from director_dagster.catalog.tables.base import FRESH
from director_dagster.story.rights import Rights

NOTED, CONSENTED = "rights noted", "consent noted"
"""What the audit log says of an asset of which somebody has said what may be done with it."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """An asset that is not free in every way, or of which that is not known; `ended`: its consent is over, by
    Postgres's date."""

    asset: Asset
    ended: bool

    @property
    def forbids(self) -> Sequence[str]:
        """What it forbids, in words."""
        said = {"commercial use": self.asset.commercial, "derivatives": self.asset.derivatives}
        return [what for what, allowed in said.items() if allowed is False]

    @property
    def known(self) -> bool:
        """Whether it is known what it allows."""
        return None not in {self.asset.commercial, self.asset.derivatives}


async def upstream(db: AsyncSession, workspace_id: UUID, asset_ids: Collection[UUID]) -> Sequence[Bound]:
    """Of these assets and of everything that they were made from, however far: those that forbid something, whose
    consent has ended, or of which it is not known; the oldest first. Index: pk_asset_sources.

    UNION drops what was met before, so neither a cycle nor a lattice of many ways runs away.
    """
    given = literal(list(asset_ids), ARRAY(PG_UUID(as_uuid=True)))
    walk = select(func.unnest(given).label("id")).cte("upstream", recursive=True)
    walk = walk.union(
        select(AssetEdge.source_id).where(AssetEdge.workspace_id == workspace_id, AssetEdge.asset_id == walk.c.id)
    )
    query = (
        select(Asset, func.coalesce(_ended(), False).label("ended"))
        .join(walk, walk.c.id == Asset.id)
        .where(Asset.workspace_id == workspace_id)
        .where(or_(Asset.commercial.is_not(True), Asset.derivatives.is_not(True), _ended()))
        .order_by(Asset.id)
    )
    rows = await db.execute(query, execution_options=FRESH)
    return [Bound(asset=asset, ended=ended) for asset, ended in rows]


async def note(db: AsyncSession, workspace_id: UUID, asset_id: UUID, rights: Rights) -> Asset:
    """Write down what may be done with an asset, in place of what was known; the audit log says who said so."""
    (asset,) = await _write(db, workspace_id, [asset_id], **_columns(rights))
    await events.note(
        db,
        workspace_id=workspace_id,
        what=NOTED,
        subject=str(asset_id),
        asset_id=asset_id,
        film_id=asset.film_id,
        details=_columns(rights),
    )
    return asset


async def consented(
    db: AsyncSession, workspace_id: UUID, asset_ids: Sequence[UUID], *, consent_id: UUID, scope: str, until: date
) -> Sequence[Asset]:
    """Write down by whose consent these assets may be used, as the row `consent_id` of the voices has it."""
    return await _write(db, workspace_id, asset_ids, consent_id=consent_id, consent_scope=scope, consent_until=until)


async def _write(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], **values: object) -> Sequence[Asset]:
    query = update(Asset).where(Asset.workspace_id == workspace_id, Asset.id.in_(ids)).values(**values).returning(Asset)
    return (await db.scalars(query, execution_options=FRESH)).all()


def _ended() -> ColumnElement[bool]:
    return Asset.consent_until < func.current_date()


def _columns(rights: Rights) -> dict[str, str | bool | None]:
    return {"licence": rights.licence, "commercial": rights.commercial, "derivatives": rights.derivatives}
