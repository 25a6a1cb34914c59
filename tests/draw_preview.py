"""Draws the page of the shipped file into docs/pictures/: `python -m tests.draw_preview`.

Run it when the page looks different. No test compares the pictures: fonts differ from machine to machine.
"""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser

from tests.command import obsgen
from tests.preview.browser import opened, started
from tests.support import ROOT

FOLDER = ROOT / "docs" / "pictures"
QUALITY = 82


class Picture(NamedTuple):
    """fragment: of the address. options: of the browser's context."""

    name: str
    fragment: str
    width: int
    height: int
    options: dict[str, Any]


PICTURES = (
    Picture("preview-light", "prod", 1280, 860, {}),
    Picture("preview-dark", "prod", 1280, 860, {"color_scheme": "dark"}),
    Picture("preview-cards", "prod?service:payment-handler", 1280, 860, {}),
    Picture("preview-phone", "prod/alarms/handler-latency", 360, 640, {"color_scheme": "dark"}),
)


def draw(browser: Browser, page: Path, picture: Picture) -> bytes:
    """One picture, as WebP: a quarter of the size of a PNG."""
    size = {"width": picture.width, "height": picture.height}
    with opened(browser, f"{page.as_uri()}#{picture.fragment}", viewport=size, **picture.options) as found:
        found.page.wait_for_timeout(300)
        found.page.evaluate("document.activeElement.blur()")
        session = found.page.context.new_cdp_session(found.page)
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        return base64.b64decode(shot["data"])


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        page = Path(folder, "preview.html")
        done = obsgen(ROOT, "preview", "-o", str(page))
        assert done.returncode == 0, done.stderr
        for picture in PICTURES:
            (FOLDER / f"{picture.name}.webp").write_bytes(draw(browser, page, picture))


if __name__ == "__main__":
    main()
