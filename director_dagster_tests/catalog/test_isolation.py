"""Tests that a catalog of one workspace sees and writes no row of another, whatever is asked of it."""

from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.catalog.tables import Asset, AssetEdge, Base, Blob, Workspace, asset_tags
from director_dagster.errors import Refused
from director_dagster_tests.catalog.rows import a_film, an_asset

SAM = Actor(who="sam")
GUARDED = text("SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(:table)")


@dataclass(frozen=True)
class Two:
    """Two workspaces of one catalog, with a film and an asset each."""

    catalog: Catalog
    acme: Workspace
    other: Workspace

    @property
    def within(self) -> Catalog:
        """The catalog as acme sees it."""
        return self.catalog.within(self.acme.id, actor=SAM)


@pytest.fixture
async def two(catalog: Catalog) -> Two:
    async with catalog.session() as db:
        acme, other = await films.workspace(db, "acme"), await films.workspace(db, "other")
        for workspace in (acme, other):
            await an_asset(db, workspace, film_id=(await a_film(db, workspace)).id)
            await events.note(db, workspace_id=workspace.id, what="made", subject="a film")
    return Two(catalog, acme, other)


@pytest.mark.parametrize("table", sorted(Base.metadata.tables.keys() - {"members"}))
async def test_of_no_table_it_sees_a_row_of_another_workspace(two: Two, table: str) -> None:
    tenant = Base.metadata.tables[table].c.get("workspace_id", Base.metadata.tables[table].c.get("id"))

    async with two.within.session() as db:
        seen = set(await db.scalars(select(tenant))) if tenant is not None else set()
        guarded = await db.scalar(GUARDED, {"table": table})

    assert (guarded, seen <= {two.acme.id}) == (True, True)


async def test_it_sees_the_bytes_of_its_own_assets_alone(two: Two) -> None:
    async with two.within.session() as db:
        seen = set(await db.scalars(select(Blob.digest)))
        own = set(await db.scalars(select(Asset.digest)))

    assert seen == own
    assert len(own) == 1


async def test_what_it_does_stands_in_its_log_under_its_actors_name(two: Two) -> None:
    async with two.within.session() as db:
        await an_asset(db, two.acme)
        await events.note(db, workspace_id=two.acme.id, what="tagged", subject="an asset")

    async with two.catalog.session() as db:
        told = await db.execute(text("SELECT who, what FROM events WHERE workspace_id = :own ORDER BY seq"), own(two))
        assert told.all() == [("studio", "made"), ("sam", "tagged")]


async def test_it_writes_nothing_into_another_workspace(two: Two) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with two.within.session() as db:
            await an_asset(db, two.other)

    async with two.within.session() as db:
        touched = await db.execute(update(Asset).values(favorite=True).returning(Asset.workspace_id))
        assert set(touched.scalars()) == {two.acme.id}


async def test_it_moves_nothing_into_another_workspace(two: Two) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with two.within.session() as db:
            await db.execute(update(Asset).values(workspace_id=two.other.id))


async def test_it_ties_nothing_to_an_asset_of_another_workspace(two: Two) -> None:
    async with two.catalog.session() as db:
        foreign = await db.scalar(select(Asset.id).where(Asset.workspace_id == two.other.id))
        own_id = await db.scalar(select(Asset.id).where(Asset.workspace_id == two.acme.id))

    with pytest.raises(Exception, match="fk_asset_sources_workspace_id_source_id"):
        async with two.within.session() as db:
            db.add(AssetEdge(workspace_id=two.acme.id, asset_id=own_id, source_id=foreign, role="source"))


async def test_it_searches_its_own_words_and_tags_alone(two: Two) -> None:
    async with two.catalog.session() as db:
        await db.execute(update(Asset).values(name="a red door", tags=["seen"]))

    async with two.within.session() as db:
        found = (await db.scalars(text("SELECT director_search(to_tsquery('simple', 'red'))"))).all()
        tagged = (await db.scalars(select(asset_tags.c.asset_id).where(asset_tags.c.tag == "seen"))).all()
        before = (await db.scalars(text("SELECT director_tagged('[\"seen\"]')"))).all()
        own_ids = (await db.scalars(select(Asset.id))).all()

    assert (found, tagged, before) == (own_ids, own_ids, own_ids)


async def test_a_workspace_that_is_none_sees_nothing(two: Two) -> None:
    async with two.catalog.within(new_id(), actor=SAM).session() as db:
        assert (await db.scalars(select(Asset.id))).all() == []


async def test_the_restricted_role_without_a_workspace_sees_nothing(two: Two, database_url: str) -> None:
    with psycopg.connect(database_url) as server:
        server.execute("SET ROLE director_app")

        assert server.execute("SELECT count(*) FROM assets").fetchall() == [(0,)]


async def test_it_knows_no_members(two: Two) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with two.within.session() as db:
            await db.execute(text("SELECT token_digest FROM members"))


async def test_the_next_who_has_the_connection_sees_all_again(two: Two) -> None:
    async with two.within.session() as db:
        await db.scalars(select(Asset.id))

    async with two.catalog.session() as db:
        assert len((await db.scalars(select(Asset.id))).all()) == 2


async def test_it_reads_one_moment_alone_where_that_is_asked(two: Two) -> None:
    async with two.within.snapshot() as db:
        assert len((await db.scalars(select(Asset.id))).all()) == 1


async def test_a_login_that_may_not_be_restricted_is_told_what_to_do(two: Two, database_url: str) -> None:
    login = "a_login_of_its_own"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(
            f"DO $$ BEGIN CREATE ROLE {login} LOGIN PASSWORD 'x'; EXCEPTION WHEN duplicate_object THEN END $$"
        )
        server.execute(f"GRANT SELECT ON catalog_revision TO {login}")
    url = two.catalog.engine.url.set(username=login, password="x").render_as_string(hide_password=False)

    with pytest.raises(Refused, match="GRANT director_app TO the login"):
        async with open_catalog(url) as catalog, catalog.within(two.acme.id, actor=SAM).session():
            pass


def own(two: Two) -> dict[str, object]:
    return {"own": two.acme.id}
