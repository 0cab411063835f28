"""What the tests of the catalog share."""

from collections.abc import AsyncIterator, Iterator
from os import getpid

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Workspace


@pytest.fixture(scope="session")
def scratch_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """The URL of a migrated database for all tests whose work is rolled back."""
    name = f"scratch_{getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(scratch_url: str) -> AsyncIterator[AsyncSession]:
    """A session that is rolled back after the test: a tenth of the time that a database of its own would take."""
    async with open_catalog(scratch_url) as catalog, AsyncSession(catalog.engine, expire_on_commit=False) as session:
        yield session
        await session.rollback()


@pytest.fixture
async def acme(db: AsyncSession) -> Workspace:
    """A workspace."""
    return await films.workspace(db, "acme")
