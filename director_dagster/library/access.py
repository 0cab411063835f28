"""Who may see what: whose request it is, and which requests come from our own pages at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.queries import films, members
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Role, Workspace
from director_dagster.catalog.tables.members import ROLES
from director_dagster.errors import Forbidden, SignInNeeded, Unseen

COOKIE = "director_token"
BEARER = "bearer "
FIRST_WORKSPACE = "home"
SAFE = {"GET", "HEAD", "OPTIONS"}

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
FAULT = "a fault of the library's own: its log says more; go back, or to /library\n"
HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whose request it is, and all that they may see: one workspace.

    Attributes:
        workspace: Theirs; of the person at this machine, the one that they look at.
        who: By which name the audit log knows them.
        role: What they may do.
        signed_in: Whether by a token; else they are at this machine.
        catalog: That workspace's rows and no others.
        workspaces: The slugs that they may turn to.
    """

    workspace: Workspace
    who: str
    role: Role
    signed_in: bool
    catalog: Catalog
    workspaces: tuple[str, ...]

    @property
    def asked(self) -> dict[str, str]:
        """What an address must name so that it stays in this workspace: nothing for who has no other."""
        return {"workspace": self.workspace.slug} if len(self.workspaces) > 1 else {}

    def may(self, role: Role) -> bool:
        """Whether they may do what `role` may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def require(self, role: Role) -> None:
        """Raises Forbidden for one who may not do what `role` may."""
        if not self.may(role):
            one = f"an {role}" if role[0] in "ao" else f"a {role}"
            raise Forbidden(f"{self.who} is {self.role} of {self.workspace.slug}: this takes {one}")


@dataclass(frozen=True, kw_only=True)
class Door:
    """Who comes in.

    Attributes:
        origins: The addresses at which our own pages are, as ``http://127.0.0.1:3001``.
        owner: The name of the person at this machine, who needs no token; None where everybody needs one.
    """

    origins: frozenset[str]
    owner: str | None

    @property
    def hosts(self) -> frozenset[str]:
        """What a request to our pages may name as its host."""
        return frozenset(urlsplit(origin).netloc for origin in self.origins)

    def is_ours(self, method: str, headers: Headers) -> bool:
        """Whether a request that changes something comes from our own pages, or from no page at all.

        A browser says from which origin it asks; a program that says nothing carries no cookie of anybody's.
        """
        if method in SAFE:
            return True
        return self.is_own(headers)

    def is_own(self, headers: Headers) -> bool:
        """Whether it comes from our own pages, or from no page at all, whatever it is."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        return origin in self.origins if origin is not None else site in {None, "same-origin", "none"}

    async def reader(self, request: HTTPConnection, catalog: Catalog, *, asset: UUID | None = None) -> Reader:
        """Whose request it is; the person at this machine turns to the workspace of `asset`, and so a link needs no
        more than its id; else to the one that the address names.

        A cookie that is nobody's (any more) is none at this machine. Raises SignInNeeded, and Unseen when the address
        names a workspace that there is not, or another than a member's.
        """
        token = token_of(request)
        if token is not None:
            async with catalog.session() as db:
                found = await members.signed_in(db, token)
            if found is not None:
                return _member(found, catalog, request.query_params.get("workspace"))
        if self.owner is None or _bearer(request) is not None:
            raise SignInNeeded("sign in with the token that `director token add` has printed for you")
        return await self._owner(self.owner, request, catalog, asset)

    async def _owner(self, owner: str, request: HTTPConnection, catalog: Catalog, asset: UUID | None) -> Reader:
        async with catalog.session() as db:
            if asset is None:
                found, asked = await films.all_workspaces(db), None
            else:
                found, asked = await films.workspaces_at(db, asset)
            found = found or [await films.workspace(db, FIRST_WORKSPACE)]
        there = {workspace.slug: workspace for workspace in found}
        asked = asked or request.query_params.get("workspace")
        slug = asked or FIRST_WORKSPACE
        workspace = there.get(slug) or (
            None if asked else there.get(FIRST_WORKSPACE) or next(iter(there.values()), None)
        )
        if workspace is None:
            raise Unseen(f"there is no workspace {slug!r}: `director make` begins one")
        within = catalog.within(workspace.id, actor=Actor(who=owner))
        return Reader(
            workspace=workspace,
            who=owner,
            role="operator",
            signed_in=False,
            catalog=within,
            workspaces=tuple(there),
        )


def _member(found: members.SignedIn, catalog: Catalog, asked: str | None) -> Reader:
    """Raises Unseen for another workspace than theirs, whether there is one or not."""
    if asked and asked != found.workspace.slug:
        raise Unseen(f"{found.member.name} sees the workspace {found.workspace.slug}, and no other")
    role: Role = found.member.role  # type: ignore[assignment]  # a CHECK says so
    return Reader(
        workspace=found.workspace,
        who=found.member.name,
        role=role,
        signed_in=True,
        catalog=catalog.within(found.workspace.id, actor=Actor(who=found.member.name)),
        workspaces=(found.workspace.slug,),
    )


def token_of(request: HTTPConnection) -> str | None:
    """The token that a program sends as its bearer, or a browser as its cookie."""
    bearer = _bearer(request)
    return request.cookies.get(COOKIE) if bearer is None else bearer


def _bearer(request: HTTPConnection) -> str | None:
    said = request.headers.get("authorization", "")
    return said[len(BEARER) :].strip() if said.lower().startswith(BEARER) else None


@dataclass(frozen=True)
class Guard:
    """The middleware before everything: it answers no request to another host's name, and changes nothing for another
    site's page.

    A page elsewhere can have its own name point to this machine; its requests bear that name.
    """

    app: ASGIApp
    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        refused = None if scope["type"] == "lifespan" else self._refusal(scope)
        await (refused or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers, talks = Headers(scope=scope), scope["type"] == "websocket"
        if headers.get("host", "").lower() not in self.door.hosts:
            answer = PlainTextResponse("this is not the host you mean\n", status_code=400, headers=HEADERS)
        elif not (self.door.is_own(headers) if talks else self.door.is_ours(scope["method"], headers)):
            answer = PlainTextResponse("only pages from here may ask for that\n", status_code=403, headers=HEADERS)
        else:
            return None
        return WebSocketClose() if talks else answer


@dataclass(frozen=True)
class Telling:
    """The middleware behind it: it tells browsers what our pages may do, answers HEAD without a body, and a fault of
    ours with a line."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told.setdefault(name, value)
            elif scope["method"] == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception:
            if not begun:
                await PlainTextResponse(FAULT, status_code=500)(scope, receive, answer)
            raise
