"""`director db`: the database that this home works on."""

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import click

from director_dagster.cli.home import ask, json_option, open_home, put, say
from director_dagster.postgres import programs
from director_dagster.postgres import server as postgres
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings, export

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

RESTRICTED = "director_app"
"""The role that sees one workspace: row-level security, revision 0013 of the catalog."""


@click.group("db")
def command() -> None:
    """The database: start, status, url, psql, migrations; the embedded server goes on running until `stop`."""


@command.command("start")
@json_option
def start(*, as_json: bool) -> None:
    """Start the embedded server of this home, bring its tables to this version, and say where it is."""
    settings = Settings.from_env()
    before = settings.database_url is not None or postgres.status(settings.postgres) is not None
    _, found = open_home()
    where = _where(found)
    if as_json:
        put([{"running": True, "started": not before, "where": where}])
    else:
        say(f"Postgres {'runs already' if before else 'is started'}: {where}")


@command.command("status")
@json_option
def status(*, as_json: bool) -> None:
    """Say whether the database is there, and at which revision; exit code 1 when not. Starts nothing."""
    from director_dagster.catalog.session import revision

    found = database_url(Settings.from_env())
    report = {"running": True, "where": _where(found), "revision": revision(found)}
    if as_json:
        put([report])
    else:
        click.echo(f"Postgres runs: {report['where']}, at revision {report['revision'] or 'none'}")


def _where(url: str) -> str:
    """A database's place as one may show it: without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'local socket'}:{parts.port or 5432}{parts.path}"


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
@click.option("--workspace", help="See and write the rows of this workspace alone.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(workspace: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the database; what follows is psql's own, e.g. -c "SELECT count(*) FROM assets".

    It says which workspace it speaks for: all of them, unless one is named. That keeps mistakes within it: who sets
    director.workspace to another's id sees that one.
    """
    _, found = open_home()
    if workspace is None:
        say("speaks for all workspaces")
    else:
        export({"PGOPTIONS": f"-c role={RESTRICTED} -c director.workspace={_id_of(workspace)}"})
        say(f"speaks for the workspace {workspace} alone")
    # The password goes by the environment: arguments can be read by everybody on the machine.
    parts = urlsplit(found)
    export({"PGPASSWORD": unquote(parts.password or "")})
    bare = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")).geturl()
    program = str(programs.program_path("psql"))
    os.execv(program, [program, bare, *arguments])  # noqa: S606 (a program of ours, no shell)


def _id_of(workspace: str) -> "UUID":
    async def known(_: "AsyncSession", workspace_id: "UUID") -> "UUID":
        return workspace_id

    return ask(known, workspace=workspace)


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
