"""Tests of the grid, its parts, and the same lists as JSON and CSV: the address is the state."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries.library import Place
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Asset
from director_dagster.library.address import Address, cursor, place_at
from director_dagster.library.shown import FEW_VALUES
from director_dagster_tests.library.boards import begun
from director_dagster_tests.library.conftest import Shelf

LETTERS = st.characters(exclude_characters="\0", codec="utf-8")
LABEL = re.compile(r'<span class="label">([^<]+)</span>')
CARD = re.compile(r'<li class="card[^"]*" data-id="([^"]+)"')


async def test_the_grid_shows_the_newest_first_with_what_each_cost(shelf: Shelf) -> None:
    first = await shelf.asset("the first", generation_cost=0.5)
    second = await shelf.asset("the second", generation_cost=None)

    async with shelf.reader() as reader:
        page = (await reader.get("/library")).text

    assert CARD.findall(page) == [str(second.id), str(first.id)]
    assert "$0.50" in page
    assert "unknown" in page


async def test_what_is_hostile_is_shown_and_does_nothing(shelf: Shelf) -> None:
    name = "<script>alert(1)</script>\"'{{7*7}}\u202e\u0007🎬" + "x" * 300
    asset = await shelf.asset(name, tags=["<b>"], prompt='"><img src=x onerror=alert(1)>')

    async with shelf.reader() as reader:
        pages = [
            (await reader.get(page)).text
            for page in ("/library", "/library/filters", f"/assets/{asset.id}", f"/assets/{asset.id}/lineage")
        ]

    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>" not in page
        assert "49" not in page.partition("alert(1)")[2][:20]


async def test_every_page_of_the_grid_leads_to_the_next_and_back(shelf: Shelf) -> None:
    made = [str((await shelf.asset(f"piece {number}")).id) for number in range(7)][::-1]

    async with shelf.reader() as reader:
        forth, addresses, address = list[str](), list[str](), "/library/block?limit=3"
        while address:
            text = (await reader.get(address)).text
            forth += CARD.findall(text)
            address = _link(text, "older")
            addresses.append(_link(text, "newer"))
        back = CARD.findall((await reader.get(addresses[-1])).text)

    assert forth == made
    assert back == made[3:6]
    assert addresses[0] == ""


async def test_who_comes_back_begins_where_they_were(shelf: Shelf) -> None:
    made = [str((await shelf.asset(f"piece {number}")).id) for number in range(5)][::-1]

    async with shelf.reader() as reader:
        page = (await reader.get(f"/library?at={made[2]}")).text
        gone = (await reader.get(f"/library?at={new_id()}")).text

    assert CARD.findall(page) == made[2:]
    assert 'rel="prev"' in page
    assert CARD.findall(gone) == made


async def test_a_month_begins_with_its_last(shelf: Shelf) -> None:
    asset = await shelf.asset("now")
    month = f"{asset.created_at:%Y-%m}"

    async with shelf.reader() as reader:
        here = (await reader.get(f"/library?month={month}")).text
        before = (await reader.get("/library?month=2020-01")).text

    assert (CARD.findall(here), CARD.findall(before)) == ([str(asset.id)], [])


async def test_filters_stand_in_the_address_and_can_be_taken_away(shelf: Shelf) -> None:
    await shelf.asset("a red door", tags=["cinematic"])
    await shelf.asset("a boat", type="image", kind="frame")
    await begun(shelf)

    async with shelf.reader() as reader:
        of_a_film = (await reader.get("/library?film=a-door&used_in=a-door&tag=a-door")).text
        page = (await reader.get("/library?q=red&type=video&tag=cinematic&cost_min=0.25")).text
        parts = (await reader.get("/library/filters?type=video")).text

    assert len(CARD.findall(page)) == 1
    without = {link for link in re.findall(r'href="/library\?([^"]+)"', page) if "cinematic" not in link}
    assert {"q", "type", "cost_min"} in [parse_qs(link.replace("&amp;", "&")).keys() for link in without]
    assert 'href="/library?type=image"' not in parts
    assert "type=video&amp;type=image" in parts
    chips = re.findall(r'<span class="dim">([^<]+)</span> ([^<]+) <span aria-hidden', of_a_film)
    assert chips == [("Film", "A Door"), ("Used in", "A Door"), ("Tag", "a-door")]


async def test_of_many_values_the_frequent_are_shown_and_all_can_be_reached(shelf: Shelf) -> None:
    await shelf.asset("a door", tags=[f"tag {number}" for number in range(FEW_VALUES + 5)])

    async with shelf.reader() as reader:
        facets = (await reader.get("/api/v1/assets/filters")).json()
        page = (await reader.get("/library/filters")).text
        [tags] = [[value["key"] for value in facet["values"]] for facet in facets if facet["field"] == "tag"]
        chosen = (await reader.get("/library/filters", params={"tag": tags[-1]})).text

    shown, _, more = page[page.index('data-field="tag"') :].partition('<details class="rest">')
    rest = more[: more.index("</details>")]
    assert (LABEL.findall(shown), LABEL.findall(rest)) == (tags[:FEW_VALUES], tags[FEW_VALUES:])
    assert f"<summary>{len(tags) - FEW_VALUES} more</summary>" in rest
    assert tags[-1] in LABEL.findall(chosen.partition('<details class="rest">')[0]), "so that it can be chosen no more"


async def test_counting_that_takes_long_is_left_until_somebody_waits(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.asset("a door")
    monkeypatch.setattr("director_dagster.library.pages.LONG_S", 0.05)

    async with shelf.reader() as reader:
        async with shelf.catalog.session() as db:
            await db.execute(text("LOCK TABLE assets IN ACCESS EXCLUSIVE MODE"))
            late = await reader.get("/library/filters?q=door")
            page = (await reader.get("/healthz")).status_code
        again = re.findall(r'hx-get="([^"]+)"', late.text)
        counted = (await reader.get(again[0].replace("&amp;", "&"))).text

    assert (late.status_code, page) == (200, 200)
    assert "Not counted: it takes longer than 0.05 s" in late.text
    assert again == ["/library/filters?q=door&amp;patient=1"]
    assert "1 asset" in counted


async def test_what_is_empty_says_what_to_do(shelf: Shelf) -> None:
    async with shelf.reader() as reader:
        nothing = (await reader.get("/library")).text
        none = (await reader.get("/library?q=nothing")).text

    assert 'Begin a <a href="/new-film">new film</a>' in nothing
    assert "<code>make film</code>" in nothing
    assert "Nothing fits" in none


@pytest.mark.parametrize(
    "query",
    [
        "cost_min=abc",
        "type=movie",
        "since=yesterday",
        "limit=0",
        "limit=201",
        "sort=up",
        "month=2026-13",
        "character=x",
        "tpye=video",
    ],
)
async def test_an_address_that_cannot_be_says_which_part_of_it(shelf: Shelf, query: str) -> None:
    async with shelf.reader() as reader:
        program = await reader.get(f"/api/v1/assets?{query}")
        person = await reader.get(f"/library?{query}", headers={"accept": "text/html"})

    field = query.partition("=")[0]
    assert (program.status_code, person.status_code) == (422, 422)
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["errors"][0]["where"].startswith(field)
    assert f"{field}" in person.text


async def test_the_last_day_that_there_is_can_be_asked_for(shelf: Shelf) -> None:
    await shelf.asset()

    async with shelf.reader() as reader:
        assert len(CARD.findall((await reader.get("/library?until=9999-12-31")).text)) == 1


async def test_a_row_that_others_wrote_badly_is_still_told(shelf: Shelf) -> None:
    asset = await shelf.asset()
    async with shelf.catalog.session() as db:
        await db.execute(update(Asset).values(tags=[1, {"a": None}], cost_basis={"quantity": "two", "unit": "s"}))

    async with shelf.reader() as reader:
        told = (await reader.get("/api/v1/assets")).json()["items"]
        page = await reader.get(f"/assets/{asset.id}")

    assert told[0]["tags"] == ["1", '{"a": null}']
    assert (page.status_code, "two s" in page.text) == (200, True)


@pytest.mark.parametrize("broken", ["x", "1", "1.zz", f"-2.{'0' * 32}", f"{'9' * 19}.{'0' * 32}", "1." + "0" * 31])
async def test_a_broken_cursor_is_refused(shelf: Shelf, broken: str) -> None:
    async with shelf.reader() as reader:
        answers = [await reader.get(f"/api/v1/assets?{name}={broken}") for name in ("after", "before")]

    assert [answer.status_code for answer in answers] == [400, 400]


async def test_empty_fields_of_a_form_ask_for_nothing(shelf: Shelf) -> None:
    await shelf.asset()

    async with shelf.reader() as reader:
        page = await reader.get("/library?q=&cost_min=&cost_max=&since=&until=&type=&tag=&month=&at=")

    assert len(CARD.findall(page.text)) == 1


async def test_json_and_csv_tell_the_same_list(shelf: Shelf) -> None:
    for number in range(5):
        await shelf.asset(f"piece {number}", tags=["one", "two"], generation_cost=number / 4)

    async with shelf.reader() as reader:
        query = "sort=dearest&cost_min=0.25"
        rows = list(csv.DictReader(io.StringIO((await reader.get(f"/library.csv?{query}&limit=2")).text)))
        told, address = list[dict[str, object]](), f"/api/v1/assets?{query}&limit=2"
        while address:
            page = (await reader.get(address)).json()
            told += page["items"]
            address = page["next_url"]

    assert [row["id"] for row in rows] == [item["id"] for item in told]
    assert [row["name"] for row in rows] == ["piece 4", "piece 3", "piece 2", "piece 1"]
    assert rows[0].keys() == told[0].keys()
    assert rows[0]["tags"].endswith('"one", "two"]')


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x"])
async def test_a_table_carries_no_formula(shelf: Shelf, name: str) -> None:
    await shelf.asset(name)

    async with shelf.reader() as reader:
        [row] = csv.DictReader(io.StringIO((await reader.get("/library.csv")).text))

    assert row["name"] == f"'{name}"


async def test_counts_and_filters_are_told_to_programs_too(shelf: Shelf) -> None:
    await shelf.asset("one")
    await shelf.asset("two", type="image", kind="frame")

    async with shelf.reader() as reader:
        number = (await reader.get("/api/v1/assets/count?type=image")).json()
        facets = {each["field"]: each for each in (await reader.get("/api/v1/assets/filters?type=image")).json()}

    assert number == {"value": 1, "capped": False}
    assert {value["key"]: value["count"] for value in facets["type"]["values"]} == {"image": 1, "video": 1}
    assert {value["key"] for value in facets["kind"]["values"]} == {"frame"}


@given(st.integers(-1, 10**18 - 1), st.uuids())
def test_a_cursor_is_read_as_it_was_written(microusd: int, id_: object) -> None:
    place = Place(id=id_, microusd=microusd)  # type: ignore[arg-type]  # a UUID

    assert place_at(cursor(place)) == place


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "q": st.text(LETTERS, max_size=20),
            "tag": st.lists(st.text(LETTERS, min_size=1, max_size=20), max_size=3),
            "type": st.lists(st.sampled_from(["image", "video"]), max_size=2),
            "favorite": st.booleans(),
            "sort": st.sampled_from(["newest", "dearest"]),
            "cost_min": st.decimals(0, 1000, places=2),
        },
    )
)
def test_an_address_is_read_as_it_was_written(told: Mapping[str, object]) -> None:
    address = Address.model_validate(told)

    lists = {"tag", "type"}
    back = {key: value if key in lists else value[0] for key, value in parse_qs(address.query()).items()}

    assert Address.model_validate(back) == address


async def test_without_a_database_a_page_says_so_and_offers_to_try_again(shelf: Shelf) -> None:
    async with open_catalog("postgresql://nobody@127.0.0.1:1/none") as away:
        gone = replace(shelf, library=replace(shelf.library, catalog=away))
        async with gone.reader(accept="text/html") as reader:
            page = await reader.get("/library?tag=a")
        async with gone.reader() as reader:
            told = (await reader.get("/api/v1/assets")).json()

    assert page.status_code == 503
    assert "Not just now" in page.text
    assert '<a class="button" href="/library?tag=a">Try again</a>' in page.text
    assert told["detail"] == "the database does not answer: try again in a moment"


def _link(text: str, end: str) -> str:
    found = re.search(rf'class="more {end}"[^>]*data-part="([^"]+)"', text)
    if found is None:
        return ""
    parts = urlsplit(found[1].replace("&amp;", "&"))
    return f"{parts.path}?{parts.query}"
