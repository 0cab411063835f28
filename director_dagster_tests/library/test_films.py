"""Tests of the films' pages and of their API: a new film, its board, what is pinned, asked for and priced."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest

from director_dagster.catalog.queries import film_uses, films, takes
from director_dagster.catalog.tables import Film
from director_dagster.errors import BadInput, Unavailable
from director_dagster.library import shown
from director_dagster.library.dagster import Dagster
from director_dagster.story.film import FilmKey
from director_dagster.studio.board import board
from director_dagster.studio.design import design
from director_dagster.studio.preserve import look
from director_dagster.studio.requests import over
from director_dagster.studio.step import begin
from director_dagster.studio.write import write
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture

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


async def framed(shelf: Shelf) -> None:
    """The film as far as its frames."""
    studio, key = shelf.library.studio, FilmKey(workspace="home", film="a-door")
    for name, verb in {"script": write, "characters": design, "storyboard": board}.items():
        async with begin(studio, key, name) as step:
            await verb(step)


def assert_has(page: str, *words: str) -> None:
    """Each of the words stands on the page."""
    assert [word for word in words if word not in page] == []


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


async def test_a_film_begins_with_a_page_an_idea_a_file_or_what_lies_in_the_library(shelf: Shelf) -> None:
    script = await shelf.asset("The Script", data=PAGE.encode(), extension="fountain", type="script", kind="script")
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")
    dropped = [str(script.id), str(still.id)]

    page = await begun(shelf)
    idea = await begun(shelf, screenplay="", idea="a fox finds a key", name="", series="Foxes", episode=2)
    async with shelf.reader(**FROM_HERE) as reader:
        asked = await reader.get("/new-film", params={"asset": dropped})
        file = await reader.post("/new-film", files={"file": ("night.fountain", PAGE.encode())})
        of_assets = await reader.post("/new-film", data={"asset": dropped, "idea": ""})
        listed = (await reader.get("/api/v1/films")).json()
        shown = (await reader.get("/films")).text

    answers = {name: each.headers.get("location") for name, each in vars_of(page, idea, file, of_assets).items()}
    assert answers == {
        "page": "/films/a-door",
        "idea": "/films/a-fox-finds-a-key",
        "file": "/films/night",
        "of_assets": "/films/the-script",
    }
    assert_has(asked.text, "The Script", "its screenplay")
    assert sorted((each["film"], each["series"], each["episode"]) for each in listed if each["series"]) == [
        ("a-fox-finds-a-key", "Foxes", 2)
    ]
    assert all(f'href="{where}"' in shown for where in answers.values())
    film = await row_of(shelf, "the-script")
    assert film is not None
    async with shelf.catalog.session() as db:
        taken = await film_uses.of_film(db, film.workspace_id, film.id)
    assert [(each.asset.id, each.use.slot) for each in taken] == [(still.id, None)]


def vars_of(*answers: httpx.Response) -> Mapping[str, httpx.Response]:
    """Answers by what they were asked with."""
    return dict(zip(("page", "idea", "file", "of_assets"), answers, strict=True))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"screenplay": ""}, "say what the film is about"),
        ({"idea": "a fox"}, "give one of them"),
        ({"screenplay": "Title: Nothing\n"}, "has no scene"),
        ({"name": "…"}, "no film can be named after"),
        ({"name": "", "screenplay": PAGE.partition("\n")[2]}, "has no title page: give the film a name"),
        ({"crew": "nobody"}, "nobody"),
        ({"episode": "x"}, "write a whole number from 1 on"),
        ({"episode": "2"}, "episode 2 of which series?"),
    ],
)
async def test_what_is_no_film_is_told_on_the_page_and_nothing_is_lost(
    shelf: Shelf, said: Mapping[str, object], told: str
) -> None:
    answer = await begun(shelf, **said)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert told in unescape(answer.text)
    assert await row_of(shelf, "a-door") is None


async def test_a_films_name_is_not_given_twice(shelf: Shelf) -> None:
    await begun(shelf)
    again = await begun(shelf, screenplay=PAGE.replace("ANNA", "BEN"))

    assert "there is a film home/a-door already" in again.text
    assert "BEN" in again.text, "what was typed is still there"


async def test_the_board_shows_shots_and_takes_what_is_pinned_to_their_places(shelf: Shelf) -> None:
    await planned(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")

    async with shelf.reader(origin=HERE) as reader:
        pin = await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        again = await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        wrong = await reader.put("/api/v1/films/a-door/pins/music", json={"asset": str(still.id)})
        binned = await reader.post("/api/v1/films/a-door/bin", json={"ids": [str(still.id)]})
        page = (await reader.get("/films/a-door")).text
        stale = (await reader.get("/films/a-door/staleness")).text
        used, made_for = [
            {each["id"] for each in (await reader.get("/api/v1/assets", params={field: "a-door"})).json()["items"]}
            for field in ("used_in", "film")
        ]
        unpinned = await reader.delete("/api/v1/films/a-door/pins/frame:sh010")
        left = await reader.post("/api/v1/films/a-door/bin/leave", json={"ids": [str(still.id)]})
        after = (await reader.get("/api/v1/assets", params={"used_in": "a-door"})).json()["items"]

    assert str(still.id) in used - made_for
    assert made_for <= used
    assert {each["id"] for each in after} == used - {str(still.id)}
    assert pin.json() == {"asset": str(still.id), "place": "frame:sh010", "new": True}
    assert (again.json()["new"], wrong.status_code) == (False, HTTPStatus.BAD_REQUEST)
    assert_has(page, "INT. ROOM - NIGHT", "pinned", "the next making takes it")
    assert "it is pinned" in stale
    assert binned.json() == {"ids": [str(still.id)], "worth_usd": "0.250000", "unknown": 0}
    assert left.json() == {"ids": [str(still.id)]}
    assert unpinned.status_code == HTTPStatus.OK


async def test_a_place_is_pinned_before_it_is_drawn(shelf: Shelf) -> None:
    await begun(shelf)
    room = await shelf.asset("a room", data=picture(), extension="png", type="image", kind="location")

    async with shelf.reader(origin=HERE) as reader:
        pinned = await reader.put("/api/v1/films/a-door/pins/location:room", json={"asset": str(room.id)})
        nobody = await reader.put("/api/v1/films/a-door/pins/location:nowhere", json={"asset": str(room.id)})
        await framed(shelf)
        used = (await reader.get("/api/v1/assets", params={"used_in": "a-door"})).json()["items"]

    assert pinned.status_code == 200, pinned.text
    assert pinned.json()["place"] == "location:room"
    assert (nobody.status_code, "has no place 'location:nowhere'" in nobody.text) == (400, True)
    assert [each["id"] for each in used if each["kind"] == "location"] == [str(room.id)]


async def test_the_same_from_two_tabs_is_one_request_while_it_is_open(shelf: Shelf) -> None:
    await begun(shelf)

    async def press(tab: str, **said: str) -> int:
        async with shelf.reader(**FROM_HERE) as reader:
            asked = {"do": "make", "page": f"the-page-of-{tab}", **said}
            price = (await reader.get("/films/a-door/making", params=asked)).text
            assert (await reader.post("/films/a-door/making", data=hidden(price))).status_code == HTTPStatus.SEE_OTHER
        return len(await requests_of(shelf))

    both = [await press(tab, until="shots") for tab in ("one", "two")]
    other = await press("two")
    async with shelf.reader() as reader:
        key = {"idempotency-key": "a-program's-own"}
        program = await reader.post("/api/v1/films/a-door/requests", json={"until": "shots"}, headers=key)

    assert (both, other) == ([1, 1], 2)
    assert program.json()["new"], "its key is its own word for what is the same"


async def test_an_earlier_take_is_had_in_the_film_from_its_own_page(shelf: Shelf) -> None:
    await planned(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")
    address = "/api/v1/films/a-door/takes/frame:sh010"

    async with shelf.reader(origin=HERE) as reader:
        await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        await framed(shelf)
        page = (await reader.get(f"/assets/{still.id}")).text
        chosen = await reader.put(address, json={"take": 1})
        none = await reader.put(address, json={"take": 9})

    assert_has(page, "Takes of frame sh010 in", f'data-choose="1" data-address="{address}"')
    assert 'data-choose="2"' not in page, "it is in the film"
    assert (chosen.status_code, none.status_code) == (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    assert chosen.json()["ids"] != [str(still.id)]


def hidden(page: str) -> dict[str, str]:
    """What a form sends along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


async def test_a_button_that_is_pressed_twice_asks_once_and_says_what_it_costs_before(shelf: Shelf) -> None:
    await begun(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        price = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        pressed = await asyncio.gather(*(reader.post("/films/a-door/making", data=hidden(price)) for _ in range(2)))
        progress = await reader.get("/films/a-door/progress")
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
    assert_has(progress.text, "Asked for", 'hx-trigger="every 2s"')
    assert "HX-Refresh" not in progress.headers
    assert gone.headers["HX-Refresh"] == "true", "the board is fetched anew once it is over"
    assert [each.json().get("new") for each in asked] == [True, False, None]
    assert (asked[2].status_code, "something else was asked for" in asked[2].text) == (HTTPStatus.CONFLICT, True)
    assert await requests_of(shelf) == [{"film": "a-door", "wishes": {}, "max_microusd": 0, "asked_by": "sam"}] * 2


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
        {"crew": {"image": "animatic"}, "finals": ["sh010"]}
    ]


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


async def test_a_film_is_brought_up_to_date_as_far_as_one_pays_for(shelf: Shelf) -> None:
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
        asked = await reader.post(
            "/api/v1/films/a-door/requests",
            json={"until": "storyboard", "max_usd": "1"},
            headers={"idempotency-key": "as-far-as-frames"},
        )

    assert [shown.most(each) for each in (None, 195, 25_000, 30_000)] == ["unknown", "$0.000195", "$0.03", "$0.03"]
    assert_has(told, "as far as storyboard: $", "until=storyboard&amp;page=", ">Update …<", ">Update all …<")
    assert told.count("<button") == len(re.findall("<li>as far as", told)) >= 2
    assert "<button" not in alone
    assert unpriced.status_code == HTTPStatus.CONFLICT
    assert without_key.json()["refused"] == "there is no key for fal: set DIRECTOR_FAL_KEY"
    assert strange.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert asked.status_code == HTTPStatus.OK
    assert [each["wishes"] for each in await requests_of(shelf)] == [{"until": "storyboard"}]


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


async def lose(shelf: Shelf, slot: str) -> None:
    """The bytes of what the film has there are gone, and somebody has noticed."""
    studio, film = shelf.library.studio, await row_of(shelf, "a-door")
    assert film is not None
    async with shelf.catalog.session() as db:
        there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id, slots={slot})
    studio.vault.locate(there[slot].asset.digest or "").unlink()
    await look(studio)


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


async def test_takes_and_finals_are_asked_for_as_a_run_is_told_them(shelf: Shelf) -> None:
    await planned(shelf)
    asked = [
        {"do": "take", "piece": "frame:sh010", "takes": 2},
        {"do": "final", "piece": "sh010", "medium": "video", "maker": "fal", "max_usd": "1.50"},
    ]
    refused = {
        "no takes are made of": {"do": "take", "piece": "film"},
        "say which shot, and who makes it": {"do": "final", "piece": "sh010"},
        "no such provider is installed": {"do": "final", "piece": "sh010", "maker": "nobody"},
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
            assert (wrong.status_code, told in wrong.json()["detail"]) == (HTTPStatus.BAD_REQUEST, True)
            assert told in price.json()["refused"]
        price = (await reader.post("/api/v1/films/a-door/price", json=asked[0])).json()

    assert [each["wishes"] for each in await requests_of(shelf)] == [
        {"takes": {"storyboard": {"frame:sh010": 2}}},
        {"crew": {"video": "fal"}, "finals": ["sh010"]},
    ]
    assert [(row["step"], row["made"]) for row in price["rows"] if row["step"] == "storyboard"] == [("storyboard", 1)]
    assert (price["free"], price["complete"]) == (True, True)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("viewer", [200, 200, 403, 403, 403, 403]),
        ("artist", [200, 200, 200, 403, 303, 400]),
        ("producer", [200, 200, 200, 200, 303, 400]),
    ],
)
async def test_who_only_looks_changes_nothing_and_only_a_producer_spends(
    outside: Shelf, role: str, statuses: list[int]
) -> None:
    maker, token = await outside.token("Ben", "producer"), await outside.token("Mara", role)  # type: ignore[arg-type]  # one of them
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


async def test_what_the_board_finds_stale_the_grid_finds_until_it_is_made_anew(shelf: Shelf) -> None:
    await planned(shelf)
    edited = {"screenplay": PAGE.replace("NIGHT", "DAY"), "do": "take"}

    async with shelf.reader(**FROM_HERE) as reader:

        async def looked() -> tuple[str, list[str], dict[str, int]]:
            """The grid of what is stale, of what kinds that is, and the counts, once somebody has looked."""
            await reader.get("/films/a-door/staleness")
            page = (await reader.get("/library?state=stale")).text
            rows = (await reader.get("/api/v1/assets?state=stale")).json()["items"]
            [of_state] = [
                each for each in (await reader.get("/api/v1/assets/filters")).json() if each["field"] == "state"
            ]
            return (
                page,
                sorted(row["kind"] for row in rows),
                {each["key"]: each["count"] for each in of_state["values"]},
            )

        unseen = (await reader.get("/api/v1/assets/count?state=current")).json()["value"]
        fresh = await looked()
        await reader.post("/films/a-door/whatif", data=edited)
        page, kinds, counts = await looked()
        old = (await reader.get("/api/v1/assets?state=stale&kind=frame")).json()["items"]
        badge = (await reader.get(f"/assets/{old[0]['id']}")).text
        table = (await reader.get("/library.csv?state=stale")).text
        await framed(shelf)
        again = await looked()
        told = (await reader.get("/library/filters")).text

    assert (unseen, fresh[1]) == (0, [])
    assert fresh[2]["current"] >= len(kinds)
    assert "frame" in kinds
    assert counts["stale"] == len(kinds) == len(table.splitlines()) - 1
    assert page.count('<span class="stale">Stale</span>') == len(kinds)
    assert ">Stale</span>" in badge
    assert (again[1], "stale" in again[2]) == ([], False)
    assert_has(told, "state=current", "Current")


async def test_the_films_of_others_are_not_there(outside: Shelf) -> None:
    async with outside.catalog.session() as db:
        other = await films.workspace(db, "other")
        await films.upsert(db, workspace_id=other.id, slug="theirs", title="Theirs", settings={"film": {}})
    token = await outside.token(role="producer")
    asked = ("", "/making", "/progress", "/staleness", "/whatif")

    async with outside.reader(authorization=f"Bearer {token}", origin=OUTSIDE) as reader:
        listed = (await reader.get("/api/v1/films")).json()
        got = [(await reader.get(f"/films/theirs{part}?workspace=other")).status_code for part in asked]
        got.append((await reader.put("/api/v1/films/theirs/pins/music", json={"asset": str(other.id)})).status_code)

    assert (listed, set(got)) == ([], {404})


async def test_what_if_tells_what_an_edit_changes_and_takes_it_when_told(shelf: Shelf) -> None:
    await planned(shelf)
    edited = PAGE.replace("NIGHT", "DAY")

    async with shelf.reader(**FROM_HERE) as reader:
        page = (await reader.get("/films/a-door/whatif")).text
        told = await reader.post("/films/a-door/whatif", data={"screenplay": edited})
        wrong = await reader.post("/films/a-door/whatif", data={"screenplay": "Title: Nothing\n"})
        same = await reader.post("/films/a-door/whatif", data={"screenplay": PAGE})
        taken = await reader.post("/films/a-door/whatif", data={"screenplay": edited, "do": "take"})
        next_ = (await reader.get("/films/a-door/whatif")).text
        board_ = (await reader.get("/films/a-door")).text
        stale = (await reader.get("/films/a-door/staleness")).text

    assert "ANNA looks at a door." in page
    assert_has(told.text, "frame sh010", "Have the film be of this page")
    assert "has no scene" in wrong.text
    assert "frame sh010" not in same.text
    assert (taken.status_code, "frame sh010" in stale) == (303, True)
    assert "INT. ROOM - DAY" in next_, "one edit goes on from the other"
    assert "edited; it is made of" in board_


class Graph(BaseHTTPRequestHandler):
    """Dagster's GraphQL, as far as pages ask it: one run works on one film."""

    stopped: ClassVar[list[str]] = []
    broken: ClassVar[bool] = False

    def do_POST(self) -> None:
        """Answer a question."""
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        data = json.dumps({"data": self._answer(told["query"], told["variables"])}).encode()
        self.send_response(HTTPStatus.OK)
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, query: str, variables: dict[str, Any]) -> dict[str, object]:
        if self.broken:
            return {"runsOrError": {"__typename": "PythonError", "message": "it broke\nin a line"}}
        if "terminateRun" in query:
            self.stopped.append(variables["runId"])
            return {"terminateRun": {"__typename": "TerminateRunSuccess"}}
        mine = variables["filter"]["tags"] == [{"key": "dagster/partition", "value": "home/a-door"}]
        steps = [{"stepKey": "script", "status": "SUCCESS"}, {"stepKey": "shots", "status": None}]
        run = {"runId": "one", "status": "STARTED", "stepStats": steps}
        return {"runsOrError": {"__typename": "Runs", "results": [run] if mine else []}}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def graph() -> Iterator[str]:
    """Where it answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Graph) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_dagster_is_asked_of_the_films_own_runs_alone(graph: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dagster = Dagster(url=graph)

    [run] = await dagster.at_work("home/a-door")
    with pytest.raises(BadInput, match="no run one works on home/other"):
        await dagster.stop("home/other", "one")
    await dagster.stop("home/a-door", "one")
    monkeypatch.setattr(Graph, "broken", True)

    assert (run.run_id, run.status, run.steps) == ("one", "started", {"script": "success", "shots": ""})
    assert Graph.stopped == ["one"]
    with pytest.raises(Unavailable, match=r"it broke$"):
        await dagster.at_work("home/a-door")
    with pytest.raises(Unavailable, match="does not answer"):
        await Dagster(url="http://127.0.0.1:9").at_work("home/a-door")
