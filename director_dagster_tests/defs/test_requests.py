"""Requested films: a run for each, once, whoever dies in between; what it came to is told in one line."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import dagster as dg
import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import blobs, events, films
from director_dagster.catalog.queries import requests as queries
from director_dagster.catalog.queries.takes import Filling, Place, fill_all
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Event, Film, FilmRequest
from director_dagster.definitions import defs
from director_dagster.defs import queue, runs
from director_dagster.defs import requests as watched
from director_dagster.settings import Env
from director_dagster.story.film import FilmSettings
from director_dagster.studio.production import row_settings
from director_dagster_tests.catalog.rows import an_asset

T = TypeVar("T")

PAGE = "INT. ROOM - NIGHT\n\nANNA looks at a door.\n\nANNA\nWho is there?\n"
PAID = {"crew": {"script": "openai"}}


def tick(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    told = watched.requests(dg.build_sensor_context(instance=instance, definitions=defs))
    assert isinstance(told, dg.SensorResult)
    for added in told.dynamic_partitions_requests or []:
        instance.add_dynamic_partitions("films", list(added.partition_keys))
    return list(told.run_requests or [])


def change(database_url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What `work` returns, done to the catalog: a tick has an event loop of its own, so the tests have none."""

    async def changed() -> T:
        async with open_catalog(database_url) as catalog, catalog.session() as db:
            return await work(db)

    return asyncio.run(changed())


def ask(database_url: str, film: str = "a-door", *, there: bool = True, **values: Any) -> FilmRequest:
    """A request as a plain INSERT writes it; `there`: of a film that has its row, whose brief no run reads here."""

    async def asked(db: AsyncSession) -> FilmRequest:
        workspace = await films.workspace(db, "home")
        if there:
            brief = await an_asset(db, workspace, "a brief")
            settings = row_settings("a test", FilmSettings())
            await films.upsert(
                db, workspace_id=workspace.id, slug=film, title=film, settings=settings, brief_asset_id=brief.id
            )
        row = FilmRequest(workspace_id=workspace.id, film=film, **values)
        db.add(row)
        await db.flush()
        return row

    return change(database_url, asked)


def look(database_url: str) -> FilmRequest:
    """The only request, as it stands."""

    async def found(db: AsyncSession) -> FilmRequest:
        return (await db.scalars(select(FilmRequest))).one()

    return change(database_url, found)


def launch(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus = dg.DagsterRunStatus.NOT_STARTED
) -> dg.DagsterRun:
    """What the daemon does with it, without the run's work."""
    tags = {**request.tags, runs.PARTITION: request.partition_key or "", "dagster/run_key": request.run_key or ""}
    return instance.create_run_for_job(defs.resolve_job_def("make_film"), tags=tags, status=status)


def begin(database_url: str, run: dg.DagsterRun) -> None:
    """What the run does first."""
    request_id, after = UUID(run.tags[runs.REQUEST]), run.tags.get(runs.AFTER, "")
    change(database_url, lambda db: queries.begin(db, request_id, run_id=run.run_id, after=after))


def fail(instance: dg.DagsterInstance, run: dg.DagsterRun, *, why: str | None) -> None:
    """Let a run have failed; `why` None: it died."""
    instance.report_run_failed(run, why or "the process that made this run is gone")
    if why is not None:
        instance.add_run_tags(run.run_id, {"dagster/failure_reason": "STEP_FAILURE"})


def test_with_nothing_asked_for_there_is_nothing_to_do(instance: dg.DagsterInstance) -> None:
    assert tick(instance) == []


def test_a_new_film_that_is_free_is_commissioned_and_made(instance: dg.DagsterInstance, database_url: str) -> None:
    row = ask(
        database_url,
        there=False,
        screenplay=PAGE,
        settings={"format": "1:1"},
        wishes={"takes": {"music": {"music": 2}}},
    )

    [request] = tick(instance)

    assert request.partition_key == "home/a-door"
    assert instance.get_dynamic_partitions("films") == ["home/a-door"]
    assert request.run_config == {
        "resources": {"studio": {"config": {"crew": {}, "finals": [], "max_usd": 0.0}}},
        "ops": {"music": {"config": {"takes": {"music": 2}}}},
    }
    assert request.tags[runs.REQUEST] == str(row.id)
    assert dg.validate_run_config(defs.resolve_job_def("make_film"), dict(request.run_config))
    with psycopg.connect(database_url) as rows:
        assert rows.execute("SELECT slug, settings->'film' FROM films").fetchall() == [("a-door", {"format": "1:1"})]


def test_as_far_as_a_step_is_all_until_it(instance: dg.DagsterInstance, database_url: str) -> None:
    ask(database_url, wishes={"until": "storyboard"})

    [request] = tick(instance)

    assert [key.to_user_string() for key in request.asset_selection or []] == ["script", "characters", "storyboard"]


def test_what_is_lost_is_brought_back_alone_and_nothing_where_nothing_is(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    ask(database_url, wishes={"recover": True})
    nothing, told = tick(instance), look(database_url)

    async def lost(db: AsyncSession) -> None:
        film = await films.find(db, "home", "a-door")
        assert film is not None
        workspace = await films.workspace(db, "home")
        asset = await an_asset(db, workspace, "a shot")
        place = Place(name="shot:sh010", kind="shot", film_id=film.id)
        filling = Filling(workspace_id=workspace.id, place=place, asset_id=asset.id, basis={}, basis_version=1)
        await fill_all(db, [filling], by="a test")
        await blobs.lose(db, asset.digest or "")
        db.add(FilmRequest(workspace_id=workspace.id, film="a-door", wishes={"recover": True}))

    change(database_url, lost)
    [request] = tick(instance)

    assert (nothing, told.state, told.reason) == ([], "withdrawn", "all of it is back already")
    assert {key.to_user_string() for key in request.asset_selection or []} == {"shots"}, "it was never cut"
    studio = request.run_config["resources"]["studio"]["config"]
    assert (studio["repair_only"], studio["max_usd"]) == (True, 0.0)
    assert dg.validate_run_config(defs.resolve_job_def("make_film"), dict(request.run_config))


def test_a_tick_that_dies_before_it_launches_asks_again_and_one_that_has_launched_does_not(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    ask(database_url)

    [died] = tick(instance)
    [again] = tick(instance)
    run = launch(instance, again)
    afterwards = tick(instance)
    begin(database_url, run)
    begun = tick(instance)

    assert again.run_key == died.run_key, "by its key Dagster launches it once"
    assert (afterwards, begun) == ([], [])


def test_a_run_that_succeeded_is_a_request_that_is_done(instance: dg.DagsterInstance, database_url: str) -> None:
    ask(database_url)
    run = launch(instance, tick(instance)[0], dg.DagsterRunStatus.SUCCESS)
    begin(database_url, run)

    again = tick(instance)

    assert (again, look(database_url).state) == ([], "done")


def test_a_run_that_failed_is_told_in_a_line_and_not_tried_again(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    ask(database_url)
    run = launch(instance, tick(instance)[0], dg.DagsterRunStatus.STARTED)
    begin(database_url, run)
    fail(instance, run, why="script: it is no story")

    again = tick(instance)

    row = look(database_url)
    assert (again, row.state, row.reason) == ([], "failed", "script: it is no story")


def test_a_run_that_died_is_followed_by_another_so_many_times(instance: dg.DagsterInstance, database_url: str) -> None:
    ask(database_url)
    keys, last = [], ""
    for number in range(watched.TRIES):
        [request] = tick(instance)
        keys.append(request.run_key)
        assert request.tags.get(runs.AFTER, "") == last
        run = launch(instance, request, dg.DagsterRunStatus.STARTED)
        if number != 1:  # that one died before it had begun
            begin(database_url, run)
            last = run.run_id
        fail(instance, run, why=None)

    again = tick(instance)

    row = look(database_url)
    assert len(set(keys)) == watched.TRIES
    assert (again, row.state, row.reason) == ([], "failed", "the process that made this run is gone")


@pytest.mark.parametrize("how", ["deleted", "terminated"])
def test_a_run_that_somebody_took_away_is_told(instance: dg.DagsterInstance, database_url: str, how: str) -> None:
    ask(database_url)
    run = launch(instance, tick(instance)[0], dg.DagsterRunStatus.STARTED)
    begin(database_url, run)
    if how == "deleted":
        instance.delete_run(run.run_id)
    else:
        instance.report_run_canceled(run)

    again = tick(instance)

    row = look(database_url)
    assert (again, row.state) == ([], "failed")
    assert f"its run {run.run_id} was {how}" in row.reason


REFUSED: dict[str, dict[str, Any]] = {
    "there is no film home/a-door-0 yet": {},
    "a-door-1 has no scene": {"screenplay": "= Once upon a time.\n"},
    "settings: format": {"idea": "a fox", "settings": {"format": "7:3"}},
    "wishes: takes: 'film' has none": {"wishes": {"takes": {"film": {"film": 2}}}},
    "wishes: takes.music.music: Input should be a valid integer": {"wishes": {"takes": {"music": {"music": "2"}}}},
    "takes: music: 0 are wanted": {"wishes": {"takes": {"music": {"music": 0}}}},
    "wishes: crew": {"wishes": {"crew": ["kling"]}},
    "the crew's video is 'pixar'": {"wishes": {"crew": {"video": "pixar"}}},
    "'chaep' is no crew": {"wishes": {"crew": {"preset": "chaep"}}},
    "shots are chosen, but nobody who makes them": {"wishes": {"finals": ["sh010"]}},
}


def test_what_no_film_can_be_made_of_fails_in_a_line_and_strands_nobody_else(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    rows = [
        ask(database_url, f"a-door-{number}", there=False, **values) for number, values in enumerate(REFUSED.values())
    ]
    ask(database_url, "another")

    asked = [each.partition_key for _ in range(3) for each in tick(instance)]

    assert asked == ["home/another"]
    for line, row in zip(REFUSED, rows, strict=True):
        told = change(database_url, partial(get, row.id))
        assert (told.state, "\n" in told.reason) == ("failed", False)
        assert line in told.reason


async def get(request_id: UUID, db: AsyncSession) -> FilmRequest:
    return await db.get_one(FilmRequest, request_id)


def test_what_costs_more_than_the_request_says_is_told_its_price_and_else_it_is_agreed_to(
    instance: dg.DagsterInstance, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(database_url, there=False, idea="a fox finds a key", wishes=PAID)
    keyless = (tick(instance), look(database_url).reason)
    monkeypatch.setenv("DIRECTOR_OPENAI_KEY", "a-key")
    again(database_url, max_microusd=0)
    unfunded = (tick(instance), look(database_url).reason)
    fund(database_url)
    again(database_url, max_microusd=0)
    refused = (tick(instance), look(database_url).reason)
    again(database_url, max_microusd=9_000_000)

    [request] = tick(instance)

    assert keyless[0] == unfunded[0] == refused[0] == []
    assert "there is no key for openai" in keyless[1]
    assert "no budget is set for it" in unfunded[1]
    assert "would cost $" in refused[1]
    assert "the request lets $0.00 be spent" in refused[1]
    assert request.run_config["resources"]["studio"]["config"]["max_usd"] == 9.0
    agreed = change(database_url, lambda db: agreements(db))
    assert [each.details["max_microusd"] for each in agreed] == [9_000_000]


def fund(database_url: str) -> None:
    """Let the only film spend ten dollars."""

    async def funded(db: AsyncSession) -> None:
        film = (await db.scalars(select(Film))).one()
        for of in (None, film.id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=10_000_000)

    change(database_url, funded)


def again(database_url: str, *, max_microusd: int) -> None:
    """Ask once more, with another sum."""
    with psycopg.connect(database_url) as rows:
        rows.execute("UPDATE film_requests SET state = 'waiting', ended_at = NULL, max_microusd = %s", [max_microusd])


async def agreements(db: AsyncSession) -> Sequence[Event]:
    workspace = await films.workspace(db, "home")
    return await events.about(db, workspace.id, "home/a-door", what="estimate agreed")


def test_a_film_that_a_run_is_at_work_on_waits_and_of_two_requests_for_it_one_goes_first(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    run = instance.create_run_for_job(
        defs.resolve_job_def("make_film"), tags={runs.PARTITION: "home/a-door"}, status=dg.DagsterRunStatus.STARTED
    )
    ask(database_url)
    urgent = ask(database_url, wishes={"takes": {"music": {"music": 2}}}, priority=1)

    busy = tick(instance)
    instance.report_run_failed(run)
    free = tick(instance)

    assert busy == []
    assert [each.tags[runs.REQUEST] for each in free] == [str(urgent.id)]


def test_a_tick_launches_so_many_and_the_next_the_others(instance: dg.DagsterInstance, database_url: str) -> None:
    for number in range(watched.FILMS_A_TICK + 2):
        ask(database_url, f"film-{number}")

    first = tick(instance)
    for request in first:
        launch(instance, request)
    second = tick(instance)

    assert [each.partition_key for each in [*first, *second]] == [f"home/film-{number}" for number in range(7)]
    assert len(first) == watched.FILMS_A_TICK


def at(hour: int) -> dg.RunRequest | dg.SkipReason:
    """What the schedule says today at that hour."""
    now = datetime.now(UTC).replace(hour=hour, minute=20)
    told = queue.queue_schedule(dg.build_schedule_context(scheduled_execution_time=now))
    assert isinstance(told, dg.RunRequest | dg.SkipReason)
    return told


def test_the_queue_is_taken_from_by_its_job_and_the_schedule_asks_for_it_when_there_is_room(
    instance: dg.DagsterInstance, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(Env.QUEUE_A_DAY, "1")
    empty = at(6)
    ask(database_url, "first", queued=True)
    ask(database_url, "second", queued=True)
    waiting, early, asked = tick(instance), at(5), at(23)

    taken = [defs.resolve_job_def("queue").execute_in_process(instance=instance) for _ in range(2)]

    assert isinstance(empty, dg.SkipReason)
    assert isinstance(early, dg.SkipReason)
    assert waiting == []
    assert isinstance(asked, dg.RunRequest)
    assert isinstance(at(23), dg.SkipReason)
    assert [each.partition_key for each in tick(instance)] == ["home/first"]
    outputs = [event for run in taken for event in run.all_events if event.is_successful_output]
    assert [event.step_output_data.metadata["director/taken"].value for event in outputs] == [1, 0]
