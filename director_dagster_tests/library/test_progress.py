"""Tests of how far a film is: what is at work, lost, stale, and what bringing it up to date takes."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from http import HTTPStatus
from uuid import UUID

import pytest

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import takes
from director_dagster.errors import Unavailable
from director_dagster.library.dagster import Dagster, Run
from director_dagster.story.film import FilmKey
from director_dagster.studio.preserve import look
from director_dagster.studio.requests import begin as launch
from director_dagster.studio.requests import over
from director_dagster.studio.step import begin
from director_dagster.studio.write import write
from director_dagster_tests.library.boards import (
    FROM_HERE,
    KEY,
    PAGE,
    assert_has,
    begun,
    edit,
    framed,
    hidden,
    planned,
    requests_of,
    rich,
    row_of,
)
from director_dagster_tests.library.conftest import HERE, Shelf, picture


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


async def test_what_lost_its_bytes_is_noticed_by_whoever_looks_at_it(shelf: Shelf) -> None:
    await planned(shelf)
    aside = await shelf.asset("a cat", data=picture(), extension="png", type="image")
    elsewhere = await shelf.asset("a dog", data=picture("red"), extension="png", type="image")
    await removed(shelf, "frame:sh010")
    for each in (aside, elsewhere):
        shelf.library.vault.locate(each.digest or "").unlink()

    async with shelf.reader(**FROM_HERE) as reader:
        board = (await reader.get("/films/a-door")).text
        stale = (await reader.get("/films/a-door/staleness")).text
        page = (await reader.get(f"/assets/{aside.id}")).text
        await reader.get(f"/assets/{elsewhere.id}/media/original")
        lost = (await reader.get("/api/v1/assets/count?state=lost")).json()

    assert_has(board, "2 pieces have lost their bytes", ">Recover</button>")
    assert 'data-state="lost" data-slot="frame:sh010"' in stale
    assert_has(page, "Its bytes are lost. No film shows it as it is now.")
    assert lost["value"] == 4


async def test_where_the_vault_itself_is_not_there_nothing_is_called_lost(shelf: Shelf) -> None:
    await planned(shelf)
    shelf.library.vault.root.rename(shelf.library.vault.root.with_name("elsewhere"))

    async with shelf.reader(**FROM_HERE) as reader:
        board = await reader.get("/films/a-door")

        lost = (await reader.get("/api/v1/assets/count?state=lost")).json()

    assert (board.status_code, "the vault is not there" in board.text) == (HTTPStatus.SERVICE_UNAVAILABLE, True)
    assert lost["value"] == 0


async def test_what_is_back_in_its_place_is_lost_no_more(shelf: Shelf) -> None:
    cat = await shelf.asset("a cat", data=picture(), extension="png", type="image")
    place = shelf.library.vault.locate(cat.digest or "")
    data = place.read_bytes()

    async with shelf.reader(**FROM_HERE) as reader:
        place.unlink()
        gone = (await reader.get(f"/assets/{cat.id}")).text
        place.write_bytes(data[:-1])
        half = (await reader.get(f"/assets/{cat.id}")).text
        place.write_bytes(data)
        back = (await reader.get(f"/assets/{cat.id}")).text

    assert [("Its bytes are lost" in page) for page in (gone, half, back)] == [True, True, False]


async def removed(shelf: Shelf, slot: str) -> None:
    """The bytes of what the film has there are gone."""
    film = await row_of(shelf, "a-door")
    assert film is not None
    async with shelf.catalog.session() as db:
        there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.id, slots={slot})
    shelf.library.vault.locate(there[slot].asset.digest or "").unlink()


async def lose(shelf: Shelf, slot: str) -> None:
    """The bytes of what the film has there are gone, and somebody has noticed."""
    await removed(shelf, slot)
    await look(shelf.library.studio)


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


async def test_what_its_user_alone_can_bring_back_is_promised_by_nobody_else(shelf: Shelf) -> None:
    await planned(shelf)
    given = {"source": "upload", "provider": None, "model": None, "generation_cost": None}
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame", **given)

    async with shelf.reader(**FROM_HERE) as reader:
        await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        shelf.library.studio.vault.locate(still.digest or "").unlink()
        board = (await reader.get("/films/a-door")).text
        asked = (await reader.get("/films/a-door/making", params={"do": "recover", "page": KEY})).text

    assert_has(board, "the same file, added again, brings it back; or unpin what is pinned", "pinned, and lost")
    assert "Recover" not in board
    assert "its user: nobody else can make it" in asked
    assert "Bring it back</button>" not in asked


async def test_what_is_pinned_and_lost_keeps_nothing_else_from_coming_back_and_has_no_price(shelf: Shelf) -> None:
    await planned(shelf)
    still = await shelf.asset("a still", data=picture(), extension="png", type="image", kind="frame")
    async with shelf.reader(**FROM_HERE) as reader:
        await reader.put("/api/v1/films/a-door/pins/sh010", json={"asset": str(still.id)})
        await framed(shelf)
        await removed(shelf, "location:room")
        shelf.library.studio.vault.locate(still.digest or "").unlink()
        await look(shelf.library.studio)
        price = (await reader.get("/films/a-door/making", params={"do": "recover", "page": KEY})).text

    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', price))
    assert rows.pop("a still").startswith("not known: ")
    assert set(rows.values()) == {"made again"}
    assert_has(price, "Of 1 piece nobody knows yet how to have it back: nothing is paid for it.")
    assert_has(price, "The others cost nothing.")


async def test_that_a_final_would_become_a_draft_is_said_before(shelf: Shelf) -> None:
    await planned(shelf)
    final = "UPDATE assets SET provider = 'openai' WHERE kind = 'frame'"

    async with shelf.reader(**FROM_HERE) as reader:
        await edit(reader, PAGE.replace("NIGHT", "DAY"))
        draft = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        async with shelf.catalog.session() as db:
            await (await db.connection()).exec_driver_sql(final)
        price = (await reader.get("/films/a-door/making", params={"do": "make", "page": KEY})).text
        stale = (await reader.get("/films/a-door/staleness")).text

    assert "becomes a draft" not in draft
    assert_has(stale, "A final becomes a draft: frame sh010.")
    assert_has(price, "A final becomes a draft: frame sh010.", "It costs nothing")


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


async def test_what_was_made_a_short_while_ago_is_said(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await begun(shelf)

    async with shelf.reader(origin=HERE) as reader:
        asked = await reader.post("/api/v1/films/a-door/requests", json={}, headers={"idempotency-key": "one-to-make"})
        id_ = UUID(asked.json()["id"])
        await launch(shelf.catalog, id_, run_id="a run", after="")
        await over(shelf.library.studio, id_, "done")
        made = (await reader.get("/films/a-door/progress")).text
        monkeypatch.setattr("director_dagster.library.progress.NEWS", timedelta(0))
        later = (await reader.get("/films/a-door/progress")).text

    assert "Made: the whole film" in made
    assert "Made:" not in later


async def test_a_film_that_nobody_asked_for_here_says_how_far_it_is_too(shelf: Shelf) -> None:
    await planned(shelf)

    async with shelf.reader() as reader:
        progress = await reader.get("/films/a-door/progress")

    assert (progress.status_code, 'hx-trigger="every 15s"' in progress.text) == (HTTPStatus.OK, True)


async def test_a_run_that_was_launched_elsewhere_has_the_board_fetched_anew_once_it_is_over(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(shelf)
    run, said = Run(run_id=str(new_id()), status="started", steps={}), list[Sequence[Run] | Unavailable]()

    async def at_work(_: Dagster, __: str) -> Sequence[Run]:
        now = said.pop(0)
        if isinstance(now, Unavailable):
            raise now
        return now

    monkeypatch.setattr(Dagster, "at_work", at_work)
    async with shelf.reader() as reader:
        said += [[run], [run], Unavailable("it does not answer"), []]
        page = (await reader.get("/films/a-door/progress")).text
        again = unescape(re.findall(r'hx-get="([^"]+)"', page)[0])
        heads = [(await reader.get(again)).headers for _ in range(3)]

    assert run.run_id in again
    assert [head.get("HX-Refresh") for head in heads] == [None, None, "true"]
