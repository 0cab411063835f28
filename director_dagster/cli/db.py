"""`director db`: the database that this home works on."""

import os
from urllib.parse import unquote, urlsplit

import click

from director_dagster.cli.home import json_option, open_home, put
from director_dagster.postgres import programs
from director_dagster.postgres import server as postgres
from director_dagster.settings import Settings, export


@click.group("db")
def command() -> None:
    """The database: its url, psql, migrations; the embedded server goes on running until `stop`."""


@command.command("url")
@json_option
def url(*, as_json: bool) -> None:
    """Print the database's URL, password included; the embedded server is started for it."""
    _, found = open_home()
    if as_json:
        put([{"url": found}])
    else:
        click.echo(found)


@command.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database; what follows is psql's own, e.g. -c "SELECT count(*) FROM assets"."""
    _, found = open_home()
    # The password goes by the environment: arguments can be read by everybody on the machine.
    parts = urlsplit(found)
    export({"PGPASSWORD": unquote(parts.password or "")})
    bare = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")).geturl()
    program = str(programs.program_path("psql"))
    os.execv(program, [program, bare, *arguments])  # noqa: S606 (a program of ours, no shell)


@command.command("stop")
@json_option
def stop(*, as_json: bool) -> None:
    """Stop the embedded server of this home; any other command starts it again."""
    settings = Settings.from_env()
    postgres.stop(settings.postgres)
    if as_json:
        put([{"stopped": str(settings.postgres)}])


@command.command("migrate")
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the database to this version's tables; every other command does so too."""
    from director_dagster.catalog.session import revision

    _, found = open_home()
    at = revision(found)
    if as_json:
        put([{"revision": at}])
    else:
        click.echo(f"at revision {at}")
