"""Records of the retail domain: what each of the six sources gives, as text, and what a row that fits must be.

Raw keeps every text as it came; `models/cleaned` reads it. So a rule here says what the cleaned model can read.
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
    """A text of a source, judged without the white space around it."""
    return Column(name, "string", description, required=required, trim=True, nulls=("", "NULL", "N/A"), **rules)


def _maybe(name: str, description: str, **rules: Any) -> Column:
    return _text(name, description, required=False, **rules)


def _date(name: str, description: str, **options: bool) -> Column:
    return _text(name, description, forms=FORMS["date"], **options)


def _name(name: str, description: str) -> Column:
    """A name of a person."""
    return _text(name, description, pattern=NAME, wanted="a text of at most 255 characters", personal=True)


def _uuid(name: str, description: str) -> Column:
    return _text(name, description, pattern=UUID, wanted="a UUID, 8-4-4-4-12 hexadecimal digits")


def _kept(name: str, description: str, *, personal: bool = False) -> Column:
    """A text that nothing is made of: no rule."""
    return Column(name, "string", description, personal=personal)


_RECORDS = (
    RecordSchema(
        name="users",
        key="user_uuid",
        description="Customers, as the sales database has them.",
        columns=(
            _kept("index", "Number of the row in the source; unique, not in row order."),
            _name("first_name", "First name."),
            _name("last_name", "Last name."),
            _date("date_of_birth", "Day of birth, in one of four forms.", personal=True, coarse=True),
            _maybe("company", "Company."),
            _maybe("email_address", "Email address; in some rows with @@.", personal=True),
            _maybe("address", "Postal address of several lines.", personal=True),
            _text("country", "Country name.", allowed=COUNTRIES),
            _text("country_code", "Country code; in some rows GGB.", allowed=(*COUNTRY_CODES, "GGB")),
            _maybe("phone_number", "Phone number as it came; of many shapes.", personal=True),
            _date("join_date", "Day of joining, in one of four forms."),
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
                "Number of the card; in some rows after question marks.",
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
            _text("card_provider", "Who issued the card.", allowed=CARD_PROVIDERS),
            _date("date_payment_confirmed", "Day on which payment was confirmed, in one of four forms."),
        ),
    ),
    RecordSchema(
        name="stores",
        key="store_code",
        description="Stores, and the web portal, from an HTTP API.",
        columns=(
            _kept("index", "Number of the store in the API."),
            _maybe("address", "Postal address of several lines; N/A for the web portal."),
            _maybe(
                "longitude",
                "Degrees north: the source has the two labels swapped.",
                pattern=TO_90,
                wanted="degrees north, a number from -90 to 90",
            ),
            _maybe(
                "lat",
                "Degrees east where latitude is null; null in nearly all rows.",
                pattern=TO_180,
                wanted="degrees east, a number from -180 to 180",
            ),
            _maybe("locality", "Town; N/A for the web portal."),
            _text(
                "store_code",
                "Identifies the store.",
                pattern="[A-Z]{2,3}-[0-9A-Z]{8}",
                wanted="a store code as HI-9B97EE4E or WEB-1388012W",
            ),
            _text(
                "staff_numbers",
                "Number of staff; in some rows with a letter.",
                pattern=STAFF,
                wanted="a whole number from 0 to 32767, letters apart",
            ),
            _date("opening_date", "Day of opening, in one of four forms."),
            _text("store_type", "Kind of store.", allowed=STORE_TYPES),
            _maybe(
                "latitude",
                "Degrees east: the source has the two labels swapped.",
                pattern=TO_180,
                wanted="degrees east, a number from -180 to 180",
            ),
            _text("country_code", "Country code.", allowed=COUNTRY_CODES),
            _text(
                "continent",
                "Continent; in some rows after ee.",
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
                wanted="a price as £39.99, with at most 8 digits before and 2 after the point",
            ),
            _text(
                "weight",
                "Weight, in kg, g, ml or oz, of one or of a pack.",
                pattern=WEIGHT,
                wanted="a weight below 10,000 kg as 1.6kg, 590g, 100ml, 16oz or 12 x 100g",
            ),
            _text("category", "Kind of product.", allowed=CATEGORIES),
            _text("EAN", "European article number.", pattern="[0-9]{1,17}", wanted="1 to 17 digits"),
            _date("date_added", "Day on which the product was added, in one of four forms."),
            _uuid("uuid", "Another identifier of the product."),
            _text(
                "removed",
                "Whether the product is still available.",
                allowed=("Still_avaliable", "Still_available", "Removed"),
            ),
            _text(
                "product_code",
                "Identifies the product; large and small letters differ.",
                pattern="[A-Za-z][0-9]-[0-9]{5,7}[A-Za-z]",
                wanted="a product code as R7-3126933h",
            ),
        ),
    ),
    RecordSchema(
        name="dates",
        key="date_uuid",
        description="Moments of sales, from a JSON file.",
        columns=(
            _text(
                "timestamp",
                "Time of the day.",
                pattern="([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
                wanted="a time of the day of the form HH:MM:SS",
            ),
            _text("month", "Month, 1 to 12.", pattern="0?[1-9]|1[0-2]", wanted="a month from 1 to 12"),
            _text("year", "Year.", pattern="[1-9][0-9]{3}", wanted="a year from 1000 to 9999"),
            _text("day", "Day of the month.", pattern="0?[1-9]|[12][0-9]|3[01]", wanted="a day from 1 to 31"),
            _text("time_period", "Part of the day.", allowed=TIMES_OF_DAY),
            _uuid("date_uuid", "Identifies the moment."),
        ),
        together=(Together("real_day", ("year", "month", "day"), REAL_DAY, "a real day"),),
    ),
    RecordSchema(
        name="orders",
        key="date_uuid",
        description="Sales, one a moment, as the sales database has them.",
        columns=(
            _kept("level_0", "Number of the row in the source."),
            _kept("index", "Number of the row in an older source."),
            _uuid("date_uuid", "The moment of the sale, and what identifies it."),
            _kept("first_name", "First name; in some rows only.", personal=True),
            _kept("last_name", "Last name; in some rows only.", personal=True),
            _uuid("user_uuid", "Who bought."),
            _text(
                "card_number",
                "Card paid with.",
                pattern="[0-9]{8,19}",
                wanted="a card number, 8 to 19 digits",
                personal=True,
            ),
            _text("store_code", "Store, or the web portal."),
            _text("product_code", "What was bought; large and small letters differ."),
            _kept("1", "Null in all rows."),
            _text(
                "product_quantity",
                "How many were bought.",
                pattern=QUANTITY,
                wanted="a whole number from 1 to 32767",
            ),
        ),
    ),
)

RECORDS: Mapping[str, RecordSchema] = {schema.name: schema for schema in _RECORDS}
