"""Dagster's own page, behind the library's door.

Dagster's web server asks nobody who they are, and changes things for a mere GET, which any picture in a foreign page
can send. So what is asked for below `PREFIX` is passed on to it for an operator alone, and a change only from our own
pages.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import httpx
import websockets
from fastapi import APIRouter, Depends, Request, WebSocket
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from director_dagster.errors import BadInput, DirectorError, Unavailable, Unseen
from director_dagster.library.access import Reader
from director_dagster.library.dagster import PREFIX, is_guarded, refuse_change
from director_dagster.library.rooms import Library, Open, reader_of
from director_dagster.story.wishes import STEPS

CONNECT_S = 5.0
NO_HASTE = httpx.Timeout(CONNECT_S, read=None)
PROTOCOL = Subprotocol("graphql-ws")
WEB_SOCKET = {"http": "ws", "https": "wss"}
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013

OURS = {"cookie", "authorization", "host", "content-length"}
OF_THE_WAY = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
"""What a proxy does not pass on: RFC 9110, section 7.6.1."""
FRAMED_BY_NOBODY = {"content-security-policy": "frame-ancestors 'none'", "x-frame-options": "DENY"}
"""Where its pages have no policy of their own; ours would forbid them their scripts."""

router = APIRouter(prefix=PREFIX, include_in_schema=False)
beside = APIRouter(include_in_schema=False)
"""Where Dagster's page leads that knows of no prefix: markdown in its metadata, to others of its assets."""


async def operator(request: Request) -> Reader:
    """Who asks, if they may see Dagster's page."""
    return _operator(await reader_of(request))


@router.get("")
async def first(request: Request, _: Annotated[Reader, Depends(operator)]) -> Response:
    """Its first page."""
    return RedirectResponse(f"{PREFIX}/?{request.url.query}".rstrip("?"))


async def of_asset(request: Request, library: Open, reader: Annotated[Reader, Depends(operator)]) -> Response:
    """The page of an asset of Dagster's, where that is."""
    at = library.dagster_for(reader)
    if at is None:
        raise Unseen(f"{request.url.path} is a page of Dagster's, and where that is was not said (--dagster)")
    return RedirectResponse(f"{at}{request.url.path}?{request.url.query}".rstrip("?"))


for step in STEPS:
    beside.add_api_route(f"/assets/{step}", of_asset, methods=["GET"])


@router.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])
async def page(request: Request, library: Open, _: Annotated[Reader, Depends(operator)]) -> Response:
    """Whatever its web server answers. Raises BadInput for a change that comes as a GET, and Unavailable when the
    server does not answer."""
    upstream, body = _upstream(library), await request.body()
    if request.method != "POST":
        for query in request.query_params.getlist("query"):
            refuse_change(query)
    address = b"?".join(filter(None, (request.scope["raw_path"], request.scope["query_string"])))
    client = httpx.AsyncClient(timeout=NO_HASTE, trust_env=False)
    sent = client.build_request(
        request.method,
        upstream.copy_with(raw_path=address),
        content=body,
        headers=_passed(request.headers, OURS),
    )
    try:
        answer = await client.send(sent, stream=True)
    except httpx.HTTPError as exc:
        await client.aclose()
        raise Unavailable(f"Dagster at {upstream} does not answer: {type(exc).__name__}") from exc
    return StreamingResponse(
        _bytes_of(answer),
        answer.status_code,
        {**FRAMED_BY_NOBODY, **_passed(answer.headers, set())},
        background=BackgroundTask(client.aclose),
    )


@router.websocket("/graphql")
async def subscriptions(socket: WebSocket) -> None:
    """What its pages hear of a run while it works; nothing is changed by it."""
    library: Library = socket.app.state.library
    try:
        _operator(await library.door.reader(socket, library.catalog))
        upstream = _upstream(library)
    except DirectorError:
        await socket.close(POLICY_VIOLATION)
        return
    try:
        there = await connect(
            str(upstream.copy_with(scheme=WEB_SOCKET[upstream.scheme], path=f"{PREFIX}/graphql")),
            subprotocols=[PROTOCOL],
            max_size=None,
            open_timeout=CONNECT_S,
            proxy=None,
        )
    except (OSError, websockets.WebSocketException):
        await socket.close(TRY_AGAIN_LATER)
        return
    await socket.accept(subprotocol=there.subprotocol)
    async with there:
        asking, hearing = asyncio.create_task(_ask(socket, there)), asyncio.create_task(_hear(socket, there))
        await asyncio.wait({asking, hearing}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, hearing):
            task.cancel()
        await asyncio.gather(asking, hearing, return_exceptions=True)


async def _ask(socket: WebSocket, there: ClientConnection) -> None:
    try:
        while True:
            said = await socket.receive_text()
            refuse_change(_query_of(said))
            await there.send(said)
    except BadInput:
        await socket.close(POLICY_VIOLATION)
    except (WebSocketDisconnect, websockets.ConnectionClosed):
        return


async def _hear(socket: WebSocket, there: ClientConnection) -> None:
    async for said in there:
        await socket.send_text(said if isinstance(said, str) else said.decode())
    await socket.close()


def _operator(reader: Reader) -> Reader:
    reader.require("operator")
    return reader


def _upstream(library: Library) -> httpx.URL:
    """The server behind it. Raises Unseen where nobody said which."""
    if library.dagster is None or not is_guarded(library.dagster):
        raise Unseen(f"no Dagster is shown here: name one that has its page at {PREFIX} by --dagster")
    return httpx.URL(library.dagster)


def _query_of(said: str) -> str:
    try:
        message = json.loads(said)
        return str(message["payload"]["query"])
    except (ValueError, KeyError, TypeError):
        return ""


def _passed(headers: Headers | httpx.Headers, kept: set[str]) -> Mapping[str, str]:
    """The headers that the other side must know, without those that are `kept` here."""
    named = {word.strip().lower() for word in headers.get("connection", "").split(",")}
    return {name: value for name, value in headers.items() if name.lower() not in OF_THE_WAY | named | kept}


async def _bytes_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for some in answer.aiter_raw():
            yield some
    finally:
        await answer.aclose()
