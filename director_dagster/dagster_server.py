"""``python -m director_dagster.dagster_server``: Dagster's web server, answering none but its own pages.

At this machine nobody signs in, but every page that a browser here shows can send requests to it, and Dagster's server
takes them all, even a change by a mere GET: a foreign page could launch what costs money. Its options are those of
``dagster-webserver``; it is what `director up` starts.
"""

from dataclasses import dataclass

import uvicorn
from dagster_webserver import cli
from starlette.datastructures import QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from director_dagster.errors import BadInput
from director_dagster.library.access import Guard
from director_dagster.library.dagster import refuse_change
from director_dagster.library.serve import door_of

_serve = uvicorn.run


@dataclass(frozen=True)
class NoChangeByGet:
    """The middleware that refuses a change that does not come as a POST."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        app = self.app
        if scope["type"] == "http" and scope["method"] != "POST":
            try:
                for query in QueryParams(scope["query_string"]).getlist("query"):
                    refuse_change(query)
            except BadInput as exc:
                app = PlainTextResponse(f"{exc}\n", status_code=405, headers={"Allow": "POST"})
        await app(scope, receive, send)


def main() -> None:
    """Serve until a signal ends it."""
    uvicorn.run = _guarded  # type: ignore[assignment]  # the command has no option that names a middleware
    cli.main()  # type: ignore[no-untyped-call]


def _guarded(app: ASGIApp, *, host: str, port: int, **options: object) -> None:
    _serve(Guard(NoChangeByGet(app), door_of(host, port, None)), host=host, port=port, **options)  # type: ignore[arg-type]  # uvicorn's own


if __name__ == "__main__":
    main()
