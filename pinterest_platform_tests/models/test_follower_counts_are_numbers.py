"""`437`, `26k`, `3M`, `1.5k`; anything else is unknown, and nothing stops the table."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.models.tables import Tables


def cleaned_counts(tables: Tables, typed: list[str]) -> list[int | None]:
    tables.clear()
    tables.add("raw/pin", [{"index": i, "follower_count": text} for i, text in enumerate(typed)])
    return [pin["follower_count"] for pin in tables.cleaned("pin")]


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("0", 0),
        ("437", 437),
        ("007", 7),
        ("26k", 26_000),
        ("124K", 124_000),
        ("3M", 3_000_000),
        ("15m", 15_000_000),
        ("1.5k", 1_500),
        ("1.234k", 1_234),
        ("0.3M", 300_000),
        ("1.000001M", 1_000_001),
        ("9223372036854775807", 9_223_372_036_854_775_807),
        ("999999999999999k", 999_999_999_999_999_000),
        ("999999999999M", 999_999_999_999_000_000),
    ],
)
def test_forms_that_are_read(tables: Tables, typed: str, count: int) -> None:
    assert cleaned_counts(tables, [typed]) == [count]


@pytest.mark.parametrize(
    "typed",
    [
        "User Info Error",
        "",
        " ",
        "k",
        "M",
        ".5k",
        "1.k",
        "1.5",
        "1.2345k",
        "1.1234567M",
        "1,5k",
        "1,500",
        "-5",
        "+5",
        "-2k",
        "5e3",
        "1e2k",
        "0x1F",
        "1_000",
        "26kk",
        "26 k",
        "26k ",
        " 26k",
        "26k\n",
        "437\n",
        "437 followers",
        "3B",
        "٤٣٧",
        "½k",
        "Infinity",
        "nan",
        "NULL",
        "9223372036854775808",
        "9" * 400,
        "9" * 400 + "k",
        "9" * 16 + "k",
        "9" * 13 + "M",
    ],
)
def test_anything_else_is_unknown(tables: Tables, typed: str) -> None:
    assert cleaned_counts(tables, [typed, "26k"]) == [None, 26_000]


numbers = st.integers(0, 10**6).map(str) | st.decimals(0, 10**4, places=2).map(str) | st.text("0123456789.", max_size=8)
suffixes = st.sampled_from(["", "k", "K", "m", "M", " k", "b"])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(numbers, suffixes), min_size=1, max_size=30))
def test_count_is_the_exact_product_or_unknown(tables: Tables, typed: list[tuple[str, str]]) -> None:
    def expected(number: str, suffix: str) -> int | None:
        factor = {"": 1, "k": 1000, "m": 10**6}.get(suffix.lower())
        whole, dot, decimals = number.partition(".")
        if factor is None or not whole.isdigit() or (dot and not decimals.isdigit()):
            return None
        if len(decimals) > {1: 0, 1000: 3, 10**6: 6}[factor] or (dot and factor == 1):
            return None
        return int(Fraction(number) * factor)

    assert cleaned_counts(tables, [n + s for n, s in typed]) == [expected(n, s) for n, s in typed]
