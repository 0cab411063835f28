"""Tests of the films' pages and of their API: a new film, its board, and what is pinned."""

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from director_dagster.catalog.queries import film_uses, films
from director_dagster_tests.library.boards import (
    FROM_HERE,
    PAGE,
    assert_has,
    begun,
    edit,
    framed,
    planned,
    row_of,
)
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture


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
        forks = (await reader.get("/new-film", params={"asset": dropped, "fork": "1"})).text
        await reader.post("/new-film", data={"asset": dropped, "name": "of-forks", "fork": "1"})
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
    of_forks = await row_of(shelf, "of-forks")
    assert of_forks is not None
    async with shelf.catalog.session() as db:
        [forked] = await film_uses.of_film(db, film.workspace_id, of_forks.id)
    assert (forked.asset.id == still.id, forked.asset.digest) == (False, still.digest)
    assert_has(forks, "It begins with forks of", '<input type="hidden" name="fork" value="1">')


async def test_of_a_dropped_shot_what_happens_in_it_is_proposed(shelf: Shelf) -> None:
    await planned(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        [frame] = (await reader.get("/api/v1/assets?kind=frame")).json()["items"]
        page = (await reader.get("/new-film", params={"asset": frame["id"]})).text

    assert ">ANNA looks at a door.</textarea>" in page


async def test_what_is_dropped_without_a_screenplay_proposes_an_idea_and_a_name_is_a_title(shelf: Shelf) -> None:
    some: dict[str, Any] = {"data": picture(), "extension": "png", "type": "image"}
    dropped = [(await shelf.asset("sh010: frame", prompt="A lamp in <fog>", **some)).id]
    dropped.append((await shelf.asset("a still", **{**some, "data": picture("red")})).id)

    async with shelf.reader(**FROM_HERE) as reader:
        page = (await reader.get("/new-film", params={"asset": [str(id_) for id_ in dropped]})).text
        said = {"idea": "A lamp in fog", "name": "The Long Night", "asset": str(dropped[0])}
        begun_ = await reader.post("/new-film", data=said)
        listed = (await reader.get("/films")).text

    assert_has(page, ">A lamp in &lt;fog&gt;; a still</textarea>")
    assert begun_.headers["location"] == "/films/the-long-night"
    assert_has(listed, "The Long Night")


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


async def test_a_series_has_its_episodes_and_who_is_in_them(shelf: Shelf) -> None:
    name = 'Doors & "Keys"/2'
    await begun(shelf, series=name, episode=7)
    await framed(shelf)
    await begun(shelf, name="a-window", series=name)
    await begun(shelf, name="alone")

    async with shelf.reader(**FROM_HERE) as reader:
        films_page, board_page = [(await reader.get(path)).text for path in ("/films", "/films/a-door")]
        page = await reader.get("/series", params={"name": name})
        [following] = re.findall(r'href="(/new-film\?[^"]+)"', page.text)
        form = (await reader.get(unescape(following))).text
        none = await reader.get("/series", params={"name": "nobody's"})

    here = '/series?name=Doors+%26+%22Keys%22%2F2"'
    assert (here in films_page, here in board_page) == (True, True)
    assert_has(
        page.text,
        "<dt>Episodes</dt><dd>2",
        "0 of 1 filmed",
        "7. A Door",
        ">a-window</span>",
        ">room</span>",
        "location, in 1 of 2",
    )
    assert "/films/alone" not in page.text
    assert_has(unescape(form), f'name="series" value="{name}"', 'name="episode" value="8"')
    assert none.status_code == HTTPStatus.NOT_FOUND


async def test_what_a_film_has_cost_leads_to_the_assets_behind_it(shelf: Shelf) -> None:
    await begun(shelf, name="a-door")
    async with shelf.catalog.session() as db:
        film = await films.find(db, shelf.workspace.slug, "a-door")
    assert film is not None
    for name, of in {"its own": film.id, "another's": None}.items():
        await shelf.asset(name, film_id=of)

    async with shelf.reader() as reader:
        board = (await reader.get("/films/a-door")).text
        [link] = re.findall(r'<dt>Spent</dt><dd><a href="([^"]+)">\$0.25</a>', board)
        behind = await reader.get(unescape(link))

    assert behind.status_code == HTTPStatus.OK
    assert ("its own" in behind.text, "another&#39;s" in behind.text) == (True, False)


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

    assert_has(page, "Takes of frame sh010 in", f'data-address="{address}"', 'data-choose="1"')
    assert 'data-choose="2"' not in page, "it is in the film"
    assert (chosen.status_code, none.status_code) == (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    assert chosen.json()["ids"] != [str(still.id)]


async def test_a_take_that_fits_other_words_too_stands_once_and_says_what_becomes_of_it(shelf: Shelf) -> None:
    await planned(shelf)

    async with shelf.reader(**FROM_HERE) as reader:
        [first] = (await reader.get("/api/v1/assets?kind=frame")).json()["items"]
        for words in (PAGE.replace("NIGHT", "DAY"), PAGE):
            await edit(reader, words)
            await framed(shelf)
        page = (await reader.get(f"/assets/{first['id']}")).text
        await reader.put("/api/v1/films/a-door/takes/frame:sh010", json={"take": 2})
        chosen = (await reader.get(f"/assets/{first['id']}")).text
        board_ = (await reader.get("/films/a-door")).text

    assert_has(page, "<span>Take 1, 3 · in the film</span>", "<span>Take 2</span>")
    assert "other words than the newest" not in page
    assert_has(chosen, "<span>Take 2 · in the film</span>", "It was made for other words than the newest take")
    assert_has(board_, "<span>2 takes</span>")


async def test_what_lies_in_the_bin_of_a_film_that_is_not_planned_can_be_pinned_to_what_its_page_has(
    shelf: Shelf,
) -> None:
    await begun(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")
    song = await shelf.asset("a song", type="audio", kind="music", extension="wav")

    async with shelf.reader(origin=HERE) as reader:
        await reader.post("/api/v1/films/a-door/bin", json={"ids": [str(still.id), str(song.id)]})
        page = (await reader.get("/films/a-door")).text
        found = [
            (await reader.get("/films/a-door/places", params={"type": type_})).json() for type_ in ("image", "text")
        ]
        pinned = await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        waits = (await reader.get("/films/a-door")).text
    await framed(shelf)

    async with shelf.reader() as reader:
        frame = (await reader.get("/films/a-door")).text.partition('data-place="frame:sh010"')[2]

    assert_has(page, 'data-place="music" data-type="audio"')
    assert "frame:sh010" in found[0]
    assert_has(waits, "is pinned to frame sh010: the next making takes it there", 'data-unpin="frame:sh010"')
    assert found[1] == []
    assert (pinned.status_code, str(still.id) in frame.partition("</div>")[0]) == (HTTPStatus.OK, True)


async def test_a_series_is_the_same_however_its_name_is_typed(shelf: Shelf) -> None:
    for name, series in {"first": "Café", "second": "cafe\u0301", "third": "CAFÉ", "other": "Cafe"}.items():
        await begun(shelf, name=name, series=series)

    async with shelf.reader() as reader:
        listed = (await reader.get("/api/v1/films")).json()
    assert {each["film"]: each["series"] for each in listed} == {
        "first": "Café",
        "second": "Café",
        "third": "Café",
        "other": "Cafe",
    }


async def test_a_series_has_each_episode_once(shelf: Shelf) -> None:
    first = await begun(shelf, series="Doors", episode=1)
    again = await begun(shelf, series="Doors", episode=1, name="another")
    other = await begun(shelf, series="doors", episode=2, name="another")
    at_once = await asyncio.gather(*(begun(shelf, series="Doors", episode=3, name=f"at once {n}") for n in range(4)))

    assert [each.status_code for each in (first, again, other)] == [303, 422, 303]
    assert sorted(each.status_code for each in at_once) == [303, 422, 422, 422]
    assert "Doors has an episode 1, A Door" in again.text


async def test_what_the_board_finds_stale_the_grid_finds_until_it_is_made_anew(shelf: Shelf) -> None:
    await planned(shelf)

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
        await edit(reader, PAGE.replace("NIGHT", "DAY"))
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
