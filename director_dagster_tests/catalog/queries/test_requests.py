"""Requests as rows: what a plain INSERT may say, what is one request, whose turn it is, and what its runs may spend."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, chain, claims
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.claims import Purchase
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import requests
from director_dagster.catalog.tables import Event, FilmRequest, Generation, Workspace
from director_dagster.errors import BadInput

TODAY = date(2026, 11, 26)
PRICE = 300_000


async def ask(db: AsyncSession, workspace: Workspace, film: str = "a-door", **values: Any) -> FilmRequest:
    wanted = {"wishes": {}, "max_microusd": 0, "queued": False, "priority": 0, "key": "", "asked_by": "sam"}
    row = FilmRequest(workspace_id=workspace.id, film=film, **{**wanted, **values})
    return (await requests.add(db, row))[0]


async def claim(db: AsyncSession, workspace: Workspace, run_id: str, words: str) -> Generation:
    """What a run has claimed for `PRICE`."""
    chain.acts(db, Actor(run_id=run_id))
    await budgets.set_limit(db, workspace_id=workspace.id, film_id=None, limit_microusd=100 * PRICE)
    made = await claims.claim(
        db,
        Purchase(
            workspace_id=workspace.id,
            film_id=None,
            fingerprint=words,
            provider="kling",
            model="kling-v3",
            operation="shot",
            request={},
            price_microusd=PRICE,
        ),
        lease_s=60,
    )
    await chain.write(db)
    return made.generation


async def test_a_plain_insert_needs_a_film_and_all_else_has_its_default(db: AsyncSession, acme: Workspace) -> None:
    await db.execute(text("INSERT INTO film_requests (workspace_id, film) SELECT id, 'a-door' FROM workspaces"))

    [asked] = await requests.due(db)

    assert asked.film == "acme/a-door"
    assert (asked.row.state, asked.row.max_microusd, asked.row.wishes, asked.row.runs) == ("waiting", 0, {}, [])
    assert asked.row.asked_by


NONSENSE: dict[str, dict[str, Any]] = {
    "ck_film_requests_film": {"film": "A Door"},
    "ck_film_requests_idea": {"idea": "  "},
    "ck_film_requests_screenplay": {"screenplay": "x" * 1_000_001},
    "ck_film_requests_brief": {"idea": "a fox", "screenplay": "INT. DEN - DAY"},
    "ck_film_requests_settings": {"settings": {"format": "1:1"}},
    "ck_film_requests_wishes": {"wishes": {"max_usd": 3}},
    "ck_film_requests_max_microusd": {"max_microusd": -1},
    "ck_film_requests_key": {"key": "k" * 201},
    "ck_film_requests_taken_on": {"taken_on": TODAY},
    "ck_film_requests_state": {"state": "hoped for"},
    "ck_film_requests_runs": {"state": "launched"},
    "ck_film_requests_ended_at": {"state": "failed"},
    "fk_film_requests_workspace_id": {"workspace_id": new_id()},
}


@pytest.mark.parametrize("constraint", NONSENSE)
async def test_what_no_request_can_be_is_refused_by_the_table(
    db: AsyncSession, acme: Workspace, constraint: str
) -> None:
    values = {"workspace_id": acme.id, "film": "a-door", **NONSENSE[constraint]}

    with pytest.raises(IntegrityError, match=constraint):
        await db.execute(insert(FilmRequest).values(**values))


async def test_the_same_wish_is_one_request_while_it_is_open_and_another_one_afterwards(
    db: AsyncSession, acme: Workspace
) -> None:
    first = await ask(db, acme)
    again = await ask(db, acme)
    other = await ask(db, acme, queued=True)
    dearer = await ask(db, acme, max_microusd=1)
    await requests.end(db, first.id, "withdrawn")
    later = await ask(db, acme)

    assert again.id == first.id
    assert len({first.id, other.id, dearer.id, later.id}) == 4
    with pytest.raises(IntegrityError, match="uq_film_requests_open"):
        await db.execute(insert(FilmRequest).values(workspace_id=acme.id, film="a-door"))


async def test_of_a_key_there_is_one_request_for_ever(db: AsyncSession, acme: Workspace) -> None:
    first = await ask(db, acme, key="monday")
    await requests.end(db, first.id, "withdrawn")

    again = await ask(db, acme, "another-film", key="monday")
    other = await ask(db, acme, key="tuesday")

    assert again.id == first.id
    assert other.id != first.id


async def test_the_most_urgent_goes_first_then_the_one_that_waits_longest(db: AsyncSession, acme: Workspace) -> None:
    for number, (film, priority) in enumerate([("second", 0), ("last", -1), ("first", 2), ("third", 0)]):
        row = await ask(db, acme, film, priority=priority)
        at = datetime(2026, 11, 26, 8, number, tzinfo=UTC)
        await db.execute(update(FilmRequest).where(FilmRequest.id == row.id).values(asked_at=at))

    assert [each.row.film for each in await requests.due(db)] == ["first", "second", "third", "last"]


async def test_what_is_in_the_queue_is_due_when_it_was_taken(db: AsyncSession, acme: Workspace) -> None:
    row = await ask(db, acme, queued=True)
    before = await requests.due(db)

    await requests.take(db, row, TODAY)

    assert before == []
    assert [each.row.id for each in await requests.due(db)] == [row.id]


async def test_of_two_runs_that_follow_the_same_one_one_begins(db: AsyncSession, acme: Workspace) -> None:
    row = await ask(db, acme)

    await requests.begin(db, row.id, run_id="one", after="")
    await requests.begin(db, row.id, run_id="one", after="")
    with pytest.raises(BadInput, match="in the hands of run one"):
        await requests.begin(db, row.id, run_id="two", after="")
    await requests.begin(db, row.id, run_id="three", after="one")

    assert (row.state, row.runs) == ("launched", ["one", "three"])


async def test_nothing_begins_for_a_request_that_is_over_or_is_none(db: AsyncSession, acme: Workspace) -> None:
    row = await ask(db, acme)
    await requests.end(db, row.id, "withdrawn")

    with pytest.raises(BadInput, match=f"request {row.id} is withdrawn"):
        await requests.begin(db, row.id, run_id="one", after="")
    with pytest.raises(BadInput, match="there is no request"):
        await requests.begin(db, new_id(), run_id="one", after="")


async def test_a_run_may_spend_what_the_one_before_it_has_left_whoever_ends_its_purchases(
    db: AsyncSession, acme: Workspace
) -> None:
    row = await ask(db, acme, max_microusd=10 * PRICE)
    first = await requests.begin(db, row.id, run_id="one", after="")
    settled = await claim(db, acme, "one", "settled for less")
    await claim(db, acme, "one", "under way")
    await claim(db, acme, "somebody else's", "not of the request")
    await db.execute(update(Generation).where(Generation.id == settled.id).values(cost_microusd=1))

    second = await requests.begin(db, row.id, run_id="two", after="one")
    await claim(db, acme, "two", "more")

    assert (first, second) == (10 * PRICE, 9 * PRICE - 1)
    assert await requests.spent_microusd(db, row) == 2 * PRICE + 1


async def test_a_day_counts_what_is_open_with_all_it_may_spend_and_what_is_over_with_what_it_has(
    db: AsyncSession, acme: Workspace
) -> None:
    now = await requests_today(db)
    yesterdays, over = await ask(db, acme, "a", queued=True, max_microusd=5), await ask(db, acme, "b", queued=True)
    await requests.take(db, yesterdays, now - timedelta(days=1))
    await requests.take(db, over, now)
    await db.execute(update(FilmRequest).where(FilmRequest.id == over.id).values(max_microusd=10 * PRICE))
    await requests.begin(db, over.id, run_id="run of b", after="")
    await claim(db, acme, "run of b", "a purchase")

    open_ = await requests.left_of(db, now, a_day=2, max_microusd=20 * PRICE)
    await requests.end(db, over.id, "done")
    ended = await requests.left_of(db, now, a_day=2, max_microusd=20 * PRICE)
    await requests.end(db, yesterdays.id, "withdrawn")
    withdrawn = await requests.left_of(db, now, a_day=2, max_microusd=20 * PRICE)

    assert (open_.requests, open_.microusd) == (1, 10 * PRICE - 5)
    assert (ended.requests, ended.microusd) == (1, 19 * PRICE - 5)
    assert (withdrawn.requests, withdrawn.microusd) == (1, 19 * PRICE)


async def requests_today(db: AsyncSession) -> date:
    """The day by Postgres's clock, by which requests end."""
    now: datetime = (await db.execute(text("SELECT now() AT TIME ZONE 'UTC'"))).scalar_one()
    return now.date()


async def test_the_log_tells_each_thing_that_became_of_a_request(db: AsyncSession, acme: Workspace) -> None:
    row = await ask(db, acme, queued=True)
    await requests.take(db, row, TODAY)
    await requests.begin(db, row.id, run_id="one", after="")
    await requests.end(db, row.id, "failed", reason="it broke")
    again = await requests.end(db, row.id, "done")
    await chain.write(db)

    assert again is None
    assert await told(db, row.id) == [
        ("film requested", ""),
        ("taken from the queue", ""),
        ("request begun", ""),
        ("request ended", "it broke"),
    ]


async def told(db: AsyncSession, request_id: UUID) -> list[tuple[str, str]]:
    query = select(Event.what, Event.reason).where(Event.subject == str(request_id)).order_by(Event.seq)
    return [(what, reason) for what, reason in await db.execute(query)]
