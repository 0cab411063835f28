"""`director up`: Postgres, the library, the Dagster UI and its daemon on loopback, kept running until Ctrl-C."""

import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from types import FrameType

import click

from director_dagster.cli.home import json_option, open_home, put, say
from director_dagster.cli.supervisor import Ports, alone, is_free, open_studio
from director_dagster.errors import BadInput, DirectorError
from director_dagster.postgres import server as postgres
from director_dagster.settings import LIBRARY_PORT, Env, Settings, export, has_desktop


@click.command("up")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Of the Dagster UI.")
@click.option(
    "--library-port", default=LIBRARY_PORT, show_default=True, type=click.IntRange(1, 65535), help="Of the library."
)
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@json_option
def command(port: int, library_port: int, *, no_open: bool, as_json: bool) -> None:
    """Serve the library, the Dagster UI and its daemon on loopback, keep them running, and say where; Ctrl-C ends all.

    The embedded Postgres is started for it, and ended with it unless it ran before or somebody else works on it.
    """
    if port == library_port:
        raise BadInput(f"--port and --library-port are both {port}: two pages need two")
    settings, ports, stop = Settings.from_env(), Ports(dagster=port, library=library_port), _stop_by_signal()
    export({Env.LIBRARY_URL.value: settings.library_url or ports.library_url})
    with alone(settings, ports) as lock:
        for option, number in (("--port", port), ("--library-port", library_port)):
            if not is_free(number):
                raise BadInput(f"port {number} is taken: name another with {option}")
        with _database(settings) as found, open_studio(settings, found, ports, lock, _report_dead, stop) as studio:
            if studio.start():
                _tell(ports, settings, as_json=as_json, browser=not no_open)
                studio.watch()


def _stop_by_signal() -> Event:
    """Set at the first signal to end; a second one interrupts the ending, and the keeper does the rest at once.

    An exception out of a signal's handler can be lost: it was, when it came within a finalizer (2026-11).
    """
    stop = Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            signal.default_int_handler(number, frame)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
    return stop


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The URL of a running, migrated database; an embedded server that was started for it is stopped at the end."""
    embedded = settings.database_url is None
    ran = embedded and postgres.status(settings.postgres) is not None
    try:
        found = open_home()[1]
    except DirectorError:
        # Nothing was served, so its end is nothing to tell.
        if embedded:
            _leave(settings, ran=ran)
        raise
    try:
        yield found
    finally:
        if embedded:
            say(_leave(settings, ran=ran))


def _leave(settings: Settings, *, ran: bool) -> str:
    """Stop the embedded server unless somebody needs it; says what became of it."""
    if ran:
        return "all is ended; Postgres ran before and goes on running"
    if postgres.is_used(settings.postgres):
        return "all is ended; Postgres goes on running, for somebody works on it"
    postgres.stop(settings.postgres)
    return "all is ended, Postgres too"


def _report_dead(since: datetime) -> list[str]:
    from director_dagster.definitions import report_dead

    return report_dead(since=since)


def _tell(ports: Ports, settings: Settings, *, as_json: bool, browser: bool) -> None:
    if as_json:
        put([{"url": ports.url, "library": ports.library_url, "logs": str(settings.logs)}])
    else:
        say(f"Library: {ports.library_url}")
        say(f"Dagster: {ports.url}  (Ctrl-C ends both; logs: {settings.logs})")
    if browser and sys.stdout.isatty() and has_desktop():
        webbrowser.open(ports.library_url)
