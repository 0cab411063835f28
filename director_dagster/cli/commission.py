"""What names a film in `director make`, `estimate` and `film add`, and how it becomes a film's row."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from director_dagster.cli.home import film_key, open_home, say, workspace_option
from director_dagster.settings import Settings, user
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings, parse_film_key, slug
from director_dagster.studio.brief_files import read_brief, read_settings

if TYPE_CHECKING:
    from director_dagster.studio.production import Production
    from director_dagster.studio.studio import Studio

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
    """The arguments by which a user says what film is meant; `commissioned` and `meant` take them all."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def commissioned(
    *,
    script: Path | None,
    idea: str | None,
    name: str | None,
    replace: bool,
    workspace: str,
    toml: Path | None,
    crew: Mapping[str, str] | None = None,
) -> "tuple[Settings, Production]":
    """Read what the user brings and make the film's row, or bring it up to date; the home and the film.

    Raises BadInput, before anything is started, for what no film can be made of, or not by `crew`, the run's.
    """
    brief, wanted = read_brief(script, idea), read_settings(toml, script, idea)
    key = parse_film_key(f"{workspace}/{slug(name or brief.name)}")
    if name not in {None, key.film}:
        say(f"the film is called {key.film}: such names are of small letters, digits and dashes")
    settings, url = open_home()
    return settings, asyncio.run(_commission(settings, url, key, brief, wanted, replace=replace, crew=crew))


def meant(
    *,
    script: Path | None,
    idea: str | None,
    name: str | None,
    replace: bool,
    workspace: str,
    toml: Path | None,
    crew: Mapping[str, str],
    example: bool,
) -> "tuple[Settings, Production]":
    """The film that the user means: the one that is there when its name is all that is said, else as `commissioned`.

    With `example`, a name that is no film's yet becomes the example's; else it is refused, BadInput.
    """
    if name is not None and script is None and idea is None and toml is None and not replace:
        settings, url = open_home()
        key = film_key(name if "/" in name else slug(name), workspace)
        there = asyncio.run(_find(settings, url, key, crew, required=not example or "/" in name))
        if there is not None:
            return settings, there
    return commissioned(script=script, idea=idea, name=name, replace=replace, workspace=workspace, toml=toml, crew=crew)


async def _find(
    settings: Settings, url: str, key: FilmKey, crew: Mapping[str, str], *, required: bool
) -> "Production | None":
    from director_dagster.studio.crew import refuse_strange
    from director_dagster.studio.production import find_production, open_production

    studio = _open(settings, url, crew)
    try:
        refuse_strange(studio.providers, crew)
        return await (open_production if required else find_production)(studio.catalog, key)
    finally:
        await studio.aclose()


async def _commission(
    settings: Settings,
    url: str,
    key: FilmKey,
    brief: Brief,
    wanted: FilmSettings,
    *,
    replace: bool,
    crew: Mapping[str, str] | None,
) -> "Production":
    from director_dagster.studio.commission import commission

    studio = _open(settings, url, crew)
    try:
        return await commission(studio, key, brief, wanted, replace=replace)
    finally:
        await studio.aclose()


def _open(settings: Settings, url: str, crew: Mapping[str, str] | None = None) -> "Studio":
    from director_dagster.catalog.chain import Actor
    from director_dagster.studio.studio import open_studio

    actor = Actor(who=user())
    return open_studio(database_url=url, home=settings.home, accounts=settings.accounts, crew=crew, actor=actor)
