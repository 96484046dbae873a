"""Patterns that mean the same on Python and DuckDB are let through, others refused; forms of dates are exact.

Spark's part is in `engines/spark/test_declared_columns.py`.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.patterns import FORMS, WHITE_SPACE, PatternError, check_pattern, forms_pattern

ALLOWED = [
    r"[A-Z]{2,3}-[0-9A-Z]{8}",
    r"\?*\d{8,19}",
    r"[A-Za-z]*([0-9][A-Za-z]*){1,5}",
    r"£?\d{1,8}(\.\d{1,2})?",
    r"(?:[^\n]|\n){0,255}",
    r"[\w\-. ]+@[\w\-.]+",
    r"[^\]\\\^]*",
    r"(|a)b?",
    "[ -~]{3}",
    "😀[à-ü]+",
    forms_pattern(form for forms in FORMS.values() for form in forms),
]

REFUSED = [
    ("", 0, "the pattern is empty"),
    ("a.b", 1, r"write a class such as [^\n]"),
    ("^a", 0, "always matches the whole text"),
    ("a$", 1, "always matches the whole text"),
    (r"a\b", 1, "define words differently"),
    (r"\s*", 0, "define white space differently"),
    (r"(a)\1", 3, "the engines differ here"),
    (r"\x41", 0, "the engines differ here"),
    (r"\p{L}", 0, "the engines differ here"),
    (r"\Qa\E", 0, "the engines differ here"),
    (r"a\_", 1, "the engines differ here"),
    ("(?i)a", 0, "flags, group names, lookahead"),
    ("(?=a)", 0, "flags, group names, lookahead"),
    ("(?P<n>a)", 0, "flags, group names, lookahead"),
    ("a*?", 2, r"? repeats nothing; write \?"),
    ("a++", 2, r"+ repeats nothing; write \+"),
    ("(*a)", 1, "* repeats nothing"),
    ("a|{2}", 2, "{2} repeats nothing"),
    ("(a|b)*", 5, "* repeats a group without limit"),
    ("(ab){2,}", 4, "{2,} repeats a group without limit"),
    ("a{,3}", 1, "the engines differ here"),
    ("a{2,1}", 1, "{2,1} has a maximum below its minimum"),
    ("a{1001}", 7, "multiply to 1,001; at most 1,000 are allowed"),
    ("(a{100}){11}", 12, "multiply to 1,100; at most 1,000 are allowed"),
    ("[ab]{900}" * 5, 45, "4,500 characters"),
    ("(a", 0, "is not closed"),
    ("a)b", 1, "does not close a group"),
    ("[a-]", 0, "close the class"),
    ("[]a]", 0, "close the class"),
    ("[a[b]]", 0, "close the class"),
    ("[^a", 0, "close the class"),
    ("[z-a]", 0, "bad character range"),
    ("[a&&b]", 0, "&& in a class"),
    ("a\n", 0, r"write \t, \n or \r"),
    ("\ud800", 0, "a lone surrogate"),
]


@pytest.mark.parametrize("pattern", ALLOWED)
def test_allowed(pattern: str) -> None:
    check_pattern(pattern)
    re.compile(pattern)
    duckdb.execute("SELECT regexp_full_match('', ?)", [pattern])


@pytest.mark.parametrize(("pattern", "position", "told"), REFUSED)
def test_refused(pattern: str, position: int, told: str) -> None:
    with pytest.raises(PatternError) as caught:
        check_pattern(pattern)
    assert told in str(caught.value)
    assert not pattern or f"pattern {pattern!r}, position {position}: " in str(caught.value)


#: What patterns are made of that the engines might read differently.
PIECES = st.sampled_from(
    [
        *r"ab1_.^$|()[]{}*+?-&~#,:' \/é😀ſ",
        *re.findall(
            r"\S+", r"\d \w \W \D \s \b \n \. \- \] \1 (?: (?i) {2} {1,2} {2,} {,2} [a-b] [^a] [\d_] [a&&b] [^\n]"
        ),
        "\u2028",
    ]
)
#: Letters that fold into others, digits beyond ASCII, line ends, a character beyond 16 bits.
LETTERS = [
    *"ab1_-]&~K",
    "\n",
    "\r",
    "\x85",
    "\u2028",
    "\xa0",
    " ",
    "\t",
    "é",
    "\u0301",
    "ſ",
    "\u212a",
    "٣",
    "😀",
    "\0",
]


@st.composite
def patterns_and_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A pattern that is let through, and texts of which many match it."""
    pattern = "".join(draw(st.lists(PIECES, min_size=1, max_size=8).filter(lambda p: let_through("".join(p)))))
    matching = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True).filter(storable)
    text = st.text(st.sampled_from(LETTERS), max_size=4)
    around = st.builds(str.__add__, matching, st.sampled_from(["\n", "\r\n", " ", "a", "\u2028"]))
    return pattern, draw(st.lists(st.one_of(text, matching, around), min_size=1, max_size=6))


def let_through(pattern: str) -> bool:
    try:
        check_pattern(pattern)
    except PatternError:
        return False
    return True


def storable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


@given(patterns_and_texts())
@settings(max_examples=300, deadline=None)
def test_python_and_duckdb_match_the_same(drawn: tuple[str, list[str]]) -> None:
    pattern, texts = drawn
    rows = duckdb.execute("SELECT t, regexp_full_match(t, ?) FROM (SELECT unnest(?) AS t)", [pattern, texts]).fetchall()
    assert rows == [(text, re.fullmatch(pattern, text, re.ASCII) is not None) for text in texts]


@pytest.mark.parametrize("form", [form for forms in FORMS.values() for form in forms])
def test_form_is_of_real_days(form: str) -> None:
    """Every 28th to 31st, and days that no month has, of years in which the rule of leap years shows."""
    matches = re.compile(forms_pattern([form]), re.ASCII).fullmatch
    for year in (0, 1, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 2100, 9996, 9999):
        for month in range(14):
            for day in (0, 1, 9, 10, 28, 29, 30, 31, 32):
                name = calendar.month_name[month] if month < 13 else "Smarch"
                text = form.replace("YYYY", f"{year:04}").replace("HH:MM:SS", "23:59:59").replace("Month", name)
                text = text.replace("MM", f"{month:02}").replace("DD", f"{day:02}")
                assert (matches(text) is not None) == is_day(year, month, day), text


def is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def test_white_space_is_unicodes() -> None:
    """Python's differs by four control characters."""
    pythons = {character for character in map(chr, range(0x110000)) if character.isspace()}
    assert pythons - set(WHITE_SPACE) == set("\x1c\x1d\x1e\x1f")
    assert set(WHITE_SPACE) <= pythons
