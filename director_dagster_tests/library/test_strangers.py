"""What a stranger tried: HEAD, wrong addresses, and what has no film, character, series, provider or known cost."""

import csv
import io
import re
from collections.abc import Mapping

import pytest
from sqlalchemy import text

from director_dagster.catalog.queries import characters, films
from director_dagster.catalog.queries.wanted import NONE
from director_dagster_tests.library.conftest import HERE, Shelf, picture
from director_dagster_tests.library.test_grid import CARD

HEADED = ("/", "/library", "/library/block", "/library/filters", "/library.csv", "/costs", "/api/v1/assets", "/healthz")
LACKS: Mapping[str, str] = {
    f"film={NONE}": "film_id IS NULL",
    f"series={NONE}": "(SELECT series FROM films WHERE films.id = film_id) IS NULL",
    f"series={NONE}&series=Lights": "film_id IS NULL OR film_id NOT IN (SELECT id FROM films WHERE series <> 'Lights')",
    f"character={NONE}": "NOT EXISTS (SELECT FROM asset_characters WHERE asset_id = assets.id)",
    f"provider={NONE}": "provider IS NULL",
    f"provider={NONE}&provider=kling": "provider IS NULL OR provider = 'kling'",
    "cost=unknown": "cost_microusd IS NULL",
    f"cost=unknown&film={NONE}": "cost_microusd IS NULL AND film_id IS NULL",
}


async def test_head_answers_as_get_without_a_body(shelf: Shelf) -> None:
    asset = await shelf.asset("a picture", data=picture(), extension="png", type="image")

    async with shelf.reader() as reader:
        for address in (*HEADED, f"/assets/{asset.id}", f"/assets/{asset.id}/media/original"):
            got, head = await reader.get(address), await reader.head(address)
            assert (head.status_code, head.content) == (got.status_code, b""), address
            same = {"content-type", "content-length", "location", "etag", "content-disposition"}
            assert {name: head.headers.get(name) for name in same} == {name: got.headers.get(name) for name in same}
        assert (await reader.head("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("cost_min=abc", "cost_min: “abc” does not do: write dollars, as 0.25"),
        ("cost_max=-1", "cost_max: “-1” does not do: write 0 or more"),
        ("type=movie", "type: “movie” does not do: write 'image', 'video', 'audio', 'script' or 'text'"),
        ("since=yesterday", "since: “yesterday” does not do: write a day, as 2026-03-31"),
        ("month=2026-13", "month: “2026-13” does not do: write a month, as 2026-03"),
        ("limit=201", "limit: “201” does not do: write 200 or less"),
        ("limit=x&sort=up", "limit: “x” does not do: write a whole number"),
        ("character=x", "character: “x” does not do: write an id"),
        ("favorite=maybe", "favorite: “maybe” does not do: write 1, or leave it out"),
        (f"q={'x' * 501}", "…” does not do: write up to 500 letters"),
        ("&".join(["tag=x"] * 51), "tag: that does not do: give up to 50"),
    ],
)
async def test_an_address_that_cannot_be_says_which_field_and_how_to_write_it(
    shelf: Shelf, query: str, told: str
) -> None:
    async with shelf.reader() as reader:
        program = (await reader.get(f"/api/v1/assets?{query}")).json()
        person = await reader.get(f"/library?{query}", headers={"accept": "text/html"})

    assert told in program["detail"]
    assert told.replace("'", "&#39;") in person.text
    assert not re.search(r"Input should|pydantic|valid (integer|UUID|boolean)", person.text)


async def test_signs_alone_find_nothing_and_blanks_ask_for_nothing(shelf: Shelf) -> None:
    await shelf.asset("a door")

    async with shelf.reader() as reader:
        found = [
            len((await reader.get("/api/v1/assets", params={"q": q})).json()["items"]) for q in ("%", "🎬", " ", "")
        ]

    assert found == [0, 0, 1, 1]


async def test_what_lacks_a_thing_is_found_and_counted_as_plain_sql_does(shelf: Shelf) -> None:
    async with shelf.catalog.session() as db:
        made = [
            await films.upsert(db, workspace_id=shelf.workspace.id, slug=slug, title=slug, settings={}, series=series)
            for slug, series in (("one", None), ("two", "Lights"), ("three", "Shades"))
        ]
        mara = await characters.get_or_create(db, workspace_id=shelf.workspace.id, kind="character", name="Mara")
    for number in range(12):
        await shelf.asset(
            f"piece {number}",
            film_id=[None, *(film.id for film in made)][number % 4],
            character_ids=[mara.character.id] if number % 3 else [],
            provider=["kling", "fal"][number % 2],
            generation_cost=None if number % 5 == 3 else 0.1,
        )
    async with shelf.catalog.session() as db:
        await db.execute(text("UPDATE assets SET provider = NULL WHERE name LIKE 'piece 1%'"))

    async with shelf.reader() as reader:
        facets = {each["field"]: each["values"] for each in (await reader.get("/api/v1/assets/filters")).json()}
        for query, condition in LACKS.items():
            async with shelf.catalog.session() as db:
                sql = f"SELECT id::text FROM assets WHERE {condition} ORDER BY id DESC"  # noqa: S608 (our own words)
                expected = list(await db.scalars(text(sql)))
            listed = [each["id"] for each in (await reader.get(f"/api/v1/assets?{query}&limit=200")).json()["items"]]
            table = csv.DictReader(io.StringIO((await reader.get(f"/library.csv?{query}")).text))
            page = (await reader.get(f"/library?{query}")).text
            count = (await reader.get(f"/api/v1/assets/count?{query}")).json()["value"]
            assert (listed, [row["id"] for row in table], CARD.findall(page), count) == (
                expected, expected, expected, len(expected)
            ), query  # fmt: skip
            assert 0 < len(expected) < 12
            field, _, value = query.partition("=")
            if "&" not in query:
                assert {each["key"]: each["count"] for each in facets[field]}[value] == len(expected)
        page = (await reader.get(f"/library/filters?film={NONE}&cost=unknown")).text

    assert re.search(r'aria-current="true"><span class="label">None</span>', page)
    assert re.search(r'aria-current="true"><span class="label">Unknown</span>', page)


async def test_what_an_address_does_not_take_is_told_with_all_that_it_takes(shelf: Shelf) -> None:
    async with shelf.reader(origin=HERE) as reader:
        told = {
            path: (await reader.request("PATCH", path)).headers["allow"]
            for path in ("/api/v1/budgets", "/api/v1/films/a-door/pins/music", "/library")
        }

    assert told == {
        "/api/v1/budgets": "GET, HEAD, PUT",
        "/api/v1/films/a-door/pins/music": "DELETE, PUT",
        "/library": "GET, HEAD",
    }
