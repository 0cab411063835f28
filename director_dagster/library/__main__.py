"""``python -m director_dagster.library``: serve the library; `director library` and `director up` start it so."""

import sys

import click

from director_dagster.errors import DirectorError
from director_dagster.settings import LIBRARY_PORT, LOOPBACK, Settings


@click.command("director library", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default=LOOPBACK, show_default=True, help="What to listen to; beyond loopback all sign in.")
@click.option("--port", default=LIBRARY_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--public-url", help="Where people find it, when that is not this machine: then all sign in.")
@click.option("--dagster", help="Where Dagster's page is, for links; one at …/dagster is shown here, to operators.")
def command(host: str, port: int, public_url: str | None, dagster: str | None) -> None:
    """Serve the library until Ctrl-C, on the database and the vault of this home."""
    from director_dagster.library.serve import serve

    serve(Settings.from_env(), host=host, port=port, public_url=public_url, dagster=dagster, say=click.echo)


def main() -> None:
    """Run it. An error of ours or of usage is one line and an exit code."""
    try:
        command(prog_name=command.name, standalone_mode=False)
    except click.ClickException as exc:
        click.echo(f"director: {exc.format_message()}", err=True)
        sys.exit(exc.exit_code)
    except click.Abort:
        sys.exit(130)
    except DirectorError as exc:
        click.echo(f"director: {exc}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
