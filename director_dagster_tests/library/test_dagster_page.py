"""Tests of Dagster's page behind the library's door: who sees it, what is passed on, what never is."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from director_dagster.catalog.queries import films
from director_dagster.catalog.tables import Role
from director_dagster.dagster_server import NoChangeByGet
from director_dagster.library.access import COOKIE, Door, Guard
from director_dagster.library.app import create_app
from director_dagster.library.dagster_page import PROTOCOL
from director_dagster_tests.library.conftest import OUTSIDE, Shelf
from director_dagster_tests.serving import free_port

QUERY, MUTATION = "query { version }", "query A { version } mutation B { launchRun { runId } }"
OTHERS: tuple[Role, ...] = ("viewer", "artist", "producer")


async def echo(request: Request) -> Response:
    """All that has arrived."""
    body = (await request.body()).decode()
    told = {"method": request.method, "path": request.scope["raw_path"].decode(), "query": request.url.query}
    return JSONResponse(
        {**told, "body": body, "headers": dict(request.headers)}, headers={"Connection": "x-secret", "x-secret": "1"}
    )


async def talk(socket: WebSocket) -> None:
    """Say everything back."""
    await socket.accept(subprotocol="graphql-ws")
    async for said in socket.iter_text():
        await socket.send_text(said)


@asynccontextmanager
async def running(app: ASGIApp, port: int) -> AsyncIterator[None]:
    """The app, served on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def dagster() -> AsyncIterator[str]:
    """The address of a stand-in for Dagster's server, that says what it was asked."""
    port = free_port()
    routes = [WebSocketRoute("/dagster/graphql", talk), Route("/{path:path}", echo, methods=["GET", "POST"])]
    async with running(Starlette(routes=routes), port):
        yield f"http://127.0.0.1:{port}/dagster"


@pytest.fixture
def shown(outside: Shelf, dagster: str) -> Shelf:
    """A library off loopback that shows it."""
    return replace(outside, library=replace(outside.library, dagster=dagster))


async def test_it_is_an_operators_and_nobody_elses(shown: Shelf) -> None:
    tokens = {role: await shown.token(role, role) for role in OTHERS}

    async with shown.reader(accept="text/html") as reader:
        nobody = await reader.get("/dagster/runs?x=1")
        others = [
            (await reader.get(f"/dagster{part}", headers={"authorization": f"Bearer {token}"})).status_code
            for token in tokens.values()
            for part in ("", "/", "/runs", "/graphql?query=%7Bversion%7D", "/static/main.js")
        ]

    assert (nobody.status_code, nobody.headers["location"]) == (303, f"/sign-in?next={quote('/dagster/runs?x=1', '')}")
    assert set(others) == {403}


async def test_what_is_asked_is_passed_on_without_the_token(shown: Shelf) -> None:
    token = await shown.token("Op", "operator")

    async with shown.reader(cookie=f"{COOKIE}={token}", origin=OUTSIDE) as reader:
        first = await reader.get("/dagster")
        got = await reader.get("/dagster/assets/home%2Fa-door?partition=a%2Fb", headers={"x-mine": "1"})
        asset = await reader.get("/assets/characters?partition=home%2Fa-door")
        sent = await reader.post("/dagster/graphql", json={"query": MUTATION})

    assert (first.status_code, first.headers["location"]) == (307, "/dagster/")
    assert asset.headers["location"] == "/dagster/assets/characters?partition=home%2Fa-door"
    told = got.json()
    assert (told["path"], told["query"]) == ("/dagster/assets/home%2Fa-door", "partition=a%2Fb")
    assert told["headers"]["x-mine"] == "1"
    assert {"cookie", "authorization"} & told["headers"].keys() == set()
    assert token not in got.text
    assert "x-secret" not in got.headers
    assert got.headers["x-frame-options"] == "DENY"
    assert json.loads(sent.json()["body"]) == {"query": MUTATION}


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/x/../graphql", "//graphql", "/%67raphql", "/runs"])
async def test_a_get_changes_nothing(shown: Shelf, path: str) -> None:
    token = await shown.token("Op", "operator")

    async with shown.reader(cookie=f"{COOKIE}={token}") as reader:
        changes = [
            await reader.get(f"/dagster{path}?{query}")
            for query in (f"query={quote(MUTATION)}", f"query={quote(QUERY)}&query={quote(MUTATION)}")
        ]
        asks = await reader.get(f"/dagster{path}?query={quote(QUERY)}")

    assert [each.status_code for each in changes] == [400, 400]
    assert asks.status_code == 200


async def test_another_sites_page_changes_nothing(shown: Shelf) -> None:
    token = await shown.token("Op", "operator")

    async with shown.reader(cookie=f"{COOKIE}={token}", origin="https://evil.example") as reader:
        answer = await reader.post(f"/dagster/graphql?query={quote(MUTATION)}")

    assert answer.status_code == 403


async def test_where_none_is_named_none_is_shown_and_a_dead_one_is_said(outside: Shelf) -> None:
    token = await outside.token("Op", "operator")
    dead = replace(outside, library=replace(outside.library, dagster="http://127.0.0.1:9/dagster"))
    answers = []

    for each in (outside, dead):
        async with each.reader(cookie=f"{COOKIE}={token}", accept="text/html") as reader:
            answers.append(await reader.get("/dagster/runs"))

    assert [each.status_code for each in answers] == [404, 503]
    assert "--dagster" in answers[0].text
    assert "does not answer" in answers[1].text


async def test_links_lead_there_for_those_who_may_see_it(shown: Shelf) -> None:
    async with shown.catalog.session() as db:
        await films.upsert(db, workspace_id=shown.workspace.id, slug="a-door", title="A Door", settings={"film": {}})
    roles: tuple[Role, ...] = ("producer", "operator")
    pages = {}
    for role in roles:
        async with shown.reader(authorization=f"Bearer {await shown.token(role, role)}") as reader:
            pages[role] = (await reader.get("/films/a-door")).text

    assert "In Dagster" not in pages["producer"]
    assert 'href="/dagster/assets/film?view=partitions&amp;partition=home%2Fa-door"' in pages["operator"]


async def test_what_runs_tell_while_they_work_is_passed_on_both_ways(shown: Shelf) -> None:
    token = await shown.token("Op", "operator")
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    app = create_app(replace(shown.library, door=Door(origins=frozenset({here}), owner=None)))
    address, mine = f"ws://127.0.0.1:{port}/dagster/graphql", {"Cookie": f"{COOKIE}={token}"}
    start = {"type": "start", "payload": {"query": "subscription { runs }"}}
    refused = []

    async with running(app, port):
        async with connect(address, additional_headers=mine, origin=Origin(here), subprotocols=[PROTOCOL]) as socket:
            await socket.send(json.dumps(start))
            heard = json.loads(await socket.recv())
            await socket.send(json.dumps({"type": "start", "payload": {"query": MUTATION}}))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        for headers, origin in ((mine, "https://evil.example"), ({}, here)):
            with pytest.raises(InvalidStatus) as no:
                await connect(address, additional_headers=headers, origin=Origin(origin))
            refused.append(no.value.response.status_code)

    assert (heard, closed.value.rcvd and closed.value.rcvd.code) == (start, 1008)
    assert refused == [403, 403]


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("GET", f"/graphql?query={quote(QUERY)}", {}, 200),
        ("GET", f"/graphql?query={quote(MUTATION)}", {}, 405),
        ("GET", "/runs", {"host": "evil.example"}, 400),
        ("POST", "/graphql", {}, 200),
        ("POST", "/graphql", {"origin": "https://evil.example"}, 403),
        ("POST", "/graphql", {"sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_dagsters_server_beside_it_answers_its_own_pages_alone(
    method: str, address: str, headers: dict[str, str], status: int
) -> None:
    here = "http://127.0.0.1:3000"
    app: Any = Guard(
        NoChangeByGet(Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])),
        Door(origins=frozenset({here}), owner="sam"),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=here) as reader:
        assert (await reader.request(method, address, headers=headers)).status_code == status
