"""The web app: its pages, its API and its static files, behind one door."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from director_dagster.library import (
    api,
    board,
    costs,
    films,
    films_api,
    making,
    media,
    one,
    pages,
    problems,
    sign_in,
    whatif,
)
from director_dagster.library.access import Guard
from director_dagster.library.rooms import Library, Open
from director_dagster.library.views import STATIC

ROOMS = (
    pages.router,
    one.router,
    films.router,
    board.router,
    making.router,
    whatif.router,
    costs.router,
    media.router,
    sign_in.router,
    api.router,
    api.tables,
    films_api.router,
    costs.api,
)


def create_app(library: Library) -> FastAPI:
    """The app on an open library; what is open is closed by whoever opened it."""
    app = FastAPI(
        title="director_dagster",
        summary="The library of an AI-film studio.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.library = library
    for room in ROOMS:
        app.include_router(room)
    app.add_api_route("/healthz", _healthy, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.handle(app)
    app.add_middleware(Guard, door=library.door)
    return app


async def _healthy(library: Open) -> dict[str, bool]:
    """That the page and its database are there; says nothing else, since it asks nobody who they are."""
    async with library.catalog.session() as db:
        await db.execute(text("SELECT 1"))
    return {"ok": True}
