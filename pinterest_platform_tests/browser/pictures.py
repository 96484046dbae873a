"""The pictures of the documentation, made from the real UI and the real report: `make pictures`.

The demo is run in a folder of its own, and what a reader of the tour would see is taken with Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from pinterest_platform.stack.ports import choose_port
from pinterest_platform_tests.browser.chromium import chromium
from pinterest_platform_tests.browser.ui import UI
from pinterest_platform_tests.cli.conftest import runner, started

_LAPTOP = {"width": 1280, "height": 860}


def make(folder: Path) -> None:
    """Write `report.png`, `flow.png`, `graph.png` and `asset.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        call = runner(Path(made))
        for command in ("demo", "report --out report.html", "status --format html --out flow.html"):
            done = call(*command.split())
            assert done.returncode == 0, done.stdout + done.stderr
        port = choose_port()
        ui = UI(f"http://127.0.0.1:{port}")
        with started(Path(made), "dev", "--port", str(port)) as process, chromium() as browser:
            for name in ("report", "flow"):
                page = opened(browser, Path(made, f"{name}.html").as_uri())
                page.screenshot(path=folder / f"{name}.png")
            process.wait_until(ui.is_there)
            _ui(browser, ui.address, folder)
            process.interrupt()
            process.wait(60)


def _ui(browser: Browser, address: str, folder: Path) -> None:
    page = opened(browser, f"{address}/asset-groups", width=1600, height=620)
    page.get_by_text("analytics").first.wait_for(timeout=60_000)
    page.wait_for_function("() => !document.body.innerText.includes('fetching statuses')")
    settle(page)
    page.screenshot(path=folder / "graph.png")
    page = opened(browser, f"{address}/assets/analytics/users_joined_by_year", height=1000)
    page.get_by_text("[Show Markdown]").first.click(timeout=60_000)
    page.locator("img[src^='data:image/svg+xml']").wait_for()
    settle(page)
    page.screenshot(path=folder / "asset.png")


def settle(page: Page) -> None:
    """Let what moves in come to rest."""
    page.wait_for_timeout(2_000)


def opened(browser: Browser, address: str, **size: int) -> Page:
    page = browser.new_page(viewport={**_LAPTOP, **size})  # type: ignore[typeddict-item]
    page.goto(address, wait_until="domcontentloaded")
    return page


if __name__ == "__main__":
    make(Path(sys.argv[1]))
