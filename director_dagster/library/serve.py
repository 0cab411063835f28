"""Serving the library: what it opens, at which addresses, and who needs a token there."""

import gc
import socket
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn

from director_dagster.errors import BadInput
from director_dagster.library.access import Door
from director_dagster.library.app import create_app
from director_dagster.library.renditions import Renditions
from director_dagster.library.rooms import Library
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings, user
from director_dagster.studio.studio import open_studio

LOCAL = "localhost"
PORTS = {"http": 80, "https": 443}


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    public_url: str | None,
    dagster: str | None,
    say: Callable[[str], object],
) -> None:
    """Serve until a signal ends it, and say where. Raises BadInput for addresses that cannot be, and
    DatabaseUnavailable."""
    door = door_of(host, port, public_url)
    studio = open_studio(
        database_url=database_url(settings),
        home=settings.home,
        accounts=settings.accounts,
        replicas=settings.copies,
        min_copies=settings.min_copies,
    )
    library = Library(
        catalog=studio.catalog,
        vault=studio.vault,
        studio=studio,
        renditions=Renditions(settings.home / "renditions", studio.workers),
        door=door,
        dagster=dagster,
    )
    server = uvicorn.Server(
        uvicorn.Config(create_app(library), log_level="warning", proxy_headers=False, server_header=False)
    )
    try:
        with _listening(host, port) as listening:
            gc.freeze()  # all modules are there to stay: to look them through again kept a page of 400 for 0.1 s
            say(f"Library: {public_url or _at('http', host, port)}  (Ctrl-C ends it)")
            if is_open_to_readers(public_url):
                say("http is not encrypted: whoever is on the way can read tokens. Put TLS before it, and say https")
            server.run(sockets=[listening])
    finally:
        studio.workers.close()


def is_open_to_readers(public_url: str | None) -> bool:
    """Whether what passes between people and the library can be read on the way."""
    told = urlsplit(public_url or "")
    return told.scheme == "http" and not _is_local(told.hostname or "")


def door_of(host: str, port: int, public_url: str | None) -> Door:
    """Who comes in at these addresses: on loopback alone whoever is at this machine, everywhere else by a token.

    Raises BadInput when the library listens to the world and nobody has said by which address the world knows it.
    """
    local = _is_local(host)
    if not local and public_url is None:
        raise BadInput(f"{host} is not loopback: say by --public-url where people find the library, as https://…")
    named = {host, LOCAL, "127.0.0.1"} if local else {host}
    origins = {_at("http", name, port) for name in named}
    if public_url is not None:
        origins.add(_origin(public_url))
    return Door(origins=frozenset(origins), owner=user() if local and public_url is None else None)


def _is_local(host: str) -> bool:
    try:
        return host == LOCAL or ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise BadInput(f"--public-url {url!r}: write https://name or https://name:port, and no more")
    return _at(parts.scheme, parts.hostname, port or PORTS[parts.scheme])


def _at(scheme: str, host: str, port: int) -> str:
    """An origin as browsers write it: without the port that its scheme has anyway."""
    shown = "" if port == PORTS[scheme] else f":{port}"
    return f"{scheme}://[{host}]{shown}" if ":" in host else f"{scheme}://{host}{shown}"


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as exc:
        raise BadInput(f"{host}:{port} cannot be listened to ({exc.strerror}): name another by --port") from exc
