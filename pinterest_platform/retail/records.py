"""Records of the retail domain: what each of the six sources gives, as text, and what a row that fits must be."""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.schemas import Column, RecordSchema


def _record(name: str, key: str, description: str, columns: str) -> RecordSchema:
    texts = tuple(Column(column, "string", f"{column} as it came.") for column in columns.split())
    return RecordSchema(name=name, key=key, description=description, columns=texts)


RECORDS: Mapping[str, RecordSchema] = {
    schema.name: schema
    for schema in (
        _record(
            "users",
            "user_uuid",
            "Customers.",
            "index first_name last_name date_of_birth company email_address address country country_code phone_number "
            "join_date user_uuid",
        ),
        _record(
            "cards",
            "card_number",
            "Cards that customers pay with.",
            "card_number expiry_date card_provider date_payment_confirmed",
        ),
        _record(
            "stores",
            "store_code",
            "Stores, and the web portal.",
            "index address longitude lat locality store_code staff_numbers opening_date store_type latitude "
            "country_code continent",
        ),
        _record(
            "products",
            "product_code",
            "Products on offer.",
            "index product_name product_price weight category EAN date_added uuid removed product_code",
        ),
        _record("dates", "date_uuid", "Moments of sales.", "timestamp month year day time_period date_uuid"),
        _record(
            "orders",
            "date_uuid",
            "Sales, one a moment.",
            "level_0 index date_uuid first_name last_name user_uuid card_number store_code product_code 1 "
            "product_quantity",
        ),
    )
}
