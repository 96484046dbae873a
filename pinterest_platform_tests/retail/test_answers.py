"""The nine answers on a few sales whose results are known by hand."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from pinterest_platform_tests.retail.lakes import Retail, card, catalog, moment, order, product, store, user


def answer(sold: Retail, name: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in sold.table(f"analytics/{name}")]


def test_stores_by_country_leave_the_portal_out(sold: Retail) -> None:
    assert answer(sold, "stores_by_country") == [("US", 4), ("GB", 3), ("DE", 2)]


def test_localities_that_tie_for_the_last_place_are_all_there(sold: Retail) -> None:
    others = ["Ash", "Eden", "Jena", "Troy", "Ulm", "York", "Zion"]
    assert answer(sold, "localities_with_most_stores") == [("Bath", 2), *((town, 1) for town in others)]


def test_months_are_of_all_years_and_money_is_exact(sold: Retail) -> None:
    assert answer(sold, "months_with_most_sales") == [(D("33.00"), 2), (D("33.00"), 12), (D("1.00"), 1)]


def test_portal_is_web_and_all_else_offline(sold: Retail) -> None:
    assert answer(sold, "online_and_offline_sales") == [(2, 4, "Web"), (5, 6, "Offline")]


def test_shares_are_of_money_and_of_number_rounded_half_up(sold: Retail) -> None:
    assert answer(sold, "sales_by_store_type") == [
        ("Local", D("33.20"), D("49.55"), 2, D("28.57")),
        ("Mall Kiosk", D("33.00"), D("49.25"), 1, D("14.29")),
        ("Web Portal", D("0.50"), D("0.75"), 2, D("28.57")),
        ("Outlet", D("0.30"), D("0.45"), 2, D("28.57")),
    ]


def test_months_of_years(sold: Retail) -> None:
    assert answer(sold, "months_of_years_with_most_sales") == [
        (D("33.00"), 2010, 12),
        (D("33.00"), 2012, 2),
        (D("0.50"), 2010, 1),
        (D("0.50"), 2011, 1),
    ]


def test_staff_of_the_portal_and_staff_with_a_letter_count(sold: Retail) -> None:
    assert answer(sold, "staff_headcount_by_country") == [(406, "GB"), (80, "DE"), (26, "US")]


def test_german_sales_least_first(sold: Retail) -> None:
    assert answer(sold, "german_sales_by_store_type") == [(D("0.20"), "Local", "DE"), (D("0.20"), "Outlet", "DE")]


def test_time_is_since_the_sale_before_of_whatever_year(sold: Retail) -> None:
    assert answer(sold, "time_between_sales_by_year") == [
        (2012, '"hours": 10187, "minutes": 59, "seconds": 57, "milliseconds": 0', D("36676797.000000")),
        (2010, '"hours": 4007, "minutes": 59, "seconds": 55, "milliseconds": 500', D("14428795.500000")),
        (2011, '"hours": 0, "minutes": 0, "seconds": 4, "milliseconds": 333', D("4.333333")),
    ]


@pytest.mark.parametrize("address", catalog().models)
def test_answers_as_made_violate_nothing(sold: Retail, address: str) -> None:
    assert sold.violated(address) == {}


def test_half_a_hundredth_is_rounded_up(retail: Retail) -> None:
    """1 of 800 sales is 0.125 %, and 800 seconds of 1,600,000,000 a half of the last place."""
    shops = [store(1), store(2, store_type="Outlet")]
    retail.load(
        users=[user()],
        cards=[card()],
        products=[product()],
        stores=shops,
        dates=[moment(n, timestamp=f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}") for n in range(800)],
        orders=[order(n, store_code=shops[n == 0]["store_code"]) for n in range(800)],
    )
    shares = {row[0]: row[2:] for row in answer(retail, "sales_by_store_type")}
    assert shares == {"Local": (D("99.88"), 799, D("99.88")), "Outlet": (D("0.13"), 1, D("0.13"))}
