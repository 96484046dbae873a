"""A record that uses all that a column may declare, its lines, and what Python says of its values."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

from pinterest_platform.patterns import FORMS, WHITE_SPACE
from pinterest_platform.schemas import Column, RecordSchema, Together

NULLS = ("", "NULL", "N/A")
ALL_DATES = FORMS["date"]

PARCEL = RecordSchema(
    name="parcel",
    source_table="parcels",
    key="code",
    description="A parcel.",
    columns=(
        Column("code", "string", "", required=True, pattern=r"[A-Z]{2,3}-[0-9A-Z]{4}", trim=True, nulls=NULLS),
        Column("weight", "string", "", pattern=r"(\d{1,3} x )?\d+(\.\d+)?(kg|g|ml|oz)( \.)?"),
        Column("country", "string", "", required=True, allowed=("GB", "DE", "US", "GGB"), trim=True, nulls=NULLS),
        Column("kind", "string", "", allowed=("it's", "[x]", "5", "true", " a "), nulls=("-",)),
        Column("born", "string", "", forms=ALL_DATES, trim=True, nulls=NULLS),
        Column("seen", "string", "", forms=("YYYY-MM-DDTHH:MM:SS",)),
        Column("note", "string", "", required=True, nulls=("NULL",)),
        Column("sent", "date", "", forms=ALL_DATES, trim=True, nulls=(*NULLS, "5", "NaN", "[]", "true", "1900-01-01")),
        Column("due", "date", "", required=True, nulls=("1900-01-01",)),
        Column("at", "timestamp_ntz", "", forms=("YYYY-MM-DDTHH:MM:SS",), trim=True, nulls=("never",)),
        Column("level", "bigint", "", allowed=(1, 2, 30)),
        Column("pieces", "int", "", minimum=1),
        Column("fragile", "boolean", ""),
    ),
)
#: A record whose columns must be a real day of February together.
BIRTHDAY = RecordSchema(
    name="birthday",
    key="name",
    description="A birthday.",
    columns=(
        Column("name", "string", "", required=True, pattern="[A-Z]+", wanted="a name in capitals"),
        Column("year", "string", "", required=True, trim=True, nulls=NULLS),
        Column("day", "string", "", required=True, pattern=r"\d{1,2}", trim=True),
    ),
    together=(Together("real_day", ("year", "day"), r"\d\d/([1-9]|1\d|2[0-8])|(\d[48])/29", "a real day", "/"),),
)
COLUMNS = {column.name: column for column in PARCEL.columns}


def parcel(**fields: Any) -> bytes:
    """A parcel's line; a field given as ... is left out."""
    given = {"code": "AB-12CD", "country": "GB", "note": "n", "due": "2024-02-29"} | fields
    return json.dumps({k: v for k, v in given.items() if v is not ...}, ensure_ascii=False).encode()


def fits(column: Column, text: str) -> bool:
    """Whether a text fits its column, as Python has it."""
    inner = text.strip(WHITE_SPACE) if column.trim else text
    if inner in column.nulls:
        return not column.required
    if column.pattern:
        return re.fullmatch(column.pattern, inner, re.ASCII) is not None
    if column.allowed:
        return inner in column.allowed
    forms = column.forms if column.type == "string" else column.read_forms
    return not forms or any(read(form, inner) for form in forms)


def read(form: str, text: str) -> date | datetime | None:
    """A text of a form of dates; None where it is not of that form, or no real day."""
    shape = re.escape(form).replace(r"\-", "-")
    for token, pattern in {
        "HH:MM:SS": r"\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?",
        "YYYY": r"\d{4}",
        "Month": "[A-Z][a-z]{2,8}",
        "MM": r"\d{2}",
        "DD": r"\d{2}",
    }.items():
        shape = shape.replace(token, pattern)
    if not re.fullmatch(shape, text, re.ASCII):
        return None
    codes = {"HH:MM:SS": "%H:%M:%S" + (".%f" if "." in text else ""), "YYYY": "%Y", "Month": "%B", "MM": "%m"}
    for token, code in {**codes, "DD": "%d"}.items():
        form = form.replace(token, code)
    try:
        found = datetime.strptime(text, form)
    except ValueError:
        return None
    return found if "%H" in form else found.date()
