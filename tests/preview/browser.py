"""A browser for tests: Chromium without a window, and pages that record what went wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

OWN_BROWSER = "OBSGEN_TEST_BROWSER"
# How many times slower pages shall be: what passes at the speed of this machine only is wrong.
SLOWDOWN = "OBSGEN_TEST_SLOWDOWN"
# Of what fails in any case; a busy machine may take its time.
_TIMEOUT_MS = 60_000
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_SETTLED = """async () => {
  for (let last = '', same = 0; same < 6;) {
    await new Promise(requestAnimationFrame);
    const now = `${scrollY} ${document.documentElement.scrollHeight}`;
    same = now === last ? same + 1 : 0;
    last = now;
  }
}"""
_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


def executable() -> str:
    """The browser of this machine; ends the test without one: a check that did not run looks like one that passed."""
    path = os.environ.get(OWN_BROWSER) or next(filter(None, map(shutil.which, _NAMES)), "")
    if not path or not Path(path).exists():
        message = f"no Chromium: install it, or set {OWN_BROWSER} to the path of one"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@contextmanager
def started() -> Iterator[Browser]:
    """A browser, for as long as the `with` block lasts. One for a whole module: a start takes a second.

    Playwright runs an event loop in this thread meanwhile, so that other tests cannot have one.
    """
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page, what it asked for, and what was wrong: errors of scripts, of the console and of its policy."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Keep a message that is an error or a warning."""
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def asked(self, request: Request) -> None:
        """Keep an address."""
        self.requests.append(request.url.partition("#")[0])

    def visible(self, selector: str) -> list[str]:
        """The texts of the elements that can be seen.

        By textContent: innerText is empty where `content-visibility` has not laid out an element yet.
        """
        found: list[str] = self.page.locator(f"{selector}:visible").all_text_contents()
        return found

    def text(self, selector: str) -> str:
        """All text of the first element, whether it has a layout or not."""
        return self.page.locator(selector).first.text_content() or ""

    def settle(self) -> None:
        """Wait until the page has loaded, and neither its height nor its place changes from frame to frame."""
        self.page.wait_for_load_state()
        self.page.evaluate(_SETTLED)


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Opened]:
    """A new page with an address. options: of the context, such as viewport and color_scheme."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", **options})
    context.set_default_timeout(_TIMEOUT_MS)
    context.add_init_script(_VIOLATIONS)
    page = context.new_page()
    rate = float(os.environ.get(SLOWDOWN, 1))
    if rate > 1:
        # https://chromedevtools.github.io/devtools-protocol/tot/Emulation/#method-setCPUThrottlingRate
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    found = Opened(page)
    page.on("console", found.heard)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("request", found.asked)
    try:
        page.goto(address)
        yield found
    finally:
        context.close()
