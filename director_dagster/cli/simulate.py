"""`director simulate`: the providers' own side on loopback, to try a crew without a key and without paying."""

from pathlib import Path

import click

from director_dagster.cli.home import say
from director_dagster.errors import BadInput
from director_dagster.settings import Settings


@click.command("simulate")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 is any free one.")
@click.option("--charges", type=click.Path(path_type=Path, dir_okay=False), help="Where it writes what it charges.")
def command(port: int, charges: Path | None) -> None:
    """Be every provider that we can buy from, on loopback, until Ctrl-C.

    Each sale is a line of JSON in the file of charges, and at /charges. What goes wrong next is posted to /faults:

    \b
      {"fault": "lose", "provider": "fal", "at": "submit", "times": 2}
      fault     refuse (with status, body, headers), lose, break, garble, trickle, strange, fail, hide,
                ramble (what is written is no screenplay)
      provider  whose; any without one
      at        submit, poll, result or download

    Kling's older way of auth is a key with a secret: DIRECTOR_KLING_SECRET=simulated.
    """
    from director_dagster.simulator.app import PATHS, listen, serve

    file = charges or Settings.from_env().home / "simulated-charges"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as exc:
        raise BadInput(f"--charges {file}: it cannot be written there ({exc.strerror})") from exc
    try:
        listening = listen(port)
    except OSError as exc:
        raise BadInput(f"port {port} is taken: name another by --port ({exc.strerror})") from exc
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    for provider, path in PATHS.items():
        click.echo(f"export DIRECTOR_{provider.upper()}_URL={base}{path} DIRECTOR_{provider.upper()}_KEY=simulated")
    say(f"what it charges: {file} and {base}/charges; what goes wrong next: {base}/faults (see --help)")
    serve(listening, file)
