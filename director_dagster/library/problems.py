"""What went wrong, told to a person as a page and to a program as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from director_dagster.errors import (
    BadInput,
    Damaged,
    DatabaseUnavailable,
    DirectorError,
    Forbidden,
    Refused,
    SignInNeeded,
    Unavailable,
    Unseen,
)
from director_dagster.library import flaws
from director_dagster.library.access import COOKIE, Reader
from director_dagster.library.rooms import library_of, reader_of
from director_dagster.library.views import render

STATUS: Mapping[type[DirectorError], HTTPStatus] = {
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unseen: HTTPStatus.NOT_FOUND,
    BadInput: HTTPStatus.BAD_REQUEST,
    Refused: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Damaged: HTTPStatus.NOT_FOUND,
}
"""The first that an error is one of; any other is a fault of ours."""


HEADINGS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "That cannot be",
    HTTPStatus.UNAUTHORIZED: "Sign in first",
    HTTPStatus.FORBIDDEN: "You may not do that",
    HTTPStatus.NOT_FOUND: "There is no such thing here",
    HTTPStatus.CONFLICT: "Not as things are now",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of the library's own",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not just now",
}
"""What a page is headed; any other has the words of HTTP."""

AWAY = "the database does not answer: try again in a moment"


class Flaw(BaseModel):
    """What is wrong with one part of a request."""

    where: str
    what: str


class Problem(BaseModel):
    """What went wrong: RFC 9457."""

    title: str
    status: int
    detail: str
    errors: list[Flaw] = []


ANSWERS: dict[int | str, dict[str, Any]] = {
    status.value: {"model": Problem, "description": status.phrase, "content": {"application/problem+json": {}}}
    for status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}
"""What any address of the API may answer instead."""

TOO_LONG = "Part exceeded maximum size"
"""How the reader of forms begins to say so."""

NO_PAGE = "there is nothing at this address"
"""What is said where a router knows no more than that."""


def handle(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Have the app, which answers by these routes, answer errors so."""
    app.state.routes = routes
    app.add_exception_handler(DirectorError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, SignInNeeded) and _by_a_person(request):
        back = f"{request.url.path}?{request.url.query}".rstrip("?")
        answer = RedirectResponse(f"/sign-in?{urlencode({'next': back})}", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), None)
    told = AWAY if isinstance(error, DatabaseUnavailable) else str(error)  # where it is is nobody's business
    return await _told(request, status or HTTPStatus.INTERNAL_SERVER_ERROR, told)


async def _invalid(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    if _by_a_person(request) and {each["loc"][0] for each in found} == {"path"}:
        return await _told(request, HTTPStatus.NOT_FOUND, NO_PAGE)
    told = [
        Flaw(where=".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]), what=flaws.told(each))
        for each in found
    ]
    return await _told(request, HTTPStatus.UNPROCESSABLE_ENTITY, flaws.in_a_line(found), told)


async def _http(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    status = HTTPStatus(refused.status_code)
    told = NO_PAGE if refused.detail == HTTPStatus.NOT_FOUND.phrase else str(refused.detail)
    if told.startswith(TOO_LONG):
        told = "what was written is too long: a field takes up to 1 MB"
    headers = dict(refused.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED and (taken := _methods(request)):
        headers["Allow"] = ", ".join(sorted(taken))
    return await _told(request, status, told, headers=headers)


def _methods(request: Request) -> set[str]:
    """All that the address takes, of whichever route: each knows its own alone."""
    routes: Sequence[APIRoute] = request.app.state.routes
    found = [route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    taken = {method for methods in found for method in methods}
    return taken | ({"HEAD"} if "GET" in taken else set())


async def _told(
    request: Request,
    status: HTTPStatus,
    detail: str,
    errors: Sequence[Flaw] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    extra = {**(headers or {}), **({"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {})}
    if _by_a_person(request):
        page = render(
            request,
            "problem.html",
            heading=HEADINGS.get(status, status.phrase),
            detail=detail,
            again=request.method == "GET" and status == HTTPStatus.SERVICE_UNAVAILABLE,
            back=_back(request),
            **await _who(request),
        )
        page.status_code = status
        page.headers.update(extra)
        return page
    problem = Problem(title=status.phrase, status=status, detail=detail, errors=list(errors))
    return JSONResponse(problem.model_dump(), status, extra, media_type="application/problem+json")


async def _who(request: Request) -> Mapping[str, Reader]:
    """Who asks, by whom a page has its navigation; nothing where that is nobody."""
    try:
        return {"reader": await reader_of(request)}
    except DirectorError:
        return {}


def _back(request: Request) -> str:
    """The page of ours from which it was asked; empty where that is this very one, or none."""
    came = urlsplit(request.headers.get("referer", ""))
    at = f"{came.path}?{came.query}".rstrip("?")
    is_ours = f"{came.scheme}://{came.netloc}" in library_of(request).door.origins
    return at if is_ours and came.path != request.url.path else ""


def _by_a_person(request: Request) -> bool:
    """Whether a browser asks for a page: it says so, and no program's library does by default."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
