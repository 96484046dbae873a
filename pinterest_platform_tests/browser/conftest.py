"""One Chromium for the tests of this folder, closed before those of other folders begin: see `chromium.chromium`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pinterest_platform_tests.browser.chromium import chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of laptop size, with nothing stored."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        yield context.new_page()
