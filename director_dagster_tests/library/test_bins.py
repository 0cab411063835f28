"""Tests of what lies in films' bins: taken into them and out of them as batches, as many as a bin holds."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from director_dagster.catalog.queries import film_uses
from director_dagster.catalog.tables import Film
from director_dagster.studio import bulk
from director_dagster_tests.catalog.rows import a_film
from director_dagster_tests.library.batches import API, ended, post
from director_dagster_tests.library.conftest import Shelf


@pytest.fixture
async def film(shelf: Shelf) -> Film:
    """A film with nothing in its bin."""
    async with shelf.catalog.session() as db:
        return await a_film(db, shelf.workspace, "a-door")


async def test_a_film_uses_assets_and_they_leave_it_again(
    shelf: Shelf, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps of two, with what cannot lie in a bin among them; by a filter too."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    ids = [
        (await shelf.asset(f"piece {number}", generation_cost=cost)).id
        for number, cost in enumerate([0.000005, 0.25, None])
    ]
    lost = await shelf.asset("lost", lost_at=datetime.now(UTC))

    async with shelf.reader() as reader:
        used = await ended(reader, await post(reader, "use", [*ids[:2], lost.id], film="a-door", key="once"))
        same = await ended(reader, await post(reader, "use", [*ids[:2], lost.id], film="a-door", key="once"))
        seen = (await reader.get(f"{API}/count?q=piece")).json()
        all_ = await ended(
            reader, await post(reader, "use", film="a-door", filter="?q=piece", expected_count=seen["value"])
        )
        there = await in_bin(shelf, film.id)
        left = await ended(reader, await reader.post(f"/api/v1/batches/{used['id']}:undo"))
        rest = await in_bin(shelf, film.id)
        page = await reader.get(f"/batches/{left['id']}")
        empty = await ended(reader, await post(reader, "leave", ids, film="a-door"))

    assert used == same
    assert (used["changed"], used["film"], used["film_title"]) == (2, "a-door", film.title)
    assert (used["worth_usd"], used["worth_unknown"]) == ("0.250005", 0)
    assert [(each["name"], each["why"]) for each in used["refusals"]] == [("lost", "it is lost")]
    assert (all_["total"], all_["changed"], all_["worth_usd"], all_["worth_unknown"]) == (3, 1, "0.000000", 1)
    assert (there, rest) == (set(ids), {ids[2]})
    assert (left["verb"], left["changed"], empty["changed"], await in_bin(shelf, film.id)) == ("leave", 2, 1, set())
    assert f"Taken out of the bin of “{film.title}”" in page.text
    sidecar = await shelf.library.vault.sidecar(str(shelf.workspace.id), str(film.id))
    assert {entry["row"]["ended_at"] is None for entry in sidecar["rows"] if entry["table"] == "film_uses"} == {False}


async def test_a_bin_that_is_full_takes_no_more_and_says_so(
    shelf: Shelf, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(4)]

    async with shelf.reader() as reader:
        first = await ended(reader, await post(reader, "use", ids[:1], film="a-door"))
        more = await ended(reader, await post(reader, "use", ids, film="a-door"))
        none = await ended(reader, await post(reader, "use", ids, film="a-door"))

    assert [(each["changed"], each["refused"]) for each in (first, more, none)] == [(1, 0), (1, 2), (0, 2)]
    assert {each["why"] for each in more["refusals"]} == {"up to 2 lie in a film's bin"}
    assert await in_bin(shelf, film.id) == {ids[0], ids[3]}


async def test_two_who_fill_a_bin_at_once_fill_it_once(
    shelf: Shelf, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 5)
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(8)]

    async with shelf.reader() as reader:
        both = await asyncio.gather(*(post(reader, "use", some, film="a-door") for some in (ids[:4], ids[4:])))
        changed = [(await ended(reader, answer))["changed"] for answer in both]

    assert sorted(changed) == [1, 4]
    assert len(await in_bin(shelf, film.id)) == 5


async def test_what_was_taken_again_since_stays_when_the_first_time_is_taken_back(shelf: Shelf, film: Film) -> None:
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(2)]

    async with shelf.reader() as reader:
        first = await ended(reader, await post(reader, "use", ids, film="a-door"))
        for verb in ("leave", "use"):
            await ended(reader, await post(reader, verb, ids[:1], film="a-door"))
        back = await ended(reader, await reader.post(f"/api/v1/batches/{first['id']}:undo"))

    assert (back["total"], back["changed"]) == (2, 1)
    assert await in_bin(shelf, film.id) == {ids[0]}


async def in_bin(shelf: Shelf, film_id: UUID) -> set[UUID]:
    """Which assets lie in a film's bin."""
    async with shelf.catalog.session() as db:
        return set(await film_uses.in_bin(db, shelf.workspace.id, film_id))
