"""Tests of asking Dagster what works on a film."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from director_dagster.errors import BadInput, Unavailable
from director_dagster.library.dagster import Dagster


class Graph(BaseHTTPRequestHandler):
    """Dagster's GraphQL, as far as pages ask it: one run works on one film."""

    stopped: ClassVar[list[str]] = []
    broken: ClassVar[bool] = False

    def do_POST(self) -> None:
        """Answer a question."""
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        data = json.dumps({"data": self._answer(told["query"], told["variables"])}).encode()
        self.send_response(HTTPStatus.OK)
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, query: str, variables: dict[str, Any]) -> dict[str, object]:
        if self.broken:
            return {"runsOrError": {"__typename": "PythonError", "message": "it broke\nin a line"}}
        if "terminateRun" in query:
            self.stopped.append(variables["runId"])
            return {"terminateRun": {"__typename": "TerminateRunSuccess"}}
        mine = variables["filter"]["tags"] == [{"key": "dagster/partition", "value": "home/a-door"}]
        steps = [{"stepKey": "script", "status": "SUCCESS"}, {"stepKey": "shots", "status": None}]
        tags = [{"key": "director/asked_by", "value": "Mara"}, {"key": "director/request", "value": "asked"}]
        run = {"runId": "one", "status": "STARTED", "tags": tags, "stepStats": steps}
        return {"runsOrError": {"__typename": "Runs", "results": [run] if mine else []}}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def graph() -> Iterator[str]:
    """Where it answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Graph) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_dagster_is_asked_of_the_films_own_runs_alone(graph: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dagster = Dagster(url=graph)

    [run] = await dagster.at_work("home/a-door")
    with pytest.raises(BadInput, match="no run one works on home/other"):
        await dagster.stop("home/other", "one")
    await dagster.stop("home/a-door", "one")
    monkeypatch.setattr(Graph, "broken", True)

    assert (run.run_id, run.status, run.request) == ("one", "started", "asked")
    assert run.steps == {"script": "success", "shots": ""}
    assert Graph.stopped == ["one"]
    with pytest.raises(Unavailable, match=r"it broke$"):
        await dagster.at_work("home/a-door")
    with pytest.raises(Unavailable, match="does not answer"):
        await Dagster(url="http://127.0.0.1:9").at_work("home/a-door")
