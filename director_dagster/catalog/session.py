"""The way to Postgres: migrations, and sessions that commit as a whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import resources
from time import monotonic
from typing import Any, Self, TypeVar
from uuid import UUID

import psycopg
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection, Dialect, create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from director_dagster.catalog import chain
from director_dagster.catalog.chain import Actor
from director_dagster.errors import DatabaseUnavailable, Refused, TakesTooLong

T = TypeVar("T")

DRIVER = "postgresql+psycopg"
VERSION_TABLE = "catalog_revision"
CONNECT = {"connect_timeout": 10}  # seconds
RESTRICTED = "director_app"
RESTRICT = text(f"SELECT set_config('role', '{RESTRICTED}', true), set_config('director.workspace', :workspace, true)")
ONE_MOMENT: Mapping[str, object] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
AWAKE_S = 1.0
"""A connection that was in use so lately is taken to be there still."""

RESTS_SINCE = "rests since"
MIGRATION_LOCK = 0x6469726563746F72  # "director"


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision; a second call, or one beside it, changes nothing.

    All of it is one transaction, so a migration that fails or is killed leaves the database as it was. Raises
    DatabaseUnavailable, and Refused when the database is newer than this program.
    """
    with _connected(url) as connection:
        if _current(connection) == head():
            return
        from director_dagster.catalog import migrating  # Alembic takes long to load, and hardly anybody needs it

        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        migrating.upgrade(connection, _current(connection))


def revision(url: str) -> str | None:
    """The revision of the catalog at `url`, or None where there is none yet. Raises DatabaseUnavailable."""
    with _connected(url) as connection:
        return _current(connection)


@dataclass(frozen=True)
class Catalog:
    """An open catalog, of one event loop; close it with `aclose`, or open it with ``async with``.

    Attributes:
        engine: The pool of connections.
        writers: Tasks that write on, whatever becomes of who asked for it.
        actor: Who works with it: what is done in its sessions stands so in the audit log.
        rehearsed: Whether all of it is rolled back in the end; then it is no event.
        workspace_id: The one workspace whose rows its sessions see and write; None sees all.
    """

    engine: AsyncEngine
    _sessions: async_sessionmaker[AsyncSession]
    _locks: AsyncEngine
    writers: set["asyncio.Task[Any]"] = field(default_factory=set)
    actor: Actor = field(default_factory=Actor)
    rehearsed: bool = False
    workspace_id: UUID | None = None

    def within(self, workspace_id: UUID, *, actor: Actor) -> Self:
        """The same catalog for `actor`, of one workspace alone: Postgres itself shows its sessions no row of another.

        They raise Refused where the login may not take the restricted role.
        """
        return replace(self, workspace_id=workspace_id, actor=actor)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @asynccontextmanager
    async def session(self, *, options: Mapping[str, object] | None = None) -> AsyncIterator[AsyncSession]:
        """A session in a transaction of its own, committed at the end and rolled back on any error; `options` are its
        connection's, as SQLAlchemy has them.

        What was noted in it is appended to the audit log as the last thing before the commit.

        Raises DatabaseUnavailable when Postgres cannot be reached, is lost on the way, or breaks a deadlock.
        """
        with _translated(self.engine.url):
            async with self._sessions.begin() as db:
                await db.connection(execution_options=options)
                if self.workspace_id is not None:
                    await _restrict(db, self.workspace_id)
                chain.acts(db, self.actor)
                yield db
                if not self.rehearsed:
                    await chain.write(db)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads, and sees the whole catalog as it was at one moment. Raises as `session`."""
        async with self.session(options=ONE_MOMENT) as db:
            yield db

    @asynccontextmanager
    async def impatient(self, limit_s: float) -> AsyncIterator[AsyncSession]:
        """A session of which Postgres ends each statement after so many seconds. Raises TakesTooLong then, and as
        `session`."""
        try:
            async with self.session() as db:
                await db.execute(text(f"SET LOCAL statement_timeout = {limit_s * 1000:.0f}"))
                yield db
        except DatabaseUnavailable as exc:
            if isinstance(exc.__cause__, DBAPIError) and isinstance(exc.__cause__.orig, QueryCanceled):
                raise TakesTooLong(f"it takes longer than {limit_s:g} s") from exc
            raise

    @asynccontextmanager
    async def lock(
        self, *names: str, shared: bool = False, waiting: Callable[[], object] = lambda: None
    ) -> AsyncIterator[None]:
        """Hold the locks of these names, Postgres's own; waits for whoever holds one, and calls `waiting` before.

        Many are taken in one order, so that two who want the same ones never wait for each other. A `shared` one is
        held by many at once, and waits only for who holds it alone, or has asked for that before.

        It is given back with its connection, so a killed process holds none. That connection is not one of the pool:
        those who wait for a lock must not keep its holder from working.
        """
        with _translated(self._locks.url):
            async with self._locks.connect() as connection:
                lock = f"advisory_lock{'_shared' if shared else ''}(hashtextextended(:name, 0))"
                for name in sorted(set(names)):
                    if not await connection.scalar(text(f"SELECT pg_try_{lock}"), {"name": name}):
                        waiting()
                        await connection.execute(text(f"SELECT pg_{lock}"), {"name": name})
                yield

    async def connect_apart(self) -> AsyncConnection:
        """A connection that is not one of the pool, each of whose statements is committed; whoever asks closes it.

        Raises DatabaseUnavailable.
        """
        with self.translating():
            return await self._locks.connect()

    def translating(self) -> AbstractContextManager[None]:
        """A block in which a database that is not there is DatabaseUnavailable."""
        return _translated(self._locks.url)

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Self]:
        """A catalog to try things in: what is written there is seen there and nowhere else, and is gone with the block.

        Its sessions must not overlap.

        It is one transaction that is rolled back; who writes the same rows elsewhere waits until then.
        """
        with _translated(self.engine.url):
            async with self.engine.connect() as connection:
                await connection.begin()
                sessions = async_sessionmaker(
                    connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
                )
                yield replace(self, _sessions=sessions, rehearsed=True)
                await connection.rollback()

    def spawn(self, writing: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Write on in a task of its own, whatever becomes of who asks; `aclose` waits for it."""
        writer = asyncio.create_task(writing)
        self.writers.add(writer)
        writer.add_done_callback(self.writers.discard)
        return writer

    async def aclose(self) -> None:
        """Close all connections, when what is being written is written."""
        while self.writers:
            await asyncio.wait(self.writers)
        await self.engine.dispose()


def open_catalog(url: str, *, actor: Actor | None = None) -> Catalog:
    """A catalog on the database at `url`, for `actor` to work with (None: the studio); nothing is connected yet.

    Its sessions raise Refused when the tables are older or newer than this program.
    """
    # An error's text must not carry prompts, so it does not show a statement's values.
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": CONNECT}
    engine = create_async_engine(_ours(url), **options)
    event.listen(engine.sync_engine, "connect", _refuse_other_tables)
    event.listen(engine.sync_engine, "checkin", _rests)
    event.listen(engine.sync_engine, "checkout", partial(_wake, engine.dialect))
    locks = create_async_engine(_ours(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", **options)
    return Catalog(engine, async_sessionmaker(engine, expire_on_commit=False), locks, actor=actor or Actor())


async def _restrict(db: AsyncSession, workspace_id: UUID) -> None:
    """Let the transaction see one workspace: revision 0013 has the rules of row-level security."""
    try:
        await db.execute(RESTRICT, {"workspace": str(workspace_id)})
    except DBAPIError as exc:
        raise Refused(
            f"this login of Postgres may not act as {RESTRICTED}, by which workspaces are kept apart: have its "
            f"administrator run CREATE ROLE {RESTRICTED} (if there is none), GRANT {RESTRICTED} TO the login, and then "
            "`director db migrate`"
        ) from exc
    db.info[RESTRICTED] = set[str]()


async def see_filed(db: AsyncSession, digests: Iterable[str]) -> None:
    """Let a session of one workspace see those blobs until its transaction ends: it files them just now, and has no
    asset of them yet. Others see them anyway."""
    if RESTRICTED in db.info:
        db.info[RESTRICTED] |= set(digests)
        filed = ",".join(sorted(db.info[RESTRICTED]))
        await db.execute(select(func.set_config("director.filed", filed, True)))  # noqa: FBT003 (of Postgres: locally)


def _ours(url: str) -> URL:
    return make_url(url).set(drivername=DRIVER)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(_ours(url), poolclass=NullPool, connect_args=CONNECT)
    with _translated(engine.url), engine.begin() as connection:
        yield connection


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as exc:
        where = f"{url.host or 'local socket'}:{url.port or 5432}/{url.database}"
        told = exc.orig if isinstance(exc, DBAPIError) else exc
        raise DatabaseUnavailable(f"Postgres at {where}: {_first_line(told)}") from exc


def _first_line(told: object) -> str:
    return str(told).partition("\n")[0]


def _current(connection: Connection) -> str | None:
    there = connection.execute(text("SELECT to_regclass(:table) IS NOT NULL"), {"table": VERSION_TABLE}).scalar_one()
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 (our own name)
    return connection.execute(query).scalar_one_or_none() if there else None


def _refuse_other_tables(connection: DBAPIConnection, _: object) -> None:
    """Called for each new connection, before anything reads or writes by it."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (VERSION_TABLE,))
        there = cursor.fetchall() == [(True,)]
        if there:
            cursor.execute(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 (our own name)
        current = cursor.fetchall()[0][0] if there else None
    connection.rollback()
    if current != head():
        raise Refused(
            f"the database is at revision {current or 'none'}, this program at {head()}: `director db migrate` "
            "brings it forward, or says that it needs a newer program"
        )


def _rests(_: DBAPIConnection | None, connection: ConnectionPoolEntry) -> None:
    """Called for each connection that is given back."""
    connection.info[RESTS_SINCE] = monotonic()


def _wake(dialect: Dialect, connection: DBAPIConnection, entry: ConnectionPoolEntry, _: object) -> None:
    """Called for each connection that is taken from the pool: one that has rested may be gone, and is asked. Where it
    is gone, the pool opens new ones.

    SQLAlchemy's own ``pool_pre_ping`` asks each time, and that took a quarter of the time of a small request.
    """
    since = entry.info.get(RESTS_SINCE)
    if since is None or monotonic() - since < AWAKE_S:
        return
    try:
        dialect.do_ping(connection)
    except psycopg.Error as exc:
        raise InvalidatePoolError from exc


@cache
def head() -> str:
    """The revision that this program works with: that of the last migration. A file's name begins with its own."""
    files = resources.files("director_dagster.catalog.migrations.versions").iterdir()
    return max(file.name.partition("_")[0] for file in files if file.name[0].isdigit())
