"""`director env`: what Dagster's own commands need in their environment to work in this home."""

import click

from director_dagster.cli.home import furnish, json_option, put
from director_dagster.errors import BadInput
from director_dagster.settings import Settings


@click.command("env")
@json_option
def command(*, as_json: bool) -> None:
    """Print what Dagster's own commands need, for `eval "$(director env)"` or, as `director env > .env`, for a folder.

    Dagster's commands read `.env` by themselves. At the top of the checkout they find the studio without either, but
    keep their logs only as long as they run.
    """
    settings = Settings.from_env()
    variables = settings.variables()
    lines = [_line(name, value) for name, value in variables.items()]
    furnish(settings.dagster_home)
    if as_json:
        put([variables])
    else:
        click.echo("\n".join(lines))


def _line(name: str, value: str) -> str:
    # A shell and a .env file read single quotes alike as long as nothing within needs escaping.
    if any(sign in value for sign in "'\\\n"):
        raise BadInput(f"{name}: shells and .env files read a quote, a backslash or a line break differently")
    return f"export {name}='{value}'"
