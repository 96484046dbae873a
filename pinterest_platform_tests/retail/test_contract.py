"""Names, order and types of the columns of the star schema and of the nine answers: others are built on them."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.retail.lakes import catalog

COLUMNS = {
    "cleaned/dim_users": "first_name string, last_name string, date_of_birth date, company string, "
    "email_address string, address string, country string, country_code string, phone_number string, join_date date, "
    "user_uuid string",
    "cleaned/dim_card_details": "card_number string, expiry_date string, card_provider string, "
    "date_payment_confirmed date",
    "cleaned/dim_store_details": "address string, longitude double, locality string, store_code string, "
    "staff_numbers smallint, opening_date date, store_type string, latitude double, country_code string, "
    "continent string",
    "cleaned/dim_products": "product_name string, product_price decimal(10, 2), weight decimal(10, 6), "
    "category string, EAN string, date_added date, uuid string, still_available boolean, product_code string, "
    "weight_class string",
    "cleaned/dim_date_times": "timestamp string, month string, year string, day string, time_period string, "
    "date_uuid string, date_time timestamp_ntz",
    "cleaned/orders_table": "date_uuid string, user_uuid string, card_number string, store_code string, "
    "product_code string, product_quantity smallint",
    "analytics/stores_by_country": "country string, total_no_stores bigint",
    "analytics/localities_with_most_stores": "locality string, total_no_stores bigint",
    "analytics/months_with_most_sales": "total_sales decimal(20, 2), month int",
    "analytics/online_and_offline_sales": "numbers_of_sales bigint, product_quantity_count bigint, location string",
    "analytics/sales_by_store_type": "store_type string, total_sales decimal(20, 2), percentage_total decimal(5, 2), "
    "numbers_of_sales bigint, percentage_of_sales decimal(5, 2)",
    "analytics/months_of_years_with_most_sales": "total_sales decimal(20, 2), year int, month int",
    "analytics/staff_headcount_by_country": "total_staff_numbers bigint, country_code string",
    "analytics/german_sales_by_store_type": "total_sales decimal(20, 2), store_type string, country_code string",
    "analytics/time_between_sales_by_year": "year int, actual_time_taken string, average_seconds decimal(18, 6)",
}


def test_tables() -> None:
    assert set(catalog().models) == set(COLUMNS)


@pytest.mark.parametrize("address", COLUMNS)
def test_columns_are_those_that_others_rely_on_and_each_is_described(address: str) -> None:
    columns = catalog().columns(address)
    assert ", ".join(f"{column.name} {column.type}" for column in columns) == COLUMNS[address]
    assert [column.name for column in columns if not column.description] == []
