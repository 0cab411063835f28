"""The command `director`: thin, scriptable, honest. Data go to stdout, talk to stderr.

Exit codes: 0; 2, nothing was begun, and something asked for or set up must be mended first; 1, it was begun and failed,
or what was kept is damaged.

A command's module is imported when that command runs, so that `director --help` costs no Dagster and no database.
"""

import gc
from importlib import import_module
from keyword import iskeyword

import click

from director_dagster.errors import Damaged, DirectorError, Failed, one_line

COMMANDS = {
    "make": "Make a film of a screenplay or an idea.",
    "up": "Serve the library, the Dagster UI and its daemon on loopback.",
    "library": "Serve the library alone: for a server, or beside a Dagster of your own.",
    "token": "Let people sign in to the library, list and revoke.",
    "request": "Ask for films, at once or by the queue, and see what became of them.",
    "doctor": "Say what is missing here and how to get it.",
    "estimate": "What making a film would keep, reuse, make and cost.",
    "whatif": "What an edited screenplay would keep, change and cost.",
    "stale": "Which pieces are not what their film asks for, why, and what that costs.",
    "crew": "Set and show who makes what.",
    "budget": "Set and show what may be spent.",
    "film": "Add, list and show films.",
    "take": "List, compare and choose takes of a film's pieces.",
    "character": "Add, list and show characters, and bring pictures of them.",
    "location": "Add, list and show locations.",
    "prop": "Add, list and show props.",
    "voice": "Choose, list and clone the voices of characters.",
    "assets": "Add, list, show and open assets; delete, restore, hold and purge them.",
    "costs": "What was spent, and what reuse saved.",
    "scrub": "Look whether everything that was kept is still there.",
    "recover": "Bring back what is lost, the cheapest way.",
    "copies": "Keep what the vault holds in further stores.",
    "export": "Write a film or a workspace as a bag that stands alone.",
    "import": "Bring a film or a workspace here from a bag.",
    "rebuild": "Make a lost catalog anew from the vault alone.",
    "ledger": "What was bought, and what a person must decide.",
    "audit": "Prove, list and export the log of what was done, by whom.",
    "simulate": "Be the providers, on loopback: to try a crew without a key.",
    "lineage": "Draw an asset's derivative tree.",
    "db": "The database: start, status, stop, url, psql, migrations.",
    "env": "What Dagster's own commands need in their environment.",
}

INTERRUPTED = 130
GC_OBJECTS = 50_000
"""Python looks for rubbish each time that it has so many objects more, not 700: a long film's rows are all in use, and
looking through them again and again was a fourth of an estimate's time."""


class Commands(click.Group):
    """The commands of the table above, each in the module of `director_dagster.cli` that bears its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """In the order of the table: the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"director_dagster.cli.{module}").command
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
    """Run the command. An error of ours or of usage is one line and an exit code; any other is a bug and shows."""
    gc.set_threshold(GC_OBJECTS)
    try:
        code = director(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        code = exc.exit_code
    except click.ClickException as exc:
        click.echo(f"director: {one_line(exc.format_message())}{_where_to_look(exc)}", err=True)
        code = exc.exit_code
    except click.Abort:
        click.echo("director: stopped", err=True)
        code = INTERRUPTED
    except DirectorError as exc:
        click.echo(f"director: {exc}", err=True)
        code = 1 if isinstance(exc, Failed | Damaged) else 2
    raise SystemExit(code)


def _where_to_look(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""
