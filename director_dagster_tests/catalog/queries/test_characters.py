"""Tests of questions about characters, locations and props."""

import asyncio
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import characters, films
from director_dagster.catalog.queries.characters import Met, Newcomer, key_of
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Workspace
from director_dagster.errors import BadInput
from director_dagster_tests.catalog.rows import a_film


@pytest.mark.parametrize("spelling", ["Élise", "ÉLISE", "E\u0301lise", "ＥＬＩＳＥ".replace("Ｅ", "É", 1), " élise\t"])
def test_spellings_of_one_name_have_one_key(spelling: str) -> None:
    assert key_of(spelling) == "élise"


@given(st.text().filter(str.strip))
def test_a_key_is_its_own_key(name: str) -> None:
    key = key_of(name)

    assert key_of(key) == key
    assert key_of(unicodedata.normalize("NFD", name)) == key


@pytest.mark.parametrize("name", ["", "  ", "\u3000"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="a name is empty"):
        key_of(name)


async def test_a_known_character_is_met_again_and_stays_as_it_is(db: AsyncSession, acme: Workspace) -> None:
    first = await _meet(db, acme, "Mara", look={"coat": "red"})

    again = await _meet(db, acme, "MARA", look={"coat": "blue"})

    assert (first.known, again.known) == (False, True)
    assert again.character is first.character
    assert (again.character.name, again.character.look) == ("Mara", {"coat": "red"})


async def test_a_place_and_a_person_of_one_name_are_two(db: AsyncSession, acme: Workspace) -> None:
    person = await characters.get_or_create(db, workspace_id=acme.id, kind="character", name="Paris")
    place = await characters.get_or_create(db, workspace_id=acme.id, kind="location", name="Paris")

    assert (place.known, place.character.id != person.character.id) == (False, True)


async def test_a_generic_character_stays_in_its_film(db: AsyncSession, acme: Workspace) -> None:
    one, two = await a_film(db, acme, "one"), await a_film(db, acme, "two")
    guards = [
        await characters.get_or_create(db, workspace_id=acme.id, kind="character", name="GUARD", film_id=film.id)
        for film in (one, two, one)
    ]

    assert [guard.known for guard in guards] == [False, False, True]
    assert await characters.find(db, workspace_id=acme.id, kind="character", name="GUARD") is None
    assert await characters.listed(db, acme.id) == []
    assert await characters.listed(db, acme.id, film_id=one.id) == [guards[0].character]


async def test_workspaces_do_not_share_characters(db: AsyncSession, acme: Workspace) -> None:
    await _meet(db, acme, "Mara")

    assert not (await _meet(db, await films.workspace(db, "other"), "Mara")).known


async def test_workers_that_meet_a_character_at_once_make_one(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")

    async def meet() -> Met:
        async with catalog.session() as db:
            return await _meet(db, acme, "Mara")

    met = await asyncio.gather(*(meet() for _ in range(8)))

    assert sorted(one.known for one in met) == [False] + [True] * 7
    assert len({one.character.id for one in met}) == 1


async def test_many_are_met_at_once_as_each_alone(db: AsyncSession, acme: Workspace) -> None:
    film = await a_film(db, acme, "one")
    mara = (await _meet(db, acme, "Mara")).character

    met = await characters.meet_all(
        db,
        acme.id,
        [
            Newcomer(kind="character", name="MARA", description="in a coat"),
            Newcomer(kind="location", name="Mara"),
            Newcomer(kind="character", name="GUARD", film_id=film.id, description="tall"),
            Newcomer(kind="prop", name="a key"),
            Newcomer(kind="prop", name="A KEY", description="of brass"),
        ],
    )

    assert met[0] is mara
    assert [(row.kind, row.name, row.film_id, row.description) for row in met] == [
        ("character", "Mara", None, ""),
        ("location", "Mara", None, ""),
        ("character", "GUARD", film.id, "tall"),
        *[("prop", "a key", None, "")] * 2,
    ]
    assert await characters.meet_all(db, acme.id, []) == []


async def test_films_that_meet_the_same_people_at_once_make_each_once(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
    people = [Newcomer(kind="character", name=f"Extra {number}") for number in range(20)]

    async def meet(order: int) -> list[str]:
        async with catalog.session() as db:
            return [str(row.id) for row in await characters.meet_all(db, acme.id, people[::order])][::order]

    met = await asyncio.gather(*(meet(order) for order in (1, -1) * 4))

    assert all(each == met[0] for each in met)
    assert len(set(met[0])) == 20


async def _meet(db: AsyncSession, workspace: Workspace, name: str, look: dict[str, str] | None = None) -> Met:
    return await characters.get_or_create(db, workspace_id=workspace.id, kind="character", name=name, look=look)
