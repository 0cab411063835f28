"""`director request`: films that are asked for, which `director up` makes: at once, or when the queue comes to them."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.ids import as_id
from director_dagster.catalog.money import to_microusd, told
from director_dagster.cli.commission import brief_options, meant
from director_dagster.cli.home import ask, json_option, microusd, put, say, table, with_studio, workspace_option
from director_dagster.cli.wishes import wish_options, wishes_of
from director_dagster.errors import BadInput
from director_dagster.settings import Env, Settings, user

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.tables import FilmRequest
    from director_dagster.studio.studio import Studio

KEY_CHARS, HIGHEST = 200, 1_000_000
QUEUED = "in the queue"
SHOWN = ("request", "film", "state", "priority", "may spend", "spent", "asked by", "asked at", "why")


@click.group("request")
def command() -> None:
    """Ask for films, and see what became of them. `director up` makes them, and need not be running meanwhile."""


@command.command("add")
@brief_options
@wish_options
@click.option("--queue", "queued", is_flag=True, help="When its turn comes: DIRECTOR_QUEUE_A_DAY are made a day.")
@click.option("--priority", type=click.IntRange(-HIGHEST, HIGHEST), default=0, help="Higher ones go first.")
@click.option("--max-usd", metavar="AMOUNT", default="0", show_default=True, help="What it may spend, in dollars.")
@click.option("--key", default="", help="A name of your own: asked for twice by one key, it is one request.")
@json_option
def add(*, queued: bool, priority: int, max_usd: str, key: str, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Ask for a film of SCRIPT or of an idea, or with --film alone for that film as it stands.

    It takes what `director make` takes, and asks nothing: what costs something is made within --max-usd and the
    budgets, else the request fails and says what it would cost. The same again, while it is open, is the same request.
    """
    from director_dagster.studio.requests import Wanted, request

    if len(key) > KEY_CHARS or not key.isprintable():
        raise BadInput(f"--key: write up to {KEY_CHARS} letters that can be read")
    may_spend, wishes = microusd(max_usd), wishes_of(given)
    film = meant(**given, crew=wishes.crew, example=False)[1]

    async def asked(studio: "Studio") -> "tuple[FilmRequest, bool]":
        wanted = Wanted(
            film=film, wishes=wishes, max_microusd=may_spend, queued=queued, priority=priority, key=key, by=user()
        )
        return await request(studio, wanted)

    row, is_new = with_studio(asked)
    if as_json:
        put([_row(row, 0) | {"new": is_new}])
    else:
        first = f"{film.key}: request {row.id}"
        say(f"{first}, {_state(row)}: `director up` makes it" if is_new else f"{first} is there already: {_state(row)}")
        if why := _too_dear(row):
            say(f"{film.key}: it is not taken from the queue as it stands: {why}")


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many at most.")
@workspace_option
@json_option
def listed(limit: int, workspace: str, *, as_json: bool) -> None:
    """What is being made, what waits, the queue in its order, and then what is over, the newest first."""

    async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import requests

        return [_row(row, spent) for row, spent in await requests.listed(db, workspace_id, limit=limit)]

    rows = ask(rows_of, workspace=workspace)
    if as_json:
        put(rows)
    elif rows:
        table(SHOWN, ([row[column] for column in SHOWN] for row in rows))
    else:
        say(f"nothing was asked for in {workspace}: `director request add my.fountain` does")


@command.command("withdraw")
@click.argument("request")
@workspace_option
def withdraw(request: str, workspace: str) -> None:
    """Take back a REQUEST, by its id, that has not begun."""
    from director_dagster.catalog.queries import films
    from director_dagster.studio import requests

    request_id = as_id(request)

    async def withdrawn(studio: "Studio") -> "FilmRequest":
        async with studio.catalog.session() as db:
            found = await films.find_workspace(db, workspace)
        if found is None:
            raise BadInput(f"there is no workspace {workspace!r}")
        return await requests.withdraw(studio, found.id, request_id)

    row = with_studio(withdrawn)
    say(f"{workspace}/{row.film} is not asked for any more by {row.id}; what is made of it stays")


def _state(row: "FilmRequest") -> str:
    return QUEUED if row.state == "waiting" and row.queued and row.taken_on is None else row.state


def _too_dear(row: "FilmRequest") -> str:
    """Why the queue never comes to a request, if it does not."""
    a_day = to_microusd(Settings.from_env().queue_usd) or 0
    if _state(row) != QUEUED or row.max_microusd <= a_day:
        return ""
    return f"a day of the queue spends up to {told(a_day)} in all: set {Env.QUEUE_USD}, or ask for it with less"


def _row(row: "FilmRequest", spent_microusd: int) -> dict[str, Any]:
    return {
        "request": row.id,
        "film": row.film,
        "state": _state(row),
        "priority": row.priority,
        "may spend": told(row.max_microusd),
        "spent": told(spent_microusd),
        "asked by": row.asked_by,
        "asked at": f"{row.asked_at:%Y-%m-%d %H:%M}",
        "why": row.reason or _too_dear(row),
        "run": row.runs[-1] if row.runs else None,
    }
