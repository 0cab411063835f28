"""`director costs`: what was spent, what reuse saved, and how a film's estimates came out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.catalog.queries.spending import DIMENSIONS, Dimension
from director_dagster.cli.home import ask, film_key, json_option, put, table, workspace_option
from director_dagster.errors import BadInput
from director_dagster.story.film import FilmKey

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.costs import Cost

COLUMNS = ("what", "cost_usd", "pieces", "failed", "unknown")
BESIDE = ("agreed", "maker", "estimated", "low", "high", "bought", "failed", "cost", "unknown")


@click.command("costs")
@click.option("--by", type=click.Choice(DIMENSIONS), help="By what it is grouped.  [default: film]")
@click.option("--film", help="Of this film: each estimate that was agreed to, beside what was then charged.")
@workspace_option
@json_option
def command(by: Dimension | None, film: str | None, workspace: str, *, as_json: bool) -> None:
    """What the workspace has spent on generations, group by group, and what reuse has saved it.

    A cost that nobody knows is counted as unknown, never as nothing. What may have been paid is told beside it, in no
    sum: `director ledger list`.
    """
    if by is not None and film is not None:
        raise BadInput("--by groups what a workspace has spent, --film tells of a film's estimates: give one")
    key = None if film is None else film_key(film, workspace)

    async def costs_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        return await (_costs(db, workspace_id, by or "film") if key is None else _beside(db, workspace_id, key))

    rows = ask(costs_of, workspace=workspace if key is None else key.workspace)
    if as_json:
        put(rows)
    elif key is None:
        table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))
    else:
        table(BESIDE, (_told(row) for row in rows))


async def _costs(db: "AsyncSession", workspace_id: UUID, by: Dimension) -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import amounts, costs, groups, spending

    if await amounts.waiting(db):
        await amounts.fold(db)
    found = await spending.by(db, workspace_id, by)
    saved = await costs.saved(db, workspace_id)
    rows = [*((group.key or "(none)", group) for group in found), ("total", groups.in_all(found))]
    told_rows = [
        {
            "what": what,
            "cost_usd": told(cost.microusd),
            "pieces": cost.pieces,
            "failed": cost.failed,
            "unknown": cost.unknown,
        }
        for what, cost in rows
    ]
    reuse = {"what": "saved by reuse", "cost_usd": told(saved.microusd), "pieces": saved.uses, "failed": 0}
    doubtful = [
        {
            "what": "may have been paid",
            "cost_usd": told(None),
            "pieces": each.pieces,
            "failed": 0,
            "unknown": each.unknown,
        }
        for each in await spending.attempts(db, workspace_id)
        if each.key == "unknown"
    ]
    return [*told_rows, {**reuse, "unknown": saved.unknown}, *doubtful]


async def _beside(db: "AsyncSession", workspace_id: UUID, key: FilmKey) -> list[dict[str, Any]]:
    """Each agreed estimate of a film, by maker, beside what its makers charged from then until the next one."""
    from director_dagster.catalog.queries import costs, events, films
    from director_dagster.studio.prospect import AGREED

    film = await films.find(db, key.workspace, key.film)
    if film is None:
        raise BadInput(
            f"there is no film {key}; `director film list --workspace {key.workspace}` names those there are"
        )
    agreed = await events.about(db, workspace_id, str(key), what=AGREED)
    begins = [film.created_at, *(event.at for event in agreed)]
    rows: list[dict[str, Any]] = []
    for since, until, event in zip(begins, [*begins[1:], None], [None, *agreed], strict=True):
        charged = await costs.charged(db, workspace_id, film.id, since=since, until=until)
        bought = [] if event is None else event.details["bought"]
        when = "before any" if event is None else f"{since:%Y-%m-%d %H:%M:%S}"
        rows += [{"agreed": when, **row} for row in _pairs(bought, charged)]
    return rows


def _pairs(bought: Sequence[Mapping[str, Any]], charged: Sequence["Cost"]) -> list[dict[str, Any]]:
    """What each maker was expected to charge, and has charged."""
    expected: dict[str, Counter[str]] = {}
    for row in bought:
        sums = {"estimated": row["made"], "low_microusd": row["low_microusd"], "high_microusd": row["high_microusd"]}
        expected.setdefault(row["maker"], Counter()).update(sums)
    actual = {cost.key: cost for cost in charged if cost.key is not None}
    return [
        {
            "maker": maker,
            **{name: expected.get(maker, Counter())[name] for name in ("estimated", "low_microusd", "high_microusd")},
            "bought": actual[maker].pieces - actual[maker].failed if maker in actual else 0,
            "failed": actual[maker].failed if maker in actual else 0,
            "cost_microusd": actual[maker].microusd if maker in actual else 0,
            "unknown": actual[maker].unknown if maker in actual else 0,
        }
        for maker in sorted({*expected, *actual})
    ]


def _told(row: Mapping[str, Any]) -> list[object]:
    money = {"low": row["low_microusd"], "high": row["high_microusd"], "cost": row["cost_microusd"]}
    return [told(money[column]) if column in money else row[column] for column in BESIDE]
