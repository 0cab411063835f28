"""`director budget`: what may be spent on providers, and what is left of it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog import budgets
from director_dagster.catalog.money import told
from director_dagster.cli.home import ask, film_key, json_option, microusd, put, say, table, workspace_option
from director_dagster.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.tables import Budget

NO_LIMIT = "no-limit"
SHOWN = ("whose", "limit", "spent", "held", "left", "overrun")


@click.group("budget")
def command() -> None:
    """Set and show what may be spent. Where no budget is set, nothing is."""


@command.command("set")
@click.argument("amount")
@click.option("--film", help="Of this film, its short name or workspace/name; else of the workspace.")
@workspace_option
@json_option
def set_(amount: str, film: str | None, workspace: str, *, as_json: bool) -> None:
    """Let AMOUNT dollars in all be spent, or with `no-limit` anything.

    A film's budget lies within its workspace's. A second call changes the limit; never below what is spent and held.
    """
    limit = budgets.NO_LIMIT_MICROUSD if amount == NO_LIMIT else microusd(amount)
    key = None if film is None else film_key(film, workspace)

    async def changed(db: "AsyncSession", workspace_id: UUID) -> dict[str, Any]:
        from director_dagster.catalog.queries import films

        found = None if key is None else await films.find(db, key.workspace, key.film)
        if key is not None and found is None:
            raise BadInput(
                f"there is no film {key}; `director film list --workspace {key.workspace}` names those there are"
            )
        budget = await budgets.set_limit(
            db, workspace_id=workspace_id, film_id=None if found is None else found.id, limit_microusd=limit
        )
        return _row(str(key or workspace), budget)

    row = ask(changed, workspace=workspace if key is None else key.workspace, changes=True)
    if as_json:
        put([row])
    else:
        left = "" if limit == budgets.NO_LIMIT_MICROUSD else f", of which {row['left']} is left"
        say(f"{row['whose']}: {row['limit']}{left}")


@command.command("show")
@workspace_option
@json_option
def show(workspace: str, *, as_json: bool) -> None:
    """The workspace's budget and its films': the limit, what is spent, what is held for work under way, what is left.

    Overrun is what providers charged beyond the price that they had named.
    """

    async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        found = await budgets.of_workspace(db, workspace_id)
        return [_row(workspace if film is None else f"{workspace}/{film.slug}", budget) for budget, film in found]

    rows = ask(rows_of, workspace=workspace)
    if as_json:
        put(rows)
    elif rows:
        table(SHOWN, ([row[column] for column in SHOWN] for row in rows))
    else:
        sets = f"director budget set 20 --workspace {workspace}"
        say(f"{workspace} has no budget, so nothing is spent: `{sets}` lets 20 dollars be")


def _row(whose: str, budget: "Budget") -> dict[str, Any]:
    unlimited = budget.limit_microusd == budgets.NO_LIMIT_MICROUSD
    return {
        "whose": whose,
        "limit": "no limit" if unlimited else told(budget.limit_microusd),
        "spent": told(budget.spent_microusd),
        "held": told(budget.reserved_microusd),
        "left": "no limit" if unlimited else told(budgets.left_microusd(budget)),
        "overrun": told(budget.overrun_microusd),
    }
