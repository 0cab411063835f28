"""`director up`: the Dagster UI and its daemon on loopback, until Ctrl-C."""

import signal
import socket
import subprocess
import sys
import time

import click

from director_dagster.cli.home import open_home, project_file, say
from director_dagster.errors import DirectorError

HOST = "127.0.0.1"
START_S = 120


class NotServed(DirectorError):
    """The UI did not come up, or ended by itself."""


@click.command("up")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Of the Dagster UI.")
def command(port: int) -> None:
    """Serve the Dagster UI and its daemon on loopback, and say where; Ctrl-C ends both. Postgres goes on running."""
    settings, _ = open_home()
    if _answers(port):
        raise NotServed(f"port {port} is taken: name another with --port")
    arguments = ["-w", str(project_file("workspace.yaml")), "-h", HOST, "-p", str(port)]
    served = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "dagster", "dev", *arguments], cwd=settings.home)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _await(served, port)
        say(f"Dagster: http://{HOST}:{port}  (Ctrl-C ends it)")
        code = served.wait()
    except KeyboardInterrupt:
        served.send_signal(signal.SIGINT)
        served.wait()
        return
    raise NotServed(f"the Dagster UI ended by itself (exit code {code}); its last words are above")


def _await(served: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_S
    while served.poll() is None and time.monotonic() < until:
        if _answers(port):
            return
        time.sleep(0.2)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((HOST, port)) == 0
