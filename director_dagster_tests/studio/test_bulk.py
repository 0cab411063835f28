"""Batches and their undo, whatever is asked of whatever assets."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import batches, film_uses, films
from director_dagster.catalog.tables import Asset, Batch, FilmUse
from director_dagster.catalog.tables.batches import OF_A_FILM, OF_A_TAG, VERBS
from director_dagster.studio import bulk
from director_dagster.studio.audit import verify
from director_dagster.studio.bulk import Asked
from director_dagster.studio.studio import Studio
from director_dagster_tests.catalog.rows import a_film, an_asset
from director_dagster_tests.conftest import fresh_database
from director_dagster_tests.studio.bench import open_bench

Kept = tuple[frozenset[str], bool, bool, bool, bool]
"""Of an asset: its tags, whether it is a favourite, in the trash, purged, and in the film's bin."""


@dataclass(frozen=True)
class Place:
    """A database and a home, and the assets in it: each is made from the one before."""

    url: str
    home: Path
    workspace_id: UUID
    ids: Sequence[UUID]
    film_id: UUID


@pytest.fixture(scope="module")
def place(postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("bulk")
    for url in fresh_database(postgres_url, migrated_template):
        yield asyncio.run(_filled(url, home))


async def _filled(url: str, home: Path) -> Place:
    studio, _ = open_bench(url, home)
    async with studio.catalog.session() as db:
        workspace, ids = await films.workspace(db, "home"), list[UUID]()
        for number in range(6):
            ids.append((await an_asset(db, workspace, f"piece {number}", source_asset_ids=ids[-1:])).id)
        film = await a_film(db, workspace, "a-door")
    await studio.aclose()
    return Place(url, home, workspace.id, ids, film.id)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from(VERBS),
    tag=st.sampled_from(["a", "b"]),
    which=st.lists(st.integers(0, 6), max_size=8),
    at_once=st.integers(1, 4),
    before=st.lists(
        st.tuples(
            st.sampled_from([(), ("a",), ("b", "a")]),
            st.booleans(),
            st.sampled_from(["", "trash", "purged", "held", "lost", "bin"]),
        ),
        min_size=6,
        max_size=6,
    ),
)
def test_a_batch_and_its_undo_leave_all_as_it_was(
    place: Place, verb: Any, tag: str, which: list[int], at_once: int, before: list[tuple[tuple[str, ...], bool, str]]
) -> None:
    async def done(studio: Studio) -> None:
        its = replace(studio, catalog=studio.catalog.within(place.workspace_id, actor=Actor(who="mara")))
        await _set(studio, place, before)
        first = await _rows(studio)
        ids = [[*place.ids, new_id()][number] for number in which]

        about = tag if verb in OF_A_TAG else "a-door" if verb in OF_A_FILM else ""
        asked = Asked(key=str(new_id()), verb=verb, argument=about, ids=ids)
        batch = await _worked(its, await bulk.begin(its, place.workspace_id, asked))
        then = await _rows(studio)
        again = await _worked(its, await bulk.begin(its, place.workspace_id, asked))
        back = await _worked(its, await bulk.undo(its, place.workspace_id, batch.id))
        twice = await bulk.undo(its, place.workspace_id, batch.id)

        assert sum(first[id_] != then[id_] for id_ in first) == batch.changed == back.total
        assert batch.done == batch.total == len(set(ids))
        assert (again.id, again.changed, twice.id) == (batch.id, batch.changed, back.id)
        async with studio.catalog.session() as db:
            stays = {refusal.asset_id for refusal in await batches.refusals(db, back, limit=10)}
            await verify(db, place.workspace_id)
        # What was had back may be in use by now: it is not deleted again, and the batch says so.
        assert stays == set() or verb == "restore"
        now = await _rows(studio)
        assert {id_: now[id_] for id_ in now.keys() - stays} == {id_: first[id_] for id_ in first.keys() - stays}

    async def with_studio() -> None:
        studio, _ = open_bench(place.url, place.home)
        try:
            await done(studio)
        finally:
            await studio.aclose()

    original, bulk.AT_ONCE = bulk.AT_ONCE, at_once
    try:
        asyncio.run(with_studio())
    finally:
        bulk.AT_ONCE = original


async def _worked(studio: Studio, batch: Batch) -> Batch:
    return await bulk.work(studio, batch.workspace_id, batch.id)


async def _set(studio: Studio, place: Place, before: list[tuple[tuple[str, ...], bool, str]]) -> None:
    now = datetime.now(UTC)
    async with studio.catalog.session() as db:
        for id_, (tags, favorite, state) in zip(place.ids, before, strict=True):
            values = {
                "tags": list(tags),
                "favorite": favorite,
                "deleted_at": now if state in {"trash", "purged"} else None,
                "purged_at": now if state == "purged" else None,
                "purge_reason": "a test" if state == "purged" else None,
                "held_at": now if state == "held" else None,
                "hold_reason": "a test" if state == "held" else None,
                "lost_at": now if state == "lost" else None,
            }
            await db.execute(update(Asset).where(Asset.id == id_).values(values))
        lying = [id_ for id_, (_, _, state) in zip(place.ids, before, strict=True) if state == "bin"]
        await film_uses.leave(db, place.workspace_id, place.film_id, place.ids)
        await film_uses.take(db, place.workspace_id, place.film_id, lying, by="a test")


async def _rows(studio: Studio) -> dict[UUID, Kept]:
    async with studio.catalog.session() as db:
        lying = set(await db.scalars(select(FilmUse.asset_id).where(FilmUse.ended_at.is_(None))))
        return {
            each.id: (
                frozenset(each.tags),
                each.favorite,
                each.deleted_at is not None,
                each.purged_at is not None,
                each.id in lying,
            )
            for each in await db.scalars(select(Asset))
        }
