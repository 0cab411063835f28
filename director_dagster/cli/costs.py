"""`director costs`: what was spent, and what reuse saved."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.cli.home import ask, json_option, put, table, usd, workspace_option

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

COLUMNS = ("what", "cost_usd", "pieces", "failed", "unknown")


@click.command("costs")
@click.option("--by", type=click.Choice(["type", "film", "character"]), default="film", show_default=True)
@workspace_option
@json_option
def command(by: str, workspace: str, *, as_json: bool) -> None:
    """What the workspace has spent on generations, group by group, and what reuse has saved it.

    A cost that nobody knows is counted as unknown, never as nothing.
    """

    async def costs_by(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        return await _costs(db, workspace_id, by)

    rows = ask(costs_by, workspace=workspace)
    if as_json:
        put(rows)
    else:
        table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


async def _costs(db: "AsyncSession", workspace_id: UUID, by: str) -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import costs

    asked = {"type": costs.by_type, "film": costs.by_film, "character": costs.by_character}[by]
    groups = await asked(db, workspace_id)
    total, saved = await costs.total(db, workspace_id), await costs.saved(db, workspace_id)
    rows = [(group.key or "(none)", group) for group in groups] + [("total", total)]
    found = [
        {
            "what": what,
            "cost_usd": usd(cost.microusd),
            "pieces": cost.pieces,
            "failed": cost.failed,
            "unknown": cost.unknown,
        }
        for what, cost in rows
    ]
    reuse = {"what": "saved by reuse", "cost_usd": usd(saved.microusd), "pieces": saved.uses, "failed": 0}
    return [*found, {**reuse, "unknown": saved.unknown}]
