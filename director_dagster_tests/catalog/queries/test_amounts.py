"""The sums of spending are what plain SQL says: whatever writes, in whatever order, and whoever folds meanwhile."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import amounts, films, groups, spending
from director_dagster.catalog.queries.parts import DIMENSIONS
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Character, Film, Workspace
from director_dagster_tests.catalog.guide_sql import TOTAL_SPENT, ask
from director_dagster_tests.catalog.queries import plain
from director_dagster_tests.catalog.rows import a_character, a_film, filed

on_one_catalog = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

FIRST = datetime(2026, 2, 27, 22, tzinfo=UTC)
GENERATION = """
INSERT INTO generations (id, workspace_id, fingerprint, purchase, provider, model, operation, request, state,
    lease_epoch, settled_at, client_ref, submit_at, provider_job_id, digest, output)
SELECT :id, :workspace_id, CAST(:id AS text), 1, 'kling', 'v1', 'shot', '{}', :state, 1, now(), :id, now(),
    CAST(:id AS text), digest, '{}' FROM blobs
"""
ASSET = """
INSERT INTO assets (id, workspace_id, film_id, character_id, generation_id, type, kind, name, source, url, provider,
    model, cost_microusd, created_at)
SELECT :id, :workspace_id, :film_id, :character_id, :generation_id, :type, :kind, 'made', :source,
    CASE WHEN :url THEN 'vault:sha256/' || digest || '.mp4' END, :provider, :model, :cost_microusd, :created_at
FROM blobs
"""
COSTS = st.none() | st.sampled_from([0, 1, 250_000, 2**63 - 1])
PLACES = st.sampled_from([None, 0, 1])
MOMENTS = st.integers(0, 400).map(lambda hours: FIRST + timedelta(hours=hours))
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["image", "video", "audio"]),
    "kind": st.sampled_from(["shot", "frame"]),
    "source": st.sampled_from(["generation", "generation", "upload"]),
    "film_id": PLACES,
    "character_id": PLACES,
    "provider": st.sampled_from([None, "", "kling"]),
    "model": st.sampled_from([None, "v1"]),
    "cost_microusd": COSTS,
    "created_at": MOMENTS,
}
ROW = st.fixed_dictionaries({**COLUMNS, "workspace": st.sampled_from([0, 0, 1]), "url": st.booleans(),
    "state": st.sampled_from([None, "stored", "failed"])})  # fmt: skip
CHANGE = st.sampled_from(sorted(COLUMNS)).flatmap(lambda name: st.tuples(st.just(name), COLUMNS[name]))
SAID = st.sampled_from([
    "deleted_at = now()",
    "deleted_at = NULL, purged_at = NULL, purge_reason = NULL",
    "deleted_at = now(), purged_at = now(), purge_reason = 'x', lost_at = NULL",
    "tags = '[\"seen\"]'", "favorite = NOT favorite", "url = NULL, source = 'generation'",
])  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("insert"), st.lists(ROW, min_size=1, max_size=4)),
    st.tuples(st.just("insert"), st.lists(ROW, min_size=1, max_size=4)),
    st.tuples(st.just("change"), st.tuples(st.integers(0, 9), CHANGE)),
    st.tuples(st.just("say"), st.tuples(st.integers(0, 9), SAID)),
    st.tuples(st.just("restate"), st.tuples(st.integers(0, 9), st.sampled_from(["stored", "refused", "unknown"]))),
    st.tuples(st.just("move"), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.sampled_from(["fold", "commit", "rollback"]), st.none()),
)
BOUND = st.none() | st.integers(0, 20).map(lambda days: FIRST.date() + timedelta(days=days))


Written = tuple[UUID, int]
"""An asset's id, and the place of its workspace."""


@dataclass
class Stage:
    """A catalog with two workspaces, two films and two characters in each of them."""

    catalog: Catalog
    workspaces: list[Workspace]
    films: list[list[Film]] = field(default_factory=list)
    people: list[list[Character]] = field(default_factory=list)


@dataclass
class Writer:
    """Somebody in a transaction of their own, who writes no row that another one does."""

    db: AsyncSession
    stage: Stage
    kept: list[Written] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    async def do(self, what: str, how: Any) -> None:
        await getattr(self, what)(how)

    async def insert(self, rows: list[dict[str, Any]]) -> None:
        given = []
        for row in rows:
            number, row_id = row["workspace"], new_id()
            values = {**row, "id": row_id, "workspace_id": self.stage.workspaces[number].id, "generation_id": None}
            values |= self._ids(number, {name: row[name] for name in ("film_id", "character_id")})
            values["url"] = row["url"] or row["source"] != "generation"
            if row["state"] is not None:
                values["generation_id"] = new_id()
                attempt = {"id": values["generation_id"], "workspace_id": values["workspace_id"], "state": row["state"]}
                await self.db.execute(text(GENERATION), attempt)
            given.append(values)
            self.written.append((row_id, number))
        await self.db.execute(text(ASSET), given)

    async def change(self, how: tuple[int, tuple[str, Any]]) -> None:
        place, (column, value) = how
        for row_id, number in self._one(place):
            told = self._ids(number, {column: value}) if column.endswith("_id") else {column: value}
            failed = "AND url IS NOT NULL" if column == "source" else ""
            statement = f"UPDATE assets SET {column} = :{column} WHERE id = :id {failed}"  # noqa: S608 (our own words)
            await self.db.execute(text(statement), {**told, "id": row_id})

    async def say(self, how: tuple[int, str]) -> None:
        place, words = how
        for row_id, _ in self._one(place):
            await self.db.execute(text(f"UPDATE assets SET {words} WHERE id = :id"), {"id": row_id})  # noqa: S608 (our own words)

    async def restate(self, how: tuple[int, str]) -> None:
        place, state = how
        settled = "NULL" if state == "unknown" else "now()"
        for row_id, _ in self._one(place):
            statement = f"UPDATE generations SET state = :state, settled_at = {settled} WHERE id = "  # noqa: S608 (our own words)
            of_it = "(SELECT generation_id FROM assets WHERE id = :id)"
            await self.db.execute(text(statement + of_it), {"state": state, "id": row_id})

    async def move(self, place: int) -> None:
        """Into the other workspace, where no film and nobody is the same."""
        for row_id, number in self._one(place):
            bare = "film_id = NULL, character_id = NULL, generation_id = NULL"
            to = {"id": row_id, "to": self.stage.workspaces[1 - number].id}
            await self.db.execute(text(f"UPDATE assets SET workspace_id = :to, {bare} WHERE id = :id"), to)  # noqa: S608 (our own words)
            self.written[place] = (row_id, 1 - number)

    async def delete(self, place: int) -> None:
        for one in self._one(place):
            await self.db.execute(text("DELETE FROM assets WHERE id = :id"), {"id": one[0]})
            self.written.remove(one)

    async def fold(self, _: None) -> None:
        await amounts.fold(self.db)

    async def commit(self, _: None) -> None:
        await self.db.commit()
        self.kept = list(self.written)

    async def rollback(self, _: None) -> None:
        await self.db.rollback()
        self.written = list(self.kept)

    def _one(self, place: int) -> list[Written]:
        return self.written[place : place + 1]

    def _ids(self, number: int, places: dict[str, int | None]) -> dict[str, UUID | None]:
        there: Mapping[str, Sequence[Film | Character]] = {
            "film_id": self.stage.films[number],
            "character_id": self.stage.people[number],
        }
        return {name: None if place is None else there[name][place].id for name, place in places.items()}


@pytest.fixture
async def stage(catalog: Catalog) -> Stage:
    async with catalog.session() as db:
        made = Stage(catalog, [await films.workspace(db, slug) for slug in ("acme", "other")])
        for workspace in made.workspaces:
            first = await a_film(db, workspace, "one")
            first.series = "the series"
            made.films.append([first, await a_film(db, workspace, "two")])
            made.people.append([await a_character(db, workspace, "Paris", kind) for kind in ("character", "location")])
        await filed(db, "bytes")
    return made


@on_one_catalog
@given(st.lists(st.tuples(st.sampled_from([0, 1]), STEP), max_size=30), BOUND, BOUND)
async def test_whatever_two_write_at_once_each_is_told_what_plain_sql_says(
    stage: Stage, steps: list[tuple[int, tuple[str, Any]]], since: date | None, until: date | None
) -> None:
    async with AsyncExitStack() as stack:
        writers = [Writer(await stack.enter_async_context(AsyncSession(stage.catalog.engine)), stage) for _ in range(2)]
        for who, (what, how) in steps:
            await writers[who].do(what, how)
        for writer in writers:
            await assert_as_plain_sql_says(writer.db, stage, since, until)
        for writer in writers:
            await writer.commit(None)
        await assert_as_plain_sql_says(writers[0].db, stage, since, until)
        await writers[0].db.execute(text("DELETE FROM assets"))
        await writers[0].commit(None)


async def assert_as_plain_sql_says(db: AsyncSession, stage: Stage, since: date | None, until: date | None) -> None:
    days: dict[str, Any] = {"since": since, "until": until}
    acme = stage.workspaces[0].id
    for dimension in DIMENSIONS:
        assert plain.rows_of(await spending.by(db, acme, dimension, **days)) == await plain.by(
            db, acme, dimension, **days
        ), dimension
    told = await spending.by_workspace(db, **days)
    assert plain.rows_of(told) == await plain.by(db, None, "day", **days)
    [(total,)] = await ask(db, TOTAL_SPENT)
    everything = groups.in_all(await spending.by_workspace(db))
    assert int((total or 0) * 1_000_000) == everything.microusd
    daily = await spending.by_day_and(db, acme, "type", limit=1, **days)
    for day, *spent in zip(daily.days, *daily.microusd, strict=True):
        assert sum(spent) == sum(group.microusd for group in await spending.by(db, acme, "type", since=day, until=day))


async def test_what_the_restricted_role_writes_is_summed_and_its_sums_are_nobodys_to_change(stage: Stage) -> None:
    async with stage.catalog.session() as db:
        await Writer(db, stage).insert([row(0), row(1)])
    within = stage.catalog.within(stage.workspaces[0].id, actor=Actor(who="sam"))

    async with within.session() as db:
        await Writer(db, stage).insert([row(0), row(0)])
        await db.execute(text("UPDATE assets SET cost_microusd = 7"))
        own = await spending.by_workspace(db)

    assert [(group.key, group.pieces, group.microusd) for group in own] == [("acme", 3, 21)]
    for table in ("spending_sums", "spending_deltas"):
        with pytest.raises(Exception, match="permission denied"):
            async with within.session() as db:
                await db.execute(text(f"UPDATE {table} SET pieces = 0"))  # noqa: S608 (our own words)


async def test_one_folds_at_a_time_and_the_other_goes_on_without(stage: Stage) -> None:
    async with stage.catalog.session() as db:
        await Writer(db, stage).insert([row(0), row(1)])

    async with stage.catalog.session() as one, stage.catalog.session() as other:
        assert (await amounts.fold(one), await amounts.fold(other)) == (2, 0)

    async with stage.catalog.session() as db:
        assert await amounts.fold(db) == 0


async def test_an_update_of_nothing_that_counts_leaves_no_delta(stage: Stage) -> None:
    async with stage.catalog.session() as db:
        await Writer(db, stage).insert([row(0), row(1)])
        await amounts.fold(db)

        await db.execute(text("UPDATE assets SET favorite = true, tags = '[\"seen\"]', deleted_at = now()"))

        assert await db.scalar(text("SELECT count(*) FROM spending_deltas")) == 0


@given(st.none() | st.dates(), st.none() | st.dates())
@example(date(9999, 10, 3), date.max)
def test_spans_are_just_the_days_asked_for_and_few(since: date | None, until: date | None) -> None:
    found = sorted(amounts.spans(since, until), key=lambda span: span[1])

    ends = [(first, last + timedelta(days=min(days - 1, (date.max - last).days))) for days, first, last in found]
    if since is not None and until is not None and since > until:
        assert found == []
    else:
        assert (ends[0][0], ends[-1][1]) == (since or date.min, until or date.max)
        assert all(before[1] + timedelta(days=1) == after[0] for before, after in pairwise(ends))
        assert all((first.toordinal() - 1) % days == 0 for days, first, _ in found)
        assert len(found) <= 2 * len(amounts.SPANS) - 1


def row(workspace: int) -> dict[str, Any]:
    return {
        "type": "video", "kind": "shot", "source": "generation", "film_id": None, "character_id": None,
        "provider": "kling", "model": "v1", "cost_microusd": 5, "created_at": FIRST, "workspace": workspace,
        "url": True, "state": None,
    }  # fmt: skip
