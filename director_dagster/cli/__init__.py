"""The command `director`: thin, scriptable, honest. Data go to stdout, talk to stderr; exit 0, 1 (failed) or 2 (input).

A command's module is imported when that command runs, so that `director --help` costs no Dagster and no database.
"""

from importlib import import_module

import click

from director_dagster.errors import DirectorError, Refused

COMMANDS = {
    "make": "Make a film of a screenplay or an idea.",
    "up": "Serve the Dagster UI and its daemon on loopback.",
    "doctor": "Say what is missing here and how to get it.",
    "film": "List and show films.",
    "assets": "List, show and open assets.",
    "costs": "What was spent, and what reuse saved.",
    "lineage": "Draw an asset's derivative tree.",
    "db": "The database: start, status, stop, url, psql, migrations.",
    "env": "What Dagster's own commands need in their environment.",
}


class Commands(click.Group):
    """The commands of the table above, each in the module of `director_dagster.cli` that bears its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """In the order of the table: the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"director_dagster.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="director-dagster")
def director() -> None:
    """An AI-film studio: script, shot, film: everything is an asset, preserved and reusable."""


def main() -> None:
    """Run the command. An error of ours is one line and exit code 2 or 1; any other is a bug and shows itself."""
    try:
        director()
    except DirectorError as exc:
        click.echo(f"director: {exc}", err=True)
        raise SystemExit(2 if isinstance(exc, Refused) else 1) from exc
