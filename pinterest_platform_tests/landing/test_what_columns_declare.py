"""What a column may declare decides which lines fit, whichever way they are read, and what is said of the others."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.landing.declared import ALL_DATES, BIRTHDAY, COLUMNS, NULLS, PARCEL, fits, parcel, read
from pinterest_platform_tests.landing.parsing import Outcome, parse, parse_every_way
from pinterest_platform_tests.landing.test_fast_and_slow_half_agree import VALUES
from pinterest_platform_tests.landing_data import Landing

FITS = [
    ("code", "AB-12CD", "AB-12CD"),
    ("code", "\u3000ABC-ZZZZ\x85\n", "\u3000ABC-ZZZZ\x85\n"),
    ("weight", "12 x 100g", "12 x 100g"),
    ("weight", "77g .", "77g ."),
    ("weight", None, None),
    ("country", " DE ", " DE "),
    ("country", "GGB", "GGB"),
    ("kind", "it's", "it's"),
    ("kind", "[x]", "[x]"),
    ("kind", "true", "true"),
    ("kind", 5, "5"),
    ("kind", "-", "-"),
    ("born", "1968 October 16", "1968 October 16"),
    ("born", "\tOctober 2012 08", "\tOctober 2012 08"),
    ("born", " N/A ", " N/A "),
    ("seen", "2020-01-02T03:04:05.5", "2020-01-02T03:04:05.5"),
    ("note", "N/A", "N/A"),
    ("sent", "1968 October 16", date(1968, 10, 16)),
    ("sent", "October 2012 08", date(2012, 10, 8)),
    ("sent", " 2012/10/08\xa0", date(2012, 10, 8)),
    ("sent", "2000-02-29", date(2000, 2, 29)),
    ("sent", "0001-01-01", date(1, 1, 1)),
    ("sent", "9999 December 31", date(9999, 12, 31)),
    ("sent", "NULL", None),
    ("sent", "5", None),
    ("sent", "true", None),
    ("sent", "1900-01-01", None),
    ("sent", "1900/01/01", date(1900, 1, 1)),
    ("due", "2024-02-29", date(2024, 2, 29)),
    ("at", "2020-01-02T03:04:05", datetime(2020, 1, 2, 3, 4, 5)),
    ("at", " never", None),
    ("level", 30, 30),
    ("level", 2.0, 2),
    ("pieces", 2**31 - 1, 2**31 - 1),
    ("fragile", True, True),
    ("fragile", False, False),
    ("fragile", None, None),
]

_DATE = "is not a date of the form"
_ALL = "YYYY-MM-DD, YYYY/MM/DD, YYYY Month DD or Month YYYY DD"
DOES_NOT_FIT = [
    ("code", "AB-12CDE", 'code: "AB-12CDE" does not match [A-Z]{2,3}-[0-9A-Z]{4}'),
    ("code", "AB-12CD\nx", 'code: "AB-12CD\\nx" does not match [A-Z]{2,3}-[0-9A-Z]{4}'),
    ("code", " NULL", 'code: " NULL" counts as null, and it is required'),
    ("code", ..., "code: missing or null, and it is required"),
    ("weight", "1.6kg ", 'weight: "1.6kg " does not match (\\d{1,3} x )?\\d+(\\.\\d+)?(kg|g|ml|oz)( \\.)?'),
    ("weight", 5, "weight: 5 does not match (\\d{1,3} x )?\\d+(\\.\\d+)?(kg|g|ml|oz)( \\.)?"),
    ("weight", {}, "weight: {} is not a text or a number"),
    ("country", "FR", 'country: "FR" is not "GB", "DE", "US" or "GGB"'),
    ("country", "gb", 'country: "gb" is not "GB", "DE", "US" or "GGB"'),
    ("kind", True, "kind: true is not a text or a number"),
    ("kind", "a", 'kind: "a" is not "it\'s", "[x]", "5", "true" or " a "'),
    ("born", "1968 octOber 16", f'born: "1968 octOber 16" {_DATE} {_ALL}'),
    ("born", "2023-02-29", f'born: "2023-02-29" {_DATE} {_ALL}'),
    ("seen", "2020-01-02 03:04:05", f'seen: "2020-01-02 03:04:05" {_DATE} YYYY-MM-DDTHH:MM:SS'),
    ("note", "NULL", 'note: "NULL" counts as null, and it is required'),
    ("sent", "08/10/2012", f'sent: "08/10/2012" {_DATE} {_ALL}'),
    ("sent", 5, f"sent: 5 {_DATE} {_ALL}"),
    ("sent", True, f"sent: true {_DATE} {_ALL}"),
    ("sent", [], f"sent: [] {_DATE} {_ALL}"),
    ("sent", float("nan"), f"sent: NaN {_DATE} {_ALL}"),
    ("due", "1900-01-01", 'due: "1900-01-01" counts as null, and it is required'),
    ("due", "2024 February 29", f'due: "2024 February 29" {_DATE} YYYY-MM-DD'),
    ("at", "2020-01-02 03:04:05", 'at: "2020-01-02 03:04:05" is not a timestamp of the form YYYY-MM-DDTHH:MM:SS'),
    ("level", 3, "level: 3 is not 1, 2 or 30"),
    ("pieces", 2**31, "pieces: 2147483648 is not a whole number of 32 bits"),
    ("pieces", 0, "pieces: 0 is outside [1, ]"),
    ("fragile", "true", 'fragile: "true" is not true or false'),
    ("fragile", 1, "fragile: 1 is not true or false"),
]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    landing = Landing(tmp_path_factory.mktemp("declared") / "landing")
    landing.put(0, [parcel(**{name: value}) for name, value, _ in (*FITS, *DOES_NOT_FIT)], record="parcel")
    return parse_every_way(landing, "parcel", schema=PARCEL)


@pytest.mark.parametrize(("offset", "case"), list(enumerate(FITS)))
def test_fits(outcome: Outcome, offset: int, case: tuple[str, object, object]) -> None:
    name, _, value = case
    assert outcome.reasons.get(offset) is None
    assert outcome.rows[offset][name] == value


@pytest.mark.parametrize(("offset", "case"), list(enumerate(DOES_NOT_FIT, start=len(FITS))))
def test_does_not_fit(outcome: Outcome, offset: int, case: tuple[str, object, str]) -> None:
    assert outcome.reasons[offset] == case[2]


WHITE = st.text(st.sampled_from(" \t\n\x0b\x1c\x85\xa0\u200b\u2028\u3000"), max_size=2)
DAYS = st.builds(
    lambda form, year, month, day: (
        form.replace("YYYY", year).replace("Month", month[1]).replace("MM", month[0]).replace("DD", day)
    ),
    st.sampled_from([*ALL_DATES, "DD/MM/YYYY"]),
    st.sampled_from(["2020", "2021", "1900", "2000", "0000", "0004", "99", "20200"]),
    st.sampled_from([("01", "January"), ("02", "February"), ("02", "february"), ("04", "April"), ("13", "Dez")]),
    st.sampled_from(["00", "01", "28", "29", "30", "31", "32", "1"]),
)
CLOCKS = st.sampled_from(
    ["", "T03:04:05", "T23:59:59.123456", "T24:00:00", " 03:04:05", "T03:04:05Z", "T03:04:05.1234567"]
)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.builds(str.__add__, DAYS, CLOCKS),
    st.from_regex(r"[A-Z]{1,4}-[0-9A-Za-z]{3,5}", fullmatch=True),
    st.from_regex(r"(\d{1,4} x )?\d+(\.\d*)?(kg|g|ml|oz|lb)?( \.)?", fullmatch=True),
    st.sampled_from(
        [*NULLS, "GB", "GGB", "it's", "[x]", "5", "true", " a ", "-", "never", "NaN", "[]", "1900-01-01", "\0"]
    ),
)
NASTY = st.builds(lambda before, text, after: before + text + after, WHITE, TEXTS, WHITE)
OF_TEXT = [column for column in PARCEL.columns if column.type in ("string", "date", "timestamp_ntz")]


@given(st.lists(st.tuples(st.sampled_from(OF_TEXT), st.one_of(TEXTS, NASTY)), min_size=1, max_size=80))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_python_says_the_same_of_any_text(values):
    with TemporaryDirectory() as folder:
        landing = Landing(Path(folder))
        landing.put(0, [parcel(**{column.name: text}) for column, text in values], record="parcel")
        outcome = parse_every_way(landing, "parcel", schema=PARCEL)
    for offset, (column, text) in enumerate(values):
        assert (offset in outcome.rows) == fits(column, text), (column.name, text, outcome.reasons.get(offset))
        if offset in outcome.rows:
            assert outcome.rows[offset][column.name] == expected(column, text)


def expected(column, text):
    if column.type == "string":
        return text
    text = text.strip() if column.trim else text
    return None if text in column.nulls else next(found for form in column.read_forms if (found := read(form, text)))


@given(st.lists(st.dictionaries(st.sampled_from(list(COLUMNS)), st.one_of(VALUES, NASTY), max_size=3), max_size=40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_halves_agree_on_any_values(rows):
    with TemporaryDirectory() as folder:
        landing = Landing(Path(folder))
        landing.put(0, [parcel(**fields).replace(b"\\ud", b"?") for fields in rows] or b"", record="parcel")
        assert parse_every_way(landing, "parcel", schema=PARCEL).lines == len(rows)


def test_most_lines_are_decided_on_the_fast_path(landing, monkeypatch):
    """Rules on texts send no line that fits through the slow half."""
    landing.put(
        0,
        [parcel(**{name: value}) for name, value, _ in FITS if value not in (2.0, "[x]", "true", "5")],
        record="parcel",
    )
    monkeypatch.setattr("pinterest_platform.landing.lines.Decided.add", None)
    assert parse(landing, "parcel", schema=PARCEL).rejected == []


BIRTHDAYS = [
    ({}, None),
    ({"year": " 04\u3000", "day": "29\n"}, None),
    ({"year": "05", "day": "29"}, 'year/day: "05/29" is not a real day'),
    ({"year": "05", "day": " 30 "}, 'year/day: "05/30" is not a real day'),
    ({"year": "N/A"}, 'year: "N/A" counts as null, and it is required'),
    ({"day": None}, "day: missing or null, and it is required"),
    ({"day": "first"}, 'day: "first" does not match \\d{1,2}'),
    ({"name": "Ada"}, 'name: "Ada" is not a name in capitals'),
]


def test_columns_that_must_be_something_together(landing: Landing) -> None:
    lines = [json.dumps({"name": "ADA", "year": "05", "day": "28"} | fields).encode() for fields, _ in BIRTHDAYS]
    landing.put(0, [*lines, b'{"_tombstone": "ADA"}'], record="birthday")
    found = parse_every_way(landing, "birthday", schema=BIRTHDAY)
    told = [reason for _, reason in BIRTHDAYS]
    assert [found.reasons.get(offset) for offset in range(len(told))] == told
    assert [row["year"] for row in found.fitting] == ["05", " 04\u3000", None]
