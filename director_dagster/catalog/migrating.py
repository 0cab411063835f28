"""Migrations, by Alembic: the only part of the program that loads it."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from director_dagster.errors import Refused


def upgrade(connection: Connection, current: str | None, to: str = "head") -> None:
    """Bring the tables from the revision `current` to another, in the transaction that is open.

    Raises Refused when this program does not know `current`, or when the tables are not those of that revision.
    """
    config = Config()
    config.set_main_option("script_location", "director_dagster.catalog:migrations")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        head = scripts.get_current_head()
        raise Refused(f"the database is at revision {current}, this program knows {head}: install a newer director")
    try:
        command.upgrade(config, to)
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise
        told = str(exc.orig).partition("\n")[0]
        raise Refused(f"the database cannot be brought on from revision {current}, and is as it was: {told}") from exc
