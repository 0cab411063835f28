"""Tests of a film's buttons: what is priced and asked for, on the page and by its API."""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from director_dagster.catalog.tables.members import Role
from director_dagster.studio.prospect import Prospect, prospect
from director_dagster_tests.library.boards import (
    FROM_HERE,
    KEY,
    PAGE,
    assert_has,
    begun,
    framed,
    hidden,
    planned,
    requests_of,
    rich,
)
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture


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
    assert [each.headers["location"] for each in (*pressed, taken_back)] == ["/films/a-door#progress"] * 3
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


async def test_a_film_of_the_house_that_buys_what_it_has_lost_says_what_that_costs(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(shelf)

    async def dear(*asked: Any) -> Prospect:
        return replace(await prospect(*asked), low_microusd=30_000, high_microusd=140_000, left_microusd=1_000_000)

    monkeypatch.setattr("director_dagster.library.making.prospect", dear)
    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text

    assert_has(price, "It costs $0.03 to $0.14", 'name="max_usd"')
    assert "It costs nothing" not in price


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
