"""Tests in a real Chromium: search, scroll, hover, keys, Back, play, files that are dropped, and what axe finds."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.queries import blobs, films
from director_dagster.catalog.session import open_catalog
from director_dagster.vault.store import Vault
from director_dagster_tests.conftest import fresh_database
from director_dagster_tests.library.chromium import NEEDED, chromium, quiet_page
from director_dagster_tests.library.conftest import picture
from director_dagster_tests.library.serving import served
from director_dagster_tests.media.clips import clip
from director_dagster_tests.serving import eventually

MANY = 400
SCREENS = {"wide": (1400, 900), "narrow": (390, 800)}

pytestmark = NEEDED


@dataclass(frozen=True)
class Site:
    """A library that is served, and the assets in it: the first is a film, the second a picture."""

    url: str
    ids: list[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, migrated_template: str) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("library")
    for database_url in fresh_database(postgres_url, migrated_template):
        ids = asyncio.run(_filled(database_url, home))
        with served(home, database_url) as url:
            yield Site(url, ids)


async def _filled(database_url: str, home: Path) -> list[str]:
    vault, ids = Vault(home / "vault"), list[str]()
    filmed = await vault.put(clip(home / "clip.mp4", 96).read_bytes(), "mp4")
    drawn = await vault.put(picture(), "png")
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        workspace = await films.workspace(db, "home")
        for blob, media_type in ((filmed, "video/mp4"), (drawn, "image/png")):
            await blobs.record(
                db, digest=blob.digest, size_bytes=blob.size_bytes, media_type=media_type, extension=blob.extension
            )
        given: dict[str, Any] = {"workspace_id": workspace.id, "provider": "kling", "model": "v3", "prompt": "a door"}
        for number in range(MANY):
            is_film = number == MANY - 1
            asset = await save_generation_as_asset(
                db=db,
                name="The Door" if is_film else f"piece {number}",
                url=filmed.url if is_film else drawn.url,
                thumbnail_url=drawn.url,
                type="video" if is_film else "image",
                kind="film" if is_film else "frame",
                generation_cost=0.5 if is_film else 0.25,
                **given,
            )
            ids.append(str(asset.id))
    return ids[::-1]


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """Chromium; opened last, since Playwright keeps an event loop running in this thread."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of the library on which nothing is said on the console: no error, no breach of what pages may do."""
    with quiet_page(browser, site.url) as opened:
        yield opened


def cards(page: Page) -> list[str]:
    found: list[str] = page.locator(".card").evaluate_all("all => all.map(card => card.dataset.id)")
    return found


def scroll_to(page: Page, id_: str) -> None:
    """Turn the wheel until the asset is on the page."""
    for _ in range(60):
        if page.locator(f'[data-id="{id_}"]').count():
            return
        page.mouse.wheel(0, 1200)
        page.wait_for_timeout(50)


def test_who_searches_finds_and_back_shows_all_again(page: Page, site: Site) -> None:
    page.goto("/library")
    page.keyboard.press("/")
    page.keyboard.type("the doo")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=the+doo**")
    found = cards(page)
    page.go_back()
    page.wait_for_url("**/library")

    assert found == site.ids[:1]
    assert cards(page)[0] == site.ids[0]
    assert len(cards(page)) > 1


def test_a_filter_is_chosen_and_taken_away(page: Page, site: Site) -> None:
    page.goto("/library")
    page.get_by_role("link", name="film 1").click()
    page.wait_for_url("**kind=film**")
    found = cards(page)
    page.get_by_role("link", name="Kind film").click()
    page.wait_for_url("**/library")

    assert found == site.ids[:1]


def test_the_grid_goes_on_to_its_end_and_stays_light(page: Page, site: Site) -> None:
    page.goto("/library")
    seen = list[str]()
    for _ in range(200):
        seen += [id_ for id_ in cards(page) if id_ not in seen]
        if len(seen) == MANY:
            break
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(50)
    expect(page.locator(".more")).to_have_count(0)

    assert seen == site.ids
    assert len(cards(page)) < MANY / 1.5
    assert len({*cards(page)}) == len(cards(page))


@pytest.mark.parametrize("number", range(150, 154))
def test_back_from_an_asset_is_where_one_was_in_its_column_too(page: Page, site: Site, number: int) -> None:
    page.goto("/library")
    scroll_to(page, site.ids[number])
    card = page.locator(f'[data-id="{site.ids[number]}"]')
    before = card.bounding_box()
    assert before is not None
    card.locator("> a").click()
    page.wait_for_url(f"**/assets/{site.ids[number]}")
    page.go_back()
    page.wait_for_url("**at=**")
    page.wait_for_timeout(400)
    page.go_forward()
    page.wait_for_url(f"**/assets/{site.ids[number]}")
    page.go_back()
    page.wait_for_url("**at=**")
    page.wait_for_timeout(400)
    page.reload()

    expect(card).to_be_in_viewport()
    expect(card.locator("a")).to_be_focused()
    expect(page.locator(f'[data-id="{site.ids[149]}"]')).to_be_attached()
    assert eventually(lambda: (after := card.bounding_box()) is not None and abs(after["x"] - before["x"]) < 1)


def test_back_and_reload_are_where_one_has_scrolled_to(page: Page, site: Site) -> None:
    page.goto("/library")
    scroll_to(page, site.ids[200])
    page.locator(f'[data-id="{site.ids[200]}"]').scroll_into_view_if_needed()
    page.wait_for_url("**at=**")
    page.wait_for_timeout(400)
    page.get_by_role("link", name="Costs").click()
    page.wait_for_url("**/costs")
    page.go_back()
    page.wait_for_url("**at=**")

    expect(page.locator(f'[data-id="{site.ids[200]}"]')).to_be_in_viewport()
    page.reload()
    expect(page.locator(f'[data-id="{site.ids[200]}"]')).to_be_in_viewport()


def test_each_reload_leaves_the_window_where_it_stands(page: Page, site: Site) -> None:
    page.goto("/library")
    scroll_to(page, site.ids[120])
    page.mouse.move(900, 500)
    page.mouse.wheel(0, 137)
    page.wait_for_timeout(400)
    page.wait_for_url("**at=**")
    card = page.locator(f'[data-id="{page.url.partition("at=")[2].partition("&")[0]}"]')

    def stands() -> float:
        box = card.bounding_box()
        assert box is not None
        return box["y"]

    before = stands()
    for _ in range(3):
        page.reload()
        assert eventually(lambda: abs(stands() - before) < 3)
        page.wait_for_timeout(400)


def test_a_video_plays_under_the_pointer_and_is_let_go(page: Page, site: Site) -> None:
    page.goto("/library")
    picture_ = page.locator(f'[data-id="{site.ids[0]}"] .picture')

    picture_.hover()
    expect(picture_.locator("video")).to_have_count(1)
    eventually(lambda: picture_.locator("video").evaluate("video => video.currentTime") > 0)
    page.mouse.move(5, 5)

    expect(picture_.locator("video")).to_have_count(0)


def test_a_film_plays_and_one_can_go_anywhere_in_it(page: Page, site: Site) -> None:
    page.goto(f"/assets/{site.ids[0]}")
    video = page.locator(".stage video")

    video.evaluate("video => { video.muted = true; video.currentTime = 2; return video.play(); }")

    eventually(lambda: video.evaluate("video => video.currentTime") > 2.1)
    expect(page.locator(".lineage, .tree").or_(page.get_by_text("made from nothing"))).to_have_count(1)


def test_keys_lead_from_asset_to_asset(page: Page, site: Site) -> None:
    page.goto("/library")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # "Skip to the content"
    expect(page.locator("#list")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    columns = len(page.locator(".block").first.evaluate("ol => getComputedStyle(ol).gridTemplateColumns.split(' ')"))
    expect(page.locator(f'[data-id="{site.ids[1 + columns]}"] > a')).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(f'[data-id="{site.ids[1]}"] > a').focus()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/assets/{site.ids[1]}")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Site, screen: str, scheme: Any) -> None:
    width, height = SCREENS[screen]
    context = browser.new_context(
        base_url=site.url, viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    found = dict[str, str]()

    for address in (
        "/library",
        "/library?kind=film",
        f"/assets/{site.ids[0]}",
        "/costs",
        "/attempts",
        "/batches",
        "/sign-in",
        "/nowhere",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        results = Axe().run(page)
        if results.violations_count:
            found[address] = results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    context.close()

    assert found == {}


def test_files_are_added_and_a_folder_among_them_is_named_and_keeps_none_of_them_out(
    page: Page, tmp_path: Path
) -> None:
    page.goto("/library")
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a note.txt").write_text("Mara waits.")
    drop(page, tmp_path / "a folder", tmp_path / "a note.txt")

    added = page.get_by_role("dialog", name="Add files")
    expect(added).to_contain_text("1 of 2 added")
    expect(added).to_contain_text("a folder: a folder: drop what is in it")

    page.goto("/costs")
    drop(page, tmp_path / "a note.txt")
    assert page.url.endswith("/costs"), "nobody takes it there, and the page stays"
    page.goto("/new-film")
    drop(page, tmp_path / "a note.txt")
    expect(page.locator("#file")).to_have_value(re.compile("a note.txt"))
    page.goto("/library")
    note = page.request.get("/api/v1/assets?q=note").json()["items"][0]["id"]
    page.request.post("/api/v1/assets:delete", data={"ids": [note]})


def drop(page: Page, *paths: Path) -> None:
    """Files and folders fall from the desktop into the middle of the page."""
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 400, "data": data})
    devtools.detach()
