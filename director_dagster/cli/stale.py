"""`director stale`: which pieces of which films are not what they are asked for today, why, and what that costs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import most, told
from director_dagster.cli.home import film_key, json_option, put, say, table, with_studio, workspace_option
from director_dagster.cli.whatif import COLUMNS, rows_of, told_depths
from director_dagster.errors import DirectorError

if TYPE_CHECKING:
    from director_dagster.studio.staleness import Standing
    from director_dagster.studio.studio import Studio

CURRENT = "current"
STATES = (CURRENT, "stale", "missing", "blocked")
OF_FILMS = ("film", *STATES, "at least", "at most", "why not")


@click.command("stale")
@click.argument("film", required=False)
@workspace_option
@json_option
def command(film: str | None, workspace: str, *, as_json: bool) -> None:
    """Tell which pieces of FILM, or of all films of the workspace, are current, stale, missing or blocked.

    Stale is what is made from something that has changed since: the page, a look, a setting; another crew makes nothing
    stale. `director make` brings it up to date. Of one film each piece is told with why, old words with `-`, new ones
    with `+`, and what it costs as far as one goes; of all films how many pieces, and what they cost.
    """
    if film is None:
        _tell_all(workspace, as_json=as_json)
    else:
        _tell_one(film, workspace, as_json=as_json)


def _tell_one(film: str, workspace: str, *, as_json: bool) -> None:
    key = film_key(film, workspace)

    async def asked(studio: "Studio") -> "Sequence[Standing]":
        from director_dagster.studio.staleness import look

        return await look(studio, key)

    found = with_studio(asked)
    if as_json:
        put({"state": each.state, "field": each.field, **asdict(each.change)} for each in found)
        return
    behind = [each for each in found if each.state != CURRENT]
    rows = [[each.state if n == 0 else "", *row] for each in behind for n, row in enumerate(rows_of(each.change))]
    if rows:
        table(("state", *COLUMNS), rows)
    counts = Counter(each.state.value for each in found)
    say(", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]))
    for line in told_depths([each.change for each in found]):
        say(line)


def _tell_all(workspace: str, *, as_json: bool) -> None:
    async def asked(studio: "Studio") -> "Mapping[str, Sequence[Standing] | DirectorError]":
        from director_dagster.studio.staleness import of_workspace

        return await of_workspace(studio, workspace)

    rows = [_of_film(film, found) for film, found in with_studio(asked).items()]
    if as_json:
        put(rows)
    else:
        table(OF_FILMS, [[row.get(name, "") for name in OF_FILMS] for row in rows])


def _of_film(film: str, found: "Sequence[Standing] | DirectorError") -> dict[str, Any]:
    if isinstance(found, DirectorError):
        return {"film": film, "why not": str(found)}
    counts = Counter(each.state.value for each in found)
    low = _sum([each.change.low_microusd for each in found])
    high = _sum([each.change.high_microusd for each in found])
    return {"film": film, **{state: counts[state] for state in STATES}, "at least": told(low), "at most": most(high)}


def _sum(costs: Sequence[int | None]) -> int | None:
    """Of costs one of which is not known nothing is known."""
    return None if None in costs else sum(cost or 0 for cost in costs)
