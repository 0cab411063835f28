"""Assets by tag are what the assets themselves say, whatever writes, and a tag of any length and alphabet is found."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import films, library
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Workspace, asset_tags
from director_dagster.catalog.tables.tags import LETTERS
from director_dagster_tests.catalog.rows import an_asset, filed

on_one_catalog = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

LONG = "a" * LETTERS
NAMES = st.sampled_from(["red", "Red", "", "kind:frame", "дверь", 'it\'s "5"', LONG, LONG + "b", LONG + "c"])
TAGS = st.lists(NAMES | st.none() | st.integers(0, 2) | st.just({"a": 1}), max_size=4)
STEP = st.one_of(
    st.tuples(st.just("insert"), st.lists(TAGS, min_size=1, max_size=4)),
    st.tuples(st.just("insert"), st.lists(TAGS, min_size=1, max_size=4)),
    st.tuples(st.just("tag"), st.tuples(st.integers(0, 9), TAGS)),
    st.tuples(st.just("tag all"), TAGS),
    st.tuples(st.sampled_from(["star", "delete"]), st.integers(0, 9)),
)


@given(steps=st.lists(STEP, max_size=12))
@on_one_catalog
async def test_they_are_what_the_assets_say(catalog: Catalog, steps: Sequence[tuple[str, Any]]) -> None:
    async with catalog.session() as db:
        acme, other = [await films.workspace(db, slug) for slug in ("acme", "other")]
        url = await filed(db, "bytes")
        ids: list[UUID] = []
        for number, (what, how) in enumerate(steps):
            ids += await _do(db, (acme, other)[number % 2], url, ids, what, how)

        assert await _kept(db) == await _said(db)
        await db.execute(delete(Asset))
        assert await _kept(db) == []


async def _do(db: AsyncSession, workspace: Workspace, url: str, ids: Sequence[UUID], what: str, how: Any) -> list[UUID]:
    if what == "insert":
        rows = [
            {"id": new_id(), "workspace_id": workspace.id, "name": "a shot", "url": url, "tags": tags,
             "type": "video", "kind": "shot", "source": "upload"}
            for tags in how
        ]  # fmt: skip
        await db.execute(insert(Asset), rows)
        return [row["id"] for row in rows]
    if what == "tag all":
        await db.execute(update(Asset).values(tags=how))
    elif what == "tag" and ids:
        await db.execute(update(Asset).where(Asset.id == ids[how[0] % len(ids)]).values(tags=how[1]))
    elif what == "star" and ids:
        await db.execute(update(Asset).where(Asset.id == ids[how % len(ids)]).values(favorite=~Asset.favorite))
    elif what == "delete" and ids:
        await db.execute(delete(Asset).where(Asset.id == ids[how % len(ids)]))
    return []


async def _kept(db: AsyncSession) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in await db.execute(select(asset_tags)))


async def _said(db: AsyncSession) -> list[tuple[Any, ...]]:
    rows = await db.execute(select(Asset.workspace_id, Asset.id, Asset.tags))
    told = {(space, tag if isinstance(tag, str) else json.dumps(tag), id_) for space, id_, tags in rows for tag in tags}
    return sorted({(space, tag[:LETTERS], id_) for space, tag, id_ in told if tag != "null"})


async def test_a_tag_of_any_length_is_found_and_no_other_for_it(db: AsyncSession, acme: Workspace) -> None:
    made = {tag: await an_asset(db, acme, tag[-9:]) for tag in (LONG, LONG + "b", LONG + "c", 'it\'s "5"')}
    for tag, asset in made.items():
        asset.tags = [tag]
    await db.flush()

    for tag, asset in made.items():
        found = await library.page(db, acme.id, Wanted(tags=[tag]))
        assert [each.id for each in found.assets] == [asset.id]
    assert (await library.count(db, acme.id, Wanted(tags=[LONG, LONG + "b"])))[0] == 0


async def test_only_the_studio_itself_writes_them(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
    async with catalog.within(acme.id, actor=Actor(who="sam")).session() as db:
        await an_asset(db, acme)
        await db.execute(text("UPDATE assets SET tags = '[\"seen\"]'"))

        assert await db.scalar(select(func.count()).select_from(asset_tags)) == 1
        can = select(func.has_table_privilege("director_app", "asset_tags", literal_column("'INSERT, UPDATE, DELETE'")))
        assert await db.scalar(can) is False
