"""What if: a film's page is edited on its own page, taken and taken back; and where its bytes are lost, given anew."""

from http import HTTPStatus

from director_dagster.catalog.queries import assets
from director_dagster_tests.library.boards import FROM_HERE, PAGE, assert_has, edit, hidden, planned, row_of
from director_dagster_tests.library.conftest import Shelf


async def test_what_if_tells_what_an_edit_changes_and_takes_it_when_told(shelf: Shelf) -> None:
    await planned(shelf)
    edited = PAGE.replace("NIGHT", "DAY")

    async with shelf.reader(**FROM_HERE) as reader:
        page = (await reader.get("/films/a-door/whatif")).text
        told = await reader.post("/films/a-door/whatif", data={"screenplay": edited})
        wrong = await reader.post("/films/a-door/whatif", data={"screenplay": "Title: Nothing\n"})
        same = await reader.post("/films/a-door/whatif", data={"screenplay": PAGE})
        other = {"screenplay": edited.replace("door", "wall"), "do": "take", **hidden(told.text)}
        unheard = await reader.post("/films/a-door/whatif", data=other)
        taken = await edit(reader, edited)
        next_ = (await reader.get("/films/a-door/whatif")).text
        board_ = (await reader.get("/films/a-door")).text
        stale = (await reader.get("/films/a-door/staleness")).text
        before = await reader.post("/films/a-door/whatif", data={"screenplay": PAGE})
        back = await edit(reader, PAGE)
        first = (await reader.get("/films/a-door/whatif")).text

    assert "ANNA looks at a door." in page
    assert_has(told.text, "frame sh010", "Have the film be of this page")
    assert "has no scene" in wrong.text
    assert "frame sh010" not in same.text
    assert "ask again what it would change" in unheard.text
    assert (taken.status_code, "frame sh010" in stale) == (303, True)
    assert "INT. ROOM - DAY" in next_, "one edit goes on from the other"
    assert "edited; it is made of" in board_
    assert "Have the film be of this page" not in same.text, "it is of that page"
    assert_has(before.text, "Have the film be of this page")
    assert (back.status_code, "INT. ROOM - NIGHT" in first) == (303, True), "an edit is taken back before it is made"


async def test_a_page_that_is_lost_is_told_and_another_may_be_given(shelf: Shelf) -> None:
    await planned(shelf)
    film = await row_of(shelf, "a-door")
    assert film is not None
    assert film.brief_asset_id is not None
    async with shelf.catalog.session() as db:
        page = await assets.get(db, film.workspace_id, film.brief_asset_id)
    shelf.library.vault.locate(page.digest or "").unlink()
    async with shelf.reader(**FROM_HERE) as reader:
        asked = await reader.get("/films/a-door/whatif")
        stale = (await reader.get("/films/a-door/staleness")).text
        board_ = (await reader.get("/films/a-door")).text
        taken = await edit(reader, PAGE.replace("NIGHT", "DAY"))
        again = (await reader.get("/films/a-door/whatif")).text

    assert asked.status_code == HTTPStatus.OK
    for told in (asked.text, stale):
        assert "the same file, added again, brings them back" in told
        assert "vault:" not in told
    assert_has(board_, "or give the film another page by <em>What if</em>")
    assert "unpin" not in board_
    assert (taken.status_code, "INT. ROOM - DAY" in again) == (303, True)
