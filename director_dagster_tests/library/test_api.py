"""Tests that the API answers as its OpenAPI file says, whatever is asked of it, and never with a fault of ours."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import open_catalog
from director_dagster_tests.conftest import fresh_database
from director_dagster_tests.library.serving import served

OPERATIONS = {
    "GET /api/v1/assets",
    "GET /api/v1/assets/count",
    "GET /api/v1/assets/filters",
    "GET /api/v1/assets/{asset_id}",
    "GET /api/v1/budgets",
    "PUT /api/v1/budgets",
    "GET /api/v1/costs",
    "GET /api/v1/batches/{batch_id}",
    "GET /assets/{asset_id}/media/{rendition}",
    "POST /api/v1/assets:purge",
    "POST /api/v1/assets:{verb}",
    "POST /api/v1/batches/{batch_id}:undo",
    "GET /api/v1/films",
    "POST /api/v1/films/{name}/price",
    "POST /api/v1/films/{name}/requests",
    "POST /api/v1/films/{name}/bin",
    "POST /api/v1/films/{name}/bin/leave",
    "PUT /api/v1/films/{name}/pins/{place}",
    "DELETE /api/v1/films/{name}/pins/{place}",
    "PUT /api/v1/films/{name}/takes/{place}",
    "POST /api/v1/uploads",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, migrated_template: str) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("api")
    for database_url in fresh_database(postgres_url, migrated_template):
        asyncio.run(_filled(database_url))
        with served(home, database_url) as url:
            yield url


async def _filled(database_url: str) -> None:
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        workspace = await films.workspace(db, "home")
        given_: dict[str, Any] = {"workspace_id": workspace.id, "type": "video", "kind": "shot", "url": None}
        for number in range(5):
            await save_generation_as_asset(
                db=db,
                name=f"piece {number}",
                provider="kling",
                model="v3",
                prompt="a door",
                generation_cost=0.1,
                **given_,
            )


def test_every_address_that_is_promised_is_tried(site: str) -> None:
    told = httpx.get(f"{site}/api/v1/openapi.json", trust_env=False).json()

    found = {f"{method.upper()} {path}" for path, methods in told["paths"].items() for method in methods}

    assert found == OPERATIONS
    for path, methods in told["paths"].items():
        for operation in methods.values() if "{asset_id}" not in path else ():
            assert [each["name"] for each in operation["parameters"]].count("workspace") == 1


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_whatever_is_asked_is_answered_as_promised(site: str, operation: str) -> None:
    method, path = operation.split()
    schema = schemathesis.openapi.from_url(f"{site}/api/v1/openapi.json")
    checked = 0

    @given(case=schema[path][method].as_strategy() | schema[path][method].as_strategy(NEGATIVE))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def answered(case: Case[Any]) -> None:
        nonlocal checked
        checked += 1
        case.call_and_validate(checks=CHECKS)

    answered()

    assert checked >= 1


NEGATIVE = schemathesis.GenerationMode.NEGATIVE
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Not that all else is refused: a form sends empty fields, and they ask for nothing."""


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_words_are_a_fault_of_ours(site: str, words: str, tag: str) -> None:
    params = {"q": words.encode("utf-8", "replace"), "tag": tag.encode("utf-8", "replace")}

    answer = httpx.get(f"{site}/api/v1/assets", params=params, trust_env=False)

    assert answer.status_code in {200, 422}, answer.text
