"""Sales join their dimensions by key: what lacks one stays out, is listed, and comes in by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pinterest_platform_tests.retail.lakes import Retail, card, moment, order, product, store, user, uuid

STAR: dict[str, list[Any]] = {
    "users": [user()],
    "cards": [card()],
    "stores": [store()],
    "products": [product()],
    "dates": [moment(1), moment(2)],
}
LACKING = [
    ({"user_uuid": uuid(9)}, "users", user(9)),
    ({"card_number": "30060773296197"}, "cards", card(card_number="?30060773296197")),
    ({"store_code": "WEB-1388012W"}, "stores", store(9, store_code="WEB-1388012W")),
    ({"product_code": "c2-0000001L"}, "products", product(9, product_code="c2-0000001L")),
    ({"date_uuid": uuid(9)}, "dates", moment(9)),
]


def kept(retail: Retail) -> dict[str, int]:
    return dict(retail.rows("SELECT date_uuid, product_quantity FROM cleaned.orders_table"))


def test_sales_without_a_dimension_are_listed_and_come_in_once_there_is_one(retail: Retail) -> None:
    sales = [order(n, **fields) for n, (fields, _, _) in enumerate(LACKING, start=2)]
    retail.load("cleaned", **(STAR | {"dates": [moment(n) for n in range(1, 6)]}), orders=[order(1), *sales])
    assert kept(retail) == {uuid(1): 3}
    lacking = [
        (sale["date_uuid"], *field)
        for sale, (fields, _, _) in zip(sales, LACKING, strict=True)
        for field in fields.items()
    ]
    found = retail.violated("cleaned/orders_table")
    assert found.keys() == {"keys_known"}
    assert sorted(found["keys_known"]) == sorted(lacking)
    missing = {source: [*STAR[source], row] for _, source, row in LACKING}
    retail.load("cleaned", **(missing | {"dates": [moment(n) for n in (1, 2, 3, 4, 5, 9)]}))
    assert kept(retail) == dict.fromkeys([uuid(1), *(str(sale["date_uuid"]) for sale in sales)], 3)
    assert retail.violated("cleaned/orders_table") == {}


def test_last_row_that_fits_wins_and_a_bad_one_displaces_nothing(retail: Retail) -> None:
    retail.load("cleaned", **STAR, orders=[order(1), order(2)])
    # One is changed, one fits no more, and then lacks a key.
    retail.load("cleaned", orders=[order(1, product_quantity="7"), order(2, product_quantity="0")])
    assert kept(retail) == {uuid(1): 7, uuid(2): 3}
    retail.load(
        "cleaned", orders=[order(1, product_quantity="7"), order(2, store_code="HI-FFFFFFFF", product_quantity="9")]
    )
    assert kept(retail) == {uuid(1): 7, uuid(2): 3}
    assert retail.violated("cleaned/orders_table")["keys_known"] == [(uuid(2), "store_code", "HI-FFFFFFFF")]
    retail.load("cleaned", orders=[order(1, product_quantity="7"), order(2, product_quantity="8")])
    assert kept(retail) == {uuid(1): 7, uuid(2): 8}
    assert retail.violated("cleaned/orders_table") == {}


def test_row_that_left_the_source_stays(retail: Retail) -> None:
    retail.load("cleaned", **STAR, orders=[order(1), order(2)])
    retail.load("cleaned", dates=[moment(1)], orders=[order(2)])
    assert kept(retail) == {uuid(1): 3, uuid(2): 3}


def test_keys_are_read_alike_on_both_sides(retail: Retail) -> None:
    sale = order(1, user_uuid=f" {uuid(0xAB).upper()}", card_number="0012345678\n", store_code="\u00a0WEB-1388012W ")
    dimensions = STAR | {
        "users": [user(0xAB)],
        "cards": [card(card_number="???0012345678")],
        "stores": [store(0, store_code="WEB-1388012W")],
    }
    retail.load("cleaned", **dimensions, orders=[sale])
    [found] = retail.table("cleaned/orders_table")
    assert found == {
        "date_uuid": uuid(1),
        "user_uuid": uuid(0xAB),
        "card_number": "0012345678",
        "store_code": "WEB-1388012W",
        "product_code": "C2-0000001l",
        "product_quantity": 3,
    }


def test_one_key_written_in_two_ways_is_one_row_the_last(retail: Retail) -> None:
    retail.load(
        "cleaned",
        users=[user(0xAB, first_name="old"), user(0xAB, user_uuid=uuid(0xAB).upper(), first_name="new")],
        cards=[card(card_number="12345678"), card(card_number="?12345678", expiry_date="01/30")],
    )
    assert [row["first_name"] for row in retail.table("cleaned/dim_users")] == ["new"]
    assert [row["expiry_date"] for row in retail.table("cleaned/dim_card_details")] == ["01/30"]


def test_same_load_again_changes_no_table(retail: Retail) -> None:
    retail.load("cleaned", **STAR, orders=[order(1), order(2)])
    before = retail.versions()
    retail.load("cleaned", **{source: rows[::-1] for source, rows in STAR.items()}, orders=[order(2), order(1)])
    assert retail.versions() == before


AUDIT = {
    "users": [user(1), user(1, first_name="x"), user(2), user(3, country="France"), user(4, user_uuid=uuid(2).upper())],
    "cards": [card(1), card(card_number="?" + str(card(1)["card_number"])), card(2, expiry_date="NULL")],
    "stores": [store(1), store(1, staff_numbers="30e"), store(2, staff_numbers="x")],
    "products": [product(1), product(1, weight="77g ."), product(2, weight="NULL")],
    "dates": [moment(1), moment(1, day="20"), moment(2, month="2", day="30")],
    "orders": [order(1), order(1, product_quantity="5"), order(2, card_number="4.9e18")],
}
TABLES = {
    "users": "dim_users",
    "cards": "dim_card_details",
    "stores": "dim_store_details",
    "products": "dim_products",
    "dates": "dim_date_times",
    "orders": "orders_table",
}


#: The key of each source as its table reads it.
KEYS = {
    "users": "LOWER(user_uuid)",
    "cards": "REPLACE(card_number, '?', '')",
    "stores": "store_code",
    "products": "product_code",
    "dates": "date_uuid",
    "orders": "date_uuid",
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retail]:
    retail = Retail(tmp_path_factory.mktemp("retail"))
    retail.load("cleaned", **AUDIT)
    yield retail
    retail.close()


@pytest.mark.parametrize("source", AUDIT)
def test_rows_in_are_kept_rejected_or_superseded(audited: Retail, source: str) -> None:
    cleaned = len(audited.table(f"cleaned/{TABLES[source]}"))
    [(in_raw,)] = audited.rows(f"SELECT COUNT(*) FROM raw.{source}")
    rejected = len(audited.reasons(source))
    grouped = f"SELECT COUNT(*) FROM raw.{source} GROUP BY {KEYS[source]}"
    superseded = sum(rows - 1 for (rows,) in audited.rows(grouped))
    assert (rejected, superseded) == ((1, 2) if source == "users" else (1, 1))
    assert len(AUDIT[source]) == cleaned + rejected + superseded
    assert in_raw == cleaned + superseded
    assert audited.violated(f"cleaned/{TABLES[source]}") == {}
