"""A headless Chromium, and what is to be seen in a page: its errors, what overflows, what axe-core finds.

Debian's Chromium is installed where apt-get can do it; elsewhere any that is in the PATH does. What a page of ours must
say or do is for the tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from pinterest_platform.cache import cache_folder
from pinterest_platform.stack.downloads import node_packages
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import Prerequisite, install

_AXE = Path(__file__).with_name("axe")

#: Widths and heights in CSS pixels; those of print are A4's at 96 dpi less margins of 12 mm.
SIZES = {"phone": (360, 740), "laptop": (1280, 800), "print": (703, 1032)}

#: Elements with text or a picture that stick out of the page to the right.
_OVERFLOWING = """() => {
  const {clientWidth: width, scrollWidth: whole} = document.documentElement;
  const told = whole > width + 1 ? [`the page: ${whole}`] : [];
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect();
    const scrolled = element.closest('[data-scrolls]');
    if (box.width && box.right > width + 1 && !scrolled)
      told.push(`${element.tagName} ${Math.round(box.right)}: ${(element.textContent || '').trim().slice(0, 60)}`);
  }
  return told.slice(0, 10);
}"""

#: Texts of one picture that lie over one another, or beyond its edge.
_OVERLAPPING = """() => {
  const told = [];
  for (const picture of document.querySelectorAll('svg')) {
    const edge = picture.getBoundingClientRect();
    const texts = [...picture.querySelectorAll('text')].map(t => [t.textContent.trim(), t.getBoundingClientRect()])
      .filter(([said, box]) => said && box.width);
    texts.forEach(([said, a], i) => {
      if (a.left < edge.left - 1 || a.right > edge.right + 1 || a.top < edge.top - 1 || a.bottom > edge.bottom + 1)
        told.push(`${said} is cut off`);
      for (const [other, b] of texts.slice(i + 1))
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.3 * Math.min(a.height, b.height))
          told.push(`${said} / ${other}`);
    });
  }
  return told.slice(0, 10);
}"""


def _trouble() -> str | None:
    return None if shutil.which("chromium") else "Chromium: there is no `chromium` in the PATH"


@cache
def program() -> str:
    """Path of Chromium, installed if it is not there; one process at a time.

    Raises:
        RuntimeError: it is not there and cannot be installed; with what to do.
    """
    packages = ("chromium", "fonts-liberation", "fonts-noto-color-emoji")
    lock = cache_folder() / "chromium.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        try:
            install(Prerequisite(_trouble, packages))
        except StackError as error:
            raise RuntimeError(
                "Tests in pinterest_platform_tests/browser need Chromium in the PATH as `chromium`. On Debian, as "
                f"root: apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
            ) from error
    return str(shutil.which("chromium"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. While it is open, no asyncio loop can be run in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def at_each_size(pages: Iterable[str], main: Collection[tuple[str, str]]) -> list[Any]:
    """Parameters `what` and `size` for each page at each size; all but the main ones are `long`."""
    return [
        pytest.param(what, size, marks=() if (what, size) in main else pytest.mark.long)
        for what in pages
        for size in SIZES
    ]


@contextmanager
def opened(browser: Browser, path: Path, size: str) -> Iterator[tuple[Page, list[str]]]:
    """A file at one of `SIZES`, print as it is printed, and its errors as they occur."""
    width, height = SIZES[size]
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        errors = console_errors(page)
        if size == "print":
            page.emulate_media(media="print")
        page.goto(path.as_uri())
        yield page, errors


def console_errors(page: Page) -> list[str]:
    """A list that errors of the page, and in its console, are added to as they occur."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def overflowing(page: Page) -> list[str]:
    """What is wider than the page, but for what is in an element with `data-scrolls`."""
    found: list[str] = page.evaluate(_OVERFLOWING)
    return found


def overlapping(page: Page) -> list[str]:
    """Texts in pictures that lie over one another or are cut off."""
    found: list[str] = page.evaluate(_OVERLAPPING)
    return found


def inaccessible(page: Page) -> list[str]:
    """What axe-core finds of serious or critical impact: rule, and the first place."""
    script = node_packages(_AXE, lambda: None) / "node_modules" / "axe-core" / "axe.min.js"
    page.evaluate(script.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run()")
    return [
        f"{violation['id']}: {len(violation['nodes'])} times, as {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
