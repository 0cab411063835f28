"""Tests in a real Chromium: assets are selected, and what is done to all of them, and taken back."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

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
from director_dagster_tests.library.test_browser import Site, cards, scroll_to
from director_dagster_tests.serving import eventually

MANY = 260
SCREENS = [(1400, 900, "dark"), (360, 740, "light")]
ASK = """fetch("/api/v1/assets:tag", {
    method: "POST",
    body: JSON.stringify({ ids: [crypto.randomUUID()], tag: "x" }),
    headers: { "Content-Type": "application/json" },
}).then(answer => answer.json())"""
DRAGGED = """id => {
    const data = new DataTransfer();
    const link = document.querySelector(`[data-id="${id}"] > a`);
    link.dispatchEvent(new DragEvent("dragstart", { bubbles: true, cancelable: true, dataTransfer: data }));
    return [data.getData("application/x-director-assets"), data.getData("text/uri-list")];
}"""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, migrated_template: str) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("library")
    for database_url in fresh_database(postgres_url, migrated_template):
        ids = asyncio.run(_filled(database_url, home))
        with served(home, database_url) as url:
            yield Site(url, ids)


async def _filled(database_url: str, home: Path) -> list[str]:
    vault, ids = Vault(home / "vault"), list[str]()
    drawn = await vault.put(picture(), "png")
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        workspace = await films.workspace(db, "home")
        await blobs.record(
            db, digest=drawn.digest, size_bytes=drawn.size_bytes, media_type="image/png", extension=drawn.extension
        )
        given: dict[str, Any] = {"workspace_id": workspace.id, "provider": "kling", "model": "v3", "prompt": "a door"}
        for number in range(MANY):
            asset = await save_generation_as_asset(
                db=db, name=f"piece {number}", url=drawn.url, thumbnail_url=drawn.url, type="image", kind="frame",
                generation_cost=0.25, **given,
            )  # fmt: skip
            ids.append(str(asset.id))
    return ids[::-1]


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The library's first page; nothing is said on the console."""
    with quiet_page(browser, site.url) as opened:
        opened.goto("/library")
        expect(opened.locator(".picks")).to_be_attached()
        yield opened


def box(page: Page, id_: str) -> Any:
    return page.locator(f'[data-id="{id_}"] .pick')


def ticked(page: Page) -> list[str]:
    found: list[str] = page.locator(".card.selected").evaluate_all("all => all.map(card => card.dataset.id)")
    return found


def told(page: Page, text: str) -> None:
    """What was done is said, to who sees it and to who does not."""
    expect(page.locator("[data-text]")).to_contain_text(text, timeout=20_000)
    expect(page.locator("#said")).to_contain_text(text)


def undo(page: Page, text: str, *, by_key: bool = False) -> None:
    button = page.get_by_role("button", name="Undo")
    if by_key:
        expect(button).to_be_visible()
        page.keyboard.press("z")
    else:
        button.click()
    told(page, text)


def test_by_box_shift_and_keys_and_it_lasts_over_blocks_that_are_emptied(page: Page, site: Site) -> None:
    bar = page.get_by_role("region", name="Selection")
    expect(bar).to_be_hidden()
    size = box(page, site.ids[1]).bounding_box()
    box(page, site.ids[1]).check()
    box(page, site.ids[3]).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 assets selected")
    first = ticked(page)
    page.locator(f'[data-id="{site.ids[5]}"] > a').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(bar).to_contain_text("4 assets selected")
    page.evaluate("document.activeElement.blur()")
    scroll_to(page, site.ids[230])
    expect(page.locator(f'[data-id="{site.ids[1]}"]')).to_have_count(0)
    box(page, site.ids[230]).click(modifiers=["Shift"])
    expect(bar).to_contain_text(f"{230 - 6 + 1 + 4} assets selected")
    dragged, links = page.evaluate(DRAGGED, site.ids[230])
    alone, link = page.evaluate(DRAGGED, site.ids[231])
    page.evaluate("scrollTo(0, 0)")
    expect(box(page, site.ids[1])).to_be_checked()
    expect(box(page, site.ids[4])).not_to_be_checked()
    page.keyboard.press("Control+a")
    expect(page.locator("#said")).to_contain_text("all that is loaded")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Put what is selected into the trash")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()

    assert size is not None
    assert min(size["width"], size["height"]) >= 24
    assert first == site.ids[1:4]
    assert json.loads(dragged) == [*site.ids[1:4], site.ids[5], *site.ids[6:231]]
    assert links.split("\r\n")[0] == f"{site.url}/assets/{site.ids[1]}"
    assert (json.loads(alone), link) == ([site.ids[231]], f"{site.url}/assets/{site.ids[231]}")
    assert ticked(page) == []


def test_a_box_that_is_drawn_selects_what_it_touches_and_with_shift_comes_to_it(page: Page, site: Site) -> None:
    first, second, third = (page.locator(".card").nth(at).bounding_box() for at in range(3))
    assert first
    assert second
    assert third

    bar = page.get_by_role("region", name="Selection")

    def drawn(left: float, right: float) -> None:
        page.mouse.move(left, first["y"] + first["height"] + 4)
        page.mouse.down()
        page.mouse.move(right, first["y"] + first["height"] - 20, steps=3)
        page.mouse.up()

    drawn(first["x"] + 5, second["x"] + 40)
    expect(bar.locator("[data-number]")).to_have_text("2 assets")
    drawn(third["x"] + 5, third["x"] + 40)
    expect(bar.locator("[data-number]")).to_have_text("1 asset")
    page.keyboard.down("Shift")
    drawn(first["x"] + 5, first["x"] + 40)
    page.keyboard.up("Shift")
    expect(bar.locator("[data-number]")).to_have_text("2 assets")

    assert [card.get_attribute("data-id") for card in page.locator(".card.selected").all()] == [
        site.ids[0],
        site.ids[2],
    ]
    expect(page.locator(".rubber")).to_have_count(0)


def test_a_box_that_is_drawn_to_the_edge_goes_on_below_it(page: Page, site: Site) -> None:
    first = page.locator(".card").first.bounding_box()
    assert first
    number = page.get_by_role("region", name="Selection").locator("[data-number]")

    page.mouse.move(first["x"] + 5, first["y"] + first["height"] + 4)
    page.mouse.down()
    page.mouse.move(first["x"] + 60, page.evaluate("innerHeight") - 2, steps=5)
    assert eventually(lambda: page.evaluate("scrollY > 2 * innerHeight"))
    page.mouse.move(first["x"] + 60, 400)
    page.mouse.up()
    drawn = page.locator(".card.selected").count()

    expect(number).to_have_text(f"{drawn} assets")
    assert drawn > 3, "more than one screen of the column"
    at = page.evaluate("scrollY")
    page.mouse.move(first["x"] + 60, page.evaluate("innerHeight") - 2)
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == at, "it is over"


def test_what_is_selected_is_tagged_favoured_deleted_and_it_is_taken_back(page: Page, site: Site) -> None:
    page.locator(f'[data-id="{site.ids[0]}"] > a').focus()
    for key in ("x", "ArrowRight", "x"):
        page.keyboard.press(key)
    page.keyboard.press("f")
    told(page, "2 assets are favourites")
    expect(page.locator(f'[data-id="{site.ids[0]}"] .star')).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.type("ft x?")
    page.keyboard.press("Enter")
    told(page, "2 assets tagged “ft x?”")
    found = page.request.get("/api/v1/assets?tag=ft+x%3F&favorite=1").json()["items"]
    undo(page, "2 assets untagged", by_key=True)
    for said in ("2 assets are no favourites any more", "Nothing is left to be taken back"):
        page.keyboard.press("z")
        told(page, said)
    page.keyboard.press("b")
    expect(page.locator("[data-all]")).to_be_focused()
    page.locator(f'[data-id="{site.ids[1]}"] > a').focus()
    page.keyboard.press("Delete")
    told(page, "2 assets put into the trash")
    expect(page.locator(f'[data-id="{site.ids[2]}"] > a')).to_be_focused()
    expect(page.locator(f'[data-id="{site.ids[1]}"]')).to_be_hidden()
    expect(page.locator(".filters")).to_contain_text(f"{MANY - 2} assets")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f'[data-id="{site.ids[2]}"] > a')).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("[data-text]")).to_contain_text("2 assets put into the trash")

    page.goto("/library?state=trash")
    trashed = cards(page)
    box(page, site.ids[0]).check()
    page.get_by_role("button", name="Restore").click()
    told(page, "1 asset had back from the trash")
    undo(page, "1 asset put into the trash")
    expect(page.locator(f'[data-id="{site.ids[0]}"] > a')).to_be_focused()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Restore").click()
    told(page, "2 assets had back from the trash")

    assert [each["id"] for each in found] == site.ids[:2]
    assert trashed == site.ids[:2]
    assert page.request.get("/api/v1/assets/count?tag=ft+x%3F").json()["value"] == 0
    assert page.request.get("/api/v1/assets/count").json()["value"] == MANY


def test_what_no_longer_fits_the_filter_leaves_the_list_and_undo_has_it_back(page: Page, site: Site) -> None:
    first = f'[data-id="{site.ids[0]}"] > a'
    page.locator(first).focus()
    for key in ("x", "t"):
        page.keyboard.press(key)
    page.keyboard.type("seen")
    page.keyboard.press("Enter")
    told(page, "1 asset tagged “seen”")
    page.goto("/library?tag=seen")
    page.locator(first).focus()
    for key in ("x", "t"):
        page.keyboard.press(key)
    page.keyboard.type("seen")
    page.get_by_role("button", name="Take away").click()
    told(page, "1 asset untagged “seen”")
    expect(page.get_by_role("heading", name="Nothing is left here")).to_be_visible()

    undo(page, "1 asset tagged", by_key=True)

    expect(page.locator(first)).to_be_focused()
    for key in ("x", "t"):
        page.keyboard.press(key)
    page.keyboard.type("seen")
    page.get_by_role("button", name="Take away").click()
    told(page, "1 asset untagged “seen”")


def test_where_nothing_is_left_of_a_list_that_is_said_and_the_keyboard_goes_on(page: Page, site: Site) -> None:
    page.goto(f"/library?q={MANY - 1}")
    left = page.get_by_role("heading", name="Nothing is left here")
    expect(left).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("Delete")
    told(page, "1 asset put into the trash")
    expect(left).to_be_visible()
    expect(page.get_by_role("region", name="Selection")).to_be_focused()

    undo(page, "1 asset had back from the trash", by_key=True)

    expect(left).to_be_hidden()
    expect(page.locator(f'[data-id="{site.ids[0]}"] > a')).to_be_focused()


def test_all_that_fits_is_selected_by_its_filter_and_exported_or_changed_in_the_background(
    page: Page, site: Site
) -> None:
    page.goto("/library?q=piece+1")
    fits = [id_ for number, id_ in enumerate(site.ids[::-1]) if str(number).startswith("1")][::-1]
    box(page, fits[0]).check()
    page.get_by_role("button", name=f"Select all {len(fits)} assets that fit").click()
    expect(page.get_by_role("region", name="Selection")).to_contain_text(f"All {len(fits)} assets that fit selected")
    scroll_to(page, fits[-1])
    expect(box(page, fits[-1])).to_be_checked()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export").click()
    zipped = ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    page.keyboard.press("f")
    told(page, f"{len(fits)} assets are favourites")
    page.keyboard.press("Delete")
    told(page, f"{len(fits)} assets put into the trash")
    gone = page.request.get("/api/v1/assets/count").json()["value"]
    undo(page, f"{len(fits)} assets had back from the trash")

    assert downloading.value.suggested_filename == "home-assets.zip"
    assert len(zipped.namelist()) == len(fits) + 1
    assert gone == MANY - len(fits)
    assert page.request.get("/api/v1/assets/count?favorite=1").json()["value"] >= len(fits)


def test_axe_finds_nothing_with_the_toolbar_and_its_dialog(browser: Browser, site: Site) -> None:
    found = dict[str, str]()
    for width, height, scheme in SCREENS:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
            bypass_csp=True,
        )
        page = context.new_page()
        page.goto("/library")
        box(page, site.ids[3]).check()
        page.keyboard.press("F")
        told(page, "asset")
        batch = page.evaluate(ASK)
        _axe(page, found, f"the toolbar, {width} {scheme}")
        page.keyboard.press("t")
        expect(page.locator("#tagging")).to_be_visible()
        _axe(page, found, f"the dialog, {width} {scheme}")
        page.goto(batch["page"])
        _axe(page, found, f"the batch, {width} {scheme}")
        page.goto("/budgets")
        page.get_by_label("The workspace: may be spent").fill("20")
        page.get_by_role("button", name="Set").click()
        expect(page.locator("tbody")).to_contain_text("$20.00")
        _axe(page, found, f"budgets, {width} {scheme}")
        context.close()

    assert found == {}


def _axe(page: Page, found: dict[str, str], what: str) -> None:
    page.wait_for_load_state("networkidle")
    results = Axe().run(page)
    if results.violations_count:
        found[what] = results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what


def test_what_is_in_the_trash_is_purged_for_a_reason(browser: Browser, page: Page, site: Site) -> None:
    found = dict[str, str]()
    box(page, site.ids[0]).check()
    box(page, site.ids[1]).check()
    page.keyboard.press("Delete")
    told(page, "2 assets put into the trash")
    page.goto("/library?state=trash")
    box(page, site.ids[0]).check()
    page.get_by_role("button", name="Purge …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Purge 1 asset for good")
    dialog.get_by_role("button", name="Purge").click()
    expect(dialog).to_be_visible()  # without a reason nothing goes
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Purge …").click()
    page.keyboard.type("of the spring")
    page.keyboard.press("Enter")
    told(page, "1 asset purged")
    expect(page.locator(f'[data-id="{site.ids[0]}"]')).to_be_hidden()

    page.goto(f"/assets/{site.ids[1]}")
    page.get_by_role("button", name="Purge …").click()
    context = browser.new_context(base_url=site.url, bypass_csp=True, viewport={"width": 400, "height": 800})
    other = context.new_page()
    other.goto(f"/assets/{site.ids[1]}")
    other.get_by_role("button", name="Purge …").click()
    _axe(other, found, "what asks before a purge")
    context.close()
    page.keyboard.type("of the spring")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("of the spring")

    states = [page.request.get(f"/api/v1/assets/{id_}").json()["state"] for id_ in site.ids[:2]]
    assert (found, states) == ({}, ["purged", "purged"])
