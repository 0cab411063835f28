"""A film from the first click to the last, in a real Chromium beside a real Dagster: begun, made, played, changed."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from director_dagster_tests.library.chromium import NEEDED, PATIENCE_MS, chromium
from director_dagster_tests.serving import Up, eventually, serving

PAGE = "Title: A Door\n\nINT. ROOM - NIGHT\n\nIt is dark.\n"
MADE_MS = 300_000

pytestmark = NEEDED


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """All that `director up` starts."""
    with serving(tmp_path_factory.mktemp("launching"), more={"DIRECTOR_FAL_KEY": "nobodys"}) as running:
        yield running


@pytest.fixture(scope="module")
def page(up: Up) -> Iterator[Page]:
    """A browser at its library."""
    with chromium() as browser:
        page = browser.new_context(base_url=up.library, viewport={"width": 1300, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


SWAPPED = """answer => {
    const detail = { ...answer, target: document.getElementById("progress") };
    document.body.dispatchEvent(new CustomEvent("htmx:beforeSwap", { detail }));
    return detail.shouldSwap;
}"""
"""Whether an answer takes the place of what the board tells of its progress; htmx lets no error do so."""


def test_a_film_is_begun_priced_made_once_and_played(page: Page, up: Up) -> None:
    page.goto("/films")
    page.get_by_role("link", name="New film").first.click()
    page.get_by_label("or a screenplay, in Fountain").fill(PAGE)
    page.get_by_label("Picture").select_option("1:1")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="A Door", level=1)).to_be_visible()

    page.get_by_role("button", name="Make", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It costs nothing")
    dialog.get_by_role("button", name="Make it").dblclick()
    expect(page.locator("#progress")).to_contain_text("Asked for")
    expect(page.locator("#progress")).to_be_focused()
    expect(page.locator("#progress")).to_contain_text("Being made", timeout=MADE_MS)
    expect(page.locator(".screen video")).to_be_visible(timeout=MADE_MS)
    page.eval_on_selector(".screen video", "video => { video.muted = true; return video.play(); }")

    assert eventually(lambda: page.eval_on_selector(".screen video", "video => video.currentTime > 0.2"))
    expect(page.locator("#progress")).not_to_contain_text("Being made")
    expect(page.locator("#progress")).to_contain_text("Made: the whole film")
    expect(page.locator(".shot")).not_to_have_count(0)
    assert up.run("request", "list", "--json").stdout.count('"state": "done"') == 1


def test_what_is_dragged_onto_a_place_is_pinned_there_and_unpinned_by_a_button(page: Page) -> None:
    page.goto("/films/a-door")
    page.locator('[data-place="location:room"] a').drag_to(page.locator('[data-place="frame:sh010"]'))
    expect(page.locator('[data-place="frame:sh010"]')).to_contain_text("pinned: the next making takes it")
    expect(page.locator("[data-said]")).to_have_text("Pinned to frame sh010")
    expect(page.locator('[data-place="frame:sh010"] a')).to_be_focused()
    stale = page.locator('[data-place="frame:sh010"] .stale')
    expect(stale).to_be_visible()

    page.get_by_role("button", name="Unpin frame").click()

    expect(page.locator('[data-place="frame:sh010"]')).not_to_contain_text("pinned")
    expect(page.get_by_text("pieces are what the film asks for today")).to_be_visible()
    expect(stale).to_be_hidden()


def test_on_its_own_page_an_asset_is_starred_and_tagged_by_keys(page: Page) -> None:
    [music] = page.request.get("/api/v1/assets?kind=music").json()["items"]
    page.goto(f"/assets/{music['id']}")

    page.keyboard.press("f")
    expect(page.get_by_role("button", name="No favourite")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("t")
    page.get_by_label("Tag, up to 60 letters").fill("slow")
    page.keyboard.press("Enter")
    expect(page.locator(".facts .tags")).to_contain_text("slow")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Delete")

    expect(page.locator("[data-text]")).to_contain_text("1 asset left as it was: it is music of home/a-door")
    assert page.request.get("/api/v1/assets/count?favorite=1&tag=slow").json()["value"] == 1


def test_from_the_library_assets_go_into_a_film_by_key_and_by_hand(page: Page) -> None:
    page.goto("/library?kind=frame")
    page.locator(".card .pick").first.check()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Take", exact=True).click()
    expect(page.locator("[data-text]")).to_have_text("1 asset taken into the bin of A Door")
    page.keyboard.press("z")
    expect(page.locator("[data-text]")).to_have_text("1 asset taken out of the bin of A Door")
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Take", exact=True).click()
    expect(page.locator("[data-text]")).to_have_text("1 asset taken into the bin of A Door")
    page.get_by_role("button", name="Clear").click()

    page.locator(".card .pick").first.check()
    page.get_by_role("button", name="Select all").click()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Take", exact=True).click()
    expect(page.locator("[data-text]")).to_have_text(
        re.compile(r"\d+ assets? taken into the bin of A Door; .*1 asset lay")
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-text]")).to_have_text(re.compile(r"\d+ assets? taken out of the bin of A Door"))

    page.goto("/library?kind=location")
    drop_first(page, "A Door")
    expect(page.locator("[data-text]")).to_have_text("1 asset taken into the bin of A Door")
    drop_first(page, "A Door")
    expect(page.locator("[data-text]")).to_have_text("0 assets taken into the bin of A Door; 1 asset lay there already")
    drop_first(page, "as a fork")
    expect(page.locator("[data-text]")).to_have_text("1 asset forked into the bin of A Door")
    page.keyboard.press("z")
    expect(page.locator("[data-text]")).to_contain_text("Nothing is left to be taken back")

    page.goto("/films/a-door")
    expect(page.locator("[data-bin] [data-pin]")).to_have_count(3)
    page.locator("[data-bin] [data-pin]").last.click()
    page.locator("#pin select").select_option("frame:sh010")
    page.locator("#pin").get_by_role("button", name="Pin", exact=True).click()
    expect(page.locator('[data-place="frame:sh010"]')).to_contain_text("pinned")


def drop_first(page: Page, place: str) -> None:
    """Drag the first asset of the grid to a place of the first film."""
    page.locator(".card > a").first.hover()
    page.mouse.down()
    page.mouse.move(600, 600, steps=5)
    at = page.locator("[data-tray] li").first.get_by_text(place)
    expect(at).to_be_visible()
    box = at.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10, steps=5)
    page.mouse.up()


def test_a_final_is_priced_by_keyboard_and_its_button_is_reached(page: Page) -> None:
    for film in ({}, {"film": "a-door"}):
        page.request.put("/api/v1/budgets", data={"limit_usd": "5", **film})
    page.goto("/films/a-door")
    page.wait_for_load_state("networkidle")

    page.get_by_role("button", name="Final …").first.focus()
    page.keyboard.press("Enter")
    page.locator("#maker").focus()
    page.keyboard.type("fal")
    page.keyboard.press("Enter")
    have = page.get_by_role("button", name="Have it made")
    expect(have).to_be_enabled()
    expect(page.locator("#maker")).to_be_focused()
    page.keyboard.type("x")
    expect(have).to_be_disabled()
    page.keyboard.press("Backspace")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-have]')"):
            break

    expect(have).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_waits_keeps_its_button_and_the_focus_on_it(page: Page, up: Up) -> None:
    up.run("request", "add", "--film", "a-door", "--queue")
    page.goto("/films/a-door")
    back = page.get_by_role("button", name="Take it back")
    back.focus()
    for _ in range(3):
        with page.expect_response("**/progress*"):
            pass
    expect(back).to_be_focused()
    assert page.evaluate(SWAPPED, {"serverResponse": "Bad Gateway", "shouldSwap": False}) is False
    assert page.evaluate(SWAPPED, {"serverResponse": "all is otherwise", "shouldSwap": True}) is True

    page.keyboard.press("Enter")

    expect(page.locator("#progress")).not_to_contain_text("Asked for")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Tab")
    assert page.evaluate("""
        document.querySelector(".top-row").compareDocumentPosition(document.activeElement) &
            (Node.DOCUMENT_POSITION_CONTAINED_BY | Node.DOCUMENT_POSITION_FOLLOWING)
    """), "the keyboard goes on behind what it was at, not from the top"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 390)])
def test_nothing_keeps_people_out(page: Page, up: Up, scheme: Literal["light", "dark"], width: int) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(
        base_url=up.library, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    shown, found = context.new_page(), {}
    [frame] = shown.request.get("/api/v1/assets?kind=frame&film=a-door").json()["items"][:1]
    for address in ("/films", "/films/a-door", "/new-film", "/films/a-door/whatif", f"/assets/{frame['id']}", "/costs"):
        shown.goto(address)
        shown.wait_for_load_state("networkidle")
        results = Axe().run(shown)
        if results.violations_count:
            found[address] = results.generate_report()
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    context.close()

    assert found == {}
