"""Edited films: what is free follows by itself, what is paid is told and waits."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from director_dagster.catalog.queries import library, takes
from director_dagster.catalog.queries.takes import Filling, Place
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.tables import Asset, AssetKind, Workspace
from director_dagster.definitions import defs
from director_dagster.defs import edits as watched
from director_dagster.defs import runs
from director_dagster.defs.checks import CURRENT
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.studio.commission import commission
from director_dagster.studio.production import open_production
from director_dagster.studio.studio import open_studio
from director_dagster_tests.catalog.rows import an_asset

FILM = "home/a-door"
PAGE = "INT. ROOM - NIGHT\n\nANNA looks at a door.\n\nANNA\nWho is there?\n"
EDITED = PAGE.replace("Who is there?", "Is anybody there?")
NODES = {"script", "characters", "dialogue", "music", "storyboard", "shots", "film"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for whoever edits to begin a run."""
    monkeypatch.setattr(watched, "SETTLED", timedelta())


@pytest.fixture
def first(instance: dg.DagsterInstance) -> str | None:
    """The cursor of the first tick, from which on edits count."""
    return tick(instance, None).cursor


def tick(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    told = watched.edits(dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs))
    assert isinstance(told, dg.SensorResult)
    return told


def edit(
    home: Path, database_url: str, page: str, *, video: str = "animatic", made: bool = False, final: str = ""
) -> None:
    """Give the film a page and who films it; `made`: as if it had been cut, and had a clip by Kling in the slot
    `final`."""

    async def edited() -> None:
        studio = open_studio(database_url=database_url, home=home)
        try:
            brief = of_screenplay(page, origin="a test", name="a-door")
            settings = FilmSettings(format="1:1", crew={"video": video})
            film = await commission(studio, parse_film_key(FILM), brief, settings)
            if made:
                async with studio.catalog.session() as db:
                    workspace = await db.get_one(Workspace, film.workspace_id)
                    cut = await an_asset(db, workspace, "the film", kind="film", provider="animatic")
                    bought = await an_asset(db, workspace, "a shot", kind="shot", provider="kling")
                    filled: list[tuple[str, AssetKind, Asset]] = [("film", "film", cut)]
                    filled += [(final, "shot", bought)] if final else []
                    fillings = [
                        Filling(
                            workspace_id=film.workspace_id,
                            place=Place(name=slot, kind=kind, film_id=film.film_id),
                            asset_id=asset.id,
                            basis={},
                            basis_version=1,
                        )
                        for slot, kind, asset in filled
                    ]
                    await takes.fill_all(db, fillings, by="studio")
        finally:
            await studio.aclose()

    asyncio.run(edited())


def stale(home: Path, database_url: str) -> list[str]:
    """What the library finds that is stale."""

    async def found() -> list[str]:
        studio = open_studio(database_url=database_url, home=home)
        try:
            film = await open_production(studio.catalog, parse_film_key(FILM))
            async with studio.catalog.session() as db:
                page = await library.page(db, film.workspace_id, Wanted(states=["stale"]))
                return [asset.name for asset in page.assets]
        finally:
            await studio.aclose()

    return asyncio.run(found())


def evaluations(told: dg.SensorResult) -> dict[str, dg.AssetCheckEvaluation]:
    found = [each for each in told.asset_events if isinstance(each, dg.AssetCheckEvaluation)]
    return {each.asset_key.to_user_string(): each for each in found}


def test_a_film_that_was_made_and_edited_is_told_and_made_anew_for_nothing(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    edit(home, database_url, EDITED, made=True)

    before = stale(home, database_url)
    told = tick(instance, first)
    again = tick(instance, told.cursor)
    edit(home, database_url, EDITED)
    same = tick(instance, again.cursor)
    edit(home, database_url, PAGE)
    other = tick(instance, same.cursor)

    [request] = told.run_requests or []
    assert request.partition_key == FILM
    assert request.run_config == {"resources": {"studio": {"config": {"max_usd": 0.0}}}}
    found = evaluations(told)
    assert set(found) == NODES
    assert {each.partition for each in found.values()} == {FILM}
    assert not any(each.passed for each in found.values())
    assert "frame:sh010" in (found["storyboard"].description or "")
    assert (before, stale(home, database_url)) == ([], ["the film"]), "the library finds what was seen"
    assert (again.run_requests, again.asset_events) == ([], [])
    assert (same.run_requests, same.asset_events) == ([], []), "nothing was edited"
    assert [each.run_key for each in other.run_requests or []] != [request.run_key]


def test_a_film_that_is_edited_again_and_again_is_told_each_time(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    cursor, latest = first, dg.AssetCheckKey(dg.AssetKey("dialogue"), CURRENT)
    for page in (PAGE, EDITED, PAGE):
        edit(home, database_url, page, video="kling:kling-3.0", made=page is PAGE)
        told = tick(instance, cursor)
        cursor = told.cursor
        assert set(evaluations(told)) == NODES
        for event in told.asset_events:
            instance.report_runless_asset_event(event)  # as the daemon does

    records = instance.event_log_storage.get_asset_check_execution_history(latest, limit=10)
    assert [record.partition for record in records] == [FILM], "the last word is the one that counts"


def test_what_is_paid_is_told_with_its_price_and_waits(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    edit(home, database_url, PAGE, video="kling:kling-3.0", made=True)

    told = tick(instance, first)

    assert told.run_requests == []
    shots = evaluations(told)["shots"]
    assert (shots.passed, shots.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "$" in (shots.description or "")
    assert "costs $0.00" not in (shots.description or "")


def test_a_final_that_would_become_a_draft_waits_for_a_person(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    edit(home, database_url, PAGE, made=True, final="shot:sh010")

    told = tick(instance, first)

    assert told.run_requests == []
    assert "shot:sh010" in (evaluations(told)["shots"].description or "")


def test_a_film_that_was_never_made_waits_for_its_first_making(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    edit(home, database_url, PAGE)

    told = tick(instance, first)

    assert (told.run_requests, told.asset_events) == ([], [])


def test_a_film_that_a_run_is_at_work_on_waits_for_a_later_tick(
    instance: dg.DagsterInstance, home: Path, database_url: str, first: str | None
) -> None:
    edit(home, database_url, PAGE, made=True)
    run = instance.create_run_for_job(
        defs.resolve_job_def("make_film"), tags={runs.PARTITION: FILM}, status=dg.DagsterRunStatus.STARTED
    )

    busy = tick(instance, first)
    instance.report_run_failed(run)
    free = tick(instance, busy.cursor)

    assert (busy.run_requests, busy.asset_events) == ([], [])
    assert list(json.loads(busy.cursor or "")["waiting"]) == [FILM]
    assert [each.partition_key for each in free.run_requests or []] == [FILM]
