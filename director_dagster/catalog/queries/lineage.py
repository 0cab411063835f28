"""Questions about lineage: what an asset was made from, and what was made from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Asset, AssetEdge

MAX_DEPTH = 32


@dataclass(frozen=True, kw_only=True)
class Node:
    """An asset of a lineage and how many edges away it is from where one looked, by the shortest way."""

    asset: Asset
    depth: int


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Part of the derivative graph: each asset once, nearest first, and all edges between them."""

    nodes: Sequence[Node]
    edges: Sequence[AssetEdge]


async def ancestors(db: AsyncSession, workspace_id: UUID, asset_id: UUID, *, depth: int = MAX_DEPTH) -> Lineage:
    """The asset and what it was made from, `depth` edges far. Index: pk_asset_sources."""
    return await _walk(db, workspace_id, asset_id, depth, towards="sources")


async def descendants(db: AsyncSession, workspace_id: UUID, asset_id: UUID, *, depth: int = MAX_DEPTH) -> Lineage:
    """The asset and what was made from it, `depth` edges far. Index: ix_asset_sources_workspace_id_source_id."""
    return await _walk(db, workspace_id, asset_id, depth, towards="results")


async def sources(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[tuple[AssetEdge, Asset]]:
    """The edges that lead to the assets of those ids, each with its source, by asset and source. Index:
    pk_asset_sources."""
    query = (
        select(AssetEdge, Asset)
        .join(Asset, (Asset.workspace_id == AssetEdge.workspace_id) & (Asset.id == AssetEdge.source_id))
        .where(AssetEdge.workspace_id == workspace_id, AssetEdge.asset_id.in_(ids))
        .order_by(AssetEdge.asset_id, AssetEdge.source_id)
    )
    return [(edge, source) for edge, source in await db.execute(query)]


async def sources_of(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Which assets each of those was made from, by id. Index: pk_asset_sources."""
    query = select(AssetEdge.asset_id, AssetEdge.source_id).where(
        AssetEdge.workspace_id == workspace_id, AssetEdge.asset_id.in_(ids)
    )
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for asset, source in await db.execute(query.order_by(AssetEdge.asset_id, AssetEdge.source_id)):
        found[asset].append(source)
    return found


async def _walk(
    db: AsyncSession, workspace_id: UUID, asset_id: UUID, depth: int, *, towards: Literal["sources", "results"]
) -> Lineage:
    """UNION drops what was met at the same depth and the depth is bounded, so neither a cycle nor a lattice of many
    ways runs away."""
    here, there = AssetEdge.asset_id, AssetEdge.source_id
    if towards == "results":
        here, there = there, here
    walk = select(literal(asset_id).label("id"), literal(0).label("depth")).cte("walk", recursive=True)
    step = select(there, walk.c.depth + 1).where(
        AssetEdge.workspace_id == workspace_id, here == walk.c.id, walk.c.depth < depth
    )
    walk = walk.union(step)
    nearest = select(walk.c.id, func.min(walk.c.depth).label("depth")).group_by(walk.c.id).subquery()
    query = (
        select(Asset, nearest.c.depth)
        .join(nearest, nearest.c.id == Asset.id)
        .where(Asset.workspace_id == workspace_id)
        .order_by(nearest.c.depth, Asset.id)
    )
    nodes = [Node(asset=asset, depth=far) for asset, far in await db.execute(query)]
    return Lineage(nodes=nodes, edges=await _edges(db, workspace_id, [node.asset.id for node in nodes]))


async def _edges(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[AssetEdge]:
    query = (
        select(AssetEdge)
        .where(AssetEdge.workspace_id == workspace_id)
        .where(AssetEdge.asset_id.in_(ids), AssetEdge.source_id.in_(ids))
        .order_by(AssetEdge.asset_id, AssetEdge.source_id)
    )
    return (await db.scalars(query)).all()
