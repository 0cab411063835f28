"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from director_dagster.catalog.queries import members
from director_dagster.library.access import COOKIE
from director_dagster.library.rooms import Open
from director_dagster.library.views import render

MONTH_S = 30 * 86_400

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def ask(request: Request, next: str = "/library") -> Response:  # noqa: A002 (the name in the address)
    """The page where a token is given."""
    return render(request, "sign_in.html", next=within(next), wrong=False)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    library: Open,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/library",  # noqa: A002
) -> Response:
    """Keep the token in a cookie that no script can read, if it is somebody's."""
    async with library.catalog.session() as db:
        found = await members.signed_in(db, token.strip())
    if found is None:
        page = render(request, "sign_in.html", next=within(next), wrong=True)
        page.status_code = HTTPStatus.FORBIDDEN
        page.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return page
    answer = RedirectResponse(within(next), HTTPStatus.SEE_OTHER)
    safe = any(origin.startswith("https:") for origin in library.door.origins)
    answer.set_cookie(COOKIE, token.strip(), max_age=MONTH_S, httponly=True, samesite="lax", secure=safe)
    return answer


@router.post("/sign-out")
async def sign_out() -> Response:
    """Forget the token here; it is good until it is revoked."""
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def within(address: str) -> str:
    """The address if it is one of our own pages, else the first one: nobody is sent elsewhere by signing in."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/library"
    ours = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and address.isprintable() else "/library"
