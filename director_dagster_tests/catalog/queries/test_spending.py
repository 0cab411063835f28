"""Tests of questions about spending: in every dimension the groups are what plain SQL says, and add up."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import costs, films, spending, takes
from director_dagster.catalog.queries.costs import Cost
from director_dagster.catalog.queries.spending import DIMENSIONS, Daily, Facet, Group
from director_dagster.catalog.tables import Asset, Character, CharacterKind, Film, Generation, Take, Workspace
from director_dagster.errors import BadInput
from director_dagster_tests.catalog.guide_sql import (
    COST_BY_CHARACTER,
    COST_BY_TYPE,
    FAILED_AND_SUCCESSFUL,
    TOTAL_SPENT,
    ask,
)
from director_dagster_tests.catalog.queries import plain
from director_dagster_tests.catalog.queries.plain import row_of, rows_of
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset, filed

FIRST = date(2026, 2, 27)
DAYS = [FIRST + timedelta(days=number) for number in range(5)]

in_one_session = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Made:
    """A row to be: places are those in `Scene`'s lists, None for none."""

    workspace: int
    type: str
    kind: str
    microusd: int | None
    at: datetime
    film: int | None
    character: int | None
    provider: str | None
    state: str | None
    source: str
    failed: bool
    deleted: bool


@dataclass(frozen=True)
class Scene:
    """Two workspaces with two films, one of a series, and two characters of one name each."""

    workspaces: Sequence[Workspace]
    films: Sequence[Sequence[Film]]
    characters: Sequence[Sequence[Character]]
    url: str

    @property
    def acme(self) -> UUID:
        return self.workspaces[0].id


KINDS: tuple[CharacterKind, ...] = ("character", "location")
SOURCES = st.sampled_from(["generation", "generation", "generation", "import"])
PLACES = st.sampled_from([None, 0, 1])
MADE = st.builds(
    Made,
    workspace=st.sampled_from([0, 0, 0, 1]),
    type=st.sampled_from(["image", "video", "audio", "script", "text"]),
    kind=st.sampled_from(["shot", "frame", "dialogue", "script"]),
    microusd=st.none() | st.integers(min_value=0, max_value=2**52),
    at=st.datetimes(datetime(2026, 2, 27), datetime(2026, 3, 3, 23, 59, 59), timezones=st.just(UTC)),  # noqa: DTZ001
    film=PLACES,
    character=PLACES,
    provider=st.sampled_from([None, "kling", "fal", "openai"]),
    state=st.sampled_from([None, "failed", "refused"]),
    source=SOURCES,
    failed=st.booleans(),
    deleted=st.booleans(),
)


@pytest.fixture
async def scene(db: AsyncSession, acme: Workspace) -> Scene:
    """A scene without assets."""
    workspaces = [acme, await films.workspace(db, "other")]
    made_films, people = [], []
    for workspace in workspaces:
        first = await a_film(db, workspace, "one")
        first.series = "the series"
        made_films.append([first, await a_film(db, workspace, "two")])
        people.append([await a_character(db, workspace, "Paris", kind) for kind in KINDS])
    return Scene(workspaces, made_films, people, await filed(db, "bytes"))


@in_one_session
@given(st.lists(MADE, max_size=25))
async def test_whatever_was_made_groups_are_what_plain_sql_says_and_add_up(
    db: AsyncSession, scene: Scene, made: list[Made]
) -> None:
    async with _saved(db, scene, made):
        groups = {dimension: await spending.by(db, scene.acme, dimension) for dimension in DIMENSIONS}
        told = {dimension: await plain.by(db, scene.acme, dimension) for dimension in DIMENSIONS}
        total = await costs.total(db, scene.acme)

    for dimension in DIMENSIONS:
        assert rows_of(groups[dimension]) == told[dimension], dimension
        assert _sum(groups[dimension]) == row_of(total)[1:], dimension


@in_one_session
@given(st.lists(MADE, max_size=25))
async def test_whatever_was_made_figures_equal_the_guides(db: AsyncSession, scene: Scene, made: list[Made]) -> None:
    async with _saved(db, scene, made):
        of_workspaces = await spending.by_workspace(db)
        types, characters = [
            [group for each in scene.workspaces for group in await spending.by(db, each.id, dimension)]
            for dimension in ("type", "character")
        ]
        [(total,)] = await ask(db, TOTAL_SPENT)
        by_type, by_character = await ask(db, COST_BY_TYPE), await ask(db, COST_BY_CHARACTER)
        [attempts] = await ask(db, FAILED_AND_SUCCESSFUL, workspace_uuid=scene.acme)
        ours = await costs.total(db, scene.acme)

    assert total == _usd(of_workspaces)
    assert dict(map(tuple, by_type)) == _usd_by_key(types)
    named = [(group.key, _usd([group])) for group in characters if group.key is not None]
    assert Counter(map(tuple, by_character)) == Counter(named)
    assert (attempts.successful, attempts.failed) == (ours.pieces - ours.failed, ours.failed)
    assert attempts.total_spent == _usd([ours])


@in_one_session
@given(
    st.lists(MADE, max_size=25),
    st.sampled_from(get_args(Facet)),
    st.integers(min_value=0, max_value=4),
    st.tuples(st.sampled_from([None, *DAYS]), st.sampled_from([None, *DAYS])),
)
async def test_whatever_was_made_the_days_of_a_group_add_up_to_it(
    db: AsyncSession,
    scene: Scene,
    made: list[Made],
    facet: Facet,
    limit: int,
    bounds: tuple[date | None, date | None],
) -> None:
    since, until = bounds
    async with _saved(db, scene, made):
        daily = await spending.by_day_and(db, scene.acme, facet, since=since, until=until, limit=limit)
        total = await costs.total(db, scene.acme, since=since, until=until)
        by_day = await spending.by(db, scene.acme, "day", since=since, until=until)

    assert [sum(row) for row in daily.microusd] == [group.microusd for group in daily.groups]
    assert [sum(row) for row in daily.unknown] == [group.unknown for group in daily.groups]
    assert _sum(daily.groups) == row_of(total)[1:]
    assert len(daily.groups) <= limit + 1
    spent = [sum(row[place] for row in daily.microusd) for place in range(len(daily.days))]
    assert {str(day): microusd for day, microusd in zip(daily.days, spent, strict=True) if microusd} == {
        group.key: group.microusd for group in by_day if group.microusd
    }


@pytest.fixture
async def film(db: AsyncSession, acme: Workspace) -> Film:
    """A film whose pieces cost 0.04 + 0.03 (Mara's), 0.28, something unknown, and 0.05 for a failed one."""
    film, mara = await a_film(db, acme), await a_character(db, acme)
    of_film = {"film_id": film.id}
    await an_asset(db, acme, "look", type="image", generation_cost=0.04, character_ids=[mara.id], **of_film)
    await an_asset(db, acme, "frame", type="image", generation_cost=0.03, character_ids=[mara.id], **of_film)
    await an_asset(db, acme, "shot", generation_cost=0.28, **of_film)
    await an_asset(db, acme, "unknown", generation_cost=None, **of_film)
    await an_asset(db, acme, "failed", generation_cost=0.05, url=None, **of_film)
    await an_asset(db, acme, "song", generation_cost=9.99, source="import", **of_film)
    await an_asset(db, acme, "loose", type="audio", generation_cost=0.001)
    await an_asset(db, await films.workspace(db, "other"), "not ours", generation_cost=7)
    return film


async def test_the_dearest_type_comes_first(db: AsyncSession, film: Film) -> None:
    assert await spending.by(db, film.workspace_id, "type") == [
        _group("video", 330_000, pieces=3, failed=1, unknown=1),
        _group("image", 70_000, pieces=2),
        _group("audio", 1_000),
    ]


async def test_a_film_has_its_title_and_what_is_of_none_comes_last(db: AsyncSession, film: Film) -> None:
    assert await spending.by(db, film.workspace_id, "film") == [
        Group(key=film.slug, id=film.id, label="The-Lighthouse", microusd=400_000, pieces=5, failed=1, unknown=1),
        _group(None, 1_000),
    ]


async def test_what_is_not_about_just_one_character_is_left_over(db: AsyncSession, film: Film) -> None:
    [mara, rest] = await spending.by(db, film.workspace_id, "character", film_id=film.id)

    assert (mara.key, mara.microusd, mara.pieces) == ("Mara", 70_000, 2)
    assert rest == _group(None, 330_000, pieces=3, failed=1, unknown=1)


async def test_beyond_the_limit_the_rest_is_one_figure(db: AsyncSession, film: Film) -> None:
    [video, others] = await spending.by(db, film.workspace_id, "type", limit=1)

    assert video.key == "video"
    assert others == Group(key=None, id=None, label=None, microusd=71_000, pieces=3, failed=0, unknown=0, others=2)


async def test_of_days_the_latest_are_kept_and_a_day_is_one_in_utc(db: AsyncSession, acme: Workspace) -> None:
    for day, name in [(DAYS[0], "first"), (DAYS[1], "second"), (DAYS[2], "third")]:
        await _on(db, await an_asset(db, acme, name), datetime.combine(day, time(23, 59, 59, 999_999), UTC))

    [second, third, earlier] = await spending.by(db, acme.id, "day", limit=2)
    inside = await spending.by(db, acme.id, "day", since=DAYS[1], until=DAYS[1])

    assert [second.key, third.key, earlier.key, earlier.others] == ["2026-02-28", "2026-03-01", None, 1]
    assert inside == [second]
    assert [group.key for group in await spending.by(db, acme.id, "month")] == ["2026-02", "2026-03"]


async def test_the_first_and_the_last_day_of_the_calendar_are_no_bounds(db: AsyncSession, film: Film) -> None:
    everything = await spending.by(db, film.workspace_id, "type", since=date.min, until=date.max)

    assert everything == await spending.by(db, film.workspace_id, "type")


async def test_days_without_spending_are_there(db: AsyncSession, acme: Workspace) -> None:
    await _on(db, await an_asset(db, acme, "first", generation_cost=1), datetime(2026, 2, 27, tzinfo=UTC))
    await _on(db, await an_asset(db, acme, "last", generation_cost=None), datetime(2026, 3, 1, tzinfo=UTC))

    daily = await spending.by_day_and(db, acme.id, "type")
    longer = await spending.by_day_and(db, acme.id, "type", since=date(2026, 2, 26), until=date(2026, 3, 2))

    assert (daily.days, daily.microusd, daily.unknown) == (DAYS[:3], [[1_000_000, 0, 0]], [[0, 0, 1]])
    assert longer.microusd == [[0, 1_000_000, 0, 0, 0]]


async def test_where_nothing_was_spent_there_are_days_and_no_groups(db: AsyncSession, acme: Workspace) -> None:
    asked = await spending.by_day_and(db, acme.id, "film", since=DAYS[0], until=DAYS[1])

    assert asked == Daily(days=DAYS[:2], groups=[], microusd=[], unknown=[])
    assert (await spending.by_day_and(db, acme.id, "film")).days == []


async def test_a_chart_of_more_than_ten_years_is_refused(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(BadInput, match="1970-01-01 to 2026-02-27 are too many days"):
        await spending.by_day_and(db, acme.id, "type", since=date(1970, 1, 1), until=FIRST)


async def test_what_came_to_nothing_is_told_by_itself(db: AsyncSession, film: Film) -> None:
    failed = await costs.total(db, film.workspace_id, only_failed=True)

    assert failed == Cost(key=None, microusd=50_000, pieces=1, failed=1, unknown=0)


async def test_attempts_are_told_by_their_state(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme)
    for state, cost in [("failed", 50_000), ("failed", None), ("refused", 0), ("cancelled", 0), ("queued", None)]:
        await _attempt(db, acme, film, state, cost)
    await _attempt(db, acme, None, "failed", 1)

    found = await spending.attempts(db, acme.id, film_id=film.id)

    assert found == [
        Cost(key="cancelled", microusd=0, pieces=1, failed=1, unknown=0),
        Cost(key="failed", microusd=50_000, pieces=2, failed=2, unknown=1),
        Cost(key="queued", microusd=0, pieces=1, failed=0, unknown=1),
        Cost(key="refused", microusd=0, pieces=1, failed=1, unknown=0),
    ]


async def test_savings_are_of_the_film_that_uses_the_piece_and_of_the_day_of_that(
    db: AsyncSession, acme: Workspace
) -> None:
    first, second = await a_film(db, acme, "first"), await a_film(db, acme, "second")
    known = await an_asset(db, acme, "known", generation_cost=0.5, film_id=first.id)
    unknown = await an_asset(db, acme, "unknown", generation_cost=None, film_id=first.id)
    await _use(db, first, known, "new", reused=False)
    for number, asset in enumerate([known, known, unknown]):
        take = await _use(db, second, asset, f"shot:{number}", reused=True)
        take.created_at = datetime.combine(DAYS[number], time(), UTC)
    await db.flush()

    by_film = await spending.saved_by(db, acme.id, "film")
    by_day = await spending.saved_by(db, acme.id, "day", since=DAYS[1])

    assert by_film == [
        Group(key="second", id=second.id, label="Second", microusd=1_000_000, pieces=3, failed=0, unknown=1)
    ]
    assert by_day == [_group("2026-02-28", 500_000), _group("2026-03-01", 0, unknown=1)]
    saved = await costs.saved(db, acme.id, since=DAYS[1])
    assert (saved.microusd, saved.uses, saved.unknown) == (500_000, 2, 1)


def _group(key: str | None, microusd: int, *, pieces: int = 1, failed: int = 0, unknown: int = 0) -> Group:
    return Group(key=key, id=None, label=key, microusd=microusd, pieces=pieces, failed=failed, unknown=unknown)


def _sum(groups: Sequence[Cost]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip((0,) * 4, *(row_of(group)[1:] for group in groups), strict=True))


def _usd(groups: Sequence[Cost]) -> object:
    """As SUM has it: of nothing that is known the sum is not known."""
    known = any(group.pieces > group.unknown for group in groups)
    return to_usd(sum(group.microusd for group in groups)) if known else None


def _usd_by_key(groups: Sequence[Cost]) -> dict[str | None, object]:
    return {key: _usd([group for group in groups if group.key == key]) for key in {group.key for group in groups}}


@asynccontextmanager
async def _saved(db: AsyncSession, scene: Scene, made: Sequence[Made]) -> AsyncIterator[None]:
    """The rows are there within the block."""
    async with db.begin_nested() as trial:
        for each in made:
            await _save(db, scene, each)
        await db.flush()
        yield
        await trial.rollback()


async def _save(db: AsyncSession, scene: Scene, made: Made) -> None:
    """What was brought is about nobody: the guide's sum by character is of all sources, for that costs nothing."""
    workspace, is_generated = scene.workspaces[made.workspace], made.source == "generation"
    people, of_workspace = scene.characters[made.workspace], scene.films[made.workspace]
    film = None if made.film is None else of_workspace[made.film]
    failed = is_generated and made.failed
    attempt = await _attempt(db, workspace, film, made.state, made.microusd) if failed and made.state else None
    db.add(
        Asset(
            workspace_id=workspace.id,
            type=made.type,
            kind=made.kind,
            name="made",
            url=None if failed else scene.url,
            source=made.source,
            cost_microusd=made.microusd,
            character_id=people[made.character].id if is_generated and made.character is not None else None,
            film_id=None if film is None else film.id,
            generation_id=None if attempt is None else attempt.id,
            provider=made.provider,
            model=None if made.provider is None else f"{made.provider}-1",
            generation_metadata={},
            tags=[],
            created_at=made.at,
            deleted_at=made.at if made.deleted else None,
        )
    )


async def _attempt(
    db: AsyncSession, workspace: Workspace, film: Film | None, state: str, microusd: int | None
) -> Generation:
    closed = state in {"failed", "refused", "cancelled"}
    row = Generation(
        workspace_id=workspace.id,
        film_id=None if film is None else film.id,
        fingerprint=str(new_id()),
        purchase=1,
        provider="kling",
        model="v1",
        operation="shot",
        request={},
        state=state,
        cost_microusd=microusd,
        lease_epoch=1,
        settled_at=datetime(2026, 3, 1, tzinfo=UTC) if closed else None,
    )
    db.add(row)
    await db.flush()
    return row


async def _on(db: AsyncSession, asset: Asset, moment: datetime) -> None:
    await db.execute(update(Asset).where(Asset.id == asset.id).values(created_at=moment))


async def _use(db: AsyncSession, film: Film, asset: Asset, name: str, **values: Any) -> Take:
    slot = await takes.ensure_slot(db, workspace_id=film.workspace_id, film_id=film.id, name=name, kind="shot")
    saved = asset.cost_microusd if values["reused"] else 0
    return await takes.add(db, slot=slot, asset_id=asset.id, basis={}, basis_version=1, saved_microusd=saved, **values)
