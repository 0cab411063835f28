"""What the sensor of lost assets asks for: what is needed, once a day, and again when the same is lost again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import dagster as dg
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import blobs, films
from director_dagster.catalog.queries.takes import Filling, Place, fill_all
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Asset, AssetKind
from director_dagster.definitions import defs
from director_dagster.defs import runs, sensors
from director_dagster.defs.checks import INTACT
from director_dagster.settings import Env
from director_dagster_tests.catalog.rows import a_film, an_asset

T = TypeVar("T")

SHOTS_ON = {"shots", "film"}


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs)
    told = sensors.lost_assets(context)
    assert isinstance(told, dg.SensorResult)
    return told


def change(database_url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What `work` returns, done to the catalog: a tick has an event loop of its own, so the tests have none."""

    async def changed() -> T:
        async with open_catalog(database_url) as catalog, catalog.session() as db:
            return await work(db)

    return asyncio.run(changed())


def used(database_url: str, film: str, *, name: str = "a shot", kind: AssetKind = "shot") -> Asset:
    """An asset that is the selected take of a film's shot, or of the film itself."""

    async def made(db: AsyncSession) -> Asset:
        workspace = await films.workspace(db, "home")
        row = await a_film(db, workspace, film)
        asset = await an_asset(db, workspace, name, kind=kind)
        place = Place(name=f"{kind}:{name}", kind=kind, film_id=row.id)
        filling = Filling(workspace_id=workspace.id, place=place, asset_id=asset.id, basis={}, basis_version=1)
        await fill_all(db, [filling], by="a test")
        return asset

    return change(database_url, made)


def lose(database_url: str, asset: Asset) -> None:
    change(database_url, lambda db: blobs.lose(db, asset.digest or ""))


def regain(database_url: str, asset: Asset) -> None:
    change(database_url, lambda db: blobs.regain(db, asset.digest or ""))


def test_what_was_never_made_of_a_lost_piece_is_not_begun(instance: dg.DagsterInstance, database_url: str) -> None:
    lose(database_url, used(database_url, "a-hill", name="a frame", kind="frame"))

    [request] = tick(instance).run_requests or []

    assert [key.to_user_string() for key in request.asset_selection or []] == ["storyboard"]


def test_a_lost_piece_is_shown_and_asked_for_once_with_what_is_made_from_it(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    asset = used(database_url, "a-hill")
    used(database_url, "a-hill", name="the cut", kind="film")
    before = tick(instance)
    lose(database_url, asset)

    first = tick(instance, before.cursor)
    second = tick(instance, first.cursor)

    assert (before.run_requests, before.asset_events) == ([], [])
    [request], [event] = first.run_requests or [], first.asset_events
    assert isinstance(event, dg.AssetCheckEvaluation)
    assert (event.asset_key.to_user_string(), event.check_name, event.partition) == ("shots", "intact", "home/a-hill")
    assert not event.passed
    assert "lost: shot:a shot" in (event.description or "")
    assert request.partition_key == "home/a-hill"
    assert {key.to_user_string() for key in request.asset_selection or []} == SHOTS_ON
    told = {"repair_only": True, "keep_stale": True, "max_usd": 0.0}
    assert request.run_config == {"resources": {"studio": {"config": told}}}
    [added] = first.dynamic_partitions_requests or []
    assert added.partition_keys == ["home/a-hill"]
    assert (second.run_requests, second.asset_events) == ([], [])


def test_what_only_its_user_has_is_shown_and_no_run_is_begun_for_it(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    brought, made = used(database_url, "a-hill", name="a photo", kind="frame"), used(database_url, "a-hill")
    change(database_url, lambda db: db.execute(update(Asset).where(Asset.id == brought.id).values(source="upload")))
    lose(database_url, brought)

    alone = tick(instance)
    lose(database_url, made)
    together = tick(instance, alone.cursor)

    assert (alone.run_requests, len(alone.asset_events)) == ([], 1)
    [request] = together.run_requests or []
    assert [key.to_user_string() for key in request.asset_selection or []] == ["shots"]


def test_where_the_page_is_lost_the_run_begins_with_it(instance: dg.DagsterInstance, database_url: str) -> None:
    page, made = used(database_url, "a-hill", name="page", kind="script"), used(database_url, "a-hill")
    change(database_url, lambda db: db.execute(update(Asset).where(Asset.id == page.id).values(source="upload")))
    lose(database_url, page)

    alone = tick(instance)
    lose(database_url, made)
    [request] = tick(instance, alone.cursor).run_requests or []

    assert alone.run_requests == []
    assert [key.to_user_string() for key in request.asset_selection or []] == ["script", "shots"]


def test_the_same_piece_lost_again_is_asked_for_again(instance: dg.DagsterInstance, database_url: str) -> None:
    asset = used(database_url, "a-hill")
    lose(database_url, asset)
    first = tick(instance)
    regain(database_url, asset)
    between = tick(instance, first.cursor)
    lose(database_url, asset)

    again = tick(instance, between.cursor)

    assert between.run_requests == []
    assert between.cursor == "{}"
    keys = [each.run_key for told in (first, again) for each in told.run_requests or []]
    assert len(keys) == len(set(keys)) == 2
    assert len(again.asset_events) == 1


def test_a_step_that_loses_something_again_and_again_is_shown_each_time(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    asset, cursor = used(database_url, "a-hill"), None
    for _ in range(3):
        lose(database_url, asset)
        told = tick(instance, cursor)
        assert len(told.asset_events) == 1
        for event in told.asset_events:
            instance.report_runless_asset_event(event)  # as the daemon does
        regain(database_url, asset)
        cursor = tick(instance, told.cursor).cursor

    latest = dg.AssetCheckKey(dg.AssetKey("shots"), INTACT)
    records = instance.event_log_storage.get_asset_check_execution_history(latest, limit=10)
    assert [record.partition for record in records] == ["home/a-hill"], "the last word is the one that counts"


@pytest.mark.parametrize(
    ("maker", "more", "runs_tomorrow"),
    [
        ("animatic", {}, 1),
        ("kling", {}, 0),
        ("kling", {Env.REPAIR_USD: "0.5"}, 1),
        ("kling", {Env.COPIES: "/elsewhere"}, 1),
    ],
)
def test_what_stays_lost_is_shown_once_and_tried_once_a_day_where_it_may_come(
    maker: str,
    more: Mapping[Env, str],
    runs_tomorrow: int,
    instance: dg.DagsterInstance,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asset = used(database_url, "a-hill")
    change(database_url, lambda db: db.execute(update(Asset).values(provider=maker)))
    lose(database_url, asset)
    first = tick(instance)
    mark, _ = json.loads(first.cursor or "")["home/a-hill"].split()
    for name, value in more.items():
        monkeypatch.setenv(name, value)

    tomorrow = tick(instance, json.dumps({"home/a-hill": f"{mark} 2026-01-01"}))

    assert len(first.run_requests or []) == 1
    assert len(tomorrow.run_requests or []) == runs_tomorrow
    assert tomorrow.asset_events == []


def test_after_a_week_it_is_left_to_a_person(instance: dg.DagsterInstance, database_url: str) -> None:
    asset = used(database_url, "a-hill")
    lose(database_url, asset)
    long_ago = asset.created_at - sensors.FOR_A_WEEK
    change(database_url, lambda db: db.execute(update(Asset).values(lost_at=long_ago)))

    assert tick(instance).run_requests == []


def test_a_tick_asks_for_so_many_films_and_the_next_for_the_others(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    asset = None
    for number in range(sensors.FILMS_A_TICK + 3):
        asset = used(database_url, f"film-{number}", name="one shot for all")
    assert asset is not None
    lose(database_url, asset)

    first = tick(instance)
    second = tick(instance, first.cursor)

    films_of = [{each.partition_key for each in told.run_requests or []} for told in (first, second)]
    assert [len(each) for each in films_of] == [sensors.FILMS_A_TICK, 3]
    assert films_of[0].isdisjoint(films_of[1])


def test_a_film_that_a_run_is_at_work_on_is_left_alone(instance: dg.DagsterInstance, database_url: str) -> None:
    asset = used(database_url, "a-hill")
    lose(database_url, asset)
    run = instance.create_run_for_job(
        defs.resolve_job_def("make_film"), tags={runs.PARTITION: "home/a-hill"}, status=dg.DagsterRunStatus.STARTED
    )

    meanwhile = tick(instance)
    instance.report_run_failed(run)
    after = tick(instance, meanwhile.cursor)

    assert meanwhile.run_requests == []
    assert len(after.run_requests or []) == 1


def test_what_it_may_spend_is_what_the_user_has_set(
    instance: dg.DagsterInstance, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(Env.REPAIR_USD, "2.5")
    lose(database_url, used(database_url, "a-hill"))

    [request] = tick(instance).run_requests or []

    assert request.run_config["resources"]["studio"]["config"]["max_usd"] == 2.5
