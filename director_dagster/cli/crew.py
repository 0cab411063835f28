"""`director crew`: who makes what in a workspace's films that do not say."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.cli.home import ask, film_key, json_option, open_home, put, say, table, workspace_option
from director_dagster.cli.wishes import crew_of, crew_options
from director_dagster.errors import BadInput
from director_dagster.story.crew import MEDIA, PRESETS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.providers.contract import Provider

COLUMNS = ("medium", "maker", "lacks")


@click.group("crew")
def command() -> None:
    """Set and show who makes what. An option of `make` goes before a film's own word, that before the workspace's."""


@command.command("set")
@crew_options
@workspace_option
@json_option
def set_(workspace: str, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Let this crew make what the workspace's films do not say: `--crew cheap`, media one by one, or both.

    A second call replaces it. What is made stays as it is.
    """
    from director_dagster.catalog.queries import films
    from director_dagster.studio.crew import refuse_strange, refuse_unable

    crew = crew_of(given)
    if not crew:
        raise BadInput(f"say who makes what: --crew {', '.join(PRESETS)}, or a medium like --video fal")
    with opened() as providers:
        refuse_strange(providers, crew)
        refuse_unable(providers, crew)

    async def changed(db: "AsyncSession", workspace_id: UUID) -> None:
        await films.set_crew(db, workspace_id, crew)

    ask(changed, workspace=workspace, changes=True)
    _put(crew, as_json=as_json)


@command.command("show")
@click.option("--film", help="Of this film, with what its workspace says of the rest.")
@workspace_option
@json_option
def show(film: str | None, workspace: str, *, as_json: bool) -> None:
    """Who makes what in a workspace or a film, and what is still needed for it, such as a key."""
    key = None if film is None else film_key(film, workspace)

    async def found(db: "AsyncSession", workspace_id: UUID) -> Mapping[str, str]:
        from director_dagster.catalog.queries import films

        own: Mapping[str, str] = {}
        if key is not None:
            row = await films.find(db, key.workspace, key.film)
            if row is None:
                raise BadInput(
                    f"there is no film {key}; `director film list --workspace {key.workspace}` names those there are"
                )
            own = row.settings["film"].get("crew", {})
        return {**await films.crew(db, workspace_id), **own}

    _put(ask(found, workspace=workspace if key is None else key.workspace), as_json=as_json)


def _put(crew: Mapping[str, str], *, as_json: bool) -> None:
    """Each medium, who makes it, and what is missing for it."""
    from director_dagster.studio.crew import HOUSE, lacking

    with opened() as providers:
        rows = [
            {"medium": medium, "maker": (maker := crew.get(medium, HOUSE)), "lacks": lacking(providers, maker)}
            for medium in MEDIA
        ]
    if as_json:
        put(rows)
    else:
        table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))
        say(f"presets: {', '.join(PRESETS)}; `director crew set --crew cheap` lets one make what films do not say")


@contextmanager
def opened() -> "Iterator[Mapping[str, Provider]]":
    """The providers that are installed, without a database."""
    from director_dagster.studio.studio import open_studio

    settings, url = open_home()
    studio = open_studio(database_url=url, home=settings.home, accounts=settings.accounts)
    try:
        yield studio.providers
    finally:
        asyncio.run(studio.aclose())
