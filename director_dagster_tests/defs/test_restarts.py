"""Runs that only an outage has failed are run again: once each, three times in a row, with what is left to spend."""

import asyncio
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from psycopg import OperationalError

from director_dagster.catalog import budgets, claims
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.claims import Purchase
from director_dagster.catalog.session import open_catalog
from director_dagster.defs import restarts, runs
from director_dagster.defs.failures import failure
from director_dagster.defs.jobs import MAKE_FILM
from director_dagster.errors import BudgetExceeded, DatabaseUnavailable
from director_dagster.story import wire
from director_dagster_tests.studio.bench import film_row

FILM = "home/a-film"


class Told(dg.ConfigurableResource[Any]):
    """What a run is told, as the studio is."""

    max_usd: float | None = None


@dg.op(config_schema={"why": str})
def fails(context: dg.OpExecutionContext, studio: Told) -> None:
    why = context.op_config["why"]
    if why == "outage":
        raise failure(DatabaseUnavailable("Postgres is gone"))
    if why == "refused":
        raise failure(BudgetExceeded("there is no room for the price"))
    raise OperationalError("server closed the connection") if why == "its log" else ValueError("a bug")


@dg.job(name=MAKE_FILM, resource_defs={"studio": Told()})
def makes() -> None:
    fails()


@dg.job(name="estimate", resource_defs={"studio": Told()})
def another() -> None:
    fails()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "GRACE", timedelta())


def failed(
    instance: dg.DagsterInstance,
    why: str,
    *,
    film: str = FILM,
    job: dg.JobDefinition = makes,
    max_usd: float | None = None,
    tags: dict[str, str] | None = None,
) -> str:
    """The id of a run that fails."""
    config = {"ops": {"fails": {"config": {"why": why}}}, "resources": {"studio": {"config": {"max_usd": max_usd}}}}
    ran = job.execute_in_process(
        run_config=config, instance=instance, raise_on_error=False, tags={runs.PARTITION: film, **(tags or {})}
    )
    assert not ran.success
    return ran.run_id


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> list[dg.RunRequest]:
    return list(ticked(instance, cursor).run_requests or [])


def ticked(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    told = restarts.restarts(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(told, dg.SensorResult)
    return told


@pytest.mark.parametrize("why", ["outage", "its log"])
def test_what_only_an_outage_has_failed_is_run_again(why: str, instance: dg.DagsterInstance) -> None:
    tags = {"dagster/backfill": "a-backfill", runs.ASKED_BY: "mara", "another": "tag"}
    run_id = failed(instance, why, tags=tags)

    [request] = tick(instance)

    assert (request.run_key, request.partition_key) == (run_id, FILM)
    assert request.run_config["ops"] == {"fails": {"config": {"why": why}}}
    assert {name: request.tags[name] for name in ("dagster/backfill", runs.ASKED_BY)} == {
        "dagster/backfill": "a-backfill",
        runs.ASKED_BY: "mara",
    }
    assert (request.tags[restarts.AGAIN], "another" in request.tags) == ("1", False)


@pytest.mark.parametrize(
    ("why", "tags"),
    [
        ("refused", {}),
        ("a bug", {}),
        ("outage", {runs.MAX_RETRIES: "0"}),
        ("outage", {restarts.AGAIN: str(restarts.MOST)}),
    ],
)
def test_what_was_decided_is_the_commands_own_or_fails_always_is_left(
    why: str, tags: dict[str, str], instance: dg.DagsterInstance
) -> None:
    failed(instance, why, tags=tags)
    failed(instance, "outage", film="home/another", job=another)

    assert tick(instance) == []


def test_only_a_films_latest_run_is_run_again(instance: dg.DagsterInstance) -> None:
    failed(instance, "outage")
    failed(instance, "refused")

    assert tick(instance) == []


def test_a_later_one_that_only_finishes_repairs_or_estimates_does_not_take_its_place(
    instance: dg.DagsterInstance,
) -> None:
    run_id = failed(instance, "outage")
    failed(instance, "refused", tags={runs.FINISHES: "a dead run"})
    failed(instance, "refused", tags={runs.REPAIRS: "a loss"})
    failed(instance, "refused", job=another)

    assert [request.run_key for request in tick(instance)] == [run_id]


def test_a_run_that_only_finishes_is_run_again_as_such(instance: dg.DagsterInstance) -> None:
    failed(instance, "outage", tags={runs.FINISHES: "a dead run"})

    [request] = tick(instance)

    assert request.tags[runs.FINISHES] == "a dead run"


def test_each_failure_is_looked_at_once_and_so_many_in_a_tick(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "RUNS_A_TICK", 2)
    films = [f"home/film-{number}" for number in range(3)]
    for film in films:
        failed(instance, "outage", film=film)

    first = ticked(instance)
    second = ticked(instance, first.cursor)
    third = ticked(instance, second.cursor)

    asked = [[each.partition_key for each in told.run_requests or []] for told in (first, second, third)]
    assert asked == [films[:2], films[2:], []]


def test_one_in_its_place_may_spend_what_the_run_has_not_claimed(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    run_id = failed(instance, "outage", max_usd=2.0)
    asyncio.run(claimed(database_url, run_id, 1_250_000))
    asyncio.run(claimed(database_url, "another run", 1_000_000))

    [request] = tick(instance)

    assert request.run_config["resources"]["studio"]["config"]["max_usd"] == 0.75


async def claimed(database_url: str, run_id: str, microusd: int) -> None:
    """A purchase at that price that the run has claimed."""
    async with open_catalog(database_url, actor=Actor(run_id=run_id)) as catalog, catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        for of in (None, film_id):
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=10_000_000)
        purchase = Purchase(
            workspace_id=workspace_id,
            film_id=film_id,
            fingerprint=wire.digest(run_id),
            provider="bench",
            model="words-1",
            operation="text",
            request={"prompt": "a purchase"},
            price_microusd=microusd,
        )
        await claims.claim(db, purchase, lease_s=60.0)
