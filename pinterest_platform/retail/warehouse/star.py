"""Declares the tables of the warehouse: columns, types, lengths and keys, and the table that records publications."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SCHEMA = "public"
METADATA = sa.MetaData(schema=SCHEMA)

_Type = sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]]


def _needed(name: str, kind: _Type) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _optional(name: str, kind: _Type) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _key(name: str, kind: _Type) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True)


def _known(name: str, kind: _Type, dimension: str, *, key: bool = False) -> sa.Column[Any]:
    """A column that refers to the column of the same name in a dimension."""
    return sa.Column(name, kind, sa.ForeignKey(f"{SCHEMA}.{dimension}.{name}"), primary_key=key, nullable=False)


_DIMENSIONS = (
    sa.Table(
        "dim_users",
        METADATA,
        _needed("first_name", sa.String(255)),
        _needed("last_name", sa.String(255)),
        _needed("date_of_birth", sa.Date),
        _optional("company", sa.Text),
        _optional("email_address", sa.Text),
        _optional("address", sa.Text),
        _needed("country", sa.Text),
        _needed("country_code", sa.String(2)),
        _optional("phone_number", sa.Text),
        _needed("join_date", sa.Date),
        _key("user_uuid", sa.Uuid),
    ),
    sa.Table(
        "dim_card_details",
        METADATA,
        _key("card_number", sa.String(19)),
        _needed("expiry_date", sa.String(5)),
        _needed("card_provider", sa.Text),
        _needed("date_payment_confirmed", sa.Date),
    ),
    sa.Table(
        "dim_store_details",
        METADATA,
        _optional("address", sa.Text),
        _optional("longitude", sa.Double),
        _optional("locality", sa.String(255)),
        _key("store_code", sa.String(12)),
        _needed("staff_numbers", sa.SmallInteger),
        _needed("opening_date", sa.Date),
        _needed("store_type", sa.String(255)),
        _optional("latitude", sa.Double),
        _needed("country_code", sa.String(2)),
        _needed("continent", sa.String(255)),
    ),
    sa.Table(
        "dim_products",
        METADATA,
        _needed("product_name", sa.Text),
        _needed("product_price", sa.Numeric(10, 2)),
        _needed("weight", sa.Numeric(10, 6)),
        _needed("category", sa.Text),
        _needed("EAN", sa.String(17)),
        _needed("date_added", sa.Date),
        _needed("uuid", sa.Uuid),
        _needed("still_available", sa.Boolean),
        _key("product_code", sa.String(11)),
        _needed("weight_class", sa.String(14)),
    ),
    sa.Table(
        "dim_date_times",
        METADATA,
        _needed("timestamp", sa.String(8)),
        _needed("month", sa.String(2)),
        _needed("year", sa.String(4)),
        _needed("day", sa.String(2)),
        _needed("time_period", sa.String(10)),
        _key("date_uuid", sa.Uuid),
        _needed("date_time", sa.DateTime),
    ),
)

_ORDERS = sa.Table(
    "orders_table",
    METADATA,
    _known("date_uuid", sa.Uuid, "dim_date_times", key=True),
    _known("user_uuid", sa.Uuid, "dim_users"),
    _known("card_number", sa.String(19), "dim_card_details"),
    _known("store_code", sa.String(12), "dim_store_details"),
    _known("product_code", sa.String(11), "dim_products"),
    _needed("product_quantity", sa.SmallInteger),
)

#: Dimensions first, because orders refer to them.
STAR: tuple[sa.Table, ...] = (*_DIMENSIONS, _ORDERS)

#: The version of each table and view that was last published.
PUBLISHED = sa.Table(
    "published_from_lake",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    _needed("made_of", sa.Text),
    sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
)
