"""`director library`: the library alone, in place of this process."""

import os
import sys

import click

from director_dagster.cli.home import open_home


@click.command("library", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Serve the library until Ctrl-C; its options are those of ``python -m director_dagster.library``."""
    if not {"-h", "--help"} & set(arguments):
        open_home()
    os.execv(sys.executable, [sys.executable, "-m", "director_dagster.library", *arguments])  # noqa: S606 (ours)
