"""The audit log's chain: bound event by event, written with what it tells or not at all, by many at once."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import ProgrammingError

from director_dagster.catalog import budgets, chain, migrating, session
from director_dagster.catalog.chain import Actor, Head
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.session import Catalog, migrate, open_catalog
from director_dagster.catalog.tables import Event
from director_dagster_tests.catalog.rows import a_film

Line = tuple[Mapping[str, Any], str]


def proved(lines: list[Line]) -> Head:
    """The end of a chain, reckoned from its rule alone, with nothing of ours."""
    end = Head()
    for number, (body, hash_) in enumerate(lines, start=1):
        spelled = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (body["seq"], body["previous"]) == (number, end.hash)
        assert hashlib.sha256(spelled.encode()).hexdigest() == hash_
        end = Head(seq=number, hash=hash_)
    return end


async def log(catalog: Catalog, slug: str = "acme") -> list[Line]:
    async with catalog.session() as db:
        found = await films.find_workspace(db, slug)
        assert found is not None
        return [line async for line in events.walk(db, found.id)]


async def opened(catalog: Catalog, slug: str = "acme") -> UUID:
    async with catalog.session() as db:
        return (await films.workspace(db, slug)).id


async def test_events_of_many_transactions_are_one_chain_that_its_rule_alone_proves(catalog: Catalog) -> None:
    acme, asset = await opened(catalog), new_id()
    for number in range(3):
        async with catalog.session() as db:
            await events.note(db, workspace_id=acme, what="first", subject="ö", details={"each": [number, None, True]})
            await events.note(db, workspace_id=acme, what="second", subject=str(asset), asset_id=asset, microusd=5)

    lines = await log(catalog)

    async with catalog.session() as db:
        assert proved(lines) == await chain.head(db, acme)
    assert [body["what"] for body, _ in lines] == ["first", "second"] * 3
    assert (lines[1][0]["asset"], lines[1][0]["microusd"], lines[0][0]["microusd"]) == (str(asset), 5, None)
    assert lines[0][0]["at"] <= lines[-1][0]["at"]


async def test_who_acts_and_in_which_run_is_told_of_the_session_unless_it_is_said(database_url: str) -> None:
    async with open_catalog(database_url, actor=Actor(who="sam", run_id="run-1")) as catalog:
        acme = await opened(catalog)
        async with catalog.session() as db:
            await events.note(db, workspace_id=acme, what="made", subject="x")
            await events.note(db, workspace_id=acme, what="made", subject="x", who="kim", reason="asked to")

        lines = await log(catalog)

    told = [(body["who"], body["run"], body["reason"]) for body, _ in lines]
    assert told == [("sam", "run-1", ""), ("kim", "run-1", "asked to")]


async def test_what_is_rolled_back_was_never_an_event_and_leaves_no_gap(catalog: Catalog) -> None:
    acme = await opened(catalog)

    async def fail() -> None:
        async with catalog.session() as db:
            await events.note(db, workspace_id=acme, what="never", subject="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with catalog.session() as db:
        await events.note(db, workspace_id=acme, what="done", subject="x")

    assert [body["what"] for body, _ in await log(catalog)] == ["done"]


async def test_a_rehearsal_tells_nothing_and_keeps_nobody_waiting(catalog: Catalog) -> None:
    acme = await opened(catalog)

    async with asyncio.timeout(10), catalog.rehearsal() as rehearsal:
        async with rehearsal.session() as db:
            await events.note(db, workspace_id=acme, what="tried", subject="x")
        async with catalog.session() as db:
            await events.note(db, workspace_id=acme, what="done", subject="x")

    assert [body["what"] for body, _ in await log(catalog)] == ["done"]


async def test_many_at_once_take_turns_whatever_else_they_lock(catalog: Catalog) -> None:
    # Half of them note first and then lock the budget, the others the other way round; half name one workspace
    # first, half the other.
    slugs = ("acme", "zeta")
    ids = [await opened(catalog, slug) for slug in slugs]
    for workspace_id in ids:
        async with catalog.session() as db:
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=None, limit_microusd=1_000_000)

    async def work(number: int) -> None:
        order = ids if number % 2 else ids[::-1]
        async with catalog.session() as db:
            if number % 3:
                for workspace_id in order:
                    await events.note(db, workspace_id=workspace_id, what="note", subject=str(number))
            await budgets.reserve(db, workspace_id=ids[number % 4 // 2], film_id=None, price_microusd=1)
            if not number % 3:
                for workspace_id in order:
                    await events.note(db, workspace_id=workspace_id, what="note", subject=str(number))

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(number) for number in range(60)))

    for slug in slugs:
        lines = await log(catalog, slug)
        assert proved(lines).seq == 61, "the budget, and sixty notes"
        assert {body["subject"] for body, _ in lines[1:]} == {str(number) for number in range(60)}
        assert [body["at"] for body, _ in lines] == sorted(body["at"] for body, _ in lines)


async def test_a_thousand_events_take_as_many_statements_as_one(catalog: Catalog) -> None:
    acme, sent = await opened(catalog), [0]

    def count(*_: object) -> None:
        sent[0] += 1

    async def statements(number: int) -> int:
        async with catalog.session() as db:
            for each in range(number):
                await events.note(db, workspace_id=acme, what="made", subject=str(each))
            sent[0] = 0
            await chain.write(db)
            return sent[0]

    await statements(1)
    event.listen(catalog.engine.sync_engine, "before_cursor_execute", count)
    counted = [await statements(number) for number in (1, 1000)]
    event.remove(catalog.engine.sync_engine, "before_cursor_execute", count)

    assert counted == [2, 2]
    assert proved(await log(catalog)).seq == 1002


SAID = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.decimals()
    # What neither Postgres nor UTF-8 holds, no text of ours holds.
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("aeö😀\u2028 ", max_size=4), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID, min_size=10, max_size=10))
async def test_whatever_is_said_reads_back_as_it_was_hashed(catalog: Catalog, said: list[Any]) -> None:
    acme = await opened(catalog)

    async with catalog.session() as db:
        for each in said:
            await events.note(db, workspace_id=acme, what="said", subject=json.dumps(str(each)), details={"it": each})

    proved(await log(catalog))


async def test_a_fraction_is_kept_as_text_and_so_is_whatever_else_is_no_json(catalog: Catalog) -> None:
    acme, some_id = await opened(catalog), new_id()

    async with catalog.session() as db:
        details = {"rate": 0.5, "exact": Decimal("1.50"), "id": some_id, "words": ("a", "b")}
        await events.note(db, workspace_id=acme, what="said", subject="x", details=details)

    ((body, _),) = await log(catalog)
    assert body["details"] == {"rate": "0.5", "exact": "1.50", "id": str(some_id), "words": ["a", "b"]}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event_heads SET seq = 0", "UPDATE event_heads SET hash = hash", "DELETE FROM event_heads"],
)
async def test_the_end_of_the_log_never_goes_back(catalog: Catalog, statement: str) -> None:
    acme = await opened(catalog)
    async with catalog.session() as db:
        await events.note(db, workspace_id=acme, what="made", subject="x")

    with pytest.raises(ProgrammingError, match="event_heads is append-only"):
        async with catalog.session() as db:
            await db.execute(text(statement))


async def test_the_journal_of_before_becomes_the_beginning_of_the_chain(empty_database_url: str) -> None:
    _migrate_to(empty_database_url, "0007")
    with psycopg.connect(empty_database_url) as server:
        for slug in ("acme", "other", "silent"):
            server.execute("INSERT INTO workspaces (id, slug, name) VALUES (gen_random_uuid(), %s, %s)", [slug, slug])
        server.execute("""
            INSERT INTO events (workspace_id, who, what, subject, details)
            SELECT id, 'director make', 'estimate agreed', slug || '/ä', jsonb_build_object('low', n, 'rate', 0.50)
            FROM generate_series(1, 1500) AS n, workspaces WHERE slug <> 'silent' ORDER BY n, slug
        """)

    migrate(empty_database_url)

    async with open_catalog(empty_database_url) as catalog:
        acme = await opened(catalog)
        async with catalog.session() as db:
            await events.note(db, workspace_id=acme, what="after", subject="x")
        ends = {slug: proved(await log(catalog, slug)) for slug in ("acme", "other", "silent")}
        async with catalog.session() as db:
            assert {each.slug: head for each, head in await events.heads(db)} == ends
            ids = list(await db.scalars(select(Event.id).where(Event.workspace_id == acme).order_by(Event.seq)))
    assert [end.seq for end in ends.values()] == [1501, 1500, 0]
    assert ids == sorted(ids), "in the order in which they were written"


async def test_a_budget_that_is_set_is_told_once_with_what_it_was(catalog: Catalog) -> None:
    acme = await opened(catalog)
    for limit in (5_000_000, 5_000_000, budgets.NO_LIMIT_MICROUSD):
        async with catalog.session() as db:
            await budgets.set_limit(db, workspace_id=acme, film_id=None, limit_microusd=limit)
    async with catalog.session() as db:
        film = await a_film(db, await films.workspace(db, "acme"))
        await budgets.set_limit(db, workspace_id=acme, film_id=film.id, limit_microusd=0)

    told = [(body["film"], body["details"]) for body, _ in await log(catalog)]
    assert told == [
        (None, {"before_microusd": None, "limit_microusd": 5_000_000}),
        (None, {"before_microusd": 5_000_000, "limit_microusd": "no limit"}),
        (str(film.id), {"before_microusd": None, "limit_microusd": 0}),
    ]


def _migrate_to(url: str, revision: str) -> None:
    with session._connected(url) as connection:
        migrating.upgrade(connection, None, revision)
