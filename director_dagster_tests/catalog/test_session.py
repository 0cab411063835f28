"""Tests of migrations, sessions and locks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from director_dagster.catalog import session
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import DRIVER, VERSION_TABLE, Catalog, migrate, open_catalog, revision
from director_dagster.catalog.tables import Base
from director_dagster.errors import DatabaseUnavailable, Refused

HEAD = "0026"
SHAPE = """
SELECT 'column', table_name || '.' || column_name,
    concat_ws(' ', data_type, is_nullable, column_default, is_identity, generation_expression, numeric_precision)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> %(version)s
UNION ALL
SELECT 'constraint', conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> to_regclass(%(version)s)
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> %(version)s
ORDER BY 1, 2
"""


def test_an_empty_database_is_brought_to_the_newest_revision(empty_database_url: str) -> None:
    before = revision(empty_database_url)

    migrate(empty_database_url)

    assert (before, revision(empty_database_url)) == (None, HEAD)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = _shape(database_url)

    migrate(database_url)

    assert _shape(database_url) == before


def test_processes_that_migrate_at_once_take_turns(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_database_url] * 4))

    assert revision(empty_database_url) == HEAD


def test_alembic_finds_no_difference_between_models_and_migrations(database_url: str) -> None:
    engine = create_engine(make_url(database_url).set(drivername=DRIVER), poolclass=NullPool)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)

        assert compare_metadata(context, Base.metadata) == []


def test_tables_made_from_the_models_are_those_of_the_migrations(database_url: str, empty_database_url: str) -> None:
    engine = create_engine(make_url(empty_database_url).set(drivername=DRIVER), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} ()"))
        Base.metadata.create_all(connection)

    assert _shape(database_url) == _shape(empty_database_url)


def test_dagsters_own_revision_in_the_same_database_is_left_alone(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as server:
        server.execute("CREATE TABLE alembic_version (version_num text)")
        server.execute("INSERT INTO alembic_version VALUES ('dagsters')")

        migrate(empty_database_url)

        assert server.execute("SELECT version_num FROM alembic_version").fetchall() == [("dagsters",)]


@pytest.mark.parametrize("other", ["0000", "9999"])
async def test_tables_of_another_revision_are_neither_read_nor_written(database_url: str, other: str) -> None:
    with psycopg.connect(database_url) as server:
        server.execute("UPDATE catalog_revision SET version_num = %s", [other])

    with pytest.raises(Refused, match=f"at revision {other}, this program at {HEAD}: `director db migrate`"):
        async with open_catalog(database_url) as catalog, catalog.session() as db:
            await films.find_workspace(db, "home")


async def test_a_database_without_tables_is_told_apart_from_one_that_is_not_there(empty_database_url: str) -> None:
    with pytest.raises(Refused, match=f"at revision none, this program at {HEAD}"):
        async with open_catalog(empty_database_url) as catalog, catalog.session():
            pass


def test_a_database_that_is_newer_than_the_program_is_refused_in_one_line(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("UPDATE catalog_revision SET version_num = '9999'")

    with pytest.raises(Refused, match=f"at revision 9999, this program knows {HEAD}: install a newer director"):
        migrate(database_url)


def test_tables_that_are_not_those_of_their_revision_are_told_in_one_line_and_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("UPDATE catalog_revision SET version_num = '0015'")
    before = _shape(database_url)

    with pytest.raises(Refused, match=r"from revision 0015, and is as it was: relation \"\w+\" already exists$"):
        migrate(database_url)

    assert (_shape(database_url), revision(database_url)) == (before, "0015")


@pytest.mark.parametrize("change", [{"port": 1}, {"database": "nowhere"}, {"password": "hunter2"}])
async def test_a_database_out_of_reach_is_told_in_one_line_without_the_password(
    postgres_url: str, change: dict[str, object]
) -> None:
    url = make_url(postgres_url).set(**change)  # type: ignore[arg-type]  # a different keyword each time
    shown = url.render_as_string(hide_password=False)

    with pytest.raises(DatabaseUnavailable) as sync_error:
        migrate(shown)
    with pytest.raises(DatabaseUnavailable) as async_error:
        async with open_catalog(shown) as catalog, catalog.session():
            pass

    for message in (str(sync_error.value), str(async_error.value)):
        assert message.startswith(f"Postgres at {url.host}:{url.port}/{url.database}: ")
        assert "\n" not in message
        assert str(url.password) not in message


async def test_a_session_commits_at_its_end(catalog: Catalog) -> None:
    async with catalog.session() as db:
        await films.workspace(db, "acme")

    async with catalog.session() as db:
        assert await db.scalar(text("SELECT count(*) FROM workspaces")) == 1


async def test_a_session_that_fails_leaves_nothing(catalog: Catalog) -> None:
    async def fail() -> None:
        async with catalog.session() as db:
            await films.workspace(db, "acme")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with catalog.session() as db:
        assert await db.scalar(text("SELECT count(*) FROM workspaces")) == 0


async def test_a_connection_lost_on_the_way_is_told_as_such(catalog: Catalog, postgres_url: str) -> None:
    async def lose() -> None:
        async with catalog.session() as db:
            pid = await db.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(postgres_url) as server:
                server.execute("SELECT pg_terminate_backend(%s)", [pid])
            await db.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable, match="terminating connection"):
        await lose()


async def test_connections_that_were_lost_while_they_rested_are_opened_anew(
    catalog: Catalog, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "AWAKE_S", 0.0)

    async def backend() -> int:
        async with catalog.session() as db:
            await asyncio.sleep(0.01)
            return int(await db.scalar(text("SELECT pg_backend_pid()")))

    before = set(await asyncio.gather(backend(), backend(), backend()))
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for pid in before:
            server.execute("SELECT pg_terminate_backend(%s)", [pid])
    after = set(await asyncio.gather(backend(), backend(), backend()))

    assert (len(before), len(after), before & after) == (3, 3, set())


async def test_a_pool_that_stays_busy_is_told_as_such(database_url: str) -> None:
    engine = create_async_engine(
        make_url(database_url).set(drivername=DRIVER), pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    busy = Catalog(engine, async_sessionmaker(engine), engine)

    async with busy, busy.session():
        with pytest.raises(DatabaseUnavailable, match="limit of size 1 overflow 0 reached"):
            async with busy.session():
                pass


async def test_a_lock_lets_one_in_at_a_time(catalog: Catalog) -> None:
    inside, most = 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with catalog.lock("acme/the-lighthouse shots"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(4)))

    assert most == 1


async def test_those_who_wait_for_a_lock_do_not_keep_its_holder_from_working(catalog: Catalog) -> None:
    async def wait() -> None:
        async with catalog.lock("one"):
            pass

    async with asyncio.TaskGroup() as group, catalog.lock("one"), asyncio.timeout(10):
        for _ in range(20):
            group.create_task(wait())
        await asyncio.sleep(0.2)
        async with catalog.session() as db:
            await films.workspace(db, "acme")


async def test_locks_of_different_names_do_not_wait_for_each_other(catalog: Catalog) -> None:
    async with catalog.lock("one"), asyncio.timeout(10), catalog.lock("two"):
        pass


async def test_two_who_want_the_same_locks_in_other_orders_never_wait_for_each_other(catalog: Catalog) -> None:
    async def takes(*names: str) -> None:
        for _ in range(20):
            async with catalog.lock(*names):
                await asyncio.sleep(0)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(takes("one", "two", "three"))
        group.create_task(takes("three", "two", "one"))


async def test_a_lock_is_given_back_after_an_error(catalog: Catalog) -> None:
    with pytest.raises(RuntimeError):
        async with catalog.lock("one"):
            raise RuntimeError

    async with asyncio.timeout(10), catalog.lock("one"):
        pass


def _shape(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as server:
        return server.execute(SHAPE, {"version": VERSION_TABLE}).fetchall()
