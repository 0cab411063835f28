"""A film with a board: begun on the page, drawn as far as its frames, and what is asked for of it."""

import re

import httpx
import pytest

from director_dagster.catalog.queries import films
from director_dagster.catalog.tables import Film
from director_dagster.story.film import FilmKey
from director_dagster.studio.board import board
from director_dagster.studio.design import design
from director_dagster.studio.step import begin
from director_dagster.studio.write import write
from director_dagster_tests.library.conftest import HERE, Shelf

PAGE = "Title: A Door\n\nINT. ROOM - NIGHT\n\nANNA looks at a door.\n"
KEY = "pressed-on-a-page"
FROM_HERE = {"origin": HERE, "accept": "text/html"}


async def begun(shelf: Shelf, **said: object) -> httpx.Response:
    """The answer to a new film."""
    async with shelf.reader(**FROM_HERE) as reader:
        given = {name: str(value) for name, value in said.items()}
        return await reader.post("/new-film", data={"screenplay": PAGE, "name": "a-door", "format": "1:1", **given})


async def planned(shelf: Shelf) -> None:
    """A film that is begun, as far as its frames."""
    await begun(shelf)
    await framed(shelf)


async def framed(shelf: Shelf, film: str = "a-door") -> None:
    """The film as far as its frames."""
    studio, key = shelf.library.studio, FilmKey(workspace="home", film=film)
    for name, verb in {"script": write, "characters": design, "storyboard": board}.items():
        async with begin(studio, key, name) as step:
            await verb(step)


def assert_has(page: str, *words: str) -> None:
    """Each of the words stands on the page."""
    missing = [word for word in words if word not in page]
    assert missing == [], missing


async def row_of(shelf: Shelf, slug: str) -> Film | None:
    """The film's row."""
    async with shelf.catalog.session() as db:
        return await films.find(db, "home", slug)


async def requests_of(shelf: Shelf) -> list[dict[str, object]]:
    """What is asked for."""
    async with shelf.catalog.session() as db:
        query = "SELECT film, wishes, max_microusd, asked_by FROM film_requests ORDER BY id"
        connection = await db.connection()
        return [dict(row._mapping) for row in await connection.exec_driver_sql(query)]


async def edit(reader: httpx.AsyncClient, page: str) -> httpx.Response:
    """Have the film be of another page, once what that changes was told."""
    told = (await reader.post("/films/a-door/whatif", data={"screenplay": page})).text
    return await reader.post("/films/a-door/whatif", data={"screenplay": page, "do": "take", **hidden(told)})


def hidden(page: str) -> dict[str, str]:
    """What a form sends along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


async def rich(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a key for every provider, and a budget for what they ask."""
    for provider in shelf.library.studio.providers.values():
        monkeypatch.setattr(provider, "ready", lambda: None)
    async with shelf.reader(**FROM_HERE) as reader:
        for film in ({}, {"film": "a-door"}):
            await reader.put("/api/v1/budgets", json={"limit_usd": "5", **film})
