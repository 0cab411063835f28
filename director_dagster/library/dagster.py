"""Dagster's GraphQL API, as far as pages need it: which runs work on a film, how far they are, and an end to one.

Runs are launched by Dagster itself, from what was asked for (`studio.requests`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

from director_dagster.errors import BadInput, Unavailable
from director_dagster.story.film import FilmKey

PREFIX = "/dagster"
"""Where the library shows Dagster's page to operators. Its pages name their own addresses, so they must have the same
behind it: ``dagster-webserver --path-prefix /dagster``."""

TIMEOUT_S = 5.0
AT_WORK = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
PARTITION, REQUEST = "dagster/partition", "director/request"
"""The tags of a run that name its film, and the request that it is for."""

RUNS = """
query ($filter: RunsFilter!) {
  runsOrError(filter: $filter, limit: 5) {
    __typename
    ... on Runs { results { runId status tags { key value } stepStats { stepKey status } } }
    ... on InvalidPipelineRunsFilterError { message }
    ... on PythonError { message }
  }
}
"""
STOP = """
mutation ($runId: String!) {
  terminateRun(runId: $runId) {
    __typename
    ... on TerminateRunFailure { message }
    ... on RunNotFoundError { message }
    ... on UnauthorizedError { message }
    ... on PythonError { message }
  }
}
"""


def asset_page(at: str, name: str, film: FilmKey) -> str:
    """Where Dagster's page at that address shows what one of its assets has for a film."""
    return f"{at}/assets/{name}?{urlencode({'view': 'partitions', 'partition': str(film)})}"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that is not over.

    Attributes:
        run_id: Dagster's name for it.
        status: In Dagster's words, small: ``queued``, ``started``.
        steps: What became of each of its steps by now, in Dagster's words, small.
        request: The id of the request that it is for; empty for what was launched otherwise.
    """

    run_id: str
    status: str
    steps: Mapping[str, str]
    request: str = ""


def is_guarded(url: str) -> bool:
    """Whether the page at that address is shown by the library, to those who may see it."""
    return urlsplit(url).path.rstrip("/") == PREFIX


def refuse_change(query: str) -> None:
    """Raises BadInput when any operation of a GraphQL document changes something: that must come as a POST, of whose
    origin browsers tell. What is no document, Dagster refuses."""
    try:
        operations = [each for each in parse(query).definitions if isinstance(each, OperationDefinitionNode)]
    except GraphQLError:
        return
    if any(each.operation is OperationType.MUTATION for each in operations):
        raise BadInput("what changes something is sent as a POST")


@dataclass(frozen=True, kw_only=True)
class Dagster:
    """Dagster's page at an address, as ``http://127.0.0.1:3000``, which is never what a request says."""

    url: str

    async def at_work(self, film: str) -> Sequence[Run]:
        """The runs that work on the film of that key, or wait to. Raises Unavailable when Dagster does not answer."""
        told = await self._ask(
            RUNS, {"filter": {"tags": [{"key": PARTITION, "value": film}], "statuses": list(AT_WORK)}}, "runsOrError"
        )
        return [
            Run(
                run_id=str(run["runId"]),
                status=str(run["status"]).lower(),
                steps={str(step["stepKey"]): str(step["status"] or "").lower() for step in run["stepStats"]},
                request=next((str(tag["value"]) for tag in run["tags"] if tag["key"] == REQUEST), ""),
            )
            for run in told.get("results", ())
        ]

    async def stop(self, film: str, run_id: str) -> None:
        """Have a run of that film end; what it was sold by then is kept. Raises BadInput for a run that does not work
        on it, and Unavailable as `at_work`."""
        if run_id not in {run.run_id for run in await self.at_work(film)}:
            raise BadInput(f"no run {run_id} works on {film}")
        await self._ask(STOP, {"runId": run_id}, "terminateRun")

    async def _ask(self, query: str, variables: Mapping[str, object], what: str) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                answer = await client.post(f"{self.url}/graphql", json={"query": query, "variables": variables})
                answer.raise_for_status()
                told: Mapping[str, Any] = answer.json()["data"][what]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as exc:
            raise Unavailable(f"Dagster at {self.url} does not answer: {type(exc).__name__}") from exc
        if "message" in told:
            raise Unavailable(f"Dagster at {self.url}: {str(told['message']).partition(chr(10))[0]}")
        return told
