"""What `director make` and `director film add` take, and how it becomes a film's row."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from director_dagster.cli.brief import read_brief, read_settings
from director_dagster.cli.home import open_home, workspace_option
from director_dagster.settings import Settings
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings, parse_film_key, slug

OPTIONS = (
    click.argument("script", required=False, type=click.Path(path_type=Path)),
    click.option("--idea", help="What the film is about, in a sentence, instead of a screenplay."),
    click.option("--film", "name", help="The film's short name; else the file's name, else the idea."),
    click.option("--replace", is_flag=True, help="Make the film of that name anew from this; all that was made stays."),
    workspace_option,
    click.option(
        "--settings", "toml", type=click.Path(path_type=Path), help="A film.toml; else the one beside SCRIPT."
    ),
)


def brief_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments by which a user says what film is meant; `commissioned` takes them all."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def commissioned(
    *, script: Path | None, idea: str | None, name: str | None, replace: bool, workspace: str, toml: Path | None
) -> tuple[Settings, FilmKey]:
    """Read what the user brings and make the film's row, or bring it up to date; the home and the film's key.

    Raises BadInput, before anything is started, for what no film can be made of.
    """
    brief, wanted = read_brief(script, idea), read_settings(toml, script, idea)
    key = parse_film_key(f"{workspace}/{slug(name or brief.name)}")
    settings, url = open_home()
    asyncio.run(_commission(settings, url, key, brief, wanted, replace=replace))
    return settings, key


async def _commission(
    settings: Settings, url: str, key: FilmKey, brief: Brief, wanted: FilmSettings, *, replace: bool
) -> None:
    from director_dagster.studio.commission import commission
    from director_dagster.studio.studio import open_studio

    studio = open_studio(database_url=url, home=settings.home, accounts=settings.accounts)
    try:
        await commission(studio, key, brief, wanted, replace=replace)
    finally:
        await studio.aclose()
