"""The checks in the headers: silent on tables as the models make them, and each finds what it is there for."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pinterest_platform.lake.columns import sql_type
from pinterest_platform.sql import quote
from pinterest_platform_tests.retail.lakes import Retail, card, catalog, moment, order, portal, product, store, user


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a few sales, in memory."""
    retail = Retail(tmp_path_factory.mktemp("retail"))
    retail.load(
        users=[user()],
        cards=[card()],
        stores=[portal(), store(1), store(2, country_code="DE", locality="Ulm")],
        products=[product()],
        dates=[moment(n, day=str(n + 1)) for n in range(4)],
        orders=[
            order(n, store_code=shop["store_code"]) for n, shop in enumerate([portal(), store(1), store(1), store(2)])
        ],
    )
    with duckdb.connect() as db:
        for layer in ("raw", "cleaned", "analytics"):
            db.execute(f"CREATE SCHEMA {layer}")
        for address in catalog().addresses:
            columns = catalog().columns(address)
            name = address.replace("/", ".")
            fields = ", ".join(f"{quote(column.name)} {sql_type(column.type)}" for column in columns)
            db.execute(f"CREATE TABLE {name} ({fields})")
            if rows := [list(row.values()) for row in retail.table(address)]:
                db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)
        retail.close()
        yield db


def violated(db: duckdb.DuckDBPyConnection, address: str) -> set[str]:
    """Names of a table's checks that find a row."""
    return {
        check.name
        for check in catalog().checks(address)
        if db.execute(catalog().render_query(check.violations(address), "duckdb")).fetchall()
    }


#: What is done to a table, and which of its own checks find it.
WRONG: list[tuple[str, str, set[str]]] = [
    ("cleaned/dim_users", "UPDATE {} SET date_of_birth = NULL", {"complete"}),
    ("cleaned/dim_users", "UPDATE {} SET country_code = 'GGB'", {"country_code_allowed"}),
    ("cleaned/dim_users", "DELETE FROM {}", {"one_row_a_key_of_raw"}),
    ("cleaned/dim_users", "UPDATE {} SET user_uuid = 'x' || user_uuid", {"one_row_a_key_of_raw"}),
    ("cleaned/dim_users", "INSERT INTO {} FROM {}", {"key_unique"}),
    ("cleaned/dim_card_details", "UPDATE {} SET card_provider = NULL", {"complete"}),
    (
        "cleaned/dim_card_details",
        "UPDATE {} SET card_number = '4e18'",
        {"card_number_of_digits", "one_row_a_key_of_raw"},
    ),
    ("cleaned/dim_store_details", "UPDATE {} SET staff_numbers = NULL WHERE locality = 'Ulm'", {"complete"}),
    ("cleaned/dim_store_details", "UPDATE {} SET longitude = 181", {"longitude_in_range"}),
    ("cleaned/dim_store_details", "UPDATE {} SET latitude = -90.5", {"latitude_in_range"}),
    ("cleaned/dim_store_details", "UPDATE {} SET continent = 'eeEurope'", {"continent_allowed"}),
    ("cleaned/dim_store_details", "DELETE FROM {} WHERE store_type = 'Web Portal'", {"one_row_a_key_of_raw"}),
    ("cleaned/dim_products", "UPDATE {} SET still_available = NULL", {"complete"}),
    ("cleaned/dim_products", "UPDATE {} SET weight_class = 'Heavy'", {"weight_class_of_weight"}),
    ("cleaned/dim_products", "UPDATE {} SET weight = 0.0039", {"weight_plausible"}),
    (
        "cleaned/dim_products",
        "UPDATE {} SET weight = 1160, weight_class = 'Truck_Required'",
        {"weight_plausible"},
    ),
    ("cleaned/dim_products", "UPDATE {} SET product_code = lower(product_code)", {"one_row_a_key_of_raw"}),
    ("cleaned/dim_date_times", "UPDATE {} SET date_time = NULL", {"complete"}),
    ("cleaned/dim_date_times", "DELETE FROM {}", {"one_row_a_key_of_raw"}),
    ("cleaned/orders_table", "UPDATE {} SET product_quantity = NULL", {"complete"}),
    ("cleaned/orders_table", "UPDATE {} SET product_quantity = 0", {"quantity_positive"}),
    ("cleaned/orders_table", "UPDATE {} SET user_uuid = 'x'", {"user_uuid_known"}),
    ("cleaned/orders_table", "UPDATE {} SET card_number = '1'", {"card_number_known"}),
    ("cleaned/orders_table", "UPDATE {} SET store_code = 'x'", {"store_code_known"}),
    ("cleaned/orders_table", "UPDATE {} SET product_code = upper(product_code)", {"product_code_known"}),
    (
        "cleaned/orders_table",
        "INSERT INTO {} SELECT * REPLACE ('x' AS date_uuid) FROM {} LIMIT 1",
        {"date_uuid_known"},
    ),
    ("cleaned/orders_table", "DELETE FROM {}", {"each_key_kept_or_lacking"}),
    ("cleaned/orders_table", "DELETE FROM cleaned.dim_users", {"keys_known", "user_uuid_known"}),
    (
        "analytics/stores_by_country",
        "UPDATE {} SET total_no_stores = 0",
        {"number_positive", "each_store_counted"},
    ),
    (
        "analytics/localities_with_most_stores",
        "DELETE FROM {} WHERE locality = 'Ulm'",
        {"none_left_out_has_more"},
    ),
    ("analytics/localities_with_most_stores", "UPDATE {} SET total_no_stores = -1", {"number_positive"}),
    ("analytics/months_with_most_sales", "UPDATE {} SET month = 13", {"month_in_range"}),
    ("analytics/months_with_most_sales", "UPDATE {} SET total_sales = -1", {"sales_not_negative"}),
    ("analytics/months_of_years_with_most_sales", "UPDATE {} SET month = 0", {"month_in_range"}),
    ("analytics/months_of_years_with_most_sales", "UPDATE {} SET total_sales = -1", {"sales_not_negative"}),
    ("analytics/online_and_offline_sales", "UPDATE {} SET location = 'web'", {"location_allowed", "key_unique"}),
    (
        "analytics/online_and_offline_sales",
        "UPDATE {} SET numbers_of_sales = 99",
        {"numbers_positive", "each_sale_counted"},
    ),
    (
        "analytics/sales_by_store_type",
        "UPDATE {} SET numbers_of_sales = 0",
        {"numbers_positive", "each_sale_counted"},
    ),
    ("analytics/sales_by_store_type", "UPDATE {} SET percentage_total = 100.01", {"shares_in_range"}),
    (
        "analytics/staff_headcount_by_country",
        "UPDATE {} SET total_staff_numbers = -1",
        {"staff_not_negative", "each_member_counted"},
    ),
    ("analytics/german_sales_by_store_type", "UPDATE {} SET country_code = 'GB'", {"german"}),
    ("analytics/german_sales_by_store_type", "UPDATE {} SET total_sales = -1", {"sales_not_negative"}),
    ("analytics/time_between_sales_by_year", "UPDATE {} SET average_seconds = -1", {"seconds_not_negative"}),
    ("analytics/time_between_sales_by_year", "DELETE FROM {}", {"each_year_of_sales"}),
]


@pytest.mark.parametrize("address", catalog().models)
def test_tables_as_made_violate_nothing(made: duckdb.DuckDBPyConnection, address: str) -> None:
    assert violated(made, address) == set()


@pytest.mark.parametrize(("address", "statement", "found"), WRONG)
def test_what_is_wrong_is_found(made: duckdb.DuckDBPyConnection, address: str, statement: str, found: set[str]) -> None:
    made.begin()
    try:
        made.execute(statement.replace("{}", address.replace("/", ".")))
        assert violated(made, address) == found
    finally:
        made.rollback()


def test_rows_of_raw_whose_columns_are_no_real_day_are_found(made: duckdb.DuckDBPyConnection) -> None:
    made.begin()
    try:
        made.execute("UPDATE raw.dates SET month = '2', day = ' 30'")
        assert violated(made, "raw/dates") == {"real_day"}
    finally:
        made.rollback()


def test_every_check_of_every_model_has_something_that_it_finds() -> None:
    written = {
        (address, check.name)
        for address, model in catalog().models.items()
        for check in model.checks
        if not check.name.startswith("key_")
    }
    assert written == {(a, name) for a, _, found in WRONG for name in found if name != "key_unique"}


def test_only_keys_that_no_dimension_has_and_odd_weights_do_not_block() -> None:
    warnings = {(address, c.name) for address in catalog().models for c in catalog().checks(address) if not c.blocking}
    assert warnings == {("cleaned/orders_table", "keys_known"), ("cleaned/dim_products", "weight_plausible")}
