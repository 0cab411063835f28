"""Tests of the page of costs: its figures, its links, and what it says where nothing is known."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import get_args
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import amounts, characters, films
from director_dagster.library import shown
from director_dagster.library.bars import Piece, Stack, draw
from director_dagster.library.costs import Dimension
from director_dagster_tests.library.boards import FROM_HERE, PAGE, framed, planned, row_of
from director_dagster_tests.library.conftest import Shelf


@pytest.fixture
async def spent(shelf: Shelf) -> Shelf:
    """0.50 and something unknown on a film's shots, one of them deleted; 0.25 on a failed picture of Mara alone."""
    async with shelf.catalog.session() as db:
        home = shelf.workspace.id
        film = await films.upsert(db, workspace_id=home, slug="the-door", title="The Door", settings={}, series="Doors")
        mara = (await characters.get_or_create(db, workspace_id=home, kind="character", name="Mara")).character
    now = datetime.now(UTC)
    await shelf.asset("one", generation_cost=0.5, film_id=film.id, deleted_at=now)
    await shelf.asset("two", generation_cost=None, film_id=film.id, provider="runway")
    await shelf.asset("three", type="image", kind="frame", url=None, character_ids=[mara.id])
    await shelf.asset("brought", source="upload", generation_cost=9)
    return shelf


@pytest.mark.parametrize("by", [by for by in get_args(Dimension) if by != "workspace"])
async def test_every_figure_leads_to_just_the_assets_behind_it(spent: Shelf, by: str) -> None:
    async with spent.reader() as reader:
        page = (await reader.get(f"/costs?by={by}")).text
        told = (await reader.get(f"/api/v1/costs?by={by}")).json()
        rows = re.findall(r'<th scope="row"><a href="(/library[^"]+)">([^<]+)</a>', page)
        for href, label in rows:
            behind = (await reader.get(f"/api/v1/assets?{urlsplit(unescape(href)).query}")).json()["items"]
            [group] = [group for group in told["groups"] if group["label"] == label]
            assert len(behind) == group["pieces"]
            assert sum(float(each["generation_cost"] or 0) for each in behind) == float(group["cost_usd"])

    assert {label for _, label in rows} == {group["label"] for group in told["groups"]} - {"workspace"}
    assert float(told["total"]["cost_usd"]) == 0.75
    assert sum(group["pieces"] for group in told["groups"]) == told["total"]["pieces"] == 3


async def test_every_bar_leads_to_the_assets_of_its_day(spent: Shelf) -> None:
    async with spent.reader() as reader:
        page = (await reader.get("/costs?by=provider")).text
        bars = [unescape(href) for href in re.findall(r'<a href="(/library[^"]+)" tabindex="-1"><title>', page)]
        found = [(await reader.get(f"/api/v1/assets?{urlsplit(href).query}")).json()["items"] for href in bars]

    assert [{each["provider"] for each in items} for items in found] == [{"kling"}]
    table = page.partition("The bars as a table")[2].partition("</details>")[0]
    assert re.findall(r'<th scope="col" class="number">([^<]+)</th>', table) == ["kling", "runway"]
    told = [(unescape(href), amount) for href, amount in re.findall(r'<a href="([^"]+)">([^<]+)</a>', table)]
    assert told == [(bars[0], "$0.75")]


def test_how_a_cost_was_reckoned_is_a_line_that_one_can_read() -> None:
    basis = {"basis": "computed", "unit": "second at 768P", "quantity": 4, "unit_microusd": 80_000}

    assert shown.reckoning(basis) == "computed: 4 seconds at 768P at $0.08"
    assert shown.reckoning({**basis, "quantity": 1}) == "computed: 1 second at 768P at $0.08"
    assert shown.reckoning({**basis, "unit": "million tokens in"}).startswith("computed: 4 million tokens in at")


async def test_what_is_unknown_is_said_and_is_in_no_sum(spent: Shelf) -> None:
    async with spent.reader() as reader:
        page = (await reader.get("/costs")).text

    assert "$0.75" in page
    assert "and 1 of unknown cost" in page


async def test_budgets_stand_with_what_is_left(spent: Shelf) -> None:
    async with spent.catalog.session() as db:
        await budgets.set_limit(db, workspace_id=spent.workspace.id, film_id=None, limit_microusd=20_000_000)

    async with spent.reader() as reader:
        page = (await reader.get("/costs")).text

    assert page.count("$20.00") == 2


async def test_what_reuse_saved_a_film_leads_to_what_it_used_again(shelf: Shelf) -> None:
    await planned(shelf)
    async with shelf.reader(**FROM_HERE) as reader:
        await reader.post("/new-film", data={"screenplay": PAGE, "name": "again", "format": "1:1"})
    await framed(shelf, "again")

    async with shelf.reader() as reader:
        page = (await reader.get("/costs")).text.partition('id="saved"')[2]
        [behind] = [unescape(href) for href in re.findall(r'href="(/library[^"]+)"', page.partition("</table>")[0])]
        found = (await reader.get(f"/api/v1/assets?{urlsplit(behind).query}")).json()["items"]

    assert "reused_in=again" in behind
    film = await row_of(shelf, "a-door")
    assert {each["film_id"] for each in found} == {str(film and film.id)}
    assert {"frame", "location"} <= {each["kind"] for each in found}


@pytest.mark.parametrize(
    "days", ["until=9999-12-31", "since=9999-10-03&until=9999-12-31", "since=0001-01-01&until=0001-01-01"]
)
async def test_the_calendars_ends_are_days_as_any(spent: Shelf, days: str) -> None:
    async with spent.reader() as reader:
        told = await reader.get(f"/api/v1/costs?{days}")

    assert (told.status_code, told.json()["total"]["pieces"]) == (HTTPStatus.OK, 0)


async def test_days_that_end_before_they_begin_are_refused(shelf: Shelf) -> None:
    async with shelf.reader(accept="text/html") as reader:
        page = await reader.get("/costs?since=2026-03-31&until=2026-03-01")
        told = await reader.get("/api/v1/costs?since=9999-01-01")

    assert (page.status_code, told.status_code) == (422, 422)
    assert "2026-03-31 comes after 2026-03-01" in page.text


async def test_nothing_spent_says_so_and_no_budget_says_what_to_do(shelf: Shelf) -> None:
    async with shelf.reader() as reader:
        page = (await reader.get("/costs")).text

    assert "Nothing was made in these days" in page
    assert "None is set, so nothing may be spent" in page
    assert 'href="/budgets"' in page


async def test_the_table_is_the_pages(spent: Shelf) -> None:
    async with spent.reader() as reader:
        table = list(csv.reader(io.StringIO((await reader.get("/costs.csv?by=type")).text)))

    assert table == [
        ["type", "cost_usd", "pieces", "failed", "unknown"],
        ["video", "0.500000", "2", "0", "1"],
        ["image", "0.250000", "1", "1", "0"],
        ["in all", "0.750000", "3", "1", "1"],
    ]


async def test_days_without_spending_are_days_and_a_long_time_is_months(spent: Shelf) -> None:
    until = datetime.now(UTC).date()

    async with spent.reader() as reader:
        days = (await reader.get(f"/costs?since={until - timedelta(days=9)}")).text
        months = (await reader.get(f"/costs?since={until - timedelta(days=400)}")).text

    assert re.findall(r">(2[0-9-]+)</text>", days) == [str(until - timedelta(days=ago)) for ago in range(8, -1, -2)]
    assert re.findall(r">(2[0-9-]+)</text>", months)[-1] == f"{until:%Y-%m}"


async def test_of_days_that_nobody_asked_for_those_before_anything_was_spent_are_not_drawn(spent: Shelf) -> None:
    until = datetime.now(UTC).date()

    async with spent.reader() as reader:
        page = (await reader.get("/costs")).text

    assert f"From {until - timedelta(days=13)} to {until}" in page
    assert page.partition("</svg>")[0].count("<text") == len(["the most", *range(13, 0, -3)])


@given(st.lists(st.lists(st.integers(0, 10**9), max_size=4), max_size=40), st.text())
def test_bars_are_as_high_as_what_they_stand_for(amounts: list[list[int]], name: str) -> None:
    stacks = [
        Stack(label="a day", pieces=[Piece(colour=0, amount=each, title=name, href="/") for each in stack])
        for stack in amounts
    ]

    drawn = draw(stacks, name=name, height=str)

    highs = [float(high) for high in re.findall(r'height="([0-9.]+)"/></a>', drawn)]
    assert len(highs) == sum(each > 0 for stack in amounts for each in stack)
    assert all(high >= 1.5 for high in highs)


async def test_workspaces_stand_side_by_side_for_who_is_at_this_machine_alone(spent: Shelf, outside: Shelf) -> None:
    async with spent.catalog.session() as db:
        other = await films.workspace(db, "other")
    await spent.asset("theirs", workspace=other, generation_cost=2)
    token = await spent.token()

    async with spent.reader() as here, outside.reader(authorization=f"Bearer {token}") as member:
        all_of_them = (await here.get("/api/v1/costs?by=workspace")).json()["groups"]
        own = (await member.get("/api/v1/costs?by=workspace")).json()["groups"]

    assert {group["key"]: float(group["cost_usd"]) for group in all_of_them} == {"home": 0.75, "other": 2.0}
    assert {group["key"]: float(group["cost_usd"]) for group in own} == {"home": 0.75}


async def test_who_looks_at_costs_leaves_few_deltas_for_the_next(spent: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amounts, "MANY", 3)

    async with spent.reader() as reader:
        before = (await reader.get("/api/v1/costs")).json()
        after = (await reader.get("/api/v1/costs")).json()

    assert before == after
    async with spent.catalog.session() as db:
        assert not await amounts.waiting(db)


async def test_a_budget_without_a_limit_says_so(spent: Shelf) -> None:
    async with spent.catalog.session() as db:
        await budgets.set_limit(
            db, workspace_id=spent.workspace.id, film_id=None, limit_microusd=budgets.NO_LIMIT_MICROUSD
        )

    async with spent.reader() as reader:
        assert "no limit" in (await reader.get("/costs")).text
