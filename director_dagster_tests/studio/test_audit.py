"""Audit: whatever is done to the log behind the studio's back is found, in the database and in a file."""

from collections.abc import Callable, Sequence
from contextlib import closing
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.chain import Head
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.session import Catalog
from director_dagster.errors import BadInput, LogBroken
from director_dagster.story import wire
from director_dagster.studio.audit import export, parse_head, verify, verify_lines

EVENTS = 5
Lines = list[str]


@pytest.fixture
async def acme(catalog: Catalog) -> UUID:
    """A workspace with five events, beside one with three."""
    ids = []
    for slug, number in (("acme", EVENTS), ("other", 3)):
        async with catalog.session() as db:
            ids.append((await films.workspace(db, slug)).id)
        for each in range(number):
            async with catalog.session() as db:
                await events.note(db, workspace_id=ids[-1], who="sam", what="made", subject=f"ä {each}", microusd=each)
    return ids[0]


async def verified(catalog: Catalog, workspace_id: UUID, known: Head | None = None) -> Head:
    async with catalog.snapshot() as db:
        return await verify(db, workspace_id, known=known)


async def exported(catalog: Catalog) -> Lines:
    async with catalog.snapshot() as db:
        workspace = await films.find_workspace(db, "acme")
        assert workspace is not None
        return [line async for line in export(db, workspace)]


async def tamper(db: AsyncSession, *statements: str) -> None:
    """Do as a superuser does who stops at nothing."""
    for statement in (*UNGUARDED, *statements):
        await db.execute(text(statement.replace("OURS", "workspace_id = ACME AND seq").replace("ACME", ACME)))


async def test_a_log_that_nobody_has_touched_is_proved_to_its_end(catalog: Catalog, acme: UUID) -> None:
    head = await verified(catalog, acme)

    assert head.seq == EVENTS
    async with catalog.session() as db:
        assert head == await chain.head(db, acme)
        assert parse_head(str(head)) == head
    async with catalog.session() as db:
        silent = (await films.workspace(db, "silent")).id
    assert await verified(catalog, silent) == Head()


UNGUARDED = (
    "SET LOCAL session_replication_role = replica",
    "ALTER TABLE events DROP CONSTRAINT uq_events_workspace_id_seq, DROP CONSTRAINT ck_events_seq",
)
ACME = "(SELECT id FROM workspaces WHERE slug = 'acme')"
TAMPERED: dict[str, Sequence[str]] = {
    "event 3 was changed: it says that kim did 'made'": ["UPDATE events SET who = 'kim' WHERE OURS = 3"],
    "event 4 was changed": ["UPDATE events SET microusd = 0 WHERE OURS = 4"],
    "event 2 was changed: ": ["UPDATE events SET at = at - interval '1 microsecond' WHERE OURS = 2"],
    "event 1 was changed": ["""UPDATE events SET details = '{"a": 1}' WHERE workspace_id = ACME AND seq < 3"""],
    "event 5 was changed": ["UPDATE events SET hash = repeat('a', 64) WHERE OURS = 5"],
    "event 3 is missing: event 4 stands in its place": ["DELETE FROM events WHERE OURS = 3"],
    "event 1 is missing: event 2": ["DELETE FROM events WHERE OURS = 1"],
    "event 1 is missing: the log ends before it, and had 5": ["DELETE FROM events WHERE workspace_id = ACME"],
    "event 5 is missing: the log ends before it": ["DELETE FROM events WHERE OURS = 5"],
    "event 3 was changed: ": ["DELETE FROM events WHERE OURS = 3", "UPDATE events SET seq = seq - 1 WHERE OURS > 3"],
    "event 2 was changed": ["UPDATE events SET seq = 5 - seq WHERE OURS IN (2, 3)"],
    "event 3 stands once more, where event 4 should": [
        """INSERT INTO events (workspace_id, who, what, subject, seq, previous, hash)
        SELECT workspace_id, who, what, subject, seq, previous, hash FROM events WHERE OURS = 3"""
    ],
    "event 0 stands once more, where event 1 should": ["UPDATE events SET seq = 0 WHERE OURS = 5"],
    "event 5 was not appended by the studio": [
        "UPDATE event_heads SET (seq, hash) = (SELECT seq, hash FROM events WHERE OURS = 4) WHERE workspace_id = ACME"
    ],
    "event 1 stands once more, where event 2 should": ["UPDATE events SET workspace_id = ACME"],
    "event 5 is not the last one that the studio wrote": ["UPDATE event_heads SET hash = repeat('a', 64)"],
}


async def test_whatever_is_done_to_it_the_first_wrong_event_is_named(catalog: Catalog, acme: UUID) -> None:
    found = {}
    for told, statements in TAMPERED.items():
        async with AsyncSession(catalog.engine) as db:
            await tamper(db, *statements)
            with pytest.raises(LogBroken) as broken:
                await verify(db, acme)
            found[told] = str(broken.value)
            await db.rollback()

    assert [told for told, said in found.items() if not said.startswith(told)] == [], found
    assert (await verified(catalog, acme)).seq == EVENTS, "all of it was undone"


async def test_a_log_that_is_written_anew_as_a_whole_is_told_by_an_end_that_was_noted_elsewhere(
    catalog: Catalog, acme: UUID, database_url: str
) -> None:
    noted = await verified(catalog, acme)
    rewrite(database_url, acme, lambda body: {**body, "who": "kim"} if body["seq"] == 3 else body)

    rewritten = await verified(catalog, acme)

    assert rewritten.seq == noted.seq
    with pytest.raises(LogBroken, match=f"event 5 is not the one that {noted} was: the log was written anew"):
        await verified(catalog, acme, noted)
    with pytest.raises(LogBroken, match="event 6 is missing: the log had 9 events once"):
        await verified(catalog, acme, Head(seq=9, hash=noted.hash))


async def test_an_event_that_was_written_anew_does_not_carry_the_next_one(
    catalog: Catalog, acme: UUID, database_url: str
) -> None:
    rewrite(database_url, acme, lambda body: {**body, "who": "kim"} if body["seq"] == 3 else body, only=3)

    with pytest.raises(LogBroken, match="event 4 does not follow event 3: one of them is not what was written"):
        await verified(catalog, acme)


async def test_an_export_is_proved_without_the_database(catalog: Catalog, acme: UUID) -> None:
    head, lines = await verified(catalog, acme), await exported(catalog)

    heading = verify_lines([f"{line}\n" for line in lines], name="log", known=head)

    assert (heading.name, heading.workspace, heading.head) == ("acme", str(acme), head)
    assert len(lines) == EVENTS + 1


async def test_an_export_does_not_hide_what_was_done_to_the_database(catalog: Catalog, acme: UUID) -> None:
    async with catalog.session() as db:
        await tamper(db, "UPDATE events SET who = 'kim' WHERE OURS = 3")

    with pytest.raises(LogBroken, match="event 3 was changed"):
        verify_lines(await exported(catalog), name="log")


def _swap(lines: Lines) -> Lines:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


CHANGED: dict[str, Callable[[Lines], Lines]] = {
    "event 3 was changed": lambda lines: [line.replace('"subject":"ä 2"', '"subject":"ä 9"') for line in lines],
    "event 2 is missing: event 3 stands": lambda lines: [*lines[:2], *lines[3:]],
    "event 2 is missing: event 3": _swap,
    "event 5 is missing: the log ends": lambda lines: lines[:-1],
    "log, line 6 is no JSON: it was changed or cut off": lambda lines: [*lines[:-1], lines[-1][:40]],
    "log, line 7 is no JSON": lambda lines: [*lines, ""],
    "log, line 3 is not as it was written": lambda lines: [*lines[:2], lines[2].replace(":", ": "), *lines[3:]],
    "log, line 4 is no event": lambda lines: [*lines[:3], '{"event":{"seq":3},"hash":""}', *lines[4:]],
    "log, line 2 is not as it was written": lambda lines: [lines[0], "[]", *lines[1:]],
    "event 1 is of another workspace": lambda lines: [lines[0].replace(lines[0][-5:-2], "000"), *lines[1:]],
}


async def test_whatever_is_done_to_an_export_is_found(catalog: Catalog, acme: UUID) -> None:
    lines, found = await exported(catalog), {}
    for told, change in CHANGED.items():
        with pytest.raises(LogBroken) as broken:
            verify_lines(change(lines), name="log")
        found[told] = str(broken.value)

    assert [told for told, said in found.items() if not said.startswith(told)] == [], found


@pytest.mark.parametrize("lines", [[], [""], ["{}"], ["not JSON"], ["[1]"], ['{"audit":1}'], ["[" * 100_000]])
def test_a_file_that_is_no_export_is_told_so(lines: Lines) -> None:
    with pytest.raises(BadInput, match="log, line 1: it does not begin as an export"):
        verify_lines(lines, name="log")


@pytest.mark.parametrize("told", ["", "5", "5:", f"5:{'g' * 64}", f"-1:{'0' * 64}", f"²:{'0' * 64}", f"5:{'A' * 64}"])
def test_what_is_no_end_of_a_log_is_told_so(told: str) -> None:
    with pytest.raises(BadInput, match="is no end of a log: write NUMBER:HASH"):
        parse_head(told)


def rewrite(
    url: str, workspace_id: UUID, change: Callable[[dict[str, object]], dict[str, object]], *, only: int | None = None
) -> None:
    """Change events and reckon their hashes anew, and those of all that follow: what whoever rules the database can."""
    with closing(psycopg.connect(url, autocommit=True, row_factory=dict_row)) as server:
        server.execute("SET session_replication_role = replica")
        rows = server.execute("SELECT * FROM events WHERE workspace_id = %s ORDER BY seq", [workspace_id]).fetchall()
        previous = chain.START
        for row in rows:
            body = change({**chain.body_of(row), "previous": previous})
            if only is None or body["seq"] == only:
                hash_ = wire.digest(body)
                server.execute(
                    "UPDATE events SET who = %s, previous = %s, hash = %s WHERE workspace_id = %s AND seq = %s",
                    [body["who"], previous, hash_, workspace_id, body["seq"]],
                )
            previous = wire.digest(body)
        if only is None:
            server.execute("UPDATE event_heads SET hash = %s WHERE workspace_id = %s", [previous, workspace_id])
