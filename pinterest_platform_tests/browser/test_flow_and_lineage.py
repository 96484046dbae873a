"""The pages on how data flows and where columns come from, in a browser: at each size, whoever reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.report.flow import page as flow_page
from pinterest_platform.report.lineage import page as lineage_page
from pinterest_platform_tests.browser.chromium import at_each_size, inaccessible, opened, overflowing, overlapping
from pinterest_platform_tests.flow.flows import busy, nothing
from pinterest_platform_tests.report.lakes import CATALOG

PAGES = ("busy", "nothing", "lineage")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    texts = {
        "busy": flow_page(busy()),
        "nothing": flow_page(nothing()),
        "lineage": lineage_page(Derivations(CATALOG), CATALOG.models),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize(("what", "size"), at_each_size(PAGES, {("busy", "phone"), ("lineage", "laptop")}))
def test_nothing_sticks_out_or_overlaps(browser: Browser, pages: dict[str, Path], what: str, size: str) -> None:
    with opened(browser, pages[what], size) as (page, errors):
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        assert overflowing(page) == []
        assert overlapping(page) == []
        assert errors == []


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("what", PAGES)
def test_accessible(browser: Browser, pages: dict[str, Path], what: str, scheme: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(pages[what].as_uri())
        assert inaccessible(page) == []


def test_what_is_stuck_is_said_first_and_as_text(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["busy"].as_uri())
    told = page.locator("header .stuck li").all_text_contents()
    assert told[0] == "lake: cannot be read"
    assert any("no room <left> on the disk" in text for text in told)


def test_said_is_how_far_the_newest_records_are_and_which_took_longest(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["busy"].as_uri())
    said = page.locator("#newest .finding").text_content()
    assert said == "The newest records reached raw 9 min after they were sent."


def test_each_commit_of_a_stream_is_a_column_of_its_phases(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["busy"].as_uri())
    # Of three commits one had not waited.
    assert page.locator("#pin svg rect").count() == 60 * 4 - 20
    assert page.locator("#none").count() == 0
