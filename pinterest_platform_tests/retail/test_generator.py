"""What is generated has the shape of the real sources, dirt included, and is the same for the same seed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pinterest_platform.retail.generator import generate
from pinterest_platform.retail.sources import readers
from pinterest_platform.settings import load_settings

Tables = dict[str, list[dict[str, str | None]]]


def made(data: Path, scale: float) -> Tables:
    generate(data / "sources", scale=scale)
    found = readers(load_settings(data=data, _env_file=None))
    return {name: [dict(row) for row in reader.rows()] for name, reader in found.items()}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return made(tmp_path_factory.mktemp("small"), 0.005)


@pytest.mark.long
def test_scale_one_has_the_real_sizes(tmp_path: Path) -> None:
    tables = made(tmp_path, 1.0)
    sizes = {"users": 15_320, "cards": 15_309, "stores": 451, "products": 1_853, "dates": 120_161, "orders": 120_123}
    assert {name: len(rows) for name, rows in tables.items()} == sizes
    assert max(Counter(row["user_uuid"] for row in tables["orders"]).values()) <= 21
    assert {r["store_code"] for r in tables["orders"]} == {r["store_code"] for r in tables["stores"] if real(r)}
    assert Counter(r["card_provider"] for r in tables["cards"])["VISA 16 digit"] == 2_426
    assert Counter(r["category"] for r in tables["products"])["homeware"] == 1_138
    assert 3.8 < sum(int(r["product_quantity"] or 0) for r in tables["orders"]) / 120_123 < 4.2


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
