"""The page as a file: it is whole, small, harmless whatever is in the data, and shows what anybody adds."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.pinterest.report import REPORT
from pinterest_platform.report.figures.svg import standalone
from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Overview, Result
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import Platform
from pinterest_platform_tests.report.lakes import CATALOG, read
from pinterest_platform_tests.report.overviews import LONG, empty, one_row, overview, very_much


class Nesting(HTMLParser):
    """Complains where an element is closed that is not the last one opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(params=[empty, one_row, very_much], ids=["empty", "one row", "very much"])
def odd(request: pytest.FixtureRequest) -> Overview:
    made: Overview = request.param()
    return made


def test_whole_and_harmless_whatever_is_in_the_data(odd: Overview) -> None:
    page = render(odd, very_much())
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.open == []
    assert "script" not in nesting.seen
    assert "\x00" not in page


def test_small_and_needs_nothing_else(lake: Platform) -> None:
    page = render(read(lake), derivations=Derivations(CATALOG))
    assert len(page.encode()) < 400_000
    assert not re.search(r"(src|href)=|url\((?!#)|@import|http", page)
    identities = re.findall(r'\bid="([^"]+)"', page)
    assert len(identities) == len(set(identities))


def test_pictures_are_files_of_their_own(odd: Overview) -> None:
    for result in odd.results.values():
        figure = REPORT.figure(result.model, result.rows)
        assert (figure is None) == (not result.rows)
        if figure:
            picture = ElementTree.fromstring(standalone(figure))
            assert picture.findtext("{http://www.w3.org/2000/svg}title") == figure.title
            assert len(standalone(figure)) < 80_000


def test_text_of_posts_is_shown_not_obeyed() -> None:
    poster = '<img src=x onerror=alert(1)> & "x"'
    page = render(overview({"top_user_by_country": [("Fiji", poster, 5)]}, {}, 1))
    assert "<img" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt; &amp; &#34;x&#34;") == 4, (
        "in words, in the picture and its description, in the table"
    )
    assert LONG not in render(very_much()), "long names are cut"


@pytest.mark.parametrize(
    ("columns", "rows", "sentence", "bars"),
    [
        (
            "category, COUNT(*) AS post_count",
            [("art", 5), ("quotes", 12_000), ("travel", 12_000)],
            "Quotes and travel have the highest post count, 12,000, of 3 rows.",
            3,
        ),
        ("category, MAX(title) AS title", [("art", "b"), ("quotes", None)], "2 rows.", 0),
        ("category, COUNT(*) AS post_count, MAX(ind) AS newest", [("art", 5, 6)], "1 row.", 0),
        ("category, COUNT(*) AS post_count", [], "The table is empty.", 0),
    ],
)
def test_a_new_analytic_is_on_the_page(
    columns: str, rows: list[tuple[object, ...]], sentence: str, bars: int, tmp_path: Path
) -> None:
    (tmp_path / "cleaned").mkdir()
    (tmp_path / "analytics").mkdir()
    cleaned = CATALOG.models["cleaned/pin"].path
    (tmp_path / "cleaned" / "pin.sql").write_text(cleaned.read_text())
    (tmp_path / "analytics" / "posts_by_category.sql").write_text(
        "-- description: Posts in each category.\n-- owner: team:data\n-- key: category\n"
        f"SELECT {columns} FROM cleaned.pin GROUP BY category"
    )
    model = Catalog.load(with_models(tmp_path)).models["analytics/posts_by_category"]
    found = overview({}, {}, 1)
    page = render(replace(found, results={model.address: Result(model, rows, len(rows))}))
    article = page.partition('<article id="posts-by-category">')[2].partition("</article>")[0]
    assert "<h3>Posts by category</h3>" in article
    assert f'<p class="finding">{sentence}</p>' in article
    assert article.count("<rect") == bars
    assert article.count("<tr>") == (len(rows) + 1 if rows else 0)


def test_each_column_is_led_back_to_the_source(lake: Platform) -> None:
    page = render(read(lake), derivations=Derivations(CATALOG))
    assert "analytics/top_user_by_country.<b>follower_count</b>" in page
    assert "source/pinterest_data.<b>follower_count</b>" in page
