"""The web app: its pages, its API and its static files, behind one door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from director_dagster.library import (
    api,
    attempts,
    batch,
    board,
    budgets,
    bulk,
    costs,
    dagster_page,
    export,
    films,
    films_api,
    making,
    media,
    one,
    pages,
    problems,
    progress,
    purge,
    sign_in,
    uploads,
    whatif,
)
from director_dagster.library.access import Guard, Telling
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import STATIC

MOST_BYTES = 20_000_000
"""Of what is sent; files have a limit of their own."""

WORKSPACE = {
    "name": "workspace",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "maxLength": 40, "default": ""},
    "description": "Whose; of a member always their own.",
}

ROOMS = (
    *(
        pages.router,
        dagster_page.beside,
        one.router,
        costs.router,
        budgets.router,
        attempts.router,
        media.router,
        sign_in.router,
        batch.router,
        export.router,
    ),
    *(films.router, board.router, making.router, progress.router, whatif.router, dagster_page.router),
    *(api.router, api.tables, costs.api, budgets.api, purge.router, bulk.router, films_api.router, uploads.router),
)
ROUTES = [route for room in ROOMS for route in room.routes if isinstance(route, APIRoute)]


def create_app(library: Library) -> FastAPI:
    """The app on an open library; what is open is closed by whoever opened it."""
    app = FastAPI(
        title="director_dagster",
        summary="The library of an AI-film studio.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_working,
        max_body_size=MOST_BYTES,
    )
    app.state.library = library
    for room in ROOMS:
        app.include_router(room)
    _answer_heads(app)
    app.add_api_route("/healthz", _healthy, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/api/v1/openapi.json", _described, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.handle(app, ROUTES)
    app.add_middleware(Telling)
    app.add_middleware(Guard, door=library.door)
    return app


@asynccontextmanager
async def _working(app: FastAPI) -> AsyncIterator[None]:
    """While it is served: batches that a killed process has left are gone on with."""
    library: Library = app.state.library
    library.working.go_on(library.studio)
    yield
    await library.working.stop()


def _answer_heads(app: FastAPI) -> None:
    """Have HEAD answered wherever GET is; `Guard` leaves the body out. The API's description has the GET alone."""
    for route in ROUTES:
        if "GET" in (route.methods or ()):
            app.add_api_route(
                route.path,
                route.endpoint,
                methods=["HEAD"],
                include_in_schema=False,
                response_class=route.response_class,
                response_model=route.response_model,
            )


async def _described(request: Request, _: Asking) -> dict[str, Any]:
    """The API, as OpenAPI has it, for who may come in."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        _name_workspaces(app.openapi())
    return app.openapi()


def _name_workspaces(described: dict[str, Any]) -> None:
    """Say of each operation that is not about one asset, whose workspace is known, that it takes a workspace: who asks
    reads it from the address, beside what the operation itself has there."""
    for path, operations in described["paths"].items():
        for operation in operations.values() if "{asset_id}" not in path else ():
            parameters = operation.setdefault("parameters", [])
            if WORKSPACE["name"] not in {each["name"] for each in parameters}:
                parameters.append(WORKSPACE)


async def _healthy(library: Open) -> dict[str, bool]:
    """That the page and its database are there; says nothing else, since it asks nobody who they are."""
    async with library.catalog.session() as db:
        await db.execute(text("SELECT 1"))
    return {"ok": True}
