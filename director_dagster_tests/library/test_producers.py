"""What takes a producer in the library: setting budgets, and purging what lies in the trash."""

from http import HTTPStatus
from uuid import UUID

import httpx
import pytest

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.tables import Role
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf

FROM_HERE = {"origin": HERE, "accept": "text/html"}
BUDGETS, PURGE = "/api/v1/budgets", "/api/v1/assets:purge"


async def film(shelf: Shelf, slug: str = "a-door") -> UUID:
    async with shelf.catalog.session() as db:
        row = await films.upsert(db, workspace_id=shelf.workspace.id, slug=slug, title="A Door", settings={})
        return row.id


def limits(answer: httpx.Response) -> dict[str | None, str | None]:
    """The limit of each budget, by film."""
    return {each["film"]: each["limit_usd"] for each in answer.json()}


async def test_budgets_are_set_on_the_page_and_lie_within_each_other(shelf: Shelf) -> None:
    await film(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        none = (await reader.get("/budgets")).text
        alone = await reader.post("/budgets", data={"film": "a-door", "limit": "2"})
        empty = await reader.post("/budgets", data={"film": "", "limit": ""})
        words = await reader.post("/budgets", data={"film": "", "limit": "much"})
        more = await reader.post("/budgets", data={"film": "", "limit": "9999999999"})
        strange = await reader.post("/budgets", data={"film": "no-film", "limit": "1"})
        own = await reader.post("/budgets", data={"film": "", "limit": "20.5"})
        of_film = await reader.post("/budgets", data={"film": "a-door", "limit": "2"})
        page = (await reader.get("/budgets")).text
        board = (await reader.get("/films/a-door")).text
        costs = (await reader.get("/costs")).text
        set_ = limits(await reader.get(BUDGETS))
        await reader.put(BUDGETS, json={"film": "a-door", "limit_usd": "1.2345"})
        exact = (await reader.get("/budgets")).text
        await reader.put(BUDGETS, json={"film": "a-door", "limit_usd": "2"})
        free = await reader.post("/budgets", data={"film": "", "limit": "No limit"})
        after = limits(await reader.get(BUDGETS))

    assert ("none is set" in none, "once the workspace has one" in none) == (True, True)
    assert "set a budget for the workspace before one for a film of it" in alone.text
    assert all("is no limit: write dollars, as 20 or 0.25, or: no limit" in each.text for each in (empty, words))
    refused = HTTPStatus.UNPROCESSABLE_ENTITY
    assert [each.status_code for each in (alone, empty, words, more, strange)] == [refused] * 5
    assert "there is no film" in strange.text
    places = [each.headers.get("location") for each in (own, of_film, free)]
    assert places == ["/budgets#budget", "/budgets#budget-a-door", "/budgets#budget"]
    assert ('value="20.50"' in page, 'id="budget-a-door"' in page, "$2.00 left of $2.00" in board) == (True, True, True)
    assert "Set budgets" in costs
    assert 'value="1.2345"' in exact, "sent back unchanged it changes nothing"
    assert set_ == {None: "20.500000", "a-door": "2.000000"}
    assert after == {None: None, "a-door": "2.000000"}


async def test_a_budget_over_the_api_is_kept_and_logged_and_never_below_what_is_held(shelf: Shelf) -> None:
    film_id = await film(shelf)

    async with shelf.reader() as reader:
        first = await reader.put(BUDGETS, json={"limit_usd": "5"})
        again = await reader.put(BUDGETS, json={"limit_usd": "5"})
        await reader.put(BUDGETS, json={"film": "a-door", "limit_usd": "5"})
        async with shelf.catalog.session() as db:
            await budgets.reserve(db, workspace_id=shelf.workspace.id, film_id=film_id, price_microusd=3_000_000)
        below = await reader.put(BUDGETS, json={"film": "a-door", "limit_usd": "2.99"})
        told = (await reader.get(BUDGETS)).json()

    assert first.json() == again.json()
    assert (below.status_code, below.json()["detail"]) == (409, "$2.99 is less than what is spent and held already")
    assert [(each["film"], each["reserved_usd"], each["left_usd"]) for each in told] == [
        (None, "3.000000", "2.000000"),
        ("a-door", "3.000000", "2.000000"),
    ]
    async with shelf.catalog.session() as db:
        log = [each for each in await events.after(db, shelf.workspace.id, 0) if each["what"] == "budget set"]
    assert [each["who"] for each in log] == ["sam", "sam"]
    kept = await shelf.library.vault.sidecar(str(shelf.workspace.id), str(shelf.workspace.id))
    limits_kept = [each["row"]["limit_microusd"] for each in kept["rows"] if each["table"] == "budgets"]
    assert limits_kept == [5_000_000, 5_000_000]


async def test_who_may_only_look_is_offered_no_new_film(outside: Shelf) -> None:
    pages = {}
    for role in ("viewer", "artist"):
        async with outside.reader(authorization=f"Bearer {await outside.token(role, role)}") as reader:
            pages[role] = [(await reader.get(path)).text for path in ("/films", "/new-film")]

    assert [">New film</a>" in pages["viewer"][0], ">Begin</button>" in pages["viewer"][1]] == [False, False]
    assert [">New film</a>" in pages["artist"][0], ">Begin</button>" in pages["artist"][1]] == [True, True]


@pytest.mark.parametrize("role", ["viewer", "artist"])
async def test_who_is_no_producer_sets_nothing_and_purges_nothing(outside: Shelf, role: Role) -> None:
    await film(outside)
    asset = await outside.asset()
    headers = {"authorization": f"Bearer {await outside.token(role=role)}", "origin": OUTSIDE}

    async with outside.reader(**headers) as reader:
        page = (await reader.get("/budgets")).text
        trash = (await reader.get("/library", params={"state": "trash"})).text
        asked = [
            await reader.post("/budgets", data={"limit": "5"}),
            await reader.put(BUDGETS, json={"limit_usd": "5"}),
            await reader.post(PURGE, json={"ids": [str(asset.id)], "reason": "spring"}),
        ]

    assert [each.status_code for each in asked] == [HTTPStatus.FORBIDDEN] * 3
    assert ("A producer sets them" in page, "<form" in page.partition("<main")[2].partition("</main")[0]) == (
        True,
        False,
    )
    assert 'data-act="purge"' not in trash


async def test_what_lies_in_the_trash_is_purged_and_bytes_that_others_need_stay(shelf: Shelf) -> None:
    async with shelf.catalog.session() as db:
        other = await films.workspace(db, "elsewhere")
    shared, own = b"of two workspaces", b"of one"
    mine = [await shelf.asset("mine too", data=shared), await shelf.asset("mine", data=own)]
    theirs = await shelf.asset("theirs", data=shared, workspace=other)
    there = await shelf.asset("not in the trash")
    ids = [str(each.id) for each in mine]

    async with shelf.reader() as reader:
        await reader.post("/api/v1/assets:delete", json={"ids": ids})
        refused = [
            await reader.post(PURGE, json={"ids": [*ids, str(there.id)], "reason": "spring"}),
            await reader.post(PURGE, json={"ids": [*ids, str(theirs.id)], "reason": "spring"}),
            await reader.post(PURGE, json={"ids": ids, "reason": " "}),
        ]
        done = await reader.post(PURGE, json={"ids": ids, "reason": "spring"})
        again = await reader.post(PURGE, json={"ids": ids, "reason": "spring"})
        page = (await reader.get(f"/assets/{mine[0].id}")).text

    assert [each.status_code for each in refused] == [HTTPStatus.BAD_REQUEST] * 3
    assert "theirs" not in refused[1].text
    assert (sorted(done.json()["purged"]), done.json()["faults"]) == (sorted(ids), [])
    assert (again.json()["purged"], sorted(again.json()["before"])) == ([], sorted(ids))
    vault = shelf.library.vault
    assert (vault.locate(theirs.digest or "").exists(), vault.locate(mine[1].digest or "").exists()) == (True, False)
    assert "spring" in page
    async with shelf.catalog.session() as db:
        log = await events.after(db, shelf.workspace.id, 0)
    assert [each["who"] for each in log if each["what"] == "purged"] == ["sam", "sam"]
