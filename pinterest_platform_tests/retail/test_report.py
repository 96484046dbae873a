"""The report's page says each of the nine answers in words, with ties, and what became of the rows."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Arrived, Reader
from pinterest_platform.retail.report.sections import SECTIONS
from pinterest_platform_tests.retail.lakes import Retail, card, catalog, moment, order, portal, product, store, user


@pytest.mark.parametrize(
    ("name", "rows", "sentence"),
    [
        (
            "stores_by_country",
            [("GB", 265), ("DE", 141), ("US", 34)],
            "Of 440 stores, the United Kingdom has the most, 265; Germany 141 and the United States 34.",
        ),
        ("stores_by_country", [("DE", 1), ("GB", 1)], "Germany and the United Kingdom have 1 store each."),
        (
            "localities_with_most_stores",
            [("Chapletown", 14), ("Belper", 13), ("Arbroath", 10), ("Rutherglen", 10)],
            "Chapletown has the most stores, 14; the last 2 places are tied: Arbroath and Rutherglen with 10.",
        ),
        ("localities_with_most_stores", [("Bath", 2), ("Ulm", 2)], "Bath and Ulm have the most stores, 2."),
        (
            "months_with_most_sales",
            [(D("200.00"), 8), (D("150.50"), 1), (D("100.00"), 10)],
            "August is the month with the most sales, £200.00. October, the last of the 3 here, has £100.00, "
            "50.0% less.",
        ),
        (
            "online_and_offline_sales",
            [(26957, 107739, "Web"), (93166, 374047, "Offline")],
            "Of 120,123 sales, 26,957 are on the web, 22.4%. The average sale has 4.00 products there, and "
            "4.01 elsewhere.",
        ),
        ("online_and_offline_sales", [(2, 3, "Offline")], "All 2 sales are offline."),
        (
            "sales_by_store_type",
            [("Local", D("9.90"), D("99.00"), 3, D("75.00")), ("Outlet", D("0.10"), D("1.00"), 1, D("25.00"))],
            "Local takes the most money, £9.90: 99.00% of all, in 75.00% of the sales, 3. Outlet takes the least, "
            "£0.10, 1.00%.",
        ),
        (
            "sales_by_store_type",
            [("Local", D("0.00"), None, 3, D("100.00"))],
            "Local takes the most money, £0.00: an unknown share of all, in 100.00% of the sales, 3.",
        ),
        (
            "months_of_years_with_most_sales",
            [(D("3.00"), 1994, 3), (D("2.00"), 2019, 1), (D("1.00"), 2019, 8)],
            "March 1994 has the most sales of all months, £3.00, and August 2019, the last of the 3 here, £1.00. 2019 "
            "appears twice.",
        ),
        (
            "staff_headcount_by_country",
            [(13307, "GB"), (6123, "DE")],
            "Of 19,430 staff, most work in the United Kingdom, 13,307 (68%); Germany 6,123.",
        ),
        (
            "german_sales_by_store_type",
            [(D("1.00"), "Outlet", "DE"), (D("2.50"), "Local", "DE")],
            "In Germany, Local takes the most, £2.50 of £3.50, and Outlet the least, £1.00.",
        ),
        (
            "time_between_sales_by_year",
            [(2013, "", D("8232.300183")), (1998, "", D("7687.956363"))],
            "Sales were slowest in 2013: 2 h 17 min 12 s from one to the next on average. They were fastest in 1998, "
            "2 h 8 min 7 s. There are 2 years with sales.",
        ),
    ],
)
def test_finding(name: str, rows: list[tuple[Any, ...]], sentence: str) -> None:
    assert SECTIONS[name].find(rows) == sentence
    assert SECTIONS[name].draw(rows).description


def test_sections_are_of_the_results_and_their_columns() -> None:
    columns = {model.name: tuple(column.name for column in model.columns) for model in catalog().results}
    assert {name: section.columns for name, section in SECTIONS.items()} == columns


def test_page_counts_what_became_of_each_row(tmp_path: Path) -> None:
    retail = Retail(tmp_path)
    retail.load(
        users=[user(), user(2, country="France")],
        cards=[card(), card(card_number=f"?{card()['card_number']}")],
        stores=[portal(), store()],
        products=[product(product_price="£150.50")],
        dates=[moment(n) for n in range(3)],
        orders=[order(0), order(0, product_quantity="5"), order(1, store_code="GONE"), order(2)],
    )
    overview = Reader(retail.settings, catalog(), retail.engine).overview()
    assert list(overview.arrived) == [
        Arrived("users", received=2, rejected=1, superseded=0, current=1),
        Arrived("cards", received=2, rejected=0, superseded=1, current=1),
        Arrived("stores", received=2, rejected=0, superseded=0, current=2),
        Arrived("products", received=1, rejected=0, superseded=0, current=1),
        Arrived("dates", received=3, rejected=0, superseded=0, current=3),
        Arrived("orders", received=4, rejected=0, superseded=1, current=2, waiting=1),
    ]
    page = render(overview)
    retail.close()
    assert "1 waits for a row of another table" in page
    for section in SECTIONS.values():
        assert section.question in page
    # Money in a table has all its places.
    assert ">1,204.00<" in page
