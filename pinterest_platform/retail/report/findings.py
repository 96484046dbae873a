"""The findings of the nine answers, in words computed from their rows: the leader, its margin, and the exceptions.

A finding takes the rows of its table, at least one, with the table's columns and order. It reports ties, and claims
only what the rows show.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from pinterest_platform.report import words
from pinterest_platform.report.rows import Rows
from pinterest_platform.report.words import listed, number, sentence

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_COUNTRIES = {"GB": "the United Kingdom", "DE": "Germany", "US": "the United States"}


def month_name(month: int) -> str:
    return _MONTHS[month - 1]


def country_name(code: str) -> str:
    return _COUNTRIES.get(code, code)


def money(value: Decimal) -> str:
    """Pounds in full: `£673,295.68`."""
    return f"£{value:,.2f}"


def percent(share: Decimal | None) -> str:
    return "an unknown share" if share is None else f"{share}%"


def stores(rows: Rows) -> str:
    """country, total_no_stores"""
    total = sum(count for _, count in rows)
    best, most, rest = _leaders([(country_name(code), count) for code, count in rows])
    if not rest:
        return sentence(f"{listed(best)} {_has(best)} {number(most, 'store')}{' each' if len(best) > 1 else ''}.")
    others = listed([f"{name} {words.count(count)}" for name, count in rest])
    return sentence(
        f"Of {number(total, 'store')}, {listed(best)} {_has(best)} the most, {words.count(most)}; {others}."
    )


def localities(rows: Rows) -> str:
    """locality, total_no_stores"""
    best, most, rest = _leaders(rows)
    told = f"{_names(best)} {_has(best)} the most stores, {words.count(most)}"
    if rest:
        fewest = rest[-1][1]
        last = [name for name, count in rest if count == fewest]
        told += f"; the last {'place is' if len(last) == 1 else f'{len(last)} places are tied:'} "
        told += f"{_names(last)} with {words.count(fewest)}"
    return sentence(f"{told}.")


def months(rows: Rows) -> str:
    """total_sales, month"""
    best, most, rest = _leaders([(month_name(month), total) for total, month in rows])
    told = f"{listed(best)} {'is the month' if len(best) == 1 else 'are the months'} with the most sales, {money(most)}"
    if rest:
        name, least = rest[-1]
        less = 100 * (most - least) / most
        told += f". {name}, the last of the {len(rows)} here, has {money(least)}, {less:.1f}% less"
    return sentence(f"{told}.")


def channels(rows: Rows) -> str:
    """numbers_of_sales, product_quantity_count, location"""
    sales = {location: count for count, _, location in rows}
    quantities = {location: quantity for _, quantity, location in rows}
    total = sum(sales.values())
    if len(sales) == 1:
        return f"All {number(total, 'sale')} are {'on the web' if 'Web' in sales else 'offline'}."
    web, offline = (f"{quantities[place] / sales[place]:.2f}" for place in ("Web", "Offline"))
    return (
        f"Of {number(total, 'sale')}, {words.count(sales['Web'])} are on the web, {100 * sales['Web'] / total:.1f}%. "
        f"The average sale has {web} products there, and {offline} elsewhere."
    )


def store_types(rows: Rows) -> str:
    """store_type, total_sales, percentage_total, numbers_of_sales, percentage_of_sales"""
    kind, total, share, count, of_sales = rows[0]
    told = f"{words.name(kind)} takes the most money, {money(total)}: {percent(share)} of all, "
    told += f"in {percent(of_sales)} of the sales, {words.count(count)}"
    if len(rows) > 1:
        last, least, least_share, *_ = rows[-1]
        told += f". {words.name(last)} takes the least, {money(least)}, {percent(least_share)}"
    return sentence(f"{told}.")


def best_months(rows: Rows) -> str:
    """total_sales, year, month"""
    best, most, rest = _leaders([(f"{month_name(month)} {year}", total) for total, year, month in rows])
    told = f"{listed(best)} {_has(best)} the most sales of all months, {money(most)}"
    if rest:
        told += f", and {rest[-1][0]}, the last of the {len(rows)} here, {money(rest[-1][1])}"
    often = Counter(year for _, year, _ in rows)
    twice = sorted(year for year, times in often.items() if times > 1)
    if twice:
        told += f". {listed([f'{year} appears {_times(often[year])}' for year in twice])}"
    return sentence(f"{told}.")


def staff(rows: Rows) -> str:
    """total_staff_numbers, country_code"""
    total = sum(count for count, _ in rows)
    best, most, rest = _leaders([(country_name(code), count) for count, code in rows])
    told = f"Of {words.count(total)} staff, most work in {listed(best)}, {words.count(most)}"
    if total:
        told += f" ({100 * most / total:.0f}%)"
    others = [f"{name} {words.count(count)}" for name, count in rest]
    return sentence(f"{told}; {listed(others)}." if others else f"{told}.")


def german(rows: Rows) -> str:
    """total_sales, store_type, country_code"""
    total = sum(amount for amount, _, _ in rows)
    most, best, _ = rows[-1]
    if len(rows) == 1:
        return f"All sales in Germany, {money(total)}, are in stores of the kind {words.name(best)}."
    least, last, _ = rows[0]
    return sentence(
        f"in Germany, {words.name(best)} takes the most, {money(most)} of {money(total)}, and {words.name(last)} the "
        f"least, {money(least)}."
    )


def gaps(rows: Rows) -> str:
    """year, actual_time_taken, average_seconds"""
    slowest, _, longest = rows[0]
    if len(rows) == 1:
        return f"In {slowest}, a sale follows the previous one after {clock(longest)}, on average."
    quickest, _, shortest = rows[-1]
    told = f"Sales were slowest in {slowest}: {clock(longest)} from one to the next on average"
    return f"{told}. They were fastest in {quickest}, {clock(shortest)}. There are {len(rows)} years with sales."


def clock(seconds: Decimal) -> str:
    """Seconds as hours, minutes and seconds, truncated: `2 h 17 min 12 s`."""
    whole = int(seconds)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    return " ".join(f"{words.count(value)} {unit}" for value, unit in parts if value) or "0 s"


def _leaders(ranked: Rows) -> tuple[list[str], Any, list[tuple[str, Any]]]:
    """Names with amounts in descending order, split into the leaders, their amount, and the others."""
    most = ranked[0][1]
    return [name for name, value in ranked if value == most], most, [(n, v) for n, v in ranked if v != most]


def _names(names: list[str]) -> str:
    return listed([words.name(each) for each in names])


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
