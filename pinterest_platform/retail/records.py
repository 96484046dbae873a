"""Records of the retail domain: the text columns of each of the six sources, and the rules that a row must fit.

Raw keeps every text unchanged, and `models/cleaned` parses it. The rules here accept exactly what those models can
parse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinterest_platform.patterns import FORMS
from pinterest_platform.retail.shapes import NAME, QUANTITY, REAL_DAY, STAFF, TO_90, TO_180, UUID, WEIGHT
from pinterest_platform.schemas import Column, RecordSchema, Together

COUNTRIES = ("United Kingdom", "Germany", "United States")
COUNTRY_CODES = ("GB", "DE", "US")
CARD_PROVIDERS = (
    "VISA 16 digit",
    "JCB 16 digit",
    "VISA 13 digit",
    "JCB 15 digit",
    "VISA 19 digit",
    "Diners Club / Carte Blanche",
    "American Express",
    "Maestro",
    "Discover",
    "Mastercard",
)
STORE_TYPES = ("Local", "Super Store", "Mall Kiosk", "Outlet", "Web Portal")
CATEGORIES = (
    "homeware",
    "toys-and-games",
    "food-and-drink",
    "pets",
    "sports-and-leisure",
    "health-and-beauty",
    "diy",
)
TIMES_OF_DAY = ("Late_Hours", "Morning", "Midday", "Evening")


def _text(name: str, description: str, *, required: bool = True, **rules: Any) -> Column:
    """A text of a source. Rules ignore the white space around it."""
    return Column(name, "string", description, required=required, trim=True, nulls=("", "NULL", "N/A"), **rules)


def _maybe(name: str, description: str, **rules: Any) -> Column:
    return _text(name, description, required=False, **rules)


def _date(name: str, description: str, **options: bool) -> Column:
    return _text(name, description, forms=FORMS["date"], **options)


def _name(name: str, description: str) -> Column:
    """A person's name."""
    return _text(name, description, pattern=NAME, wanted="a text of at most 255 characters", personal=True)


def _uuid(name: str, description: str) -> Column:
    return _text(name, description, pattern=UUID, wanted="a UUID, 8-4-4-4-12 hexadecimal digits")


def _kept(name: str, description: str, *, personal: bool = False) -> Column:
    """A text that no model uses, so it has no rules."""
    return Column(name, "string", description, personal=personal)


_RECORDS = (
    RecordSchema(
        name="users",
        key="user_uuid",
        description="Customers from the sales database.",
        columns=(
            _kept("index", "Number of the row in the source; unique, but not in row order."),
            _name("first_name", "First name."),
            _name("last_name", "Last name."),
            _date("date_of_birth", "Date of birth, in one of four forms.", personal=True, coarse=True),
            _maybe("company", "Company."),
            _maybe("email_address", "Email address; in some rows with @@.", personal=True),
            _maybe("address", "Postal address, on several lines.", personal=True),
            _text("country", "Country name.", allowed=COUNTRIES),
            _text("country_code", "Country code; GGB in some rows.", allowed=(*COUNTRY_CODES, "GGB")),
            _maybe("phone_number", "Unchanged phone number, in many formats.", personal=True),
            _date("join_date", "Date of joining, in one of four forms."),
            _uuid("user_uuid", "Identifies the customer."),
        ),
    ),
    RecordSchema(
        name="cards",
        key="card_number",
        description="Cards that customers pay with, from a PDF.",
        columns=(
            _text(
                "card_number",
                "Number of the card; in some rows preceded by question marks.",
                pattern=r"\?*[0-9]{8,19}",
                wanted="a card number, 8 to 19 digits, after any number of ?",
                personal=True,
            ),
            _text(
                "expiry_date",
                "Month and year until which the card is valid.",
                pattern="(0[1-9]|1[0-2])/[0-9]{2}",
                wanted="a month of the form MM/YY",
            ),
            _text("card_provider", "Issuer of the card.", allowed=CARD_PROVIDERS),
            _date("date_payment_confirmed", "Date on which payment was confirmed, in one of four forms."),
        ),
    ),
    RecordSchema(
        name="stores",
        key="store_code",
        description="Stores and the web portal, from an HTTP API.",
        columns=(
            _kept("index", "Number of the store in the API."),
            _maybe("address", "Postal address, on several lines; N/A for the web portal."),
            _maybe(
                "longitude",
                "Degrees north: the source swaps the two labels.",
                pattern=TO_90,
                wanted="degrees north, a number from -90 to 90",
            ),
            _maybe(
                "lat",
                "Degrees east if latitude is null; null in nearly all rows.",
                pattern=TO_180,
                wanted="degrees east, a number from -180 to 180",
            ),
            _maybe("locality", "Town; N/A for the web portal."),
            _text(
                "store_code",
                "Identifies the store.",
                pattern="[A-Z]{2,3}-[0-9A-Z]{8}",
                wanted="a store code such as HI-9B97EE4E or WEB-1388012W",
            ),
            _text(
                "staff_numbers",
                "Number of staff; in some rows with a letter.",
                pattern=STAFF,
                wanted="a whole number from 0 to 32767, ignoring letters",
            ),
            _date("opening_date", "Date of opening, in one of four forms."),
            _text("store_type", "Kind of store.", allowed=STORE_TYPES),
            _maybe(
                "latitude",
                "Degrees east: the source swaps the two labels.",
                pattern=TO_180,
                wanted="degrees east, a number from -180 to 180",
            ),
            _text("country_code", "Country code.", allowed=COUNTRY_CODES),
            _text(
                "continent",
                "Continent; in some rows preceded by ee.",
                allowed=("Europe", "America", "eeEurope", "eeAmerica"),
            ),
        ),
    ),
    RecordSchema(
        name="products",
        key="product_code",
        description="Products on offer, from a CSV file.",
        columns=(
            _kept("index", "Number of the row in the source."),
            _text("product_name", "Name of the product; several products may share one."),
            _text(
                "product_price",
                "Price in pounds.",
                pattern=r"£?[0-9]{1,8}(\.[0-9]{1,2})?",
                wanted="a price such as £39.99, with at most 8 digits before and 2 after the point",
            ),
            _text(
                "weight",
                "Weight of one item or of a pack, in kg, g, ml or oz.",
                pattern=WEIGHT,
                wanted="a weight below 10,000 kg, such as 1.6kg, 590g, 100ml, 16oz or 12 x 100g",
            ),
            _text("category", "Kind of product.", allowed=CATEGORIES),
            _text("EAN", "European article number.", pattern="[0-9]{1,17}", wanted="1 to 17 digits"),
            _date("date_added", "Date on which the product was added, in one of four forms."),
            _uuid("uuid", "Another identifier of the product."),
            _text(
                "removed",
                "Whether the product is still available.",
                allowed=("Still_avaliable", "Still_available", "Removed"),
            ),
            _text(
                "product_code",
                "Identifies the product; case-sensitive.",
                pattern="[A-Za-z][0-9]-[0-9]{5,7}[A-Za-z]",
                wanted="a product code such as R7-3126933h",
            ),
        ),
    ),
    RecordSchema(
        name="dates",
        key="date_uuid",
        description="Times of sales, from a JSON file.",
        columns=(
            _text(
                "timestamp",
                "Time of day.",
                pattern="([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
                wanted="a time of day of the form HH:MM:SS",
            ),
            _text("month", "Month, 1 to 12.", pattern="0?[1-9]|1[0-2]", wanted="a month from 1 to 12"),
            _text("year", "Year.", pattern="[1-9][0-9]{3}", wanted="a year from 1000 to 9999"),
            _text("day", "Day of the month.", pattern="0?[1-9]|[12][0-9]|3[01]", wanted="a day from 1 to 31"),
            _text("time_period", "Part of the day.", allowed=TIMES_OF_DAY),
            _uuid("date_uuid", "Identifies the time of a sale."),
        ),
        together=(Together("real_day", ("year", "month", "day"), REAL_DAY, "a real day"),),
    ),
    RecordSchema(
        name="orders",
        key="date_uuid",
        description="Sales from the sales database, one per time of sale.",
        columns=(
            _kept("level_0", "Number of the row in the source."),
            _kept("index", "Number of the row in an older source."),
            _uuid("date_uuid", "Time of the sale; identifies it."),
            _kept("first_name", "First name; only in some rows.", personal=True),
            _kept("last_name", "Last name; only in some rows.", personal=True),
            _uuid("user_uuid", "Customer who bought."),
            _text(
                "card_number",
                "Card used for payment.",
                pattern="[0-9]{8,19}",
                wanted="a card number, 8 to 19 digits",
                personal=True,
            ),
            _text("store_code", "Store, or the web portal."),
            _text("product_code", "Product that was bought; case-sensitive."),
            _kept("1", "Null in all rows."),
            _text(
                "product_quantity",
                "Number of items bought.",
                pattern=QUANTITY,
                wanted="a whole number from 1 to 32767",
            ),
        ),
    ),
)

RECORDS: Mapping[str, RecordSchema] = {schema.name: schema for schema in _RECORDS}
