"""Tests of questions about lineage."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films, lineage
from director_dagster.catalog.queries.lineage import Lineage
from director_dagster.catalog.tables import Asset, AssetEdge, Workspace
from director_dagster_tests.catalog.rows import an_asset

SOURCES = {
    "script": [],
    "look": ["script"],
    "frame": ["script", "look"],
    "shot": ["frame"],
    "film": ["script", "shot"],
    "fork": ["shot"],
}
Graph = dict[str, Asset]


@pytest.fixture
async def graph(db: AsyncSession, acme: Workspace) -> Graph:
    """`SOURCES` as assets."""
    made: Graph = {}
    for name, sources in SOURCES.items():
        made[name] = await an_asset(db, acme, name, source_asset_ids=[(made[source].id, source) for source in sources])
    return made


async def test_ancestors_are_found_with_the_shortest_way_to_them(
    db: AsyncSession, acme: Workspace, graph: Graph
) -> None:
    found = await lineage.ancestors(db, acme.id, graph["film"].id)

    assert _depths(found) == {"film": 0, "script": 1, "shot": 1, "frame": 2, "look": 3}
    assert _edges(found, graph) == {
        ("film", "script"),
        ("film", "shot"),
        ("shot", "frame"),
        ("frame", "script"),
        ("frame", "look"),
        ("look", "script"),
    }


async def test_descendants_are_found_with_the_shortest_way_to_them(
    db: AsyncSession, acme: Workspace, graph: Graph
) -> None:
    found = await lineage.descendants(db, acme.id, graph["look"].id)

    assert _depths(found) == {"look": 0, "frame": 1, "shot": 2, "film": 3, "fork": 3}
    assert [node.asset.name for node in found.nodes] == ["look", "frame", "shot", "film", "fork"]


async def test_one_looks_no_further_than_asked(db: AsyncSession, acme: Workspace, graph: Graph) -> None:
    assert _depths(await lineage.ancestors(db, acme.id, graph["shot"].id, depth=1)) == {"shot": 0, "frame": 1}
    assert _depths(await lineage.descendants(db, acme.id, graph["shot"].id, depth=0)) == {"shot": 0}


async def test_a_cycle_does_not_run_away(db: AsyncSession, acme: Workspace, graph: Graph) -> None:
    db.add(AssetEdge(workspace_id=acme.id, asset_id=graph["script"].id, source_id=graph["film"].id, role="loop"))
    await db.flush()

    found = await lineage.ancestors(db, acme.id, graph["script"].id)

    assert _depths(found) == {"script": 0, "film": 1, "shot": 2, "frame": 3, "look": 4}


async def test_a_lattice_of_many_ways_does_not_run_away(db: AsyncSession, acme: Workspace) -> None:
    layer: list[Asset] = []
    for depth in range(25):
        sources = [asset.id for asset in layer]
        layer = [await an_asset(db, acme, f"{depth}{side}", source_asset_ids=sources) for side in "ab"]

    found = await lineage.ancestors(db, acme.id, layer[0].id)

    assert len(found.nodes) == 49
    assert len(found.edges) == 2 + 23 * 4


async def test_nothing_is_told_of_another_workspace(db: AsyncSession, graph: Graph) -> None:
    other = await films.workspace(db, "other")

    assert await lineage.ancestors(db, other.id, graph["film"].id) == Lineage(nodes=[], edges=[])


def _depths(found: Lineage) -> dict[str, int]:
    return {node.asset.name: node.depth for node in found.nodes}


def _edges(found: Lineage, graph: Graph) -> set[tuple[str, str]]:
    names = {asset.id: name for name, asset in graph.items()}
    return {(names[edge.asset_id], names[edge.source_id]) for edge in found.edges}
