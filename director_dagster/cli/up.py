"""`director up`: the Dagster UI and its daemon on loopback, until Ctrl-C."""

import signal
import socket
import subprocess
import sys
import time

import click

from director_dagster.cli.home import json_option, open_home, project_file, put, say
from director_dagster.errors import BadInput, Failed

HOST = "127.0.0.1"
START_S = 120
END_S = 30


class NotServed(Failed):
    """The UI did not come up, or ended by itself."""


@click.command("up")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Of the Dagster UI.")
@json_option
def command(port: int, *, as_json: bool) -> None:
    """Serve the Dagster UI and its daemon on loopback, and say where; Ctrl-C ends both. Postgres goes on running."""
    from director_dagster.definitions import report_dead

    settings, _ = open_home()
    if _answers(port):
        raise BadInput(f"port {port} is taken: name another with --port")
    report_dead()
    arguments = ["-w", str(project_file("workspace.yaml")), "-h", HOST, "-p", str(port)]
    served = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "dagster", "dev", *arguments], cwd=settings.home)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if _await(served, port):
            _tell(f"http://{HOST}:{port}", as_json=as_json)
        code = served.wait()
    except KeyboardInterrupt:
        _end(served)
        return
    raise NotServed(f"the Dagster UI ended by itself (exit code {code}); its last words are above")


def _tell(url: str, *, as_json: bool) -> None:
    if as_json:
        put([{"url": url}])
    else:
        say(f"Dagster: {url}  (Ctrl-C ends it)")


def _await(served: "subprocess.Popen[bytes]", port: int) -> bool:
    """Whether the port answers, at last."""
    until = time.monotonic() + START_S
    while served.poll() is None and time.monotonic() < until:
        if _answers(port):
            return True
        time.sleep(0.2)
    return False


def _end(served: "subprocess.Popen[bytes]") -> None:
    """End it as one asks a server to; a script's background job ignores Ctrl-C's signal, so it gets the other one."""
    served.terminate()
    try:
        served.wait(END_S)
    except subprocess.TimeoutExpired:
        served.kill()
        served.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((HOST, port)) == 0
