"""`director lineage`: an asset's derivative tree, in the terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import click

from director_dagster.cli.home import ask, console, json_option, put, workspace_option

if TYPE_CHECKING:
    from rich.tree import Tree
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.lineage import Lineage
    from director_dagster.catalog.tables import Asset


@click.command("lineage")
@click.argument("asset", type=click.UUID)
@click.option("--up", is_flag=True, help="What it was made from, instead of what was made from it.")
@click.option("--depth", default=8, show_default=True, type=click.IntRange(1, 32))
@workspace_option
@json_option
def command(asset: UUID, depth: int, workspace: str, *, up: bool, as_json: bool) -> None:
    """Draw what was made from an asset, or with --up what it was made from. What is met again is not drawn twice."""

    async def question(db: "AsyncSession", workspace_id: UUID) -> "Lineage":
        from director_dagster.catalog.queries import assets, lineage

        await assets.get(db, workspace_id, asset)
        walk = lineage.ancestors if up else lineage.descendants
        return await walk(db, workspace_id, asset, depth=depth)

    found = ask(question, workspace=workspace)
    if as_json:
        put({"asset": e.asset_id, "source": e.source_id, "role": e.role} for e in found.edges)
    else:
        _draw(found, asset, up=up)


def _draw(found: "Lineage", root: UUID, *, up: bool) -> None:
    from rich.tree import Tree

    names = {node.asset.id: _name(node.asset) for node in found.nodes}
    ways: dict[UUID, list[tuple[UUID, str]]] = {}
    for edge in found.edges:
        here, there = (edge.asset_id, edge.source_id) if up else (edge.source_id, edge.asset_id)
        ways.setdefault(here, []).append((there, edge.role))
    tree = Tree(names[root], highlight=False)
    _grow(tree, root, names, ways, drawn=set())
    console().print(tree)


def _name(asset: "Asset") -> str:
    fate = "  (purged)" if asset.purged_at else "  (in the trash)" if asset.deleted_at else ""
    return f"{asset.kind}  {asset.name}  {asset.id}{fate}"


def _grow(
    branch: "Tree",
    at: UUID,
    names: Mapping[UUID, str],
    ways: Mapping[UUID, list[tuple[UUID, str]]],
    *,
    drawn: set[UUID],
) -> None:
    drawn.add(at)
    for there, role in ways.get(at, []):
        again = there in drawn and bool(ways.get(there))
        twig = branch.add(f"{role}: {names[there]}{' (above)' if again else ''}")
        if not again:
            _grow(twig, there, names, ways, drawn=drawn)
