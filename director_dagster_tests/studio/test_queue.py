"""The queue: whoever takes from it, however often and at once, a day is never crossed, in number or in money."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, update

from director_dagster.catalog import chain
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, requests
from director_dagster.catalog.tables import FilmRequest, Generation
from director_dagster.studio.queue import Pace, is_waiting, take_from_queue
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import film_row, open_bench

T = TypeVar("T")

DAY = date(2026, 11, 26)
A_DAY, MOST = 3, 100
PACE = Pace(a_day=A_DAY, max_microusd=MOST)


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    opened, _ = open_bench(database_url, tmp_path / "home")
    yield opened
    await opened.aclose()


async def queued(studio: Studio, *prices: int) -> list[str]:
    """The films of new requests in the queue, in its order, that may spend so much each."""
    async with studio.catalog.session() as db:
        workspace_id, _ = await film_row(db)
        before = (await db.scalars(select(func.count()).select_from(FilmRequest))).one()
        films = [f"film-{before + number:03}" for number in range(len(prices))]
        for film, price in zip(films, prices, strict=True):
            row = FilmRequest(
                workspace_id=workspace_id, film=film, wishes={}, max_microusd=price, queued=True, priority=-before
            )
            row.key, row.asked_by = film, "somebody"
            await requests.add(db, row)
    return films


async def take(studio: Studio, pace: Pace = PACE, today: date = DAY) -> list[str]:
    return [row.film for row in await take_from_queue(studio, pace, today)]


async def test_a_day_takes_so_many_in_order_and_the_next_the_others(studio: Studio) -> None:
    films = await queued(studio, 0, 0, 0, 0, 0)

    today, again = await take(studio), await take(studio)
    tomorrow = await take(studio, today=DAY + timedelta(days=1))

    assert (today, again, tomorrow) == (films[:3], [], films[3:])


async def test_a_missed_day_is_not_made_up_for(studio: Studio) -> None:
    films = await queued(studio, *[0] * 7)
    await take(studio)

    assert await take(studio, today=DAY + timedelta(days=5)) == films[3:6]


async def test_what_has_no_room_today_is_passed_over_and_stays_first(studio: Studio) -> None:
    dear, cheap, dearer = await queued(studio, 60, 30, MOST + 1)
    rest = await queued(studio, 60, 0)

    today = await take(studio)
    async with studio.catalog.session() as db:
        waits = await is_waiting(db, PACE, DAY + timedelta(days=1))

    assert today == [dear, cheap, rest[1]]
    assert not waits, "all that was taken is open and holds its money, and what is left costs more"
    assert await take(studio, Pace(a_day=3, max_microusd=1000), DAY + timedelta(days=1)) == [dearer, rest[0]]


@pytest.mark.parametrize("pace", [Pace(a_day=0, max_microusd=MOST), Pace(a_day=3, max_microusd=0)])
async def test_without_a_number_or_money_nothing_that_costs_is_taken(studio: Studio, pace: Pace) -> None:
    await queued(studio, 1)

    assert await take(studio, pace) == []


async def test_many_at_once_take_no_more_than_one(studio: Studio) -> None:
    films = await queued(studio, *[40] * 6)

    taken = await asyncio.gather(*(take(studio) for _ in range(6)))

    assert sorted(film for each in taken for film in each) == films[:2]


class Days(RuleBasedStateMachine):
    """Days on which requests come, are taken, withdrawn and begun, buy, end in whatever order, and carry over."""

    url: ClassVar[str]
    home: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.studio, _ = open_bench(self.url, self.home)
        self.today, self.spent, self.taken = DAY, dict[date, int](), dict[date, int]()

    def teardown(self) -> None:
        self.do(lambda: self.studio.aclose())
        self.loop.close()

    def do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self.loop.run_until_complete(work())

    @initialize()
    def nothing_yet(self) -> None:
        async def emptied() -> None:
            async with self.studio.catalog.session() as db:
                await db.execute(delete(FilmRequest))

        self.do(emptied)

    @rule(prices=st.lists(st.integers(0, MOST + 10), min_size=1, max_size=4))
    def ask(self, prices: list[int]) -> None:
        async def asked() -> None:
            async with self.studio.catalog.session() as db:
                workspace_id, _ = await film_row(db)
                for price in prices:
                    row = FilmRequest(workspace_id=workspace_id, film="a-film", wishes={}, max_microusd=price)
                    row.queued, row.priority, row.asked_by, row.key = True, 0, "somebody", str(new_id())
                    await requests.add(db, row)

        self.do(asked)

    @rule(at_once=st.integers(1, 3))
    def take(self, at_once: int) -> None:
        async def took() -> int:
            found = await asyncio.gather(*(take(self.studio, today=self.today) for _ in range(at_once)))
            return sum(map(len, found))

        self.taken[self.today] = self.taken.get(self.today, 0) + self.do(took)

    @rule(data=st.data(), share=st.sampled_from([0, 40, 100]), parts=st.sampled_from([1, 2]))
    def buy(self, data: st.DataObject, share: int, parts: int) -> None:
        """A run of an open request buys something for what it may still spend, or less."""
        row = data.draw(st.sampled_from([None, *self.open_()]))
        if row is None:
            return
        run_id = row.runs[-1] if row.runs else str(new_id())
        cost = self.do(lambda: self.purchase(row, run_id, share, parts))
        self.spent[self.today] = self.spent.get(self.today, 0) + cost

    @rule(data=st.data(), state=st.sampled_from(["done", "failed", "withdrawn"]))
    def end(self, data: st.DataObject, state: str) -> None:
        row = data.draw(st.sampled_from([None, *self.open_()]))
        if row is None or (state == "withdrawn") != (not row.runs):
            return

        async def ended() -> None:
            async with self.studio.catalog.session() as db:
                await requests.end(db, row.id, state)
                at = datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC)
                await db.execute(update(FilmRequest).where(FilmRequest.id == row.id).values(ended_at=at))

        self.do(ended)
        if state == "withdrawn" and row.taken_on is not None:
            self.taken[row.taken_on] -= 1

    @rule(days=st.integers(1, 3))
    def sleep(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def no_day_is_crossed(self) -> None:
        assert all(spent <= MOST for spent in self.spent.values()), self.spent
        assert all(taken <= A_DAY for taken in self.taken.values()), self.taken

    def open_(self) -> list[FilmRequest]:
        async def found() -> list[FilmRequest]:
            async with self.studio.catalog.session() as db:
                return [each.row for each in await requests.due(db)]

        return self.do(found)

    async def purchase(self, row: FilmRequest, run_id: str, share: int, parts: int) -> int:
        """What the run buys for that share of what it may still spend: it costs its price, or half."""
        async with self.studio.catalog.session() as db:
            chain.acts(db, Actor(run_id=run_id))
            left = await requests.begin(db, row.id, run_id=run_id, after="")
            price = left * share // 100
            made = Generation(
                workspace_id=row.workspace_id, fingerprint=str(new_id()), purchase=1, provider="bench", model="m",
                operation="o", request={}, state="failed", lease_epoch=1, price_microusd=price,
                cost_microusd=price // parts, settled_at=func.now(),
            )  # fmt: skip
            db.add(made)
            await db.flush()
            await events.note(
                db, workspace_id=row.workspace_id, what="claimed", subject=str(made.id), generation_id=made.id
            )
        return price // parts


def test_whatever_happens_on_which_day_no_day_is_crossed(database_url: str, tmp_path: Path) -> None:
    Days.url, Days.home = database_url, tmp_path / "home"

    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
