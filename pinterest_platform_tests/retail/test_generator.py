"""What is generated has the shape of the real sources, dirt included, and is the same for the same seed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pinterest_platform.retail.generator import generate
from pinterest_platform.retail.sources import readers
from pinterest_platform.settings import load_settings

ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
KINDS = ("Local", "Super Store", "Mall Kiosk", "Outlet")
KEYS = {
    "users": "user_uuid",
    "cards": "card_number",
    "stores": "store_code",
    "products": "product_code",
    "dates": "date_uuid",
}
Tables = dict[str, list[dict[str, str | None]]]


def made(data: Path, scale: float) -> Tables:
    generate(data / "sources", scale=scale)
    found = readers(load_settings(data=data, _env_file=None))
    return {name: [dict(row) for row in reader.rows()] for name, reader in found.items()}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return made(tmp_path_factory.mktemp("small"), 0.005)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Of the real sizes, without the rows that are wholly bad."""
    tables = made(tmp_path_factory.mktemp("whole"), 1.0)
    sizes = {"users": 15_320, "cards": 15_309, "stores": 451, "products": 1_853, "dates": 120_161, "orders": 120_123}
    assert {name: len(rows) for name, rows in tables.items()} == sizes
    return {name: [row for row in rows if real(row)] for name, rows in tables.items()}


def shape(text: str | None) -> str:
    return re.sub("[0-9]", "#", str(text))


@pytest.mark.long
def test_users_of_the_real_size(whole: Tables) -> None:
    users = whole["users"]
    assert Counter(row["country"] for row in users) == {
        "United Kingdom": 9_371,
        "Germany": 4_708,
        "United States": 1_205,
    }
    by_country = {code: [row for row in users if row["country_code"] == code] for code in ("GB", "DE", "US")}
    shapes = {code: len({shape(row["phone_number"]) for row in rows}) for code, rows in by_country.items()}
    assert shapes == {"GB": 38, "DE": 11, "US": 21}
    lines = {code: {str(row["address"]).count("\n") + 1 for row in rows} for code, rows in by_country.items()}
    assert lines == {"GB": {3, 4}, "DE": {2}, "US": {2}}
    assert 1_000 < sum("/" in str(row["address"]) for row in by_country["DE"]) < 1_350
    assert len({row["email_address"] for row in users}) == len(users)
    births, joins = ([str(row[name]) for row in users] for name in ("date_of_birth", "join_date"))
    assert 650 < sum(join < birth for birth, join in zip(births, joins, strict=True)) < 850
    assert [sum(not ISO.fullmatch(day) for day in days) for days in (births, joins)] == [27, 23]
    assert min(filter(ISO.fullmatch, births)) >= "1938-11-23"
    assert max(filter(ISO.fullmatch, joins)) <= "2022-11-19"
    assert [int(str(row["index"])) for row in users[:5]] != [0, 1, 2, 3, 4]


@pytest.mark.long
def test_cards_of_the_real_size(whole: Tables) -> None:
    cards = whole["cards"]
    numbers = {str(row["card_number"]): str(row["card_provider"]) for row in cards}
    assert Counter(numbers.values())["VISA 16 digit"] == 2_426
    assert Counter(len(number.lstrip("?")) for number in numbers)[9] == 4
    assert sum(number.startswith("?") for number in numbers) == 26
    zeros = {"16": "0", "19": "0000"}
    plain = [(n, p) for n, p in numbers.items() if str(len(n)) in zeros and not n.startswith("?")]
    assert all(number.endswith(zeros[str(len(number))]) for number, _ in plain)
    marked = [number.lstrip("?") for number in numbers if number.startswith("?")]
    assert not all(number.endswith("0") for number in marked if len(number) in (16, 19))


@pytest.mark.long
def test_stores_of_the_real_size(whole: Tables) -> None:
    stores = [row for row in whole["stores"] if row["store_type"] != "Web Portal"]
    kinds = Counter((row["country_code"], row["store_type"]) for row in stores)
    assert [kinds["GB", kind] for kind in KINDS] == [152, 57, 27, 29]
    assert [kinds["DE", kind] for kind in KINDS] == [82, 27, 18, 14]
    assert [kinds["US", kind] for kind in KINDS] == [21, 5, 6, 2]
    towns = Counter((row["country_code"], row["locality"]) for row in stores)
    assert Counter(code for code, _ in towns) == {"GB": 38, "DE": 46, "US": 32}
    assert (min(towns.values()), max(towns.values()) <= 14) == (1, True)
    assert len({(row["locality"], row["longitude"], row["latitude"]) for row in stores}) == 116
    assert all(str(row["address"]).endswith(f", {row['locality']}") for row in stores)


@pytest.mark.long
def test_products_of_the_real_size(whole: Tables) -> None:
    products = whole["products"]
    assert Counter(row["category"] for row in products)["homeware"] == 1_138
    assert len({row["product_name"] for row in products}) == 1_018
    prices = sorted(float(str(row["product_price"])[1:]) for row in products)
    assert (prices[0], prices[-1]) == (0.39, 270.0)
    assert 15 < sum(prices) / len(prices) < 17
    digits = Counter(len(str(row["EAN"])) for row in products)
    assert (digits[13], digits[17], min(digits), max(digits)) == (1_668, 2, 10, 17)
    assert {shape(row["product_code"])[2:-1] for row in products} == {"-#####", "-######", "-#######"}


@pytest.mark.long
def test_orders_of_the_real_size(whole: Tables) -> None:
    orders = whole["orders"]
    for name, key in KEYS.items():
        assert {row[key] for row in orders} == {str(row[key]).lstrip("?") for row in whole[name]}
    assert max(Counter(row["user_uuid"] for row in orders).values()) <= 21
    kind_of = {row["store_code"]: row["store_type"] for row in whole["stores"]}
    kinds = Counter(kind_of[row["store_code"]] for row in orders)
    assert kinds == {
        "Local": 53_894,
        "Web Portal": 26_957,
        "Super Store": 18_779,
        "Mall Kiosk": 10_762,
        "Outlet": 9_731,
    }
    quantities = sorted(int(str(row["product_quantity"])) for row in orders)
    assert (quantities[0], quantities[-1]) == (1, 15)
    assert [quantities[len(quantities) * quarter // 4] for quarter in (1, 2, 3)] == [2, 3, 5]
    assert 3.95 < sum(quantities) / len(quantities) < 4.07
    assert sum(row["first_name"] is not None for row in orders) == 15_284
    moments = Counter(tuple(row[name] for name in ("year", "month", "day", "timestamp")) for row in whole["dates"])
    assert Counter(moments.values())[2] == 14


def real(row: dict[str, str | None]) -> bool:
    """Neither all NULL nor all tokens."""
    values = [value for name, value in row.items() if name != "index"]
    return not all(value and re.fullmatch("NULL|[A-Z0-9]{10}", value) for value in values)


def test_same_seed_gives_the_same_rows(small: Tables, tmp_path: Path) -> None:
    assert made(tmp_path, 0.005) == small


def test_small_one_keeps_bad_rows(small: Tables) -> None:
    bad = {name: sum(not real(row) for row in rows) for name, rows in small.items()}
    assert bad == {"users": 36, "cards": 25, "stores": 10, "products": 7, "dates": 38, "orders": 0}


def test_small_one_keeps_all_dirt(small: Tables) -> None:
    assert sum(row["country_code"] == "GGB" for row in small["users"]) == 6
    assert any("@@" in str(row["email_address"]) for row in small["users"])
    assert {str(r["card_number"]).count("?") for r in small["cards"]} == {0, 1, 2, 3, 4}
    assert {"J78", "30e", "80R", "A97", "3n9"} <= {row["staff_numbers"] for row in small["stores"]}
    assert {"eeEurope", "eeAmerica"} <= {row["continent"] for row in small["stores"]}
    assert {"77g .", "16oz"} <= {row["weight"] for row in small["products"]}
    assert {"Still_avaliable", "Removed"} <= {row["removed"] for row in small["products"]}


def test_orders_have_keys_of_good_rows(small: Tables) -> None:
    keys = {"users": "user_uuid", "stores": "store_code", "products": "product_code", "dates": "date_uuid"}
    for name, key in keys.items():
        assert {row[key] for row in small["orders"]} <= {row[key] for row in small[name] if real(row)}
    numbers = {str(row["card_number"]).lstrip("?") for row in small["cards"]}
    assert {row["card_number"] for row in small["orders"]} <= numbers
    assert len({row["date_uuid"] for row in small["orders"]}) == len(small["orders"])
