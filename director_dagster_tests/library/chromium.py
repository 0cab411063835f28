"""The Chromium that tests of pages drive; where the machine has none they are skipped, and say so."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_MS = 60_000
"""A busy machine draws late."""

NEEDED = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium; to be opened last, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        expect.set_options(timeout=PATIENCE_MS)
        yield opened
        opened.close()


@contextmanager
def quiet_page(browser: Browser, url: str) -> Iterator[Page]:
    """A page of a library on which nothing is said on the console: no error, no breach of what pages may do."""
    said = list[str]()

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    context = browser.new_context(base_url=url, viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    opened.on("console", hear)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []
