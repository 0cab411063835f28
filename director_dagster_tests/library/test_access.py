"""Tests of who comes in: hosts, origins, tokens, and that nobody sees what is another workspace's."""

import re
from collections.abc import Mapping
from html import unescape

import httpx
import pytest

from director_dagster.catalog.queries import films, members
from director_dagster.errors import BadInput
from director_dagster.library.access import COOKIE
from director_dagster.library.app import create_app
from director_dagster.library.serve import door_of, is_open_to_readers
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture

PAGES = (
    "/library",
    "/library/block",
    "/library/filters",
    "/library.csv",
    "/costs",
    "/api/v1/assets",
    "/api/v1/openapi.json",
)
FOREIGN = ("", "/lineage", "/subtitles.vtt", "/media/thumb", "/media/preview", "/media/original")


async def test_who_is_at_this_machine_needs_no_token(shelf: Shelf) -> None:
    async with shelf.reader() as reader:
        assert (await reader.get("/library")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
async def test_from_outside_nothing_is_shown_without_a_token(outside: Shelf, page: str) -> None:
    async with outside.reader(accept="text/html") as reader:
        answer = await reader.get(page)

    shown = "/api/" in page
    assert answer.status_code == (401 if shown else 303)
    assert shown or answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("token", ["", "director_wrong", "director_\u00e9", "x" * 5000])
async def test_a_token_of_nobodys_opens_nothing(outside: Shelf, token: str) -> None:
    async with outside.reader() as reader:
        answer = await reader.get("/api/v1/assets", headers={b"authorization": f"Bearer {token}".encode()})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_wrong_token_is_no_way_in_at_this_machine_either(shelf: Shelf) -> None:
    async with shelf.reader(authorization="Bearer director_wrong") as reader:
        assert (await reader.get("/api/v1/assets")).status_code == 401


async def test_a_member_signs_in_and_out(outside: Shelf) -> None:
    token = await outside.token()

    async with outside.reader(accept="text/html", origin=OUTSIDE) as reader:
        wrong = await reader.post("/sign-in", data={"token": "director_wrong"})
        right = await reader.post("/sign-in", data={"token": f" {token} ", "next": "/library?q=door"})
        page = await reader.get("/library")
        left = await reader.post("/sign-out")
        after = await reader.get("/library")

    assert (wrong.status_code, "Nobody has this token" in wrong.text) == (403, True)
    assert (right.status_code, right.headers["location"]) == (303, "/library?q=door")
    cookie = right.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "secure"))
    assert (page.status_code, "Mara" in page.text) == (200, True)
    assert (left.status_code, after.status_code) == (303, 303)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "//[", "/\\evil.example", "javascript:x", ""]
)
async def test_signing_in_sends_nobody_elsewhere(outside: Shelf, elsewhere: str) -> None:
    token = await outside.token()

    async with outside.reader(origin=OUTSIDE) as reader:
        answer = await reader.post("/sign-in", data={"token": token, "next": elsewhere})

    assert answer.headers["location"] == "/library"


async def test_who_is_revoked_is_out_at_the_next_click(outside: Shelf) -> None:
    token = await outside.token()

    async with outside.reader(cookie=f"{COOKIE}={token}") as reader:
        before = await reader.get("/api/v1/assets")
        async with outside.catalog.session() as db:
            await members.revoke(db, workspace_id=outside.workspace.id, name="Mara")
        after = await reader.get("/api/v1/assets")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_member_sees_their_workspace_alone_and_another_is_not_there(outside: Shelf) -> None:
    async with outside.catalog.session() as db:
        other = await films.workspace(db, "other")
    mine = await outside.asset("mine")
    theirs = await outside.asset("theirs", workspace=other, data=picture(), extension="png", type="image")
    token = await outside.token()

    async with outside.reader(authorization=f"Bearer {token}") as reader:
        seen = (await reader.get("/api/v1/assets?workspace=home")).json()["items"]
        named = [(await reader.get(f"/api/v1/assets?workspace={each}")).status_code for each in ("other", "nowhere")]
        refused = [(await reader.get(f"/assets/{theirs.id}{part}")).status_code for part in FOREIGN]
        refused.append((await reader.get(f"/api/v1/assets/{theirs.id}")).status_code)

    assert [each["id"] for each in seen] == [str(mine.id)]
    assert named == [404, 404]
    assert set(refused) == {404}


async def test_what_is_not_there_and_what_is_others_reads_the_same(outside: Shelf) -> None:
    async with outside.catalog.session() as db:
        other = await films.workspace(db, "other")
    theirs = await outside.asset("theirs", workspace=other)
    token = await outside.token()
    nobodys = "01a21a7e-f687-74da-bacd-8ee3fc6c83a6"

    async with outside.reader(authorization=f"Bearer {token}") as reader:
        told = [(await reader.get(f"/api/v1/assets/{id_}")).json()["detail"] for id_ in (theirs.id, nobodys)]

    assert told[0].replace(str(theirs.id), "") == told[1].replace(nobodys, "")


async def test_who_is_at_this_machine_turns_to_the_workspace_of_what_they_look_at(shelf: Shelf) -> None:
    async with shelf.catalog.session() as db:
        other = await films.workspace(db, "other")
    theirs = await shelf.asset("theirs", workspace=other)

    async with shelf.reader() as reader:
        at = await reader.get(f"/assets/{theirs.id}")
        listed = await reader.get("/api/v1/assets?workspace=other")
        none = await reader.get("/api/v1/assets?workspace=nowhere")

    assert (at.status_code, none.status_code) == (200, 404)
    assert [each["name"] for each in listed.json()["items"]] == ["theirs"]


@pytest.mark.parametrize(
    "page", ["/library", "/library?q=no", "/library/filters", "/costs", "/costs?by=kind", "an asset"]
)
async def test_every_link_stays_in_the_workspace_that_one_looks_at(shelf: Shelf, page: str) -> None:
    async with shelf.catalog.session() as db:
        other = await films.workspace(db, "other")
        film = await films.upsert(db, workspace_id=other.id, slug="a-film", title="A Film", settings={})
    theirs = await shelf.asset("theirs", workspace=other, film_id=film.id, tags=["seen"])
    address = f"/assets/{theirs.id}" if page == "an asset" else f"{page}{'&' if '?' in page else '?'}workspace=other"

    async with shelf.reader() as reader:
        text = (await reader.get(address)).text

    links = [unescape(link) for link in re.findall(r'(?:href|hx-get|data-part)="(/(?:library|costs|api)[^"]*)"', text)]
    assert links
    assert [link for link in links if "workspace=" not in link] == []
    assert text.count('action="/') == text.count('name="workspace" value="other"')


async def test_an_old_cookie_locks_nobody_out_of_this_machine(shelf: Shelf) -> None:
    async with shelf.reader(cookie=f"{COOKIE}=director_gone") as reader:
        assert (await reader.get("/library")).status_code == 200


async def test_an_old_cookie_is_taken_away_from_outside(outside: Shelf) -> None:
    async with outside.reader(cookie=f"{COOKIE}=director_gone", accept="text/html") as reader:
        answer = await reader.get("/library")

    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


async def test_a_fault_of_ours_is_said_with_all_that_browsers_must_know(shelf: Shelf) -> None:
    app = create_app(shelf.library)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("a fault")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as reader:
        answer = await reader.get("/fault")

    assert (answer.status_code, "RuntimeError" in answer.text) == (500, False)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:3002", "127.0.0.1:3001.evil.example", ""])
async def test_a_request_to_another_hosts_name_is_not_answered(shelf: Shelf, host: str) -> None:
    async with shelf.reader() as reader:
        assert (await reader.get("/library", headers={"host": host})).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"origin": HERE}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:3000"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_only_our_own_pages_change_anything(shelf: Shelf, headers: Mapping[str, str], status: int) -> None:
    async with shelf.reader() as reader:
        assert (await reader.post("/sign-out", headers=headers)).status_code == status


async def test_every_answer_says_what_our_pages_may_do(shelf: Shelf) -> None:
    async with shelf.reader(accept="text/html") as reader:
        answers = [await reader.get(page) for page in ("/library", "/nowhere", "/static/library.css", "/sign-in")]

    for answer in answers:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_that_tokens_can_be_read_on_the_way_is_known() -> None:
    urls = (None, "https://studio.example", "http://studio", "http://[::1]:3")

    assert [url for url in urls if is_open_to_readers(url)] == ["http://studio"]


def test_off_loopback_everybody_signs_in_and_an_address_must_be_said() -> None:
    local = door_of("127.0.0.1", 3001, None)
    proxied = door_of("127.0.0.1", 3001, OUTSIDE)
    world = door_of("0.0.0.0", 3001, "http://studio.example:8080")  # noqa: S104 (what is tested)

    assert (local.owner is not None, proxied.owner, world.owner) == (True, None, None)
    assert "studio.example" in proxied.hosts
    assert "127.0.0.1" in door_of("127.0.0.1", 80, None).hosts
    assert "[::1]:3001" in door_of("::1", 3001, None).hosts
    assert world.hosts == {"0.0.0.0:3001", "studio.example:8080"}
    with pytest.raises(BadInput, match="--public-url"):
        door_of("0.0.0.0", 3001, None)  # noqa: S104


@pytest.mark.parametrize("url", ["studio.example", "ftp://x", "https://", "https://a/b", "https://u@a", "https://a:x"])
def test_an_address_that_cannot_be_is_one_line(url: str) -> None:
    with pytest.raises(BadInput, match="write https://name"):
        door_of("0.0.0.0", 3001, url)  # noqa: S104
