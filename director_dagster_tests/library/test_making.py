"""Tests of a film's buttons: what is priced, asked for and told of how far it is, on the page and by its API."""

import asyncio
import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx
import pytest

from director_dagster.catalog.queries import takes
from director_dagster.catalog.tables.members import Role
from director_dagster.library import shown
from director_dagster.story.film import FilmKey
from director_dagster.studio.preserve import look
from director_dagster.studio.prospect import Prospect, prospect
from director_dagster.studio.requests import over
from director_dagster.studio.step import begin
from director_dagster.studio.write import write
from director_dagster_tests.library.boards import (
    FROM_HERE,
    KEY,
    PAGE,
    assert_has,
    begun,
    framed,
    planned,
    requests_of,
    row_of,
)
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture


def hidden(page: str) -> dict[str, str]:
    """What a form sends along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


async def test_a_button_that_is_pressed_twice_asks_once_and_says_what_it_costs_before(shelf: Shelf) -> None:
    await begun(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        pressed = await asyncio.gather(*(reader.post("/films/a-door/making", data=hidden(price)) for _ in range(2)))
        progress = await reader.get("/films/a-door/progress")
        take = await reader.get("/films/a-door/making", params={"do": "take", "piece": "shot:sh010", "takes": 2})
        [made] = (await reader.get("/api/v1/films")).json()
        taken_back = await reader.post("/films/a-door/withdraw", data={"asked": made["asked"]})
        gone = await reader.get("/films/a-door/progress", params={"seen": made["asked"]})
        asked = [
            await reader.post(
                "/api/v1/films/a-door/requests", json=json_, headers={"idempotency-key": "twice-the-same"}
            )
            for json_ in ({}, {}, {"max_usd": "1"})
        ]

    assert "It costs nothing" in price
    assert [each.headers["location"] for each in (*pressed, taken_back)] == ["/films/a-door"] * 3
    assert_has(progress.text, "<strong>Asked for:</strong> the whole film", "Take it back", 'hx-trigger="every 2s"')
    assert "HX-Refresh" not in progress.headers
    assert "If that makes shot sh010 too, that is the one more" in take.text
    assert gone.headers["HX-Refresh"] == "true", "the board is fetched anew once it is over"
    assert [each.json().get("new") for each in asked] == [True, False, None]
    assert (asked[2].status_code, "something else was asked for" in asked[2].text) == (HTTPStatus.CONFLICT, True)
    assert await requests_of(shelf) == [{"film": "a-door", "wishes": {}, "max_microusd": 0, "asked_by": "sam"}] * 2


async def test_the_same_from_two_tabs_is_one_request_while_it_is_open(shelf: Shelf) -> None:
    await begun(shelf)

    async def press(*tabs: str, **said: str) -> int:
        async with shelf.reader(**FROM_HERE) as reader:
            asked = [{"do": "make", "page": f"the-page-of-{tab}", **said} for tab in tabs]
            prices = [(await reader.get("/films/a-door/making", params=each)).text for each in asked]
            answers = await asyncio.gather(
                *(reader.post("/films/a-door/making", data=hidden(price)) for price in prices)
            )
            assert {each.status_code for each in answers} == {HTTPStatus.SEE_OTHER}
        return len(await requests_of(shelf))

    both = [await press("one", "two", "three", until="shots"), await press("four", until="shots")]
    other = await press("four")
    async with shelf.reader() as reader:
        key = {"idempotency-key": "a-program's-own"}
        program = await reader.post("/api/v1/films/a-door/requests", json={"until": "shots"}, headers=key)

    assert (both, other) == ([1, 1], 2)
    assert program.json()["new"], "its key is its own word for what is the same"


async def test_what_was_changed_after_it_was_priced_is_not_asked_for(shelf: Shelf) -> None:
    await planned(shelf)
    said = {"do": "final", "piece": "sh010", "medium": "image", "maker": "animatic", "page": KEY}

    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params=said)).text
        again = (await reader.get("/films/a-door/making", params={**said, **hidden(price)})).text
        other = await reader.post("/films/a-door/making", data={**said, **hidden(price), "maker": "openai"})
        same = await reader.post("/films/a-door/making", data={**said, **hidden(again)})

    assert hidden(price) == hidden(again), "however often it is priced"
    assert (other.status_code, "was not priced" in other.text) == (HTTPStatus.CONFLICT, True)
    assert same.status_code == HTTPStatus.SEE_OTHER
    assert [each["wishes"] for each in await requests_of(shelf)] == [
        {"crew": {"image": "animatic"}, "finals": ["sh010"], "keep_stale": True}
    ]


async def rich(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a key for every provider, and a budget for what they ask."""
    for provider in shelf.library.studio.providers.values():
        monkeypatch.setattr(provider, "ready", lambda: None)
    async with shelf.reader(**FROM_HERE) as reader:
        for film in ({}, {"film": "a-door"}):
            await reader.put("/api/v1/budgets", json={"limit_usd": "5", **film})


async def test_takes_and_finals_are_asked_for_as_a_run_is_told_them(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(shelf)
    await rich(shelf, monkeypatch)
    asked = [
        {"do": "take", "piece": "frame:sh010", "takes": 2},
        {"do": "final", "piece": "sh010", "medium": "video", "maker": "fal", "max_usd": "1.50"},
    ]
    refused = {
        "no takes are made of": {"do": "take", "piece": "film"},
        "say which shot, and who makes it": {"do": "final", "piece": "sh010"},
        "no such provider is installed": {"do": "final", "piece": "sh010", "maker": "nobody"},
        "fal's 'nonsense' is no model for video": {"do": "final", "piece": "sh010", "maker": "fal:nonsense"},
        "there is no shot 'sh999'": {"do": "final", "piece": "sh999", "maker": "fal"},
        "takes are wanted or chosen of 'shot:sh999'": {"do": "take", "piece": "shot:sh999"},
    }

    async with shelf.reader(origin=HERE) as reader:
        for number, each in enumerate(asked):
            answer = await reader.post(
                "/api/v1/films/a-door/requests", json=each, headers={"idempotency-key": f"{KEY}{number}"}
            )
            assert answer.status_code == HTTPStatus.OK, answer.text
        for told, each in refused.items():
            wrong = await reader.post(
                "/api/v1/films/a-door/requests", json=each, headers={"idempotency-key": f"wrong-{len(told)}"}
            )
            price = await reader.post("/api/v1/films/a-door/price", json=each)
            assert wrong.status_code == HTTPStatus.BAD_REQUEST
            assert told in wrong.json()["detail"]
            assert told in price.json()["refused"]
        price = (await reader.post("/api/v1/films/a-door/price", json=asked[0])).json()

    assert [each["wishes"] for each in await requests_of(shelf)] == [
        {"takes": {"storyboard": {"frame:sh010": 2}}, "keep_stale": True},
        {"crew": {"video": "fal"}, "finals": ["sh010"], "keep_stale": True},
    ]
    assert [(row["step"], row["made"]) for row in price["rows"] if row["step"] == "storyboard"] == [("storyboard", 1)]
    assert (price["free"], price["complete"]) == (True, True)


async def test_who_may_not_spend_is_offered_no_button_that_does(
    outside: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = {role: await outside.token(role, role) for role in ("artist", "producer")}
    said = {"do": "final", "piece": "sh010", "medium": "image", "maker": "fal", "page": KEY}
    monkeypatch.setattr(outside.library.studio.providers["fal"], "ready", lambda: None)
    producer = {"authorization": f"Bearer {tokens['producer']}", "origin": OUTSIDE, "accept": "text/html"}
    async with outside.reader(**producer) as reader:
        await reader.post("/new-film", data={"screenplay": PAGE, "name": "a-door", "format": "1:1"})
        for film in ({}, {"film": "a-door"}):
            await reader.put("/api/v1/budgets", json={"limit_usd": "5", **film})
    await framed(outside)

    prices = {}
    for role, token in tokens.items():
        async with outside.reader(authorization=f"Bearer {token}", origin=OUTSIDE, accept="text/html") as reader:
            prices[role] = (await reader.get("/films/a-door/making", params=said)).text
            free = (await reader.get("/films/a-door/making", params={**said, "maker": "animatic"})).text
            assert "data-have" in free
    async with outside.reader(authorization=f"Bearer {tokens['artist']}", origin=OUTSIDE, accept="text/html") as reader:
        forbidden = await reader.post(
            "/films/a-door/making",
            data={**said, **hidden(prices["artist"]), "max_usd": "1"},
            headers={"referer": f"{OUTSIDE}/films/a-door"},
        )
        nowhere = (await reader.get("/nowhere")).text

    assert ("data-have" in prices["producer"], "data-have" in prices["artist"]) == (True, False)
    assert "Only a producer spends: artist is artist" in prices["artist"]
    assert forbidden.status_code == HTTPStatus.FORBIDDEN
    assert_has(forbidden.text, '<a class="button" href="/films/a-door">Back</a>', 'aria-label="Main"')
    assert_has(nowhere, "there is nothing at this address", 'aria-label="Main"')


async def test_a_final_names_who_can_make_it_and_who_lacks_a_key(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await planned(shelf)
    monkeypatch.setattr(shelf.library.studio.providers["fal"], "ready", lambda: None)
    said = {"do": "final", "piece": "sh010", "page": KEY}

    async with shelf.reader(**FROM_HERE) as reader:
        picture_, voice = [
            (await reader.get("/films/a-door/making", params={**said, "medium": medium})).text
            for medium in ("image", "speech")
        ]

    assert_has(picture_, "fal can make it; with a key also openai, runway could.", '<option value="fal">')
    assert_has(picture_, '<option value="openai:gpt-image-2" label="no key yet">', 'placeholder="fal"')
    assert "kling" not in picture_
    assert_has(voice, "Nobody has a key here; with a key elevenlabs, google, minimax, openai could.")


async def test_nothing_is_asked_for_that_its_limit_or_its_budgets_cannot_pay(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(shelf)
    said = {"do": "final", "piece": "sh010", "medium": "image", "maker": "fal", "page": KEY}

    async def press(max_usd: str) -> httpx.Response:
        async with shelf.reader(**FROM_HERE) as reader:
            price = (await reader.get("/films/a-door/making", params=said)).text
            return await reader.post("/films/a-door/making", data={**said, **hidden(price), "max_usd": max_usd})

    monkeypatch.setattr(shelf.library.studio.providers["fal"], "ready", lambda: None)
    poor = await press("1")
    await rich(shelf, monkeypatch)
    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params=said)).text
    little = await press("0.01")
    enough = await press("1")

    assert (poor.status_code, "no budget is set for it" in poor.text) == (HTTPStatus.CONFLICT, True)
    assert 'data-least="0.0' in price
    assert (little.status_code, "at the least, and $0.01 is what it may spend" in little.text) == (409, True)
    assert enough.status_code == HTTPStatus.SEE_OTHER
    assert [each["max_microusd"] for each in await requests_of(shelf)] == [1_000_000]


async def test_what_may_have_been_paid_is_not_asked_for_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await planned(shelf)
    said = {"do": "final", "piece": "sh010", "medium": "image", "maker": "fal", "page": KEY}
    await rich(shelf, monkeypatch)
    unknown = {"frame:sh010": "fal may have been paid for generation 1; nothing is sent again"}

    async def doubted(*asked: Any) -> Prospect:
        return replace(await prospect(*asked), low_microusd=0, high_microusd=0, unknown=unknown)

    monkeypatch.setattr("director_dagster.library.making.prospect", doubted)
    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params=said)).text
        pressed = await reader.post("/films/a-door/making", data={**said, **hidden(price)})
        make = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text

    assert_has(price, "fal may have been paid for generation 1")
    assert ("data-have" in price, "data-have" in make) == (False, True), "the rest of the film can be made"
    assert pressed.status_code == HTTPStatus.CONFLICT
    assert await requests_of(shelf) == []


async def test_progress_brings_what_was_spent_by_then_along(shelf: Shelf) -> None:
    await planned(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        before = (await reader.get("/films/a-door")).text
        film = await row_of(shelf, "a-door")
        assert film is not None
        await shelf.asset("a frame", film_id=film.id, generation_cost=0.31)
        progress = (await reader.get("/films/a-door/progress")).text

    assert_has(before, '<div id="money">')
    assert_has(progress, '<div id="money" hx-swap-oob="true">', "$0.31</a>")


async def test_no_take_is_asked_for_where_something_is_pinned_and_a_strange_name_is_no_film(shelf: Shelf) -> None:
    await planned(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")
    take = {"do": "take", "piece": "frame:sh010", "takes": 2}

    async with shelf.reader(origin=HERE) as reader:
        await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        refused = await reader.post("/api/v1/films/a-door/requests", json=take, headers={"idempotency-key": KEY})
        strange = await reader.put("/api/v1/films/a-door%00/pins/sh010", json={"asset": str(still.id)})

    assert (refused.status_code, "frame:sh010 is pinned to a still" in refused.text) == (HTTPStatus.BAD_REQUEST, True)
    assert strange.status_code == HTTPStatus.NOT_FOUND


async def test_what_is_lost_is_asked_for_alone(shelf: Shelf) -> None:
    await planned(shelf)
    await lose(shelf, "frame:sh010")  # an empty room: the picture of the place has the very same bytes

    async with shelf.reader(**FROM_HERE) as reader:
        page = (await reader.get("/films/a-door")).text
        price = (await reader.get("/films/a-door/making", params={"do": "recover", "page": KEY})).text
        pressed = await reader.post("/films/a-door/making", data=hidden(price))

    assert_has(page, "2 pieces have lost their bytes", ">Recover</button>")
    assert_has(price, "Bring back what A Door has lost", "sh010: frame", "made again", "It costs nothing")
    assert pressed.status_code == HTTPStatus.SEE_OTHER
    assert [each["wishes"] for each in await requests_of(shelf)] == [{"recover": True}]


async def lose(shelf: Shelf, slot: str) -> None:
    """The bytes of what the film has there are gone, and somebody has noticed."""
    studio, film = shelf.library.studio, await row_of(shelf, "a-door")
    assert film is not None
    async with shelf.catalog.session() as db:
        there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id, slots={slot})
    studio.vault.locate(there[slot].asset.digest or "").unlink()
    await look(studio)


async def test_where_nothing_is_lost_recover_says_so_and_what_is_pinned_and_lost_is_told(shelf: Shelf) -> None:
    await planned(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")

    async with shelf.reader(**FROM_HERE) as reader:
        nothing = (await reader.get("/films/a-door/making", params={"do": "recover", "page": KEY})).text
        await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        shelf.library.studio.vault.locate(still.digest or "").unlink()
        told = await reader.get("/films/a-door/staleness")

    assert "has lost nothing that it uses" in nothing
    assert (told.status_code, "has lost its bytes: recover it, or unpin it" in told.text) == (HTTPStatus.OK, True)


async def test_that_a_final_would_become_a_draft_is_said_before(shelf: Shelf) -> None:
    await planned(shelf)
    final = "UPDATE assets SET provider = 'openai' WHERE kind = 'frame'"

    async with shelf.reader(**FROM_HERE) as reader:
        await reader.post("/films/a-door/whatif", data={"screenplay": PAGE.replace("NIGHT", "DAY"), "do": "take"})
        draft = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        async with shelf.catalog.session() as db:
            await (await db.connection()).exec_driver_sql(final)
        price = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        stale = (await reader.get("/films/a-door/staleness")).text

    assert "becomes a draft" not in draft
    assert_has(stale, "A final becomes a draft by that: frame sh010.")
    assert_has(price, "A final becomes a draft: frame:sh010.", "It costs nothing")


async def test_a_film_is_brought_up_to_date_as_far_as_one_pays_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(shelf, crew="balanced")
    studio, key = shelf.library.studio, FilmKey(workspace="home", film="a-door")
    async with begin(studio, key, "script") as step:
        await write(step)

    async with shelf.reader(**FROM_HERE) as reader:
        told = (await reader.get("/films/a-door/staleness", params={"page": KEY})).text
        alone = (await reader.get("/films/a-door/staleness")).text
        unpriced = await reader.post(
            "/films/a-door/making", data={"do": "make", "until": "storyboard", "key": "made-up-key", "page": KEY}
        )
        without_key = await reader.post("/api/v1/films/a-door/price", json={"until": "storyboard"})
        strange = await reader.post("/api/v1/films/a-door/price", json={"until": "frames"})
    await rich(shelf, monkeypatch)
    async with shelf.reader(origin=HERE) as reader:
        asked = await reader.post(
            "/api/v1/films/a-door/requests",
            json={"until": "storyboard", "max_usd": "1"},
            headers={"idempotency-key": "as-far-as-frames"},
        )

    assert [shown.most(each) for each in (None, 195, 25_000, 30_000)] == ["unknown", "$0.000195", "$0.03", "$0.03"]
    assert_has(told, "as far as storyboard: $", "until=storyboard&amp;page=", ">Update …<", ">Update all …<")
    assert told.count("<button") == len(re.findall("<li>(?:as far as|all of it)", told)) >= 2
    assert "<button" not in alone
    assert unpriced.status_code == HTTPStatus.CONFLICT
    assert without_key.json()["refused"] == "there is no key for fal: set DIRECTOR_FAL_KEY"
    assert strange.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert asked.status_code == HTTPStatus.OK
    assert [each["wishes"] for each in await requests_of(shelf)] == [{"until": "storyboard"}]


async def test_the_board_says_why_the_newest_request_failed_and_goes_on_telling(shelf: Shelf) -> None:
    await begun(shelf)

    async with shelf.reader(origin=HERE) as reader:
        first = await reader.post(
            "/api/v1/films/a-door/requests", json={}, headers={"idempotency-key": "one-that-fails"}
        )
        await over(shelf.library.studio, UUID(first.json()["id"]), "failed", reason="its run was terminated")
        failed = await reader.get("/films/a-door/progress", params={"seen": first.json()["id"]})
        await reader.post("/api/v1/films/a-door/requests", json={}, headers={"idempotency-key": "another-one"})
        after = await reader.get("/films/a-door/progress")

    assert (failed.status_code, failed.headers["HX-Refresh"]) == (200, "true")
    assert "failed: its run was terminated" in failed.text
    assert "Asked for" in after.text
    assert "its run was terminated" not in after.text


async def test_a_film_that_nobody_asked_for_here_says_how_far_it_is_too(shelf: Shelf) -> None:
    await planned(shelf)

    async with shelf.reader() as reader:
        progress = await reader.get("/films/a-door/progress")

    assert (progress.status_code, 'hx-trigger="every 15s"' in progress.text) == (HTTPStatus.OK, True)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("viewer", [200, 200, 403, 403, 403, 403]),
        ("artist", [200, 200, 200, 403, 303, 400]),
        ("producer", [200, 200, 200, 200, 303, 400]),
    ],
)
async def test_who_only_looks_changes_nothing_and_only_a_producer_spends(
    outside: Shelf, role: Role, statuses: list[int]
) -> None:
    maker, token = await outside.token("Ben", "producer"), await outside.token("Mara", role)
    async with outside.reader(authorization=f"Bearer {maker}", origin=OUTSIDE) as reader:
        await reader.post("/new-film", data={"screenplay": PAGE, "name": "a-door"})
    ask = "/api/v1/films/a-door/requests"

    async with outside.reader(authorization=f"Bearer {token}", origin=OUTSIDE) as reader:
        got = [
            await reader.get("/films/a-door"),
            await reader.post("/api/v1/films/a-door/price", json={}),
            await reader.post(ask, json={}, headers={"idempotency-key": "free-of-charge"}),
            await reader.post(ask, json={"max_usd": "1"}, headers={"idempotency-key": "for-a-dollar"}),
            await reader.post("/new-film", data={"screenplay": PAGE, "name": "another"}),
            await reader.put("/api/v1/films/a-door/takes/script", json={"take": 1}),
        ]

    assert [each.status_code for each in got] == statuses
