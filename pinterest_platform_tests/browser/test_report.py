"""The report in a browser: at each size nothing sticks out or overlaps, whoever reads it, and its numbers are true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Reader
from pinterest_platform_tests.browser.chromium import at_each_size, inaccessible, opened, overflowing, overlapping
from pinterest_platform_tests.landing_data import Platform
from pinterest_platform_tests.report.lakes import CATALOG, made, read
from pinterest_platform_tests.report.overviews import empty, one_row, very_much
from pinterest_platform_tests.retail import sales
from pinterest_platform_tests.retail.lakes import catalog as retail_catalog

#: Rows of a table that the page holds.
MOST_SHOWN = 400

PageWith = Callable[[str], Path]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = made(tmp_path_factory.mktemp("lake"))
    yield platform
    platform.engine.close()


@pytest.fixture(scope="module")
def page_with(lake: Platform, tmp_path_factory: pytest.TempPathFactory) -> PageWith:
    """Gives a page as a file, by what is on it; each is rendered when it is first asked for."""
    folder = tmp_path_factory.mktemp("pages")
    texts: dict[str, Callable[[], str]] = {
        "results": lambda: render(read(lake), derivations=Derivations(CATALOG)),
        "changes": lambda: render(read(lake), read(lake, "1")),
        "nothing": lambda: render(empty()),
        "one row": lambda: render(one_row(), empty()),
        "very much": lambda: render(very_much(), one_row()),
        "retail": lambda: _retail(tmp_path_factory.mktemp("retail")),
    }

    def page_with(what: str) -> Path:
        path = folder / f"{what}.html"
        if not path.exists():
            path.write_text(texts[what]())
        return path

    return page_with


def _retail(root: Path) -> str:
    retail = sales.sold(root)
    overview = Reader(retail.settings, retail_catalog(), retail.engine).overview()
    retail.close()
    return render(overview, derivations=Derivations(retail_catalog()))


@pytest.mark.parametrize(
    ("what", "size"),
    at_each_size(("results", "changes", "nothing", "one row", "very much", "retail"), {("very much", "phone")}),
)
def test_nothing_sticks_out_or_overlaps(browser: Browser, page_with: PageWith, what: str, size: str) -> None:
    with opened(browser, page_with(what), size) as (page, errors):
        assert overflowing(page) == []
        assert overlapping(page) == []
        for summary in page.locator("summary:visible").all():
            summary.click()
        assert overflowing(page) == [], "with every table open"
        assert errors == []


# Of many numbers axe-core looks at each, for seconds; in the dark only the colours are others.
@pytest.mark.parametrize(
    ("scheme", "what"),
    [
        ("light", "one row"),
        pytest.param("dark", "one row", marks=pytest.mark.long),
        pytest.param("light", "changes", marks=pytest.mark.long),
    ],
)
def test_accessible(browser: Browser, page_with: PageWith, scheme: str, what: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(page_with(what).as_uri())
        if what == "one row":
            page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        assert inaccessible(page) == []


@pytest.mark.long
def test_read_without_a_script_offline(browser: Browser, page_with: PageWith) -> None:
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_with("results").as_uri())
        assert asked == [page_with("results").as_uri()]
        article = page.locator("#users-joined-by-year")
        article.locator("summary").click()
        assert article.locator("table").is_visible()


def test_numbers_are_those_of_the_tables(page: Page, page_with: PageWith, lake: Platform) -> None:
    page.goto(page_with("results").as_uri())
    for address in read(lake).results:
        name = address.partition("/")[2]
        rows = lake.rows(f"SELECT * FROM analytics.{name}")
        article = page.locator(f"#{name.replace('_', '-')}")
        cells = article.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        shown = [[_plain(value) for value in row] for row in rows[:MOST_SHOWN]]
        assert [[_plain(cell) for cell in row] for row in cells] == shown, address


def _plain(value: object) -> object:
    """A number, whether it is one or is shown as one; any other value as a text on one line."""
    try:
        return float(str(value).replace(",", ""))
    except ValueError:
        return " ".join(str(value).split())


def test_pictures_hold_the_numbers_of_the_tables(page: Page, page_with: PageWith, lake: Platform) -> None:
    page.goto(page_with("results").as_uri())
    joined = lake.rows("SELECT * FROM analytics.users_joined_by_year")
    texts = page.locator("#users-joined-by-year svg text").all_text_contents()
    assert [
        (int(year), int(count.replace(",", ""))) for count, year in zip(texts[::2], texts[1::2], strict=True)
    ] == joined
    heights = page.locator("#users-joined-by-year svg rect").evaluate_all(
        "all => all.map(one => one.height.baseVal.value)"
    )
    tallest = max(heights)
    most = max(count for _, count in joined)
    assert [round(height / tallest, 2) for height in heights] == [round(count / most, 2) for _, count in joined]
    [told] = page.locator("#posts-by-country svg path", has_text="Albania:").all_text_contents()
    [(posts,)] = lake.rows("SELECT COUNT(*) FROM cleaned.geo WHERE country = 'Albania'")
    assert told == f"Albania: {posts} posts"
