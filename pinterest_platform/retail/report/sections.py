"""The section of each of the nine answers: its question, its picture and its finding.

`findings` writes the findings. `pinterest_platform.report.figures` draws the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pinterest_platform.report.figures.bars import Bar, bars
from pinterest_platform.report.figures.panels import Series, panels
from pinterest_platform.report.figures.svg import Figure
from pinterest_platform.report.rows import Rows
from pinterest_platform.report.sections import Section
from pinterest_platform.report.words import count
from pinterest_platform.retail.report import findings
from pinterest_platform.retail.report.findings import clock, country_name, money, month_name

#: Parts of a page, in order. The last one holds additional results.
SALES = "Sales"
STORES = "Stores and staff"
OTHERS = "More results"
PARTS = (SALES, STORES, OTHERS)


def _ranked(title: str, named: list[tuple[str, int | Decimal, str]], noun: str) -> Figure:
    """Bars of names with amounts, labelled as given. Those with the most stand out."""
    most = max(value for _, value, _ in named)
    return bars(title, [Bar(name, float(value), shown, value == most) for name, value, shown in named], noun)


def _stores(rows: Rows) -> Figure:
    named = [(country_name(code).removeprefix("the "), n, count(n)) for code, n in rows]
    return _ranked("Stores in each country, without the web portal", named, "country")


def _localities(rows: Rows) -> Figure:
    return _ranked("Stores in the towns with the most stores", [(str(town), n, count(n)) for town, n in rows], "town")


def _months(rows: Rows) -> Figure:
    named = [(month_name(month), total, money(total)) for total, month in rows]
    return _ranked("Sales of the best months, all years combined", named, "month")


def _channels(rows: Rows) -> Figure:
    named = [
        (str(place), sales, f"{count(sales)} sales, {count(quantity)} products") for sales, quantity, place in rows
    ]
    return _ranked("Sales on the web and offline", named, "row")


def _store_types(rows: Rows) -> Figure:
    named = [
        (str(kind), total, money(total) if share is None else f"{money(total)}, {share}%")
        for kind, total, share, *_ in rows
    ]
    return _ranked("Sales of each kind of store, and their share of revenue", named, "kind")


def _best_months(rows: Rows) -> Figure:
    named = [(f"{month_name(month)} {year}", total, money(total)) for total, year, month in rows]
    return _ranked("Sales of the best months of all years", named, "month")


def _staff(rows: Rows) -> Figure:
    named = [(country_name(code).removeprefix("the "), n, count(n)) for n, code in rows]
    return _ranked("Staff in each country", named, "country")


def _german(rows: Rows) -> Figure:
    return _ranked("Sales in Germany, lowest first", [(str(kind), n, money(n)) for n, kind, _ in rows], "kind")


def _gaps(rows: Rows) -> Figure:
    ends = {rows[0][0], rows[-1][0]}
    values = sorted((year, float(seconds) / 60) for year, _, seconds in rows)
    title = "Average minutes since the previous sale, by year; large dots mark the slowest and the fastest year"
    name = f"{clock(rows[-1][2])} to {clock(rows[0][2])}"
    return panels(title, [Series(name, values, frozenset(ends))], across=1, height=170, noun="year")


SECTIONS: Mapping[str, Section] = {
    "months_with_most_sales": Section(
        SALES,
        "Which months of the year have the most sales?",
        ("total_sales", "month"),
        findings.months,
        _months,
    ),
    "months_of_years_with_most_sales": Section(
        SALES,
        "Which months of all years had the most sales?",
        ("total_sales", "year", "month"),
        findings.best_months,
        _best_months,
    ),
    "online_and_offline_sales": Section(
        SALES,
        "How many sales are made on the web?",
        ("numbers_of_sales", "product_quantity_count", "location"),
        findings.channels,
        _channels,
    ),
    "sales_by_store_type": Section(
        SALES,
        "Which kind of store sells the most?",
        ("store_type", "total_sales", "percentage_total", "numbers_of_sales", "percentage_of_sales"),
        findings.store_types,
        _store_types,
    ),
    "german_sales_by_store_type": Section(
        SALES,
        "Which kind of store sells the most in Germany?",
        ("total_sales", "store_type", "country_code"),
        findings.german,
        _german,
    ),
    "time_between_sales_by_year": Section(
        SALES,
        "How quickly do sales follow each other?",
        ("year", "actual_time_taken", "average_seconds"),
        findings.gaps,
        _gaps,
    ),
    "stores_by_country": Section(
        STORES,
        "Where are the stores?",
        ("country", "total_no_stores"),
        findings.stores,
        _stores,
    ),
    "localities_with_most_stores": Section(
        STORES,
        "Which towns have the most stores?",
        ("locality", "total_no_stores"),
        findings.localities,
        _localities,
    ),
    "staff_headcount_by_country": Section(
        STORES,
        "How many staff work in each country?",
        ("total_staff_numbers", "country_code"),
        findings.staff,
        _staff,
    ),
}
