"""`director estimate`: what making a film would keep, reuse, make and cost, before anything is spent."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from director_dagster.cli.commission import brief_options, commissioned
from director_dagster.cli.home import film_key, json_option, open_home, put, table, usd
from director_dagster.settings import Settings
from director_dagster.story.film import FilmKey

if TYPE_CHECKING:
    from director_dagster.studio.report import Made, Report

COLUMNS = ("step", "maker", "kept", "reused", "made", "cost")


@click.command("estimate")
@brief_options
@json_option
def command(*, as_json: bool, **brief: Any) -> None:  # noqa: ANN401 (click's)
    """Tell what `director make` would do, given the same words, and spend nothing.

    With --film alone it is about that film as it stands; else the film is given its row, as by `director film add`.
    The cost is the most that the providers may charge. A film whose script is yet to be written ends with that step.
    """
    settings, key = _film(brief)
    rows = list(_rows(asyncio.run(_estimate(settings, key))))
    if as_json:
        put(rows)
    else:
        table(COLUMNS, ([*(row[name] for name in COLUMNS[:-1]), usd(row["cost_microusd"])] for row in rows))


def _film(brief: dict[str, Any]) -> tuple[Settings, FilmKey]:
    name, bare = brief["name"], brief["script"] is None and brief["idea"] is None
    if name is None or not bare:
        return commissioned(**brief)
    settings, _ = open_home()
    return settings, film_key(name, brief["workspace"])


async def _estimate(settings: Settings, key: FilmKey) -> "Sequence[Report]":
    from director_dagster.postgres.database import database_url
    from director_dagster.studio.estimate import estimate
    from director_dagster.studio.studio import open_studio

    studio = open_studio(database_url=database_url(settings), home=settings.home, accounts=settings.accounts)
    try:
        return await estimate(studio, key)
    finally:
        await studio.aclose()


def _rows(reports: "Sequence[Report]") -> Iterator[dict[str, Any]]:
    """A row for each step and who makes its pieces, then their sum."""
    for report in reports:
        by_maker: defaultdict[str, list[Made]] = defaultdict(list)
        for piece in report.pieces:
            by_maker[f"{piece.provider}:{piece.model}" if piece.provider else "the studio"].append(piece)
        for maker, pieces in sorted(by_maker.items()):
            yield _row(report.step, maker, pieces)
    yield _row("total", "", [piece for report in reports for piece in report.pieces])


def _row(step: str, maker: str, pieces: "Sequence[Made]") -> dict[str, Any]:
    from director_dagster.studio.report import Outcome

    def count(outcome: Outcome) -> int:
        return sum(piece.outcome is outcome for piece in pieces)

    paid = [piece.paid_microusd for piece in pieces]
    return {
        "step": step,
        "maker": maker,
        "kept": count(Outcome.KEPT),
        "reused": count(Outcome.REUSED),
        "made": count(Outcome.GENERATED),
        "cost_microusd": None if None in paid else sum(filter(None, paid)),
    }
